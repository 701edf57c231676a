// SPDX-License-Identifier: Apache-2.0
// What a run computes, from outside: the same values whatever the threads, the mode and the number of images.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;

class RunValues : public RunTest {
 protected:
  /// Share of images whose largest output is the label's; ties go to the first.
  double accuracyOf(const std::vector<float>& outputs) const {
    int right = 0;
    for (int i = 0; i < digits_.count; ++i) {
      const auto begin = outputs.begin() + i * 10;
      if (std::max_element(begin, begin + 10) - begin == digits_.labels[static_cast<std::size_t>(i)]) ++right;
    }
    return static_cast<double>(right) / digits_.count;
  }
};

/// Every source of randomness and of analog error that a run can have at once.
const Arguments kNoisy{"--set", "readout=ir_drop",
                       "--set", "array.r_word=2ohm",
                       "--set", "array.r_bit=2ohm",
                       "--set", "nonideality.programming_error_of_g=0.05",
                       "--set", "nonideality.read_noise_of_g=0.02",
                       "--set", "nonideality.stuck_off=0.01",
                       "--set", "adc.noise_lsb=0.5",
                       "--set", "adc.range=calibrated"};

TEST_F(RunValues, OutputsAreTheReportsAccuracy) {
  const std::vector<float> y = outputs();
  ASSERT_EQ(y.size(), 120U);
  const Npy file = readNpyFile(scratch_.file("out.npy"));
  EXPECT_EQ(file.type, "<f4");
  EXPECT_THAT(file.shape, testing::ElementsAre(12, 10));
  const Json report = Json::parse(readBytes(out() + "/report.json"));
  EXPECT_DOUBLE_EQ(report["accuracy"]["top1"].get<double>(), accuracyOf(y));
  EXPECT_EQ(report["accuracy"]["count"], 12);
  // The images differ, and so do their outputs.
  EXPECT_GT(
      std::set<std::vector<float>>({{y.begin(), y.begin() + 10}, {y.begin() + 10, y.begin() + 20}}).size(),
      1U);
}

TEST_F(RunValues, ThreadsDontChangeThem) {
  const std::vector<float> one = outputs(kNoisy + Arguments{"--threads", "1"}, "one");
  EXPECT_EQ(one, outputs(kNoisy + Arguments{"--threads", "2"}, "two"));
  EXPECT_EQ(one, outputs(kNoisy + Arguments{"--threads", "5"}, "five"));
}

TEST_F(RunValues, TheSeedDecidesThem) {
  const std::vector<float> first = outputs(kNoisy + Arguments{"--seed", "7"}, "a");
  EXPECT_EQ(first, outputs(kNoisy + Arguments{"--seed", "7"}, "b"));
  EXPECT_NE(first, outputs(kNoisy + Arguments{"--seed", "8"}, "c"));
}

TEST_F(RunValues, FewerImagesAreTheFirstOnes) {
  // Calibration on the images that both runs have.
  const Arguments how = kNoisy + Arguments{"--set", "encoding.calibration_images=4"};
  const std::vector<float> all = outputs(how, "all"), few = outputs(how + Arguments{"--count", "5"}, "few");
  ASSERT_EQ(few.size(), 50U);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), all.begin()));
}

TEST_F(RunValues, ModesAgree) {
  const std::vector<float> functional = outputs(kNoisy, "f");
  for (const char* mode : {"loose", "cycle"}) {
    SCOPED_TRACE(mode);
    // The program compares the machine's outputs with these and fails if one code differs.
    EXPECT_EQ(functional, outputs(kNoisy + Arguments{"--timing", mode, "--timed-count", "12"}, mode));
    const Json report = Json::parse(readBytes(out(mode) + "/report.json"));
    EXPECT_EQ(report["simulation"]["timed_images"], 12);
  }
}

TEST_F(RunValues, PackedTilesAndBanksChangeNone) {
  const std::vector<float> functional = outputs(kNoisy, "f");
  for (const char* mode : {"functional", "loose", "cycle"}) {
    SCOPED_TRACE(mode);
    const Arguments packed{
        "--timing", mode, "--timed-count", "12", "--set", "mapping.packing=tile", "--set", "buffer.banks=4"};
    EXPECT_EQ(functional, outputs(kNoisy + packed, mode));
  }
}

TEST_F(RunValues, ModesAgreeWithCircuitsSolvedInputByInput) {
  const Arguments how = kNoisy + Arguments{"--set",   "readout=circuit",
                                           "--set",   "device.law=sinh",
                                           "--set",   "array.circuit_tolerance=1e-4",
                                           "--count", "2"};
  const std::vector<float> functional = outputs(how, "f");
  for (const char* mode : {"loose", "cycle"})
    EXPECT_EQ(functional, outputs(how + Arguments{"--timing", mode, "--timed-count", "2"}, mode)) << mode;
}

TEST_F(RunValues, TimingDoesNotDependOnHowOftenItIsMeasured) {
  const Arguments how{"--timing", "cycle", "--timed-count", "2"};
  const Json first = report(how, "a"), second = report(how, "b");
  EXPECT_EQ(first["latency"], second["latency"]);
  EXPECT_EQ(first["period_s"], second["period_s"]);
  EXPECT_EQ(first["energy"], second["energy"]);
  EXPECT_EQ(first["stalls"], second["stalls"]);
}

TEST_F(RunValues, EachDrawIsAnotherChip) {
  const Arguments how{"--set", "readout=ohmic", "--set", "nonideality.programming_error_of_g=0.3", "--draws",
                      "6"};
  const Json r = report(how);
  const std::vector<double> draws = r["accuracy"]["draws"];
  ASSERT_EQ(draws.size(), 6U);
  EXPECT_GT(std::set<double>(draws.begin(), draws.end()).size(), 1U) << "all draws alike";
  double mean = 0.0;
  for (const double d : draws) mean += d / 6;
  EXPECT_NEAR(r["accuracy"]["top1"], mean, 1e-12);
  EXPECT_EQ(r["provenance"]["draws"], 6);
  // The first draw is the only one of a run without --draws.
  const Json one =
      report({"--set", "readout=ohmic", "--set", "nonideality.programming_error_of_g=0.3"}, "one");
  EXPECT_EQ(one["accuracy"]["draws"][0], draws[0]);
}

TEST_F(RunValues, IdealWithEnoughBitsIsCloseToFloat) {
  // 16-bit operands on isaac as it is: the outputs of the float network, to 1e-3 of their range.
  const std::vector<float> fine =
      outputs({"--set", "encoding.input_bits=16", "--set", "encoding.weight_bits=16"}, "16");
  const std::vector<float> coarse = outputs({}, "8");
  float range = 0.0F;
  for (const float y : fine) range = std::max(range, std::abs(y));
  for (std::size_t i = 0; i < fine.size(); ++i) EXPECT_NEAR(coarse[i], fine[i], 0.05 * range) << i;
}

TEST_F(RunValues, TraceHasNamedTracks) {
  for (const char* mode : {"loose", "cycle"}) {
    SCOPED_TRACE(mode);
    const std::string file = scratch_.file("trace.json");
    const Json r = report({"--timing", mode, "--timed-count", "2", "--trace", file});
    const Json trace = Json::parse(readBytes(file));
    std::set<std::pair<int, int>> named, used;
    std::set<std::string> processes;
    std::set<int> namedProcesses;
    double last = 0.0;
    for (const Json& e : trace["traceEvents"]) {
      if (e["name"] == "process_name") {
        processes.insert(e["args"]["name"].get<std::string>());
        namedProcesses.insert(e["pid"].get<int>());
      }
      if (e["name"] == "thread_name") named.emplace(e["pid"], e["tid"]);
      if (e["ph"] != "X") continue;
      used.emplace(e["pid"], e["tid"]);
      EXPECT_GE(e["dur"].get<double>(), 0.0);
      last = std::max(last, e["ts"].get<double>() + e["dur"].get<double>());
    }
    EXPECT_GE(used.size(), 5U);
    for (const auto& track : used) {
      EXPECT_EQ(named.count(track), 1U) << track.first << "/" << track.second;
      EXPECT_EQ(namedProcesses.count(track.first), 1U);
    }
    EXPECT_EQ(processes.count("host"), 1U);
    EXPECT_EQ(processes.count("tile0"), 1U);
    EXPECT_GE(last, r["latency"]["first_s"].get<double>() * 1e6);  // microseconds
  }
}

TEST_F(RunValues, WaveformIsVcd) {
  const std::string file = scratch_.file("states.vcd");
  report({"--timing", "cycle", "--timed-count", "1", "--vcd", file});
  const std::string text = readBytes(file);
  for (const char* word : {"$timescale", "$var", "$enddefinitions"})
    EXPECT_THAT(text, testing::HasSubstr(word));
  EXPECT_GT(std::count(text.begin(), text.end(), '#'), 10) << "no changes";
  EXPECT_THAT(scratch_.entries(), testing::Not(testing::Contains(testing::HasSubstr("partial"))));
}

}  // namespace
}  // namespace crosstile::test
