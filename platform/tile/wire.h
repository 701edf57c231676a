// SPDX-License-Identifier: Apache-2.0
// The wire format of numbers: little-endian; activation codes take 1, 2 or 8 bytes, sums 8.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "workloads/network/integer_network.h"

namespace crosstile::wire {

template <typename T>
T load(const std::uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);  // the machines that SystemC runs on are little-endian
  return value;
}

/// Code i of `bytes` bytes each; signed formats are sign-extended.
inline std::int64_t decode(const std::uint8_t* from, int bytes, bool isSigned) {
  if (bytes == 1) return isSigned ? static_cast<std::int8_t>(*from) : *from;
  if (bytes == 2) return isSigned ? load<std::int16_t>(from) : load<std::uint16_t>(from);
  return load<std::int64_t>(from);
}

inline void decodeCodes(const std::uint8_t* from, std::size_t size, const CodeFormat& format, int bytes,
                        std::vector<std::int32_t>& codes) {
  codes.resize(size / static_cast<std::size_t>(bytes));
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] =
        static_cast<std::int32_t>(decode(from + i * static_cast<std::size_t>(bytes), bytes, format.isSigned));
  }
}

inline void encode(std::int64_t code, int bytes, std::uint8_t* to) {
  if (bytes == 1)
    *to = static_cast<std::uint8_t>(code);
  else if (bytes == 2)
    std::memcpy(to, &code, 2);
  else
    std::memcpy(to, &code, 8);
}

}  // namespace crosstile::wire
