// SPDX-License-Identifier: Apache-2.0
// Closed-loop programming: it gets there, says what it cost, and says what it couldn't do.
#include "models/programming/write_verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"
#include "models/programming/pulsed_array.h"
#include "switches.h"

namespace crosstile {
namespace {

class Tuning : public testing::Test {
 protected:
  Tuning() {
    device.mms.holdBelow = Volts{0.105};  // reads at 0.1 V leave the state alone
    array.readVoltage = Volts{0.1};
    programming.initialState = "off";
  }
  PulsedArray cells(int rows, int columns, std::uint64_t seed = 1) const {
    return PulsedArray(device, array, programming, rows, columns, StreamOwner{seed, 0, 0, 0, 0});
  }
  /// Targets all over the range, in no order.
  std::vector<double> targets(int count) const {
    const RandomStream stream({99, 0, 0, 0, 0}, Purpose::sampling);
    std::vector<double> g;
    for (int i = 0; i < count; ++i)
      g.push_back(device.gOff.value + stream.uniform(static_cast<std::uint64_t>(i)) * range());
    return g;
  }
  double range() const { return device.gOn.value - device.gOff.value; }
  DeviceConfig device = test::rangedTungsten();
  ArrayConfig array;
  ProgrammingConfig programming;
};

TEST_F(Tuning, BringsEveryCellWithinItsTolerance) {
  for (const double tolerance : {0.05, 0.01, 0.002}) {
    programming.toleranceOfRange = tolerance;
    PulsedArray a = cells(8, 8);
    const std::vector<double> target = targets(64);
    const ArrayReport report = WriteVerify(programming, device).tuneAll(a, target);
    EXPECT_EQ(report.unreached, 0U) << tolerance;
    EXPECT_EQ(report.left, 0U);
    for (std::size_t c = 0; c < 64; ++c) {
      EXPECT_NEAR(a.conductance(c), target[c], tolerance * range());
      EXPECT_EQ(report.cells[c].pulses, a.writes(c));
      EXPECT_EQ(report.cells[c].reads, report.cells[c].pulses + 1);
    }
  }
}

TEST_F(Tuning, RelativeToleranceIsOfTheTarget) {
  programming.toleranceOfRange = 0.0;
  programming.toleranceOfG = 0.01;
  PulsedArray a = cells(4, 4);
  const std::vector<double> target = targets(16);
  WriteVerify(programming, device).tuneAll(a, target);
  for (std::size_t c = 0; c < 16; ++c) EXPECT_NEAR(a.conductance(c), target[c], 0.01 * target[c]);
}

TEST_F(Tuning, TimeAndEnergyAddUp) {
  programming.gap = Seconds{3e-6};
  programming.seriesResistance = Ohms{1000};
  programming.switchResistance = Ohms{500};
  programming.setVoltage = Volts{0.25};
  programming.resetVoltage = Volts{0.25};
  for (const char* parallel : {"cell", "row"}) {
    programming.parallel = parallel;
    PulsedArray a = cells(3, 4);
    const ArrayReport report = WriteVerify(programming, device).tuneAll(a, targets(12));
    ASSERT_EQ(report.unreached, 0U);
    double serial = 0.0, rows = 0.0, row = 0.0, read = 0.0;
    PulseEnergy energy;
    for (std::size_t c = 0; c < 12; ++c) {
      const CellReport& cell = report.cells[c];
      EXPECT_NEAR(cell.seconds, cell.pulses * (1e-5 + 3e-6) + cell.reads * array.readTime.value, 1e-15);
      serial += cell.seconds;
      row = c % 4 == 0 ? cell.seconds : std::max(row, cell.seconds);
      if (c % 4 == 3) rows += row;
      energy += cell.write.selected;
      read += cell.readJ;
    }
    EXPECT_NEAR(report.seconds, std::string(parallel) == "cell" ? serial : rows, 1e-9 * serial);
    EXPECT_NEAR(report.write.selected.total(), energy.total(), 1e-12 * energy.total());
    EXPECT_NEAR(report.readJ, read, 1e-12 * read);
    EXPECT_NEAR(energy.series, 2.0 * energy.accessSwitch,
                1e-9 * energy.series);  // the same current, 1000 and 500 ohm
    EXPECT_GT(energy.device, 0.0);
    EXPECT_GT(read, 0.0);
  }
}

TEST_F(Tuning, WhatTheBudgetDoesntReachIsReportedCellByCell) {
  programming.pulseBudget = 3;
  PulsedArray a = cells(4, 4);
  std::vector<double> target = targets(16);
  target[5] = 0.0;               // absent
  target[6] = a.conductance(6);  // there already
  const ArrayReport report = WriteVerify(programming, device).tuneAll(a, target);
  std::uint64_t unreached = 0;
  for (std::size_t c = 0; c < 16; ++c) {
    const CellReport& cell = report.cells[c];
    EXPECT_LE(cell.pulses, 3U);
    if (cell.target == 0.0) continue;
    const bool within = std::abs(cell.conductance - cell.target) <= 0.01 * range();
    EXPECT_EQ(cell.reached, within) << c;
    unreached += within ? 0 : 1;
  }
  EXPECT_EQ(report.unreached, unreached);
  EXPECT_GT(unreached, 10U);
  EXPECT_EQ(report.cells[5].reads, 0U);
  EXPECT_EQ(report.cells[6].pulses, 0U);
  EXPECT_TRUE(report.cells[6].reached);
}

TEST_F(Tuning, AStuckCellIsUnreached) {
  PulsedArray a = cells(1, 2);
  a.stick(1, device.gOff.value);
  const std::vector<double> target(2, device.gOff.value + 0.5 * range());
  const ArrayReport report = WriteVerify(programming, device).tuneAll(a, target);
  EXPECT_TRUE(report.cells[0].reached);
  EXPECT_FALSE(report.cells[1].reached);
  EXPECT_EQ(report.cells[1].pulses, 200U);
  EXPECT_EQ(report.unreached, 1U);
}

TEST_F(Tuning, HalfSelectionLeavesCellsThatFurtherPassesBringBack) {
  programming.select = "half";
  programming.parallel = "cell";
  programming.setVoltage = Volts{0.26};
  const std::vector<double> target = targets(16);
  const auto left = [&](const char* select, int passes) {
    programming.select = select;
    programming.passes = passes;
    PulsedArray a = cells(4, 4);
    const ArrayReport report = WriteVerify(programming, device).tuneAll(a, target);
    EXPECT_EQ(report.unreached, 0U);
    std::uint64_t out = 0;
    for (std::size_t c = 0; c < 16; ++c)
      out += std::abs(a.conductance(c) - target[c]) > 0.01 * range() ? 1 : 0;
    EXPECT_EQ(report.left, out);
    return report.left;
  };
  EXPECT_EQ(left("1t1r", 1), 0U);
  const std::uint64_t disturbed = left("half", 1);
  EXPECT_GT(disturbed, 0U);
  EXPECT_LT(left("half", 12), disturbed);
}

TEST_F(Tuning, NoiseOfTheReadLimitsHowNearItGets) {
  programming.toleranceOfRange = 0.005;
  programming.senseNoiseOfRange = 0.02;
  PulsedArray a = cells(16, 16);
  const std::vector<double> target = targets(256);
  const ArrayReport report = WriteVerify(programming, device).tuneAll(a, target);
  double square = 0.0;
  for (std::size_t c = 0; c < 256; ++c) square += std::pow((a.conductance(c) - target[c]) / range(), 2) / 256;
  EXPECT_GT(std::sqrt(square), 0.006);  // without noise it would be 0.003
  EXPECT_GT(report.left, 20U);          // the controller believes they are there
  programming.senseNoiseOfRange = 0.0;
  programming.senseBits = 5;  // a code is 3 % of G_on
  PulsedArray b = cells(16, 16);
  const ArrayReport coarse = WriteVerify(programming, device).tuneAll(b, target);
  EXPECT_GT(coarse.unreached + coarse.left, 50U);
}

TEST_F(Tuning, AnInitialResetCostsPulsesTimeAndEnergy) {
  programming.initialResetTime = Seconds{1e-4};
  const std::vector<double> target = targets(64);
  const RandomStream start({3, 0, 0, 0, 0}, Purpose::sampling);
  const auto run = [&](bool reset) {
    programming.initialReset = reset;
    PulsedArray a = cells(8, 8);
    for (std::size_t c = 0; c < 64; ++c) a.setState(c, start.uniform(c));
    return WriteVerify(programming, device).tuneAll(a, target);
  };
  const ArrayReport with = run(true), without = run(false);
  EXPECT_EQ(with.unreached + without.unreached, 0U);
  EXPECT_GT(with.seconds, without.seconds);
  EXPECT_GT(with.write.selected.total(), without.write.selected.total());
}

TEST_F(Tuning, StochasticVariedCellsAreTunedTheSameEveryTime) {
  device.mms.switches = 1000;
  device.mms.c2cThreshold = Volts{0.003};
  device.mms.c2cTau = 0.1;
  device.mms.d2dROn = 0.05;
  device.mms.d2dThreshold = Volts{0.01};
  programming.toleranceOfRange = 0.02;
  const std::vector<double> target = targets(64);
  const auto run = [&](std::uint64_t seed) {
    PulsedArray a = cells(8, 8, seed);
    const ArrayReport report = WriteVerify(programming, device).tuneAll(a, target);
    EXPECT_LE(report.unreached, 2U);
    std::vector<double> g;
    for (std::size_t c = 0; c < 64; ++c) g.push_back(a.conductance(c));
    return g;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST_F(Tuning, RefusesWhatCantBe) {
  const auto refused = [&](auto change, const char* what) {
    ProgrammingConfig p = programming;
    DeviceConfig d = device;
    change(p, d);
    try {
      WriteVerify(p, d);
      ADD_FAILURE() << what;
    } catch (const BadInput& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr(what));
    }
  };
  using P = ProgrammingConfig;
  using D = DeviceConfig;
  refused([](P& p, D& d) { d.ratedVoltage = Volts{0.5}, p.largestVoltage = Volts{0.8}; },
          "above device.rated_voltage (500 mV)");
  refused([](P& p, D&) { p.setVoltage = Volts{0.9}; }, "programming.set_voltage = 0.9");
  refused([](P& p, D&) { p.pulseBudget = 0; }, "programming.pulse_budget");
  refused([](P& p, D&) { p.toleranceOfRange = 0.0; }, "programming.tolerance_of_range");
  refused([](P& p, D&) { p.select = "quarter"; }, "1t1r, half, third");
  refused([](P& p, D&) { p.select = "half"; }, "programming.parallel");
  refused([](P&, D& d) { d.mms.phi = 0.0; }, "device.mms_phi");
  PulsedArray a = cells(2, 2);
  EXPECT_THROW(WriteVerify(programming, device).tuneAll(a, targets(3)), BadInput);
}

}  // namespace
}  // namespace crosstile
