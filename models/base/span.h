// SPDX-License-Identifier: Apache-2.0
// A view of contiguous values (C++17 has no std::span).
#pragma once

#include <cstddef>
#include <type_traits>
#include <vector>

namespace crosstile {

template <typename T>
class Span {
 public:
  using Value = std::remove_const_t<T>;
  constexpr Span() = default;
  constexpr Span(T* data, std::size_t size) : data_(data), size_(size) {}
  Span(std::vector<Value>& v) : data_(v.data()), size_(v.size()) {}  // NOLINT: implicit, like std::span
  template <typename U = T, typename = std::enable_if_t<std::is_const_v<U>>>
  Span(const std::vector<Value>& v) : data_(v.data()), size_(v.size()) {}  // NOLINT
  template <typename U = T, typename = std::enable_if_t<std::is_const_v<U>>>
  Span(Span<Value> s) : data_(s.data()), size_(s.size()) {}  // NOLINT

  constexpr T* data() const { return data_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T& operator[](std::size_t i) const { return data_[i]; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size_; }
  constexpr Span subspan(std::size_t offset, std::size_t count) const { return {data_ + offset, count}; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace crosstile
