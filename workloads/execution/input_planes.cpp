// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/input_planes.h"

namespace crosstile {

/// One bit a pulse: plane p is bit p. Ends of the planes' lists are kept in local pointers, which nothing can
/// alias.
void InputPlanes::buildSingle(const std::int32_t* codes, int rowCount, std::uint32_t mask) {
  std::uint16_t* end[kMost];
  for (std::size_t p = 0; p < count_; ++p) end[p] = row_.data() + p * stride_;
  pulsesOfRow_.resize(stride_);
  std::int32_t* pulses = pulsesOfRow_.data();
  for (int r = 0; r < rowCount; ++r) {
    std::int32_t n = 0;
    for (std::uint32_t code = static_cast<std::uint32_t>(codes[r]) & mask; code != 0; code &= code - 1) {
      *end[__builtin_ctz(code)]++ = static_cast<std::uint16_t>(r);
      ++n;
    }
    pulses[r] = n;
  }
  for (std::size_t p = 0; p < count_; ++p)
    active_[p] = static_cast<int>(end[p] - (row_.data() + p * stride_));
}

void InputPlanes::build(const std::int32_t* codes, int rowCount, const std::vector<Plane>& planes, int bits,
                        int pulseBits) {
  count_ = planes.size();
  stride_ = static_cast<std::size_t>(rowCount);
  single_ = pulseBits == 1;
  active_.fill(0);
  row_.resize(count_ * stride_);
  if (!single_) digit_.resize(count_ * stride_);
  const std::uint32_t mask = (1U << bits) - 1U;
  pulsesOfRow_.clear();
  if (single_) {
    buildSingle(codes, rowCount, mask);
    return;
  }
  for (int r = 0; r < rowCount; ++r) {
    const std::uint32_t code = static_cast<std::uint32_t>(codes[r]) & mask;
    for (std::size_t p = 0; code != 0 && p < count_; ++p) {
      const std::uint32_t digit = code >> planes[p].shift & ((1U << planes[p].bits) - 1U);
      if (digit == 0) continue;
      const std::size_t at = p * stride_ + static_cast<std::size_t>(active_[p]++);
      row_[at] = static_cast<std::uint16_t>(r);
      digit_[at] = static_cast<std::uint16_t>(digit);
    }
  }
}

}  // namespace crosstile
