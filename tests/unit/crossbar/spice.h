// SPDX-License-Identifier: Apache-2.0
// A crossbar as an ngspice netlist, and the bit-line currents that ngspice finds.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/crossbar/wire_circuit.h"

namespace crosstile {

inline bool hasSpice() {
  return std::system("command -v ngspice >/dev/null 2>&1") == 0;
}

/// Deletes its folder when it goes.
class TemporaryFolder {
 public:
  TemporaryFolder() { std::filesystem::create_directories(path); }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("crosstile-spice-" + std::to_string(getpid()));
};

/// A crossbar for ngspice; `cell(i, j, word node, bit node)` gives the netlist lines of a cell (empty: none).
struct SpiceCrossbar {
  int rows = 0;
  int columns = 0;
  Wires wires;
  std::vector<double> voltage;
  std::function<std::string(int, int, const std::string&, const std::string&)> cell;
  std::string models;  ///< further lines, such as .model
  double relativeTolerance = 1e-12;

  /// Bit-line currents of the operating point, A. Segments of zero resistance are left out, their nodes one.
  std::vector<double> currents() const {
    const TemporaryFolder folder;
    const auto netlist = folder.path / "crossbar.cir", output = folder.path / "currents.data";
    write(netlist, output);
    const std::string command = "timeout 60 ngspice -b " + netlist.string() + " > " + (folder.path / "log").string() + " 2>&1";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("ngspice failed, or took more than a minute");
    std::ifstream data(output);
    double scale = 0.0;
    data >> scale;
    std::vector<double> current(static_cast<std::size_t>(columns));
    for (double& x : current) {
      if (!(data >> x)) {
        std::ifstream log(folder.path / "log");
        throw std::runtime_error("ngspice gave no currents:\n" + std::string(std::istreambuf_iterator<char>(log), {}));
      }
    }
    return current;
  }

 private:
  static std::string name(const char* kind, int i, int j) {
    return kind + std::to_string(i) + "_" + std::to_string(j);
  }
  std::string word(int i, int j) const {
    if (wires.rWord > 0.0) return wires.rSource + wires.rWord > 0.0 ? name("w", i, j) : "s";
    return wires.rSource > 0.0 ? name("w", i, 0) : "s" + std::to_string(i);
  }
  std::string bit(int i, int j) const {
    if (wires.rBit > 0.0) return name("b", i, j);
    return wires.rSink > 0.0 ? name("b", 0, j) : "o" + std::to_string(j);
  }
  void write(const std::filesystem::path& netlist, const std::filesystem::path& output) const {
    std::ofstream f(netlist);
    f.precision(17);
    int resistor = 0;
    const auto connect = [&](const std::string& a, const std::string& b, double ohm) {
      if (a != b) f << "R" << resistor++ << " " << a << " " << b << " " << ohm << "\n";
    };
    f << "crossbar " << rows << "x" << columns << "\n" << models;
    for (int i = 0; i < rows; ++i) {
      const std::string source = "s" + std::to_string(i);
      f << "V" << i << " " << source << " 0 " << voltage[static_cast<std::size_t>(i)] << "\n";
      connect(source, word(i, 0), wires.rSource + wires.rWord);
      if (wires.bothEnds) connect(source, word(i, columns - 1), wires.rSource + wires.rWord);
      for (int j = 0; j < columns; ++j) {
        f << cell(i, j, word(i, j), bit(i, j));
        if (j > 0) connect(word(i, j - 1), word(i, j), wires.rWord);
        if (i > 0) connect(bit(i - 1, j), bit(i, j), wires.rBit);
      }
    }
    for (int j = 0; j < columns; ++j) {
      const std::string end = "o" + std::to_string(j);
      connect(bit(rows - 1, j), end, wires.rSink + wires.rBit);
      f << "Vo" << j << " " << end << " 0 0\n";
    }
    f << ".options reltol=" << relativeTolerance << " abstol=1e-20 vntol=1e-16 gmin=1e-25 numdgt=15\n.control\nset numdgt=15\n"
      << "set wr_singlescale\nop\nwrdata " << output.string();
    for (int j = 0; j < columns; ++j) f << " i(Vo" << j << ")";
    f << "\nquit\n.endc\n.end\n";
  }
};

}  // namespace crosstile
