// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/axi/axi_burst.h"

namespace crosstile::axi {

const char* Burst::violation() const {
  if (beatBytes() > kDataBytes) return "a beat is wider than the bus";
  switch (type) {
    case fixed:
      return beats() > 16 ? "a FIXED burst has more than 16 beats" : nullptr;
    case incr: {
      const std::uint32_t bytes = beatBytes() * static_cast<std::uint32_t>(beats());
      return address % kBoundary + bytes - (address - aligned(address)) > kBoundary ? "an INCR burst crosses 4 KiB"
                                                                                   : nullptr;
    }
    case wrap:
      if (beats() != 2 && beats() != 4 && beats() != 8 && beats() != 16)
        return "a WRAP burst doesn't have 2, 4, 8 or 16 beats";
      return address != aligned(address) ? "a WRAP burst is not aligned" : nullptr;
    default:
      return "the burst type is reserved";
  }
}

std::uint32_t Burst::beatAddress(int i) const {
  const auto step = static_cast<std::uint32_t>(i) * beatBytes();
  if (i == 0 || type == fixed) return address;
  if (type == incr) return aligned(address) + step;
  const std::uint32_t total = beatBytes() * static_cast<std::uint32_t>(beats());
  const std::uint32_t bottom = address / total * total;
  return bottom + (address - bottom + step) % total;
}

std::uint8_t Burst::lanes(int i) const {
  const std::uint32_t at = beatAddress(i);
  const std::uint32_t first = at % kDataBytes, last = aligned(at) % kDataBytes + beatBytes() - 1;
  std::uint32_t mask = 0;
  for (std::uint32_t lane = first; lane <= last; ++lane) mask |= 1U << lane;
  return static_cast<std::uint8_t>(mask);
}

}  // namespace crosstile::axi
