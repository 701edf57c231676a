// SPDX-License-Identifier: Apache-2.0
// Pulses on an array: the cell, its neighbours, time, wear, rating.
#include "models/programming/pulsed_array.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "models/base/error.h"
#include "switches.h"

namespace crosstile {
namespace {

using test::rangedTungsten;

class PulsedCells : public testing::Test {
 protected:
  DeviceConfig device = rangedTungsten();
  ArrayConfig array;
  ProgrammingConfig programming;
  PulsedArray cells(int rows, int columns, std::uint64_t seed = 1) const {
    return PulsedArray(device, array, programming, rows, columns, StreamOwner{seed, 0, 0, 0, 0});
  }
  MetastableSwitch nominal() const { return MetastableSwitch(device.mms, device.temperature); }
};

TEST_F(PulsedCells, APulseIsTheClosedFormAndCostsWhatTheCellTakes) {
  PulsedArray a = cells(2, 3);
  a.setState(4, 0.25);
  const PulseCost cost = a.pulse(4, {Volts{0.3}, Seconds{1e-4}});
  EXPECT_DOUBLE_EQ(a.state(4), nominal().state(0.25, 0.3, Seconds{1e-4}));
  // The energy of an ohmic cell: V^2 times the integral of G, here by Simpson's rule.
  double joule = 0.0;
  constexpr int n = 2000;
  for (int k = 0; k <= n; ++k) {
    const double x = nominal().state(0.25, 0.3, Seconds{1e-4 * k / n});
    joule += (k == 0 || k == n ? 1 : k % 2 == 1 ? 4 : 2) * 0.09 * nominal().conductance(x) * 1e-4 / n / 3;
  }
  EXPECT_NEAR(cost.selected.device, joule, 1e-9 * joule);
  EXPECT_EQ(cost.unselected, 0.0);
  EXPECT_EQ(a.writes(4), 1U);
  EXPECT_EQ(a.writes(3), 0U);
  EXPECT_NEAR(a.now(), 1e-4, 1e-18);
}

TEST_F(PulsedCells, WhatRestsForgetsByTheClock) {
  PulsedArray a = cells(1, 2);
  a.setState(0, 0.8);
  a.setState(1, 0.6);
  a.rest(Seconds{0.01});
  a.pulse(0, {Volts{0.3}, Seconds{2e-3}});
  EXPECT_NEAR(a.state(1), nominal().state(0.6, 0.0, Seconds{0.012}), 1e-14);
  EXPECT_NEAR(a.state(0), nominal().state(nominal().state(0.8, 0.0, Seconds{0.01}), 0.3, Seconds{2e-3}),
              1e-14);
  EXPECT_LT(a.state(1), 0.6);
}

TEST_F(PulsedCells, HalfSelectedCellsAreDisturbedAsTheSchemeSays) {
  // Half of a write at 0.8 V is above tungsten's threshold of 0.25 V: whole neighbours go.
  const WritePulse write{Volts{0.8}, Seconds{1e-4}};
  const auto after = [&](const char* select) {
    programming.select = select;
    programming.parallel = "cell";
    PulsedArray a = cells(3, 3);
    const PulseCost cost = a.pulse(4, write);
    EXPECT_EQ(cost.unselected > 0.0, std::string(select) != "1t1r") << select;
    std::vector<double> x;
    for (std::size_t c = 0; c < 9; ++c) x.push_back(a.state(c));
    return x;
  };
  const auto at = [&](double volt) { return nominal().state(0.0, volt, write.width); };
  const std::vector<double> none = after("1t1r"), half = after("half"), third = after("third");
  for (const std::size_t c : {1U, 3U, 5U, 7U}) {
    EXPECT_LT(none[c], 1e-3);
    EXPECT_DOUBLE_EQ(half[c], at(0.4));
    EXPECT_GT(half[c], 0.9);  // it shows
    EXPECT_DOUBLE_EQ(third[c], at(0.8 / 3));
    EXPECT_LT(third[c], half[c]);
  }
  for (const std::size_t c : {0U, 2U, 6U, 8U}) {
    EXPECT_LT(half[c], 1e-3);  // at 0 V
    EXPECT_DOUBLE_EQ(third[c], at(-0.8 / 3));
  }
  for (const auto& x : {none, half, third}) EXPECT_DOUBLE_EQ(x[4], at(0.8));
}

TEST_F(PulsedCells, APulseAboveTheRatingIsRefused) {
  device.ratedVoltage = Volts{1.0};
  PulsedArray a = cells(1, 1);
  a.pulse(0, {Volts{-1.0}, Seconds{1e-6}});
  const double before = a.state(0);
  try {
    a.pulse(0, {Volts{-1.2}, Seconds{1e-6}});
    ADD_FAILURE();
  } catch (const BadInput& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("-1.2 V"));
    EXPECT_THAT(e.what(), testing::HasSubstr("device.rated_voltage (1 V)"));
  }
  EXPECT_EQ(a.state(0), before);
  EXPECT_EQ(a.writes(0), 1U);
}

TEST_F(PulsedCells, CellsWearOutAfterTheirNumberOfPulses) {
  device.endurance = 100.0;
  device.enduranceSigma = 0.5;
  PulsedArray a = cells(1, 2000);
  std::vector<double> life;
  for (std::size_t c = 0; c < a.size(); ++c) {
    int pulses = 0;
    for (; !a.isWorn(c); ++pulses) a.pulse(c, {Volts{pulses % 2 == 0 ? 0.5 : -0.5}, Seconds{1e-5}});
    life.push_back(std::log(pulses));
    const double x = a.state(c);
    const PulseCost cost = a.pulse(c, {Volts{0.8}, Seconds{1e-3}});
    EXPECT_EQ(a.state(c), x);
    EXPECT_NEAR(cost.selected.device, 0.64 * 1e-3 * a.conductance(c), 1e-12 * cost.selected.device);
  }
  double mean = 0.0, square = 0.0;
  for (const double l : life) mean += l / 2000;
  for (const double l : life) square += (l - mean) * (l - mean) / 1999;
  EXPECT_NEAR(mean, std::log(100.0), 4 * 0.5 / std::sqrt(2000.0) + 0.01);  // whole pulses: up to 1 less
  EXPECT_NEAR(std::sqrt(square), 0.5, 0.04);
}

TEST_F(PulsedCells, StuckAndAbsentCellsStay) {
  PulsedArray a = cells(1, 3);
  a.stick(0, 1e-4);
  a.setConductance(1, 0.0);
  a.setConductance(2, 2e-4);
  EXPECT_NEAR(a.conductance(2), 2e-4, 1e-16);
  for (std::size_t c = 0; c < 2; ++c) a.pulse(c, {Volts{0.8}, Seconds{1e-3}});
  EXPECT_EQ(a.conductance(0), 1e-4);
  EXPECT_EQ(a.conductance(1), 0.0);
  EXPECT_EQ(a.pulse(1, {Volts{0.8}, Seconds{1e-3}}).selected.total(), 0.0);
}

TEST_F(PulsedCells, ChanceIsThatOfTheOwnerAndTheSequence) {
  device.mms.switches = 1000;
  device.mms.c2cThreshold = Volts{0.01};
  device.mms.d2dTau = 0.2;
  const auto run = [&](std::uint64_t seed) {
    PulsedArray a = cells(2, 2, seed);
    std::vector<double> x;
    for (int k = 0; k < 12; ++k) {
      a.pulse(static_cast<std::size_t>(k % 4), {Volts{k % 3 == 0 ? -0.25 : 0.26}, Seconds{2e-5}});
      x.push_back(a.state(static_cast<std::size_t>(k % 4)));
    }
    return x;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
  // Cells don't share draws.
  const std::vector<double> x = run(1);
  EXPECT_NE(x[1], x[2]);
}

TEST_F(PulsedCells, RefusesOtherLaws) {
  device.law = "sinh";
  EXPECT_THROW(cells(1, 1), BadInput);
  device.law = "mean_metastable_switch";
  EXPECT_THROW(cells(0, 1), BadInput);
  device.mms.c2cTau = -0.1;
  EXPECT_THROW(cells(1, 1), BadInput);
}

TEST_F(PulsedCells, IsFast) {
  PulsedArray a = cells(128, 128);
  const auto start = std::chrono::steady_clock::now();
  constexpr int pulses = 400'000;
  double joule = 0.0;
  for (int k = 0; k < pulses; ++k)
    joule += a.pulse(static_cast<std::size_t>(k) % a.size(), {Volts{k % 5 == 0 ? -0.2 : 0.25}, Seconds{1e-6}})
                 .selected.device;
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_GT(joule, 0.0);
  RecordProperty("pulses_per_second", std::to_string(pulses / wall));
  std::printf("%.3g pulses a second\n", pulses / wall);
  EXPECT_GT(pulses / wall, 2e5);  // a fifth of the promise: the machine may be busy
}

}  // namespace
}  // namespace crosstile
