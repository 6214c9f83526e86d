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
  static constexpr int most_pixels(int vectors) {
    constexpr int MOST[] = {10, 8, 6, 5};
    return MOST[vectors - 1];
  }

  using Inputs = int8x16_t;
  using Sum = int32x4_t;

  static INLINE Inputs inputs(const uint8_t * place) { return load_weights(place); }

  static INLINE Sum start(const int32_t * bias) { return vld1q_s32(bias); }

  static INLINE Integers finish(Sum sum) { return sum; }

  template<int STEP, int PIXELS, int VECTORS>
  static INLINE void step(
    Sum (&sums)[PIXELS][VECTORS], const Inputs (&inputs)[PIXELS], const uint8_t * weights)
  {
    UNROLL
    for (int v = 0; v < VECTORS; v++) {
      const Weights weight = load_weights(weights + (STEP * VECTORS + v) * WEIGHT_BYTES);
      UNROLL
      for (int p = 0; p < PIXELS; p++) {
        sums[p][v] = vdotq_laneq_s32(sums[p][v], weight, inputs[p], STEP);
      }
    }
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

  static INLINE Sum dot_slots(Sum sum, Weights weight, const int32_t * slots) {
    return vdotq_s32(sum, weight, vreinterpretq_s8_s32(vld1q_s32(slots)));
  }
};

}  // namespace

std::unique_ptr<Network> neon_dot_network(const PackedNetwork & network) {
  return std::make_unique<FusedNetwork<NeonDot>>(network, "neon_dot");
}

}  // namespace shufflenet_ros

#endif
