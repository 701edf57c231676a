// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/resource.h"

#include <algorithm>
#include <utility>

namespace crosstile {

Resource::Resource(std::string name, std::vector<const char*> what, Clockwork& clockwork)
    : name_(std::move(name)), what_(std::move(what)), clockwork_(clockwork), queues_(what_.size()) {}

void Resource::acquire(int requester, std::uint64_t ready, Work work, Done done) {
  queues_[static_cast<std::size_t>(requester)].push_back({ready, std::move(work), std::move(done)});
  ++waiting_;
  if (!scheduled_) schedule(std::max(ready, free_ == 0 ? 0 : free_ - 1));
}

void Resource::schedule(std::uint64_t cycle) {
  scheduled_ = true;
  decision_ = cycle;
  clockwork_.at(clockwork_.clock().middle(cycle), [this] { decide(); });
}

void Resource::reset() {
  for (auto& queue : queues_) queue.clear();
  waiting_ = next_ = 0;
  scheduled_ = false;
  free_ = 0;
}

/// Work may ask for the resource again: that is decided with the others that wait, once this is booked.
void Resource::decide() {
  while (queues_[next_].empty()) next_ = (next_ + 1) % queues_.size();
  const std::size_t winner = next_;
  next_ = (next_ + 1) % queues_.size();
  Request request = std::move(queues_[winner].front());
  queues_[winner].pop_front();
  --waiting_;
  const std::uint64_t start = decision_ + 1;
  const std::uint64_t cycles = std::max<std::uint64_t>(request.work(), 1);
  free_ = start + cycles;
  book(static_cast<int>(winner), request.ready, start, cycles);
  clockwork_.atEdge(free_, [done = std::move(request.done), end = free_] { done(end); });
  scheduled_ = false;
  if (waiting_ > 0) schedule(free_ - 1);
}

void Resource::book(int requester, std::uint64_t ready, std::uint64_t start, std::uint64_t cycles) {
  ++statistics_.grants;
  statistics_.busyCycles += cycles;
  statistics_.waitCycles += start - (ready + 1);
  if (trace_ == nullptr || !*trace_) return;
  (*trace_)(name_, what_[static_cast<std::size_t>(requester)], clockwork_.clock().edge(start),
            clockwork_.clock().edge(start + cycles), layer_);
}

}  // namespace crosstile
