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
// bytes of one 32-bit "slot" (oldest row lowest, the top byte is not used), so that a depthwise
// convolution is three dot products of four bytes, one for each column.
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

template<class V, int PIXELS, int VECTORS>
using Sums = typename V::Sum[PIXELS][VECTORS];

// Adds STEPS dot products: for each pixel four bytes of its inputs, for each vector its weights.
template<class V, int PIXELS, int VECTORS, int STEPS>
INLINE const uint8_t * add_steps(
  Sums<V, PIXELS, VECTORS> & sums, const uint8_t * inputs, int stride, const uint8_t * weights)
{
  typename V::Inputs values[PIXELS];
  UNROLL
  for (int p = 0; p < PIXELS; p++) {values[p] = V::inputs(inputs + p * stride);}
  V::template dots<PIXELS, VECTORS, STEPS>(sums, values, weights);
  return weights + STEPS * VECTORS * V::WEIGHT_BYTES;
}

template<class V, int PIXELS, int VECTORS>
INLINE const uint8_t * add_row(
  Sums<V, PIXELS, VECTORS> & sums, const uint8_t * inputs, int stride, const uint8_t * weights,
  int steps)
{
  for (; steps >= V::STEPS; steps -= V::STEPS, inputs += FOUR * V::STEPS) {
    weights = add_steps<V, PIXELS, VECTORS, V::STEPS>(sums, inputs, stride, weights);
  }
  if constexpr (V::STEPS > 1) {
    if (steps == 1) {
      return add_steps<V, PIXELS, VECTORS, 1>(sums, inputs, stride, weights);
    }
  }
  if constexpr (V::STEPS > 2) {
    if (steps == 2) {
      return add_steps<V, PIXELS, VECTORS, 2>(sums, inputs, stride, weights);
    }
    if (steps == 3) {
      return add_steps<V, PIXELS, VECTORS, 3>(sums, inputs, stride, weights);
    }
  }
  return weights;
}

// Where a convolution reads: `rows` runs of inputs, pixels `stride` bytes apart.
struct Source {
  const uint8_t * rows[3];
  int count, stride;
};

// One tile of one block: PIXELS pixels from `first` on, VECTORS vectors of outputs.
template<class V, int PIXELS, int VECTORS, class Output>
INLINE void tile(
  const Matrix<V> & matrix, const Source & source, const Block & block, size_t lane,
  const uint8_t * weights, int first, const Output & output)
{
  const int32_t * bias = matrix.bias.data() + lane;
  Sums<V, PIXELS, VECTORS> sums;
  UNROLL
  for (int v = 0; v < VECTORS; v++) {
    const typename V::Sum start = V::start(bias + v * V::LANES);
    UNROLL
    for (int p = 0; p < PIXELS; p++) {sums[p][v] = start;}
  }
  const size_t place =
    size_t(first) * source.stride + size_t(block.group) * matrix.group_size;
  for (int row = 0; row < source.count; row++) {
    weights = add_row<V, PIXELS, VECTORS>(
      sums, source.rows[row] + place, source.stride, weights, matrix.steps);
  }
  const float * multiplier = matrix.multiplier.data() + lane;
  UNROLL
  for (int p = 0; p < PIXELS; p++) {
    typename V::Integers values[VECTORS];
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      values[v] = V::finish(sums[p][v], bias + v * V::LANES);
    }
    output.template write<VECTORS>(first + p, block, values, multiplier);
  }
}

template<class V, int PIXELS, int VECTORS, class Output>
void block_of_row(
  const Matrix<V> & matrix, const Source & source, const Block & block, size_t lane,
  const uint8_t * weights, int pixels, int tiles, const Output & output)
{
  for (int i = 0; i < tiles; i++) {
    const int first = std::min(i * PIXELS, pixels - PIXELS);
    tile<V, PIXELS, VECTORS>(matrix, source, block, lane, weights, first, output);
  }
}

// Calls block_of_row with the number of pixels of a tile as a constant.
template<class V, int PIXELS, int VECTORS, class Output>
INLINE void with_pixels(
  const Tiling & tiling, const Matrix<V> & matrix, const Source & source, const Block & block,
  size_t lane, const uint8_t * weights, int pixels, const Output & output)
{
  if (tiling.pixels == PIXELS) {
    block_of_row<V, PIXELS, VECTORS>(
      matrix, source, block, lane, weights, pixels, tiling.tiles, output);
  } else if constexpr (PIXELS > 1) {
    with_pixels<V, PIXELS - 1, VECTORS>(
      tiling, matrix, source, block, lane, weights, pixels, output);
  }
}

template<class V, int VECTORS, class Output>
INLINE void with_vectors(
  const Matrix<V> & matrix, const Source & source, const Block & block, size_t lane,
  const uint8_t * weights, int pixels, const Output & output)
{
  if (block.vectors == VECTORS) {
    with_pixels<V, Output::most_pixels(VECTORS), VECTORS>(
      tiling<V>(pixels, VECTORS), matrix, source, block, lane, weights, pixels, output);
  } else if constexpr (VECTORS > 1) {
    with_vectors<V, VECTORS - 1>(matrix, source, block, lane, weights, pixels, output);
  }
}

// A row of a convolution: every block of outputs for every pixel.
template<class V, class Output>
void convolve_row(
  const Matrix<V> & matrix, const Source & source, int pixels, const Output & output)
{
  const uint8_t * weights = matrix.weights.data();
  size_t lane = 0;
  for (const Block & block : matrix.blocks) {
    with_vectors<V, V::MOST_VECTORS>(
      matrix, source, block, lane, weights, pixels, output);
    lane += size_t(block.vectors) * V::LANES;
    weights += size_t(block.vectors) * source.count * matrix.steps * V::WEIGHT_BYTES;
  }
}

// Outputs of a convolution as bytes of a row.
template<class V>
struct Bytes {
  uint8_t * row;
  int stride, outputs_per_group, zero_point;

  static constexpr int most_pixels(int vectors) { return V::most_pixels(vectors); }

  template<int VECTORS>
  INLINE void write(
    int pixel, const Block & block, typename V::Integers (&sums)[VECTORS],
    const float * multiplier) const
  {
    UNROLL
    for (int v = 0; v < VECTORS; v++) {sums[v] = V::scaled(sums[v], multiplier + v * V::LANES);}
    uint8_t * place =
      row + size_t(pixel) * stride + block.group * outputs_per_group + block.first;
    V::template store_bytes<VECTORS>(place, sums, zero_point, block.outputs);
  }
};

// Outputs of a convolution added to the unit's input.
template<class V>
struct Added {
  uint8_t * row;
  const uint8_t * input;
  int stride, outputs_per_group;
  typename V::Addition addition;

  static constexpr int most_pixels(int vectors) { return V::most_pixels(vectors); }

  template<int VECTORS>
  INLINE void write(
    int pixel, const Block & block, typename V::Integers (&sums)[VECTORS],
    const float * multiplier) const
  {
    UNROLL
    for (int v = 0; v < VECTORS; v++) {sums[v] = V::scaled(sums[v], multiplier + v * V::LANES);}
    const size_t place =
      size_t(pixel) * stride + block.group * outputs_per_group + block.first;
    V::template store_sum<VECTORS>(row + place, input + place, sums, addition, block.outputs);
  }
};

// Outputs of a convolution as the newest row in the slots of their channels.
template<class V>
struct NewestRow {
  const int32_t * before;
  int32_t * after;
  int stride, outputs_per_group;

  static constexpr int most_pixels(int vectors) { return V::most_pixels(vectors); }

  template<int VECTORS>
  INLINE void write(
    int pixel, const Block & block, typename V::Integers (&sums)[VECTORS],
    const float * multiplier) const
  {
    const size_t place =
      size_t(pixel) * stride + block.group * outputs_per_group + block.first;
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      const auto value = V::clipped(V::scaled(sums[v], multiplier + v * V::LANES));
      V::store_slots(
        after + place + v * V::LANES, V::with_row(before + place + v * V::LANES, value),
        v + 1 < VECTORS ? V::LANES : block.outputs - v * V::LANES);
    }
  }
};

// Outputs of the classifier: logits.
template<class V>
struct Logits {
  float * logits;

  static constexpr int most_pixels(int) { return 1; }

  template<int VECTORS>
  INLINE void write(
    int, const Block & block, typename V::Integers (&sums)[VECTORS],
    const float * multiplier) const
  {
    alignas(64) float values[VECTORS * V::LANES];
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      V::store_floats(values + v * V::LANES, sums[v], multiplier + v * V::LANES);
    }
    std::memcpy(logits + block.first, values, block.outputs * sizeof(float));
  }
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
            fours[i][row] = layer.row(position[first + i])[3 * row + column];
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
    typename V::Weights weight[VECTORS][3];
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      UNROLL
      for (int column = 0; column < 3; column++) {
        weight[v][column] = V::load_weights(
          weights.data() + ((first + v) * 3 + column) * V::WEIGHT_BYTES);
      }
    }
    for (int pixel = 0; pixel < pixels; pixel++) {
      const int32_t * place = slots_of_row + size_t(pixel) * stride * size + begin;
      typename V::Integers values[VECTORS];
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        typename V::Sum sum = V::start(bias.data() + begin + v * V::LANES);
        UNROLL
        for (int column = 0; column < 3; column++) {
          sum = V::dot_slots(sum, weight[v][column], place + column * size + v * V::LANES);
        }
        values[v] = V::scaled(
          V::finish(sum, bias.data() + begin + v * V::LANES),
          multiplier.data() + begin + v * V::LANES);
      }
      V::template store_bytes<VECTORS>(
        row + size_t(pixel) * row_stride + begin, values, zero_point, outputs);
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
      V::store_slots(next + size + i, V::with_row(now + size + i, zero), V::LANES);
    }
    turn();
  }

  void add_bytes(const uint8_t * row, int row_stride, int channels) {
    for (int pixel = 0; pixel < pixels; pixel++) {
      const size_t place = size_t(pixel + 1) * size;
      const uint8_t * bytes = row + size_t(pixel) * row_stride;
      for (int i = 0; i < channels; i += V::LANES) {
        V::store_slots(
          next + place + i, V::with_row(now + place + i, V::load_bytes(bytes + i)), V::LANES);
      }
    }
    turn();
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
  std::vector<Depthwise<V>> average;  // one for stride 2

  FusedUnit(const Unit & unit, int channels)
  : inputs(channels), outputs(unit.stride == 1 ? channels : channels + unit.expand.outputs),
    stride(unit.stride), branch(unit.expand.outputs), branch_first(unit.branch_first),
    compress(matrix<V>(unit.compress, 0, 1)),
    compress_outputs(unit.compress.outputs_per_group()),
    depthwise(unit.depthwise, inverse(unit.order), unit.stride, unit.zero_point),
    expand(matrix<V>(unit.expand, unit.zero_point, 1)),
    expand_outputs(unit.expand.outputs_per_group()), addition(unit.addition)
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
    if (stride == 2) {
      average.emplace_back(averaging(unit.shortcut), identity(inputs), 2, 0);
    }
  }

  static std::vector<int> identity(int count) {
    std::vector<int> found(count);
    for (int i = 0; i < count; i++) {found[i] = i;}
    return found;
  }

  static std::vector<int> inverse(const std::vector<int32_t> & order) {
    std::vector<int> found(order.size());
    for (size_t i = 0; i < order.size(); i++) {found[order[i]] = static_cast<int>(i);}
    return found;
  }

  static Layer averaging(const std::vector<float> & multiplier) {
    const int channels = static_cast<int>(multiplier.size());
    return {channels, 1, 3, channels, multiplier, std::vector<int32_t>(channels, 0),
      std::vector<int8_t>(size_t(9) * channels, 127)};
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
        averaged_ = std::max(averaged_, Slots<V>::length(width, added.average[0].slots()));
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
    Aligned<int32_t> slots, averaged, sums;

    explicit Memory(const FusedNetwork & network)
    : maps{Aligned<uint8_t>(network.map_), Aligned<uint8_t>(network.map_)},
      pixels(4 * network.pixel_stride()), stem(4 * network.stem_stride()),
      filtered(network.row_), shuffled(network.row_), features(network.channels_),
      slots(2 * network.slots_), averaged(2 * network.averaged_), sums(network.channels_) {}
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
        Source source{{}, 3, 6};
        for (int i = 0; i < 3; i++) {
          source.rows[i] = memory.pixels.data() + (2 * done + i) % 4 * stride;
        }
        uint8_t * row = memory.stem.data() + done % 4 * stem_stride() + stem_bytes();
        convolve_row(stem_, source, stem_width(), Bytes<V>{row, stem_bytes(), 0, 0});
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
    using Byte = typename V::Byte;
    const int bytes = stem_bytes();
    const Byte * lines[3];
    for (int i = 0; i < 3; i++) {
      // A row beyond the edge is one that counts already: the largest stays the largest.
      const int line = std::min(std::max(2 * y - 1 + i, 0), rows - 1);
      lines[i] = reinterpret_cast<const Byte *>(stem + line % 4 * stem_stride());
    }
    for (int x = 0; x < map.width; x++) {
      Byte * out = reinterpret_cast<Byte *>(map.row(y) + size_t(x) * bytes);
      const size_t place = size_t(2 * x) * bytes;
      for (int c = 0; c < bytes; c += ROW_UNIT) {
        Byte best[ROW_UNIT];
        std::memcpy(best, lines[0] + place + c, ROW_UNIT);
        UNROLL
        for (int i = 0; i < 9; i++) {
          const Byte * other = lines[i / 3] + place + i % 3 * bytes + c;
          UNROLL
          for (int k = 0; k < ROW_UNIT; k++) {best[k] = std::max(best[k], other[k]);}
        }
        std::memcpy(out + c, best, ROW_UNIT);
      }
    }
  }

  void run_unit(
    const FusedUnit<V> & unit, const Map & in, const Map & out, Memory & memory) const
  {
    Slots<V> slots(memory.slots.data(), in.width, unit.depthwise.slots());
    Slots<V> averaged(
      memory.averaged.data(), in.width, unit.stride == 2 ? unit.average[0].slots() : 0);
    uint8_t * filtered = memory.filtered.data(), * shuffled = memory.shuffled.data();
    const int filtered_bytes = rounded_up(unit.depthwise.slots(), ROW_UNIT);
    for (int y = 0, added = 0; y < out.height; y++) {
      for (; added < unit.stride * y + 2; added++) {
        if (added >= in.height) {
          slots.add_padding();
          if (unit.stride == 2) {averaged.add_padding();}
          continue;
        }
        convolve_row(
          unit.compress, Source{{in.row(added)}, 1, in.stride()}, in.width,
          NewestRow<V>{slots.now + slots.size, slots.next + slots.size, slots.size,
            unit.compress_outputs});
        slots.turn();
        if (unit.stride == 2) {averaged.add_bytes(in.row(added), in.stride(), in.channels);}
      }
      unit.depthwise.run(slots.now, filtered, filtered_bytes, out.width);
      for (int x = 0; x < out.width; x++) {
        unit.shuffle.run(
          filtered + size_t(x) * filtered_bytes, shuffled + size_t(x) * unit.shuffled);
      }
      const Source source{{shuffled}, 1, unit.shuffled};
      if (unit.stride == 1) {
        convolve_row(
          unit.expand, source, out.width, Added<V>{out.row(y), in.row(y), out.stride(),
            unit.expand_outputs, V::addition(unit.addition)});
      } else {
        unit.average[0].run(
          averaged.now, out.row(y) + (unit.branch_first ? unit.branch : 0), out.stride(),
          out.width);
        convolve_row(
          unit.expand, source, out.width,
          Bytes<V>{out.row(y) + (unit.branch_first ? 0 : unit.inputs), out.stride(),
            unit.expand_outputs, 0});
      }
    }
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
    convolve_row(classifier_, Source{{features}, 1, 0}, 1, Logits<V>{logits});
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
