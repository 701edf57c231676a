// SPDX-License-Identifier: Apache-2.0
#include "models/digital/fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr std::int64_t kMin = INT64_MIN, kMax = INT64_MAX;

TEST(Requantise, RoundsHalvesUpAndClamps) {
  struct Row {
    std::int64_t accumulator, multiplier;
    int shift;
    std::int64_t low, high, expected;
  };
  for (const Row& r : {Row{5, 1, 1, kMin, kMax, 3},    // 2.5 -> 3
                       Row{-5, 1, 1, kMin, kMax, -2},  // -2.5 -> -2
                       Row{-6, 1, 2, kMin, kMax, -1},  // -1.5 -> -1
                       Row{-7, 1, 2, kMin, kMax, -2},  // -1.75 -> -2
                       Row{1000, 3, 4, 0, 100, 100},   // 187.5
                       Row{-1000, 3, 4, -128, 127, -128}, Row{0, 12345, 20, -8, 7, 0},
                       Row{kMax, kMax, 126, kMin, kMax, 1},     // product just below 2^126
                       Row{kMin, kMax, 63, kMin, kMax, -kMax},  // exact in 128 bits only
                       Row{std::int64_t{1} << 62, 1 << 20, 82, 0, 9, 1}}) {
    EXPECT_EQ(requantise(r.accumulator, r.multiplier, r.shift, r.low, r.high), r.expected)
        << r.accumulator << " * " << r.multiplier << " >> " << r.shift;
  }
}

TEST(Requantise, EqualsExactArithmeticWhereDoublesAreExact) {
  std::mt19937_64 generator(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto a = static_cast<std::int64_t>(generator() % (1U << 26)) - (1 << 25);
    const auto m = static_cast<std::int64_t>(generator() % (1U << 24));
    const int shift = 1 + static_cast<int>(generator() % 40);
    const double exact =
        std::floor(std::ldexp(static_cast<double>(a) * static_cast<double>(m), -shift) + 0.5);
    ASSERT_EQ(static_cast<double>(requantise(a, m, shift, kMin, kMax)), exact)
        << a << " " << m << " " << shift;
  }
}

TEST(Average, RoundsHalvesUpOnBothSidesOfZero) {
  EXPECT_EQ(average(10, 4), 3);    // 2.5
  EXPECT_EQ(average(-10, 4), -2);  // -2.5
  EXPECT_EQ(average(-11, 4), -3);  // -2.75
  EXPECT_EQ(average(7, 1), 7);
  EXPECT_EQ(average(kMax, 1), kMax);
  for (std::int64_t sum = -50; sum <= 50; ++sum) {
    for (std::int64_t n = 1; n <= 9; ++n) {
      const auto exact = static_cast<std::int64_t>(
          std::floor(static_cast<double>(2 * sum + n) / static_cast<double>(2 * n)));
      ASSERT_EQ(average(sum, n), exact) << sum << "/" << n;
    }
  }
}

TEST(Maximum, IsTheLargest) {
  EXPECT_EQ(maximum(std::vector<std::int64_t>{-3, -1, -2}), -1);
  EXPECT_EQ(maximum(std::vector<std::int64_t>{4}), 4);
  EXPECT_THROW(maximum(Span<const std::int64_t>()), RunFailure);
}

TEST(ActivationTable, HoldsTheRoundedFunction) {
  const std::vector<std::int32_t> table =
      makeActivationTable(Activation::sigmoid, 1.0 / 16, -128, 127, 1.0 / 255, 0, 255);
  ASSERT_EQ(table.size(), 256U);
  EXPECT_EQ(lookUp(table, -128, 0), 128);   // 127.5 goes up
  EXPECT_EQ(lookUp(table, -128, 16), 186);  // 255/(1 + e^-1) = 186.42
  EXPECT_EQ(lookUp(table, -128, -128), 0);  // 255/(1 + e^8) = 0.09
  EXPECT_EQ(lookUp(table, -128, 127), 255);
  EXPECT_TRUE(std::is_sorted(table.begin(), table.end()));
}

TEST(ActivationTable, TanhIsOddUpToRoundingAndClamped) {
  const std::vector<std::int32_t> table =
      makeActivationTable(Activation::tanh, 1.0 / 32, -127, 127, 1.0 / 128, -128, 127);
  EXPECT_EQ(lookUp(table, -127, 0), 0);
  EXPECT_EQ(lookUp(table, -127, 32), 97);    // 128 tanh(1) = 97.48
  EXPECT_EQ(lookUp(table, -127, 127), 127);  // 127.9 rounds to 128, clamped
  for (std::int64_t x = 1; x < 100; ++x) EXPECT_EQ(lookUp(table, -127, x), -lookUp(table, -127, -x)) << x;
}

TEST(ActivationTable, BadRangesAndCodesAreRefused) {
  EXPECT_THROW(makeActivationTable(Activation::tanh, 1, 5, 4, 1, 0, 1), BadInput);
  EXPECT_THROW(makeActivationTable(Activation::tanh, 1, 0, 1 << 20, 1, 0, 1), BadInput);
  EXPECT_THROW(makeActivationTable(Activation::tanh, 0, 0, 4, 1, 0, 1), BadInput);
  const std::vector<std::int32_t> table = makeActivationTable(Activation::tanh, 1, -2, 2, 1, -1, 1);
  EXPECT_THROW(lookUp(table, -2, 3), RunFailure);
  EXPECT_THROW(lookUp(table, -2, -3), RunFailure);
}

// The shorter way of numbers of 32 bits begins and ends where it is still exact: addScaled() has none.
TEST(Requantise, IsTheSameOnBothSidesOfThirtyTwoBits) {
  const std::int64_t edge = std::int64_t{1} << 31;
  for (const std::int64_t a : {-edge - 1, -edge, -edge + 1, std::int64_t{-1}, std::int64_t{0}, edge - 1, edge}) {
    for (const std::int64_t m : {-edge - 1, -edge, std::int64_t{1}, edge - 1, edge}) {
      for (const int shift : {1, 31, 61, 62, 63, 64}) {
        const std::int64_t codes[] = {a}, multipliers[] = {m};
        EXPECT_EQ(requantise(a, m, shift, INT64_MIN, INT64_MAX),
                  addScaled({codes, 1}, {multipliers, 1}, shift, INT64_MIN, INT64_MAX))
            << a << " * " << m << " >> " << shift;
      }
    }
  }
}

}  // namespace
}  // namespace crosstile
