// SPDX-License-Identifier: Apache-2.0
// Step devices: mean and deviation of one pulse and the symmetry point of each published device, against the
// published formulas written out here; variation between cells; bounds; pairs; repeatability.
#include "models/device/step_cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/error.h"
#include "tests/unit/base/each_target.h"

namespace crosstile {
namespace {

constexpr std::size_t kRows = 200, kColumns = 200, kCount = kRows * kColumns;

/// The device as its nominal cell, so that moments are those of the noise alone.
StepDevice nominal(const std::string& name) {
  StepDevice d = stepDevice(name);
  d.dwMinD2d = d.upDownD2d = d.wMaxD2d = d.wMinD2d = d.resetD2d = d.writeNoise = 0.0;
  return d;
}

StreamOwner owner(std::uint64_t seed = 3) {
  return {seed, 0, 0, 0, 0};
}

std::vector<CellPulses> everyCell(const StepCells& cells, std::int32_t count) {
  std::vector<CellPulses> all;
  for (std::size_t r = 0; r < cells.rows(); ++r) {
    for (std::size_t c = 0; c < cells.columns(); ++c)
      all.push_back({static_cast<std::uint32_t>(r * cells.stride() + c), count});
  }
  return all;
}

struct Moments {
  double mean = 0.0, sd = 0.0;
};
template <typename Of>
Moments moments(const StepCells& cells, Of of) {
  double sum = 0.0, square = 0.0;
  const auto count = static_cast<double>(cells.rows() * cells.columns());
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t r = 0; r < cells.rows(); ++r) {
      for (std::size_t c = 0; c < cells.columns(); ++c) {
        const double x = of(r, c);
        if (pass == 0)
          sum += x;
        else
          square += (x - sum / count) * (x - sum / count);
      }
    }
  }
  return {sum / count, std::sqrt(square / (count - 1.0))};
}
Moments momentsOfWeights(const StepCells& cells) {
  return moments(cells, [&](std::size_t r, std::size_t c) { return double{cells.weight(r, c)}; });
}

/// Mean and deviation of a pulse as published, at weight w.
struct Published {
  const char* name;
  double w;
  double up, upSd, down, downSd;
};

class OnePulse : public testing::TestWithParam<Published> {};

TEST_P(OnePulse, HasThePublishedMeanAndDeviation) {
  const Published& p = GetParam();
  for (const int direction : {1, -1}) {
    StepCells cells(nominal(p.name), kRows, kColumns, owner());
    cells.set(std::vector<float>(kCount, static_cast<float>(p.w)));
    const PulseCount given = cells.pulse(everyCell(cells, direction), 1);
    EXPECT_EQ(direction > 0 ? given.up : given.down, kCount);
    const double mean = direction > 0 ? p.up : -p.down, sd = direction > 0 ? p.upSd : p.downSd;
    const Moments found = momentsOfWeights(cells);
    // Four standard errors, and what single precision leaves of a step on top of a weight.
    EXPECT_NEAR(found.mean, p.w + mean, 4 * sd / std::sqrt(double{kCount}) + 2e-7) << p.name << direction;
    EXPECT_NEAR(found.sd, sd, 4 * sd / std::sqrt(2.0 * kCount) + 1e-7) << p.name << direction;
  }
}

double es(double scale, double amplitude, double exponent) {
  return scale * (1.0 - amplitude * std::exp(exponent));
}
// reram_es at w = 0.2: z = -0.5 (0.2 + 1) = -0.6, exponents +-5 z
const double kEsUp = es(0.00135, -1.18445, -3.0), kEsDown = es(0.00135 * (1 - 0.259359), -0.081404, 3.0);
// pcm pair at w = 0.5: plus is at the reset of 0.01 and 0.5 above it, z = -0.51
const double kPcmHalf = es(0.01, -27.235, -2.5 * 0.51), kPcmHalfSd = 0.6 * (kPcmHalf + 0.042 + 0.108 * 0.51);

INSTANTIATE_TEST_SUITE_P(Devices, OnePulse,
                         testing::Values(Published{"ideal", 0.3, 0.001, 0.0, 0.001, 0.0},
                                         Published{"constant", 0.0, 0.0016, 0.3 * 0.0016, 0.0016,
                                                   0.3 * 0.0016},
                                         Published{"linear", 0.4, 0.005 * (1 - 0.05 * 0.4), 0.3 * 0.005,
                                                   0.005 * (1 + 0.05 * 0.4), 0.3 * 0.005},
                                         Published{"soft_bounds", 0.25, 0.002 * 0.8, 3.75 * 0.002,
                                                   0.002 * (1 + 0.25 / 0.75), 3.75 * 0.002},
                                         Published{"reram_es", 0.2, kEsUp, 5 * kEsUp, kEsDown, 5 * kEsDown}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(PcmPair, StepsUpOnEitherSideWithThePublishedNoise) {
  for (const int direction : {1, -1}) {
    StepCells cells(nominal("pcm"), kRows, kColumns, owner());
    cells.set(std::vector<float>(kCount, direction * 0.5F));
    cells.pulse(everyCell(cells, direction), 1);
    const Moments found = momentsOfWeights(cells);
    EXPECT_NEAR(found.mean, direction * (0.5 + kPcmHalf), 4 * kPcmHalfSd / 200.0);
    EXPECT_NEAR(found.sd, kPcmHalfSd, 4 * kPcmHalfSd / std::sqrt(2.0 * kCount));
  }
}

TEST(SymmetryPoint, OfTheNominalDevices) {
  EXPECT_EQ(stepDevice("ideal").symmetryPoint(), 0.0);
  EXPECT_EQ(stepDevice("constant").symmetryPoint(), 0.0);
  EXPECT_EQ(stepDevice("pcm").symmetryPoint(), 0.0);
  EXPECT_NEAR(stepDevice("linear").symmetryPoint(), 0.0, 1e-12);
  EXPECT_NEAR(stepDevice("soft_bounds").symmetryPoint(), 0.0, 1e-12);
  // reram_es: with q = exp(5 z), 1 + 1.18445 q = k (1 + 0.081404/q), k = 1 - 0.259359: a quadratic in q
  const double k = 1 - 0.259359, a = 1.18445, b = 1 - k, c = -k * 0.081404;
  const double q = (-b + std::sqrt(b * b - 4 * a * c)) / (2 * a);
  EXPECT_NEAR(stepDevice("reram_es").symmetryPoint(), -2.0 * std::log(q) / 5.0 - 1.0, 1e-9);
}

/// Pairs of up and down pulses lead from anywhere to the symmetry point, without noise.
TEST(SymmetryPoint, IsWhereAlternatingPulsesLead) {
  for (const char* name : {"linear", "soft_bounds", "reram_es"}) {
    StepDevice d = stepDevice(name);
    d.c2c = d.writeNoise = 0.0;
    d.dwMin *= 4;  // arrives sooner
    StepCells cells(d, 20, 20, owner());
    for (const float start : {-0.5F, 0.6F}) {
      cells.set(std::vector<float>(400, start));
      for (std::uint64_t n = 0; n < 20000; ++n) cells.pulse(everyCell(cells, n % 2 == 0 ? 1 : -1), n);
      for (std::size_t i = 0; i < 20; ++i)
        EXPECT_NEAR(cells.weight(i, i), cells.symmetryPoint(i, i), 4.5 * d.dwMin) << name << start;
    }
  }
}

TEST(SymmetryPoint, ZeroShiftingReadsEveryCellRelativeToItsOwn) {
  StepCells cells(stepDevice("reram_es"), 50, 50, owner());
  cells.shiftToSymmetryPoints(0.0);
  std::vector<float> zeros(2500, 0.0F);
  cells.set(zeros);
  EXPECT_EQ(cells.weight(3, 4), 0.0F);
  StepCells erring(stepDevice("reram_es"), kRows, kColumns, owner());
  erring.shiftToSymmetryPoints(0.05);
  const Moments found = moments(erring, [&](std::size_t r, std::size_t c) {
    return double{erring.weight(r, c)} + double{erring.symmetryPoint(r, c)};
  });
  EXPECT_NEAR(found.sd, 0.05, 4 * 0.05 / std::sqrt(2.0 * kCount));
}

TEST(Variation, OfStepsBetweenCellsIsThePublishedOne) {
  StepDevice d = nominal("reram_es");
  d.dwMinD2d = 0.2;
  d.c2c = 0.0;
  StepCells cells(d, kRows, kColumns, owner());
  cells.pulse(everyCell(cells, 1), 1);
  const double up = d.meanUp(0.0);
  const Moments found = momentsOfWeights(cells);
  EXPECT_NEAR(found.mean, up, 4 * 0.2 * up / 200.0);
  EXPECT_NEAR(found.sd, 0.2 * up, 4 * 0.2 * up / std::sqrt(2.0 * kCount));
}

TEST(Bounds, HoldUnderPulsesWithoutEnd) {
  for (const std::string& name : stepDeviceNames()) {
    StepDevice d = nominal(name);
    d.dwMin = 0.05;
    StepCells cells(d, 10, 10, owner());
    cells.pulse(everyCell(cells, 400), 1);
    for (std::size_t c = 0; c < 10; ++c) EXPECT_LE(cells.weight(0, c), static_cast<float>(d.wMax)) << name;
    cells.pulse(everyCell(cells, -800), 2);
    const double least = d.oneSided ? -d.wMax : d.wMin;
    for (std::size_t c = 0; c < 10; ++c) EXPECT_GE(cells.weight(9, c), static_cast<float>(least)) << name;
  }
}

TEST(Pulses, AreCountedByDirectionAndGoToTheirCellsOnly) {
  StepCells cells(stepDevice("ideal"), 3, 5, owner());
  const auto at = [&](std::size_t r, std::size_t c) {
    return static_cast<std::uint32_t>(r * cells.stride() + c);
  };
  const PulseCount given =
      cells.pulse(std::vector<CellPulses>{{at(0, 1), 3}, {at(2, 4), -2}, {at(1, 1), 0}}, 9);
  EXPECT_EQ(given.up, 3U);
  EXPECT_EQ(given.down, 2U);
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 5; ++c)
      EXPECT_FLOAT_EQ(cells.weight(r, c), r == 0 && c == 1 ? 0.003F : r == 2 && c == 4 ? -0.002F : 0.0F);
  }
}

TEST(Pulses, RepeatBitForBitAndDifferBySeed) {
  const auto run = [](std::uint64_t seed) {
    StepCells cells(stepDevice("reram_es"), 7, 9, owner(seed));
    for (std::uint64_t u = 0; u < 5; ++u) cells.pulse(everyCell(cells, 3), u);
    return std::vector<float>(cells.weights(), cells.weights() + 7 * cells.stride());
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Pulses, GiveTheSameBitsOnEveryInstructionSetWithFma) {
  for (const std::string& name : stepDeviceNames()) {
    std::vector<float> first;
    for (const std::int64_t target : targets()) {
      if (!hasFma(target)) continue;
      const OnTarget only(target);
      StepCells cells(stepDevice(name), 7, 9, owner());
      for (std::uint64_t u = 0; u < 9; ++u) cells.pulse(everyCell(cells, u % 2 == 0 ? 3 : -2), u);
      const std::vector<float> weights(cells.weights(), cells.weights() + 7 * cells.stride());
      if (first.empty()) first = weights;
      EXPECT_EQ(weights, first) << name;
    }
  }
}

TEST(Pulses, LeaveWriteNoiseOnWhatIsRead) {
  StepDevice d = nominal("ideal");
  d.writeNoise = 50.0;
  StepCells cells(d, kRows, kColumns, owner());
  cells.pulse(everyCell(cells, 1), 1);
  EXPECT_NEAR(momentsOfWeights(cells).sd, 0.05, 4 * 0.05 / std::sqrt(2.0 * kCount));
  cells.pulse(everyCell(cells, 1), 2);  // the noise doesn't add up
  EXPECT_NEAR(momentsOfWeights(cells).sd, 0.05, 4 * 0.05 / std::sqrt(2.0 * kCount));
}

TEST(Refresh, RewritesPairsThatAreUsedUpAndKeepsTheirWeights) {
  StepDevice d = nominal("pcm");
  d.c2c = d.c2cAdd = d.c2cSlope = 0.0;
  StepCells cells(d, 4, 4, owner());
  for (int i = 0; i < 60; ++i) {
    cells.pulse(everyCell(cells, 1), static_cast<std::uint64_t>(2 * i));
    cells.pulse(everyCell(cells, -1), static_cast<std::uint64_t>(2 * i + 1));
  }
  cells.pulse(everyCell(cells, 20), 200);
  const float before = cells.weight(1, 1);
  const PulseCount given = cells.refresh(0.75, 300);
  EXPECT_EQ(given.down, 2U * 16U);
  EXPECT_GT(given.up, 0U);
  EXPECT_NEAR(cells.weight(1, 1), before, d.meanUp(before));
  EXPECT_EQ(cells.refresh(0.75, 301).total(), 0U);
}

template <typename Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const BadInput& e) {
    return e.what();
  }
  return "accepted";
}

TEST(StepDeviceErrors, NameWhatIsWrong) {
  EXPECT_THAT(refusal([] { stepDevice("reram"); }), testing::HasSubstr("reram_es"));
  StepDevice d;
  d.dwMin = 0.0;
  EXPECT_THAT(refusal([&] { checkStepDevice(d); }), testing::HasSubstr("dw_min"));
  d = stepDevice("constant");
  d.upDown = 0.5;
  EXPECT_THAT(refusal([&] { d.symmetryPoint(); }), testing::HasSubstr("nowhere"));
}

}  // namespace
}  // namespace crosstile
