// SPDX-License-Identifier: Apache-2.0
#include "models/digital/integer_product.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/unit/base/each_target.h"

namespace crosstile {
namespace {

struct Ranges {
  std::int32_t codeLow, codeHigh, weightLow, weightHigh;
};

/// Products of random codes and weights, a third of the codes 0, against plain loops on every instruction
/// set.
void expectPlainProduct(int rows, int outputs, const Ranges& range, bool extremes = false) {
  std::mt19937 generator(static_cast<unsigned>(rows * 1000 + outputs));
  const auto draw = [&](std::int32_t low, std::int32_t high) {
    if (extremes) return generator() % 2 == 0 ? low : high;
    return std::uniform_int_distribution<std::int32_t>(low, high)(generator);
  };
  IntegerMatrix matrix(rows, outputs);
  std::vector<std::int32_t> codes(static_cast<std::size_t>(rows));
  std::vector<std::int32_t> weights;
  std::vector<std::int64_t> expected(static_cast<std::size_t>(outputs), 5);
  for (int r = 0; r < rows; ++r) {
    const std::int32_t code = !extremes && generator() % 3 == 0 ? 0 : draw(range.codeLow, range.codeHigh);
    codes[static_cast<std::size_t>(r)] = code;
    for (int o = 0; o < outputs; ++o) {
      const std::int32_t weight = draw(range.weightLow, range.weightHigh);
      weights.push_back(weight);
      expected[static_cast<std::size_t>(o)] += std::int64_t{4096} * code * weight;
    }
  }
  ASSERT_TRUE(matrix.fill(weights));
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    IntegerMatrix::Scratch scratch;
    std::vector<std::int64_t> sums(expected.size(), 5);
    matrix.addProduct(codes.data(), 4096, sums.data(), scratch);
    EXPECT_EQ(sums, expected) << hwy::TargetName(target) << ": " << rows << " rows, " << outputs
                              << " outputs";
  }
}

TEST(IntegerProduct, EqualsPlainLoopsAtEverySize) {
  for (const int rows : {1, 2, 3, 27, 128}) {
    for (const int outputs : {1, 15, 16, 17, 33, 64, 200, 513})
      expectPlainProduct(rows, outputs, {0, 255, -128, 127});
  }
}

TEST(IntegerProduct, TakesCodesOfEverySignAndWidth) {
  expectPlainProduct(128, 40, {-128, 127, -128, 127});
  expectPlainProduct(128, 40, {-32768, 32767, -32768, 32767});
  expectPlainProduct(128, 40, {0, 65535, -32768, 32767});
}

/// 32-bit sums would overflow: 512 rows of 65535 x 32767, and one pair of -32768 x -32768.
TEST(IntegerProduct, NeverOverflows) {
  expectPlainProduct(512, 20, {65535, 65535, 32767, 32767}, true);
  expectPlainProduct(512, 20, {0, 65535, -32768, -32768}, true);
  expectPlainProduct(2, 20, {-32768, -32768, -32768, -32768}, true);
  expectPlainProduct(512, 20, {-32768, 32767, -32768, 32767}, true);
}

TEST(IntegerProduct, RefusesWeightsOfMoreThan16Bits) {
  const auto fits = [](std::int32_t weight) {
    return IntegerMatrix(1, 1).fill(std::vector<std::int32_t>{weight});
  };
  EXPECT_TRUE(fits(32767));
  EXPECT_TRUE(fits(-32768));
  EXPECT_FALSE(fits(32768));
  EXPECT_FALSE(fits(-32769));
}

}  // namespace
}  // namespace crosstile
