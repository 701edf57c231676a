// SPDX-License-Identifier: Apache-2.0
#include "models/cost/adc_cost.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace crosstile {
namespace {

constexpr int kFirstBits = 4;
constexpr std::array<double, 7> kPicojoule{0.79, 0.99, 1.20, 1.42, 1.67, 1.97, 2.38};
constexpr std::array<double, 7> kSquareMicrometre{361, 477, 627, 845, 1200, 1828, 3002};

/// Log-linear through the entries around (or nearest to) `bits`.
double at(const std::array<double, 7>& table, int bits) {
  const int i = std::clamp(bits - kFirstBits, 0, static_cast<int>(table.size()) - 2);
  const auto low = static_cast<std::size_t>(i);
  const double steps = bits - kFirstBits - i;
  return table[low] * std::pow(table[low + 1] / table[low], steps);
}

}  // namespace

AdcScaling adcScaling(int bits, int referenceBits) {
  if (bits == referenceBits) return {};
  return {at(kPicojoule, bits) / at(kPicojoule, referenceBits),
          at(kSquareMicrometre, bits) / at(kSquareMicrometre, referenceBits)};
}

}  // namespace crosstile
