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

// ARM vectors of 4 lanes: what cores with and without the dot product of bytes share.

#ifndef SHUFFLENET_ROS_NEON_HPP_
#define SHUFFLENET_ROS_NEON_HPP_

#include <arm_neon.h>

#include "loops.hpp"

namespace shufflenet_ros {
namespace {

// Permutation of the bytes of a pixel, 64 at a time.
class ShuffleOfTables {
 public:
  // Byte i of the result is byte from[i] of `channels` ones.
  explicit ShuffleOfTables(const std::vector<int> & from = {}, int channels = 0)
  : tables_(divided_up(channels, 64)), results_(divided_up(static_cast<int>(from.size()), 16)),
    is_small_(channels <= 32), index_(size_t(tables_) * results_ * 16)
  {
    for (int i = 0; i < results_ * 16; i++) {
      for (int table = 0; table < tables_; table++) {
        // Beyond its table an index leaves the byte as it is.
        const int index = (i < static_cast<int>(from.size()) ? from[i] : 0) - 64 * table;
        index_.data()[(i / 16 * tables_ + table) * 16 + i % 16] =
          static_cast<uint8_t>(index >= 0 && index < 64 ? index : 255);
      }
    }
  }

  // Pixels of a row, `in_stride` and `out_stride` bytes apart.
  void run(const uint8_t * in, int in_stride, uint8_t * out, int out_stride, int pixels) const {
    const Row row{in, in_stride, out, out_stride, pixels};
    for (int i = 0; i < results_; i += MOST) {
      if (tables_ > 1) {
        from_tables(i, row);
      } else if (is_small_) {
        some<MOST, uint8x16x2_t>(i, row);
      } else {
        some<MOST, uint8x16x4_t>(i, row);
      }
    }
  }

 private:
  static constexpr int MOST = 4;  // results that are looked up together

  struct Row {
    const uint8_t * in;
    int in_stride;
    uint8_t * out;
    int out_stride, pixels;
  };

  // At most RESULTS results, `first` and those behind it, out of one table.
  template<int RESULTS, class Table>
  INLINE void some(int first, const Row & row) const {
    if constexpr (RESULTS > 1) {
      if (results_ - first < RESULTS) {return some<RESULTS - 1, Table>(first, row);}
    }
    uint8x16_t index[RESULTS];
    UNROLL
    for (int i = 0; i < RESULTS; i++) {index[i] = vld1q_u8(index_.data() + 16 * (first + i));}
    const uint8_t * in = row.in;
    uint8_t * out = row.out + 16 * first;
    for (int p = 0; p < row.pixels; p++, in += row.in_stride, out += row.out_stride) {
      Table table;
      load(in, table);
      UNROLL
      for (int i = 0; i < RESULTS; i++) {vst1q_u8(out + 16 * i, look_up(table, index[i]));}
    }
  }

  // As many out of all tables.
  void from_tables(int first, const Row & row) const {
    for (int i = first; i < std::min(first + MOST, results_); i++) {
      const uint8_t * index = index_.data() + i * tables_ * 16, * in = row.in;
      uint8_t * out = row.out + 16 * i;
      for (int p = 0; p < row.pixels; p++, in += row.in_stride, out += row.out_stride) {
        uint8x16_t result = vdupq_n_u8(0);
        for (int k = 0; k < tables_; k++) {
          uint8x16x4_t table;
          load(in + 64 * k, table);
          result = vqtbx4q_u8(result, table, vld1q_u8(index + 16 * k));
        }
        vst1q_u8(out, result);
      }
    }
  }

  static INLINE void load(const uint8_t * place, uint8x16x2_t & table) {
    table = {{vld1q_u8(place), vld1q_u8(place + 16)}};
  }

  static INLINE void load(const uint8_t * place, uint8x16x4_t & table) {
    table = {{vld1q_u8(place), vld1q_u8(place + 16), vld1q_u8(place + 32), vld1q_u8(place + 48)}};
  }

  static INLINE uint8x16_t look_up(uint8x16x2_t table, uint8x16_t index) {
    return vqtbl2q_u8(table, index);
  }

  static INLINE uint8x16_t look_up(uint8x16x4_t table, uint8x16_t index) {
    return vqtbl4q_u8(table, index);
  }

  int tables_, results_;
  bool is_small_;
  Aligned<uint8_t> index_;
};

// Activations are int8, u - 128: these dot products take no unsigned bytes.
struct NeonCommon {
  static constexpr int LANES = 4, OFFSET = 128, WEIGHT_BYTES = 16;
  static constexpr bool KEEPS_SUMS = true, EVEN_PARTS = false, KNOWN_SHIFTS = true;

  using Byte = int8_t;
  using Weights = int8x16_t;
  using Integers = int32x4_t;
  using Floats = float32x4_t;

  static void write_weights(uint8_t * place, const int8_t (&fours)[LANES][FOUR]) {
    std::memcpy(place, fours, WEIGHT_BYTES);
  }

  static INLINE Weights load_weights(const uint8_t * place) {
    return vld1q_s8(reinterpret_cast<const int8_t *>(place));
  }

  static INLINE Floats floats(const float * place) { return vld1q_f32(place); }

  static INLINE Integers scaled(Integers sums, Floats multiplier) {
    return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sums), multiplier));
  }

  // 0 to 255, stored as -128 to 127.
  static INLINE Integers clipped(Integers sums, Floats multiplier) {
    // The conversion to unsigned integers clips at zero.
    const uint32x4_t values = vminq_u32(
      vcvtnq_u32_f32(vmulq_f32(vcvtq_f32_s32(sums), multiplier)), vdupq_n_u32(255));
    return vsubq_s32(vreinterpretq_s32_u32(values), vdupq_n_s32(OFFSET));
  }

  static INLINE Integers stored_zero() { return vdupq_n_s32(-128); }

  static INLINE Integers times_127(const int16_t * a, const int16_t * b, const int16_t * c) {
    const int16x4_t sums = vadd_s16(vadd_s16(vld1_s16(a), vld1_s16(b)), vld1_s16(c));
    return vmull_n_s16(sums, 127);
  }

  static INLINE Integers with_row(const int32_t * before, Integers value) {
    return vsliq_n_s32(value, vld1q_s32(before), 8);
  }

  static INLINE void store_slots(int32_t * place, Integers values) { vst1q_s32(place, values); }

  static INLINE void store_slots(int32_t * place, Integers values, int count) {
    if (count >= LANES) {
      vst1q_s32(place, values);
      return;
    }
    if (count >= 2) {
      vst1_s32(place, vget_low_s32(values));
    }
    if (count == 1) {vst1q_lane_s32(place, values, 0);}
    if (count == 3) {vst1q_lane_s32(place + 2, values, 2);}
  }

  // The first `count` bytes of 16.
  template<int VECTORS>
  static INLINE void store(uint8_t * place, int8x16_t bytes, int count) {
    if (VECTORS == 4 && count >= 16) {
      vst1q_s8(reinterpret_cast<int8_t *>(place), bytes);
      return;
    }
    int8x8_t left = vget_low_s8(bytes);
    if (VECTORS >= 2 && count >= 8) {
      vst1_s8(reinterpret_cast<int8_t *>(place), left);
      left = vget_high_s8(bytes);
      place += 8;
      count -= 8;
    }
    if (count >= 4) {
      vst1_lane_s32(reinterpret_cast<int32_t *>(place), vreinterpret_s32_s8(left), 0);
      left = vext_s8(left, left, 4);
      place += 4;
      count -= 4;
    }
    if (count > 0) {
      const int32_t rest = vget_lane_s32(vreinterpret_s32_s8(left), 0);
      for (int i = 0; i < count; i++) {place[i] = static_cast<uint8_t>(rest >> 8 * i);}
    }
  }

  // Pairs of vectors in 16 bits, saturated.
  template<int VECTORS>
  static INLINE void pack(const Integers (&values)[VECTORS], int16x8_t (&pairs)[2]) {
    pairs[0] = vqmovn_high_s32(vqmovn_s32(values[0]), values[VECTORS > 1 ? 1 : 0]);
    if constexpr (VECTORS > 2) {
      pairs[1] = vqmovn_high_s32(vqmovn_s32(values[2]), values[VECTORS > 3 ? 3 : 2]);
    } else {
      pairs[1] = pairs[0];
    }
  }

  template<int VECTORS>
  static INLINE int8x16_t narrow(int16x8_t low, int16x8_t high) {
    if constexpr (VECTORS > 2) {
      return vqmovn_high_s16(vqmovn_s16(low), high);
    } else {
      return vcombine_s8(vqmovn_s16(low), vdup_n_s8(0));
    }
  }

  static INLINE int16x8_t zero_point(int value) {
    return vdupq_n_s16(static_cast<int16_t>(value - OFFSET));
  }

  template<int VECTORS>
  static INLINE void store_bytes(
    uint8_t * place, const Integers (&values)[VECTORS], int16x8_t zero, int count)
  {
    int16x8_t pairs[2];
    pack<VECTORS>(values, pairs);
    const int16x8_t low = vqaddq_s16(pairs[0], zero);
    const int16x8_t high = VECTORS > 2 ? vqaddq_s16(pairs[1], zero) : low;
    store<VECTORS>(place, narrow<VECTORS>(low, high), count);
  }

  struct Addition {
    int16x8_t low, high;
    int16x4_t factors;  // of the branch and of the input
    int32x4_t shift;
  };

  static Addition addition(const shufflenet_ros::Addition & add) {
    return {
      vdupq_n_s16(static_cast<int16_t>(-add.zero_point)),
      vdupq_n_s16(static_cast<int16_t>(255 - add.zero_point)),
      vset_lane_s16(
        static_cast<int16_t>(add.input), vdup_n_s16(static_cast<int16_t>(add.branch)), 1),
      vdupq_n_s32(-add.shift)};
  }

  // branch * factor + input * factor of 8 outputs, shifted and rounded.
  template<int SHIFT>
  static INLINE int16x8_t added(int16x8_t branch, int16x8_t input, const Addition & add) {
    branch = vmaxq_s16(vminq_s16(branch, add.high), add.low);
    const int32x4_t low = vmlal_lane_s16(
      vmull_lane_s16(vget_low_s16(branch), add.factors, 0), vget_low_s16(input), add.factors, 1);
    const int32x4_t high = vmlal_high_lane_s16(
      vmull_high_lane_s16(branch, add.factors, 0), input, add.factors, 1);
    if constexpr (SHIFT > 0) {
      return vqrshrn_high_n_s32(vqrshrn_n_s32(low, SHIFT), high, SHIFT);
    } else {
      return vqmovn_high_s32(
        vqmovn_s32(vrshlq_s32(low, add.shift)), vrshlq_s32(high, add.shift));
    }
  }

  template<int VECTORS, int SHIFT>
  static INLINE void store_sum(
    uint8_t * place, const uint8_t * input, const Integers (&values)[VECTORS],
    const Addition & add, int count)
  {
    int16x8_t pairs[2];
    pack<VECTORS>(values, pairs);
    const uint8x16_t bytes = veorq_u8(vld1q_u8(input), vdupq_n_u8(OFFSET));
    const int16x8_t low =
      added<SHIFT>(pairs[0], vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes))), add);
    const int16x8_t high = VECTORS > 2 ?
      added<SHIFT>(pairs[1], vreinterpretq_s16_u16(vmovl_high_u8(bytes)), add) : low;
    const int8x8_t none = vdup_n_s8(0);
    const uint8x16_t sums = VECTORS > 2 ? vqmovun_high_s16(vqmovun_s16(low), high) :
      vcombine_u8(vqmovun_s16(low), vreinterpret_u8_s8(none));
    store<VECTORS>(place, vreinterpretq_s8_u8(veorq_u8(sums, vdupq_n_u8(OFFSET))), count);
  }

  static INLINE void store_floats(float * place, Integers sums, Floats multiplier) {
    vst1q_f32(place, vmulq_f32(vcvtq_f32_s32(sums), multiplier));
  }

  static void copy_bytes(const uint8_t * from, uint8_t * to, size_t count) {
    const uint8x16_t offset = vdupq_n_u8(OFFSET);
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
      UNROLL
      for (int k = 0; k < 64; k += 16) {
        vst1q_u8(to + i + k, veorq_u8(vld1q_u8(from + i + k), offset));
      }
    }
    for (; i + 16 <= count; i += 16) {vst1q_u8(to + i, veorq_u8(vld1q_u8(from + i), offset));}
    for (; i < count; i++) {to[i] = from[i] ^ OFFSET;}
  }

  using Shuffle = ShuffleOfTables;
};

}  // namespace
}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_NEON_HPP_
