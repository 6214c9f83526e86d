// Copyright 2026 shufflenet_ros maintainers
//
// Licensed under the Apache License, Version 2.0 (the "License");
// you may not use this file except in compliance with the License.
// You may obtain a copy of the License at
//
//     http://www.apache.org/licenses/LICENSE-2.0
//
// Unless required by applicable law or agreed to in writing, software
// distributed under the License is distributed on an "AS IS" BASIS,
// WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
// See the License for the specific language governing permissions and
// limitations under the License.

// The whole network in one walk, written once over the vector operations of an instruction set.
//
// Inside a unit rows stay in the first cache: a row of the input is compressed, takes its place
// among the three rows of the depthwise convolution, and the row that this completes is filtered,
// shuffled, expanded and added before the next one begins. The three rows of a channel lie in the
// bytes of one 32-bit "slot" (newest row lowest; the top byte, a row before them, meets weights of
// zero), so that a depthwise convolution is three dot products of four bytes, one for each column.
//
// An instruction set `V` has LANES lanes of 32 bits. Activations are stored as `u - OFFSET`, which
// is what its dot product multiplies with int8 weights; everything else is said in the uint8
// domain. The file of an instruction set turns it on and includes this one: all of it has
// internal linkage, so that no function of one file is ever taken for that of another.

#ifndef SHUFFLENET_ROS_LOOPS_HPP_
#define SHUFFLENET_ROS_LOOPS_HPP_

#include <cstdint>
#include <cstring>

#include "memory.hpp"
#include "network.hpp"
#include "packed_network.hpp"

#define INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 32")

namespace shufflenet_ros {
namespace {

constexpr int FOUR = 4;      // bytes that a dot product adds up
constexpr int ROW_UNIT = 16;  // channels of a pixel take a multiple of so many bytes

constexpr int STEM_STEPS = 3;  // for the nine inputs of a run: three pixels of three colors

constexpr int divided_up(int value, int by) { return (value + by - 1) / by; }
constexpr int rounded_up(int value, int to) { return divided_up(value, to) * to; }

// Outputs of one group that are computed together: `outputs` from `output` on, of `input` on.
struct Block {
  int input, output, outputs;
};

// A row of a convolution to compute: where its inputs, weights and constants are.
struct Task {
  const uint8_t * rows[3];  // runs of inputs of the first pixel
  int stride;               // bytes from one pixel's inputs to the next one's
  int pixels, tiles, steps;
  const uint8_t * weights;
  const int32_t * start;
  const float * multiplier;
  const Block * blocks;
  int count;
};

// Some pixels at a time; the last tile overlaps the one before.
struct Tiling {
  int pixels, tiles;
};

template<class V>
Tiling tiling(int pixels, int vectors) {
  const int tiles = divided_up(pixels, V::most_pixels(vectors));
  return {divided_up(pixels, tiles), tiles};
}

// A layer ready to run on rows of a fixed number of pixels. Its weights, biases and multipliers
// are in the order in which they are read; blocks of the same number of vectors follow each other.
template<class V, class Writer>
class Matrix {
 public:
  // Groups of inputs and of outputs lie `input_bytes` and `outputs` apart.
  // `room` outputs of a pixel may be written, padding included; `shift` is that of an addition.
  Matrix(
    const Layer & layer, int zero_point, int pixels, int input_bytes, int room, int shift = 0)
  : steps_(divided_up(run_of(layer), FOUR)), pixels_(pixels), shift_(shift)
  {
    const int outputs = layer.outputs_per_group(), vectors = divided_up(outputs, V::LANES);
    const size_t total = size_t{1} * layer.groups * vectors;
    weights_ = Aligned<uint8_t>(total * Writer::RUNS * steps_ * V::WEIGHT_BYTES);
    start_ = Aligned<int32_t>(total * V::START_LANES);
    multiplier_ = Aligned<float>(total * V::LANES);
    for (int size = V::MOST_VECTORS; size > 0; size--) {
      Batch batch{size, lanes_, {}, {}, nullptr};
      for (int group = 0; group < layer.groups; group++) {
        int first = 0;
        for (const int part : parts(vectors)) {
          const int count = std::min(part * V::LANES, outputs - first);
          if (part == size) {
            const int output = group * outputs + first, all = part * V::LANES;
            // Behind the outputs is padding, or what the next block writes after this one.
            const bool is_free = output + count == layer.outputs || vectors == part;
            batch.blocks.push_back(
              {group * input_bytes, output, is_free && output + all <= room ? all : count});
            add(layer, zero_point, group * outputs + first, count, part);
          }
          first += part * V::LANES;
        }
      }
      if (!batch.blocks.empty()) {
        batch.tiling = Writer::ONE_PIXEL ? Tiling{1, 1} : tiling<V>(pixels, size);
        batch.run = choose<V::MOST_VECTORS>(size, batch.tiling.pixels);
        batches_.push_back(std::move(batch));
      }
    }
  }

  // `rows` are Writer::RUNS runs of inputs of the first pixel, `stride` bytes before the second.
  void run(const uint8_t * const * rows, int stride, const Writer & writer) const {
    for (const Batch & batch : batches_) {
      Task task{{}, stride, pixels_, batch.tiling.tiles, steps_,
        weights_.data() + batch.lanes / V::LANES * Writer::RUNS * steps_ * V::WEIGHT_BYTES,
        start_.data() + batch.lanes / V::LANES * V::START_LANES, multiplier_.data() + batch.lanes, batch.blocks.data(),
        static_cast<int>(batch.blocks.size())};
      for (int i = 0; i < Writer::RUNS; i++) {task.rows[i] = rows[i];}
      batch.run(task, writer);
    }
  }

 private:
  using Function = void (*)(const Task &, const Writer &);

  struct Batch {
    int vectors;
    size_t lanes;  // before it
    Tiling tiling;
    std::vector<Block> blocks;
    Function run;
  };

  static int run_of(const Layer & layer) {
    return layer.kernel * layer.kernel * layer.inputs_per_group / Writer::RUNS;
  }

  // Numbers of vectors that together make `vectors`.
  static std::vector<int> parts(int vectors) {
    std::vector<int> found;
    for (int left = vectors; left > 0; left -= found.back()) {
      const int count = divided_up(left, V::MOST_VECTORS);
      found.push_back(
        V::EVEN_PARTS ? divided_up(left, count) : std::min(left, V::MOST_VECTORS));
    }
    return found;
  }

  // Appends weights and constants of one block.
  void add(const Layer & layer, int zero_point, int first, int outputs, int vectors) {
    const int run = run_of(layer);
    uint8_t * weights =
      weights_.data() + lanes_ / V::LANES * Writer::RUNS * steps_ * V::WEIGHT_BYTES;
    for (int row = 0; row < Writer::RUNS; row++) {
      for (int step = 0; step < steps_; step += V::PAIR) {
        for (int vector = 0; vector < vectors; vector++) {
          for (int s = step; s < std::min(step + V::PAIR, steps_); s++) {
            int8_t fours[V::LANES][FOUR] = {};
            for (int i = 0; i < V::LANES && vector * V::LANES + i < outputs; i++) {
              for (int k = 0; k < FOUR && s * FOUR + k < run; k++) {
                fours[i][k] =
                  layer.row(first + vector * V::LANES + i)[row * run + s * FOUR + k];
              }
            }
            V::write_weights(weights, fours);
            weights += V::WEIGHT_BYTES;
          }
        }
      }
    }
    for (int vector = 0; vector < vectors; vector++, lanes_ += V::LANES) {
      int32_t bias[V::LANES] = {};
      for (int i = 0; i < V::LANES && vector * V::LANES + i < outputs; i++) {
        const int output = first + vector * V::LANES + i;
        int64_t sum = 0;
        for (int k = 0; k < Writer::RUNS * run; k++) {sum += layer.row(output)[k];}
        bias[i] = static_cast<int32_t>(layer.bias[output] - sum * (zero_point - V::OFFSET));
        multiplier_.data()[lanes_ + i] = layer.multiplier[output];
      }
      V::write_start(start_.data() + lanes_ / V::LANES * V::START_LANES, bias);
    }
  }

  template<int VECTORS>
  Function choose(int vectors, int pixels) const {
    if constexpr (VECTORS == 0) {
      return nullptr;
    } else {
      constexpr int MOST = Writer::ONE_PIXEL ? 1 : V::most_pixels(VECTORS);
      return vectors == VECTORS ? with_pixels<MOST, VECTORS>(pixels) :
             choose<VECTORS - 1>(vectors, pixels);
    }
  }

  template<int PIXELS, int VECTORS>
  Function with_pixels(int pixels) const;

  template<int PIXELS, int VECTORS>
  Function with_shift() const;

  int steps_, pixels_, shift_;
  size_t lanes_ = 0;
  std::vector<Batch> batches_;
  Aligned<uint8_t> weights_;
  Aligned<int32_t> start_;
  Aligned<float> multiplier_;
};

template<class V, int PIXELS, int VECTORS>
using Sums = typename V::Sum[PIXELS][VECTORS];

// Adds STEPS dot products: for each pixel four bytes of its inputs, for each vector its weights.
template<class V, int PIXELS, int VECTORS, int STEPS>
INLINE void add_steps(
  Sums<V, PIXELS, VECTORS> & sums, const uint8_t * inputs, int stride, const uint8_t * weights)
{
  typename V::Inputs values[PIXELS];
  UNROLL
  for (int p = 0; p < PIXELS; p++) {values[p] = V::inputs(inputs + p * stride);}
  V::template dots<PIXELS, VECTORS, STEPS>(sums, values, weights);
}

// Adds a run of inputs.
template<class V, int PIXELS, int VECTORS>
INLINE void add_run(
  Sums<V, PIXELS, VECTORS> & sums, const uint8_t * inputs, int stride, const uint8_t * weights,
  int steps)
{
  // Not a loop that may run no times: for that compilers keep copies of all sums.
  if (V::STEPS == 1 || steps >= V::STEPS) {
    do {
      add_steps<V, PIXELS, VECTORS, V::STEPS>(sums, inputs, stride, weights);
      inputs += FOUR * V::STEPS;
      weights += V::STEPS * VECTORS * V::WEIGHT_BYTES;
      steps -= V::STEPS;
    } while (steps >= V::STEPS);
  }
  if constexpr (V::STEPS > 1) {
    static_assert(V::STEPS == 4, "one, two or three steps are left");
    if (steps & 2) {
      if (steps & 1) {
        add_steps<V, PIXELS, VECTORS, 3>(sums, inputs, stride, weights);
      } else {
        add_steps<V, PIXELS, VECTORS, 2>(sums, inputs, stride, weights);
      }
    } else if (steps & 1) {
      add_steps<V, PIXELS, VECTORS, 1>(sums, inputs, stride, weights);
    }
  }
}

// Writes a tile. Where all lanes of a block are outputs, that is known when this is compiled.
template<class V, int PIXELS, int VECTORS, int SHIFT, class Writer, class Place>
INLINE void write_tile(
  const Writer & writer, Place place, const Sums<V, PIXELS, VECTORS> & sums,
  const typename V::Floats (&multiplier)[VECTORS], int outputs)
{
  auto pixel = [&](int p) {
      typename V::Integers values[VECTORS];
      UNROLL
      for (int v = 0; v < VECTORS; v++) {values[v] = V::finish(sums[p][v]);}
      writer.template write<VECTORS, SHIFT>(place, values, multiplier, outputs);
      writer.next(place);
    };
  if constexpr (V::KEEPS_SUMS) {
    UNROLL
    for (int p = 0; p < PIXELS; p++) {pixel(p);}
  } else {
    for (int p = 0; p < PIXELS; p++) {pixel(p);}
  }
}

// The sums of a tile: PIXELS pixels from `first` on.
template<class V, int PIXELS, int VECTORS, int RUNS>
INLINE void add_tile(
  Sums<V, PIXELS, VECTORS> & sums, const Task & task, int first, const Block & block)
{
  const int32_t * start = task.start;
  UNROLL
  for (int p = 0; p < PIXELS; p++) {
    // Loaded for each pixel: to copy registers would take the units that multiply.
    asm volatile ("" : "+r" (start));
    UNROLL
    for (int v = 0; v < VECTORS; v++) {sums[p][v] = V::start(start + v * V::START_LANES);}
  }
  const int steps = RUNS == 3 ? STEM_STEPS : task.steps;
  UNROLL
  for (int run = 0; run < RUNS; run++) {
    add_run<V, PIXELS, VECTORS>(
      sums, task.rows[run] + ptrdiff_t(first) * task.stride + block.input, task.stride,
      task.weights + run * steps * VECTORS * V::WEIGHT_BYTES, steps);
  }
}

// add_tile as a function of its own, for sums that fill the registers: what writing needs in
// registers would push them out of theirs.
template<class V, int PIXELS, int VECTORS, int RUNS>
__attribute__((noinline)) void store_tile(
  Sums<V, PIXELS, VECTORS> & stored, const Task & task, int first, const Block & block)
{
  Sums<V, PIXELS, VECTORS> sums;
  add_tile<V, PIXELS, VECTORS, RUNS>(sums, task, first, block);
  UNROLL
  for (int i = 0; i < PIXELS * VECTORS; i++) {
    stored[i / VECTORS][i % VECTORS] = sums[i / VECTORS][i % VECTORS];
  }
}

// PIXELS pixels of a block at a time; the last tile overlaps the one before, and gives the same.
template<class V, int PIXELS, int VECTORS, class Writer, int SHIFT>
void run_task(const Task & given, const Writer & given_writer) {
  // Copies whose address nobody has stay in registers while bytes are stored.
  Task task = given;
  const Writer writer = given_writer;
  for (int i = 0; i < task.count; i++) {
    const Block block = task.blocks[i];
    for (int tile = 0; tile < task.tiles; tile++) {
      const int first = std::min(tile * PIXELS, task.pixels - PIXELS);
      Sums<V, PIXELS, VECTORS> sums;
      if constexpr (V::KEEPS_SUMS) {
        add_tile<V, PIXELS, VECTORS, Writer::RUNS>(sums, task, first, block);
      } else {
        store_tile<V, PIXELS, VECTORS, Writer::RUNS>(sums, task, first, block);
      }
      typename V::Floats multiplier[VECTORS];
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        multiplier[v] = V::floats(task.multiplier + v * V::LANES);
      }
      const auto place = writer.at(first, block.output);
      constexpr int ALL = VECTORS * V::LANES;
      if (block.outputs == ALL) {
        write_tile<V, PIXELS, VECTORS, SHIFT>(writer, place, sums, multiplier, ALL);
      } else {
        write_tile<V, PIXELS, VECTORS, SHIFT>(
          writer, place, sums, multiplier, block.outputs);
      }
    }
    task.weights += Writer::RUNS * task.steps * VECTORS * V::WEIGHT_BYTES;
    task.start += VECTORS * V::START_LANES;
    task.multiplier += VECTORS * V::LANES;
  }
}

template<class V, class Writer>
template<int PIXELS, int VECTORS>
typename Matrix<V, Writer>::Function Matrix<V, Writer>::with_pixels(int pixels) const {
  if constexpr (PIXELS == 0) {
    return nullptr;
  } else {
    return pixels == PIXELS ? with_shift<PIXELS, VECTORS>() :
           with_pixels<PIXELS - 1, VECTORS>(pixels);
  }
}

// Shifts that additions have in practice are constants where that takes fewer instructions.
template<class V, class Writer>
template<int PIXELS, int VECTORS>
typename Matrix<V, Writer>::Function Matrix<V, Writer>::with_shift() const {
  if constexpr (V::KNOWN_SHIFTS && Writer::ADDS) {
    switch (shift_) {
      case 13: return &run_task<V, PIXELS, VECTORS, Writer, 13>;
      case 14: return &run_task<V, PIXELS, VECTORS, Writer, 14>;
      case 15: return &run_task<V, PIXELS, VECTORS, Writer, 15>;
    }
  }
  return &run_task<V, PIXELS, VECTORS, Writer, 0>;
}

// Outputs of a convolution as bytes of a row.
template<class V, int RUNS_OF_INPUTS = 1>
struct Bytes {
  static constexpr int RUNS = RUNS_OF_INPUTS;
  static constexpr bool ONE_PIXEL = false, ADDS = false;
  uint8_t * row;
  int stride;

  INLINE uint8_t * at(int pixel, int output) const {
    return row + ptrdiff_t(pixel) * stride + output;
  }
  INLINE void next(uint8_t * & place) const { place += stride; }

  template<int VECTORS, int SHIFT>
  INLINE void write(
    uint8_t * place, typename V::Integers (&sums)[VECTORS],
    const typename V::Floats (&multiplier)[VECTORS], int outputs) const
  {
    UNROLL
    for (int v = 0; v < VECTORS; v++) {sums[v] = V::scaled(sums[v], multiplier[v]);}
    V::template store_bytes<VECTORS>(place, sums, V::zero_point(0), outputs);
  }
};

// Outputs of a convolution added to the unit's input.
template<class V>
struct Added {
  static constexpr int RUNS = 1;
  static constexpr bool ONE_PIXEL = false, ADDS = true;
  uint8_t * row;
  const uint8_t * input;
  int stride;
  typename V::Addition addition;

  INLINE ptrdiff_t at(int pixel, int output) const {
    return ptrdiff_t(pixel) * stride + output;
  }
  INLINE void next(ptrdiff_t & place) const { place += stride; }

  template<int VECTORS, int SHIFT>
  INLINE void write(
    ptrdiff_t place, typename V::Integers (&sums)[VECTORS],
    const typename V::Floats (&multiplier)[VECTORS], int outputs) const
  {
    UNROLL
    for (int v = 0; v < VECTORS; v++) {sums[v] = V::scaled(sums[v], multiplier[v]);}
    V::template store_sum<VECTORS, SHIFT>(row + place, input + place, sums, addition, outputs);
  }
};

// Outputs of a convolution as the newest row in the slots of their channels.
template<class V>
struct NewestRow {
  static constexpr int RUNS = 1;
  static constexpr bool ONE_PIXEL = false, ADDS = false;
  const int32_t * before;
  int32_t * after;
  int stride;

  struct Place {
    const int32_t * before;
    int32_t * after;
  };

  INLINE Place at(int pixel, int output) const {
    const ptrdiff_t slot = ptrdiff_t(pixel) * stride + output;
    return {before + slot, after + slot};
  }
  INLINE void next(Place & place) const {
    place.before += stride;
    place.after += stride;
  }

  template<int VECTORS, int SHIFT>
  INLINE void write(
    const Place & place, typename V::Integers (&sums)[VECTORS],
    const typename V::Floats (&multiplier)[VECTORS], int outputs) const
  {
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      const auto slots =
        V::with_row(place.before + v * V::LANES, V::clipped(sums[v], multiplier[v]));
      if (v + 1 < VECTORS) {
        V::store_slots(place.after + v * V::LANES, slots);
      } else {
        V::store_slots(place.after + v * V::LANES, slots, outputs - v * V::LANES);
      }
    }
  }
};

// Outputs of the classifier: logits of one pixel.
template<class V>
struct Logits {
  static constexpr int RUNS = 1;
  static constexpr bool ONE_PIXEL = true, ADDS = false;
  float * logits;

  INLINE float * at(int, int output) const { return logits + output; }
  INLINE void next(float * &) const {}

  template<int VECTORS, int SHIFT>
  INLINE void write(
    float * place, typename V::Integers (&sums)[VECTORS],
    const typename V::Floats (&multiplier)[VECTORS], int outputs) const
  {
    alignas(64) float values[VECTORS * V::LANES];
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      V::store_floats(values + v * V::LANES, sums[v], multiplier[v]);
    }
    std::memcpy(place, values, outputs * sizeof(float));
  }
};

// A depthwise 3x3 convolution of slots, in the order of its channels in the slots.
template<class V>
struct Depthwise {
  int channels, stride, zero_point;
  Aligned<uint8_t> weights;  // for each vector three columns
  Aligned<int32_t> starts;
  Aligned<float> multiplier;

  int slots() const { return rounded_up(channels, V::LANES); }

  // `layer` has channel position[i] where the slots have channel i.
  Depthwise(const Layer & layer, const std::vector<int> & position, int step, int offset)
  : channels(layer.outputs), stride(step), zero_point(offset),
    weights(size_t(slots()) / V::LANES * 3 * V::WEIGHT_BYTES), 
    starts(size_t(slots()) / V::LANES * V::START_LANES), multiplier(slots())
  {
    uint8_t * place = weights.data();
    for (int first = 0; first < channels; first += V::LANES) {
      for (int column = 0; column < 3; column++, place += V::WEIGHT_BYTES) {
        int8_t fours[V::LANES][FOUR] = {};
        for (int i = 0; i < V::LANES && first + i < channels; i++) {
          for (int row = 0; row < 3; row++) {
            fours[i][2 - row] = layer.row(position[first + i])[3 * row + column];
          }
        }
        V::write_weights(place, fours);
      }
    }
    for (int first = 0; first < channels; first += V::LANES) {
      int32_t bias[V::LANES] = {};
      for (int i = 0; i < V::LANES && first + i < channels; i++) {
        const int channel = position[first + i];
        int sum = 0;
        for (int k = 0; k < 9; k++) {sum += layer.row(channel)[k];}
        bias[i] = layer.bias[channel] + sum * V::OFFSET;
        multiplier.data()[first + i] = layer.multiplier[channel];
      }
      V::write_start(starts.data() + first / V::LANES * V::START_LANES, bias);
    }
  }

  // Slots of a row with a pixel of padding at both ends to `pixels` pixels of bytes.
  void run(const int32_t * slots_of_row, uint8_t * row, int row_stride, int pixels) const {
    const int vectors = slots() / V::LANES;
    for (int first = 0; first < vectors; first += V::DEPTHWISE_VECTORS) {
      with_vectors<V::DEPTHWISE_VECTORS>(
        std::min(V::DEPTHWISE_VECTORS, vectors - first), first, slots_of_row, row, row_stride,
        pixels);
    }
  }

 private:
  template<int VECTORS>
  INLINE void with_vectors(
    int vectors, int first, const int32_t * slots_of_row, uint8_t * row, int row_stride,
    int pixels) const
  {
    if (vectors == VECTORS) {
      some<VECTORS>(first, slots_of_row, row, row_stride, pixels);
    } else if constexpr (VECTORS > 1) {
      with_vectors<VECTORS - 1>(vectors, first, slots_of_row, row, row_stride, pixels);
    }
  }

  template<int VECTORS>
  void some(
    int first, const int32_t * slots_of_row, uint8_t * row, int row_stride, int pixels) const
  {
    const int size = slots(), begin = first * V::LANES;
    const auto zero = V::zero_point(zero_point);
    typename V::Weights weight[VECTORS][3];
    typename V::Integers bias[VECTORS];
    typename V::Floats factor[VECTORS];
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      UNROLL
      for (int column = 0; column < 3; column++) {
        weight[v][column] = V::load_weights(
          weights.data() + ((first + v) * 3 + column) * V::WEIGHT_BYTES);
      }
      bias[v] = V::finish(V::start(starts.data() + (first + v) * V::START_LANES));
      factor[v] = V::floats(multiplier.data() + begin + v * V::LANES);
    }
    const int32_t * left = slots_of_row + begin, * middle = left + size, * right = middle + size;
    const ptrdiff_t next = ptrdiff_t(stride) * size;
    row += begin;
    for (; pixels > 0; pixels--, left += next, middle += next, right += next, row += row_stride) {
      typename V::Integers values[VECTORS];
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        const auto sum = V::dot_slots(
          bias[v], weight[v], left + v * V::LANES, middle + v * V::LANES, right + v * V::LANES);
        values[v] = V::scaled(sum, factor[v]);
      }
      V::template store_bytes<VECTORS>(row, values, zero, VECTORS * V::LANES);
    }
  }
};

// Two rows of slots: what is read, and what the newest row of pixels makes of it.
template<class V>
struct Slots {
  int32_t * now;
  int32_t * next;
  int pixels, size;  // slots of a pixel

  Slots(int32_t * memory, int width, int slots_of_pixel)
  : now(memory), next(memory + length(width, slots_of_pixel)), pixels(width), size(slots_of_pixel)
  {
    // Zero in all rows and in the padding at both ends, as a depthwise convolution pads.
    const int32_t zeros = V::OFFSET ? static_cast<int32_t>(0x80808080) : 0;
    for (size_t i = 0; i < 2 * length(width, slots_of_pixel); i++) {memory[i] = zeros;}
  }

  static size_t length(int width, int slots_of_pixel) {
    return size_t(width + 2) * slots_of_pixel + V::LANES;
  }

  void turn() { std::swap(now, next); }

  // The row beyond the last one.
  void add_padding() {
    const auto zero = V::stored_zero();
    for (size_t i = 0; i < size_t(pixels) * size; i += V::LANES) {
      V::store_slots(next + size + i, V::with_row(now + size + i, zero));
    }
    turn();
  }
};

// The shortcut of a unit of stride 2: 3x3 average, padding included, rounded once.
template<class V>
struct Average {
  int channels;
  Aligned<float> multiplier;

  explicit Average(const std::vector<float> & factors)
  : channels(static_cast<int>(factors.size())), multiplier(rounded_up(channels, V::LANES))
  {
    std::copy(factors.begin(), factors.end(), multiplier.data());
  }

  static size_t length(int width, int stride) { return size_t(width + 3) * stride; }

  // Sums of `count` rows (2 at the edges), with a pixel of zeros at both ends.
  static void add_rows(
    const uint8_t * const * rows, int count, int width, int stride, int16_t * sums)
  {
    using Byte = typename V::Byte;
    const Byte * first = reinterpret_cast<const Byte *>(rows[0]);
    const Byte * second = reinterpret_cast<const Byte *>(rows[1]);
    const Byte * third = reinterpret_cast<const Byte *>(rows[2]);
    int16_t * __restrict inner = sums + stride;
    const int values = width * stride;
    std::memset(sums, 0, stride * sizeof(int16_t));
    std::memset(inner + values, 0, 2 * stride * sizeof(int16_t));
    if (count == 1) {
      for (int i = 0; i < values; i++) {inner[i] = first[i] + V::OFFSET;}
    } else if (count == 2) {
      for (int i = 0; i < values; i++) {inner[i] = first[i] + second[i] + 2 * V::OFFSET;}
    } else {
      for (int i = 0; i < values; i++) {
        inner[i] = first[i] + second[i] + third[i] + 3 * V::OFFSET;
      }
    }
  }

  // `sums` of add_rows to every second pixel of a row.
  void run(const int16_t * sums, int stride, uint8_t * row, int row_stride, int pixels) const {
    const int vectors = divided_up(channels, V::LANES);
    const auto zero = V::zero_point(0);
    for (int first = 0; first < vectors; first += 4) {
      const int begin = first * V::LANES, count = std::min(channels - begin, 4 * V::LANES);
      typename V::Floats factor[4];
      for (int v = 0; v < 4; v++) {
        factor[v] = V::floats(multiplier.data() + std::min(begin + v * V::LANES,
          (vectors - 1) * V::LANES));
      }
      for (int pixel = 0; pixel < pixels; pixel++) {
        const int16_t * place = sums + size_t(2 * pixel) * stride + begin;
        typename V::Integers values[4];
        UNROLL
        for (int v = 0; v < 4; v++) {
          const int16_t * lanes = place + v * V::LANES;
          values[v] = V::scaled(
            V::times_127(lanes, lanes + stride, lanes + 2 * stride), factor[v]);
        }
        V::template store_bytes<4>(
          row + size_t(pixel) * row_stride + begin, values, zero, count);
      }
    }
  }
};

// One unit: figure 2 (b) and (c) of the paper.
template<class V>
struct FusedUnit {
  int inputs, outputs, stride, branch;
  bool branch_first;
  Matrix<V, NewestRow<V>> compress;
  Depthwise<V> depthwise;
  int group_bytes, shuffled;  // of a pixel after the shuffle: of a group, and in all
  typename V::Shuffle shuffle;
  // One of the two.
  std::unique_ptr<Matrix<V, Added<V>>> expand;
  std::unique_ptr<Matrix<V, Bytes<V>>> concatenate;
  typename V::Addition addition;
  Average<V> average;

  FusedUnit(const Unit & unit, int channels, int width)
  : inputs(channels), outputs(unit.stride == 1 ? channels : channels + unit.expand.outputs),
    stride(unit.stride), branch(unit.expand.outputs), branch_first(unit.branch_first),
    compress(
      unit.compress, 0, width, unit.compress.inputs_per_group,
      rounded_up(unit.depthwise.outputs, V::LANES)),
    depthwise(unit.depthwise, inverse(unit.order), unit.stride, unit.zero_point),
    group_bytes(rounded_up(unit.expand.inputs_per_group, FOUR)),
    shuffled(rounded_up(unit.expand.groups * group_bytes, ROW_UNIT)), average(unit.shortcut)
  {
    const int size = unit.expand.inputs_per_group;
    std::vector<int> from(shuffled, 0);  // padding meets weights of zero
    for (int group = 0; group < unit.expand.groups; group++) {
      for (int i = 0; i < size; i++) {
        from[group * group_bytes + i] = unit.order[group * size + i];
      }
    }
    shuffle = typename V::Shuffle(from, depthwise.channels);
    if (stride == 1) {
      addition = V::addition(unit.addition);
      expand.reset(
        new Matrix<V, Added<V>>(
          unit.expand, unit.zero_point, width, group_bytes, rounded_up(outputs, ROW_UNIT),
          unit.addition.shift));
    } else {
      concatenate.reset(new Matrix<V, Bytes<V>>(
          unit.expand, unit.zero_point, divided_up(width, stride), group_bytes, branch));
    }
  }

  static std::vector<int> inverse(const std::vector<int32_t> & order) {
    std::vector<int> found(order.size());
    for (size_t i = 0; i < order.size(); i++) {found[order[i]] = static_cast<int>(i);}
    return found;
  }
};

template<class V>
class FusedNetwork : public Network {
 public:
  FusedNetwork(const PackedNetwork & network, const char * name)
  : name_(name), height_(network.height), width_(network.width), classes_(network.classes),
    level_(network.pixel_level), stem_outputs_(network.stem.outputs),
    stem_(network.stem, network.pixel_level, stem_width(), 0, stem_bytes()),
    features_(network.features),
    classifier_(network.classifier, 0, 1, 0, classes_)
  {
    int channels = stem_outputs_, height = divided_up(height_, 4), width = divided_up(width_, 4);
    note(height, width, channels);
    for (const Unit & unit : network.units) {
      units_.emplace_back(unit, channels, width);
      const FusedUnit<V> & added = units_.back();
      slots_ = std::max(slots_, Slots<V>::length(width, added.depthwise.slots()));
      if (unit.stride == 2) {
        averaged_ = std::max(
          averaged_, Average<V>::length(width, rounded_up(channels, ROW_UNIT)));
      }
      row_ = std::max(row_, size_t(width) *
        std::max(rounded_up(added.depthwise.slots(), ROW_UNIT), added.shuffled));
      channels = added.outputs;
      height = divided_up(height, unit.stride);
      width = divided_up(width, unit.stride);
      note(height, width, channels);
    }
  }

  int height() const override { return height_; }
  int width() const override { return width_; }
  int classes() const override { return classes_; }
  const char * instruction_set() const override { return name_; }

  void run(const uint8_t * pixels, float * logits) const override {
    const Lease<Memory> lease(memories_, [this] {return new Memory(*this);});
    Memory & memory = *lease;
    Map map{memory.maps[0].data(), divided_up(height_, 4), divided_up(width_, 4), stem_outputs_};
    stem(pixels, memory, map);
    int which = 1;
    for (const FusedUnit<V> & unit : units_) {
      const Map next{memory.maps[which].data(), divided_up(map.height, unit.stride),
        divided_up(map.width, unit.stride), unit.outputs};
      run_unit(unit, map, next, memory);
      map = next;
      which = 1 - which;
    }
    classify(map, memory, logits);
  }

 private:
  // A feature map (height, width, stride) of bytes.
  struct Map {
    uint8_t * data;
    int height, width, channels;

    int stride() const { return rounded_up(channels, ROW_UNIT); }
    uint8_t * row(int y) const { return data + size_t(y) * width * stride(); }
  };

  // What one inference writes to; SLACK bytes more than what holds values.
  struct Memory {
    Aligned<uint8_t> maps[2], pixels, stem, filtered, shuffled, features;
    Aligned<int32_t> slots, sums;
    Aligned<int16_t> averaged;

    explicit Memory(const FusedNetwork & network)
    : maps{Aligned<uint8_t>(network.map_), Aligned<uint8_t>(network.map_)},
      pixels(4 * network.pixel_stride()), stem(4 * network.stem_stride()),
      filtered(network.row_), shuffled(network.row_), features(network.channels_),
      slots(2 * network.slots_), sums(network.channels_), averaged(network.averaged_) {}
  };

  void note(int height, int width, int channels) {
    map_ = std::max(map_, size_t(height) * width * rounded_up(channels, ROW_UNIT));
    channels_ = std::max(channels_, size_t(rounded_up(channels, ROW_UNIT)));
  }

  size_t pixel_stride() const { return rounded_up((width_ + 3) * 3, 64); }
  int stem_width() const { return divided_up(width_, 2); }
  int stem_bytes() const { return rounded_up(stem_outputs_, ROW_UNIT); }
  size_t stem_stride() const { return size_t(stem_width() + 2) * stem_bytes(); }

  // Convolution 3x3 of stride 2 and pooling 3x3 of stride 2; both keep a few rows.
  void stem(const uint8_t * pixels, Memory & memory, const Map & map) const {
    const size_t stride = pixel_stride();
    std::memset(memory.pixels.data(), level_ - V::OFFSET, 4 * stride);
    std::memset(memory.stem.data(), -V::OFFSET, 4 * stem_stride());
    int copied = 0, done = 0;
    const int rows = divided_up(height_, 2);
    for (int y = 0; y < map.height; y++) {
      for (; done < std::min(2 * y + 2, rows); done++) {
        for (; copied < 2 * done + 2; copied++) {
          copy_pixels(pixels, copied, memory.pixels.data() + (copied + 1) % 4 * stride);
        }
        const uint8_t * inputs[3];
        for (int i = 0; i < 3; i++) {
          inputs[i] = memory.pixels.data() + (2 * done + i) % 4 * stride;
        }
        uint8_t * row = memory.stem.data() + done % 4 * stem_stride() + stem_bytes();
        stem_.run(inputs, 6, Bytes<V, 3>{row, stem_bytes()});
      }
      pool(memory.stem.data(), y, rows, map);
    }
  }

  // A row of the image behind one pixel of the border's level; that level where there is no row.
  void copy_pixels(const uint8_t * pixels, int y, uint8_t * row) const {
    if (y >= height_) {
      std::memset(row, level_ - V::OFFSET, pixel_stride());
    } else {
      V::copy_bytes(pixels + size_t(y) * width_ * 3, row + 3, width_ * 3);
      std::memset(row + 3 + width_ * 3, level_ - V::OFFSET, 6);
    }
  }

  void pool(const uint8_t * stem, int y, int rows, const Map & map) const {
    typedef typename V::Byte Bytes16 __attribute__((vector_size(ROW_UNIT), aligned(1), may_alias));
    const int bytes = stem_bytes();
    const uint8_t * lines[3];
    for (int i = 0; i < 3; i++) {
      // A row beyond the edge is one that counts already: the largest stays the largest.
      const int line = std::min(std::max(2 * y - 1 + i, 0), rows - 1);
      lines[i] = stem + line % 4 * stem_stride();
    }
    uint8_t * out = map.row(y);
    for (int x = 0; x < map.width; x++) {
      for (int c = 0; c < bytes; c += ROW_UNIT, out += ROW_UNIT) {
        const size_t place = size_t(2 * x) * bytes + c;
        Bytes16 best = *reinterpret_cast<const Bytes16 *>(lines[0] + place);
        UNROLL
        for (int i = 1; i < 9; i++) {
          const Bytes16 other =
            *reinterpret_cast<const Bytes16 *>(lines[i / 3] + place + i % 3 * bytes);
          best = best > other ? best : other;
        }
        *reinterpret_cast<Bytes16 *>(out) = best;
      }
    }
  }

  void run_unit(
    const FusedUnit<V> & unit, const Map & in, const Map & out, Memory & memory) const
  {
    Slots<V> slots(memory.slots.data(), in.width, unit.depthwise.slots());
    uint8_t * filtered = memory.filtered.data(), * shuffled = memory.shuffled.data();
    const int filtered_bytes = rounded_up(unit.depthwise.slots(), ROW_UNIT);
    for (int y = 0, added = 0; y < out.height; y++) {
      for (; added < unit.stride * y + 2; added++) {
        if (added >= in.height) {
          slots.add_padding();
          continue;
        }
        const uint8_t * inputs = in.row(added);
        unit.compress.run(
          &inputs, in.stride(),
          NewestRow<V>{slots.now + slots.size, slots.next + slots.size, slots.size});
        slots.turn();
      }
      unit.depthwise.run(slots.now, filtered, filtered_bytes, out.width);
      unit.shuffle.run(filtered, filtered_bytes, shuffled, unit.shuffled, out.width);
      const uint8_t * inputs = shuffled;
      if (unit.stride == 1) {
        unit.expand->run(
          &inputs, unit.shuffled,
          Added<V>{out.row(y), in.row(y), out.stride(), unit.addition});
      } else {
        average(unit, in, out, y, memory.averaged.data());
        unit.concatenate->run(
          &inputs, unit.shuffled,
          Bytes<V>{out.row(y) + (unit.branch_first ? 0 : unit.inputs), out.stride()});
      }
    }
  }

  void average(
    const FusedUnit<V> & unit, const Map & in, const Map & out, int y, int16_t * sums) const
  {
    const uint8_t * rows[3];
    int count = 0;
    for (int line = std::max(2 * y - 1, 0); line < std::min(2 * y + 2, in.height); line++) {
      rows[count++] = in.row(line);
    }
    for (int i = count; i < 3; i++) {rows[i] = rows[0];}
    Average<V>::add_rows(rows, count, in.width, in.stride(), sums);
    unit.average.run(
      sums, in.stride(), out.row(y) + (unit.branch_first ? unit.branch : 0), out.stride(),
      out.width);
  }

  // The mean of every channel, rounded, and what the classifier makes of them.
  void classify(const Map & map, Memory & memory, float * logits) const {
    const int channels = map.stride(), places = map.height * map.width;
    int32_t * sums = memory.sums.data();
    for (int c = 0; c < channels; c++) {sums[c] = 0;}
    for (int i = 0; i < places; i++) {
      const auto * bytes = reinterpret_cast<const typename V::Byte *>(map.data) +
        size_t(i) * channels;
      for (int c = 0; c < channels; c++) {sums[c] += bytes[c];}
    }
    uint8_t * features = memory.features.data();
    for (int c = 0; c < channels; c++) {
      const float mean = static_cast<float>(sums[c] + places * V::OFFSET) * features_;
      const int value = static_cast<int>(__builtin_rintf(mean));
      features[c] = static_cast<uint8_t>(std::min(std::max(value, 0), 255) - V::OFFSET);
    }
    const uint8_t * inputs = features;
    classifier_.run(&inputs, 0, Logits<V>{logits});
  }

  const char * name_;
  int height_, width_, classes_, level_, stem_outputs_;
  Matrix<V, Bytes<V, 3>> stem_;
  std::vector<FusedUnit<V>> units_;
  float features_;
  Matrix<V, Logits<V>> classifier_;
  size_t map_ = 0, channels_ = 0, slots_ = 0, averaged_ = 0, row_ = 0;
  mutable Pool<Memory> memories_;
};

}  // namespace
}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_LOOPS_HPP_
