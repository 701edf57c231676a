// SPDX-License-Identifier: Apache-2.0
// Writing cells, through the program: loops, pulse trains, write-verify of cells and of a network's arrays.
#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class Programming : public RunTest {
 protected:
  Programming() : RunTest(4) {}

  /// `crosstile device WHAT`, successful.
  Outcome device(const std::string& what, const Arguments& more) {
    const Outcome outcome = runProgram(Arguments{"device", what, "--out", out()} + more);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  }
  void refused(const std::string& what, const Arguments& more, const std::vector<std::string>& says) {
    expectRefused(Arguments{"device", what, "--out", out("refused")} + more, says);
  }
  /// A CSV file's lines of numbers.
  static std::vector<std::vector<double>> table(const std::string& path) {
    std::istringstream file(readBytes(path));
    std::vector<std::vector<double>> rows;
    std::string line;
    for (std::getline(file, line); std::getline(file, line);) {
      rows.emplace_back();
      std::istringstream fields(line);
      for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(std::stod(field));
    }
    return rows;
  }
};

TEST_F(Programming, ALoopIsPinchedAndOpen) {
  const Outcome outcome =
      device("iv", {"--device", "sdc-tungsten-100hz", "--set", "programming.series_resistance=5kohm"});
  EXPECT_THAT(outcome.out, HasSubstr("retention for ever (held) at 0 V"));
  EXPECT_THAT(readBytes(out() + "/iv.svg"), HasSubstr("</svg>"));
  double up = 0.0,
         down = 0.0;  // largest currents near 0.1 V, below the threshold, on the way up and on the way down
  const auto rows = table(out() + "/iv.csv");
  ASSERT_EQ(rows.size(), 1201U);
  for (std::size_t k = 801; k < rows.size(); ++k) {  // the last of three periods
    const double driver = rows[k][1], volt = rows[k][2], ampere = rows[k][3];
    EXPECT_NEAR(driver - volt, 5000.0 * ampere, 1e-8);
    if (std::abs(volt) < 1e-6) {
      EXPECT_LT(std::abs(ampere), 1e-9);
    }
    if (volt < 0.08 || volt > 0.12) continue;
    double& largest = driver > rows[k - 1][1] ? up : down;
    largest = std::max(largest, ampere);
  }
  EXPECT_GT(up, 0.0);
  EXPECT_GT(down, 3.0 * up);
  device("iv", {"--device", "siox-high", "--amplitude", "0.5 V"});  // a law without a state
  const auto curve = table(out() + "/iv.csv");
  EXPECT_NEAR(curve.front()[0], -0.5, 1e-12);
  EXPECT_NEAR(curve.front()[1], -curve.back()[1], 1e-9 * curve.back()[1]);
  EXPECT_GT(curve.back()[1], curve.back()[2]);
}

TEST_F(Programming, APulseTrainRaisesAndLowers) {
  device("programme", {"--up", "30", "--down", "20", "--cells", "2", "--set-voltage", "0.18 V",
                       "--reset-voltage", "0.12 V"});
  const auto rows = table(out() + "/pulses.csv");
  ASSERT_EQ(rows.size(), 100U);
  for (std::size_t k = 1; k < 50; ++k) {
    EXPECT_EQ(rows[k][3], k < 30 ? 0.18 : -0.12);
    EXPECT_EQ(rows[k][4] > rows[k - 1][4], k < 30) << k;
    EXPECT_NEAR(rows[k][2], 20e-6 * static_cast<double>(k + 1), 1e-12);
  }
  EXPECT_THAT(readBytes(out() + "/pulses.svg"), HasSubstr("</svg>"));
}

TEST_F(Programming, CellsAreTunedOrReported) {
  const Arguments tune{"--cells",     "40",    "--targets",
                       "0.1,0.5,0.9", "--set", "programming.initial_state=random"};
  device("programme", tune);
  const double range = 330e-6 - 42.4e-6;
  for (const auto& row : table(out() + "/cells.csv")) {
    EXPECT_NEAR(row[2], row[1], 0.01 * range);
    EXPECT_EQ(row[3], 1.0);
  }
  const Outcome outcome = device("programme", tune + Arguments{"--set", "programming.pulse_budget=2"});
  int unreached = 0;
  for (const auto& row : table(out() + "/cells.csv")) {
    if (row[3] == 1.0) continue;
    ++unreached;
    EXPECT_EQ(row[4], 2.0);
    EXPECT_THAT(outcome.out, HasSubstr("cell " + std::to_string(static_cast<int>(row[0])) + ": "));
  }
  EXPECT_GT(unreached, 20);
  EXPECT_EQ(Json::parse(readBytes(out() + "/cells.json")).at("unreached"), unreached);
}

/// Constants of sdc-chromium: 2.4 s and 18.9 mJ for 30 devices.
TEST_F(Programming, ChromiumTakesThePublishedTimeAndEnergy) {
  device("programme", {"--device", "sdc-chromium", "--cells", "3000", "--targets",
                       "0,0.1,0.25,0.5,0.75,0.9,1", "--set", "programming.initial_state=random"});
  const Json j = Json::parse(readBytes(out() + "/cells.json"));
  EXPECT_EQ(j.at("unreached"), 0);
  const double devices = 3000.0 / 30.0;
  EXPECT_NEAR(j.at("time_s").get<double>() / devices, 2.4, 0.05);
  const double circuit = j.at("pulses").get<double>() * 29e-6, cells = j.at("device_j");
  EXPECT_NEAR((circuit + cells) / devices, 18.9e-3, 0.4e-3);
  EXPECT_LT(cells, 1e-3 * circuit);
}

TEST_F(Programming, PulsesAboveTheRatingAreRefused) {
  refused("iv", {"--amplitude", "1.5 V"}, {"--amplitude 1.5 V", "device.rated_voltage (1 V)"});
  refused("programme", {"--set-voltage", "2 V"}, {"2 V", "device.rated_voltage (1 V)"});
  refused("programme", {"--targets", "0.5", "--set", "device.rated_voltage=0.5V"},
          {"programming.largest_voltage = 800 mV", "device.rated_voltage (500 mV)"});
  refused("programme", {"--device", "isaac"}, {"device.law", "mean_metastable_switch"});
  refused("programme", {"--targets", "1.5"}, {"--targets", "from 0 to 1"});
  refused("iv", {"--frequency", "fast"}, {"--frequency fast"});
  expectRefused(arguments("refused") + Arguments{"--set", "readout=ohmic", "--set", "programming.select=half",
                                                 "--programming", "write-verify"},
                {"programming.parallel", "1t1r"});
}

TEST_F(Programming, ARunSaysWhatItsDeploymentCost) {
  const Arguments noisy{"--set", "readout=ohmic",
                        "--set", "nonideality.programming_error_of_range=0.02",
                        "--set", "programming.series_resistance=1kohm"};
  const Json once = report(noisy);
  EXPECT_EQ(once.at("programming").at("method"), "one-shot");
  const Json j =
      report(noisy + Arguments{"--programming", "write-verify", "--timing", "cycle", "--timed-count", "1"});
  const Json& p = j.at("programming");
  EXPECT_EQ(p.at("method"), "write-verify");
  EXPECT_GT(p.at("pulses"), once.at("programming").at("pulses"));
  EXPECT_EQ(p.at("cells_unreached"), 0);
  EXPECT_GT(p.at("time_s"), once.at("programming").at("time_s"));
  double parts = 0.0;
  for (const char* part : {"cells_j", "unselected_j", "series_j", "switch_j", "limiter_j"})
    parts += p.at(part).get<double>();
  EXPECT_NEAR(parts, p.at("energy_j").get<double>(), 1e-9 * parts);
  // Pulses and the reads' cells, word lines, samples and conversions are the dynamic energy of the phase.
  double phase = 0.0;
  for (const Json& layer : j.at("energy").at("dynamic").at("by_layer"))
    phase += layer.at("by_phase").value("programming", 0.0);
  EXPECT_GT(phase, p.at("energy_j").get<double>() + p.at("read_j").get<double>());
  EXPECT_NEAR(phase, j.at("energy").at("dynamic").at("by_phase").at("programming").get<double>(),
              1e-12 * phase);
  const Json stuck =
      report(noisy + Arguments{"--programming", "write-verify", "--set", "nonideality.stuck_on=0.01", "--set",
                               "programming.pulse_budget=20"});
  EXPECT_GT(stuck.at("programming").at("cells_unreached"), 100);
  EXPECT_THAT(last_.out + last_.err, testing::Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace crosstile::test
