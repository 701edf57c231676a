// SPDX-License-Identifier: Apache-2.0
// The mesh once more, flit by flit and cycle by cycle, as docs/timing.md describes it: no SystemC, no events,
// no look ahead, nothing shared with platform/noc but the packets' sizes. The event-driven mesh must arrive
// at the same cycles.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace crosstile::testing {

class MeshReference {
 public:
  struct Size {
    int columns, rows, concentration, routerCycles, linkCycles, bufferFlits;
  };
  struct Sent {
    std::uint64_t cycle;  ///< of send()
    int from, to, flits;
  };

  explicit MeshReference(const Size& size);
  /// Sends all (in the order given where one node sends several in a cycle).
  /// @return for each, the cycle in which its tail has arrived
  std::vector<std::uint64_t> run(const std::vector<Sent>& packets);

 private:
  struct Flit {
    int packet;
    bool head, tail;
  };
  struct Timed {
    std::uint64_t cycle;
    Flit flit;
  };
  struct Credit {
    std::uint64_t cycle;
    int flits;
  };
  /// A link: its sender's credits and what is on the wire.
  struct Link {
    int toRouter = -1, toInput = -1;  // or a node
    std::deque<Timed> wire;
    std::deque<Credit> returning;
    int credits = 0;
    int packet = -1;  // that has the link
    int sentFlits = 0;
  };
  struct Buffered {
    int packet;
    std::uint64_t headArrived;
    int here;  // flits that arrived
    int left = 0;
  };
  struct Input {
    std::deque<Buffered> packets;
    std::uint64_t readable = 0;  // the read port, after the last packet's tail
    Link* feeder = nullptr;
    bool granted = false;
  };
  struct Router {
    std::vector<Input> inputs;
    std::vector<Link*> outputs;
    std::vector<int> last;
    std::vector<int> source;  // input that has the output
  };

  void wireUp();
  int route(int router, int node) const;
  void arrive(std::uint64_t cycle);
  void arbitrate(Router& router, int id, std::uint64_t cycle);
  void move(Router& router, std::uint64_t cycle);
  void feed(std::uint64_t cycle);
  bool mayStart(const Link& link) const;
  void sendFlit(Link& link, std::uint64_t cycle);
  int flitsOf(int packet) const { return (*packets_)[static_cast<std::size_t>(packet)].flits; }
  int costOf(int packet) const;

  Size size_;
  int nodes_;
  std::deque<Link> links_;
  std::vector<Router> routers_;
  std::vector<Link*> injection_;
  std::vector<std::deque<int>> queues_;
  const std::vector<Sent>* packets_ = nullptr;
  std::vector<std::uint64_t> arrived_;
  std::size_t done_ = 0;
};

}  // namespace crosstile::testing
