// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/clockwork.h"

#include <utility>

namespace crosstile {

Clockwork::Clockwork(const sc_core::sc_module_name& moduleName, const sc_core::sc_time& period,
                     TimingMode mode)
    : sc_module(moduleName), clock_(period), mode_(mode) {
  SC_HAS_PROCESS(Clockwork);
  SC_METHOD(wake);
  sensitive << event_;
  dont_initialize();
}

void Clockwork::at(const sc_core::sc_time& time, std::function<void()> action) {
  const bool first = entries_.empty() || time.value() < entries_.top().time;
  entries_.push({time.value(), order_++, std::move(action)});
  if (first) event_.notify(time - sc_core::sc_time_stamp());
}

void Clockwork::reset() {
  entries_ = {};
  event_.cancel();
}

void Clockwork::wake() {
  ++wakes_;
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  while (!entries_.empty() && entries_.top().time <= now) {
    auto action = std::move(const_cast<Entry&>(entries_.top()).action);
    entries_.pop();
    action();
  }
  if (!entries_.empty()) {
    event_.notify(sc_core::sc_time::from_value(entries_.top().time) - sc_core::sc_time_stamp());
  }
}

}  // namespace crosstile
