// SPDX-License-Identifier: Apache-2.0
// What of a stream has arrived in a tile's buffer, and what of it can be given back.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

namespace crosstile {

/// Positions are counted on from image to image. Every source sends its share of the channels of each
/// position; a position has arrived when all shares have, and all positions before it. Pools with padding
/// complete positions out of order.
class StreamTracker {
 public:
  /// When and by what a position arrived.
  struct Arrival {
    std::uint64_t cycle = 0;
    int node = -1;
  };

  explicit StreamTracker(std::size_t sources = 1) : here_(sources), prefix_(sources, 0) {}

  /// Books a source's share of one position.
  void arrive(std::size_t source, std::uint64_t position, Arrival arrival) {
    auto& here = here_.at(source);
    std::uint64_t& prefix = prefix_[source];
    const std::uint64_t ahead = position - prefix;
    if (ahead >= here.size()) here.resize(ahead + 1, false);
    here[ahead] = true;
    while (!here.empty() && here.front()) {
      here.pop_front();
      ++prefix;
    }
    advance(arrival);
  }
  /// Books all positions of the only source before `end`, which come in order.
  void arriveUpTo(std::uint64_t end, Arrival arrival) {
    prefix_[0] = std::max(prefix_[0], end);
    advance(arrival);
  }
  /// Positions that have arrived, from the first on.
  std::uint64_t arrived() const { return first_ + arrivals_.size(); }
  /// Of a position that has arrived and not been dropped; the earliest moment for those dropped.
  Arrival arrivalOf(std::uint64_t position) const {
    return position < first_ ? Arrival{} : arrivals_.at(position - first_);
  }
  /// Nobody will ask for positions before this one.
  void drop(std::uint64_t position) {
    while (first_ < position && !arrivals_.empty()) {
      arrivals_.pop_front();
      ++first_;
    }
  }

 private:
  void advance(Arrival arrival) {
    const std::uint64_t end = *std::min_element(prefix_.begin(), prefix_.end());
    while (arrived() < end) arrivals_.push_back(arrival);
  }

  std::vector<std::deque<bool>> here_;  // of each source, from its prefix on
  std::vector<std::uint64_t> prefix_;   // of each source: positions that have come without a gap
  std::uint64_t first_ = 0;             // position of the first of ...
  std::deque<Arrival> arrivals_;
};

}  // namespace crosstile
