// SPDX-License-Identifier: Apache-2.0
#include "models/digital/shift_add.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/unit/base/each_target.h"

namespace crosstile {
namespace {

template <typename Sum>
void expectPlainSums(int maxShift) {
  std::mt19937 generator(1);
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    for (std::size_t count = 0; count < 70; ++count) {
      const int shift = static_cast<int>(generator() % static_cast<unsigned>(maxShift + 1));
      const bool negative = generator() % 2 == 0;
      std::vector<std::int32_t> code(count);
      std::vector<Sum> sum(count + 1), expected;
      for (std::int32_t& c : code) c = static_cast<std::int32_t>(generator() % 512) - 128;
      for (Sum& s : sum) s = static_cast<Sum>(generator() % 100'000) - 50'000;
      expected = sum;
      for (std::size_t j = 0; j < count; ++j) {
        const Sum term = static_cast<Sum>(code[j]) * (Sum{1} << shift);
        expected[j] = negative ? expected[j] - term : expected[j] + term;
      }
      shiftAdd(code.data(), shift, negative, sum.data(), count);
      ASSERT_EQ(sum, expected) << hwy::TargetName(target) << ": " << count << " columns, shift " << shift;
    }
  }
}

TEST(ShiftAdd, EqualsPlainLoopsIn64Bits) {
  expectPlainSums<std::int64_t>(50);
}
TEST(ShiftAdd, EqualsPlainLoopsIn32Bits) {
  expectPlainSums<std::int32_t>(20);
}

TEST(ShiftAdd, FitsInt32IsTight) {
  EXPECT_TRUE(fitsInt32(8, 8, 1));     // 255 * 255
  EXPECT_TRUE(fitsInt32(8, 16, 1));    // 255 * 65535 = 2^24
  EXPECT_TRUE(fitsInt32(15, 16, 1));   // 32767 * 65535 < 2^31
  EXPECT_FALSE(fitsInt32(16, 16, 1));  // 65535 * 65535 > 2^31
  EXPECT_TRUE(fitsInt32(31, 1, 1));
  EXPECT_FALSE(fitsInt32(31, 2, 1));
  EXPECT_FALSE(fitsInt32(24, 200, 1));
}

/// The promise of the two together: signed inputs bit by bit, weights slice by slice, give the product
/// exactly.
TEST(ShiftAdd, BitStreamedInputsAndSlicedWeightsGiveTheProduct) {
  constexpr int kRows = 100, kOutputs = 13, kInputBits = 8, kWeightBits = 6, kCellBits = 2, kSlices = 3;
  std::mt19937 generator(5);
  std::vector<int> x(kRows), w(kRows * kOutputs);
  for (int& v : x) v = static_cast<int>(generator() % 256) - 128;
  for (int& v : w) v = static_cast<int>(generator() % (1U << kWeightBits));
  std::vector<std::int64_t> sum(kOutputs * kSlices, 0);
  for (int bit = 0; bit < kInputBits; ++bit) {
    std::vector<std::int32_t> code(kOutputs * kSlices, 0);
    for (int i = 0; i < kRows; ++i) {
      if ((static_cast<unsigned>(x[i]) >> bit & 1U) == 0) continue;
      for (int o = 0; o < kOutputs; ++o) {
        for (int s = 0; s < kSlices; ++s) code[o * kSlices + s] += w[i * kOutputs + o] >> (kCellBits * s) & 3;
      }
    }
    shiftAdd(code.data(), bit, /*negative=*/bit == kInputBits - 1, sum.data(), sum.size());
  }
  for (int o = 0; o < kOutputs; ++o) {
    std::int64_t out = 0;
    for (int s = 0; s < kSlices; ++s)
      out += sum[static_cast<std::size_t>(o * kSlices + s)] * (1 << (kCellBits * s));
    std::int64_t product = 0;
    for (int i = 0; i < kRows; ++i) product += std::int64_t{x[i]} * w[i * kOutputs + o];
    EXPECT_EQ(out, product);
  }
}

}  // namespace
}  // namespace crosstile
