// SPDX-License-Identifier: Apache-2.0
// A first-in first-out queue that allocates only when it is longer than ever before.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace crosstile {

template <typename T>
class RingQueue {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  T& front() { return slots_[begin_]; }
  const T& front() const { return slots_[begin_]; }
  const T& operator[](std::size_t i) const { return slots_[(begin_ + i) & (slots_.size() - 1)]; }

  void push(T value) {
    if (size_ == slots_.size()) grow();
    slots_[(begin_ + size_++) & (slots_.size() - 1)] = std::move(value);
  }
  T pop() {
    T value = std::exchange(slots_[begin_], T{});
    begin_ = (begin_ + 1) & (slots_.size() - 1);
    --size_;
    return value;
  }
  void clear() {
    while (!empty()) pop();
  }

 private:
  void grow() {
    std::vector<T> larger(slots_.empty() ? 4 : 2 * slots_.size());  // a power of two, so that indices wrap
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move(slots_[(begin_ + i) & (slots_.size() - 1)]);
    slots_ = std::move(larger);
    begin_ = 0;
  }

  std::vector<T> slots_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace crosstile
