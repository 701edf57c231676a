// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/cycle_wheel.h"

#include <algorithm>

namespace crosstile {

void CycleWheel::add(std::uint64_t moment, Sleeper& who) {
  if (moment - begin_ < kSlots) {
    slots_[moment % kSlots].push_back(&who);
    ++within_;
  } else {
    later_.emplace(moment, &who);
  }
  notify(moment);
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
    slots_[later_.begin()->first % kSlots].push_back(later_.begin()->second);
    ++within_;
    later_.erase(later_.begin());
  }
  due_.swap(slots_[begin_ % kSlots]);
  within_ -= due_.size();
  for (Sleeper* sleeper : due_) sleeper->wake(begin_ / 2);
  due_.clear();
  notify(nextMoment());
}

std::uint64_t CycleWheel::nextMoment() const {
  if (within_ > 0) {
    for (std::uint64_t moment = begin_; moment < begin_ + kSlots; ++moment)
      if (!slots_[moment % kSlots].empty()) return moment;
  }
  return later_.empty() ? kNever : later_.begin()->first;
}

}  // namespace crosstile
