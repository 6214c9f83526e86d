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

// x86 vectors of 16 lanes: AVX512, its dot product of bytes (VNNI) and, where there, its byte
// shuffle (VBMI). Included by the files of the two after they have turned their instructions on.

#ifndef SHUFFLENET_ROS_AVX512_HPP_
#define SHUFFLENET_ROS_AVX512_HPP_

#include <immintrin.h>

#include "loops.hpp"
#include "x86_shuffle.hpp"

namespace shufflenet_ros {
namespace {

struct Avx512 {
  static constexpr int LANES = 16, OFFSET = 0, PAIR = 1, STEPS = 1;
  static constexpr bool KEEPS_SUMS = false, EVEN_PARTS = true, KNOWN_SHIFTS = false;
  static constexpr int MOST_VECTORS = 4, DEPTHWISE_VECTORS = 4;
  static constexpr int WEIGHT_BYTES = 64, START_LANES = LANES;
  static constexpr int most_pixels(int vectors) {
    constexpr int MOST[] = {14, 10, 7, 5};
    return MOST[vectors - 1];
  }

  using Byte = uint8_t;
  using Inputs = const uint8_t *;
  using Weights = __m512i;
  using Integers = __m512i;
  using Sum = __m512i;
  using Floats = __m512;

  static void write_weights(uint8_t * place, const int8_t (&fours)[LANES][FOUR]) {
    std::memcpy(place, fours, WEIGHT_BYTES);
  }

  static void write_start(int32_t * place, const int32_t (&bias)[LANES]) {
    std::memcpy(place, bias, sizeof(bias));
  }

  static INLINE Weights load_weights(const uint8_t * place) { return _mm512_load_si512(place); }

  static INLINE Inputs inputs(const uint8_t * place) { return place; }

  static INLINE Sum start(const int32_t * bias) { return _mm512_load_si512(bias); }

  static INLINE Integers finish(Sum sum) { return sum; }

  // Compilers copy sums from register to register where they see the instruction's intrinsic.
  static INLINE void dot(Sum & sum, __m512i input, Weights weight) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(input), "v"(weight));
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
      int32_t four;
      std::memcpy(&four, inputs[p], FOUR);
      const __m512i input = _mm512_set1_epi32(four);
      UNROLL
      for (int v = 0; v < VECTORS; v++) {
        dot(sums[p][v], input, weight[v]);
      }
    }
  }

  static INLINE Integers dot_slots(
    Integers sum, const Weights (&weight)[3], const int32_t * a, const int32_t * b,
    const int32_t * c)
  {
    sum = _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(a), weight[0]);
    sum = _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(b), weight[1]);
    return _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(c), weight[2]);
  }

  static INLINE Floats floats(const float * place) { return _mm512_load_ps(place); }

  static INLINE Integers scaled(Integers sums, Floats multiplier) {
    return _mm512_cvtps_epi32(
      _mm512_mul_ps(_mm512_cvtepi32_ps(sums), multiplier));
  }

  static INLINE Integers clipped(Integers sums, Floats multiplier) {
    return _mm512_min_epi32(
      _mm512_max_epi32(scaled(sums, multiplier), _mm512_setzero_si512()), _mm512_set1_epi32(255));
  }

  static INLINE Integers stored_zero() { return _mm512_setzero_si512(); }

  static INLINE Integers times_127(const int16_t * a, const int16_t * b, const int16_t * c) {
    const __m256i sums = _mm256_add_epi16(_mm256_add_epi16(load(a), load(b)), load(c));
    const __m512i wide = _mm512_cvtepu16_epi32(sums);
    return _mm512_sub_epi32(_mm512_slli_epi32(wide, 7), wide);
  }

  static INLINE __m256i load(const int16_t * place) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(place));
  }

  static INLINE Integers with_row(const int32_t * before, Integers value) {
    return _mm512_or_si512(_mm512_slli_epi32(_mm512_loadu_si512(before), 8), value);
  }

  static INLINE void store_slots(int32_t * place, Integers values, int count = LANES) {
    if (count >= LANES) {
      _mm512_storeu_si512(place, values);
    } else {
      _mm512_mask_storeu_epi32(place, static_cast<__mmask16>((1u << count) - 1), values);
    }
  }

  // Packing works within 128 bits: this brings the fours of bytes into the order of outputs,
  // and back.
  static INLINE __m512i in_order(__m512i packed) {
    return _mm512_permutexvar_epi32(
      _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), packed);
  }

  template<int VECTORS>
  static INLINE void pack(const Integers (&values)[VECTORS], __m512i (&pairs)[2]) {
    pairs[0] = _mm512_packs_epi32(values[0], values[VECTORS > 1 ? 1 : 0]);
    if constexpr (VECTORS > 2) {
      pairs[1] = _mm512_packs_epi32(values[2], values[VECTORS > 3 ? 3 : 2]);
    } else {
      pairs[1] = pairs[0];
    }
  }

  template<int VECTORS>
  static INLINE void store(uint8_t * place, __m512i bytes, int count) {
    if constexpr (VECTORS == 1) {
      _mm_mask_storeu_epi8(place, static_cast<__mmask16>((1u << count) - 1),
        _mm512_castsi512_si128(bytes));
    } else if constexpr (VECTORS == 2) {
      _mm256_mask_storeu_epi8(place, static_cast<__mmask32>((uint64_t{1} << count) - 1),
        _mm512_castsi512_si256(bytes));
    } else {
      _mm512_mask_storeu_epi8(place, ~uint64_t{0} >> (64 - count), bytes);
    }
  }

  static INLINE __m512i zero_point(int value) {
    return _mm512_set1_epi16(static_cast<int16_t>(value));
  }

  template<int VECTORS>
  static INLINE void store_bytes(
    uint8_t * place, const Integers (&values)[VECTORS], __m512i zero, int count)
  {
    __m512i pairs[2];
    pack<VECTORS>(values, pairs);
    const __m512i low = _mm512_adds_epi16(pairs[0], zero);
    const __m512i high = VECTORS > 2 ? _mm512_adds_epi16(pairs[1], zero) : low;
    store<VECTORS>(place, in_order(_mm512_packus_epi16(low, high)), count);
  }

  struct alignas(64) Addition {
    __m512i low, high, factors, half;
    __m128i shift;
  };

  static Addition addition(const shufflenet_ros::Addition & add) {
    return {
      _mm512_set1_epi16(static_cast<int16_t>(-add.zero_point)),
      _mm512_set1_epi16(static_cast<int16_t>(255 - add.zero_point)),
      _mm512_set1_epi32(add.branch | add.input << 16), _mm512_set1_epi32(1 << (add.shift - 1)),
      _mm_cvtsi32_si128(add.shift)};
  }

  // branch * factor + input * factor of 32 outputs, shifted, in 16 bits.
  static INLINE __m512i added(__m512i branch, __m512i input, const Addition & add) {
    branch = _mm512_max_epi16(_mm512_min_epi16(branch, add.high), add.low);
    const __m512i low = _mm512_dpwssd_epi32(
      add.half, _mm512_unpacklo_epi16(branch, input), add.factors);
    const __m512i high = _mm512_dpwssd_epi32(
      add.half, _mm512_unpackhi_epi16(branch, input), add.factors);
    return _mm512_packs_epi32(
      _mm512_sra_epi32(low, add.shift), _mm512_sra_epi32(high, add.shift));
  }

  template<int VECTORS, int>
  static INLINE void store_sum(
    uint8_t * place, const uint8_t * input, const Integers (&values)[VECTORS],
    const Addition & add, int count)
  {
    __m512i pairs[2];
    pack<VECTORS>(values, pairs);
    const __m512i bytes = in_order(_mm512_loadu_si512(input));
    const __m512i zero = _mm512_setzero_si512();
    const __m512i low = added(pairs[0], _mm512_unpacklo_epi8(bytes, zero), add);
    const __m512i high =
      VECTORS > 2 ? added(pairs[1], _mm512_unpackhi_epi8(bytes, zero), add) : low;
    store<VECTORS>(place, in_order(_mm512_packus_epi16(low, high)), count);
  }

  static INLINE void store_floats(float * place, Integers sums, Floats multiplier) {
    _mm512_store_ps(place, _mm512_mul_ps(_mm512_cvtepi32_ps(sums), multiplier));
  }

  static void copy_bytes(const uint8_t * from, uint8_t * to, size_t count) {
    std::memcpy(to, from, count);
  }

  using Shuffle = ShuffleOfBlocks;
};

}  // namespace
}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_AVX512_HPP_
