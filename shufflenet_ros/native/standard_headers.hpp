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

// What the files of instruction sets need from the standard library, included before they turn
// their instructions on: its inline functions are shared with code that runs on every processor.

#ifndef SHUFFLENET_ROS_STANDARD_HEADERS_HPP_
#define SHUFFLENET_ROS_STANDARD_HEADERS_HPP_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "instruction_sets.hpp"
#include "memory.hpp"

#endif  // SHUFFLENET_ROS_STANDARD_HEADERS_HPP_
