// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/packet.h"

namespace crosstile {

std::string_view name(PacketKind kind) {
  switch (kind) {
    case PacketKind::programme:
      return "programme";
    case PacketKind::control:
      return "control";
    case PacketKind::activation:
      return "activation";
    case PacketKind::result:
      return "result";
    case PacketKind::credit:
      return "credit";
  }
  return "unknown";
}

void Packet::recycle() {
  source = destination = layer = -1;
  destinations.clear();
  kind = PacketKind::activation;
  packetClass = PacketClass::activation;
  channel = 0;
  address = 0;
  data.clear();
  flits = 0;
  epoch = 0;
  cause = -1;
  partBytes = 0;
  partCycles.clear();
  partCauses.clear();
}

}  // namespace crosstile
