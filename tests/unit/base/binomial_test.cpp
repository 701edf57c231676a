// SPDX-License-Identifier: Apache-2.0
// Binomial draws: exact where they are few, normal where they are many, and the borders.
#include "models/base/binomial.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <tuple>

namespace crosstile {
namespace {

TEST(Binomial, HasItsProbabilities) {
  const RandomStream stream({7, 0, 0, 0, 0}, Purpose::switchCounts);
  constexpr int draws = 200'000;
  for (const auto& [n, p] : {std::pair{12, 0.3}, {12, 0.85}, {400, 0.01}}) {
    std::map<std::int64_t, int> count;
    for (int i = 0; i < draws; ++i) ++count[binomial(stream, i, 0, n, p)];
    double chi = 0.0;
    int cells = 0;
    for (int k = 0; k <= n; ++k) {
      const double expected =
          draws * std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                           k * std::log(p) + (n - k) * std::log1p(-p));
      if (expected < 20) continue;
      chi += (count[k] - expected) * (count[k] - expected) / expected;
      ++cells;
    }
    EXPECT_LT(chi, cells + 5 * std::sqrt(2.0 * cells)) << n << ' ' << p;
  }
}

TEST(Binomial, HasItsMomentsOnBothSidesOfTheNormal) {
  const RandomStream stream({8, 0, 0, 0, 0}, Purpose::switchCounts);
  constexpr int draws = 100'000;
  for (const auto& [n, p] : {std::tuple{std::int64_t{1000}, 0.11},
                             {1000, 0.12},
                             {1000, 0.9},
                             {1'000'000, 0.5},
                             {1'000'000, 9e-5}}) {
    double mean = 0.0, square = 0.0;
    const double expected = static_cast<double>(n) * p, variance = expected * (1 - p);
    for (int i = 0; i < draws; ++i) {
      const double d = static_cast<double>(binomial(stream, i, 3, n, p)) - expected;
      mean += d / draws;
      square += d * d / draws;
    }
    EXPECT_NEAR(mean, 0.0, 4 * std::sqrt(variance / draws)) << n << ' ' << p;
    EXPECT_NEAR(square, variance, 4 * variance * std::sqrt(2.0 / draws) + 1.0 / 12) << n << ' ' << p;
  }
}

TEST(Binomial, Borders) {
  const RandomStream stream({9, 0, 0, 0, 0}, Purpose::switchCounts);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(binomial(stream, i, 0, 0, 0.5), 0);
    EXPECT_EQ(binomial(stream, i, 0, 50, 0.0), 0);
    EXPECT_EQ(binomial(stream, i, 0, 50, -1e-18), 0);
    EXPECT_EQ(binomial(stream, i, 0, 50, 1.0), 50);
    const auto k = binomial(stream, i, 0, 3, 1 - 1e-16);
    EXPECT_TRUE(k >= 0 && k <= 3);
    EXPECT_EQ(binomial(stream, i, 0, 1000, 0.3), binomial(stream, i, 0, 1000, 0.3));
  }
}

}  // namespace
}  // namespace crosstile
