// SPDX-License-Identifier: Apache-2.0
// Binomial draws from counter-based streams.
#pragma once

#include <cstdint>

#include "models/base/random.h"

namespace crosstile {

/// How many of `n` independent trials of probability `p` succeed: draw `index`, `part` of the stream. Exact,
/// by inversion of one uniform number, where n p (1-p) <= 100; above that a rounded normal, clamped to 0 to
/// n.
/// @param n  at least 0   @param p  clamped to 0 to 1
std::int64_t binomial(const RandomStream& stream, std::uint64_t index, std::uint32_t part, std::int64_t n,
                      double p);

}  // namespace crosstile
