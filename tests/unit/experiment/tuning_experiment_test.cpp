// SPDX-License-Identifier: Apache-2.0
// Experiments with rule target_tuning: keys that count and those that don't, the chip's own keys, refusals;
// energy of a draw against sums by hand, the same in the ledger.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "models/base/error.h"
#include "platform/experiment/learning_experiment.h"
#include "platform/experiment/tuning_cost.h"

namespace crosstile {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& experiment, const std::vector<std::string>& settings) {
  try {
    loadExperiment(experiment, settings);
  } catch (const BadInput& e) {
    return e.what();
  }
  return "accepted";
}

TEST(TuningKeys, ReachTaskSoftwareTestAndChip) {
  const LearningExperiment e = loadExperiment(
      "pattern-xo-tungsten",
      {"task.name=T/X", "network.sizes=[9, 4, 1]", "software.flips=0.2", "software.error_of_range=0.1",
       "test.flips=[0.3]", "test.error_of_g=0.25", "test.age=2 s", "test.draws=7",
       "hardware.array.read_voltage=50 mV", "hardware.programming.initial_reset=true", "training.seeds=9"});
  EXPECT_TRUE(e.isTuning());
  EXPECT_EQ(e.tuning.task, "T/X");
  EXPECT_EQ(e.tuning.software.hidden, 4);
  EXPECT_EQ(e.tuning.software.flips, 0.2);
  EXPECT_EQ(e.tuning.software.error.ofRange, 0.1);
  EXPECT_EQ(e.tuning.testFlips, std::vector<double>{0.3});
  EXPECT_EQ(e.tuning.errorOfG, 0.25);
  EXPECT_EQ(e.tuning.age.value, 2.0);
  EXPECT_EQ(e.tuning.draws, 7);
  EXPECT_EQ(e.seeds, 9);
  EXPECT_EQ(e.hardware.device().array.readVoltage.value, 0.05);
  EXPECT_TRUE(e.hardware.device().programming.initialReset);
  EXPECT_EQ(e.hardware.loaded.name, "sdc-tungsten");
}

TEST(TuningKeys, ThatDoNotCountAreRefused) {
  EXPECT_THAT(refusal("pattern-xo-tungsten", {"device.model=pcm"}),
              HasSubstr("--set: device.model: doesn't count with rule.name = \"target_tuning\""));
  EXPECT_THAT(refusal("pattern-xo-tungsten", {"cost.adcs=2"}), HasSubstr("doesn't count"));
  EXPECT_THAT(refusal("digits-ideal", {"test.draws=2"}),
              HasSubstr("test.draws: doesn't count with rule.name = \"outer_product\""));
  EXPECT_THAT(refusal("digits-ideal", {"task.name=X/O"}), HasSubstr("doesn't count"));
  EXPECT_EQ(refusal("digits-ideal", {"hardware.bus.bits=128"}), "accepted");
}

TEST(TuningKeys, MistakesAreNamed) {
  EXPECT_THAT(refusal("pattern-xo-tungsten", {"network.sizes=[9, 3, 2]"}),
              HasSubstr("network.sizes: must be 9, hidden neurons, 1"));
  EXPECT_THAT(refusal("pattern-xo-tungsten", {"task.name=X/Q"}), HasSubstr("must be one of X/O, T/X, TL/XO"));
  EXPECT_THAT(refusal("pattern-xo-tungsten", {"test.flips=[0.7]"}), HasSubstr("must be from 0 to 0.5"));
  EXPECT_THAT(refusal("pattern-xo-tungsten", {"hardware.array.rows=8"}), HasSubstr("larger than the array"));
  EXPECT_THAT(refusal("pattern-xo-tungsten", {"hardware.array.row=8"}), HasSubstr("array.row"));
  EXPECT_THAT(refusal("digits-ideal", {"hardware.bus.bit=8"}), HasSubstr("bus.bit"));
  EXPECT_THAT(refusal("pattern-xo-tungsten", {"hardware.device.rated_voltage=0.2 V"}),
              HasSubstr("rated_voltage"));
}

/// A draw with numbers of its own, on a chip with costs of its own.
class TuningCosts : public testing::Test {
 protected:
  TuningCosts() {
    hardware_ = loadExperiment("pattern-xo-tungsten", {"hardware.array.rows=16"}).hardware.loaded;
    hardware_.cost[Component::dac].energy = Joules{16e-12};
    hardware_.cost[Component::sampleHold].energy = Joules{2e-15};
    hardware_.cost[Component::adc].energy = Joules{3e-12};
    hardware_.cost[Component::programming].energy = Joules{5e-9};
    draw_.first.cells.resize(27);
    draw_.second.cells.resize(3);
    draw_.first.pulses = 100, draw_.second.pulses = 10;
    draw_.first.reads = 130, draw_.second.reads = 13;
    draw_.first.write = {{1e-9, 2e-9, 3e-9, 4e-9}, 5e-9};
    draw_.second.write = {{1e-10, 2e-10, 3e-10, 4e-10}, 5e-10};
    draw_.first.readJ = 7e-12, draw_.second.readJ = 7e-13;
    draw_.inferenceJ = 1e-12, draw_.referenceJ = 3e-12, draw_.comparatorJ = 4e-13;
  }
  Hardware hardware_;
  learning::TuningDraw draw_;
};

TEST_F(TuningCosts, AreThePartsOfBothLayers) {
  const TuningEnergy e = energyOf(draw_, hardware_);
  EXPECT_NEAR(e.devices, 6.6e-9, 1e-20);
  EXPECT_NEAR(e.series, 2.2e-9, 1e-20);
  EXPECT_NEAR(e.switches, 3.3e-9, 1e-20);
  EXPECT_NEAR(e.limiters, 4.4e-9, 1e-20);
  EXPECT_NEAR(e.readDevices, 7.7e-12, 1e-22);
  const double volt = hardware_.array.readVoltage.value;
  const double reference = 0.5 * (330e-6 + 42.4e-6) * volt * volt * hardware_.array.readTime.value;
  EXPECT_NEAR(e.readReferences, 143 * reference, 1e-9 * e.readReferences);
  EXPECT_NEAR(e.converters, 143 * (1e-12 + 2e-15 + 3e-12), 1e-20);  // a line of 16, a sample, a conversion
  EXPECT_NEAR(e.controller, 110 * 5e-9, 1e-18);
}

TEST_F(TuningCosts, ALongInitialResetKeepsTheControllerBusy) {
  const double before = energyOf(draw_, hardware_).controller;
  hardware_.programming.initialReset = true;
  hardware_.device.writeTime = Seconds{20e-6};
  hardware_.programming.initialResetTime = Seconds{1e-3};  // 50 pulses; one of them is among the 110
  EXPECT_NEAR(energyOf(draw_, hardware_).controller - before, 30 * 49 * 5e-9, 1e-15);
}

TEST_F(TuningCosts, AreTheSameInTheLedger) {
  const Ledger ledger = bookTuning(draw_, hardware_);
  EXPECT_NEAR(ledger.of(Phase::programming).value, energyOf(draw_, hardware_).total(), 1e-17);
  EXPECT_NEAR(ledger.ofLayer(0).value + ledger.ofLayer(1).value, ledger.of(Phase::programming).value, 1e-18);
  EXPECT_EQ(ledger.operations(Component::adc, Phase::programming), 143U);
  EXPECT_NEAR(ledger.of(Component::array, kShared, Phase::inference).value, 4e-12, 1e-22);
  EXPECT_NEAR(ledger.of(Component::dac, kShared, Phase::inference).value, 12e-12, 1e-22);  // 9 + 3 lines
  EXPECT_NEAR(ledger.of(Component::adc, kShared, Phase::inference).value, 4e-13, 1e-22);
}

}  // namespace
}  // namespace crosstile
