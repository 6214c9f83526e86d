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

// The packed network as plain arrays, checked: nothing that runs has to look at sizes again.

#ifndef SHUFFLENET_ROS_PACKED_NETWORK_HPP_
#define SHUFFLENET_ROS_PACKED_NETWORK_HPP_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace shufflenet_ros {

// A convolution: accumulator = bias + sum of weight * (input - zero point of the input).
struct Layer {
  int outputs, inputs_per_group, kernel, groups;
  std::vector<float> multiplier;
  std::vector<int32_t> bias;
  std::vector<int8_t> weight;  // (outputs, kernel, kernel, inputs_per_group)

  int inputs() const { return inputs_per_group * groups; }
  int outputs_per_group() const { return outputs / groups; }
  const int8_t * row(int output) const {
    return weight.data() + static_cast<size_t>(output) * kernel * kernel * inputs_per_group;
  }
};

// Sum of branch and shortcut in a unit of stride 1, in fixed point.
struct Addition {
  int zero_point;      // of the branch: it is clipped to -zero_point .. 255 - zero_point
  int branch, input;   // factors
  int shift;
};

struct Unit {
  int stride;
  bool branch_first;   // order of the concatenation, stride 2
  int zero_point;      // of the output of depthwise
  Addition addition;   // stride 1
  std::vector<int32_t> order;  // channel shuffle: channel j is output order[j] of compress
  Layer compress, depthwise, expand;
  std::vector<float> shortcut;  // stride 2: multiplier of each averaged channel
};

struct PackedNetwork {
  int height, width, classes, pixel_level;
  Layer stem;
  std::vector<Unit> units;
  float features;  // multiplier of the sum over all places
  Layer classifier;
};

// Throws std::invalid_argument for bytes that are no such network, or contradict themselves.
PackedNetwork read_packed(const uint8_t * packed, size_t size);

}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_PACKED_NETWORK_HPP_
