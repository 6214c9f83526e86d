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

// A quantized ShuffleNet v1, read from its packed bytes and ready to run.

#ifndef SHUFFLENET_ROS_NETWORK_HPP_
#define SHUFFLENET_ROS_NETWORK_HPP_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace shufflenet_ros {

// One network for one instruction set. All instruction sets give the same logits, bit for bit.
class Network {
 public:
  // Reads and checks packed bytes. An empty name takes the best instruction set of this CPU.
  // Throws std::invalid_argument, which says what contradicts what.
  static std::unique_ptr<Network> create(
    const uint8_t * packed, size_t size, const std::string & instruction_set = "");

  virtual ~Network() = default;

  virtual int height() const = 0;
  virtual int width() const = 0;
  virtual int classes() const = 0;
  virtual const char * instruction_set() const = 0;

  // uint8 pixels (height, width, 3) to float logits (classes). Threads may share a network.
  virtual void run(const uint8_t * pixels, float * logits) const = 0;
};

// Those that were compiled in and that this CPU runs, best first.
std::vector<std::string> instruction_sets();

}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_NETWORK_HPP_
