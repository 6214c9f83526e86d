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

// Plain C++: what every other instruction set is compared with, and what runs where none fits.

#include "standard_headers.hpp"
#include "loops.hpp"

namespace shufflenet_ros {
namespace {

struct Plain {
  static constexpr int LANES = 4, OFFSET = 0, PAIR = 1, STEPS = 1;
  static constexpr bool KEEPS_SUMS = false, EVEN_PARTS = true, KNOWN_SHIFTS = false;
  static constexpr int MOST_VECTORS = 4, DEPTHWISE_VECTORS = 4;
  static constexpr int WEIGHT_BYTES = LANES * FOUR, START_LANES = LANES;
  static constexpr int most_pixels(int) { return 2; }

  using Byte = uint8_t;
  using Inputs = const uint8_t *;
  using Weights = const int8_t *;
  using Addition = shufflenet_ros::Addition;

  struct Integers {
    int32_t lane[LANES];
  };
  using Sum = Integers;

  struct Floats {
    float lane[LANES];
  };

  static void write_weights(uint8_t * place, const int8_t (&fours)[LANES][FOUR]) {
    std::memcpy(place, fours, WEIGHT_BYTES);
  }

  static void write_start(int32_t * place, const int32_t (&bias)[LANES]) {
    std::memcpy(place, bias, sizeof(bias));
  }

  static Weights load_weights(const uint8_t * place) {
    return reinterpret_cast<const int8_t *>(place);
  }

  static Inputs inputs(const uint8_t * place) { return place; }

  static Sum start(const int32_t * bias) {
    Sum sum;
    std::memcpy(sum.lane, bias, sizeof(sum.lane));
    return sum;
  }

  static Integers finish(const Sum & sum) { return sum; }

  template<int PIXELS, int VECTORS, int>
  static void dots(
    Sum (&sums)[PIXELS][VECTORS], const Inputs (&inputs)[PIXELS], const uint8_t * weights)
  {
    for (int p = 0; p < PIXELS; p++) {
      for (int v = 0; v < VECTORS; v++) {
        const Weights weight = load_weights(weights + v * WEIGHT_BYTES);
        for (int i = 0; i < LANES; i++) {
          for (int k = 0; k < FOUR; k++) {
            sums[p][v].lane[i] += weight[FOUR * i + k] * inputs[p][k];
          }
        }
      }
    }
  }

  static Integers dot_slots(
    Integers sum, const Weights (&weight)[3], const int32_t * a, const int32_t * b,
    const int32_t * c)
  {
    const int32_t * columns[] = {a, b, c};
    for (int column = 0; column < 3; column++) {
      const uint8_t * bytes = reinterpret_cast<const uint8_t *>(columns[column]);
      for (int i = 0; i < LANES * FOUR; i++) {sum.lane[i / FOUR] += weight[column][i] * bytes[i];}
    }
    return sum;
  }

  static Floats floats(const float * place) {
    Floats found;
    std::memcpy(found.lane, place, sizeof(found.lane));
    return found;
  }

  static Integers scaled(Integers sums, const Floats & multiplier) {
    for (int i = 0; i < LANES; i++) {
      sums.lane[i] = static_cast<int32_t>(
        __builtin_rintf(static_cast<float>(sums.lane[i]) * multiplier.lane[i]));
    }
    return sums;
  }

  static int32_t clip(int32_t value, int32_t low, int32_t high) {
    return std::min(std::max(value, low), high);
  }

  static Integers clipped(const Integers & sums, const Floats & multiplier) {
    Integers values = scaled(sums, multiplier);
    for (int i = 0; i < LANES; i++) {values.lane[i] = clip(values.lane[i], 0, 255);}
    return values;
  }

  static Integers stored_zero() { return {}; }

  static Integers times_127(const int16_t * a, const int16_t * b, const int16_t * c) {
    Integers found;
    for (int i = 0; i < LANES; i++) {found.lane[i] = 127 * (a[i] + b[i] + c[i]);}
    return found;
  }

  static Integers with_row(const int32_t * before, const Integers & value) {
    Integers found;
    for (int i = 0; i < LANES; i++) {
      found.lane[i] = static_cast<int32_t>(
        static_cast<uint32_t>(before[i]) << 8 | static_cast<uint32_t>(value.lane[i]));
    }
    return found;
  }

  static void store_slots(int32_t * place, const Integers & values, int count = LANES) {
    std::memcpy(place, values.lane, std::min(count, LANES) * sizeof(int32_t));
  }

  static int zero_point(int value) { return value; }

  template<int VECTORS>
  static void store_bytes(
    uint8_t * place, const Integers (&values)[VECTORS], int zero_point, int count)
  {
    for (int i = 0; i < std::min(count, VECTORS * LANES); i++) {
      place[i] = static_cast<uint8_t>(
        clip(values[i / LANES].lane[i % LANES] + zero_point, 0, 255));
    }
  }

  static Addition addition(const shufflenet_ros::Addition & addition) { return addition; }

  template<int VECTORS, int>
  static void store_sum(
    uint8_t * place, const uint8_t * input, const Integers (&values)[VECTORS],
    const Addition & add, int count)
  {
    for (int i = 0; i < std::min(count, VECTORS * LANES); i++) {
      const int32_t branch =
        clip(values[i / LANES].lane[i % LANES], -add.zero_point, 255 - add.zero_point);
      const int32_t sum = branch * add.branch + input[i] * add.input + (1 << (add.shift - 1));
      place[i] = static_cast<uint8_t>(clip(sum >> add.shift, 0, 255));
    }
  }

  static void store_floats(float * place, const Integers & sums, const Floats & multiplier) {
    for (int i = 0; i < LANES; i++) {
      place[i] = static_cast<float>(sums.lane[i]) * multiplier.lane[i];
    }
  }

  static void copy_bytes(const uint8_t * from, uint8_t * to, size_t count) {
    std::memcpy(to, from, count);
  }

  class Shuffle {
   public:
    explicit Shuffle(const std::vector<int> & from = {}, int = 0) : from_(from) {}

    // Pixels of a row, `in_stride` and `out_stride` bytes apart.
    void run(
      const uint8_t * in, int in_stride, uint8_t * out, int out_stride, int pixels) const
    {
      for (; pixels > 0; pixels--, in += in_stride, out += out_stride) {
        for (size_t i = 0; i < from_.size(); i++) {out[i] = in[from_[i]];}
      }
    }

   private:
    std::vector<int> from_;
  };
};

}  // namespace

std::unique_ptr<Network> plain_network(const PackedNetwork & network) {
  return std::make_unique<FusedNetwork<Plain>>(network, "plain");
}

}  // namespace shufflenet_ros
