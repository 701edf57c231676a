// SPDX-License-Identifier: Apache-2.0
// A clock domain without a clock: cycle numbers and times convert into each other in whole steps of the time
// resolution, and nothing toggles.
#pragma once

#include <cstdint>
#include <limits>
#include <systemc>

namespace crosstile {

/// The cycle of what isn't known to happen.
inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

/// Edge n is at n x period. All requests of a cycle are made at or after its edge and before its middle; who
/// gets a shared resource is decided in the middle.
class CycleClock {
 public:
  explicit CycleClock(const sc_core::sc_time& period) : period_(period.value()) {}
  sc_core::sc_time edge(std::uint64_t cycle) const { return sc_core::sc_time::from_value(cycle * period_); }
  sc_core::sc_time middle(std::uint64_t cycle) const {
    return sc_core::sc_time::from_value(cycle * period_ + period_ / 2);
  }
  /// The cycle of the first edge at or after `time`.
  std::uint64_t cycleFrom(const sc_core::sc_time& time) const {
    return (time.value() + period_ - 1) / period_;
  }
  /// The cycle in which `time` lies.
  std::uint64_t cycleOf(const sc_core::sc_time& time) const { return time.value() / period_; }

 private:
  std::uint64_t period_;
};

}  // namespace crosstile
