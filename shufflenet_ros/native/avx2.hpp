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

// Vectors of 8 lanes: AVX2, whose dot product of bytes would saturate; so bytes are widened.

#ifndef SHUFFLENET_ROS_AVX2_HPP_
#define SHUFFLENET_ROS_AVX2_HPP_

#include <immintrin.h>

#include "loops.hpp"
#include "x86_shuffle.hpp"

namespace shufflenet_ros {
namespace {

// What AVX2 with and without VNNI share: all but the dot product.
struct Avx2Common {
  static constexpr int LANES = 8, OFFSET = 0, START_LANES = LANES, PAIR = 1, STEPS = 1;
  static constexpr bool KEEPS_SUMS = true, EVEN_PARTS = true, KNOWN_SHIFTS = false;

  using Byte = uint8_t;
  using Inputs = const uint8_t *;
  using Integers = __m256i;
  using Sum = __m256i;
  using Floats = __m256;

  static void write_start(int32_t * place, const int32_t (&bias)[LANES]) {
    std::memcpy(place, bias, sizeof(bias));
  }

  static INLINE Inputs inputs(const uint8_t * place) { return place; }

  static INLINE __m256i load(const int32_t * place) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(place));
  }

  static INLINE Sum start(const int32_t * bias) { return load(bias); }

  static INLINE Integers finish(Sum sum) { return sum; }

  static INLINE __m256i broadcast(const uint8_t * place) {
    int32_t four;
    std::memcpy(&four, place, FOUR);
    return _mm256_set1_epi32(four);
  }

  static INLINE Floats floats(const float * place) { return _mm256_load_ps(place); }

  static INLINE Integers scaled(Integers sums, Floats multiplier) {
    return _mm256_cvtps_epi32(
      _mm256_mul_ps(_mm256_cvtepi32_ps(sums), multiplier));
  }

  static INLINE Integers clipped(Integers sums, Floats multiplier) {
    return _mm256_min_epi32(
      _mm256_max_epi32(scaled(sums, multiplier), _mm256_setzero_si256()), _mm256_set1_epi32(255));
  }

  static INLINE Integers stored_zero() { return _mm256_setzero_si256(); }

  static INLINE Integers times_127(const int16_t * a, const int16_t * b, const int16_t * c) {
    const __m128i sums = _mm_add_epi16(_mm_add_epi16(load(a), load(b)), load(c));
    const __m256i wide = _mm256_cvtepu16_epi32(sums);
    return _mm256_sub_epi32(_mm256_slli_epi32(wide, 7), wide);
  }

  static INLINE __m128i load(const int16_t * place) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i *>(place));
  }

  static INLINE Integers with_row(const int32_t * before, Integers value) {
    return _mm256_or_si256(_mm256_slli_epi32(load(before), 8), value);
  }

  static INLINE void store_slots(int32_t * place, Integers values, int count = LANES) {
    if (count >= LANES) {
      _mm256_storeu_si256(reinterpret_cast<__m256i *>(place), values);
    } else {
      const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
      _mm256_maskstore_epi32(
        place, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lane), values);
    }
  }

  // Packing works within 128 bits: this brings the fours of bytes into the order of outputs.
  static INLINE __m256i in_order(__m256i packed) {
    return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  }

  static INLINE __m256i as_packed(__m256i ordered) {
    return _mm256_permutevar8x32_epi32(ordered, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
  }

  template<int VECTORS>
  static INLINE void pack(const Integers (&values)[VECTORS], __m256i (&pairs)[2]) {
    pairs[0] = _mm256_packs_epi32(values[0], values[VECTORS > 1 ? 1 : 0]);
    if constexpr (VECTORS > 2) {
      pairs[1] = _mm256_packs_epi32(values[2], values[VECTORS > 3 ? 3 : 2]);
    } else {
      pairs[1] = pairs[0];
    }
  }

  // The first `count` bytes of 32: each power of two where `count` has it.
  template<int VECTORS>
  static INLINE void store(uint8_t * place, __m256i bytes, int count) {
    __m128i left = _mm256_castsi256_si128(bytes);
    if (VECTORS == 4 && count >= 32) {
      _mm256_storeu_si256(reinterpret_cast<__m256i *>(place), bytes);
      return;
    }
    if (VECTORS >= 2 && count >= 16) {
      _mm_storeu_si128(reinterpret_cast<__m128i *>(place), left);
      left = _mm256_extracti128_si256(bytes, 1);
      place += 16;
      count -= 16;
    }
    if (count >= 8) {
      _mm_storel_epi64(reinterpret_cast<__m128i *>(place), left);
      left = _mm_srli_si128(left, 8);
      place += 8;
      count -= 8;
    }
    uint64_t rest = static_cast<uint64_t>(_mm_cvtsi128_si64(left));
    for (int size = 4; size; size /= 2) {
      if (count >= size) {
        std::memcpy(place, &rest, size);
        rest >>= 8 * size;
        place += size;
        count -= size;
      }
    }
  }

  static INLINE __m256i zero_point(int value) {
    return _mm256_set1_epi16(static_cast<int16_t>(value));
  }

  template<int VECTORS>
  static INLINE void store_bytes(
    uint8_t * place, const Integers (&values)[VECTORS], __m256i zero, int count)
  {
    __m256i pairs[2];
    pack<VECTORS>(values, pairs);
    const __m256i low = _mm256_adds_epi16(pairs[0], zero);
    const __m256i high = VECTORS > 2 ? _mm256_adds_epi16(pairs[1], zero) : low;
    store<VECTORS>(place, in_order(_mm256_packus_epi16(low, high)), count);
  }

  struct alignas(32) Addition {
    __m256i low, high, factors, half;
    __m128i shift;
  };

  static Addition addition(const shufflenet_ros::Addition & add) {
    return {
      _mm256_set1_epi16(static_cast<int16_t>(-add.zero_point)),
      _mm256_set1_epi16(static_cast<int16_t>(255 - add.zero_point)),
      _mm256_set1_epi32(add.branch | add.input << 16), _mm256_set1_epi32(1 << (add.shift - 1)),
      _mm_cvtsi32_si128(add.shift)};
  }

  // branch * factor + input * factor of 16 outputs, shifted, in 16 bits.
  static INLINE __m256i added(__m256i branch, __m256i input, const Addition & add) {
    branch = _mm256_max_epi16(_mm256_min_epi16(branch, add.high), add.low);
    const __m256i low = _mm256_add_epi32(
      add.half, _mm256_madd_epi16(_mm256_unpacklo_epi16(branch, input), add.factors));
    const __m256i high = _mm256_add_epi32(
      add.half, _mm256_madd_epi16(_mm256_unpackhi_epi16(branch, input), add.factors));
    return _mm256_packs_epi32(
      _mm256_sra_epi32(low, add.shift), _mm256_sra_epi32(high, add.shift));
  }

  template<int VECTORS, int>
  static INLINE void store_sum(
    uint8_t * place, const uint8_t * input, const Integers (&values)[VECTORS],
    const Addition & add, int count)
  {
    __m256i pairs[2];
    pack<VECTORS>(values, pairs);
    const __m256i bytes =
      as_packed(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(input)));
    const __m256i zero = _mm256_setzero_si256();
    const __m256i low = added(pairs[0], _mm256_unpacklo_epi8(bytes, zero), add);
    const __m256i high =
      VECTORS > 2 ? added(pairs[1], _mm256_unpackhi_epi8(bytes, zero), add) : low;
    store<VECTORS>(place, in_order(_mm256_packus_epi16(low, high)), count);
  }

  static INLINE void store_floats(float * place, Integers sums, Floats multiplier) {
    _mm256_store_ps(place, _mm256_mul_ps(_mm256_cvtepi32_ps(sums), multiplier));
  }

  static void copy_bytes(const uint8_t * from, uint8_t * to, size_t count) {
    std::memcpy(to, from, count);
  }

  using Shuffle = ShuffleOfBlocks;
};

}  // namespace
}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_AVX2_HPP_
