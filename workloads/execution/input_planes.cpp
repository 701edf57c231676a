// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/input_planes.h"

namespace crosstile {
namespace {

/// Bits set of the low 16: sums of neighbours, in steps that vectorise where no popcount instruction does.
std::uint32_t bitsSet(std::uint32_t x) {
  x -= x >> 1 & 0x5555U;
  x = (x & 0x3333U) + (x >> 2 & 0x3333U);
  x = (x + (x >> 4)) & 0x0F0FU;
  return (x + (x >> 8)) & 0x1FU;
}

}  // namespace

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

void InputPlanes::reset(int rowCount, const std::vector<Plane>& planes, int pulseBits) {
  count_ = planes.size();
  stride_ = static_cast<std::size_t>(rowCount);
  single_ = pulseBits == 1;
  active_.fill(0);
  pulsesOfRow_.clear();
}

void InputPlanes::build(const std::int32_t* codes, int rowCount, const std::vector<Plane>& planes, int bits,
                        int pulseBits) {
  reset(rowCount, planes, pulseBits);
  row_.resize(count_ * stride_);
  const std::uint32_t mask = (1U << bits) - 1U;
  if (single_) {
    buildSingle(codes, rowCount, mask);
  } else {
    buildDigits(codes, rowCount, mask, planes);
  }
  activeRows_ = 0;
  zeroPlanes_ = 0;
  for (std::size_t p = 0; p < count_; ++p) {
    activeRows_ += active_[p];
    zeroPlanes_ += active_[p] == 0 ? 1 : 0;
  }
}

void InputPlanes::buildDigits(const std::int32_t* codes, int rowCount, std::uint32_t mask,
                              const std::vector<Plane>& planes) {
  digit_.resize(count_ * stride_);
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

void InputPlanes::measure(const std::int32_t* codes, int rowCount, const std::vector<Plane>& planes, int bits,
                          int pulseBits) {
  if (pulseBits != 1) {
    build(codes, rowCount, planes, bits, pulseBits);
    return;
  }
  reset(rowCount, planes, pulseBits);
  pulsesOfRow_.resize(stride_);
  const std::uint32_t mask = (1U << bits) - 1U;
  std::uint32_t any = 0, sum = 0;
  for (std::size_t r = 0; r < stride_; ++r) {
    const std::uint32_t code = static_cast<std::uint32_t>(codes[r]) & mask;
    const std::uint32_t pulses = bitsSet(code);
    any |= code;
    sum += pulses;
    pulsesOfRow_[r] = static_cast<std::int32_t>(pulses);
  }
  activeRows_ = sum;
  zeroPlanes_ = static_cast<int>(count_ - bitsSet(any));
}

}  // namespace crosstile
