// SPDX-License-Identifier: Apache-2.0
// A packet: what tiles and the host send to each other over the network. Its data are the wire bytes, and
// they are what the receiver computes with; the rest is routing and attribution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "platform/memory/payload_pool.h"
#include "platform/memory/pool.h"

namespace crosstile {

/// What a packet is for.
enum class PacketKind : std::uint8_t {
  programme,   ///< weights and tile programs, from the host
  control,     ///< start, interrupt, register access
  activation,  ///< activations or partial sums between tiles, inputs from the host
  result,      ///< outputs to the host
  credit       ///< room in a receiver's buffer, back to the sender
};
inline constexpr std::size_t kPacketKinds = 5;
std::string_view name(PacketKind kind);

/// Whose virtual channels a packet takes.
enum class PacketClass : std::uint8_t {
  activation,  ///< activations, inputs
  partialSum,  ///< partial sums between tiles
  host         ///< programs, control, results, credits
};
inline constexpr int kPacketClasses = 3;
constexpr PacketClass classOf(PacketKind kind) {
  return kind == PacketKind::activation ? PacketClass::activation : PacketClass::host;
}

/// Node ids: tiles are 0 to T-1, the host is T. A layer of -1 is nobody's (`shared` in the energy ledger).
struct Packet final : Pooled<Packet> {
  int source = -1;  ///< set by the port that sends it
  int destination = -1;
  std::vector<int> destinations;  ///< of a multicast; empty for one destination
  PacketKind kind = PacketKind::activation;
  PacketClass packetClass = PacketClass::activation;
  int channel = 0;  ///< virtual channel, set by the port that sends it, the same on all hops
  int layer = -1;
  std::uint64_t address = 0;  ///< in the destination's memory map; the address of the payload on every hop
  std::vector<std::uint8_t> data;  ///< wire bytes
  int flits = 0;                   ///< set by the port that sends it, see flitsOf()
  std::uint32_t epoch = 0;         ///< set by the port that sends it: resets of the mesh before
  /// Loose timing: a packet stands for all that cycle timing would send of an image in parts of `partBytes`;
  /// the cycle at which each part arrives, and (first image) the node of the critical path that made it
  /// leave.
  std::size_t partBytes = 0;
  std::vector<std::uint64_t> partCycles;
  std::vector<int> partCauses;
  int cause = -1;  ///< attribution: what made it leave, a node of the critical path; -1: not followed

  bool multicast() const { return !destinations.empty(); }
  /// As new, but keeps the capacity of its vectors.
  void recycle();
};

using PacketRef = PoolRef<Packet>;
using PacketPool = ObjectPool<Packet>;
using PacketPayloads = PayloadPool<Packet>;

/// Flits of a packet of `bytes` data bytes: one header flit and ceil(8 bytes / flitBits) body flits.
constexpr int flitsOf(std::size_t bytes, int flitBits) {
  const auto bits = static_cast<std::size_t>(flitBits);
  return 1 + static_cast<int>((8 * bytes + bits - 1) / bits);
}

}  // namespace crosstile
