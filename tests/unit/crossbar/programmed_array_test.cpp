// SPDX-License-Identifier: Apache-2.0
// One-shot programming: order, cost, determinism, identity.
#include "models/crossbar/programmed_array.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/error.h"
#include "models/device/metastable_switch.h"

namespace crosstile {
namespace {

DeviceConfig device() {
  DeviceConfig d;
  d.gOff = Siemens{1e-6};
  d.gOn = Siemens{10e-6};
  d.writeVoltage = Volts{1.5};
  d.writeTime = Seconds{200e-9};
  return d;
}

NonidealityConfig everything() {
  NonidealityConfig n;
  n.programmingErrorOfG = 0.05;
  n.stuckOff = n.stuckOn = 0.1;
  n.d2dSigmaOn = n.d2dSigmaOff = 0.2;
  n.driftNu = 0.05;
  n.driftNuSigma = 0.01;
  n.age = Seconds{1e4};
  return n;
}

TEST(ProgramOneShot, WithoutNonidealitiesLandsOnTheTargetsAtTheStatedCost) {
  const std::vector<double> target{1e-6, 2e-6, 3e-6, 4e-6, 5e-6, 6e-6};
  const auto array = programOneShot(device(), {}, target, 3, 2, {});
  EXPECT_EQ(array->conductance, target);
  EXPECT_EQ(array->cellParameters, target);
  EXPECT_EQ(array->pulses, 6U);
  EXPECT_DOUBLE_EQ(array->programmingTimeS, 3 * 200e-9);
  EXPECT_DOUBLE_EQ(array->programmingEnergyJ, 1.5 * 1.5 * 21e-6 * 200e-9);
}

TEST(ProgramOneShot, SameOwnerSameArrayAnyOtherOwnerAnotherOne) {
  const std::vector<double> target(64, 5e-6);
  const StreamOwner owner{1, 2, 3, 4, 5};
  const auto make = [&](const StreamOwner& o) {
    return programOneShot(device(), everything(), target, 8, 8, o);
  };
  const auto first = make(owner), again = make(owner);
  EXPECT_EQ(first->conductance, again->conductance);
  EXPECT_EQ(first->hash, again->hash);
  for (const StreamOwner& other :
       {StreamOwner{9, 2, 3, 4, 5}, StreamOwner{1, 9, 3, 4, 5}, StreamOwner{1, 2, 9, 4, 5},
        StreamOwner{1, 2, 3, 9, 5}, StreamOwner{1, 2, 3, 4, 9}}) {
    EXPECT_NE(make(other)->conductance, first->conductance);
    EXPECT_NE(make(other)->hash, first->hash);
  }
}

TEST(ProgramOneShot, EachNonidealityHasItsOwnStream) {
  // Switching one off leaves the draws of the others as they are.
  const std::vector<double> target(256, 5e-6);
  NonidealityConfig both;
  both.programmingErrorOfG = 0.05;
  both.stuckOff = 0.2;
  NonidealityConfig one = both;
  one.stuckOff = 0.0;
  const auto a = programOneShot(device(), both, target, 16, 16, {}),
             b = programOneShot(device(), one, target, 16, 16, {});
  int stuck = 0;
  for (std::size_t k = 0; k < 256; ++k) {
    if (a->conductance[k] == 1e-6) {
      ++stuck;
    } else {
      EXPECT_EQ(a->conductance[k], b->conductance[k]);
    }
  }
  EXPECT_GT(stuck, 20);
}

TEST(ProgramOneShot, StuckCellsComeAfterProgrammingErrorAndBeforeVariability) {
  const std::vector<double> target(100, 5e-6);
  NonidealityConfig n;
  n.programmingErrorOfG = 0.1;
  n.stuckOn = 1.0;
  const auto stuck = programOneShot(device(), n, target, 10, 10, {});
  EXPECT_THAT(stuck->conductance, testing::Each(10e-6));
  n.d2dSigmaOn = 0.1;
  const auto spread = programOneShot(device(), n, target, 10, 10, {});
  EXPECT_THAT(spread->conductance, testing::Each(testing::Ne(10e-6)));
}

TEST(ProgramOneShot, EnergyIsThatOfTheMomentOfProgramming) {
  const std::vector<double> target(16, 5e-6);
  NonidealityConfig n;
  n.driftNu = 0.1;
  n.age = Seconds{1e6};
  const auto aged = programOneShot(device(), n, target, 4, 4, {});
  EXPECT_LT(aged->conductance[0], 4e-6);
  EXPECT_DOUBLE_EQ(aged->programmingEnergyJ, 1.5 * 1.5 * 80e-6 * 200e-9);
}

TEST(ProgramOneShot, ResidualsOnlyWhenAsked) {
  DeviceConfig d = device();
  d.law = "poole_frenkel";
  d.pfSlope = {-1.0, -0.1};
  d.pfIntercept = {-0.25, -37.0};
  d.pfCovariance = {0.03, 0.09, 0.33};
  const std::vector<double> target(4, 2e-6);
  NonidealityConfig n;
  const auto with = programOneShot(d, n, target, 2, 2, {});
  n.lawResidual = false;
  const auto without = programOneShot(d, n, target, 2, 2, {});
  ASSERT_EQ(with->cellParameters.size(), 8U);
  EXPECT_EQ(without->cellParameters[0], without->cellParameters[1]);
  EXPECT_NE(with->cellParameters[0], with->cellParameters[1]);
  EXPECT_NE(with->hash, without->hash);
}

TEST(ProgramOneShot, BadTargetsAreNamed) {
  const auto program = [](const std::vector<double>& target) {
    programOneShot(device(), {}, target, 2, 2, {});
  };
  EXPECT_THROW(program({1e-6, 1e-6, 1e-6}), BadInput);
  EXPECT_THROW(program({1e-6, -1e-6, 1e-6, 1e-6}), BadInput);
  EXPECT_THROW(program({1e-6, 1e-6, NAN, 1e-6}), BadInput);
  EXPECT_THROW(programOneShot(device(), {}, std::vector<double>{}, 0, 0, {}), BadInput);
}

DeviceConfig switches() {
  DeviceConfig d;
  d.law = "mean_metastable_switch";
  d.temperature = Kelvin{298.5};
  d.gOn = Siemens{1.0 / 500};
  d.gOff = Siemens{1.0 / 1500};
  return d;
}

TEST(Disturbed, MovesEveryCellByItsOwnVoltage) {
  const std::vector<double> target{0.001, 0.0015, 0.0, 0.002, 0.0007, 0.0012};
  const std::vector<double> voltage{0.3, -0.3, 0.4, 0.0, 0.25, -0.1};
  const auto before = programOneShot(switches(), {}, target, 2, 3, StreamOwner{1, 2, 3, 4, 5});
  const auto after = disturbed(*before, voltage, Seconds{2e-5});
  const auto& dynamics = dynamic_cast<const MeanMetastableSwitchLaw&>(*before->law).dynamics();
  for (std::size_t c = 0; c < target.size(); ++c) {
    const double expected =
        target[c] == 0.0
            ? 0.0
            : dynamics.conductance(dynamics.state(dynamics.stateOf(target[c]), voltage[c], Seconds{2e-5}));
    EXPECT_NEAR(after->conductance[c], expected, 1e-15) << c;
    EXPECT_EQ(after->cellParameters[c], after->conductance[c]);
  }
  EXPECT_GT(after->conductance[0], target[0] + 1e-5);  // towards on
  EXPECT_LT(after->conductance[1], target[1] - 1e-5);  // towards off
  EXPECT_EQ(after->owner.epoch, 6U);
  EXPECT_EQ(after->owner.array, 3U);
  EXPECT_NE(after->hash, before->hash);
  EXPECT_EQ(disturbed(*before, voltage, Seconds{2e-5})->hash, after->hash);
  EXPECT_EQ(before->conductance, target);
}

TEST(Disturbed, NoTimeOrNoStateChangesNothing) {
  const std::vector<double> target{0.001, 0.0015}, voltage{0.3, -0.3};
  const auto before = programOneShot(switches(), {}, target, 1, 2, {});
  const auto still = disturbed(*before, voltage, Seconds{0.0});
  EXPECT_EQ(still->conductance, target);
  EXPECT_EQ(still->owner.epoch, 1U);
  EXPECT_NE(still->hash, before->hash);
  const auto linear = programOneShot(DeviceConfig{}, {}, target, 1, 2, {});
  EXPECT_EQ(disturbed(*linear, voltage, Seconds{1.0})->conductance, target);
  EXPECT_EQ(disturbed(*linear, voltage, Seconds{1.0})->cellParameters, linear->cellParameters);
}

TEST(Disturbed, RefusesWhatCannotBe) {
  const auto array = programOneShot(switches(), {}, std::vector<double>{0.001, 0.0015}, 1, 2, {});
  EXPECT_THROW(disturbed(*array, std::vector<double>{0.1}, Seconds{1.0}), BadInput);
  EXPECT_THROW(disturbed(*array, std::vector<double>{0.1, NAN}, Seconds{1.0}), BadInput);
  EXPECT_THROW(disturbed(*array, std::vector<double>{0.1, 0.1}, Seconds{-1.0}), BadInput);
  EXPECT_THROW(disturbed(*array, std::vector<double>{0.1, 0.1}, Seconds{INFINITY}), BadInput);
}

TEST(ProgrammedArrayHash, KnowsTheLawsParameters) {
  const std::vector<double> target{0.001, 0.0015};
  DeviceConfig d = switches();
  const auto first = programOneShot(d, {}, target, 1, 2, {})->hash;
  d.mms.tau = Seconds{2e-4};
  EXPECT_NE(programOneShot(d, {}, target, 1, 2, {})->hash, first);
  d.law = "tabulated";
  d.tableVoltage = {0.0, 0.1, 0.2};
  d.tableCurrent = {0.0, 1e-4, 2e-4};
  const auto table = programOneShot(d, {}, target, 1, 2, {})->hash;
  d.tableCurrent[2] = 3e-4;
  EXPECT_NE(programOneShot(d, {}, target, 1, 2, {})->hash, table);
}

}  // namespace
}  // namespace crosstile
