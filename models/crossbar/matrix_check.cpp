// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/matrix_check.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/base/random.h"
#include "models/crossbar/line_relaxation.h"

namespace crosstile {
namespace {

constexpr int kDrives = static_cast<int>(kRelaxationLanes);

/// Voltages of the sinks, columns x drives.
std::vector<double> drives(Span<const double> g, int columns) {
  const std::size_t n = static_cast<std::size_t>(columns);
  std::vector<double> current(n, 0.0);
  for (std::size_t k = 0; k < g.size(); ++k) current[k % n] += g[k];
  const RandomStream signs({}, Purpose::sampling);
  std::vector<double> voltage(n * kRelaxationLanes, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    if (current[j] == 0.0) continue;  // no device in the column, or a matrix that isn't finite
    const std::uint32_t bits = signs.block({static_cast<std::uint32_t>(j), 0, 0, 0})[0];
    for (std::size_t lane = 0; lane < kRelaxationLanes; ++lane)
      voltage[j * kRelaxationLanes + lane] = ((bits >> lane) & 1U ? 1.0 : -1.0) / current[j];
  }
  return voltage;
}

/// L1 distance between the sources' currents of the matrix and of the circuit, each drive.
std::vector<double> misfits(Span<const double> g, const std::vector<double>& voltage,
                            const LineRelaxation& circuit) {
  const LineFactors& f = circuit.factors();
  const std::size_t columns = static_cast<std::size_t>(f.columns);
  std::vector<double> misfit(kRelaxationLanes, 0.0);
  for (int i = 0; i < f.rows; ++i) {
    const double* row = &g[static_cast<std::size_t>(i) * columns];
    double sum[kRelaxationLanes] = {};
    for (std::size_t j = 0; j < columns; ++j) {
      for (std::size_t lane = 0; lane < kRelaxationLanes; ++lane)
        sum[lane] += row[j] * voltage[j * kRelaxationLanes + lane];
    }
    for (int lane = 0; lane < kDrives; ++lane)
      misfit[static_cast<std::size_t>(lane)] +=
          std::abs(sum[lane] - f.gFirst * circuit.firstVoltage(lane, i));
  }
  return misfit;
}

}  // namespace

MatrixCheck checkMatrix(Span<const double> g, Span<const double> conductance, int rows, int columns,
                        const Wires& wires) {
  const std::vector<double> voltage = drives(g, columns);
  LineRelaxation circuit(conductance, rows, columns, wires);
  circuit.clear();
  for (int j = 0; j < columns; ++j) {
    for (int lane = 0; lane < kDrives; ++lane)
      circuit.injectBit(lane, rows - 1, j,
                        circuit.factors().gLast * voltage[static_cast<std::size_t>(j * kDrives + lane)]);
  }
  MatrixCheck check;
  check.circuitResidual = circuit.solve(
      [](const LineRelaxation& r) {
        double worst = 0.0;
        for (int lane = 0; lane < kDrives; ++lane) worst = worseResidual(worst, r.residual(lane));
        return worst;
      },
      kRelaxationTolerance, kRelaxationMaxSweeps);
  const std::vector<double> misfit = misfits(g, voltage, circuit);
  check.sweeps = circuit.sweeps();
  for (int lane = 0; lane < kDrives; ++lane) {
    check.residual =
        worseResidual(check.residual, circuit.residual(lane) + misfit[static_cast<std::size_t>(lane)]);
  }
  return check;
}

}  // namespace crosstile
