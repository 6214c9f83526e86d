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

// AVX512 with its dot product of bytes (Cascade Lake).

#if defined(__x86_64__)

#include "standard_headers.hpp"
#pragma GCC target("avx2,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
#include "avx512.hpp"

namespace shufflenet_ros {

std::unique_ptr<Network> avx512_vnni_network(const PackedNetwork & network) {
  return std::make_unique<FusedNetwork<Avx512>>(network, "avx512_vnni");
}

}  // namespace shufflenet_ros

#endif
