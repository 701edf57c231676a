// SPDX-License-Identifier: Apache-2.0
// The network's size and timing, the numbering of its nodes, and its routes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <systemc>

#include "platform/noc/packet.h"

namespace crosstile {

/// Section [router] of a hardware file with the chip's mesh and clock. docs/timing.md, "Network", has the
/// formulas.
struct NocConfig {
  int meshColumns = 1;             ///< routers in x
  int meshRows = 1;                ///< routers in y
  int concentration = 1;           ///< tiles that share a router
  sc_core::sc_time clockPeriod{};  ///< at least two steps of the time resolution
  int routerCycles = 3;            ///< head flit: input buffer to output link
  int linkCycles = 1;              ///< a flit's way over a link; links take a flit a cycle
  int flitBits = 32;
  int virtualChannels = 1;  ///< buffers of an input port; who takes which: MeshShape::channelOf
  int bufferFlits = 64;     ///< of one virtual channel of an input port

  static constexpr int kMostChannels = 16;
  static constexpr int kMostTilesARouter = 59;  ///< a router's ports are bits of a word

  /// @throws BadInput naming the value that is out of range
  void check() const;
  /// Data bytes of the longest packet that fits a channel's buffer. Longer ones pass only through empty
  /// buffers.
  std::size_t longestBufferedPacketBytes() const;
};

/// Sides of a router; local port p (tile p of the router, then on router 0 the host) is kFirstLocal + p.
enum RouterSide : int { kNorth = 0, kEast = 1, kSouth = 2, kWest = 3, kFirstLocal = 4 };

/// A set of a router's ports, a bit each.
using PortSet = std::uint64_t;
/// The lowest port of a set that isn't empty.
inline int lowestPort(PortSet ports) {
  return __builtin_ctzll(ports);
}

/// The virtual channels of a class: [first, first + count).
struct ChannelRange {
  int first, count;
};
/// With fewer than three channels all classes share all; otherwise each class has a third, rounded up in the
/// order of the classes.
ChannelRange channelsOf(PacketClass packetClass, int virtualChannels);

/// Who sits where. Tile t is at router t / concentration, router r at column r % columns and row r / columns
/// (row 0 in the north); the host is node T and shares router 0 with that router's tiles.
class MeshShape {
 public:
  explicit MeshShape(const NocConfig& config)
      : columns_(config.meshColumns), rows_(config.meshRows), concentration_(config.concentration) {}
  int routers() const { return columns_ * rows_; }
  int tiles() const { return routers() * concentration_; }
  int host() const { return tiles(); }
  int nodes() const { return tiles() + 1; }
  int routerOf(int node) const { return node == host() ? 0 : node / concentration_; }
  int localPortOf(int node) const {
    return kFirstLocal + (node == host() ? concentration_ : node % concentration_);
  }
  int nodeAt(int router, int localPort) const;
  int portsOf(int router) const { return kFirstLocal + concentration_ + (router == 0 ? 1 : 0); }
  /// The router beyond `side`, or -1 at the mesh's border.
  int neighbour(int router, int side) const;
  /// Dimension order (XY): first along the row, then along the column, then out. Free of cycles, hence of
  /// deadlock as long as every node takes what arrives, which ports do.
  int route(int router, int destination) const;
  /// Whether the XY route from a node to another traverses `router`.
  bool passes(int router, int from, int to) const;
  /// The outputs of `router`, on its way, to which a packet goes on: one, or in a multicast several.
  PortSet branches(int router, const Packet& packet) const;
  /// The channel of its class that a packet takes on all hops: by destination, so that packets from one node
  /// to another stay in order and a hot spot blocks one channel.
  int channelOf(const Packet& packet, int virtualChannels) const;
  /// Routers that a packet traverses: |dx| + |dy| + 1.
  int routersBetween(int from, int to) const;
  std::string routerName(int router) const;  ///< "router(1,0)": column, row
  std::string nodeName(int node) const;      ///< "tile 5" or "host"

 private:
  int columns_, rows_, concentration_;
};

/// Cycles from send() to onPacket() in an idle network, over h routers:
///     h (routerCycles + linkCycles) + linkCycles + flits - 1
std::uint64_t zeroLoadCycles(const NocConfig& config, int routers, int flits);

}  // namespace crosstile
