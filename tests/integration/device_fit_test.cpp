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
  /// Curves from 0 to 0.5 V, `current(G, V)`, G = 1 mS and less, a factor of 3 each.
  template <class Law>
  std::string curvesOf(const Law& current, int count, const std::string& head, bool resistance) const {
    std::string csv = head + "\n";
    for (int k = 0; k < count; ++k) {
      const double ohm = 1e3 * std::pow(3.0, k);
      for (int i = 0; i <= 50; ++i) {
        const double v = 0.01 * i;
        csv += fmt::format("{},{}{:.6g},{:.15g}\n", k, resistance ? fmt::format("{:.9g},", ohm) : "", v,
                           current(1.0 / ohm, v));
      }
    }
    return scratch_.write("curves.csv", csv);
  }
  static double pooleFrenkel(double g, double v) { return 0.8 * g * v * std::exp(std::sqrt(2.0 * v)); }
  std::string curves(int count, const char* head = "curve,resistance_ohm,voltage_v,current_a") const {
    return curvesOf(pooleFrenkel, count, head, std::string(head).find("resistance") != std::string::npos);
  }
  /// A loop of a switch, once it repeats itself, a sample a 200th of its 10 ms; with times or without.
  std::string loop(bool times) const {
    std::string csv = times ? "time_ms,voltage_v,current_ua\n" : "voltage_v,current_ua\n";
    double x = 0.5;
    for (int n = 0; n < 2000; ++n) {
      const double v = 0.5 * std::sin(2.0 * 3.14159265358979323846 * n / 200);
      if (n >= 1800) {
        csv += (times ? fmt::format("{:.6g},", 0.05 * (n - 1800)) : "") +
               fmt::format("{:.15g},{:.15g}\n", v, 1e6 * v * (x / 3000 + (1 - x) / 60000));
      }
      const double on = 1 / (1 + std::exp(-(v - 0.28) / 0.03)), off = 1 / (1 + std::exp((v + 0.15) / 0.03));
      x = on / (on + off) + (x - on / (on + off)) * std::exp(-5e-5 * (on + off) / 4e-4);
    }
    return scratch_.write("loop.csv", csv);
  }
  /// Current of one cell of the fitted device file.
  double current(const std::string& file, const std::string& g, const std::string& v) {
    const Outcome outcome = runProgram({"--quiet", "crossbar", "--device", out() + "/" + file,
                                        "--conductances", scratch_.write("G.csv", g), "--voltages",
                                        scratch_.write("V.csv", v), "--out", scratch_.file("I.csv")});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.code == 0 ? std::stod(readBytes(scratch_.file("I.csv"))) : NAN;
  }
  Json fitted(const Arguments& more) {
    const Outcome outcome =
        runProgram(Arguments{"--quiet", "device", "fit"} + more + Arguments{"--out", out()});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(readBytes(out() + "/fit.json"));
  }
  void refused(const std::string& csv, const Arguments& more, const std::vector<std::string>& what) {
    expectRefused(
        Arguments{"device", "fit", scratch_.write("bad.csv", csv)} + more + Arguments{"--out", out()}, what);
    EXPECT_FALSE(std::filesystem::exists(out()));
  }
};

TEST_F(DeviceFit, FindsTheLawAndItsFileGivesTheCurvesBack) {
  const Json json =
      fitted({curves(6), "--model", "poole_frenkel", "--split-resistance", "20000", "--on-off-ratio", "5"});
  for (const char* group : {"low", "high"}) {
    const Json& p = json["groups"][group]["parameters"];
    EXPECT_NEAR(p["slope"][0].get<double>(), -1.0, 1e-6);
    EXPECT_NEAR(p["slope"][1].get<double>(), 0.0, 1e-6);
    EXPECT_NEAR(p["intercept"][0].get<double>(), std::log(0.8), 1e-5);
    EXPECT_LT(p["covariance"][2].get<double>(), 1e-9);
  }
  EXPECT_NEAR(json["groups"]["low"]["g_on"].get<double>(), 1e-3, 1e-12);
  EXPECT_NEAR(json["groups"]["high"]["g_off"].get<double>() / (1.0 / 243e3), 1.0, 1e-9);
  for (const char* file : {"low.toml", "low.svg", "high.toml", "high.svg", "fit.csv", "fit.json"})
    EXPECT_TRUE(std::filesystem::exists(out() + "/" + file)) << file;
  EXPECT_NEAR(current("high.toml", "1e-5", "0.4") / pooleFrenkel(1e-5, 0.4), 1.0, 1e-5);
  EXPECT_THAT(readBytes(out() + "/fit.csv"), testing::HasSubstr("\nhigh,\"5\",243000,"));
  EXPECT_EQ(runProgram({"describe", "--hardware", out() + "/high.toml"}).code, 0);
}

TEST_F(DeviceFit, ConductancesAreTheLawsOwn) {
  const auto sinh = [](double g, double v) { return g * std::sinh(3.0 * v) / 3.0; };
  const std::string head = "curve,voltage_v,current_a";
  Json json = fitted({curvesOf(sinh, 4, head, false), "--model", "sinh"})["groups"]["device"];
  EXPECT_NEAR(json["parameters"]["b"].get<double>(), 3.0, 1e-6);
  EXPECT_NEAR(json["g_on"].get<double>(), 1e-3, 1e-9);
  EXPECT_NEAR(current("device.toml", "5e-4", "-0.4") / sinh(5e-4, -0.4), 1.0, 1e-6);
  const auto power = [](double g, double v) { return 0.25 * g * std::pow(v / 0.25, std::log2(2.6)); };
  json = fitted({curvesOf(power, 4, head, false), "--model", "log_linear"})["groups"]["device"];
  EXPECT_NEAR(json["parameters"]["n"].get<double>(), 2.6, 1e-6);
  EXPECT_NEAR(json["g_on"].get<double>(), 1e-3, 1e-9);
  EXPECT_NEAR(current("device.toml", "5e-4", "0.4") / power(5e-4, 0.4), 1.0, 1e-6);
  EXPECT_EQ(runProgram({"describe", "--hardware", out() + "/device.toml"}).code, 0);
}

TEST_F(DeviceFit, UnitsAndResistancesThatAreReadFromTheSamples) {
  const Json p =
      fitted({curves(4, "curve,voltage_v,current_ua"), "--model", "poole_frenkel"})["groups"]["device"];
  EXPECT_NEAR(p["parameters"]["intercept"][0].get<double>(), -std::sqrt(0.2), 1e-5);  // ln(c R), R at 0.1 V
  EXPECT_NEAR(p["g_on"].get<double>() / (0.8e-9 * std::exp(std::sqrt(0.2))), 1.0, 1e-9);
}

TEST_F(DeviceFit, FitToTheLogarithmGoesIntoTheFileWhenAskedFor) {
  // A current that no Poole-Frenkel law fits, so that the errors weigh.
  const auto kinked = [](double g, double v) { return pooleFrenkel(g, v) * (v < 0.1 ? 1.3 : 1.0); };
  const std::string csv = curvesOf(kinked, 5, "curve,voltage_v,current_a", false);
  const Json byCurrent = fitted({csv, "--model", "poole_frenkel"})["groups"]["device"];
  const Json byLog = fitted({csv, "--model", "poole_frenkel", "--fit", "log"})["groups"]["device"];
  EXPECT_EQ(byLog["by_fit"], byCurrent["by_fit"]);
  EXPECT_EQ(byLog["parameters"]["slope"], byLog["by_fit"]["logarithm"]["slope"]);
  EXPECT_NE(byLog["parameters"]["intercept"], byCurrent["parameters"]["intercept"]);
  EXPECT_LT(byLog["by_fit"]["current"]["goodness"]["nrmse_mean"],
            byLog["by_fit"]["logarithm"]["goodness"]["nrmse_mean"]);
  EXPECT_GT(byLog["mean_power_w"]["logarithm"].get<double>(), 0.0);
}

TEST_F(DeviceFit, SwitchesFromLoops) {
  const Arguments model{"--model", "mean_metastable_switch"};
  for (const bool times : {false, true}) {
    const Json json =
        fitted(Arguments{loop(times)} + model + (times ? Arguments{} : Arguments{"--period", "10 ms"}));
    const Json& fit = json["groups"]["device"];
    EXPECT_LT(fit["nrmse"].get<double>(), 1e-4);
    EXPECT_NEAR(fit["parameters"]["r_on"].get<double>(), 3000.0, 10.0);
    EXPECT_NEAR(fit["parameters"]["tau_s"].get<double>(), 4e-4, 1e-5);
    EXPECT_NEAR(fit["retention_at_0_v_s"].get<double>(), 0.0585, 0.005);
  }
  EXPECT_NEAR(current("device.toml", "1e-4", "0.1"), 1e-5, 1e-15);
  EXPECT_TRUE(std::filesystem::exists(out() + "/loop.csv"));
  const Json kept = fitted(Arguments{loop(true)} + model + Arguments{"--least-retention", "100 s"});
  EXPECT_GE(kept["groups"]["device"]["retention_at_0_v_s"].get<double>(), 99.999);
}

/// The chip around the cells may be a file, and that may build on another.
TEST_F(DeviceFit, ChipsFromFiles) {
  scratch_.write("base.toml", "preset = \"isaac\"\n[array]\nrows = 32\n");
  const std::string chip = scratch_.write("chip.toml", "preset = \"base.toml\"\n[array]\ncolumns = 64\n");
  fitted({curves(4), "--model", "poole_frenkel", "--preset", chip});
  const Outcome described = runProgram({"describe", "--hardware", out() + "/device.toml", "--toml"});
  ASSERT_EQ(described.code, 0) << described.err;
  for (const char* line : {"rows = 32", "columns = 64", "law = \"poole_frenkel\"", "g_on = \"1 mS\""})
    EXPECT_THAT(described.out, testing::HasSubstr(line));
}

TEST_F(DeviceFit, RefusesWhatItCannotFit) {
  const Arguments model{"--model", "poole_frenkel"};
  const std::string head = "curve,resistance_ohm,voltage_v,current_a\n";
  refused(head, model, {"bad.csv", "no curves"});
  refused("a,b\n1,2\n", model, {"bad.csv:1", "unknown column \"a\"", "voltage_v", "current_a"});
  refused("0.1,1e-4\n", model, {"bad.csv:1", "--columns"});
  refused("voltage_v\n0.1\n", model, {"bad.csv:1", "no column of currents"});
  refused("voltage_v,current_a,current_ma\n", model, {"bad.csv:1", "current_ma", "earlier"});
  refused("0.1,1e-4\n", model + Arguments{"--columns", "voltage_v,amps"},
          {"--columns", "unknown column \"amps\""});
  refused(head + "0,1e3,0.1,nan\n", model, {"bad.csv:2", "nan", "finite number"});
  refused(head + "0,1e3,0.1\n", model, {"bad.csv:2", "3 values for 4 columns"});
  refused(head + "0,1e3,500,1e-3\n", model, {"bad.csv:2", "500 V", "unit"});
  refused("voltage_mv,current_a\n0.1,1e-4\n0.2,2e-4\n", model, {"bad.csv", "0.0002 V", "unit"});
  refused(head + "0,1e3,0.1,0.1\n0,1e3,0.2,0.2\n", model,
          {"curve 0", "resistance_ohm is 1000", "1 ohm", "unit"});
  refused(head + "0,1e3,0.1,-1e-4\n0,1e3,0.2,-2e-4\n", model, {"curve 0", "sign", "0.1 V"});
  refused(head + "0,-1,0.1,1e-3\n", model, {"bad.csv:2", "resistance", "above 0"});
  refused(head + "0,1e3,0.1,1e-4\n0,1e3,0.2,2e-4\n", model, {"curve 0", "2 samples", "at least 3"});
  refused(head + "0,1e3,0.1,1e-4\n0,1e3,0.2,5e-4\n0,1e3,0.3,1e-4\n", model, {"curve 0", "not monotone"});
  std::string same = head;
  for (int k = 0; k < 3; ++k) {
    for (int i = 1; i <= 5; ++i) same += fmt::format("{},1e3,{},{}\n", k, 0.1 * i, 1e-4 * i);
  }
  refused(same, model, {"G_on", "one state", "--on-off-ratio"});
  refused(same, model + Arguments{"--split-resistance", "10"}, {"--split-resistance", "no curve"});
  refused(same, model + Arguments{"--split-resistance", "0"}, {"--split-resistance", "above 0"});
  refused(same, model + Arguments{"--on-off-ratio", "0.5"}, {"--on-off-ratio", "1.0001"});
  refused(same, model + Arguments{"--preset", "issac"}, {"issac", "no such hardware file or preset"});
  refused(same, model + Arguments{"--period", "1 s"}, {"--period", "mean_metastable_switch"});
  const Arguments loops{"--model", "mean_metastable_switch"};
  refused(same, loops, {"bad.csv", "samples"});
  refused(readBytes(loop(false)), loops, {"bad.csv", "period"});
  refused(readBytes(loop(false)), loops + Arguments{"--period", "10 A"}, {"--period", "unit of s"});
  refused(readBytes(loop(true)), loops + Arguments{"--period", "5 ms"}, {"bad.csv", "within one period"});
  refused(readBytes(loop(false)), loops + Arguments{"--period", "10 ms", "--least-retention", "-1 s"},
          {"--least-retention", "above 0"});
  refused(readBytes(loop(false)), {"--model", "sinh"}, {"not monotone", "mean_metastable_switch"});
  refused(same, model + Arguments{"--read-voltage", "0.9 V"}, {"--read-voltage", "reach 0.5 V"});
  expectRefused({"device", "fit", scratch_.file("nowhere.csv"), "--model", "sinh", "--out", out()},
                {"nowhere.csv", "can't be read"});
}

/// The published curves, where the tests are told of them: the constants that their authors fitted.
TEST_F(DeviceFit, MeasuredSiOxCurves) {
  const char* path = std::getenv("CROSSTILE_SIOX_CURVES");
  if (path == nullptr)
    GTEST_SKIP() << "CROSSTILE_SIOX_CURVES names no file of the measured curves (Zenodo 5762184)";
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

/// Loops of tungsten devices, 5k_AMPLITUDE_FREQUENCY_DEVICE.csv, voltage and microampere over one period.
TEST_F(DeviceFit, MeasuredLoops) {
  const char* folder = std::getenv("CROSSTILE_SWITCH_LOOPS");
  if (folder == nullptr) GTEST_SKIP() << "CROSSTILE_SWITCH_LOOPS names no folder of Knowm's tungsten loops";
  int loops = 0;
  double sum = 0.0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const auto hertz = name.find('_', name.find('_') + 1) + 1;
    if (entry.path().extension() != ".csv") continue;
    const Json json = fitted({entry.path().string(), "--columns", "voltage_v,current_ua", "--model",
                              "mean_metastable_switch", "--period",
                              fmt::format("{} s", 1.0 / std::stod(name.substr(hertz)))});
    const double nrmse = json["groups"]["device"]["nrmse"];
    EXPECT_LT(nrmse, 0.0405) << name;
    EXPECT_GT(nrmse, 0.015) << name;
    sum += nrmse;
    ++loops;
  }
  ASSERT_GT(loops, 0) << folder;
  EXPECT_LT(sum / loops, 0.03);
}

}  // namespace
}  // namespace crosstile::test
