// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "models/base/error.h"
#include "models/crossbar/pulse_table.h"
#include "tests/unit/base/each_target.h"

namespace crosstile {
namespace {

struct Sums {
  std::vector<float> current, variance;  ///< [pulse][stride]
};

/// A table with random values, and pulses that own their rows and digits.
struct Fixture {
  PulseTable table;
  std::vector<std::vector<std::uint16_t>> rows, digits;
  std::vector<Pulse> pulses;
  std::mt19937 generator;

  Fixture(unsigned seed, int rowCount, int columns, int terms) : generator(seed) {
    table.rows = rowCount;
    table.columns = columns;
    table.stride = static_cast<int>(paddedFloats(static_cast<std::size_t>(columns)));
    table.terms = terms;
    const std::size_t size = static_cast<std::size_t>(terms) * static_cast<std::size_t>(rowCount) *
                             static_cast<std::size_t>(table.stride);
    table.current.assign(size, 0.0F);
    table.variance.assign(size, 0.0F);
    std::uniform_real_distribution<float> value(-1e-6F, 9e-6F);
    for (std::size_t at = 0; at < size; at += static_cast<std::size_t>(table.stride)) {
      for (std::size_t j = 0; j < static_cast<std::size_t>(columns); ++j) {
        table.current[at + j] = value(generator);
        table.variance[at + j] = std::abs(value(generator)) * 1e-6F;
      }
    }
  }

  /// `count` digits beyond 0, each with `perDigit` terms at random places.
  void setDigits(int count, int perDigit) {
    std::uniform_real_distribution<float> coefficient(-0.5F, 1.0F);
    table.digits.assign(static_cast<std::size_t>(count) + 1, {});
    for (int d = 1; d <= count; ++d) {
      for (int k = 0; k < perDigit; ++k) {
        const auto index = static_cast<std::int32_t>(generator() % static_cast<unsigned>(table.terms));
        table.digits[static_cast<std::size_t>(d)].push_back({index, coefficient(generator)});
      }
    }
  }

  void addPulse(int active, int maxDigit) {
    std::vector<std::uint16_t> row, digit;
    for (int i = 0; i < table.rows; ++i) {
      if (static_cast<int>(generator() % static_cast<unsigned>(table.rows)) >= active) continue;
      row.push_back(static_cast<std::uint16_t>(i));
      digit.push_back(
          static_cast<std::uint16_t>(1 + generator() % static_cast<unsigned>(std::max(maxDigit, 1))));
    }
    rows.push_back(row);
    digits.push_back(maxDigit == 0 ? std::vector<std::uint16_t>{} : digit);
    pulses.clear();
    for (std::size_t p = 0; p < rows.size(); ++p) {
      pulses.push_back(
          {rows[p].data(), digits[p].empty() ? nullptr : digits[p].data(), static_cast<int>(rows[p].size())});
    }
  }

  /// The definition in pulse_table.h as plain loops.
  Sums expected() const {
    const auto stride = static_cast<std::size_t>(table.stride);
    Sums sums{std::vector<float>(pulses.size() * stride, 0.0F),
              std::vector<float>(pulses.size() * stride, 0.0F)};
    for (std::size_t p = 0; p < pulses.size(); ++p) {
      for (int n = 0; n < pulses[p].count; ++n) {
        for (const PulseTable::Term& t : table.digits[pulses[p].digit ? pulses[p].digit[n] : 1]) {
          const std::size_t at = static_cast<std::size_t>(t.index * table.rows + pulses[p].row[n]) * stride;
          for (std::size_t j = 0; j < stride; ++j) {
            float& i = sums.current[p * stride + j];
            float& v = sums.variance[p * stride + j];
            i = std::fma(t.coefficient, table.current[at + j], i);
            v = std::fma(t.coefficient * t.coefficient, table.variance[at + j], v);
          }
        }
      }
    }
    return sums;
  }

  Sums read(std::size_t from, std::size_t count, bool variance = true) const {
    const auto stride = static_cast<std::size_t>(table.stride);
    Sums sums{std::vector<float>(count * stride, NAN),
              std::vector<float>(variance ? count * stride : 0, NAN)};
    readPulses(table, Span<const Pulse>(pulses.data() + from, count), sums.current.data(),
               variance ? sums.variance.data() : nullptr);
    return sums;
  }
};

bool sameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// The same bits as the plain loops with FMA, within rounding without.
void expectSums(const Sums& found, const Sums& expected, std::int64_t target) {
  if (hasFma(target)) {
    EXPECT_TRUE(sameBits(found.current, expected.current)) << hwy::TargetName(target);
    EXPECT_TRUE(sameBits(found.variance, expected.variance)) << hwy::TargetName(target);
    return;
  }
  for (std::size_t i = 0; i < expected.current.size(); ++i) {
    ASSERT_NEAR(found.current[i], expected.current[i], 1e-9F) << hwy::TargetName(target);  // sums reach 1e-3
    ASSERT_NEAR(found.variance[i], expected.variance[i], 1e-15F) << hwy::TargetName(target);
  }
}

TEST(ReadPulses, EqualsPlainLoopsForOneBitPulses) {
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    for (const int columns : {1, 15, 16, 17, 32, 33, 64, 80, 97, 128, 130, 144, 200, 400}) {
      Fixture f(static_cast<unsigned>(columns), 128, columns, 1);
      f.setDigits(1, 1);
      for (const int active : {30, 0, 60, 128, 3, 1, 17}) f.addPulse(active, 0);
      expectSums(f.read(0, f.pulses.size()), f.expected(), target);
    }
  }
}

TEST(ReadPulses, EqualsPlainLoopsForManyBitsAndTerms) {
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    for (const int columns : {5, 33, 130, 250}) {
      for (const int perDigit : {0, 1, 3, 12}) {
        Fixture f(static_cast<unsigned>(columns + perDigit), 70, columns, 12);
        f.setDigits(255, perDigit);
        for (const int maxDigit : {255, 0, 3, 1, 255})
          f.addPulse(40, maxDigit);  // pulses without digits among them
        expectSums(f.read(0, f.pulses.size()), f.expected(), target);
      }
    }
  }
}

TEST(ReadPulses, UnitCoefficientIsAPlainSum) {
  Fixture f(3, 128, 96, 1);
  f.table.digits = {{}, {{0, 1.0F}}};
  f.addPulse(50, 0);
  f.addPulse(20, 0);
  std::vector<float> sum(2 * 96, 0.0F);
  for (std::size_t p = 0; p < 2; ++p) {
    for (int n = 0; n < f.pulses[p].count; ++n) {
      for (std::size_t j = 0; j < 96; ++j)
        sum[p * 96 + j] += f.table.current[f.pulses[p].row[n] * std::size_t{96} + j];
    }
  }
  EXPECT_TRUE(sameBits(f.read(0, 2).current, sum));
}

TEST(ReadPulses, APulseDoesNotDependOnItsBatch) {
  Fixture f(4, 128, 144, 1);
  f.setDigits(15, 1);
  for (int p = 0; p < 9; ++p) f.addPulse(10 + 5 * p, p % 3 == 0 ? 15 : 0);
  const std::size_t stride = 144;
  const Sums all = f.read(0, 9);
  for (std::size_t from = 0; from < 9; ++from) {
    for (std::size_t count = 1; from + count <= 9; ++count) {
      const Sums part = f.read(from, count);
      ASSERT_EQ(std::memcmp(part.current.data(), &all.current[from * stride], count * stride * sizeof(float)),
                0);
      ASSERT_EQ(
          std::memcmp(part.variance.data(), &all.variance[from * stride], count * stride * sizeof(float)), 0);
    }
  }
}

TEST(ReadPulses, NoPulsesNoVarianceNoRows) {
  Fixture f(5, 4, 20, 1);
  f.setDigits(1, 1);
  readPulses(f.table, Span<const Pulse>(), nullptr, nullptr);
  f.addPulse(0, 0);
  const Sums nothing = f.read(0, 1, /*variance=*/false);
  EXPECT_EQ(nothing.current, std::vector<float>(32, 0.0F));
}

TEST(ReadPulses, ATableWithoutReadNoiseHasNoVariance) {
  Fixture f(6, 40, 20, 1);
  f.setDigits(1, 1);
  f.addPulse(20, 0);
  f.table.variance.clear();
  EXPECT_EQ(f.read(0, 1).variance, std::vector<float>(32, 0.0F));
}

TEST(ReadPulses, ATableWithoutDigitsIsRefused) {
  Fixture f(7, 4, 20, 1);
  f.addPulse(4, 0);
  EXPECT_THROW(f.read(0, 1), RunFailure);
}

}  // namespace
}  // namespace crosstile
