// SPDX-License-Identifier: Apache-2.0
// Arrays for inference through the write controller: switches, and cells that land.
#include "models/programming/array_programming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"
#include "switches.h"

namespace crosstile {
namespace {

class ArrayProgramming : public testing::Test {
 protected:
  ArrayProgramming() { programming.method = "write-verify"; }
  std::shared_ptr<const ProgrammedArray> program(std::uint64_t seed = 1) const {
    return programArray(programming, array, device, nonideality, target(), kRows, kColumns,
                        StreamOwner{seed, 0, 2, 0, 0});
  }
  std::vector<double> target() const {
    std::vector<double> g;
    for (int i = 0; i < kRows * kColumns; ++i)
      g.push_back(device.gOff.value + range() * ((i * 7) % 16) / 15.0);
    g[5] = 0.0;  // absent
    return g;
  }
  double range() const { return device.gOn.value - device.gOff.value; }
  double rmsOfRange(const ProgrammedArray& a) const {
    double square = 0.0;
    for (std::size_t c = 0; c < a.conductance.size(); ++c)
      square += std::pow((a.conductance[c] - target()[c]) / range(), 2);
    return std::sqrt(square / static_cast<double>(a.conductance.size()));
  }
  static constexpr int kRows = 16, kColumns = 16;
  ArrayConfig array;
  DeviceConfig device;
  NonidealityConfig nonideality;
  ProgrammingConfig programming;
};

TEST_F(ArrayProgramming, VerifyingNarrowsWhatOneShotLeaves) {
  nonideality.programmingErrorOfRange = 0.05;
  nonideality.d2dSigmaOn = nonideality.d2dSigmaOff = 0.2;
  const auto closed = program();
  programming.method = "one-shot";
  const auto once = program();
  EXPECT_LT(rmsOfRange(*closed), 0.01);
  EXPECT_GT(rmsOfRange(*once), 0.05);
  EXPECT_EQ(once->pulses, 256U);
  EXPECT_EQ(once->detail.reads, 0U);
  EXPECT_EQ(closed->detail.unreached, 0U);
  EXPECT_EQ(closed->detail.reads, closed->pulses + 255U);  // the absent cell gets nothing
  EXPECT_GT(closed->pulses, 1000U);
  EXPECT_EQ(closed->conductance[5], 0.0);
  EXPECT_NEAR(closed->programmingEnergyJ, closed->detail.cellsJ, 1e-12 * closed->programmingEnergyJ);
}

/// With tolerance t of a Gaussian of deviation s, a pulse lands within it with probability erf(t/(s sqrt 2)).
TEST_F(ArrayProgramming, PulsesAreAsManyAsTheErrorMakesThem) {
  nonideality.programmingErrorOfRange = 0.02;
  programming.toleranceOfRange = 0.01;
  const double p = std::erf(0.5 / std::sqrt(2.0));
  double pulses = 0.0, cells = 0.0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    pulses += static_cast<double>(program(seed)->pulses);
    cells += 255.0 - 16.0;  // 16 cells are at G_off already, and reached
  }
  // The aim wanders with the error of the pulse before, which costs some more: sqrt(2) of the deviation at
  // most.
  EXPECT_GT(pulses / cells, 0.9 / p);
  EXPECT_LT(pulses / cells, 1.1 / std::erf(0.5 / 2.0));
}

TEST_F(ArrayProgramming, StuckCellsAreReportedAndStay) {
  nonideality.stuckOn = 0.1;
  programming.pulseBudget = 20;
  const auto a = program();
  std::uint64_t off = 0;
  for (std::size_t c = 0; c < a->conductance.size(); ++c)
    off += std::abs(a->conductance[c] - target()[c]) > 0.01 * range() ? 1 : 0;
  EXPECT_GT(off, 8U);
  EXPECT_EQ(a->detail.unreached, off);
}

TEST_F(ArrayProgramming, SwitchesAreWrittenByTheirOwnPulses) {
  device = test::rangedTungsten();
  device.mms.holdBelow = Volts{0.105};
  array.readVoltage = Volts{0.1};
  programming.seriesResistance = Ohms{1000};
  programming.initialState = "random";
  nonideality.levels = 4;
  const auto a = program();
  EXPECT_EQ(a->detail.unreached, 0U);
  const double step = range() / 3;
  for (std::size_t c = 0; c < a->conductance.size(); ++c) {
    if (c == 5) continue;
    const double level = device.gOff.value + step * std::round((target()[c] - device.gOff.value) / step);
    EXPECT_NEAR(a->conductance[c], level, 0.0101 * range());
  }
  EXPECT_GT(a->detail.seriesJ, 0.0);
  EXPECT_NEAR(a->programmingEnergyJ, a->detail.cellsJ + a->detail.seriesJ, 1e-12 * a->programmingEnergyJ);
  EXPECT_EQ(program()->hash, a->hash);
  EXPECT_NE(program(2)->hash, a->hash);
}

TEST_F(ArrayProgramming, ErrorsOfLandingArentThoseOfSwitches) {
  device = test::rangedTungsten();
  nonideality.programmingErrorOfG = 0.01;
  EXPECT_THROW(program(), BadInput);
  programming.method = "one-shot";
  EXPECT_NO_THROW(program());
  device.law = "linear";
  programming.method = "write-verify";
  programming.select = "half";
  programming.parallel = "cell";
  EXPECT_THROW(program(), BadInput);
}

}  // namespace
}  // namespace crosstile
