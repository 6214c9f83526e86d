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

// ARM with the dot product of bytes: Cortex-A55, A75, A76 and later (Raspberry Pi 5, Jetson Orin).

#if defined(__aarch64__)

#include "standard_headers.hpp"
#pragma GCC target("arch=armv8.2-a+dotprod")
#include "neon.hpp"

namespace shufflenet_ros {
namespace {

struct NeonDot : NeonCommon {
  static constexpr int PAIR = 1, STEPS = 4, MOST_VECTORS = 4, DEPTHWISE_VECTORS = 4;
  static constexpr int START_LANES = LANES;
  static constexpr int most_pixels(int vectors) {
    constexpr int MOST[] = {10, 8, 6, 5};
    return MOST[vectors - 1];
  }

  using Inputs = int8x16_t;
  using Sum = int32x4_t;

  static void write_start(int32_t * place, const int32_t (&bias)[LANES]) {
    std::memcpy(place, bias, sizeof(bias));
  }

  static INLINE Inputs inputs(const uint8_t * place) { return load_weights(place); }

  static INLINE Sum start(const int32_t * bias) { return vld1q_s32(bias); }

  static INLINE Integers finish(Sum sum) { return sum; }

  template<int STEP, int PIXELS, int VECTORS>
  static INLINE void step(
    Sum (&sums)[PIXELS][VECTORS], const Inputs (&inputs)[PIXELS], const uint8_t * & weights)
  {
    // Two at a time take one instruction.
    constexpr int TOGETHER = VECTORS % 2 ? 1 : 2;
    UNROLL
    for (int v = 0; v < VECTORS; v += TOGETHER) {
      Weights weight[TOGETHER];
      load(weight, weights);
      weights += TOGETHER * WEIGHT_BYTES;
      asm ("" : "+r" (weights));  // or compilers add to the first address each time
      UNROLL
      for (int i = 0; i < TOGETHER; i++) {
        UNROLL
        for (int p = 0; p < PIXELS; p++) {
          sums[p][v + i] = vdotq_laneq_s32(sums[p][v + i], weight[i], inputs[p], STEP);
        }
      }
    }
  }

  static INLINE void load(Weights (&weight)[1], const uint8_t * place) {
    weight[0] = load_weights(place);
  }

  static INLINE void load(Weights (&weight)[2], const uint8_t * place) {
    const int8x16x2_t both = vld1q_s8_x2(reinterpret_cast<const int8_t *>(place));
    weight[0] = both.val[0];
    weight[1] = both.val[1];
  }

  template<int PIXELS, int VECTORS, int STEPS_NOW>
  static INLINE void dots(
    Sum (&sums)[PIXELS][VECTORS], const Inputs (&inputs)[PIXELS], const uint8_t * weights)
  {
    step<0>(sums, inputs, weights);
    if constexpr (STEPS_NOW > 1) {step<1>(sums, inputs, weights);}
    if constexpr (STEPS_NOW > 2) {step<2>(sums, inputs, weights);}
    if constexpr (STEPS_NOW > 3) {step<3>(sums, inputs, weights);}
  }

  static INLINE Integers dot_slots(
    Integers sum, const Weights (&weight)[3], const int32_t * a, const int32_t * b,
    const int32_t * c)
  {
    sum = vdotq_s32(sum, weight[0], vreinterpretq_s8_s32(vld1q_s32(a)));
    sum = vdotq_s32(sum, weight[1], vreinterpretq_s8_s32(vld1q_s32(b)));
    return vdotq_s32(sum, weight[2], vreinterpretq_s8_s32(vld1q_s32(c)));
  }
};

}  // namespace

std::unique_ptr<Network> neon_dot_network(const PackedNetwork & network) {
  return std::make_unique<FusedNetwork<NeonDot>>(network, "neon_dot");
}

}  // namespace shufflenet_ros

#endif
