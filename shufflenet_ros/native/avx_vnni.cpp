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

// AVX2 with the dot product of bytes that came to it later (Alder Lake and later, Zen 5).

#if defined(__x86_64__)

#include "standard_headers.hpp"
#pragma GCC target("avx2,avxvnni")
#include "avx2.hpp"

namespace shufflenet_ros {
namespace {

struct AvxVnni : Avx2Common {
  static constexpr int MOST_VECTORS = 4, DEPTHWISE_VECTORS = 2, WEIGHT_BYTES = 32;
  static constexpr int most_pixels(int vectors) {
    constexpr int MOST[] = {10, 5, 3, 2};
    return MOST[vectors - 1];
  }

  using Weights = __m256i;

  static void write_weights(uint8_t * place, const int8_t (&fours)[LANES][FOUR]) {
    std::memcpy(place, fours, WEIGHT_BYTES);
  }

  static INLINE Weights load_weights(const uint8_t * place) {
    return _mm256_load_si256(reinterpret_cast<const __m256i *>(place));
  }

  template<int PIXELS, int VECTORS, int>
  static INLINE void dots(
    Sum (&sums)[PIXELS][VECTORS], const Inputs (&inputs)[PIXELS], const uint8_t * weights)
  {
    Weights weight[VECTORS];
    UNROLL
    for (int v = 0; v < VECTORS; v++) {weight[v] = load_weights(weights + v * WEIGHT_BYTES);}
    UNROLL
    for (int p = 0; p < PIXELS; p++) {
      const __m256i input = broadcast(inputs[p]);
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        sums[p][v] = _mm256_dpbusd_avx_epi32(sums[p][v], input, weight[v]);
      }
    }
  }

  static INLINE Integers dot_slots(
    Integers sum, const Weights (&weight)[3], const int32_t * a, const int32_t * b,
    const int32_t * c)
  {
    sum = _mm256_dpbusd_avx_epi32(sum, load(a), weight[0]);
    sum = _mm256_dpbusd_avx_epi32(sum, load(b), weight[1]);
    return _mm256_dpbusd_avx_epi32(sum, load(c), weight[2]);
  }
};

}  // namespace

std::unique_ptr<Network> avx_vnni_network(const PackedNetwork & network) {
  return std::make_unique<FusedNetwork<AvxVnni>>(network, "avx_vnni");
}

}  // namespace shufflenet_ros

#endif
