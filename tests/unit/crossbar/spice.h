// SPDX-License-Identifier: Apache-2.0
// A crossbar as an ngspice netlist, and the bit-line currents that ngspice finds.
#pragma once

#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "../ngspice.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

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
  /// @param further  control lines after that operating point
  std::vector<double> currents(const std::string& further = {}) const {
    std::vector<std::string> sinks;
    for (int j = 0; j < columns; ++j) sinks.push_back("i(Vo" + std::to_string(j) + ")");
    return test::ngspice(elements(), sinks, relativeTolerance, further);
  }

 private:
  static std::string name(const char* kind, int i, int j) {
    return kind + std::to_string(i) + "_" + std::to_string(j);
  }
  std::string word(int i, int j) const {
    if (wires.rWord > 0.0) return name("w", i, j);
    return wires.rSource > 0.0 ? name("w", i, 0) : "s" + std::to_string(i);
  }
  std::string bit(int i, int j) const {
    if (wires.rBit > 0.0) return name("b", i, j);
    return wires.rSink > 0.0 ? name("b", 0, j) : "o" + std::to_string(j);
  }
  std::string elements() const {
    std::ostringstream f;
    f.precision(17);
    int resistor = 0;
    const auto connect = [&](const std::string& a, const std::string& b, double ohm) {
      if (a != b) f << "R" << resistor++ << " " << a << " " << b << " " << ohm << "\n";
    };
    f << models;
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
    return f.str();
  }
};

}  // namespace crosstile
