// SPDX-License-Identifier: Apache-2.0
#include "models/converter/adc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "models/base/error.h"
#include "models/base/random.h"
#include "tests/unit/base/each_target.h"

namespace crosstile {
namespace {

constexpr std::array<std::uint32_t, 2> kKey{1, 2};

AdcConfig adcOf(int bits, double noise = 0, double inl = 0, double dnl = 0) {
  AdcConfig config;
  config.bits = bits;
  config.noiseLsb = noise;
  config.inlLsb = inl;
  config.dnlLsb = dnl;
  return config;
}

std::vector<std::int32_t> codesOf(const Adc& adc, const std::vector<float>& x) {
  std::vector<std::int32_t> code(x.size(), -1);
  adc.convert(x.data(), nullptr, nullptr, code.data(), x.size());
  return code;
}

std::int32_t roundHalfUp(double v, std::int32_t maxCode) {
  return static_cast<std::int32_t>(std::clamp(std::floor(v + 0.5), 0.0, static_cast<double>(maxCode)));
}

TEST(Adc, IntegersConvertExactlyAndClip) {
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    for (const int bits : {1, 4, 8, 16, 24}) {
      const Adc adc(adcOf(bits), {}, 1.0, kKey);
      const std::int32_t maxCode = (1 << bits) - 1;
      std::mt19937 generator(1);
      std::vector<float> x{0.0F,  -5.0F, static_cast<float>(maxCode), static_cast<float>(maxCode) + 5.0F,
                           1e30F, -1e30F};
      for (int i = 0; i < 1001; ++i)
        x.push_back(static_cast<float>(static_cast<int>(generator() % (1U << 24)) - 1000));
      const std::vector<std::int32_t> code = codesOf(adc, x);
      for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_EQ(code[i], roundHalfUp(x[i], maxCode)) << hwy::TargetName(target) << ": " << x[i];
      }
    }
  }
}

TEST(Adc, HalvesGoUpAndOnlyHalves) {
  const Adc adc(adcOf(8), {}, 1.0, kKey);
  const float below = std::nextafter(0.5F, 0.0F);
  EXPECT_EQ(codesOf(adc, {0.5F, 1.5F, 2.5F, below, 2.4999998F, -0.5F, 254.5F, 255.5F}),
            (std::vector<std::int32_t>{1, 2, 3, 0, 2, 0, 255, 255}));
}

TEST(Adc, LsbAndSampleHoldGainScaleTheInput) {
  const SampleHoldConfig hold{0.5, 0.0};
  const Adc adc(adcOf(8), hold, 2e-6, kKey);
  EXPECT_EQ(adc.lsb(), 2e-6);
  EXPECT_EQ(codesOf(adc, {40e-6F, 40.9e-6F, 42.1e-6F}), (std::vector<std::int32_t>{10, 10, 11}));
}

/// The definition in adc.h, a sample at a time.
std::int32_t expectedCode(float x, float variance, float normal, float inverseLsb, double noiseVariance,
                          int maxCode) {
  const float total = std::fma(variance, inverseLsb * inverseLsb, static_cast<float>(noiseVariance));
  return roundHalfUp(std::fma(std::sqrt(total), normal, x * inverseLsb), maxCode);
}

TEST(Adc, NoisyConversionEqualsPlainLoopsForAnyCount) {
  const SampleHoldConfig hold{1.25, 0.4};
  const double lsb = 3e-7;
  const Adc adc(adcOf(8, 0.3), hold, lsb, kKey);
  EXPECT_DOUBLE_EQ(adc.noiseVariance(), 0.4 * 0.4 + 0.3 * 0.3);
  const auto inverse = static_cast<float>(1.25 / lsb);
  std::mt19937 generator(2);
  std::uniform_real_distribution<float> current(-1e-5F, 8e-5F), spread(0.0F, 1e-12F);
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    for (std::size_t count = 0; count < 70; ++count) {
      std::vector<float> x(count), variance(count), normal(count);
      for (std::size_t i = 0; i < count; ++i) x[i] = current(generator), variance[i] = spread(generator);
      fillNormals(kKey, 1, 2, static_cast<std::uint32_t>(count), normal.data(), count);
      for (const bool readNoise : {false, true}) {
        std::vector<std::int32_t> code(count + 1, -7);
        adc.convert(x.data(), readNoise ? variance.data() : nullptr, normal.data(), code.data(), count);
        for (std::size_t i = 0; i < count; ++i) {
          const std::int32_t expected = expectedCode(x[i], readNoise ? variance[i] : 0.0F, normal[i], inverse,
                                                     adc.noiseVariance(), 255);
          // Without a fused multiply-add the last bit before rounding may differ.
          ASSERT_NEAR(code[i], expected, hasFma(target) ? 0 : 1) << hwy::TargetName(target);
        }
        ASSERT_EQ(code[count], -7) << "written behind the end";
      }
    }
  }
}

TEST(Adc, CodesSpreadByTheNoisesAndTheQuantisation) {
  const std::size_t n = 200'000;
  const Adc adc(adcOf(8, 0.6), {1.0, 0.8}, 1.0, kKey);  // 1 LSB in all, and read noise of 2 LSB on top
  std::vector<float> x(n, 100.3F), variance(n, 4.0F), normal(n);
  fillNormals(kKey, 0, 0, 1, normal.data(), n);
  std::vector<std::int32_t> code(n);
  adc.convert(x.data(), variance.data(), normal.data(), code.data(), n);
  double mean = 0, squares = 0;
  for (const std::int32_t c : code) mean += c, squares += static_cast<double>(c) * c;
  mean /= static_cast<double>(n);
  const double spread = squares / static_cast<double>(n) - mean * mean;
  EXPECT_NEAR(mean, 100.3, 0.02);
  EXPECT_NEAR(spread, 1.0 + 4.0 + 1.0 / 12.0, 0.08);
}

/// Inputs at which the output first reaches each code 1 .. maxCode (in LSB), found on a fine ramp.
std::vector<double> transitions(const Adc& adc, int maxCode) {
  constexpr int kSteps = 200;
  std::vector<float> x;
  for (int i = -3 * kSteps; i < (maxCode + 3) * kSteps; ++i) x.push_back(static_cast<float>(i) / kSteps);
  const std::vector<std::int32_t> code = codesOf(adc, x);
  std::vector<double> first(static_cast<std::size_t>(maxCode), -100.0);
  for (std::size_t i = x.size(); i-- > 0;) {
    if (code[i] >= 1) first[static_cast<std::size_t>(code[i]) - 1] = x[i];
  }
  return first;
}

TEST(Adc, InlBowsTheTransferByItsPeakInTheMiddleAndKeepsTheEnds) {
  const Adc adc(adcOf(8, 0, 3.0), {}, 1.0, kKey);
  const std::vector<std::int32_t> code = codesOf(adc, {0.0F, 255.0F, 127.6F, 64.0F});
  EXPECT_EQ(code[0], 0);
  EXPECT_EQ(code[1], 255);
  EXPECT_EQ(code[2], 131);  // 127.6 + 3.0
  EXPECT_EQ(code[3], 66);   // 64 + 12 * 0.2510 * 0.7490 = 66.26
}

TEST(Adc, DnlGivesCodeWidthsOfItsSpreadAndKeepsTheEnds) {
  const double dnl = 0.1;
  const int maxCode = 1023;
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    const Adc adc(adcOf(10, 0, 0, dnl), {}, 1.0, {7, 8});
    const std::vector<double> t = transitions(adc, maxCode);
    double squares = 0;
    for (std::size_t k = 1; k < t.size(); ++k) squares += (t[k] - t[k - 1] - 1.0) * (t[k] - t[k - 1] - 1.0);
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(t.size() - 1)), dnl, 0.015)
        << hwy::TargetName(target);
    EXPECT_NEAR(t.front(), 0.5, 0.5);
    EXPECT_NEAR(t.back(), maxCode - 0.5, 0.5);
    double worst =
        0;  // the bridge of 1023 steps has a standard deviation of at most dnl sqrt(1023)/2 = 1.6 LSB
    for (std::size_t k = 0; k < t.size(); ++k)
      worst = std::max(worst, std::abs(t[k] - (static_cast<double>(k) + 0.5)));
    EXPECT_GT(worst, 0.3);
    EXPECT_LT(worst, 6.5);
  }
}

TEST(Adc, DnlIsDrawnFromTheKey) {
  std::vector<float> ramp;
  for (int i = 0; i < 2550; ++i) ramp.push_back(static_cast<float>(i) / 10);
  const auto codes = [&](std::uint32_t key) {
    return codesOf(Adc(adcOf(8, 0, 0, 0.3), {}, 1.0, {key, 0}), ramp);
  };
  EXPECT_EQ(codes(1), codes(1));
  EXPECT_NE(codes(1), codes(2));
}

TEST(Adc, BadSettingsNameTheirKey) {
  const auto message = [](const AdcConfig& config, double lsb) -> std::string {
    try {
      const Adc adc(config, {}, lsb, kKey);
    } catch (const BadInput& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(message(adcOf(0), 1).find("adc.bits = 0"), std::string::npos);
  EXPECT_NE(message(adcOf(25), 1).find("adc.bits = 25"), std::string::npos);
  EXPECT_NE(message(adcOf(8), 0).find("LSB"), std::string::npos);
  EXPECT_NE(message(adcOf(8, -1), 1).find("noise_lsb"), std::string::npos);
  EXPECT_NE(message(adcOf(8, 0, 0, -1), 1).find("dnl_lsb"), std::string::npos);
  EXPECT_EQ(message(adcOf(8), 1), "accepted");
}

TEST(Dac, LevelsAreUniformWithoutInl) {
  EXPECT_EQ(dacLevels({}, 1, Volts{0.2}), (std::vector<double>{0.0, 0.2}));
  const std::vector<double> level = dacLevels({}, 4, Volts{0.3});
  ASSERT_EQ(level.size(), 16U);
  for (int d = 0; d < 16; ++d) EXPECT_DOUBLE_EQ(level[static_cast<std::size_t>(d)], 0.3 * d / 15);
}

TEST(Dac, InlIsABowOfItsPeak) {
  const std::vector<double> level = dacLevels({1.5}, 8, Volts{0.5});
  const double lsb = 0.5 / 255;
  double peak = 0;
  for (int d = 0; d < 256; ++d) peak = std::max(peak, (level[static_cast<std::size_t>(d)] - d * lsb) / lsb);
  EXPECT_NEAR(peak, 1.5, 1e-4);
  EXPECT_EQ(level.front(), 0.0);
  EXPECT_EQ(level.back(), 0.5);
}

TEST(Dac, BitsOutOfRangeAreRefused) {
  EXPECT_THROW(dacLevels({}, 0, Volts{0.2}), BadInput);
  EXPECT_THROW(dacLevels({}, 17, Volts{0.2}), BadInput);
}

}  // namespace
}  // namespace crosstile
