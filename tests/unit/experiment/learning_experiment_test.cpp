// SPDX-License-Identifier: Apache-2.0
// Experiment files: every key written and read back, every preset whole, mistakes named; costs of counts
// worked out by hand.
#include "platform/experiment/learning_experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "models/base/error.h"

namespace crosstile {
namespace {

using testing::HasSubstr;

class ExperimentFile : public testing::Test {
 protected:
  ExperimentFile() { std::filesystem::create_directories(folder_); }
  ~ExperimentFile() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& text) const {
    const std::string path = (folder_ / "e.toml").string();
    std::ofstream(path) << text;
    return path;
  }
  std::string refusal(const std::string& text, const std::vector<std::string>& settings = {}) const {
    try {
      loadExperiment(write(text), settings);
    } catch (const BadInput& e) {
      return e.what();
    }
    return "accepted";
  }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      (std::string("crosstile_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::string fine_ =
      "[data]\nimages = \"x\"\nlabels = \"y\"\nfolds = 5\n[network]\nsizes = [4, 3, 2]\n";
};

TEST_F(ExperimentFile, EveryPresetReadsAndWritesBackToItself) {
  ASSERT_GE(learningPresets().size(), 8U);
  for (const auto& [name, text] : learningPresets()) {
    const LearningExperiment e = loadExperiment(name);
    EXPECT_EQ(e.name, name);
    const std::string toml = toToml(e);
    EXPECT_EQ(toToml(loadExperiment(write(toml))), toml) << name;
    if (!e.isTuning()) {  // those have the cost keys
      EXPECT_THAT(e.cost.source, HasSubstr("assumed")) << name;
    }
  }
}

TEST_F(ExperimentFile, ADeviceIsItsModelAndWhatDiffersAndTheFastOneTheSame) {
  const LearningExperiment e = loadExperiment(
      write(fine_ + "[device]\nc2c = 1.5\nmodel = \"reram_es\"\n[fast_device]\nwrite_noise = 0.0\n"));
  EXPECT_EQ(e.learning.device.c2c, 1.5);
  EXPECT_EQ(e.learning.device.dwMin, 0.00135);
  EXPECT_EQ(e.learning.fastDevice.c2c, 1.5);
  EXPECT_EQ(e.learning.fastDevice.writeNoise, 0.0);
  EXPECT_EQ(e.learning.device.writeNoise, 75.0);
}

TEST_F(ExperimentFile, SettingsOverrideTheFile) {
  const LearningExperiment e = loadExperiment(write(fine_ + "[rule]\nname = \"delta\"\n"),
                                              {"rule.name=sign", "cost.pulse_time=1 us", "training.seeds=4"});
  EXPECT_EQ(e.learning.rule.name, "sign");
  EXPECT_EQ(e.cost.pulseTime.value, 1e-6);
  EXPECT_EQ(e.seeds, 4);
}

TEST_F(ExperimentFile, MistakesAreNamedWithTheirLine) {
  EXPECT_EQ(refusal(fine_), "accepted");
  EXPECT_THAT(refusal(fine_ + "[rule]\nrat = 0.1\n"),
              HasSubstr("e.toml:8: unknown key rule.rat; did you mean rule.rate?"));
  EXPECT_THAT(refusal(fine_ + "[rule]\nname = \"tiki\"\n"),
              HasSubstr("e.toml:8: rule.name = \"tiki\": must be one of float"));
  EXPECT_THAT(refusal(fine_ + "[device]\nmodel = \"x\"\n"), HasSubstr("reram_es"));
  EXPECT_THAT(refusal(fine_ + "[cost]\npulse_time = \"3 V\"\n"),
              HasSubstr("must be a number with a unit of s"));
  EXPECT_THAT(refusal(fine_ + "[training]\nepochs = 0\n"), HasSubstr("from 1 to"));
  EXPECT_THAT(refusal("[data]\nimages = \"x\"\nlabels = \"y\"\n[network]\nsizes = [4, 2]\n"),
              HasSubstr("folds"));
  EXPECT_THAT(refusal("[data]\nimages = \"x\"\nlabels = \"y\"\nfolds = 5\n[network]\nsizes = [4.5, 2]\n"),
              HasSubstr("whole numbers"));
  EXPECT_THAT(refusal(fine_ + "[rule\n"), HasSubstr("e.toml:7"));
  EXPECT_THAT(refusal(fine_, {"rule.rate"}), HasSubstr("must be section.key=value"));
  EXPECT_THAT(refusal(fine_, {"data.fold=7"}), HasSubstr("must be below data.folds"));
}

TEST_F(ExperimentFile, FoldsShareOutTheSamples) {
  std::ofstream(folder_ / "x") << "1,2\n3,4\n5,6\n7,8\n9,10\n";
  std::ofstream(folder_ / "y") << "0\n1\n0\n1\n1\n";
  const LearningExperiment e = loadExperiment(write(
      "[data]\nimages = \"x\"\nlabels = \"y\"\nfolds = 2\ninput_scale = 2.0\n[network]\nsizes = [2, 2]\n"));
  const LearningSplit split = loadSplit(e.data, 1);
  EXPECT_EQ(split.test.labels, (std::vector<int>{1, 1}));
  EXPECT_EQ(split.test.values, (std::vector<float>{6, 8, 14, 16}));
  EXPECT_EQ(split.training.labels, (std::vector<int>{0, 0, 1}));
  EXPECT_EQ(split.training.inputs, 2U);
}

TEST(LearningCosts, AreCountsTimesCosts) {
  LearningCost cost;
  cost.readTime = Seconds{100e-9};
  cost.conversionTime = Seconds{2e-9};
  cost.adcs = 4;
  cost.pulseTime = Seconds{1e-6};
  cost.cellReadEnergy = Joules{1e-15};
  cost.lineReadEnergy = Joules{2e-13};
  cost.conversionEnergy = Joules{3e-12};
  cost.cellPulseEnergy = Joules{5e-12};
  cost.linePulseEnergy = Joules{7e-13};
  cost.digitalEnergy = Joules{11e-13};
  learning::Activity a;
  a.forwardReads = 10;
  a.backwardReads = 7;
  a.transferReads = 2;
  a.drivenLines = 50;
  a.drivenCells = 400;
  a.conversions = 90;
  a.linePulses = 33;
  a.pulseSlots = 12;
  a.weights = {20, 21};
  a.fast = {4, 5};
  a.digitalWrites = 6;
  const LearningTime t = timeOf(a, 8, 5, cost);  // 5 outputs: 2 conversions an ADC; 9 word lines: 3
  EXPECT_NEAR(t.forward.value, 10 * 104e-9, 1e-18);
  EXPECT_NEAR(t.backward.value, 7 * 106e-9, 1e-18);
  EXPECT_NEAR(t.transfer.value, 2 * 104e-9, 1e-18);
  EXPECT_NEAR(t.update.value, 12e-6, 1e-18);
  const Ledger ledger = bookLearning({a}, cost);
  EXPECT_NEAR(ledger.of(Component::array, 0, Phase::inference).value, 400e-15, 1e-24);
  EXPECT_NEAR(ledger.of(Component::dac).value, 50 * 2e-13, 1e-24);
  EXPECT_NEAR(ledger.of(Component::adc).value, 90 * 3e-12, 1e-23);
  EXPECT_NEAR(ledger.of(Component::digital).value, 96 * 11e-13, 1e-23);
  EXPECT_NEAR(ledger.of(Component::array, 0, Phase::programming).value, 50 * 5e-12, 1e-23);
  EXPECT_NEAR(ledger.of(Component::programming).value, 33 * 7e-13, 1e-23);
  EXPECT_NEAR(ledger.total().value, 400e-15 + 50 * 2e-13 + 90 * 3e-12 + 96 * 11e-13 + 50 * 5e-12 + 33 * 7e-13,
              1e-22);
}

}  // namespace
}  // namespace crosstile
