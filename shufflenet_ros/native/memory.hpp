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

// Memory of an inference: aligned arrays that vectors may read a little beyond, and a pool of them.

#ifndef SHUFFLENET_ROS_MEMORY_HPP_
#define SHUFFLENET_ROS_MEMORY_HPP_

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace shufflenet_ros {

// Zeroed values at a multiple of 64 bytes, with SLACK bytes that may be read and written behind.
template<class T>
class Aligned {
 public:
  static constexpr size_t ALIGNMENT = 64, SLACK = 256;

  explicit Aligned(size_t count = 0) {
    const size_t bytes =
      (count * sizeof(T) + SLACK + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    values_.reset(static_cast<T *>(std::aligned_alloc(ALIGNMENT, bytes)));
    if (!values_) {throw std::bad_alloc();}
    std::memset(static_cast<void *>(values_.get()), 0, bytes);
  }

  T * data() { return values_.get(); }
  const T * data() const { return values_.get(); }

 private:
  struct Free {
    void operator()(T * values) const { std::free(values); }
  };
  std::unique_ptr<T[], Free> values_;
};

// Things that one thread at a time uses, as many as threads need at once.
template<class T>
struct Pool {
  std::mutex mutex;
  std::vector<std::unique_ptr<T>> idle;
};

template<class T>
class Lease {
 public:
  template<class Make>
  Lease(Pool<T> & pool, Make make) : pool_(pool) {
    {
      const std::lock_guard<std::mutex> lock(pool_.mutex);
      if (!pool_.idle.empty()) {
        thing_ = std::move(pool_.idle.back());
        pool_.idle.pop_back();
      }
    }
    if (!thing_) {thing_.reset(make());}
  }

  ~Lease() {
    const std::lock_guard<std::mutex> lock(pool_.mutex);
    pool_.idle.push_back(std::move(thing_));
  }

  Lease(const Lease &) = delete;
  Lease & operator=(const Lease &) = delete;

  T & operator*() const { return *thing_; }

 private:
  Pool<T> & pool_;
  std::unique_ptr<T> thing_;
};

}  // namespace shufflenet_ros

#endif  // SHUFFLENET_ROS_MEMORY_HPP_
