// SPDX-License-Identifier: Apache-2.0
// What encoding promises: planes and slices put together again are the codes they were made of.
#include "workloads/encoding/slices.h"

#include <gtest/gtest.h>

#include <set>

namespace crosstile::test {
namespace {

int levelOf(std::int32_t weight, const SliceSpec& slice, const EncodingConfig& encoding) {
  std::uint8_t level = 0;
  levelsOf({weight}, slice, encoding, &level);
  return level;
}

/// Codes of a range: all of a small one, else both ends, around 0 and a comb in between.
std::vector<std::int64_t> codesOf(std::int64_t low, std::int64_t high) {
  std::set<std::int64_t> codes;
  const std::int64_t step = std::max<std::int64_t>(1, (high - low) / 499);
  for (std::int64_t c = low; c <= high; c += step) codes.insert(c);
  for (std::int64_t c = std::max(low, std::int64_t{-3}); c <= std::min(high, std::int64_t{3}); ++c)
    codes.insert(c);
  codes.insert(high);
  return {codes.begin(), codes.end()};
}

std::int64_t fromPlanes(const std::vector<Plane>& planes, std::int64_t code) {
  std::int64_t sum = 0;
  for (const Plane& p : planes) {
    const std::int64_t digit = (code >> p.shift) & ((std::int64_t{1} << p.bits) - 1);
    sum += (p.negative ? -digit : digit) * (std::int64_t{1} << p.shift);
  }
  return sum;
}

TEST(Planes, reproduceEveryInputCode) {
  for (int bits = 1; bits <= 16; ++bits) {
    for (int pulseBits = 1; pulseBits <= 8; ++pulseBits) {
      for (const bool isSigned : {false, true}) {
        const CodeFormat format{1.0, bits, isSigned};
        const std::vector<Plane> planes = planesOf(format, pulseBits);
        for (const std::int64_t code : codesOf(format.low(), format.high())) {
          ASSERT_EQ(fromPlanes(planes, code), code)
              << bits << " bits, " << pulseBits << " a pulse, signed " << isSigned;
        }
      }
    }
  }
}

TEST(Planes, areAsFewAsThePulsesAllowAndFitThem) {
  for (int bits = 1; bits <= 16; ++bits) {
    for (int pulseBits = 1; pulseBits <= 8; ++pulseBits) {
      const auto plain = planesOf({1.0, bits, false}, pulseBits);
      EXPECT_EQ(static_cast<int>(plain.size()), (bits + pulseBits - 1) / pulseBits);
      const auto withSign = planesOf({1.0, bits, true}, pulseBits);
      EXPECT_EQ(static_cast<int>(withSign.size()), (bits - 1 + pulseBits - 1) / pulseBits + 1);
      EXPECT_TRUE(withSign.back().negative);
      EXPECT_EQ(withSign.back().bits, 1);
      for (const Plane& p : withSign) EXPECT_LE(p.bits, pulseBits);
    }
  }
}

TEST(Slices, reproduceEveryWeightCode) {
  for (int weightBits = 2; weightBits <= 16; ++weightBits) {
    for (int cellBits = 1; cellBits <= 8; ++cellBits) {
      for (const char* scheme : {"offset", "differential"}) {
        EncodingConfig e;
        e.weightBits = weightBits;
        e.cellBits = cellBits;
        e.scheme = scheme;
        const std::int64_t top = (std::int64_t{1} << (weightBits - 1)) - 1;
        for (const std::int64_t w : codesOf(-top, top)) {
          std::int64_t sum = -weightOffset(e);
          for (const SliceSpec& s : slicesOf(e)) {
            const int level = levelOf(w, s, e);
            ASSERT_LE(level, maxLevel(e));
            sum += s.sign * (std::int64_t{level} << s.shift);
          }
          ASSERT_EQ(sum, w) << weightBits << " bits in " << cellBits << "-bit cells, " << scheme;
        }
      }
    }
  }
}

TEST(Slices, offsetHoldsTheMostNegativeWeightToo) {
  EncodingConfig e;
  e.weightBits = 8;
  e.cellBits = 3;
  for (const SliceSpec& s : slicesOf(e)) EXPECT_EQ(levelOf(-128, s, e), 0);
}

TEST(Slices, oneOfAPairIsAlwaysAtLevelZero) {
  EncodingConfig e;
  e.weightBits = 6;
  e.cellBits = 2;
  e.scheme = "differential";
  const auto slices = slicesOf(e);
  ASSERT_EQ(slices.size(), 6U);  // 5 bits of magnitude in 2-bit cells, twice
  for (std::int64_t w = -31; w <= 31; ++w) {
    for (std::size_t k = 0; k < slices.size(); k += 2) {
      ASSERT_EQ(slices[k].sign, -slices[k + 1].sign);
      EXPECT_EQ(levelOf(w, slices[k], e) * levelOf(w, slices[k + 1], e), 0) << w;
    }
  }
}

TEST(Slices, offsetColumnIsThereWhenSomethingNeedsTheInputSum) {
  EncodingConfig e;
  e.flippedColumns = false;
  EXPECT_TRUE(hasOffsetColumn(e));
  e.scheme = "differential";
  EXPECT_FALSE(hasOffsetColumn(e));
  e.flippedColumns = true;
  EXPECT_TRUE(hasOffsetColumn(e));
}

}  // namespace
}  // namespace crosstile::test
