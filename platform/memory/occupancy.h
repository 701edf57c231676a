// SPDX-License-Identifier: Apache-2.0
// How full a buffer is over time.
#pragma once

#include <algorithm>
#include <cstdint>

namespace crosstile {

/// Bytes in use: the most, and their integral over cycles. Changes come in the order of time.
class Occupancy {
 public:
  void change(std::int64_t bytes, std::uint64_t cycle) {
    byteCycles_ += bytes_ * static_cast<std::int64_t>(cycle - since_);
    since_ = cycle;
    bytes_ += bytes;
    peak_ = std::max(peak_, bytes_);
  }
  /// Forgets what was before `cycle`, but for what is in use.
  void clearStatistics(std::uint64_t cycle) {
    since_ = cycle;
    peak_ = bytes_;
    byteCycles_ = 0;
  }
  std::int64_t peakBytes() const { return peak_; }
  /// Sum over the cycles before `cycle` of the bytes in use.
  std::int64_t byteCycles(std::uint64_t cycle) const {
    return byteCycles_ + bytes_ * (static_cast<std::int64_t>(cycle) - static_cast<std::int64_t>(since_));
  }

 private:
  std::int64_t bytes_ = 0, peak_ = 0, byteCycles_ = 0;
  std::uint64_t since_ = 0;
};

}  // namespace crosstile
