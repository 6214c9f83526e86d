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

#include "network.hpp"

#include <stdexcept>

#include "instruction_sets.hpp"
#include "packed_network.hpp"

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace shufflenet_ros {
namespace {

struct InstructionSet {
  const char * name;
  bool (* runs)();
  std::unique_ptr<Network> (* network)(const PackedNetwork &);
};

#if defined(__x86_64__)
bool has_avx2() { return __builtin_cpu_supports("avx2"); }
bool has_avx_vnni() { return has_avx2() && __builtin_cpu_supports("avxvnni"); }
bool has_avx512_vnni() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni");
}
bool has_avx512_vbmi() { return has_avx512_vnni() && __builtin_cpu_supports("avx512vbmi"); }
#elif defined(__aarch64__)
bool has_neon() { return true; }
bool has_neon_dot() {
  constexpr unsigned long dot_product = 1ul << 20;  // HWCAP_ASIMDDP of Linux
  return getauxval(AT_HWCAP) & dot_product;
}
#endif
bool always() { return true; }

const InstructionSet INSTRUCTION_SETS[] = {
#if defined(__x86_64__)
  {"avx512_vbmi", has_avx512_vbmi, avx512_vbmi_network},
  {"avx512_vnni", has_avx512_vnni, avx512_vnni_network},
  {"avx_vnni", has_avx_vnni, avx_vnni_network},
  {"avx2", has_avx2, avx2_network},
#elif defined(__aarch64__)
  {"neon_dot", has_neon_dot, neon_dot_network},
  {"neon", has_neon, neon_network},
#endif
  {"plain", always, plain_network},
};

}  // namespace

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const InstructionSet & set : INSTRUCTION_SETS) {
    if (set.runs()) {names.push_back(set.name);}
  }
  return names;
}

std::unique_ptr<Network> Network::create(
  const uint8_t * packed, size_t size, const std::string & instruction_set)
{
  for (const InstructionSet & set : INSTRUCTION_SETS) {
    if (set.runs() && (instruction_set.empty() || instruction_set == set.name)) {
      return set.network(read_packed(packed, size));
    }
  }
  std::string known;
  for (const std::string & name : instruction_sets()) {
    known += (known.empty() ? "" : ", ") + name;
  }
  throw std::invalid_argument(
          "instruction set '" + instruction_set + "' is none that this processor runs: " + known);
}

}  // namespace shufflenet_ros
