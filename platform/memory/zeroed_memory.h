// SPDX-License-Identifier: Apache-2.0
// A large memory that begins as zeros and takes room only where it was written.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace crosstile {

/// The system hands out zeroed pages when they are first touched; a vector would touch them all.
class ZeroedMemory {
 public:
  explicit ZeroedMemory(std::size_t bytes)
      : bytes_(static_cast<std::uint8_t*>(std::calloc(bytes, 1)), &std::free), size_(bytes) {
    if (bytes_ == nullptr && bytes > 0) throw std::bad_alloc();
  }
  std::uint8_t* data() { return bytes_.get(); }
  const std::uint8_t* data() const { return bytes_.get(); }
  std::uint8_t* begin() { return data(); }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<std::uint8_t, decltype(&std::free)> bytes_;
  std::size_t size_;
};

}  // namespace crosstile
