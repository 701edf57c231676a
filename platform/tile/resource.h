// SPDX-License-Identifier: Apache-2.0
// Something in a tile that serves one request at a time: the buffer's port, the bus, the digital unit.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "platform/tile/clockwork.h"

namespace crosstile {

/// Requests of a cycle are collected and decided in its middle, round-robin over the requesters; the winner
/// holds the resource from the next edge for as many cycles as its work takes. A resource that becomes free
/// at edge f is given away again in the middle of cycle f - 1, so that it never idles between waiting
/// requests.
class Resource {
 public:
  using Work = std::function<std::uint64_t()>;      ///< does it; returns its cycles, at least 1
  using Done = std::function<void(std::uint64_t)>;  ///< called with the first cycle after it

  struct Statistics {
    std::uint64_t grants = 0;
    std::uint64_t busyCycles = 0;
    std::uint64_t waitCycles = 0;  ///< from the first edge at which a request could have had it to its start
  };

  /// @param what  names of the requesters' work, for traces
  Resource(std::string name, std::vector<const char*> what, Clockwork& clockwork);

  /// @param ready  the cycle of the request, the present one
  void acquire(int requester, std::uint64_t ready, Work work, Done done);
  void setTrace(const BusyTrace* trace, int layer) {
    trace_ = trace;
    layer_ = layer;
  }
  /// Loose timing: books work that nobody arbitrated.
  void book(int requester, std::uint64_t ready, std::uint64_t start, std::uint64_t cycles);
  const Statistics& statistics() const { return statistics_; }
  const std::string& name() const { return name_; }
  std::size_t waiting() const { return waiting_; }
  void clearStatistics() { statistics_ = {}; }
  /// Hardware reset: requests are forgotten (the clockwork is reset with it).
  void reset();

 private:
  struct Request {
    std::uint64_t ready;
    Work work;
    Done done;
  };
  void decide();
  void schedule(std::uint64_t cycle);

  std::string name_;
  std::vector<const char*> what_;
  Clockwork& clockwork_;
  std::vector<std::deque<Request>> queues_;
  std::size_t waiting_ = 0;
  std::size_t next_ = 0;
  bool scheduled_ = false;
  std::uint64_t decision_ = 0;
  std::uint64_t free_ = 0;
  Statistics statistics_;
  const BusyTrace* trace_ = nullptr;
  int layer_ = -1;
};

}  // namespace crosstile
