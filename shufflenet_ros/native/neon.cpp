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

// ARMv8 without the dot product of bytes: Cortex-A53, A57, A72 (Jetson Nano, Raspberry Pi 4).

#if defined(__aarch64__)

#include "standard_headers.hpp"
#include "neon.hpp"

namespace shufflenet_ros {
namespace {

// Two products of int8 fit into 16 bits, since no weight is -128.
struct Neon : NeonCommon {
  static constexpr int PAIR = 2, STEPS = 2, MOST_VECTORS = 4, DEPTHWISE_VECTORS = 2;
  static constexpr int most_pixels(int vectors) {
    constexpr int MOST[] = {8, 5, 3, 2};
    return MOST[vectors - 1];
  }

  using Inputs = const uint8_t *;

  // Sums of lanes 0, 1 and of lanes 2, 3, each in two parts.
  struct Sum {
    int32x4_t low, high;
  };

  static INLINE Inputs inputs(const uint8_t * place) { return place; }

  static INLINE Sum start(const int32_t * bias) {
    const int32x4_t zero = vdupq_n_s32(0), first = vld1q_s32(bias);
    return {vzip1q_s32(first, zero), vzip2q_s32(first, zero)};
  }

  static INLINE Integers finish(const Sum & sum) { return vpaddq_s32(sum.low, sum.high); }

  static INLINE int8x16_t broadcast(const uint8_t * place) {
    int32_t four;
    std::memcpy(&four, place, FOUR);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
  }

  template<int PIXELS, int VECTORS, int STEPS_NOW>
  static INLINE void dots(
    Sum (&sums)[PIXELS][VECTORS], const Inputs (&inputs)[PIXELS], const uint8_t * weights)
  {
    Weights weight[VECTORS][STEPS_NOW];
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      UNROLL
      for (int i = 0; i < STEPS_NOW; i++, weights += WEIGHT_BYTES) {
        weight[v][i] = load_weights(weights);
      }
    }
    UNROLL
    for (int p = 0; p < PIXELS; p++) {
      const int8x16_t first = broadcast(inputs[p]);
      const int8x16_t second = STEPS_NOW > 1 ? broadcast(inputs[p] + FOUR) : first;
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        int16x8_t low = vmull_s8(vget_low_s8(weight[v][0]), vget_low_s8(first));
        int16x8_t high = vmull_high_s8(weight[v][0], first);
        if constexpr (STEPS_NOW > 1) {
          low = vmlal_s8(low, vget_low_s8(weight[v][1]), vget_low_s8(second));
          high = vmlal_high_s8(high, weight[v][1], second);
        }
        sums[p][v].low = vpadalq_s16(sums[p][v].low, low);
        sums[p][v].high = vpadalq_s16(sums[p][v].high, high);
      }
    }
  }

  static INLINE Sum dot_slots(Sum sum, Weights weight, const int32_t * slots) {
    const int8x16_t input = vreinterpretq_s8_s32(vld1q_s32(slots));
    sum.low = vpadalq_s16(sum.low, vmull_s8(vget_low_s8(weight), vget_low_s8(input)));
    sum.high = vpadalq_s16(sum.high, vmull_high_s8(weight, input));
    return sum;
  }
};

}  // namespace

std::unique_ptr<Network> neon_network(const PackedNetwork & network) {
  return std::make_unique<FusedNetwork<Neon>>(network, "neon");
}

}  // namespace shufflenet_ros

#endif
