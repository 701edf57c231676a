// SPDX-License-Identifier: Apache-2.0
// Vectors whose data start on a 64-byte boundary, for SIMD kernels.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace crosstile {

inline constexpr std::size_t kSimdAlignment = 64;

template <typename T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <typename U>
  AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT: rebinding converts
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(kSimdAlignment)));
  }
  void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t(kSimdAlignment)); }
  template <typename U>
  bool operator==(const AlignedAllocator<U>&) const {
    return true;
  }
  template <typename U>
  bool operator!=(const AlignedAllocator<U>&) const {
    return false;
  }
};

template <typename T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// `count` single-precision values padded to whole 64-byte lines.
constexpr std::size_t paddedFloats(std::size_t count) {
  return (count + 15) / 16 * 16;
}

}  // namespace crosstile
