// SPDX-License-Identifier: Apache-2.0
// What the network did: counts for the energy ledger (by layer and kind), links, routers, and kernel work.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/noc/packet.h"

namespace crosstile {

/// Traffic of one layer and kind. A flit-router traversal is a flit through one router (buffer write and
/// read, arbitration, crossbar); a flit-link traversal is a flit over a link between two routers; a
/// flit-local traversal is a flit over the short link between a router and a node, in or out.
struct TrafficCount {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  ///< data bytes of the packets, counted once
  std::uint64_t flitRouterTraversals = 0;
  std::uint64_t flitLinkTraversals = 0;
  std::uint64_t flitLocalTraversals = 0;
  std::uint64_t stallCycles = 0;  ///< from being able to leave a port or router to leaving it, over all hops

  TrafficCount& operator+=(const TrafficCount& o);
};

struct LinkStatistics {
  std::string name;    ///< "router(0,0)->router(1,0)", "tile 5->router(1,0)"
  bool local = false;  ///< between a router and a node
  std::uint64_t packets = 0;
  std::uint64_t busyCycles = 0;  ///< a flit a cycle, so also the flits
  std::uint64_t stallCycles =
      0;  ///< sum over packets of the time they waited for this link or the room behind it
};

struct RouterStatistics {
  std::string name;
  std::uint64_t flits = 0;        ///< flit-router traversals
  std::uint64_t stallCycles = 0;  ///< of packets in its input buffers
  int peakBufferFlits = 0;  ///< most flits that one of its input buffers had taken at a time (cycle mode)
};

struct NocStatistics {
  std::vector<LinkStatistics> links;
  std::vector<RouterStatistics> routers;
  std::uint64_t sent = 0;
  std::uint64_t delivered = 0;
  std::uint64_t routerWakes = 0;  ///< timed kernel events: routers deciding
  std::uint64_t portWakes = 0;    ///< timed kernel events: ports sending queued packets and delivering

  TrafficCount& traffic(int layer, PacketKind kind);
  const TrafficCount& traffic(int layer, PacketKind kind) const;
  /// Layers are -1 (shared) to layers() - 1.
  int layers() const { return static_cast<int>(traffic_.size()) - 1; }
  TrafficCount total() const;
  /// All counts to zero; names stay. For a hardware reset or a warm-up phase.
  void clear();

 private:
  std::vector<std::array<TrafficCount, kPacketKinds>> traffic_;  // [layer + 1][kind]
};

}  // namespace crosstile
