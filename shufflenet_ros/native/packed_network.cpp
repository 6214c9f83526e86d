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

#include "packed_network.hpp"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

namespace shufflenet_ros {
namespace {

constexpr int32_t MAGIC = 0x31564E53;  // "SNV1"
constexpr int32_t VERSION = 1;
constexpr int MOST_SIDE = 8192, MOST_CHANNELS = 8192, MOST_CLASSES = 1 << 20, MOST_UNITS = 256;
constexpr int64_t MOST_PIXELS = int64_t{1} << 25, MOST_VALUES = int64_t{1} << 28;
constexpr double INT32_LIMIT = 2147483000.0;  // below 2^31 after the rounding of a float

void check(bool holds, const std::string & message) {
  if (!holds) {throw std::invalid_argument("packed network: " + message + "; export it again");}
}

class Reader {
 public:
  Reader(const uint8_t * bytes, size_t size) : bytes_(bytes), size_(size) {}

  template<class T>
  std::vector<T> array(size_t count) {
    const size_t wanted = (count * sizeof(T) + 3) / 4 * 4;
    check(wanted <= size_ - place_, "ends in the middle of its arrays");
    std::vector<T> found(count);
    if (count) {std::memcpy(found.data(), bytes_ + place_, count * sizeof(T));}
    place_ += wanted;
    return found;
  }

  int integer(const char * name, int low, int high) {
    const int found = array<int32_t>(1)[0];
    check(found >= low && found <= high, std::string(name) + " is " + std::to_string(found) +
      ", expected " + std::to_string(low) + " to " + std::to_string(high));
    return found;
  }

  size_t left() const { return size_ - place_; }

 private:
  const uint8_t * bytes_;
  size_t size_;
  size_t place_ = 0;
};

// Largest value that an accumulator of one output can reach, inputs being 0 to 255; -1 where a
// weight is -128.
double largest(const Layer & layer, int output) {
  const int weights = layer.kernel * layer.kernel * layer.inputs_per_group;
  double sum = std::fabs(static_cast<double>(layer.bias[output]));
  for (int k = 0; k < weights; k++) {
    // Two products with -128 do not fit into 16 bits.
    if (layer.row(output)[k] == -128) {return -1;}
    sum += 255.0 * std::abs(layer.row(output)[k]);
  }
  return sum;
}

Layer read_layer(Reader & reader, const std::string & name, int kernel, int inputs) {
  Layer layer;
  layer.outputs = reader.integer((name + " outputs").c_str(), 1, MOST_CLASSES);
  layer.inputs_per_group =
    reader.integer((name + " inputs of a group").c_str(), 1, MOST_CHANNELS);
  layer.kernel = reader.integer((name + " kernel").c_str(), kernel, kernel);
  layer.groups = reader.integer((name + " groups").c_str(), 1, MOST_CHANNELS);
  check(layer.inputs() == inputs && layer.outputs % layer.groups == 0, name + " has " +
    std::to_string(layer.inputs()) + " inputs in " + std::to_string(layer.groups) +
    " groups and " + std::to_string(layer.outputs) + " outputs, expected " +
    std::to_string(inputs) + " inputs");
  const size_t outputs = layer.outputs;
  layer.multiplier = reader.array<float>(outputs);
  layer.bias = reader.array<int32_t>(outputs);
  layer.weight = reader.array<int8_t>(outputs * kernel * kernel * layer.inputs_per_group);
  for (int output = 0; output < layer.outputs; output++) {
    const double reach = largest(layer, output), factor = layer.multiplier[output];
    check(reach >= 0, name + " has a weight of -128");
    check(reach < INT32_LIMIT, name + " overflows 32 bits");
    check(factor >= 0 && factor * reach < INT32_LIMIT,
      name + " has a multiplier out of range: " + std::to_string(factor));
  }
  return layer;
}

void check_order(const std::vector<int32_t> & order) {
  std::vector<bool> seen(order.size());
  for (const int channel : order) {
    check(channel >= 0 && channel < static_cast<int>(order.size()) && !seen[channel],
      "the channel shuffle is no permutation");
    seen[channel] = true;
  }
}

Unit read_unit(Reader & reader, const std::string & name, int inputs) {
  Unit unit;
  unit.stride = reader.integer((name + " stride").c_str(), 1, 2);
  unit.branch_first = reader.integer((name + " branch first").c_str(), 0, 1);
  unit.zero_point = reader.integer((name + " zero point of depthwise").c_str(), 0, 255);
  const bool adds = unit.stride == 1;
  unit.addition.zero_point =
    reader.integer((name + " zero point of expand").c_str(), 0, adds ? 255 : 0);
  unit.addition.branch = reader.integer((name + " factor").c_str(), 0, adds ? 32767 : 0);
  unit.addition.input = reader.integer((name + " factor").c_str(), 0, adds ? 32767 : 0);
  unit.addition.shift = reader.integer((name + " shift").c_str(), adds ? 1 : 0, adds ? 22 : 0);
  const int middle = reader.integer((name + " channels").c_str(), 1, MOST_CHANNELS);
  unit.order = reader.array<int32_t>(middle);
  check_order(unit.order);
  unit.compress = read_layer(reader, name + " compress", 1, inputs);
  check(unit.compress.outputs == middle, name + " compress has another number of outputs");
  unit.depthwise = read_layer(reader, name + " depthwise", 3, middle);
  check(unit.depthwise.groups == middle && unit.depthwise.outputs == middle,
    name + " depthwise has another number of channels");
  unit.expand = read_layer(reader, name + " expand", 1, middle);
  if (adds) {
    check(unit.expand.outputs == inputs, name + " adds " + std::to_string(unit.expand.outputs) +
      " channels to " + std::to_string(inputs));
    return unit;
  }
  unit.shortcut = reader.array<float>(inputs);
  for (const float factor : unit.shortcut) {
    check(factor >= 0 && factor * (127.0 * 9 * 255) < INT32_LIMIT,
      name + " has a shortcut out of range");
  }
  return unit;
}

}  // namespace

PackedNetwork read_packed(const uint8_t * packed, size_t size) {
  Reader reader(packed, size);
  check(size % 4 == 0 && size >= 48 && size <= (size_t{1} << 28),
    std::to_string(size) + " bytes are too few, too many or cut off");
  const std::vector<int32_t> start = reader.array<int32_t>(3);
  check(start[0] == MAGIC, "does not begin as one");
  check(start[1] == VERSION, "is of version " + std::to_string(start[1]) + ", expected " +
    std::to_string(VERSION));
  check(start[2] == static_cast<int64_t>(size), "says that it has " + std::to_string(start[2]) +
    " bytes, but has " + std::to_string(size));
  PackedNetwork network;
  network.height = reader.integer("height", 1, MOST_SIDE);
  network.width = reader.integer("width", 1, MOST_SIDE);
  check(int64_t{network.height} * network.width <= MOST_PIXELS, "its input is too large");
  network.classes = reader.integer("classes", 1, MOST_CLASSES);
  network.pixel_level = reader.integer("level of the border", 0, 255);
  const int stem = reader.integer("stem outputs", 1, MOST_CHANNELS);
  const int units = reader.integer("units", 0, MOST_UNITS);
  for (int i = 0; i < 3; i++) {reader.integer("reserved word", 0, 0);}
  network.stem = read_layer(reader, "stem", 3, 3);
  check(network.stem.outputs == stem && network.stem.groups == 1, "stem contradicts the header");
  int channels = stem;
  // Half of the stem, then half of the pooling.
  int64_t height = (network.height + 3) / 4, width = (network.width + 3) / 4;
  for (int index = 0; index < units; index++) {
    network.units.push_back(read_unit(reader, "unit " + std::to_string(index), channels));
    const Unit & unit = network.units.back();
    channels = unit.stride == 1 ? channels : channels + unit.expand.outputs;
    check(channels <= MOST_CHANNELS, "has too many channels");
    check(height * width * (channels + unit.compress.outputs) <= MOST_VALUES,
      "its feature maps are too large");
    height = (height + unit.stride - 1) / unit.stride;
    width = (width + unit.stride - 1) / unit.stride;
  }
  network.features = reader.array<float>(1)[0];
  check(network.features >= 0 && network.features * 255.0 * height * width < INT32_LIMIT,
    "the multiplier of the features is out of range");
  network.classifier = read_layer(reader, "classifier", 1, channels);
  check(network.classifier.outputs == network.classes && network.classifier.groups == 1,
    "the classifier contradicts the header");
  check(reader.left() == 0, std::to_string(reader.left()) + " bytes follow its end");
  return network;
}

}  // namespace shufflenet_ros
