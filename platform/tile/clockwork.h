// SPDX-License-Identifier: Apache-2.0
// What the parts of a tile share to tell time: the clock, the timing mode, and one queue of events for all of
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <systemc>
#include <vector>

#include "platform/noc/cycle_clock.h"
#include "platform/record/power_trace.h"

namespace crosstile {

/// How a machine tells time (docs/timing.md). Both give the same values.
enum class TimingMode {
  loose,  ///< one call chain an image, times from recurrences, no kernel events
  cycle   ///< every request arbitrated in its cycle
};

/// Something whose busy time is traced. The name is "tile3/core2", "network/" and a link's, "host link".
struct BusyPlace {
  PowerTrace::Part part;
  std::string name;
};
/// A busy interval of it: where, what, first edge, edge after, layer.
using BusyTrace = std::function<void(const BusyPlace&, const char*, const sc_core::sc_time&,
                                     const sc_core::sc_time&, int)>;

/// Runs actions at given times, in order of time and then of request, with one kernel event in flight.
class Clockwork : public sc_core::sc_module {
 public:
  Clockwork(const sc_core::sc_module_name& moduleName, const sc_core::sc_time& period, TimingMode mode);

  TimingMode mode() const { return mode_; }
  bool loose() const { return mode_ == TimingMode::loose; }
  const CycleClock& clock() const { return clock_; }
  /// The delay from the kernel's present to an edge, as b_transport wants it.
  sc_core::sc_time delayTo(std::uint64_t cycle) const {
    return clock_.edge(cycle) - sc_core::sc_time_stamp();
  }
  /// Cycle mode: calls `action` at `time`, now or later.
  void at(const sc_core::sc_time& time, std::function<void()> action);
  void atEdge(std::uint64_t cycle, std::function<void()> action) {
    at(clock_.edge(cycle), std::move(action));
  }
  /// Hardware reset: forgets all actions.
  void reset();
  /// Timed kernel events so far.
  std::uint64_t wakes() const { return wakes_; }

 private:
  struct Entry {
    std::uint64_t time;
    std::uint64_t order;
    std::function<void()> action;
    bool operator<(const Entry& o) const { return time != o.time ? time > o.time : order > o.order; }
  };
  void wake();

  CycleClock clock_;
  TimingMode mode_;
  std::priority_queue<Entry> entries_;
  std::uint64_t order_ = 0;
  std::uint64_t wakes_ = 0;
  sc_core::sc_event event_{"next"};
};

}  // namespace crosstile
