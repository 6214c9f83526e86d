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

// Permutation of the bytes of a pixel with AVX2, which shuffles within 16 bytes.

#ifndef SHUFFLENET_ROS_X86_SHUFFLE_HPP_
#define SHUFFLENET_ROS_X86_SHUFFLE_HPP_

#include <immintrin.h>

#include <cstdint>

#include "memory.hpp"

namespace shufflenet_ros {
namespace {

class ShuffleOfBlocks {
 public:
  // Byte i of the result is byte from[i] of `channels` ones.
  explicit ShuffleOfBlocks(const std::vector<int> & from = {}, int channels = 0)
  : sources_((channels + 15) / 16), results_((static_cast<int>(from.size()) + 31) / 32),
    index_(size_t(sources_) * results_ * 32)
  {
    std::memset(index_.data(), 0x80, size_t(sources_) * results_ * 32);  // gives zero
    for (size_t i = 0; i < from.size(); i++) {
      index_.data()[(i / 32 * sources_ + from[i] / 16) * 32 + i % 32] = from[i] % 16;
    }
  }

  // Pixels of a row, `in_stride` and `out_stride` bytes apart.
  void run(const uint8_t * in, int in_stride, uint8_t * out, int out_stride, int pixels) const {
    for (; pixels > 0; pixels--, in += in_stride, out += out_stride) {pixel(in, out);}
  }

 private:
  INLINE void pixel(const uint8_t * in, uint8_t * out) const {
    const __m256i * index = reinterpret_cast<const __m256i *>(index_.data());
    for (int i = 0; i < results_; i++) {
      __m256i result = _mm256_setzero_si256();
      for (int source = 0; source < sources_; source++) {
        const __m256i block = _mm256_broadcastsi128_si256(
          _mm_loadu_si128(reinterpret_cast<const __m128i *>(in) + source));
        result = _mm256_or_si256(
          result, _mm256_shuffle_epi8(block, _mm256_load_si256(index++)));
      }
      _mm256_storeu_si256(reinterpret_cast<__m256i *>(out) + i, result);
    }
  }

  int sources_, results_;
  Aligned<uint8_t> index_;
};

}  // namespace
}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_X86_SHUFFLE_HPP_
