// SPDX-License-Identifier: Apache-2.0
// Power against time: energy is kept, and lies where its hardware was busy.
#include "platform/record/power_trace.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace crosstile {
namespace {

using Part = PowerTrace::Part;

double energyOf(const PowerSeries& series, Component component) {
  for (const auto& [c, watts] : series.byComponent) {
    if (c == component) return std::accumulate(watts.begin(), watts.end(), 0.0) * series.binSeconds;
  }
  return 0.0;
}
Ledger ledgerOf(Component component, int layer, double joules) {
  Ledger ledger(2);
  ledger.addFact(component, layer, Phase::inference, Joules{joules});
  return ledger;
}

TEST(PowerTrace, EnergyLiesInTheBusyTimeOfItsPartAndLayer) {
  PowerTrace trace(2, 4);  // bins of 1 ns
  trace.busy(Part::core, 0, 0.5e-9, 1.5e-9);
  trace.busy(Part::core, 1, 3e-9, 4e-9);
  trace.busy(Part::bus, 0, 2e-9, 3e-9);
  const PowerSeries series = trace.series(ledgerOf(Component::adc, 0, 3e-9), 4e-9, 0.25);
  ASSERT_EQ(series.byComponent.size(), 1U);
  EXPECT_EQ(series.binSeconds, 1e-9);
  const std::vector<double> expected{1.5, 1.5, 0.0, 0.0};
  for (std::size_t b = 0; b < 4; ++b) {
    EXPECT_NEAR(series.byComponent[0].second.at(b), expected[b], 1e-12) << b;
    EXPECT_NEAR(series.total().at(b), expected[b] + 0.25, 1e-12) << b;
  }
  EXPECT_NEAR(series.peakWatts(), 1.75, 1e-12);
}

TEST(PowerTrace, BinsDoubleAsTheRunGoesOn) {
  PowerTrace trace(2, 4);
  trace.busy(Part::core, 0, 0.0, 1e-9);
  trace.busy(Part::core, 0, 15e-9, 16e-9);
  const PowerSeries series = trace.series(ledgerOf(Component::array, 0, 2e-9), 16e-9, 0.0);
  EXPECT_DOUBLE_EQ(series.binSeconds, 4e-9);
  ASSERT_EQ(series.total().size(), 4U);
  EXPECT_NEAR(series.total()[0], 0.25, 1e-12);
  EXPECT_NEAR(series.total()[1], 0.0, 1e-12);
  EXPECT_NEAR(series.total()[3], 0.25, 1e-12);
}

TEST(PowerTrace, EnergyOfHardwareThatWasNeverBusyIsSpreadEvenly) {
  PowerTrace trace(2, 4);
  trace.busy(Part::core, 0, 0.0, 1e-9);
  const PowerSeries series = trace.series(ledgerOf(Component::router, 1, 4e-9), 4e-9, 0.0);
  for (const double watts : series.total()) EXPECT_NEAR(watts, 1.0, 1e-12);
  // Busy for another layer only: there.
  const PowerSeries other = trace.series(ledgerOf(Component::adc, 1, 1e-9), 4e-9, 0.0);
  EXPECT_NEAR(other.total()[0], 1.0, 1e-12);
}

TEST(PowerTrace, KeepsEveryJoule) {
  std::mt19937 random(3);
  PowerTrace trace(2);
  Ledger ledger(2);
  for (int i = 0; i < 1000; ++i) {
    const double from = random() % 1000000 * 1e-12, length = random() % 5000 * 1e-12;
    trace.busy(static_cast<Part>(random() % 6), static_cast<int>(random() % 3) - 1, from, from + length);
    ledger.add(static_cast<Component>(random() % kComponents), static_cast<int>(random() % 3) - 1,
               Phase::inference, random() % 100, Joules{1e-12});
  }
  const PowerSeries series = trace.series(ledger, 1e-6, 0.1);
  for (int c = 0; c < kComponents; ++c) {
    const double joules = ledger.of(static_cast<Component>(c)).value;
    EXPECT_NEAR(energyOf(series, static_cast<Component>(c)), joules, 1e-12 * joules) << c;
  }
}

}  // namespace
}  // namespace crosstile
