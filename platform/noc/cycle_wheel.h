// SPDX-License-Identifier: Apache-2.0
// Who has something to do when: the routers and ports of a mesh that wake at the same time share one timed
// kernel event.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <systemc>
#include <vector>

#include "platform/noc/cycle_clock.h"

namespace crosstile {

/// Moments are numbered by half cycles: 2c is the edge of cycle c, 2c + 1 its middle.
class CycleWheel {
 public:
  class Sleeper {
   public:
    virtual void wake(std::uint64_t cycle) = 0;

   protected:
    ~Sleeper() = default;
  };

  explicit CycleWheel(const CycleClock& clock) : clock_(clock) {}

  /// Wakes `who` at the edge, or in the middle, of `cycle`, which must not be past; once for every call.
  void atEdge(std::uint64_t cycle, Sleeper& who) { add(2 * cycle, who); }
  void inMiddle(std::uint64_t cycle, Sleeper& who) { add(2 * cycle + 1, who); }

  const sc_core::sc_event& event() const { return event_; }
  /// Wakes all that are due now; when event() occurs.
  void turn();

  std::uint64_t turns() const { return turns_; }  ///< timed kernel events so far

 private:
  static constexpr std::size_t kSlots = 1024;  // half cycles within reach

  void add(std::uint64_t moment, Sleeper& who);
  void put(std::uint64_t moment, Sleeper& who);
  void notify(std::uint64_t moment);
  std::uint64_t nextMoment() const;

  CycleClock clock_;
  std::array<std::vector<Sleeper*>, kSlots> slots_;
  std::multimap<std::uint64_t, Sleeper*> later_;  // beyond reach
  std::vector<Sleeper*> due_;
  std::array<std::uint64_t, kSlots / 64> occupied_{};  // a bit a slot that isn't empty
  std::uint64_t begin_ = 0;      // slots_ hold [begin_, begin_ + kSlots)
  std::uint64_t next_ = kNever;  // moment of the pending notification
  std::uint64_t turns_ = 0;
  sc_core::sc_event event_{"due"};
};

}  // namespace crosstile
