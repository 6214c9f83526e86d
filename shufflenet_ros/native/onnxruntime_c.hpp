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

// The part of onnxruntime's C interface that a custom operator needs, declared here in its own
// words: the wheels of onnxruntime bring no headers, and the interface only ever grows at its end.
//
// Places and types are those of include/onnxruntime/core/session/onnxruntime_c_api.h of
// onnxruntime, beside each the version that brought it.

#ifndef SHUFFLENET_ROS_ONNXRUNTIME_C_HPP_
#define SHUFFLENET_ROS_ONNXRUNTIME_C_HPP_

#include <cstddef>
#include <cstdint>

namespace shufflenet_ros::onnxruntime {

// The oldest version whose operators report errors: CreateKernelV2, KernelComputeV2.
constexpr uint32_t kApiVersion = 16;

// Known to onnxruntime alone.
struct Status;
struct SessionOptions;
struct Domain;
struct KernelInfo;
struct KernelContext;
struct Value;
struct TypeInfo;
struct ShapeInfo;

// The function table: an array of pointers, of which these places are used.
struct Api;

template<typename Function, size_t kPlace>
struct Entry {
  static Function * of(const Api * api) {
    return reinterpret_cast<Function *>(reinterpret_cast<void * const *>(api)[kPlace]);
  }
};

// 1.0
using CreateStatus = Entry<Status * (int code, const char * message), 0>;
using CreateCustomOpDomain = Entry<Status * (const char * name, Domain ** out), 26>;
using CustomOpDomainAdd = Entry<Status * (Domain *, const struct Operator *), 27>;
using AddCustomOpDomain = Entry<Status * (SessionOptions *, Domain *), 28>;
using GetTensorMutableData = Entry<Status * (Value *, void ** out), 51>;
using CastTypeInfoToTensorInfo = Entry<Status * (const TypeInfo *, const ShapeInfo ** out), 55>;
using GetDimensionsCount = Entry<Status * (const ShapeInfo *, size_t * out), 61>;
using GetDimensions = Entry<Status * (const ShapeInfo *, int64_t * out, size_t count), 62>;
using GetTensorTypeAndShape = Entry<Status * (const Value *, ShapeInfo ** out), 65>;
using KernelContextGetInput =
  Entry<Status * (const KernelContext *, size_t index, const Value ** out), 90>;
using KernelContextGetOutput = Entry<
  Status * (KernelContext *, size_t index, const int64_t * shape, size_t count, Value ** out), 91>;
using ReleaseTypeInfo = Entry<void(TypeInfo *), 98>;
using ReleaseShapeInfo = Entry<void(ShapeInfo *), 99>;
// 1.14
using KernelInfoGetInputTypeInfo =
  Entry<Status * (const KernelInfo *, size_t index, TypeInfo ** out), 234>;
using KernelInfoGetOutputTypeInfo =
  Entry<Status * (const KernelInfo *, size_t index, TypeInfo ** out), 235>;
// 1.15
using KernelInfoGetConstantInput =
  Entry<Status * (const KernelInfo *, size_t index, int * constant, const Value ** out), 249>;

// What RegisterCustomOps is given.
struct ApiBase {
  const Api * (*get_api)(uint32_t version);
  const char * (*version)();
};

enum ErrorCode { kFail = 1, kInvalidArgument = 2 };
enum ElementType { kFloat = 1, kUint8 = 2 };

// A custom operator: version 16 of the struct that onnxruntime calls OrtCustomOp.
struct Operator {
  uint32_t version = kApiVersion;
  void * (*create_kernel)(const Operator *, const Api *, const KernelInfo *) = nullptr;
  const char * (*name)(const Operator *) = nullptr;
  const char * (*execution_provider)(const Operator *) = nullptr;
  int (*input_type)(const Operator *, size_t index) = nullptr;
  size_t (*input_count)(const Operator *) = nullptr;
  int (*output_type)(const Operator *, size_t index) = nullptr;
  size_t (*output_count)(const Operator *) = nullptr;
  void (*compute)(void * kernel, KernelContext *) = nullptr;
  void (*destroy)(void * kernel) = nullptr;
  int (*input_characteristic)(const Operator *, size_t index) = nullptr;
  int (*output_characteristic)(const Operator *, size_t index) = nullptr;
  int (*input_memory_type)(const Operator *, size_t index) = nullptr;  // 1.13
  int (*variadic_input_minimum)(const Operator *) = nullptr;           // 1.14, as the next three
  int (*variadic_input_homogeneous)(const Operator *) = nullptr;
  int (*variadic_output_minimum)(const Operator *) = nullptr;
  int (*variadic_output_homogeneous)(const Operator *) = nullptr;
  Status * (*create_kernel_v2)(
    const Operator *, const Api *, const KernelInfo *, void ** kernel) = nullptr;  // 1.16
  Status * (*compute_v2)(void * kernel, KernelContext *) = nullptr;                // 1.16
};

}  // namespace shufflenet_ros::onnxruntime

#endif  // SHUFFLENET_ROS_ONNXRUNTIME_C_HPP_
