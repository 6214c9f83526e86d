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

// AVX2 alone (Haswell and later, Zen 1 to 3).

#if defined(__x86_64__)

#include "standard_headers.hpp"
#pragma GCC target("avx2")
#include "avx2.hpp"

namespace shufflenet_ros {
namespace {

// Four bytes are multiplied as two pairs of 16 bits, even and odd bytes, which cannot overflow.
struct Avx2 : Avx2Common {
  static constexpr int MOST_VECTORS = 2, DEPTHWISE_VECTORS = 1, WEIGHT_BYTES = 64;
  static constexpr int most_pixels(int vectors) { return vectors == 1 ? 8 : 4; }

  struct Weights {
    __m256i even, odd;
  };

  static void write_weights(uint8_t * place, const int8_t (&fours)[LANES][FOUR]) {
    int16_t pairs[2][LANES][2];
    for (int i = 0; i < LANES; i++) {
      for (int k = 0; k < FOUR; k++) {pairs[k % 2][i][k / 2] = fours[i][k];}
    }
    std::memcpy(place, pairs, WEIGHT_BYTES);
  }

  static INLINE Weights load_weights(const uint8_t * place) {
    const __m256i * pairs = reinterpret_cast<const __m256i *>(place);
    return {_mm256_load_si256(pairs), _mm256_load_si256(pairs + 1)};
  }

  static INLINE __m256i even(__m256i bytes) {
    return _mm256_and_si256(bytes, _mm256_set1_epi16(0xff));
  }

  static INLINE __m256i odd(__m256i bytes) { return _mm256_srli_epi16(bytes, 8); }

  static INLINE Sum dot(Sum sum, const Weights & weight, __m256i even, __m256i odd) {
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(even, weight.even));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(odd, weight.odd));
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
        sums[p][v] = dot(sums[p][v], weight[v], even(input), odd(input));
      }
    }
  }

  static INLINE Integers dot_slots(
    Integers sum, const Weights (&weight)[3], const int32_t * a, const int32_t * b,
    const int32_t * c)
  {
    const int32_t * columns[] = {a, b, c};
    UNROLL
    for (int i = 0; i < 3; i++) {
      const __m256i input = load(columns[i]);
      sum = dot(sum, weight[i], even(input), odd(input));
    }
    return sum;
  }
};

}  // namespace

std::unique_ptr<Network> avx2_network(const PackedNetwork & network) {
  return std::make_unique<FusedNetwork<Avx2>>(network, "avx2");
}

}  // namespace shufflenet_ros

#endif
