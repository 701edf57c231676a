// SPDX-License-Identifier: Apache-2.0
#include "models/digital/fixed_point.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr std::int64_t kMaxTable = std::int64_t{1} << 20;

__extension__ using Wide = __int128;  // an exact product of two 64-bit integers

/// floor(a / b) for b > 0.
Wide floorDivide(Wide a, Wide b) {
  const Wide quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

bool fitsHalf(std::int64_t value) {
  return value == static_cast<std::int32_t>(value);
}

double evaluate(Activation activation, double x) {
  return activation == Activation::sigmoid ? 1.0 / (1.0 + std::exp(-x)) : std::tanh(x);
}

}  // namespace

std::int64_t requantise(std::int64_t accumulator, std::int64_t multiplier, int shift, std::int64_t low,
                        std::int64_t high) {
  if (fitsHalf(accumulator) && fitsHalf(multiplier) && shift <= 62) {  // as nearly always: 64 bits are enough
    return std::clamp((accumulator * multiplier + (std::int64_t{1} << (shift - 1))) >> shift, low, high);
  }
  const Wide product = static_cast<Wide>(accumulator) * multiplier;
  // Shifting a negative number right rounds down, here and in the hardware.
  const Wide scaled = (product + (Wide{1} << (shift - 1))) >> shift;
  return static_cast<std::int64_t>(std::clamp(scaled, Wide{low}, Wide{high}));
}

std::int64_t addScaled(Span<const std::int64_t> codes, Span<const std::int64_t> multipliers, int shift,
                       std::int64_t low, std::int64_t high) {
  Wide sum = Wide{1} << (shift - 1);
  for (std::size_t k = 0; k < codes.size(); ++k) sum += static_cast<Wide>(codes[k]) * multipliers[k];
  return static_cast<std::int64_t>(std::clamp(sum >> shift, Wide{low}, Wide{high}));
}

std::int64_t average(std::int64_t sum, std::int64_t count) {
  return static_cast<std::int64_t>(floorDivide(Wide{2} * sum + count, Wide{2} * count));
}

std::int64_t maximum(Span<const std::int64_t> codes) {
  if (codes.empty()) throw RunFailure("maximum of no codes: a pooling window lies outside its image");
  return *std::max_element(codes.begin(), codes.end());
}

std::string_view toString(Activation activation) {
  return activation == Activation::sigmoid ? "sigmoid" : "tanh";
}

std::vector<std::int32_t> makeActivationTable(Activation activation, double inScale, std::int64_t inLow,
                                              std::int64_t inHigh, double outScale, std::int64_t outLow,
                                              std::int64_t outHigh) {
  if (inHigh < inLow || inHigh - inLow >= kMaxTable) {
    throw BadInput("{}: a table over codes {} to {}: must hold 1 to {} codes", toString(activation), inLow,
                   inHigh, kMaxTable);
  }
  if (!(inScale > 0.0) || !(outScale > 0.0)) {
    throw BadInput("{}: scales {} and {}: must be positive", toString(activation), inScale, outScale);
  }
  std::vector<std::int32_t> table;
  table.reserve(static_cast<std::size_t>(inHigh - inLow + 1));
  for (std::int64_t x = inLow; x <= inHigh; ++x) {
    const double code = std::floor(evaluate(activation, inScale * static_cast<double>(x)) / outScale + 0.5);
    table.push_back(static_cast<std::int32_t>(
        std::clamp(code, static_cast<double>(outLow), static_cast<double>(outHigh))));
  }
  return table;
}

std::int32_t lookUp(Span<const std::int32_t> table, std::int64_t tableLow, std::int64_t code) {
  const std::int64_t last = tableLow + static_cast<std::int64_t>(table.size()) - 1;
  if (code < tableLow || code > last) {
    throw RunFailure("activation table: code {} is outside {} to {}", code, tableLow, last);
  }
  return table[static_cast<std::size_t>(code - tableLow)];
}

}  // namespace crosstile
