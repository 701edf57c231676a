// SPDX-License-Identifier: Apache-2.0
// Something in a tile that serves requests: a bank of the buffer, the bus, the digital unit.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "platform/tile/clockwork.h"

namespace crosstile {

/// Serves one request at a time, or with several ports as many. Requests of a cycle are collected and decided
/// in its middle, round-robin over the requesters: each free port in order takes the first that asks and that
/// it may serve, after the one that was served last. The winner holds the port from the next edge for as many
/// cycles as its work takes. A port that becomes free at edge f is given away again in the middle of cycle f
/// - 1, so that it never idles between waiting requests.
class Resource {
 public:
  using Work = std::function<std::uint64_t()>;      ///< does it; returns its cycles, at least 1
  using Done = std::function<void(std::uint64_t)>;  ///< called with the first cycle after it
  /// What a port may do and a requester wants, as bits.
  using Kinds = unsigned;
  struct Requester {
    const char* what = "";  ///< name of its work, for traces
    Kinds kinds = 1;
  };

  struct Statistics {
    std::uint64_t grants = 0;
    std::uint64_t busyCycles = 0;  ///< of all ports
    std::uint64_t waitCycles = 0;  ///< from the first edge at which a request could have had it to its start
  };

  /// @param ports  what each of them serves: requesters that share a bit with it
  Resource(std::string name, std::vector<Requester> requesters, Clockwork& clockwork,
           const std::vector<Kinds>& ports = {1});

  /// Other requesters from now on; nobody may be waiting.
  void setRequesters(std::vector<Requester> requesters);
  /// @param ready  the cycle of the request, the present one   @param layer  for whom, for traces
  void acquire(int requester, std::uint64_t ready, Work work, Done done, int layer = -1);
  /// @param trace  outlives it   @param owner  put before its name: "tile3/"
  void setTrace(const BusyTrace* trace, PowerTrace::Part part, const std::string& owner);
  /// Loose timing: books work that nobody arbitrated.
  void book(int requester, std::uint64_t ready, std::uint64_t start, std::uint64_t cycles, int layer = -1) {
    record(0, requester, ready, start, cycles, layer);
  }
  const Statistics& statistics() const { return statistics_; }
  const std::string& name() const { return name_; }
  std::size_t ports() const { return ports_.size(); }
  std::size_t waiting() const { return waiting_; }
  void clearStatistics() { statistics_ = {}; }
  /// Hardware reset: requests are forgotten (the clockwork is reset with it).
  void reset();

 private:
  struct Request {
    std::uint64_t ready;
    Work work;
    Done done;
    int layer;
  };
  struct Port {
    Kinds kinds;
    std::uint64_t free = 0;  ///< first edge
  };
  void decide();
  bool serveNext(std::size_t port);
  std::uint64_t nextDecision() const;
  void schedule(std::uint64_t cycle);
  void record(std::size_t port, int requester, std::uint64_t ready, std::uint64_t start, std::uint64_t cycles,
              int layer);

  std::string name_;
  std::vector<Requester> requesters_;
  Clockwork& clockwork_;
  std::vector<Port> ports_;
  std::vector<std::deque<Request>> queues_;
  std::size_t waiting_ = 0;
  std::size_t next_ = 0;
  bool scheduled_ = false;
  std::uint64_t decision_ = 0;
  Statistics statistics_;
  const BusyTrace* trace_ = nullptr;
  std::vector<BusyPlace> places_;  // of the ports
};

}  // namespace crosstile
