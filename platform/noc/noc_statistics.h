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

/// Traffic of one layer and kind. A flit-router traversal is a flit through one router (buffer read,
/// arbitration, crossbar; each copy of a multicast is one); a flit-link traversal is a flit over a link
/// between two routers; a flit-local traversal is a flit over the short link between a router and a node, in
/// or out.
struct TrafficCount {
  std::uint64_t packets = 0;  ///< sent; a multicast is one
  std::uint64_t bytes = 0;    ///< data bytes of the packets, counted once
  std::uint64_t flitRouterTraversals = 0;
  std::uint64_t flitLinkTraversals = 0;
  std::uint64_t flitLocalTraversals = 0;
  std::uint64_t stallCycles = 0;  ///< from being able to leave a port or router to leaving it, over all hops

  TrafficCount& operator+=(const TrafficCount& o);
};

/// Cycles that packets waited, by what for.
struct StallCycles {
  std::uint64_t channel = 0;     ///< the output's channel, which another packet held (from a port: its queue)
  std::uint64_t credit = 0;      ///< room in the buffer beyond the link
  std::uint64_t contention = 0;  ///< the link, or the input port's way through the crossbar: lost arbitration

  std::uint64_t total() const { return channel + credit + contention; }
  StallCycles& operator+=(const StallCycles& o);
};

/// One virtual channel of a link and its buffer behind the link.
struct ChannelStatistics {
  std::uint64_t packets = 0;
  std::uint64_t busyCycles = 0;  ///< a flit a cycle, so also the flits
  StallCycles stalls;            ///< of packets on their way to this channel (cycle mode)
  /// Sum over cycles of the flits in the buffer (a router's), booked when a packet leaves it (cycle mode):
  /// divided by the cycles of a run, the mean occupancy.
  std::uint64_t occupiedFlitCycles = 0;
  int peakFlits = 0;  ///< most flits of the buffer that were reserved at a time (cycle mode)
};

struct LinkStatistics {
  std::string name;    ///< "router(0,0)->router(1,0)", "tile 5->router(1,0)"
  bool local = false;  ///< between a router and a node
  std::uint64_t packets = 0;
  std::uint64_t busyCycles = 0;  ///< a flit a cycle, so also the flits
  std::uint64_t stallCycles =
      0;  ///< sum over packets of the time they waited for this link or the room behind it
  std::vector<ChannelStatistics> channels;

  StallCycles stalls() const;  ///< of all channels
};

struct RouterStatistics {
  std::string name;
  std::uint64_t flits = 0;        ///< flit-router traversals
  std::uint64_t stallCycles = 0;  ///< of packets in its input buffers
};

struct NocStatistics {
  std::vector<LinkStatistics> links;
  std::vector<RouterStatistics> routers;
  std::uint64_t sent = 0;
  std::uint64_t delivered = 0;     ///< a multicast once for each node
  std::uint64_t routerWakes = 0;   ///< routers deciding
  std::uint64_t portWakes = 0;     ///< ports sending queued packets and handing over
  std::uint64_t kernelEvents = 0;  ///< timed kernel events; the wakes of a moment share one

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
