// SPDX-License-Identifier: Apache-2.0
// When a link is taken, for `loose` timing: calls run ahead of time and come out of order, so a link keeps
// the busy intervals and each packet takes the first gap that is long enough.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>

namespace crosstile {

class LinkCalendar {
 public:
  /// Books `length` cycles, not before `ready`. @return the first of them
  std::uint64_t book(std::uint64_t ready, std::uint64_t length) {
    std::uint64_t start = ready;
    auto next = busy_.upper_bound(ready);
    if (next != busy_.begin() && std::prev(next)->second > start) start = std::prev(next)->second;
    while (next != busy_.end() && next->first < start + length) start = (next++)->second;
    insert(start, start + length, next);
    return start;
  }
  std::size_t intervals() const { return busy_.size(); }

 private:
  using Intervals =
      std::map<std::uint64_t, std::uint64_t>;  // first cycle -> first cycle after; disjoint, not touching

  void insert(std::uint64_t start, std::uint64_t end, Intervals::iterator next) {
    if (next != busy_.end() && next->first == end) {
      end = next->second;
      next = busy_.erase(next);
    }
    if (next != busy_.begin() && std::prev(next)->second == start) {
      std::prev(next)->second = end;
    } else {
      busy_.emplace_hint(next, start, end);
    }
    // The far past is forgotten: a straggler from there finds its link free, an error in the estimate but no
    // growth.
    if (busy_.size() > kMostIntervals) busy_.erase(busy_.begin());
  }

  static constexpr std::size_t kMostIntervals = 256;
  Intervals busy_;
};

}  // namespace crosstile
