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

constexpr int divided_up(int value, int by) { return (value + by - 1) / by; }
constexpr int rounded_up(int value, int to) { return divided_up(value, to) * to; }

// Outputs of one group that are computed together: `vectors` vectors, the last one in part.
struct Block {
  int group, first, outputs, vectors;
};

// How the pixels of a row are computed: some at a time; the last tile overlaps the one before.
struct Tiling {
  int pixels, tiles;
};

template<class V>
Tiling tiling(int pixels, int vectors) {
  const int tiles = divided_up(pixels, V::most_pixels(vectors));
  return {divided_up(pixels, tiles), tiles};
}

// Weights, biases and multipliers of a layer in the order in which they are read.
template<class V>
struct Matrix {
  int steps;       // dot products of four inputs for each output
  int group_size;  // inputs of a group in bytes, at least
  std::vector<Block> blocks;
  Aligned<uint8_t> weights;
  Aligned<int32_t> bias;
  Aligned<float> multiplier;
};

// `rows` runs of inputs that lie apart in memory (three for a 3x3 convolution) are padded each.
template<class V>
Matrix<V> matrix(const Layer & layer, int zero_point, int rows) {
  const int run = layer.kernel * layer.kernel * layer.inputs_per_group / rows;
  const int outputs = layer.outputs_per_group(), steps = divided_up(run, FOUR);
  Matrix<V> found;
  found.steps = steps;
  found.group_size = layer.inputs_per_group;
  const int vectors = divided_up(outputs, V::LANES);
  const int count = divided_up(vectors, V::MOST_VECTORS);
  for (int group = 0; group < layer.groups; group++) {
    for (int i = 0, first = 0; i < count; i++) {
      // As even as possible: 3 and 2 rather than 4 and 1.
      const int size = divided_up(vectors - first / V::LANES, count - i);
      const int last = std::min(first + size * V::LANES, outputs);
      found.blocks.push_back({group, first, last - first, size});
      first += size * V::LANES;
    }
  }
  const size_t total = size_t{1} * layer.groups * vectors * V::LANES;
  found.weights = Aligned<uint8_t>(
    size_t{1} * layer.groups * vectors * rows * steps * V::WEIGHT_BYTES);
  found.bias = Aligned<int32_t>(total);
  found.multiplier = Aligned<float>(total);
  uint8_t * weights = found.weights.data();
  size_t lane = 0;
  for (const Block & block : found.blocks) {
    const int first = block.group * outputs + block.first;
    auto write = [&](int row, int step, int vector) {
        int8_t fours[V::LANES][FOUR] = {};
        for (int i = 0; i < V::LANES && vector * V::LANES + i < block.outputs; i++) {
          for (int k = 0; k < FOUR && step * FOUR + k < run; k++) {
            fours[i][k] = layer.row(first + vector * V::LANES + i)[row * run + step * FOUR + k];
          }
        }
        V::write_weights(weights, fours);
        weights += V::WEIGHT_BYTES;
      };
    for (int row = 0; row < rows; row++) {
      for (int step = 0; step < steps; step += V::PAIR) {
        for (int vector = 0; vector < block.vectors; vector++) {
          for (int i = step; i < std::min(step + V::PAIR, steps); i++) {write(row, i, vector);}
        }
      }
    }
    for (int i = 0; i < block.vectors * V::LANES; i++, lane++) {
      if (i >= block.outputs) {continue;}
      int64_t sum = 0;
      for (int k = 0; k < rows * run; k++) {sum += layer.row(first + i)[k];}
      found.bias.data()[lane] =
        static_cast<int32_t>(layer.bias[first + i] - sum * (zero_point - V::OFFSET));
      found.multiplier.data()[lane] = layer.multiplier[first + i];
    }
  }
  return found;
}

// One block of outputs for one row of pixels: where its inputs, weights and constants are.
struct Task {
  const uint8_t * rows[3];  // runs of inputs of the first pixel
  int stride;               // from one pixel's inputs to the next one's
  int steps;
  const uint8_t * weights;
  const int32_t * bias;
  const float * multiplier;
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

// Adds a run of inputs and returns the weights of the next one.
template<class V, int PIXELS, int VECTORS>
INLINE const uint8_t * add_run(
  Sums<V, PIXELS, VECTORS> & sums, const uint8_t * inputs, int stride, const uint8_t * weights,
  int steps)
{
  constexpr int STEP_BYTES = VECTORS * V::WEIGHT_BYTES;
  // Not a loop that may run no times: for that compilers keep copies of all sums.
  if (V::STEPS == 1 || steps >= V::STEPS) {
    do {
      add_steps<V, PIXELS, VECTORS, V::STEPS>(sums, inputs, stride, weights);
      inputs += FOUR * V::STEPS;
      weights += V::STEPS * STEP_BYTES;
      steps -= V::STEPS;
    } while (steps >= V::STEPS);
  }
  if constexpr (V::STEPS > 1) {
    if (steps == 1) {add_steps<V, PIXELS, VECTORS, 1>(sums, inputs, stride, weights);}
  }
  if constexpr (V::STEPS > 2) {
    if (steps == 2) {add_steps<V, PIXELS, VECTORS, 2>(sums, inputs, stride, weights);}
    if (steps == 3) {add_steps<V, PIXELS, VECTORS, 3>(sums, inputs, stride, weights);}
  }
  return weights + steps * STEP_BYTES;
}

// PIXELS pixels at a time; the last tile overlaps the one before, and gives the same again.
template<class V, int PIXELS, int VECTORS, class Writer>
void run_task(const Task & given, int pixels, int tiles, Writer writer)
{
  // Copies whose address nobody has stay in registers while bytes are stored.
  const Task task = given;
  const int stride = task.stride;
  for (int i = 0; i < tiles; i++) {
    const int first = std::min(i * PIXELS, pixels - PIXELS);
    Sums<V, PIXELS, VECTORS> sums;
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      const typename V::Sum start = V::start(task.bias + v * V::LANES);
      UNROLL
      for (int p = 0; p < PIXELS; p++) {sums[p][v] = start;}
    }
    const uint8_t * weights = task.weights;
    UNROLL
    for (int run = 0; run < Writer::RUNS; run++) {
      weights = add_run<V, PIXELS, VECTORS>(
        sums, task.rows[run] + ptrdiff_t(first) * stride, stride, weights, task.steps);
    }
    typename V::Floats multiplier[VECTORS];
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      multiplier[v] = V::floats(task.multiplier + v * V::LANES);
    }
    auto place = writer.at(first);
    if constexpr (V::KEEPS_SUMS) {
      UNROLL
      for (int p = 0; p < PIXELS; p++) {
        typename V::Integers values[VECTORS];
        UNROLL
        for (int v = 0; v < VECTORS; v++) {values[v] = V::finish(sums[p][v]);}
        writer.template write<VECTORS>(place, values, multiplier);
        writer.next(place);
      }
    } else {
      // Through memory: what writing needs in registers would push sums out of theirs before.
      typename V::Sum stored[PIXELS][VECTORS];
      UNROLL
      for (int i = 0; i < PIXELS * VECTORS; i++) {
        stored[i / VECTORS][i % VECTORS] = sums[i / VECTORS][i % VECTORS];
      }
      asm volatile ("" : : "r" (stored) : "memory");
      for (int p = 0; p < PIXELS; p++) {
        typename V::Integers values[VECTORS];
        UNROLL
        for (int v = 0; v < VECTORS; v++) {values[v] = V::finish(stored[p][v]);}
        writer.template write<VECTORS>(place, values, multiplier);
        writer.next(place);
      }
    }
  }
}

// Calls run_task with the number of pixels of a tile as a constant.
template<class V, int PIXELS, int VECTORS, class Writer>
INLINE void with_pixels(
  const Tiling & tiling, const Task & task, int pixels, const Writer & writer)
{
  if (tiling.pixels == PIXELS) {
    run_task<V, PIXELS, VECTORS>(task, pixels, tiling.tiles, writer);
  } else if constexpr (PIXELS > 1) {
    with_pixels<V, PIXELS - 1, VECTORS>(tiling, task, pixels, writer);
  }
}

template<class V, int VECTORS, class Writer>
INLINE void with_vectors(int vectors, const Task & task, int pixels, const Writer & writer)
{
  if (vectors == VECTORS) {
    constexpr int MOST = Writer::ONE_PIXEL ? 1 : V::most_pixels(VECTORS);
    with_pixels<V, MOST, VECTORS>(tiling<V>(pixels, VECTORS), task, pixels, writer);
  } else if constexpr (VECTORS > 1) {
    with_vectors<V, VECTORS - 1>(vectors, task, pixels, writer);
  }
}

// A row of a convolution: every block of outputs for every pixel. `rows` are Writer::RUNS runs of
// inputs of the first pixel, `stride` bytes before those of the second one.
template<class V, class Output>
void convolve_row(
  const Matrix<V> & matrix, const uint8_t * const * rows, int stride, int pixels,
  const Output & output)
{
  using Writer = typename Output::Writer;
  Task task{{}, stride, matrix.steps, matrix.weights.data(), matrix.bias.data(),
    matrix.multiplier.data()};
  for (const Block & block : matrix.blocks) {
    for (int run = 0; run < Writer::RUNS; run++) {
      task.rows[run] = rows[run] + size_t(block.group) * matrix.group_size;
    }
    with_vectors<V, V::MOST_VECTORS>(block.vectors, task, pixels, output.writer(block));
    const int lanes = block.vectors * V::LANES;
    task.bias += lanes;
    task.multiplier += lanes;
    task.weights += size_t(block.vectors) * Writer::RUNS * matrix.steps * V::WEIGHT_BYTES;
  }
}

// Outputs of a convolution as bytes of a row.
template<class V, int RUNS_OF_INPUTS = 1>
struct Bytes {
  uint8_t * row;
  int stride, outputs_per_group;

  struct Writer {
    static constexpr int RUNS = RUNS_OF_INPUTS;
    static constexpr bool ONE_PIXEL = false;
    uint8_t * begin;
    int stride, outputs;

    INLINE uint8_t * at(int pixel) const { return begin + ptrdiff_t(pixel) * stride; }
    INLINE void next(uint8_t * & place) const { place += stride; }

    template<int VECTORS>
    INLINE void write(
      uint8_t * place, typename V::Integers (&sums)[VECTORS],
      const typename V::Floats (&multiplier)[VECTORS]) const
    {
      UNROLL
      for (int v = 0; v < VECTORS; v++) {sums[v] = V::scaled(sums[v], multiplier[v]);}
      V::template store_bytes<VECTORS>(place, sums, V::zero_point(0), outputs);
    }
  };

  Writer writer(const Block & block) const {
    return {row + block.group * outputs_per_group + block.first, stride, block.outputs};
  }
};

// Outputs of a convolution added to the unit's input.
template<class V>
struct Added {
  uint8_t * row;
  const uint8_t * input;
  int stride, outputs_per_group;
  typename V::Addition addition;

  struct Writer {
    static constexpr int RUNS = 1;
    static constexpr bool ONE_PIXEL = false;
    uint8_t * begin;
    const uint8_t * input;
    int stride, outputs;
    typename V::Addition addition;

    INLINE ptrdiff_t at(int pixel) const { return ptrdiff_t(pixel) * stride; }
    INLINE void next(ptrdiff_t & place) const { place += stride; }

    template<int VECTORS>
    INLINE void write(
      ptrdiff_t place, typename V::Integers (&sums)[VECTORS],
      const typename V::Floats (&multiplier)[VECTORS]) const
    {
      UNROLL
      for (int v = 0; v < VECTORS; v++) {sums[v] = V::scaled(sums[v], multiplier[v]);}
      V::template store_sum<VECTORS>(begin + place, input + place, sums, addition, outputs);
    }
  };

  Writer writer(const Block & block) const {
    const int first = block.group * outputs_per_group + block.first;
    return {row + first, input + first, stride, block.outputs, addition};
  }
};

// Outputs of a convolution as the newest row in the slots of their channels.
template<class V>
struct NewestRow {
  const int32_t * before;
  int32_t * after;
  int stride, outputs_per_group;

  struct Writer {
    static constexpr int RUNS = 1;
    static constexpr bool ONE_PIXEL = false;
    const int32_t * before;
    int32_t * after;
    int stride, outputs;

    INLINE ptrdiff_t at(int pixel) const { return ptrdiff_t(pixel) * stride; }
    INLINE void next(ptrdiff_t & place) const { place += stride; }

    template<int VECTORS>
    INLINE void write(
      ptrdiff_t place, typename V::Integers (&sums)[VECTORS],
      const typename V::Floats (&multiplier)[VECTORS]) const
    {
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        const int32_t * old = before + place + v * V::LANES;
        const auto slots = V::with_row(old, V::clipped(sums[v], multiplier[v]));
        if (v + 1 < VECTORS) {
          V::store_slots(after + place + v * V::LANES, slots);
        } else {
          V::store_slots(after + place + v * V::LANES, slots, outputs - v * V::LANES);
        }
      }
    }
  };

  Writer writer(const Block & block) const {
    const int first = block.group * outputs_per_group + block.first;
    return {before + first, after + first, stride, block.outputs};
  }
};

// Outputs of the classifier: logits of one pixel.
template<class V>
struct Logits {
  float * logits;

  struct Writer {
    static constexpr int RUNS = 1;
    static constexpr bool ONE_PIXEL = true;
    float * logits;
    int outputs;

    INLINE int at(int pixel) const { return pixel; }
    INLINE void next(int &) const {}

    template<int VECTORS>
    INLINE void write(
      int, typename V::Integers (&sums)[VECTORS],
      const typename V::Floats (&multiplier)[VECTORS]) const
    {
      alignas(64) float values[VECTORS * V::LANES];
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        V::store_floats(values + v * V::LANES, sums[v], multiplier[v]);
      }
      std::memcpy(logits, values, outputs * sizeof(float));
    }
  };

  Writer writer(const Block & block) const { return {logits + block.first, block.outputs}; }
};

// A depthwise 3x3 convolution of slots, in the order of its channels in the slots.
template<class V>
struct Depthwise {
  int channels, stride, zero_point;
  Aligned<uint8_t> weights;  // for each vector three columns
  Aligned<int32_t> bias;
  Aligned<float> multiplier;

  int slots() const { return rounded_up(channels, V::LANES); }

  // `layer` has channel position[i] where the slots have channel i.
  Depthwise(const Layer & layer, const std::vector<int> & position, int step, int offset)
  : channels(layer.outputs), stride(step), zero_point(offset),
    weights(size_t(slots()) / V::LANES * 3 * V::WEIGHT_BYTES), bias(slots()), multiplier(slots())
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
    for (int i = 0; i < channels; i++) {
      int sum = 0;
      for (int k = 0; k < 9; k++) {sum += layer.row(position[i])[k];}
      bias.data()[i] = layer.bias[position[i]] + sum * V::OFFSET;
      multiplier.data()[i] = layer.multiplier[position[i]];
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
    const int outputs = std::min(VECTORS * V::LANES, channels - begin);
    const auto zero = V::zero_point(zero_point);
    typename V::Weights weight[VECTORS][3];
    typename V::Sum start[VECTORS];
    typename V::Floats factor[VECTORS];
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      UNROLL
      for (int column = 0; column < 3; column++) {
        weight[v][column] = V::load_weights(
          weights.data() + ((first + v) * 3 + column) * V::WEIGHT_BYTES);
      }
      start[v] = V::start(bias.data() + begin + v * V::LANES);
      factor[v] = V::floats(multiplier.data() + begin + v * V::LANES);
    }
    const int32_t * place = slots_of_row + begin;
    const ptrdiff_t next = ptrdiff_t(stride) * size;
    row += begin;
    for (int pixel = 0; pixel < pixels; pixel++, place += next, row += row_stride) {
      const int32_t * columns[3] = {place, place + size, place + 2 * size};
      typename V::Integers values[VECTORS];
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        typename V::Sum sum = start[v];
        UNROLL
        for (int column = 0; column < 3; column++) {
          sum = V::dot_slots(sum, weight[v][column], columns[column] + v * V::LANES);
        }
        values[v] = V::scaled(V::finish(sum), factor[v]);
      }
      V::template store_bytes<VECTORS>(row, values, zero, outputs);
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
    std::memcpy(multiplier.data(), factors.data(), factors.size() * sizeof(float));
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
  int inputs, outputs, stride, branch, branch_first;
  Matrix<V> compress;
  int compress_outputs;  // of a group
  Depthwise<V> depthwise;
  int shuffled;          // bytes of a pixel after the shuffle
  typename V::Shuffle shuffle;
  Matrix<V> expand;
  int expand_outputs;    // of a group
  Addition addition;
  Average<V> average;    // of stride 2

  FusedUnit(const Unit & unit, int channels)
  : inputs(channels), outputs(unit.stride == 1 ? channels : channels + unit.expand.outputs),
    stride(unit.stride), branch(unit.expand.outputs), branch_first(unit.branch_first),
    compress(matrix<V>(unit.compress, 0, 1)),
    compress_outputs(unit.compress.outputs_per_group()),
    depthwise(unit.depthwise, inverse(unit.order), unit.stride, unit.zero_point),
    expand(matrix<V>(unit.expand, unit.zero_point, 1)),
    expand_outputs(unit.expand.outputs_per_group()), addition(unit.addition),
    average(unit.shortcut)
  {
    const int groups = unit.expand.groups, size = unit.expand.inputs_per_group;
    expand.group_size = rounded_up(size, FOUR);
    shuffled = rounded_up(groups * expand.group_size, ROW_UNIT);
    std::vector<int> from(shuffled, 0);  // padding meets weights of zero
    for (int group = 0; group < groups; group++) {
      for (int i = 0; i < size; i++) {
        from[group * expand.group_size + i] = unit.order[group * size + i];
      }
    }
    shuffle = typename V::Shuffle(from, depthwise.channels);
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
    stem_(matrix<V>(network.stem, network.pixel_level, 3)), features_(network.features),
    classifier_(matrix<V>(network.classifier, 0, 1))
  {
    stem_.group_size = 0;
    int channels = stem_outputs_, height = divided_up(height_, 4), width = divided_up(width_, 4);
    note(height, width, channels);
    for (const Unit & unit : network.units) {
      units_.emplace_back(unit, channels);
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
        convolve_row(stem_, inputs, 6, stem_width(), Bytes<V, 3>{row, stem_bytes(), 0});
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
        convolve_row(
          unit.compress, &inputs, in.stride(), in.width,
          NewestRow<V>{slots.now + slots.size, slots.next + slots.size, slots.size,
            unit.compress_outputs});
        slots.turn();
      }
      unit.depthwise.run(slots.now, filtered, filtered_bytes, out.width);
      for (int x = 0; x < out.width; x++) {
        unit.shuffle.run(
          filtered + size_t(x) * filtered_bytes, shuffled + size_t(x) * unit.shuffled);
      }
      const uint8_t * inputs = shuffled;
      if (unit.stride == 1) {
        convolve_row(
          unit.expand, &inputs, unit.shuffled, out.width, Added<V>{out.row(y), in.row(y), out.stride(),
            unit.expand_outputs, V::addition(unit.addition)});
      } else {
        average(unit, in, out, y, memory.averaged.data());
        convolve_row(
          unit.expand, &inputs, unit.shuffled, out.width,
          Bytes<V>{out.row(y) + (unit.branch_first ? 0 : unit.inputs), out.stride(),
            unit.expand_outputs});
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
    convolve_row(classifier_, &inputs, 0, 1, Logits<V>{logits});
  }

  const char * name_;
  int height_, width_, classes_, level_, stem_outputs_;
  Matrix<V> stem_;
  std::vector<FusedUnit<V>> units_;
  float features_;
  Matrix<V> classifier_;
  size_t map_ = 0, channels_ = 0, slots_ = 0, averaged_ = 0, row_ = 0;
  mutable Pool<Memory> memories_;
};

}  // namespace
}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_LOOPS_HPP_
