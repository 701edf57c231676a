// SPDX-License-Identifier: Apache-2.0
// Packets as the flits that router.sv takes: its header, and the data bytes from the least significant on.
#pragma once

#include <cstdint>

#include "platform/noc/packet.h"

namespace crosstile::flits {

inline constexpr int kBits = 64;    ///< of the RTL's links
inline constexpr int kDepth = 512;  ///< flits that a channel's memory in the RTL holds

/// Where a header flit says what; the fields of router.sv.
inline constexpr int kRow = 8, kLocal = 16, kMulticast = 22, kFlits = 23, kTag = 39;

inline std::uint64_t withLength(std::uint64_t to, int flits, int tag) {
  return to | static_cast<std::uint64_t>(flits) << kFlits | static_cast<std::uint64_t>(tag) << kTag;
}
inline std::uint64_t header(int column, int row, int local, int flits, int tag) {
  return withLength(static_cast<std::uint64_t>(column) | static_cast<std::uint64_t>(row) << kRow |
                        static_cast<std::uint64_t>(local) << kLocal,
                    flits, tag);
}
/// @param outputs  of the router, a bit each: what the table of the group says
inline std::uint64_t multicastHeader(std::uint64_t outputs, int flits, int tag) {
  return withLength(outputs | std::uint64_t{1} << kMulticast, flits, tag);
}
inline int tagOf(std::uint64_t header) { return static_cast<int>(header >> kTag); }

/// Data flit `flit` (1: the first behind the header) of a packet.
inline std::uint64_t load(const Packet& packet, int flit, int flitBits) {
  const auto size = static_cast<std::size_t>(flitBits / 8), from = static_cast<std::size_t>(flit - 1) * size;
  std::uint64_t value = 0;
  for (std::size_t b = 0; b < size && from + b < packet.data.size(); ++b)
    value |= std::uint64_t{packet.data[from + b]} << (8 * b);
  return value;
}
inline void store(Packet& packet, int flit, int flitBits, std::uint64_t value) {
  const auto size = static_cast<std::size_t>(flitBits / 8), from = static_cast<std::size_t>(flit - 1) * size;
  for (std::size_t b = 0; b < size && from + b < packet.data.size(); ++b)
    packet.data[from + b] = static_cast<std::uint8_t>(value >> (8 * b));
}

}  // namespace crosstile::flits
