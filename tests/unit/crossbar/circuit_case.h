// SPDX-License-Identifier: Apache-2.0
// A crossbar circuit with its drive, for the tests of the circuit solvers.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "models/crossbar/programmed_array.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

struct CircuitCase {
  int rows = 0;
  int columns = 0;
  Wires wires;
  std::vector<double> conductance;
  std::vector<double> voltage;
};

/// Cells log-uniform between `low` and `high`, a share `open` of them absent; voltages uniform in +-1 V.
inline CircuitCase randomCase(std::mt19937_64& random, int rows, int columns, const Wires& wires, double low,
                              double high, double open) {
  CircuitCase c{rows, columns, wires, {}, {}};
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (int k = 0; k < rows * columns; ++k)
    c.conductance.push_back(uniform(random) < open ? 0.0 : low * std::pow(high / low, uniform(random)));
  for (int i = 0; i < rows; ++i) c.voltage.push_back(2.0 * uniform(random) - 1.0);
  return c;
}

/// Column currents through the effective matrix.
inline std::vector<double> currentsOf(const CircuitCase& c, const EffectiveMatrix& effective) {
  std::vector<double> current(static_cast<std::size_t>(c.columns), 0.0);
  for (int i = 0; i < c.rows; ++i) {
    for (int j = 0; j < c.columns; ++j)
      current[static_cast<std::size_t>(j)] +=
          effective.g[static_cast<std::size_t>(i * c.columns + j)] * c.voltage[static_cast<std::size_t>(i)];
  }
  return current;
}

/// The case's cells as an array of the given law.
inline std::shared_ptr<const ProgrammedArray> arrayOf(const CircuitCase& c,
                                                      std::shared_ptr<const DeviceLaw> law) {
  auto array = std::make_shared<ProgrammedArray>();
  array->rows = c.rows;
  array->columns = c.columns;
  array->conductance = c.conductance;
  array->law = std::move(law);
  array->cellParameters.resize(array->law->parameterCount() * c.conductance.size());
  array->law->prepare(c.conductance, nullptr, array->cellParameters);
  return array;
}

inline double largest(const std::vector<double>& x) {
  double result = 0.0;
  for (const double v : x) result = std::max(result, std::abs(v));
  return result;
}

}  // namespace crosstile
