// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "models/base/random.h"

namespace crosstile {

/// A normal of mean `mean` and standard deviation `sigma`, both before truncation, truncated at `low` <=
/// `mean`: draw `index` of the stream, by rejection over its parts from `firstPart` on (every second draw or
/// more is kept).
inline double truncatedNormal(const RandomStream& stream, std::uint64_t index, double mean, double sigma,
                              double low, std::uint32_t firstPart = 0) {
  constexpr std::uint32_t kAttempts = 128;  // all fail once in 2^128
  for (std::uint32_t k = 0; k < kAttempts; ++k) {
    const double x = mean + sigma * stream.normal(index, firstPart + k);
    if (x >= low) return x;
  }
  return low;
}

}  // namespace crosstile
