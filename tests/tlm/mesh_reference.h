// SPDX-License-Identifier: Apache-2.0
// The mesh once more, flit by flit and cycle by cycle, as docs/timing.md describes it: straight loops over
// cycles, routers, ports and channels; no SystemC, no events, no look ahead, nothing shared with
// platform/noc. The event-driven mesh must arrive at the same cycles.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace crosstile::testing {

class MeshReference {
 public:
  struct Size {
    int columns, rows, concentration, routerCycles, linkCycles, bufferFlits;
    int channels = 1;
    int receiveFlits = 0;   ///< input buffer of a node for each channel; 0: takes all that comes
    int serviceCycles = 0;  ///< from a packet that a node takes to the next
  };
  struct Sent {
    std::uint64_t cycle;  ///< of send()
    int from, to, flits;
    int packetClass = 0;              ///< activation, partial sum, host
    std::vector<int> destinations{};  ///< of a multicast, ascending; `to` is the first of them
  };
  struct Arrived {
    int packet, node;
    std::uint64_t cycle;  ///< in which the node takes it
    bool operator<(const Arrived& o) const { return packet != o.packet ? packet < o.packet : node < o.node; }
    bool operator==(const Arrived& o) const {
      return packet == o.packet && node == o.node && cycle == o.cycle;
    }
  };

  explicit MeshReference(const Size& size);
  /// Sends all (in the order given where one node sends several in a cycle). @return by packet and node
  std::vector<Arrived> run(const std::vector<Sent>& packets);

 private:
  /// A packet on one branch of its tree.
  struct Copy {
    int packet = -1;
    std::vector<int> to;
  };
  struct Flit {
    int copy;
    bool head, tail;
    std::uint64_t cycle;  // at the end of the wire
  };
  struct Credit {
    std::uint64_t cycle;
    int channel, flits;
  };
  /// A link: what is on the wire, the room beyond by channel, the packet that is being sent.
  struct Link {
    int toRouter = -1, toInput = -1, toNode = -1;
    int beyond = 0;  // flits of a buffer there; 0: without limit
    std::vector<int> credits;
    std::deque<Flit> wire;
    std::deque<Credit> returning;
    int sending = -1;  // copy
    int sentFlits = 0;
    int input = -1;  // it comes from
    int last = -1;   // input that sent last
  };
  enum class Stage { asks, holds, sends, gone };
  struct Branch {
    int output;
    std::vector<int> to;
    Stage stage = Stage::asks;
  };
  struct Buffered {
    int copy;
    std::uint64_t headArrived;
    int here;  // flits that arrived
    std::vector<Branch> branches;
  };
  struct Input {
    std::vector<std::deque<Buffered>> channels;
    Link* feeder = nullptr;
    bool sending = false;
    int last = -1;  // channel that sent last
  };
  struct OutChannel {
    bool held = false;
    int last = -1;  // input
  };
  struct Router {
    std::vector<Input> inputs;
    std::vector<Link*> outputs;
    std::vector<std::vector<OutChannel>> outChannels;  // [output][channel]
  };
  struct Node {
    Link* link = nullptr;
    Link* incoming = nullptr;
    std::vector<std::deque<int>> queues;  // packets by channel
    std::deque<int> inbox;                // copies that are here whole
    std::uint64_t takesFrom = 0;
  };

  void wireUp();
  Link* connect(int beyond);
  int routerOf(int node) const;
  int localOf(int node) const;
  int route(int router, int node) const;
  int channelOf(int packet) const;
  int flitsOf(int copy) const { return sent(copy).flits; }
  const Sent& sent(int copy) const {
    return (*packets_)[static_cast<std::size_t>(copies_[static_cast<std::size_t>(copy)].packet)];
  }
  int channelOfCopy(int copy) const { return channelOf(copies_[static_cast<std::size_t>(copy)].packet); }
  static int costOf(const Link& link, int flits);

  void arrive(std::uint64_t cycle);
  void enterRouter(const Link& link, const Flit& flit, std::uint64_t cycle);
  void take(Node& node, int id, std::uint64_t cycle);
  void grantChannels(Router& router, std::uint64_t cycle);
  void startPackets(Router& router);
  bool pick(const Router& router, const Input& input, int& channel, int& output) const;
  void start(Router& router, int output, int input, int channel);
  void move(Router& router, std::uint64_t cycle);
  void feed(Node& node, std::uint64_t cycle);
  void sendFlit(Link& link, std::uint64_t cycle);
  bool hasRoom(const Link& link, int channel, int flits) const;

  Size size_;
  int nodeCount_;
  std::deque<Link> links_;
  std::vector<Router> routers_;
  std::vector<Node> nodes_;
  std::deque<Copy> copies_;
  const std::vector<Sent>* packets_ = nullptr;
  std::vector<Arrived> arrived_;
};

}  // namespace crosstile::testing
