// SPDX-License-Identifier: Apache-2.0
// `crosstile device fit` from outside: what it finds, that its device files run, and what it refuses.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;

class DeviceFit : public RunTest {
 protected:
  DeviceFit() : RunTest(4) {}
  std::string out() const { return scratch_.file("fit"); }
  /// Curves of exactly Poole-Frenkel cells at resistances from 1 kohm up, a factor of 3 each.
  std::string curves(int count, const char* head = "curve,resistance_ohm,voltage_v,current_a") const {
    std::string csv = std::string(head) + "\n";
    for (int k = 0; k < count; ++k) {
      const double ohm = 1e3 * std::pow(3.0, k);
      for (int i = 0; i <= 50; ++i) {
        const double v = 0.01 * i;
        csv += fmt::format("{},{:.9g},{:.6g},{:.12g}\n", k, ohm, v, 0.8 / ohm * v * std::exp(std::sqrt(2.0 * v)));
      }
    }
    return scratch_.write("curves.csv", csv);
  }
  Json fitted(const Arguments& more) {
    const Outcome outcome = runProgram(Arguments{"--quiet", "device", "fit"} + more + Arguments{"--out", out()});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(readBytes(out() + "/fit.json"));
  }
  void refused(const std::string& csv, const Arguments& more, const std::vector<std::string>& what) {
    expectRefused(Arguments{"device", "fit", scratch_.write("bad.csv", csv)} + more + Arguments{"--out", out()}, what);
    EXPECT_FALSE(std::filesystem::exists(out()));
  }
};

TEST_F(DeviceFit, FindsTheLawAndItsFileGivesTheCurvesBack) {
  const Json json = fitted({curves(6), "--model", "poole_frenkel", "--split-resistance", "20000", "--on-off-ratio", "5"});
  for (const char* group : {"low", "high"}) {
    const Json& p = json["groups"][group]["parameters"];
    EXPECT_NEAR(p["slope"][0].get<double>(), -1.0, 1e-6);
    EXPECT_NEAR(p["slope"][1].get<double>(), 0.0, 1e-6);
    EXPECT_NEAR(p["intercept"][0].get<double>(), std::log(0.8), 1e-5);
    EXPECT_LT(p["covariance"][2].get<double>(), 1e-9);
  }
  EXPECT_NEAR(json["groups"]["low"]["g_on"].get<double>(), 1e-3, 1e-12);
  EXPECT_NEAR(json["groups"]["high"]["g_off"].get<double>() / (1.0 / 243e3), 1.0, 1e-9);
  for (const char* file : {"low.toml", "low.csv", "low.svg", "high.toml", "high.csv", "high.svg"})
    EXPECT_TRUE(std::filesystem::exists(out() + "/" + file)) << file;
  const Outcome current = runProgram({"--quiet", "crossbar", "--device", out() + "/high.toml", "--conductances",
                                      scratch_.write("G.csv", "1e-5"), "--voltages", scratch_.write("V.csv", "0.4"),
                                      "--out", scratch_.file("I.csv")});
  ASSERT_EQ(current.code, 0) << current.err;
  EXPECT_NEAR(std::stod(readBytes(scratch_.file("I.csv"))) / (0.8e-5 * 0.4 * std::exp(std::sqrt(0.8))), 1.0, 1e-5);
  EXPECT_EQ(runProgram({"describe", "--hardware", out() + "/high.toml"}).code, 0);
}

TEST_F(DeviceFit, OtherLawsAndUnits) {
  EXPECT_NEAR(fitted({curves(4), "--model", "sinh"})["groups"]["device"]["curves"].get<int>(), 4, 0);
  const Json json = fitted({curves(4), "--model", "log_linear"});
  EXPECT_GT(json["groups"]["device"]["parameters"]["n"].get<double>(), 2.0);
  EXPECT_EQ(runProgram({"describe", "--hardware", out() + "/device.toml"}).code, 0);
  // The same numbers in microampere stand for a current a million times smaller.
  const Json micro = fitted({curves(4, "curve,resistance_ohm,voltage_v,current_ua"), "--model", "poole_frenkel"});
  EXPECT_NEAR(micro["groups"]["device"]["parameters"]["intercept"][0].get<double>(), std::log(0.8e-6), 1e-5);
}

TEST_F(DeviceFit, RefusesWhatItCannotFit) {
  const Arguments model{"--model", "poole_frenkel"};
  const std::string head = "curve,resistance_ohm,voltage_v,current_a\n";
  refused(head, model, {"bad.csv", "no curves"});
  refused("a,b\n1,2\n", model, {"bad.csv:1", "voltage_v", "current_a"});
  refused(head + "0,1e3,0.1,nan\n", model, {"bad.csv:2", "nan", "finite number"});
  refused(head + "0,1e3,0.1\n", model, {"bad.csv:2", "3 values for 4 columns"});
  refused(head + "0,1e3,500,1e-3\n", model, {"bad.csv:2", "500 V", "unit"});
  refused(head + "0,-1,0.1,1e-3\n", model, {"bad.csv:2", "resistance", "above 0"});
  refused(head + "0,1e3,0.1,1e-4\n0,1e3,0.2,2e-4\n", model, {"curve 0", "2 samples", "at least 3"});
  refused(head + "0,1e3,0.1,1e-4\n0,1e3,0.2,5e-4\n0,1e3,0.3,1e-4\n", model, {"curve 0", "not monotone"});
  std::string same = head;
  for (int k = 0; k < 3; ++k) {
    for (int i = 1; i <= 5; ++i) same += fmt::format("{},1e3,{},{}\n", k, 0.1 * i, 1e-4 * i);
  }
  refused(same, model, {"G_on", "one state", "--on-off-ratio"});
  refused(same, model + Arguments{"--split-resistance", "10"}, {"--split-resistance", "no curve"});
  refused(same, {"--model", "mean_metastable_switch"}, {"--period"});
  refused(same, model + Arguments{"--read-voltage", "0.9 V"}, {"--read-voltage", "reach 0.5 V"});
  expectRefused({"device", "fit", scratch_.file("nowhere.csv"), "--model", "sinh", "--out", out()},
                {"nowhere.csv", "can't be read"});
}

/// The published curves, where the tests are told of them: the constants that their authors fitted.
TEST_F(DeviceFit, MeasuredSiOxCurves) {
  const char* path = std::getenv("CROSSTILE_SIOX_CURVES");
  if (path == nullptr) GTEST_SKIP() << "CROSSTILE_SIOX_CURVES names no file of the measured curves (Zenodo 5762184)";
  const Json json =
      fitted({path, "--model", "poole_frenkel", "--split-resistance", "12906.4", "--on-off-ratio", "5"});
  const Json golden = Json::parse(readBytes(CROSSTILE_SOURCE_DIR "/tests/golden/siox_poole_frenkel.json"));
  for (const auto& [group, key] : {std::pair{"low", "low_R"}, std::pair{"high", "high_R"}}) {
    const Json& p = json["groups"][group]["parameters"];
    const Json& g = golden[key];
    for (int d = 0; d < 2; ++d) {
      EXPECT_NEAR(p["slope"][d].get<double>() / g["slopes"][d].get<double>(), 1.0, 1e-3);
      EXPECT_NEAR(p["intercept"][d].get<double>() / g["intercepts"][d].get<double>(), 1.0, 1e-3);
      EXPECT_NEAR(p["covariance"][2 * d].get<double>() / g["cov"][d][d].get<double>(), 1.0, 1e-2);
    }
    EXPECT_NEAR(p["covariance"][1].get<double>() / g["cov"][0][1].get<double>(), 1.0, 1e-2);
  }
}

}  // namespace
}  // namespace crosstile::test
