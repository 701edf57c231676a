// SPDX-License-Identifier: Apache-2.0
// The room in one virtual channel of an input buffer as its sender's credits show it (virtual cut-through:
// room is taken for whole packets).
#pragma once

#include <algorithm>
#include <cstdint>

#include "platform/memory/ring_queue.h"
#include "platform/noc/cycle_clock.h"

namespace crosstile {

/// A packet of F flits takes min(F, buffer) flits from the cycle in which its head leaves the sender to the
/// cycle in which its credit is back at the sender; so a packet longer than the buffer needs an empty one.
/// Returns of room are known ahead of time, hence so is the cycle in which a waiting packet may start.
class BufferSpace {
 public:
  /// @param flits  size of the buffer; 0: without limit
  explicit BufferSpace(int flits) : size_(flits) {}

  bool limited() const { return size_ > 0; }
  int cost(int packetFlits) const { return std::min(packetFlits, size_); }

  /// The first cycle, not before `from`, with room for a packet; kNever when that isn't known yet.
  std::uint64_t roomFrom(std::uint64_t from, int packetFlits) const {
    if (!limited()) return from;
    const int needed = cost(packetFlits);
    std::uint64_t start = from;
    int room = size_ - used_;
    for (std::size_t i = 0; i < returns_.size() && (returns_[i].cycle <= from || room < needed); ++i) {
      start = std::max(start, returns_[i].cycle);
      room += returns_[i].flits;
    }
    return room < needed ? kNever : start;
  }

  /// Takes room in `cycle`, which has it (see roomFrom). Cycles of successive calls don't decrease.
  /// @return flits that are taken now
  int take(std::uint64_t cycle, int packetFlits) {
    if (!limited()) return 0;
    while (!returns_.empty() && returns_.front().cycle <= cycle) used_ -= returns_.pop().flits;
    used_ += cost(packetFlits);
    return used_;
  }

  /// A packet's room is back at the sender in `cycle`. Cycles of successive calls don't decrease.
  void giveBack(std::uint64_t cycle, int packetFlits) { returns_.push({cycle, cost(packetFlits)}); }

 private:
  struct Return {
    std::uint64_t cycle = 0;
    int flits = 0;
  };
  int size_;
  int used_ = 0;
  RingQueue<Return> returns_;
};

}  // namespace crosstile
