// SPDX-License-Identifier: Apache-2.0
// Few inputs: the circuit relaxed for these alone.
#include <algorithm>
#include <cmath>
#include <optional>

#include "models/base/error.h"
#include "models/crossbar/circuit_cost.h"
#include "models/crossbar/line_relaxation.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {
namespace {

constexpr int kLanes = static_cast<int>(kRelaxationLanes);

int groups(int vectors) {
  return (vectors + kLanes - 1) / kLanes;
}

bool relaxable(const Wires& wires) {
  return wires.rWord > 0.0 && wires.rBit > 0.0;
}

/// Residual over the largest bit-line current, the worst lane.
double worstLane(const LineRelaxation& r, int lanes) {
  const LineFactors& f = r.factors();
  double worst = 0.0;
  for (int lane = 0; lane < lanes; ++lane) {
    if (r.residual(lane) == 0.0) continue;  // no voltage, or no device
    double largest = 0.0;
    for (int j = 0; j < f.columns; ++j)
      largest = std::max(largest, std::abs(f.gLast * r.bitVoltage(lane, f.rows - 1, j)));
    worst = worseResidual(worst, r.residual(lane) / largest);
  }
  return worst;
}

/// Nothing if the relaxation takes much longer than it was meant to.
std::optional<InputSolution> relaxInputs(Span<const double> conductance, int rows, int columns,
                                         const Wires& wires, Span<const double> voltages) {
  const int vectors = static_cast<int>(voltages.size()) / rows;
  const double expected = estimatedSweeps(conductance, rows, columns, wires, kRelaxationTolerance);
  const int maxSweeps = static_cast<int>(std::min(4.0 * expected + 50.0, double{kRelaxationMaxSweeps}));
  LineRelaxation circuit(conductance, rows, columns, wires);
  const LineFactors& f = circuit.factors();
  const int bottom = rows - 1;
  InputSolution result;
  result.direct = true;
  for (int first = 0; first < vectors; first += kLanes) {
    const int lanes = std::min(kLanes, vectors - first);
    circuit.clear({&bottom, 1});
    for (int i = 0; i < rows; ++i) {
      LineRelaxation::LaneValues current{};
      for (int lane = 0; lane < lanes; ++lane)
        current[static_cast<std::size_t>(lane)] =
            f.gFirst * voltages[static_cast<std::size_t>((first + lane) * rows + i)];
      circuit.injectWord(i, 0, current);
    }
    const double residual = circuit.solve([&](const LineRelaxation& r) { return worstLane(r, lanes); },
                                          kRelaxationTolerance, maxSweeps);
    if (!(residual <= kRelaxationRequired)) return std::nullopt;
    result.residual = std::max(result.residual, residual);
    result.sweeps = std::max(result.sweeps, circuit.sweeps());
    for (int lane = 0; lane < lanes; ++lane) {
      for (int j = 0; j < columns; ++j)
        result.current.push_back(f.gLast * circuit.bitVoltage(lane, rows - 1, j));
    }
  }
  return result;
}

}  // namespace

bool inputsAreFew(Span<const double> conductance, int rows, int columns, const Wires& wires, int vectors) {
  if (!relaxable(wires) || vectors >= std::min(rows, columns)) return false;
  const double sweeps = estimatedSweeps(conductance, rows, columns, wires, kRelaxationTolerance);
  const double group = relaxationCost(rows, columns, sweeps);
  const double matrix = std::min(directCost(rows, columns, sweeps), group * groups(std::min(rows, columns)));
  return groups(vectors) * group < matrix;
}

std::optional<InputSolution> relaxFewInputs(Span<const double> conductance, int rows, int columns,
                                            const Wires& wires, Span<const double> voltages) {
  checkLinearCircuit(conductance, rows, columns, wires);
  if (voltages.size() % static_cast<std::size_t>(rows) != 0)
    throw BadInput("ir_drop: {} voltages are no whole inputs of {} word lines", voltages.size(), rows);
  for (const double v : voltages) {
    if (!std::isfinite(v)) throw BadInput("ir_drop: voltage {} V: must be a finite number", v);
  }
  const int vectors = static_cast<int>(voltages.size() / static_cast<std::size_t>(rows));
  if (!inputsAreFew(conductance, rows, columns, wires, vectors)) return std::nullopt;
  return relaxInputs(conductance, rows, columns, wires, voltages);
}

InputSolution solveInputs(Span<const double> conductance, int rows, int columns, const Wires& wires,
                          Span<const double> voltages) {
  if (auto few = relaxFewInputs(conductance, rows, columns, wires, voltages)) return *std::move(few);
  const int vectors = static_cast<int>(voltages.size() / static_cast<std::size_t>(rows));
  const EffectiveMatrix effective = solveEffectiveMatrix(conductance, rows, columns, wires);
  InputSolution result;
  result.residual = effective.residual;
  result.sweeps = effective.sweeps;
  result.current.assign(static_cast<std::size_t>(vectors) * static_cast<std::size_t>(columns), 0.0);
  for (int b = 0; b < vectors; ++b) {
    double* current = result.current.data() + static_cast<std::ptrdiff_t>(b) * columns;
    for (int i = 0; i < rows; ++i) {
      const double v = voltages[static_cast<std::size_t>(b * rows + i)];
      const double* g = &effective.g[static_cast<std::size_t>(i) * static_cast<std::size_t>(columns)];
      for (int j = 0; j < columns; ++j) current[j] += v * g[j];
    }
  }
  return result;
}

}  // namespace crosstile
