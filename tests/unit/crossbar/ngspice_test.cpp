// SPDX-License-Identifier: Apache-2.0
// The effective matrix against ngspice: a 32x32 crossbar as a netlist, tight tolerances, currents to 1e-9 of
// the largest.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "circuit_case.h"

namespace crosstile {
namespace {

namespace fs = std::filesystem;

/// Deletes its folder when it goes.
struct TemporaryFolder {
  fs::path path = fs::temp_directory_path() / ("crosstile-ngspice-" + std::to_string(getpid()));
  TemporaryFolder() { fs::create_directories(path); }
  ~TemporaryFolder() { fs::remove_all(path); }
};

void writeNetlist(const CircuitCase& c, const fs::path& netlist, const fs::path& output) {
  std::ofstream f(netlist);
  f.precision(17);
  f << "crossbar " << c.rows << 'x' << c.columns << "\n";
  for (int i = 0; i < c.rows; ++i) {
    f << "V" << i << " s" << i << " 0 " << c.voltage[i] << "\n";
    f << "Rs" << i << " s" << i << " w" << i << "_0 " << c.wires.rSource + c.wires.rWord << "\n";
    for (int j = 0; j < c.columns; ++j) {
      const double g = c.conductance[i * c.columns + j];
      if (g > 0.0)
        f << "Rc" << i << "_" << j << " w" << i << "_" << j << " b" << i << "_" << j << " " << 1 / g << "\n";
      if (j > 0)
        f << "Rw" << i << "_" << j << " w" << i << "_" << j - 1 << " w" << i << "_" << j << " "
          << c.wires.rWord << "\n";
      if (i > 0)
        f << "Rb" << i << "_" << j << " b" << i - 1 << "_" << j << " b" << i << "_" << j << " "
          << c.wires.rBit << "\n";
    }
  }
  for (int j = 0; j < c.columns; ++j) {
    f << "Rl" << j << " b" << c.rows - 1 << "_" << j << " o" << j << " " << c.wires.rSink + c.wires.rBit
      << "\n";
    f << "Vo" << j << " o" << j << " 0 0\n";
  }
  f << ".options reltol=1e-12 abstol=1e-20 vntol=1e-18 gmin=1e-25 numdgt=15\n.control\nset numdgt=15\n"
    << "set wr_singlescale\nop\nwrdata " << output.string();
  for (int j = 0; j < c.columns; ++j) f << " i(Vo" << j << ")";
  f << "\nquit\n.endc\n.end\n";
}

TEST(Ngspice, A32x32CrossbarAgreesTo1e9) {
  if (std::system("command -v ngspice >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "ngspice is not installed (Debian package ngspice)";
  std::mt19937_64 random(11);
  for (const Wires& wires : {Wires{1, 1, 0, 0}, Wires{2.5, 1.5, 500, 100}}) {
    const CircuitCase c = randomCase(random, 32, 32, wires, 1e-6, 1e-4, 0.03);
    const TemporaryFolder folder;
    const fs::path netlist = folder.path / "crossbar.cir", output = folder.path / "currents.data";
    writeNetlist(c, netlist, output);
    const std::string command =
        "ngspice -b " + netlist.string() + " > " + (folder.path / "log").string() + " 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::ifstream data(output);
    double scale = 0.0;
    ASSERT_TRUE(data >> scale);
    const std::vector<double> fast =
        currentsOf(c, solveEffectiveMatrix(c.conductance, c.rows, c.columns, c.wires));
    for (int j = 0; j < c.columns; ++j) {
      double spice = 0.0;
      ASSERT_TRUE(data >> spice) << j;
      EXPECT_NEAR(fast[j], spice, 1e-9 * largest(fast)) << "column " << j;
    }
  }
}

}  // namespace
}  // namespace crosstile
