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
  static constexpr int PAIR = 2, STEPS = 4, MOST_VECTORS = 4, DEPTHWISE_VECTORS = 4;
  static constexpr int START_LANES = 2 * LANES;
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

  // Each bias in the first of its two parts.
  static void write_start(int32_t * place, const int32_t (&bias)[LANES]) {
    for (int i = 0; i < LANES; i++) {
      place[2 * i] = bias[i];
      place[2 * i + 1] = 0;
    }
  }

  static INLINE Sum start(const int32_t * place) {
    return {vld1q_s32(place), vld1q_s32(place + LANES)};
  }

  static INLINE Integers finish(const Sum & sum) { return vpaddq_s32(sum.low, sum.high); }

  // Four bytes in all lanes.
  static INLINE int8x16_t broadcast(const uint8_t * place) {
    int32_t four;
    std::memcpy(&four, place, FOUR);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
  }

  // One sum, or two in turns: a core that runs code in order would wait for a single one.
  template<int STEPS_NOW, int COUNT>
  static INLINE void dot(
    Sum * const (&sums)[COUNT], const int8x16_t * const (&fours)[COUNT],
    const Weights * const (&weights)[COUNT])
  {
    int16x8_t low[COUNT], high[COUNT];
    UNROLL
    for (int i = 0; i < COUNT; i++) {
      low[i] = vmull_s8(vget_low_s8(weights[i][0]), vget_low_s8(fours[i][0]));
      high[i] = vmull_high_s8(weights[i][0], fours[i][0]);
    }
    if constexpr (STEPS_NOW > 1) {
      UNROLL
      for (int i = 0; i < COUNT; i++) {
        low[i] = vmlal_s8(low[i], vget_low_s8(weights[i][1]), vget_low_s8(fours[i][1]));
        high[i] = vmlal_high_s8(high[i], weights[i][1], fours[i][1]);
      }
    }
    UNROLL
    for (int i = 0; i < COUNT; i++) {
      sums[i]->low = vpadalq_s16(sums[i]->low, low[i]);
      sums[i]->high = vpadalq_s16(sums[i]->high, high[i]);
    }
  }

  template<int STEPS_NOW>
  static INLINE void load(Weights (&weight)[PAIR], const uint8_t * place) {
    weight[0] = load_weights(place);
    if constexpr (STEPS_NOW > 1) {weight[1] = load_weights(place + WEIGHT_BYTES);}
  }

  // One or two steps; of weights and inputs, what there is less of stays in registers.
  template<int STEPS_NOW, int PIXELS, int VECTORS>
  static INLINE const uint8_t * pair(
    Sum (&sums)[PIXELS][VECTORS], const int8x16_t (&fours)[PIXELS][PAIR], const uint8_t * weights)
  {
    if constexpr (PIXELS <= VECTORS) {
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        Weights weight[PAIR];
        load<STEPS_NOW>(weight, weights + v * STEPS_NOW * WEIGHT_BYTES);
        UNROLL
        for (int p = 0; p + 1 < PIXELS; p += 2) {
          dot<STEPS_NOW, 2>(
            {&sums[p][v], &sums[p + 1][v]}, {fours[p], fours[p + 1]}, {weight, weight});
        }
        if constexpr (PIXELS % 2) {
          dot<STEPS_NOW, 1>({&sums[PIXELS - 1][v]}, {fours[PIXELS - 1]}, {weight});
        }
      }
    } else {
      Weights weight[VECTORS][PAIR];
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        load<STEPS_NOW>(weight[v], weights + v * STEPS_NOW * WEIGHT_BYTES);
      }
      UNROLL
      for (int p = 0; p < PIXELS; p++) {
        UNROLL
        for (int v = 0; v + 1 < VECTORS; v += 2) {
          dot<STEPS_NOW, 2>(
            {&sums[p][v], &sums[p][v + 1]}, {fours[p], fours[p]}, {weight[v], weight[v + 1]});
        }
        if constexpr (VECTORS % 2) {
          dot<STEPS_NOW, 1>({&sums[p][VECTORS - 1]}, {fours[p]}, {weight[VECTORS - 1]});
        }
      }
    }
    return weights + VECTORS * STEPS_NOW * WEIGHT_BYTES;
  }

  template<int PIXELS, int VECTORS, int STEPS_NOW>
  static INLINE void dots(
    Sum (&sums)[PIXELS][VECTORS], const Inputs (&inputs)[PIXELS], const uint8_t * weights)
  {
    int8x16_t fours[PIXELS][PAIR];
    if constexpr (STEPS_NOW < STEPS) {
      UNROLL
      for (int k = 0; k < STEPS_NOW; k++) {
        UNROLL
        for (int p = 0; p < PIXELS; p++) {
          fours[p][k % PAIR] = broadcast(inputs[p] + k * FOUR);
        }
        if (k % PAIR) {
          weights = pair<PAIR>(sums, fours, weights);
        } else if (k == STEPS_NOW - 1) {
          weights = pair<1>(sums, fours, weights);
        }
      }
    } else {
      int32x4_t bytes[PIXELS];
      UNROLL
      for (int p = 0; p < PIXELS; p++) {bytes[p] = vreinterpretq_s32_u8(vld1q_u8(inputs[p]));}
      UNROLL
      for (int p = 0; p < PIXELS; p++) {
        fours[p][0] = vreinterpretq_s8_s32(vdupq_laneq_s32(bytes[p], 0));
        fours[p][1] = vreinterpretq_s8_s32(vdupq_laneq_s32(bytes[p], 1));
      }
      weights = pair<PAIR>(sums, fours, weights);
      UNROLL
      for (int p = 0; p < PIXELS; p++) {
        fours[p][0] = vreinterpretq_s8_s32(vdupq_laneq_s32(bytes[p], 2));
        fours[p][1] = vreinterpretq_s8_s32(vdupq_laneq_s32(bytes[p], 3));
      }
      pair<PAIR>(sums, fours, weights);
    }
  }

  static INLINE Integers dot_slots(
    Integers sum, const Weights (&weight)[3], const int32_t * a, const int32_t * b,
    const int32_t * c)
  {
    const int8x16_t first = vreinterpretq_s8_s32(vld1q_s32(a));
    const int8x16_t second = vreinterpretq_s8_s32(vld1q_s32(b));
    const int8x16_t third = vreinterpretq_s8_s32(vld1q_s32(c));
    const int16x8_t low = vmlal_s8(
      vmull_s8(vget_low_s8(weight[0]), vget_low_s8(first)),
      vget_low_s8(weight[1]), vget_low_s8(second));
    const int16x8_t high = vmlal_high_s8(
      vmull_high_s8(weight[0], first), weight[1], second);
    const int32x4_t left = vpadalq_s16(
      vpaddlq_s16(low), vmull_s8(vget_low_s8(weight[2]), vget_low_s8(third)));
    const int32x4_t right = vpadalq_s16(vpaddlq_s16(high), vmull_high_s8(weight[2], third));
    return vaddq_s32(sum, vpaddq_s32(left, right));
  }
};

}  // namespace

std::unique_ptr<Network> neon_network(const PackedNetwork & network) {
  return std::make_unique<FusedNetwork<Neon>>(network, "neon");
}

}  // namespace shufflenet_ros

#endif
