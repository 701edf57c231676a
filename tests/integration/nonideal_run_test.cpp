// SPDX-License-Identifier: Apache-2.0
// Nonidealities through the program: the timing modes agree with all of them on, accuracy by age, fault
// files, what is refused, what `explain` knows.
#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;

Arguments set(const std::vector<std::string>& settings) {
  Arguments all;
  for (const std::string& s : settings) all = all + Arguments{"--set", s};
  return all;
}

class NonidealRun : public RunTest {
 protected:
  NonidealRun() : RunTest(6) {}

  /// Every nonideality of the file, on a chip of SiOx-like cells.
  Arguments everything() const {
    const std::string stuck = scratch_.write("stuck.csv", "# S\n1e-6\n2e-6\n4e-6\n");
    std::string map;
    for (int r = 0; r < 128; ++r) {
      for (int c = 0; c < 128; ++c)
        map += std::string(c == 0 ? "" : ",") + (r == c ? "open" : r == 3 ? "on" : "0");
      map += "\n";
    }
    const std::string yield = scratch_.write("yield.csv", map);
    return set({"readout=device",
                "device.law=log_linear",
                "device.log_linear_n=2.3",
                "device.temperature=320 K",
                "device.temperature_coefficient=0.001",
                "nonideality.levels=16",
                "nonideality.programming_error_of_g=0.02",
                "nonideality.programming_model=rram_wan",
                "nonideality.stuck_off=0.01",
                "nonideality.stuck_on=0.01",
                "nonideality.stuck_value_probability=0.01",
                "nonideality.stuck_value=3uS",
                "nonideality.stuck_distribution_probability=0.01",
                "nonideality.stuck_distribution=" + stuck,
                "nonideality.yield_map=" + yield,
                "nonideality.d2d_sigma_on=0.05",
                "nonideality.d2d_sigma_off=0.1",
                "nonideality.drift_model=pcm",
                "nonideality.age=1h",
                "nonideality.drift_compensation=true",
                "nonideality.retention_time=100 d",
                "nonideality.retention_activation_energy=0.6",
                "nonideality.reads=1e5",
                "nonideality.read_disturb_of_g=0.02",
                "nonideality.read_noise_model=pcm",
                "nonideality.read_noise_of_g=0.01",
                "nonideality.rtn_amplitude_of_g=0.05",
                "nonideality.rtn_probability=0.5",
                "nonideality.thermal_noise=true",
                "nonideality.shot_noise=true",
                "dac.inl=0.1",
                "sample_hold.gain=0.99",
                "sample_hold.amplifier_noise=1e-12",
                "sample_hold.amplifier_offset=5nA",
                "adc.reference_noise=0.001",
                "adc.noise_lsb=0.1",
                "adc.inl_lsb=0.2",
                "adc.dnl_lsb=0.05"});
  }
  std::string hardware(const std::string& toml) const { return scratch_.write("h.toml", toml); }
  void refuse(const std::string& toml, const std::vector<std::string>& what) {
    expectRefused({"describe", "--hardware", hardware(toml)}, what);
  }
};

TEST_F(NonidealRun, TimingModesAndThreadsAgreeWithEverythingOn) {
  const auto one =
      outputs(everything() + Arguments{"--threads", "1", "--timing", "cycle", "--timed-count", "3"});
  EXPECT_EQ(outputs(everything() + Arguments{"--threads", "2", "--timing", "loose", "--timed-count", "3"}),
            one);
  EXPECT_EQ(outputs(everything() + Arguments{"--timing", "functional"}), one);
  EXPECT_NE(outputs(everything() + Arguments{"--timing", "functional", "--seed", "2"}), one);
}

TEST_F(NonidealRun, StuckCellsAreCompensatedInEveryMode) {
  const Arguments exact =
      set({"readout=ohmic", "encoding.scheme=differential", "array.reference_column=false"});
  const Arguments stuck = exact + set({"nonideality.stuck_off=0.025", "nonideality.stuck_on=0.025"});
  const Arguments around = stuck + set({"encoding.stuck_compensation=true"});
  const std::vector<float> right = outputs(exact + Arguments{"--timing", "functional"});
  const std::vector<float> without = outputs(stuck + Arguments{"--timing", "functional"});
  const std::vector<float> with = outputs(around + Arguments{"--timing", "functional"});
  for (const char* mode : {"loose", "cycle"})
    EXPECT_EQ(outputs(around + Arguments{"--timing", mode, "--timed-count", "3"}), with) << mode;
  const auto error = [&](const std::vector<float>& x) {
    double sum = 0.0;
    for (std::size_t i = 0; i < right.size(); ++i) sum += std::pow(x.at(i) - right[i], 2);
    return sum;
  };
  EXPECT_LT(4.0 * error(with), error(without));
}

TEST_F(NonidealRun, EachNonidealityChangesTheAnswer) {
  const Arguments base = set({"readout=ohmic", "device.temperature=350 K", "nonideality.age=1y"});
  const auto plain = outputs(base);
  const std::string stuck = scratch_.write("stuck.csv", "5e-6\n");
  for (const std::vector<std::string>& one :
       {std::vector<std::string>{"device.temperature_coefficient=0.01"},
        {"nonideality.programming_model=pcm"},
        {"nonideality.stuck_value_probability=0.1"},
        {"nonideality.stuck_distribution_probability=0.1", "nonideality.stuck_distribution=" + stuck},
        {"nonideality.drift_model=pcm"},
        {"nonideality.retention_time=1y"},
        {"nonideality.reads=1e8", "nonideality.read_disturb_of_g=0.02"},
        {"nonideality.read_noise_model=pcm"},
        {"nonideality.rtn_amplitude_of_g=0.3"},
        {"nonideality.thermal_noise=true", "array.read_time=100ps"},
        {"nonideality.shot_noise=true", "array.read_time=100ps"},
        {"sample_hold.amplifier_noise=1e-10"},
        {"sample_hold.amplifier_offset=1uA"},
        {"adc.reference_noise=0.02"}}) {
    EXPECT_NE(outputs(base + set(one)), plain) << one.front();
  }
}

TEST_F(NonidealRun, ByAgeTheSameChipIsEvaluatedAgain) {
  const Arguments drift =
      set({"readout=ohmic", "nonideality.drift_nu=0.1", "nonideality.drift_nu_sigma=0.05"});
  const Json all = report(drift + Arguments{"--age", "1s,1 min,1y", "--draws", "2"});
  ASSERT_EQ(all["accuracy_by_age"].size(), 3U);
  const std::vector<double> seconds{1.0, 60.0, 31557600.0};
  for (std::size_t a = 0; a < 3; ++a) {
    const Json& aged = all["accuracy_by_age"][a];
    EXPECT_EQ(aged["age_s"], seconds[a]);
    EXPECT_EQ(aged["draws"].size(), 2U);
    const Json alone = report(drift + Arguments{"--draws", "2", "--age", std::to_string(seconds[a]) + " s"});
    EXPECT_EQ(alone["accuracy"]["draws"], aged["draws"]) << a;
    EXPECT_EQ(alone["accuracy"]["top1"], aged["top1"]) << a;
  }
  EXPECT_EQ(all["accuracy"]["top1"], all["accuracy_by_age"][0]["top1"]);
  EXPECT_THAT(last_.out, testing::Not(testing::HasSubstr("at age")));  // of one age
  report(drift + Arguments{"--age", "1s,1d"});
  EXPECT_THAT(last_.out, testing::HasSubstr("at age      1d"));
  EXPECT_FALSE(report(drift).contains("accuracy_by_age"));
}

TEST_F(NonidealRun, AgesThatAreNone) {
  for (const auto& [ages, found] : {std::pair{"1s,,1h", "\"\""},
                                    {"1s,1 week", "1 week"},
                                    {"-1 s", "-1 s"},
                                    {"1h,", "\"\""},
                                    {"1e13 s", "1e13 s"},
                                    {"nan s", "nan s"}})
    expectRefused(arguments() + Arguments{"--age", ages}, {"--age", found});
}

TEST_F(NonidealRun, AYieldMapSwitchesColumnsOff) {
  // Every cell open, offset and reference column too: no current at all, so every image gets the same answer.
  std::string map;
  for (int r = 0; r < 128; ++r) {
    for (int c = 0; c < 130; ++c) map += c == 0 ? "open" : ",open";
    map += "\n";
  }
  const std::string file = scratch_.write("yield.csv", map);
  const auto dead = outputs(set({"readout=ohmic", "nonideality.yield_map=" + file}));
  for (std::size_t i = 10; i < dead.size(); ++i) EXPECT_EQ(dead[i], dead[i % 10]);
  const auto alive = outputs(set({"readout=ohmic"}));
  EXPECT_NE(alive, dead);
  // `ok` everywhere, with physical columns, changes nothing.
  map.clear();
  for (int r = 0; r < 256; ++r) {
    for (int c = 0; c < 130; ++c) map += c == 0 ? "ok" : ",0";
    map += "\n";
  }
  scratch_.write("yield.csv", map);
  EXPECT_EQ(outputs(set({"readout=ohmic", "nonideality.yield_map=" + file})), alive);
}

TEST_F(NonidealRun, FaultFilesThatCantBe) {
  const std::string head =
      "[array]\nrows = 2\ncolumns = 2\nreference_column = false\n[encoding]\nscheme = "
      "\"differential\"\n[nonideality]\n";
  const std::string map = head + "yield_map = \"y.csv\"\n";
  const auto withMap = [&](const std::string& csv, const std::vector<std::string>& what) {
    scratch_.write("y.csv", csv);
    refuse(map, what);
  };
  withMap("0,on\nok,5e-6\n0,0\n", {"y.csv", "3 lines", "array.rows (2)"});
  withMap("", {"y.csv", "0 lines"});
  withMap("0,on\n# note\nok\n", {"y.csv:3", "1 cells", "2 (array.columns)"});
  withMap("0,on,0,0\nok,0\n", {"y.csv:1", "4 cells"});
  withMap("0,broken\n0,0\n", {"y.csv:1", "\"broken\"", "ok, on, off, open"});
  withMap("0,\n0,0\n", {"y.csv:1", "\"\""});
  withMap("0,-1e-6\n0,0\n", {"y.csv:1", "-1e-6"});
  withMap("0,nan\n0,0\n", {"y.csv:1", "nan"});
  refuse(head + "yield_map = \"none.csv\"\n", {"h.toml:8", "nonideality.yield_map", "can't be read"});
  const std::string stuck = head + "stuck_distribution = \"s.csv\"\nstuck_distribution_probability = 0.1\n";
  const auto withStuck = [&](const std::string& csv, const std::vector<std::string>& what) {
    scratch_.write("s.csv", csv);
    refuse(stuck, what);
  };
  withStuck("", {"s.csv", "at least one"});
  withStuck("1e-6\n5 uS\n", {"s.csv:2", "\"5 uS\""});
  withStuck("1e-6,2e-6\n", {"s.csv:1"});
  withStuck("-1e-6\n", {"s.csv:1", "0 to 10 S"});
  refuse(head + "stuck_distribution_probability = 0.1\n", {"h.toml:8", "needs its conductances"});
  refuse(head + "stuck_distribution = \"none.csv\"\n", {"h.toml:8", "can't be read"});
  scratch_.write("s.csv", "1e-6\n2e-6\n");
  EXPECT_EQ(runProgram({"describe", "--hardware", hardware(stuck)}).code, 0);
}

TEST_F(NonidealRun, KeysOutOfRange) {
  const auto key = [&](const std::string& section, const std::string& line,
                       const std::vector<std::string>& what) {
    refuse("[" + section + "]\n" + line + "\n", what);
  };
  key("nonideality", "programming_model = \"reram\"", {"h.toml:2", "programming_model", "rram_milo"});
  refuse("[device]\ng_on = \"100 uS\"\n[nonideality]\nprogramming_model = \"rram_wan\"\n",
         {"h.toml:2", "device.g_on", "39.3 uS", "rram_wan"});
  refuse("[device]\ng_on = \"40 uS\"\n[nonideality]\nprogramming_model = \"rram_milo\"\n",
         {"h.toml:2", "device.g_on", "from 50 uS to 225 uS"});
  key("nonideality", "stuck_value_probability = 1.5", {"h.toml:2", "stuck_value_probability", "0 to 1"});
  key("nonideality", "stuck_value = \"-1 uS\"", {"h.toml:2", "stuck_value"});
  key("nonideality", "stuck_value = \"1 uV\"", {"h.toml:2", "stuck_value", "unit of S"});
  key("nonideality", "stuck_on = 0.6\nstuck_value_probability = 0.6", {"h.toml:2", "add up to at most 1"});
  key("nonideality", "drift_model = \"rram\"", {"h.toml:2", "drift_model", "constant, pcm"});
  key("nonideality", "drift_compensation = 1", {"h.toml:2", "drift_compensation", "true or false"});
  key("nonideality", "retention_time = \"-1 s\"", {"h.toml:2", "retention_time"});
  key("nonideality", "retention_conductance = \"20 S\"", {"h.toml:2", "retention_conductance"});
  key("nonideality", "retention_activation_energy = -0.1", {"h.toml:2", "retention_activation_energy", "eV"});
  key("nonideality", "reads = -1", {"h.toml:2", "nonideality.reads"});
  key("nonideality", "read_disturb_of_g = -1.5", {"h.toml:2", "read_disturb_of_g", "of G"});
  key("nonideality", "read_disturb_exponent = -0.5", {"h.toml:2", "read_disturb_exponent"});
  key("nonideality", "read_noise_model = \"white\"", {"h.toml:2", "read_noise_model", "none, pcm"});
  key("nonideality", "rtn_amplitude_of_g = 1.1", {"h.toml:2", "rtn_amplitude_of_g", "of G"});
  key("nonideality", "rtn_probability = -1", {"h.toml:2", "rtn_probability"});
  key("nonideality", "rtn_occupancy = 2", {"h.toml:2", "rtn_occupancy"});
  key("nonideality", "thermal_noise = 300", {"h.toml:2", "thermal_noise"});
  key("nonideality", "shot_noise = \"yes\"", {"h.toml:2", "shot_noise"});
  key("device", "log_linear_n = 1.9", {"h.toml:2", "log_linear_n"});
  key("device", "log_linear_n_sigma = -1", {"h.toml:2", "log_linear_n_sigma"});
  key("device", "log_linear_reference_voltage = 0", {"h.toml:2", "log_linear_reference_voltage"});
  key("device", "reference_temperature = \"0 K\"", {"h.toml:2", "reference_temperature"});
  key("device", "temperature = \"400 K\"\ntemperature_coefficient = -0.05",
      {"h.toml:3", "temperature_coefficient", "400 K"});
  key("sample_hold", "amplifier_noise = -1e-12", {"h.toml:2", "amplifier_noise", "A/sqrt(Hz)"});
  key("sample_hold", "amplifier_offset = \"-1 nA\"", {"h.toml:2", "amplifier_offset"});
  key("adc", "reference_noise = 1.5", {"h.toml:2", "reference_noise", "of the reference"});
  key("adc", "calibrated_at = \"noon\"", {"h.toml:2", "calibrated_at", "programming, age"});
}

TEST_F(NonidealRun, ExplainTakesEachAwayAndLeavesEachAlone) {
  const Outcome found = runProgram(Arguments{"explain", "--json", "--network", network_, "--images", images_,
                                             "--labels", labels_, "--count", "2"} +
                                   everything());
  ASSERT_EQ(found.code, 0) << found.err;
  std::set<std::string> effects;
  const Json json = Json::parse(found.out);
  for (const Json& e : json["effects"]) effects.insert(e["effect"].get<std::string>());
  for (const char* name : {"nonlinear devices", "residuals of the law", "programming error",   "stuck cells",
                           "yield map",         "device variability",   "finite levels",       "drift",
                           "retention",         "read disturb",         "temperature",         "1/f noise",
                           "read noise",        "telegraph noise",      "thermal noise",       "shot noise",
                           "amplifiers",        "sample-and-hold",      "ADC reference noise", "ADC noise",
                           "ADC nonlinearity",  "ADC resolution"})
    EXPECT_EQ(effects.count(name), 1U) << name;
}

}  // namespace
}  // namespace crosstile::test
