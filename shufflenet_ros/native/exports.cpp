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

// The network without onnxruntime, in plain C functions: for tests, tools and measurements.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "exported.hpp"
#include "network.hpp"

namespace shufflenet_ros {
namespace {

constexpr uint8_t kGrey = 128;

// Runs a piece of work; false, and what is wrong in error, where it throws.
template<typename Work>
bool succeeds(const Work & work, char * error, size_t error_size) noexcept
{
  const auto say = [&](const char * text) {
      if (error && error_size) {std::snprintf(error, error_size, "%s", text);}
      return false;
    };
  try {
    work();
    return true;
  } catch (const std::exception & failure) {
    return say(failure.what());
  } catch (...) {
    return say("unknown error");
  }
}

void refuse_other(const char * what, size_t found, size_t expected)
{
  if (found != expected) {
    throw std::invalid_argument(
      std::to_string(found) + " " + what + ", but the packed network has " +
      std::to_string(expected));
  }
}

std::unique_ptr<Network> create(
  const uint8_t * packed, size_t size, const char * instruction_set)
{
  return Network::create(packed, size, instruction_set ? instruction_set : "");
}

size_t pixel_bytes_of(const Network & network)
{
  return size_t{3} * static_cast<size_t>(network.height()) * static_cast<size_t>(network.width());
}

std::string joined(const std::vector<std::string> & words)
{
  std::string text;
  for (const std::string & word : words) {
    text += (text.empty() ? "" : ",") + word;
  }
  return text;
}

}  // namespace
}  // namespace shufflenet_ros

extern "C" {

// The instruction sets that this library has and this CPU runs, best first, between commas.
SHUFFLENET_ROS_EXPORTED const char * shufflenet_instruction_sets()
{
  static const std::string text = shufflenet_ros::joined(shufflenet_ros::instruction_sets());
  return text.c_str();
}

// One inference: 0, or 1 with a message in error. An instruction set that is null or empty is the
// best one.
SHUFFLENET_ROS_EXPORTED int shufflenet_run(
  const uint8_t * packed, size_t size, const char * instruction_set, const uint8_t * pixels,
  size_t pixel_bytes, float * logits, size_t classes, char * error, size_t error_size)
{
  using namespace shufflenet_ros;
  const bool done = succeeds([&] {
        const auto network = create(packed, size, instruction_set);
        refuse_other("bytes of pixels", pixel_bytes, pixel_bytes_of(*network));
        refuse_other("classes", classes, static_cast<size_t>(network->classes()));
        network->run(pixels, logits);
      }, error, error_size);
  return done ? 0 : 1;
}

// The shortest of some inferences on grey pixels (ns), or -1 with a message in error.
SHUFFLENET_ROS_EXPORTED int64_t shufflenet_time_ns(
  const uint8_t * packed, size_t size, const char * instruction_set, int runs, char * error,
  size_t error_size)
{
  using namespace shufflenet_ros;
  using Clock = std::chrono::steady_clock;
  int64_t shortest = std::numeric_limits<int64_t>::max();
  const bool done = succeeds([&] {
        const auto network = create(packed, size, instruction_set);
        const std::vector<uint8_t> pixels(pixel_bytes_of(*network), kGrey);
        std::vector<float> logits(static_cast<size_t>(network->classes()));
        for (int run = 0; run < std::max(runs, 1); ++run) {
          const auto start = Clock::now();
          network->run(pixels.data(), logits.data());
          const std::chrono::nanoseconds time = Clock::now() - start;
          shortest = std::min<int64_t>(shortest, time.count());
        }
      }, error, error_size);
  return done ? shortest : -1;
}

}  // extern "C"
