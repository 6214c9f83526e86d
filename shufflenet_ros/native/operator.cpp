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

// The operator shufflenet_ros.ShuffleNetV1 of onnxruntime: pixels and packed weights to logits.
//
// Everything that a file can get wrong is said when its session is made. No exception leaves this
// file: onnxruntime is given a status instead.

#include <array>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "exported.hpp"
#include "network.hpp"
#include "onnxruntime_c.hpp"

namespace shufflenet_ros {
namespace {

namespace ort = onnxruntime;

using Shape = std::vector<int64_t>;

constexpr size_t kPixels = 0;
constexpr size_t kPacked = 1;
constexpr int64_t kUnknownSide = -1;

// An error of onnxruntime itself, which is handed back to it.
struct Failure {
  ort::Status * status;
};

template<typename Call, typename ... Arguments>
void check(const ort::Api * api, Arguments... arguments)
{
  if (ort::Status * status = Call::of(api)(arguments ...)) {throw Failure{status};}
}

// Runs a piece of work, and gives its error as a status; null for none.
template<typename Work>
ort::Status * status_of(const ort::Api * api, const Work & work) noexcept
{
  const auto create = ort::CreateStatus::of(api);
  try {
    work();
    return nullptr;
  } catch (const Failure & failure) {
    return failure.status;
  } catch (const std::invalid_argument & error) {
    return create(ort::kInvalidArgument, error.what());
  } catch (const std::exception & error) {
    return create(ort::kFail, error.what());
  } catch (...) {
    return create(ort::kFail, "unknown error");
  }
}

std::string text_of(const Shape & shape)
{
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i ? ", " : "") + (shape[i] < 0 ? "?" : std::to_string(shape[i]));
  }
  return text + ")";
}

Shape shape_of(const ort::Api * api, const ort::ShapeInfo * info)
{
  size_t count = 0;
  check<ort::GetDimensionsCount>(api, info, &count);
  Shape shape(count);
  check<ort::GetDimensions>(api, info, shape.data(), count);
  return shape;
}

Shape shape_of(const ort::Api * api, const ort::Value * value)
{
  ort::ShapeInfo * info = nullptr;
  check<ort::GetTensorTypeAndShape>(api, value, &info);
  const std::unique_ptr<ort::ShapeInfo, void (*)(ort::ShapeInfo *)> owner(
    info, ort::ReleaseShapeInfo::of(api));
  return shape_of(api, info);
}

// The shape that the graph says; -1 for a side that it leaves open.
template<typename GetTypeInfo>
Shape declared_shape(const ort::Api * api, const ort::KernelInfo * kernel)
{
  ort::TypeInfo * type = nullptr;
  check<GetTypeInfo>(api, kernel, size_t{0}, &type);
  const std::unique_ptr<ort::TypeInfo, void (*)(ort::TypeInfo *)> owner(
    type, ort::ReleaseTypeInfo::of(api));
  const ort::ShapeInfo * info = nullptr;
  check<ort::CastTypeInfoToTensorInfo>(api, type, &info);
  return info ? shape_of(api, info) : Shape{};
}

void refuse_other(const std::string & what, const Shape & found, const Shape & expected)
{
  bool same = found.size() == expected.size();
  for (size_t i = 0; same && i < found.size(); ++i) {
    same = found[i] == expected[i] || found[i] == kUnknownSide;
  }
  if (!same) {
    throw std::invalid_argument(
      what + " have shape " + text_of(found) + ", but those of the packed network have " +
      text_of(expected));
  }
}

uint8_t * data_of(const ort::Api * api, const ort::Value * value)
{
  void * data = nullptr;
  // The table has no function for data that is only read.
  check<ort::GetTensorMutableData>(api, const_cast<ort::Value *>(value), &data);
  return static_cast<uint8_t *>(data);
}

// One node of a session.
class Kernel {
public:
  Kernel(const ort::Api * api, const ort::KernelInfo * info)
  : api_(api)
  {
    int constant = 0;
    const ort::Value * packed = nullptr;
    check<ort::KernelInfoGetConstantInput>(api, info, kPacked, &constant, &packed);
    if (!constant || !packed) {
      throw std::invalid_argument("the packed network is no initializer of the graph");
    }
    const Shape size = shape_of(api, packed);
    if (size.size() != 1) {
      throw std::invalid_argument("the packed network has shape " + text_of(size) + ", not (n)");
    }
    const char * wanted = std::getenv("SHUFFLENET_INSTRUCTION_SET");
    network_ = Network::create(
      data_of(api, packed), static_cast<size_t>(size[0]), wanted ? wanted : "");
    pixels_ = {1, network_->height(), network_->width(), 3};
    logits_ = {1, network_->classes()};
    const Shape in = declared_shape<ort::KernelInfoGetInputTypeInfo>(api, info);
    const Shape out = declared_shape<ort::KernelInfoGetOutputTypeInfo>(api, info);
    if (!in.empty()) {refuse_other("the node's pixels", in, pixels_);}
    if (!out.empty()) {refuse_other("the node's logits", out, logits_);}
  }

  void run(ort::KernelContext * context) const
  {
    const ort::Value * pixels = nullptr;
    ort::Value * logits = nullptr;
    check<ort::KernelContextGetInput>(api_, context, kPixels, &pixels);
    refuse_other("pixels", shape_of(api_, pixels), pixels_);
    check<ort::KernelContextGetOutput>(
      api_, context, size_t{0}, logits_.data(), logits_.size(), &logits);
    void * out = data_of(api_, logits);
    network_->run(data_of(api_, pixels), static_cast<float *>(out));
  }

  const ort::Api * api() const {return api_;}

private:
  const ort::Api * api_;
  std::unique_ptr<Network> network_;
  Shape pixels_;
  Shape logits_;
};

const ort::Operator & the_operator()
{
  static const ort::Operator it = [] {
      ort::Operator made;
      made.name = [](const ort::Operator *) {return "ShuffleNetV1";};
      // None: that of the processor.
      made.execution_provider = [](const ort::Operator *) -> const char * {return nullptr;};
      made.input_count = [](const ort::Operator *) -> size_t {return 2;};
      made.input_type = [](const ort::Operator *, size_t) -> int {return ort::kUint8;};
      made.output_count = [](const ort::Operator *) -> size_t {return 1;};
      made.output_type = [](const ort::Operator *, size_t) -> int {return ort::kFloat;};
      // 0: each is required, and in the default memory.
      made.input_characteristic = [](const ort::Operator *, size_t) {return 0;};
      made.output_characteristic = [](const ort::Operator *, size_t) {return 0;};
      made.input_memory_type = [](const ort::Operator *, size_t) {return 0;};
      made.create_kernel_v2 = [](const ort::Operator *, const ort::Api * api,
          const ort::KernelInfo * info, void ** kernel) {
          return status_of(api, [&] {*kernel = new Kernel(api, info);});
        };
      made.compute_v2 = [](void * kernel, ort::KernelContext * context) {
          const auto it = static_cast<const Kernel *>(kernel);
          return status_of(it->api(), [&] {it->run(context);});
        };
      made.destroy = [](void * kernel) {delete static_cast<Kernel *>(kernel);};
      return made;
    }();
  return it;
}

// The domain of the operator. onnxruntime keeps a pointer to it, so it is never released.
ort::Domain * domain(const ort::Api * api)
{
  static std::mutex mutex;
  static ort::Domain * it = nullptr;
  const std::lock_guard<std::mutex> lock(mutex);
  if (!it) {
    ort::Domain * made = nullptr;
    check<ort::CreateCustomOpDomain>(api, "shufflenet_ros", &made);
    check<ort::CustomOpDomainAdd>(api, made, &the_operator());
    it = made;
  }
  return it;
}

}  // namespace
}  // namespace shufflenet_ros

// What onnxruntime calls once for the options of each session.
extern "C" SHUFFLENET_ROS_EXPORTED shufflenet_ros::onnxruntime::Status * RegisterCustomOps(
  shufflenet_ros::onnxruntime::SessionOptions * options,
  const shufflenet_ros::onnxruntime::ApiBase * base)
{
  namespace ort = shufflenet_ros::onnxruntime;
  const ort::Api * api = base->get_api(ort::kApiVersion);
  if (!api) {
    return ort::CreateStatus::of(base->get_api(1))(
      ort::kFail, "the operator ShuffleNetV1 needs onnxruntime 1.16 or newer");
  }
  return shufflenet_ros::status_of(api, [&] {
             shufflenet_ros::check<ort::AddCustomOpDomain>(
               api, options, shufflenet_ros::domain(api));
           });
}
