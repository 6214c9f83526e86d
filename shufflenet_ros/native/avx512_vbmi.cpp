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

// AVX512 with its dot product and its shuffle of bytes (Ice Lake and later, Zen 4 and later).

#if defined(__x86_64__)

#include "standard_headers.hpp"
#pragma GCC target("avx2,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi")
#include "avx512.hpp"

namespace shufflenet_ros {
namespace {

struct Avx512Vbmi : Avx512 {
  class Shuffle {
   public:
    // Byte i of the result is byte from[i] of `channels` ones.
    explicit Shuffle(const std::vector<int> & from = {}, int channels = 0)
    : sources_((channels + 127) / 128), results_((static_cast<int>(from.size()) + 63) / 64),
      index_(size_t(sources_) * results_ * 64), mask_(size_t(sources_) * results_)
    {
      for (size_t i = 0; i < from.size(); i++) {
        const size_t block = i / 64 * sources_ + from[i] / 128;
        index_.data()[block * 64 + i % 64] = from[i] % 128;
        mask_.data()[block] |= uint64_t{1} << i % 64;
      }
    }

    // Pixels of a row, `in_stride` and `out_stride` bytes apart.
    void run(
      const uint8_t * in, int in_stride, uint8_t * out, int out_stride, int pixels) const
    {
      if (sources_ == 1 && results_ == 1) {
        const __m512i index = _mm512_load_si512(index_.data());
        for (; pixels > 0; pixels--, in += in_stride, out += out_stride) {
          _mm512_storeu_si512(out, _mm512_permutex2var_epi8(
              _mm512_loadu_si512(in), index, _mm512_loadu_si512(in + 64)));
        }
        return;
      }
      for (; pixels > 0; pixels--, in += in_stride, out += out_stride) {pixel(in, out);}
    }

   private:
    INLINE void pixel(const uint8_t * in, uint8_t * out) const {
      const uint8_t * index = index_.data();
      const uint64_t * mask = mask_.data();
      for (int i = 0; i < results_; i++) {
        __m512i result = _mm512_setzero_si512();
        for (int source = 0; source < sources_; source++, index += 64, mask++) {
          const __m512i found = _mm512_maskz_permutex2var_epi8(
            *mask, _mm512_loadu_si512(in + 128 * source), _mm512_load_si512(index),
            _mm512_loadu_si512(in + 128 * source + 64));
          result = _mm512_or_si512(result, found);
        }
        _mm512_storeu_si512(out + 64 * i, result);
      }
    }

    int sources_, results_;
    Aligned<uint8_t> index_;
    Aligned<uint64_t> mask_;
  };
};

}  // namespace

std::unique_ptr<Network> avx512_vbmi_network(const PackedNetwork & network) {
  return std::make_unique<FusedNetwork<Avx512Vbmi>>(network, "avx512_vbmi");
}

}  // namespace shufflenet_ros

#endif
