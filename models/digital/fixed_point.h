// SPDX-License-Identifier: Apache-2.0
// The digital unit's arithmetic on integer codes: rescaling, pooling, activation. Every rounding is half up:
// floor(x + 1/2). The same definitions as the integer network's (workloads/network/integer_network.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/base/span.h"

namespace crosstile {

/// Fixed-point rescaling: clamp(floor((accumulator * multiplier + 2^(shift-1)) / 2^shift), low, high). The
/// product is exact (128 bits); shift 1 .. 126.
std::int64_t requantise(std::int64_t accumulator, std::int64_t multiplier, int shift, std::int64_t low,
                        std::int64_t high);

/// A sum of codes of different scales: clamp(floor((sum of code k * multiplier k + 2^(shift-1)) / 2^shift),
/// low, high), the sum exact (128 bits); shift 1 .. 126.
std::int64_t addScaled(Span<const std::int64_t> codes, Span<const std::int64_t> multipliers, int shift,
                       std::int64_t low, std::int64_t high);

/// The mean of `count` > 0 codes that add up to `sum`, rounded half up: floor((2 sum + count) / (2 count)).
std::int64_t average(std::int64_t sum, std::int64_t count);

/// The largest of the codes. @throws RunFailure when there are none
std::int64_t maximum(Span<const std::int64_t> codes);

enum class Activation { sigmoid, tanh };
std::string_view toString(Activation activation);

/// The activation as a table over input codes inLow .. inHigh:
///     table[x - inLow] = clamp(floor(f(inScale x) / outScale + 1/2), outLow, outHigh)
/// @throws BadInput when the input range is empty or has more than 2^20 codes, or a scale isn't positive
std::vector<std::int32_t> makeActivationTable(Activation activation, double inScale, std::int64_t inLow,
                                              std::int64_t inHigh, double outScale, std::int64_t outLow,
                                              std::int64_t outHigh);

/// table[code - tableLow]. @throws RunFailure when the code is outside the table
std::int32_t lookUp(Span<const std::int32_t> table, std::int64_t tableLow, std::int64_t code);

}  // namespace crosstile
