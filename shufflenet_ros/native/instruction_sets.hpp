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

// One function for each instruction set that was compiled in: the network on it.

#ifndef SHUFFLENET_ROS_INSTRUCTION_SETS_HPP_
#define SHUFFLENET_ROS_INSTRUCTION_SETS_HPP_

#include <memory>

#include "network.hpp"
#include "packed_network.hpp"

namespace shufflenet_ros {

std::unique_ptr<Network> plain_network(const PackedNetwork & network);
#if defined(__x86_64__)
std::unique_ptr<Network> avx2_network(const PackedNetwork & network);
std::unique_ptr<Network> avx_vnni_network(const PackedNetwork & network);
std::unique_ptr<Network> avx512_vnni_network(const PackedNetwork & network);
std::unique_ptr<Network> avx512_vbmi_network(const PackedNetwork & network);
#elif defined(__aarch64__)
std::unique_ptr<Network> neon_network(const PackedNetwork & network);
std::unique_ptr<Network> neon_dot_network(const PackedNetwork & network);
#endif

}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_INSTRUCTION_SETS_HPP_
