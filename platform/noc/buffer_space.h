// SPDX-License-Identifier: Apache-2.0
// The room in one input buffer as its sender's credits show it (virtual cut-through: room is taken for whole
// packets).
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

namespace crosstile {

/// A packet of F flits takes min(F, buffer) flits from the cycle in which its head leaves the sender to the
/// cycle in which the credit of its tail is back at the sender; so a packet longer than the buffer needs an
/// empty one. Returns of room are known ahead of time, hence so is the cycle in which a waiting packet may
/// start.
class BufferSpace {
 public:
  explicit BufferSpace(int flits) : size_(flits) {}

  int cost(int packetFlits) const { return std::min(packetFlits, size_); }

  /// Takes room for a packet that wants to start in cycle `from`. Cycles of successive calls don't decrease.
  /// @return the first cycle, not before `from`, with room for it; nothing when that isn't known yet
  std::optional<std::uint64_t> take(std::uint64_t from, int packetFlits) {
    const int needed = cost(packetFlits);
    std::uint64_t start = from;
    int room = size_ - used_;
    std::size_t due = 0;
    while (due < returns_.size() && (returns_[due].cycle <= from || room < needed)) {
      start = std::max(start, returns_[due].cycle);
      room += returns_[due++].flits;
    }
    if (room < needed) return std::nullopt;
    returns_.erase(returns_.begin(), returns_.begin() + static_cast<std::ptrdiff_t>(due));
    used_ = size_ - room + needed;
    peak_ = std::max(peak_, used_);
    return start;
  }

  /// A packet's room is back at the sender in `cycle`. Cycles of successive calls increase.
  void giveBack(std::uint64_t cycle, int packetFlits) { returns_.push_back({cycle, cost(packetFlits)}); }

  int peak() const { return peak_; }  ///< most flits ever taken

 private:
  struct Return {
    std::uint64_t cycle;
    int flits;
  };
  int size_;
  int used_ = 0;
  int peak_ = 0;
  std::deque<Return> returns_;
};

}  // namespace crosstile
