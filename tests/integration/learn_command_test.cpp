// SPDX-License-Identifier: Apache-2.0
// `crosstile learn` from outside: what its reports hold, that threads don't change them, what is refused.
#include <gmock/gmock.h>

#include <cmath>

#include "program.h"

namespace crosstile::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class LearnCommand : public RunTest {
 protected:
  LearnCommand() : RunTest(300) {}
  std::string experiment(const std::string& more = "") const {
    return scratch_.write(
        "e.toml",
        "[data]\nimages = \"" + images_ + "\"\nlabels = \"" + labels_ +
            "\"\nfolds = 3\n[network]\nsizes = [784, 12, 10]\n[training]\nepochs = 10\nseeds = 2\n" + more);
  }
  json learn(const Arguments& more = {}, const std::string& name = "out") {
    const Outcome outcome = runProgram(
        Arguments{"--quiet", "learn", experiment("[rule]\nrate = 0.1\n"), "--out", out(name)} + more);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(readBytes(out(name) + "/report.json"));
  }
};

TEST_F(LearnCommand, LearnsAndReportsSumsThatAgree) {
  const json report = learn({"--set", "cost.cell_pulse_energy=1pJ", "--set", "cost.conversion_energy=2pJ"});
  const json& accuracy = report["accuracy"];
  ASSERT_EQ(accuracy["runs"].size(), 6U);  // 3 folds x 2 seeds
  ASSERT_EQ(accuracy["by_epoch"].size(), 10U);
  EXPECT_GT(accuracy["mean"].get<double>(), 0.5);  // ten classes
  double mean = 0.0;
  for (const json& run : accuracy["runs"]) mean += run["test"].back().get<double>() / 6.0;
  EXPECT_NEAR(mean, accuracy["mean"].get<double>(), 1e-12);
  std::uint64_t pulses = 0, conversions = 0;
  for (const json& layer : report["layers"]) {
    for (const char* way : {"up", "down"}) pulses += layer["weights"][way].get<std::uint64_t>();
    EXPECT_EQ(layer["pulses_by_epoch"].back()["weights"], layer["weights"]);
    EXPECT_EQ(layer["forward_reads"], 10 * 200);
    conversions += layer["conversions"].get<std::uint64_t>();
  }
  EXPECT_EQ(report["pulses"]["total"], pulses);
  const json& energy = report["energy"];
  EXPECT_NEAR(energy["total_j"].get<double>(),
              1e-12 * static_cast<double>(pulses) + 2e-12 * static_cast<double>(conversions),
              1e-12 * energy["total_j"].get<double>());
  for (const char* breakdown : {"by_component", "by_phase"}) {
    double sum = 0.0;
    for (const auto& [name, part] : energy[breakdown].items()) sum += part.get<double>();
    EXPECT_NEAR(sum, energy["total_j"].get<double>(), 1e-12 * sum) << breakdown;
  }
  double time = 0.0;
  for (const auto& [name, part] : report["time"]["by_activity"].items()) time += part.get<double>();
  EXPECT_NEAR(time, report["time"]["total_s"].get<double>(), 1e-12 * time);
  EXPECT_THAT(readBytes(out() + "/report.html"), HasSubstr("On-chip learning"));
}

TEST_F(LearnCommand, ThreadsChangeNothing) {
  json one = learn({"--threads", "1"}, "one"), two = learn({"--threads", "2"}, "two");
  for (const char* part : {"accuracy", "layers", "energy", "time"}) EXPECT_EQ(one[part], two[part]) << part;
}

TEST_F(LearnCommand, TheEffectiveExperimentRepeatsTheRun) {
  const json first = learn();
  const std::string again =
      scratch_.write("again.toml", first["provenance"]["experiment"].get<std::string>());
  ASSERT_EQ(runProgram({"--quiet", "learn", again, "--out", out("again")}).code, 0);
  EXPECT_EQ(json::parse(readBytes(out("again") + "/report.json"))["layers"], first["layers"]);
}

TEST_F(LearnCommand, TimedTrainingHasTheValuesOfTheFunctionalOneAndItsOwnTime) {
  const Arguments chip{"--set", "hardware.preset=isaac",     "--set", "hardware.array.rows=1024",
                       "--set", "training.epochs=2",         "--set", "cost.read_time=80ns",
                       "--set", "cost.cell_pulse_energy=1pJ"};
  const json functional = learn(chip, "functional"),
             timed = learn(chip + Arguments{"--timing", "cycle"}, "timed");
  for (const char* part : {"accuracy", "pulses"}) EXPECT_EQ(timed[part], functional[part]) << part;
  EXPECT_EQ(timed["layers"], functional["layers"]);
  EXPECT_FALSE(functional["time"].contains("machine"));
  const json& machine = timed["time"]["machine"];
  double sum = 0.0;
  for (const auto& [name, part] : machine["by_activity"].items()) {
    EXPECT_GT(part.get<double>(), 0.0) << name;
    sum += part.get<double>();
  }
  const double total = machine["total_s"].get<double>();
  EXPECT_NEAR(sum, total, 1e-12 * total);
  // 400 samples: three reads of 80 ns at least, and 60 values in of 4 bytes each over 384 bits.
  EXPECT_GT(total, 400 * 3 * 80e-9);
  // The energy of the functional run, and the bus.
  const auto of = [](const json& report, const char* component) {
    return report["energy"]["by_component"][component].get<double>();
  };
  EXPECT_EQ(of(functional, "bus"), 0.0);
  EXPECT_GT(of(timed, "bus"), 0.0);
  EXPECT_NEAR(timed["energy"]["total_j"].get<double>(),
              functional["energy"]["total_j"].get<double>() + of(timed, "bus"), 1e-20);
}

TEST_F(LearnCommand, TimedTuningHasTheValuesOfTheFunctionalOneAndItsOwnTime) {
  const auto tune = [&](const std::string& timing) {
    const Outcome outcome = runProgram({"--quiet", "learn", "pattern-xo-tungsten", "--timing", timing,
                                        "--set", "training.seeds=2", "--set", "test.draws=2", "--set",
                                        "hardware.device.mms_switches=1000", "--out", out(timing)});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(readBytes(out(timing) + "/report.json"));
  };
  json functional = tune("functional"), timed = tune("cycle");
  for (const char* part : {"accuracy", "pulses", "reads", "energy", "cells", "trajectories"})
    EXPECT_EQ(timed[part], functional[part]) << part;
  EXPECT_EQ(timed["time"]["mean_s"], functional["time"]["mean_s"]);
  EXPECT_FALSE(functional["time"].contains("machine"));
  const double cells = timed["time"]["mean_s"].get<double>();
  EXPECT_GT(timed["time"]["machine"]["mean_s"].get<double>(), cells);
  EXPECT_LT(timed["time"]["machine"]["mean_s"].get<double>(), 1.1 * cells);
  EXPECT_EQ(readBytes(out("cycle") + "/trajectories.csv"),
            readBytes(out("functional") + "/trajectories.csv"));
}

TEST_F(LearnCommand, RefusesInOneLine) {
  const auto refused = [&](const Arguments& more, const std::vector<std::string>& what) {
    expectRefused(Arguments{"learn", experiment(), "--out", out("refused")} + more, what);
  };
  refused({"--set", "rule.nam=delta"}, {"--set", "rule.nam", "rule.name"});
  refused({"--set", "network.sizes=[784, 12, 3]"}, {"label", "must be from 0 to 2"});
  refused({"--set", "network.sizes=[64, 10]"}, {"784 values", "64"});
  refused({"--timing", "cycle"},
          {"layer 1", "785 x 12 cells", "larger than the array", "hardware.array.rows = 128"});
  std::string deep = "network.sizes=[784, ";
  for (int l = 0; l < 31; ++l) deep += "4, ";
  refused({"--timing", "cycle", "--set", deep + "10]"}, {"32 layers: must be at most 31"});
  refused({"--set", "data.images=missing.npy"}, {"missing.npy"});
  refused({"--set", "data.count=100", "--set", "data.labels=" + scratch_.write("few.csv", "1\n2\n")},
          {"2 labels", "100 samples"});
  expectRefused({"learn", "no-such", "--out", out("refused")}, {"no-such", "mnist-constant, -delta"});
}

}  // namespace
}  // namespace crosstile::test
