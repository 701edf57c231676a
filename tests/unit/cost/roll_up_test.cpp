// SPDX-License-Identifier: Apache-2.0
// Names of components, scaling of ADCs, and adding up parts to core, tile and chip.
#include "models/cost/roll_up.h"

#include <gtest/gtest.h>

#include <set>

#include "models/base/error.h"
#include "models/cost/adc_cost.h"

namespace crosstile {
namespace {

/// 2 rows x 3 columns, 2 arrays and 1 ADC a core, 2 cores a tile, 4 tiles at each of 6 routers, 7 links.
Population smallMachine() {
  return {2, 3, 2, 1, 2, 4, 6, 7};
}

TEST(Component, HasANameOfItsOwnThatReadsBack) {
  std::set<std::string_view> names;
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    EXPECT_EQ(componentOf(toString(component)), component);
    EXPECT_TRUE(names.insert(toString(component)).second) << toString(component);
  }
  EXPECT_EQ(toString(Component::sampleHold), "sample_hold");
}

TEST(Component, UnknownNameListsTheKnownOnes) {
  try {
    componentOf("ADC");
    FAIL() << "accepted";
  } catch (const BadInput& e) {
    EXPECT_NE(std::string(e.what()).find("shift_add"), std::string::npos) << e.what();
  }
}

TEST(AdcScaling, FollowsTheTableAndIsOneAtTheReference) {
  EXPECT_EQ(adcScaling(8, 8).energy, 1.0);
  EXPECT_NEAR(adcScaling(6, 8).energy, 1.20 / 1.67, 1e-12);
  EXPECT_NEAR(adcScaling(6, 8).area, 627.0 / 1200.0, 1e-12);
  EXPECT_NEAR(adcScaling(10, 4).area, 3002.0 / 361.0, 1e-12);
}

TEST(AdcScaling, GrowsWithBitsAndUndoesItself) {
  for (int bits = 2; bits <= 16; ++bits) {
    EXPECT_GT(adcScaling(bits, 8).energy, adcScaling(bits - 1, 8).energy) << bits;
    EXPECT_GT(adcScaling(bits, 8).area, adcScaling(bits - 1, 8).area) << bits;
    EXPECT_NEAR(adcScaling(bits, 8).energy * adcScaling(8, bits).energy, 1.0, 1e-12) << bits;
  }
}

TEST(RollUp, CountsPartsWhereTheySit) {
  CostTable cost;
  cost[Component::dac].power = Watts{1.0};         // a row: 2 x 2 a core
  cost[Component::sampleHold].power = Watts{1.0};  // a column: 2 x 3
  cost[Component::adc].power = Watts{1.0};
  cost[Component::shiftAdd].power = Watts{1.0};
  cost[Component::shiftAdd].instances = 4;
  cost[Component::buffer].power = Watts{1.0};
  cost[Component::router].power = Watts{1.0};
  cost[Component::link].power = Watts{1.0};
  cost[Component::host].power = Watts{1.0};
  const auto lines = partLines(cost, smallMachine());
  const auto power = [&](Level level, Component c) {
    return rollUp(lines, level)[static_cast<std::size_t>(c)].power.value;
  };
  EXPECT_EQ(power(Level::core, Component::dac), 4.0);
  EXPECT_EQ(power(Level::core, Component::sampleHold), 6.0);
  EXPECT_EQ(power(Level::core, Component::buffer), 0.0);
  EXPECT_EQ(power(Level::tile, Component::adc), 2.0);
  EXPECT_EQ(power(Level::tile, Component::shiftAdd), 8.0);
  EXPECT_EQ(power(Level::tile, Component::router), 0.25);  // its share of a router of 4 tiles
  EXPECT_EQ(power(Level::tile, Component::host), 0.0);
  EXPECT_EQ(power(Level::chip, Component::buffer), 24.0);
  EXPECT_EQ(power(Level::chip, Component::router), 6.0);
  EXPECT_EQ(power(Level::chip, Component::link), 7.0);
  EXPECT_EQ(power(Level::chip, Component::host), 1.0);
}

TEST(RollUp, ExtraPartsAndLeakageJoinTheirComponent) {
  CostTable cost;
  cost[Component::digital].power = Watts{2.0};
  cost[Component::digital].leakage = Watts{0.5};
  CostPart pool;
  pool.name = "pool";
  pool.component = Component::digital;
  pool.per = Per::core;
  pool.instances = 3;
  pool.power = Watts{1.0};
  pool.area = SquareMetres{1e-6};
  cost.parts.push_back(pool);
  const auto lines = partLines(cost, smallMachine());
  const AreaPower tile = rollUp(lines, Level::tile)[static_cast<std::size_t>(Component::digital)];
  EXPECT_EQ(tile.power.value, 2.5 + 2 * 3 * 1.0);
  EXPECT_EQ(tile.leakage.value, 0.5);
  EXPECT_DOUBLE_EQ(tile.area.value, 6e-6);
  EXPECT_EQ(total(rollUp(lines, Level::tile)).power.value, tile.power.value);
  EXPECT_EQ(rollUp(lines, Level::chip)[static_cast<std::size_t>(Component::digital)].instances,
            24 + 24 * 2 * 3);
}

}  // namespace
}  // namespace crosstile
