// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/cycle_wheel.h"

#include <algorithm>

namespace crosstile {

void CycleWheel::add(std::uint64_t moment, Sleeper& who) {
  if (moment - begin_ < kSlots)
    put(moment, who);
  else
    later_.emplace(moment, &who);
  notify(moment);
}

void CycleWheel::put(std::uint64_t moment, Sleeper& who) {
  const std::size_t slot = moment % kSlots;
  slots_[slot].push_back(&who);
  occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void CycleWheel::notify(std::uint64_t moment) {
  if (moment >= next_) return;
  next_ = moment;
  const sc_core::sc_time at = moment % 2 == 0 ? clock_.edge(moment / 2) : clock_.middle(moment / 2);
  event_.notify(at - sc_core::sc_time_stamp());
}

void CycleWheel::turn() {
  ++turns_;
  begin_ = next_;
  next_ = kNever;
  while (!later_.empty() && later_.begin()->first - begin_ < kSlots) {
    put(later_.begin()->first, *later_.begin()->second);
    later_.erase(later_.begin());
  }
  const std::size_t slot = begin_ % kSlots;
  due_.swap(slots_[slot]);
  occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  for (Sleeper* sleeper : due_) sleeper->wake(begin_ / 2);
  due_.clear();
  notify(nextMoment());
}

std::uint64_t CycleWheel::nextMoment() const {
  const std::size_t from = begin_ % kSlots;
  std::uint64_t word = occupied_[from / 64] & (~std::uint64_t{0} << (from % 64));
  for (std::size_t w = 0; w <= occupied_.size(); ++w) {  // the first word again for the slots before `from`
    if (word != 0) {
      const std::size_t slot = (from / 64 + w) % occupied_.size() * 64 + static_cast<std::size_t>(__builtin_ctzll(word));
      return begin_ + (slot - from) % kSlots;
    }
    word = occupied_[(from / 64 + w + 1) % occupied_.size()];
  }
  return later_.empty() ? kNever : later_.begin()->first;
}

}  // namespace crosstile
