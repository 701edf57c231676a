// SPDX-License-Identifier: Apache-2.0
#include "models/base/binomial.h"

#include <algorithm>
#include <cmath>

namespace crosstile {
namespace {

constexpr double kNormalFrom = 100.0;  // variance above which the normal serves

/// Sums the probabilities of 0, 1, 2, ... up to u; p <= 1/2, so that (1-p)^n is far above the least double.
std::int64_t invert(double u, std::int64_t n, double p) {
  const double odds = p / (1.0 - p);
  double probability = std::exp(static_cast<double>(n) * std::log1p(-p));
  std::int64_t k = 0;
  while (u > probability && k < n) {
    u -= probability;
    probability *= odds * static_cast<double>(n - k) / static_cast<double>(k + 1);
    ++k;
  }
  return k;
}

}  // namespace

std::int64_t binomial(const RandomStream& stream, std::uint64_t index, std::uint32_t part, std::int64_t n,
                      double p) {
  if (n <= 0 || !(p > 0.0)) return 0;
  if (p >= 1.0) return n;
  const auto trials = static_cast<double>(n);
  const double variance = trials * p * (1.0 - p);
  if (variance > kNormalFrom) {
    const double drawn = std::round(trials * p + std::sqrt(variance) * stream.normal(index, part));
    return static_cast<std::int64_t>(std::clamp(drawn, 0.0, trials));
  }
  const double u = stream.uniform(index, part);
  return p <= 0.5 ? invert(u, n, p) : n - invert(u, n, 1.0 - p);
}

}  // namespace crosstile
