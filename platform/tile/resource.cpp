// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/resource.h"

#include <algorithm>
#include <utility>

namespace crosstile {
namespace {

/// The cycle before an edge, in whose middle what becomes free there is given away.
std::uint64_t before(std::uint64_t edge) {
  return edge == 0 ? 0 : edge - 1;
}

}  // namespace

Resource::Resource(std::string name, std::vector<Requester> requesters, Clockwork& clockwork,
                   const std::vector<Kinds>& ports)
    : name_(std::move(name)), clockwork_(clockwork) {
  for (const Kinds kinds : ports) ports_.push_back({kinds});
  setRequesters(std::move(requesters));
}

void Resource::setRequesters(std::vector<Requester> requesters) {
  requesters_ = std::move(requesters);
  queues_.assign(requesters_.size(), {});
  next_ = 0;
}

void Resource::setTrace(const BusyTrace* trace, PowerTrace::Part part, const std::string& owner) {
  trace_ = trace;
  places_.clear();
  for (std::size_t p = 0; p < ports_.size(); ++p)
    places_.push_back({part, owner + name_ + (ports_.size() == 1 ? "" : ".port" + std::to_string(p))});
}

void Resource::acquire(int requester, std::uint64_t ready, Work work, Done done, int layer) {
  const auto who = static_cast<std::size_t>(requester);
  queues_[who].push_back({ready, std::move(work), std::move(done), layer});
  ++waiting_;
  std::uint64_t free = UINT64_MAX;
  for (const Port& port : ports_) {
    if ((port.kinds & requesters_[who].kinds) != 0) free = std::min(free, before(port.free));
  }
  const std::uint64_t cycle = std::max(ready, free);
  if (!scheduled_ || cycle < decision_) schedule(cycle);
}

/// A decision that became needless because an earlier one was scheduled finds another cycle in decision_.
void Resource::schedule(std::uint64_t cycle) {
  scheduled_ = true;
  decision_ = cycle;
  clockwork_.at(clockwork_.clock().middle(cycle), [this, cycle] {
    if (scheduled_ && decision_ == cycle) decide();
  });
}

void Resource::reset() {
  for (auto& queue : queues_) queue.clear();
  waiting_ = next_ = 0;
  scheduled_ = false;
  for (Port& port : ports_) port.free = 0;
}

/// Work may ask for the resource again: that is decided with the others that wait, once this is booked.
void Resource::decide() {
  for (std::size_t port = 0; port < ports_.size() && waiting_ > 0; ++port) {
    if (ports_[port].free <= decision_ + 1) serveNext(port);
  }
  scheduled_ = false;
  if (waiting_ > 0) schedule(nextDecision());
}

bool Resource::serveNext(std::size_t p) {
  Port& port = ports_[p];
  const std::size_t count = queues_.size();
  std::size_t winner = next_, tried = 0;
  while (tried < count && (queues_[winner].empty() || (requesters_[winner].kinds & port.kinds) == 0)) {
    winner = (winner + 1) % count;
    ++tried;
  }
  if (tried == count) return false;
  next_ = (winner + 1) % count;
  Request request = std::move(queues_[winner].front());
  queues_[winner].pop_front();
  --waiting_;
  const std::uint64_t start = decision_ + 1;
  const std::uint64_t cycles = std::max<std::uint64_t>(request.work(), 1);
  port.free = start + cycles;
  record(p, static_cast<int>(winner), request.ready, start, cycles, request.layer);
  clockwork_.atEdge(port.free, [done = std::move(request.done), end = port.free] { done(end); });
  return true;
}

/// The first cycle after this one in which a port is free for somebody who waits.
std::uint64_t Resource::nextDecision() const {
  Kinds wanted = 0;
  for (std::size_t q = 0; q < queues_.size(); ++q) {
    if (!queues_[q].empty()) wanted |= requesters_[q].kinds;
  }
  std::uint64_t cycle = UINT64_MAX;
  for (const Port& port : ports_) {
    if ((port.kinds & wanted) != 0) cycle = std::min(cycle, before(port.free));
  }
  return std::max(cycle, decision_ + 1);
}

void Resource::record(std::size_t port, int requester, std::uint64_t ready, std::uint64_t start,
                      std::uint64_t cycles, int layer) {
  ++statistics_.grants;
  statistics_.busyCycles += cycles;
  statistics_.waitCycles += start - (ready + 1);
  if (trace_ == nullptr || !*trace_) return;
  (*trace_)(places_[port], requesters_[static_cast<std::size_t>(requester)].what,
            clockwork_.clock().edge(start), clockwork_.clock().edge(start + cycles), layer);
}

}  // namespace crosstile
