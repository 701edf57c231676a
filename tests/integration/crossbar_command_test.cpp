// SPDX-License-Identifier: Apache-2.0
// `crosstile crossbar` from outside: golden circuits, device laws, and bad input (one line, exit 2, nothing
// written).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CrossbarCommand : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }

  /// Exit code; what went to standard error is in `error_`.
  int run(const std::string& arguments) {
    const std::string command =
        std::string(CROSSTILE_PROGRAM) + " --quiet crossbar " + arguments + " 2> " + path("stderr");
    const int status = std::system(command.c_str());
    std::ifstream file(path("stderr"));
    std::stringstream text;
    text << file.rdbuf();
    error_ = text.str();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string files(const std::string& g, const std::string& v) const {
    return "--conductances " + g + " --voltages " + v + " --out " + path("I.csv") + " ";
  }

  std::vector<std::vector<double>> currents() const {
    std::vector<std::vector<double>> rows;
    std::ifstream file(path("I.csv"));
    for (std::string line; std::getline(file, line);) {
      rows.emplace_back();
      std::stringstream fields(line);
      for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(std::stod(field));
    }
    return rows;
  }

  /// Exit 2, one line that contains `what`, no output file, nothing left behind.
  void expectRefused(const std::string& arguments, const std::string& what) {
    SCOPED_TRACE(arguments);
    EXPECT_EQ(run(arguments), 2);
    EXPECT_THAT(error_, HasSubstr(what));
    EXPECT_EQ(std::count(error_.begin(), error_.end(), '\n'), 1) << error_;
    EXPECT_FALSE(fs::exists(path("I.csv")));
    for (const auto& entry : fs::directory_iterator(folder_))
      EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr("partial")));
  }

  fs::path folder_ = fs::temp_directory_path() / ("crosstile-crossbar-" + std::to_string(getpid()));
  std::string error_;
};

TEST_F(CrossbarCommand, GoldenCircuits) {
  std::ifstream file(CROSSTILE_SOURCE_DIR "/tests/golden/crossbar_circuit.json");
  const auto golden = nlohmann::json::parse(file);
  for (const auto& [name, entry] : golden.items()) {
    SCOPED_TRACE(name);
    std::ostringstream g, v;
    g.precision(17), v.precision(17);
    for (const auto& row : entry.at("resistances")) {
      for (std::size_t j = 0; j < row.size(); ++j)
        g << (j ? "," : "") << (row[j].is_null() ? 0.0 : 1.0 / row[j].get<double>());
      g << "\n";
    }
    const auto& applied = entry.at("applied_voltages");
    for (std::size_t i = 0; i < applied.size(); ++i) v << (i ? "," : "") << applied[i].at(0).get<double>();
    std::ostringstream wires;
    wires << " --r-word " << entry.at("r_i_word_line") << " --r-bit " << entry.at("r_i_bit_line");
    ASSERT_EQ(run(files(write("G.csv", g.str()), write("V.csv", v.str())) +
                  "--device linear --readout ir_drop" + wires.str()),
              0)
        << error_;
    const std::vector<double> expected = entry.at("I_out").at(0);
    const auto found = currents();
    ASSERT_EQ(found.size(), 1U);
    ASSERT_EQ(found[0].size(), expected.size());
    double scale = 0.0;
    for (const double x : expected) scale = std::max(scale, std::abs(x));
    for (std::size_t j = 0; j < expected.size(); ++j) EXPECT_NEAR(found[0][j], expected[j], 1e-9 * scale);
  }
}

TEST_F(CrossbarCommand, DeviceLawsFollowTheirEquations) {
  const std::string g = write("G.csv", "1e-5,2e-5\n3e-5,0\n"), v = write("V.csv", "0.5,-0.25\n0.1,0\n\n");
  const auto expectCurrents = [&](const std::string& options, auto&& law) {
    SCOPED_TRACE(options);
    ASSERT_EQ(run(files(g, v) + options), 0) << error_;
    const auto found = currents();
    ASSERT_EQ(found.size(), 2U);
    const double volts[2][2] = {{0.5, -0.25}, {0.1, 0.0}};
    for (int b = 0; b < 2; ++b) {
      const double first = law(1e-5, volts[b][0]) + law(3e-5, volts[b][1]), second = law(2e-5, volts[b][0]);
      EXPECT_NEAR(found[b][0], first, 1e-15 * 1e-5 + 1e-14 * std::abs(first));
      EXPECT_NEAR(found[b][1], second, 1e-14 * std::abs(second));
    }
  };
  const auto ohmic = [](double s, double x) { return s * x; };
  expectCurrents("--device linear", ohmic);
  expectCurrents("--device sinh --device-parameter 2 --readout ohmic", ohmic);
  expectCurrents("--device sinh --device-parameter 2 --readout device",
                 [](double s, double x) { return s * std::sinh(2 * x) / 2; });
  expectCurrents("--device poole_frenkel --device-parameter 3 --readout device", [](double s, double x) {
    return s * x * std::exp(3 * (std::sqrt(std::abs(x) + 1e-6) - std::sqrt(1e-6)));
  });
}

/// One cell, one segment of each wire: I with 2 I r + V(I) = V, by bisection.
TEST_F(CrossbarCommand, CircuitOfOneCell) {
  const std::string wires =
      "--device sinh --device-parameter 3 --r-word 50 --r-bit 150 --r-source 200 --r-sink 100";
  ASSERT_EQ(run(files(write("G.csv", "1e-3\n"), write("V.csv", "0.8\n-0.3\n")) + wires), 0) << error_;
  const auto found = currents();
  const double volts[] = {0.8, -0.3};
  for (int b = 0; b < 2; ++b) {
    double low = -1.0, high = 1.0;
    for (int k = 0; k < 200; ++k) {
      const double i = 0.5 * (low + high);
      (1e-3 * std::sinh(3.0 * (volts[b] - 500.0 * i)) / 3.0 > i ? low : high) = i;
    }
    EXPECT_NEAR(found[static_cast<std::size_t>(b)][0], low, 1e-9 * std::abs(low));
  }
  // With wires and a nonlinear cell, circuit is what is run unless something else is asked for.
  ASSERT_EQ(run(files(path("G.csv"), path("V.csv")) + wires + " --readout circuit"), 0) << error_;
  EXPECT_EQ(currents(), found);
  ASSERT_EQ(run(files(path("G.csv"), path("V.csv")) + wires + " --readout ir_drop"), 0) << error_;
  EXPECT_NE(currents(), found);
}

TEST_F(CrossbarCommand, MapHoldsWhatKirchhoffWants) {
  ASSERT_EQ(
      run(files(write("G.csv", "1e-4,2e-4,0\n3e-4,1e-5,5e-5\n"), write("V.csv", "0.1,0.2\n0.5,-0.25\n")) +
          "--device sinh --device-parameter 2 --r-word 5 --r-bit 7 --map " + path("map") + " --map-input 1"),
      0)
      << error_;
  const auto table = [&](const std::string& name) {
    std::vector<std::vector<double>> rows;
    std::ifstream file(path("map/" + name));
    for (std::string line; std::getline(file, line);) {
      if (line.front() == '#') continue;
      rows.emplace_back();
      std::stringstream fields(line);
      for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(std::stod(field));
    }
    return rows;
  };
  const auto word = table("word_voltage.csv"), bit = table("bit_voltage.csv"),
             current = table("cell_current.csv"), power = table("cell_power.csv");
  ASSERT_EQ(word.size(), 2U);
  const auto sinks = currents();
  for (std::size_t j = 0; j < 3; ++j) {
    EXPECT_NEAR(current[0][j] + current[1][j], sinks[1][j], 1e-9 * 1e-4);
    EXPECT_NEAR(bit[1][j], 7.0 * sinks[1][j], 1e-12);
    EXPECT_NEAR(bit[0][j] - bit[1][j], 7.0 * current[0][j], 1e-12);
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_NEAR(power[i][j], current[i][j] * (word[i][j] - bit[i][j]), 1e-18);
  }
  EXPECT_NEAR(current[0][0], 1e-4 * std::sinh(2 * (word[0][0] - bit[0][0])) / 2, 1e-15);
  EXPECT_NEAR(0.5 - word[0][0], 5.0 * (current[0][0] + current[0][1] + current[0][2]), 1e-12);
  std::ifstream svg(path("map/map.svg"));
  std::stringstream text;
  text << svg.rdbuf();
  for (const char* title : {"<svg", "Voltage of the word lines", "Power of each cell", "</svg>"})
    EXPECT_THAT(text.str(), HasSubstr(title));
}

TEST_F(CrossbarCommand, WritesSeventeenDigits) {
  ASSERT_EQ(run(files(write("G.csv", "0.1\n"), write("V.csv", "1\n")) + "--readout ohmic"), 0) << error_;
  std::ifstream file(path("I.csv"));
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "0.10000000000000001");
}

TEST_F(CrossbarCommand, BadInputIsOneLineAndExit2) {
  const std::string g = write("G.csv", "1e-5,2e-5\n3e-5,4e-5\n"), v = write("V.csv", "0.5,0.25\n");
  expectRefused(files(path("none.csv"), v), "none.csv: can't be read");
  expectRefused(files(write("bad.csv", "1e-5,nan\n"), v), "bad.csv:1: value 2");
  expectRefused(files(write("bad.csv", "1e-5,1\n1e-5,x\n"), v), "bad.csv:2: value 2 is \"x\"");
  expectRefused(files(write("bad.csv", "1e-5,\n"), v), "bad.csv:1: value 2 is \"\"");
  expectRefused(files(write("bad.csv", "1,2\n1\n"), v), "bad.csv:2: 1 values");
  expectRefused(files(write("bad.csv", "1,2\n1,-1e-6\n"), v), "word line 1, bit line 1 is -1e-06 S");
  expectRefused(files(write("bad.csv", "\n"), v), "holds no numbers");
  expectRefused(files(g, write("long.csv", "1,2,3\n")), "3 voltages a line for the 2 word lines");
  expectRefused(files(g, v) + "--r-word -1 --readout ir_drop", "--r-word -1");
  expectRefused(files(g, v) + "--r-bit inf --readout ir_drop", "--r-bit inf");
  expectRefused(files(g, v) + "--device cubic", "--device cubic");
  expectRefused(files(g, v) + "--device sinh", "--device-parameter");
  expectRefused(files(g, v) + "--device sinh --device-parameter -2", "must be a finite number >= 0");
  expectRefused(files(g, v) + "--device none.toml", "none.toml");
  expectRefused(files(g, v) + "--readout circuit --tolerance 2", "--tolerance 2: must be from 1e-13 to 0.1");
  expectRefused(files(g, v) + "--readout circuit --error -1", "--error -1: must be from 0 to 0.1");
  expectRefused(files(g, v) + "--drive-both-ends --readout ir_drop", "--drive-both-ends needs circuit");
  expectRefused(files(g, v) + "--map " + path("m") + " --map-input 1", "--map-input 1");
  EXPECT_FALSE(fs::exists(path("m")));
  expectRefused(files(g, v) + "--map /proc/m", "/proc/m");
  expectRefused(files(g, v) + "--readout magic", "ohmic, device, ir_drop or circuit");
  expectRefused("--conductances " + g + " --voltages " + v + " --out " + path("no/such/I.csv"),
                "doesn't exist");
  expectRefused("--conductances " + g + " --voltages " + v + " --out " + folder_.string(), "is a folder");
  expectRefused("--conductances " + g + " --voltages " + v + " --out /proc/I.csv", "/proc");
  expectRefused("--conductances " + g + " --voltages " + v, "--out");
}

}  // namespace
