// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/wire_circuit.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/crossbar/circuit_cost.h"
#include "models/crossbar/line_relaxation.h"
#include "models/crossbar/matrix_check.h"
#include "models/crossbar/port_matrix.h"

namespace crosstile {
namespace {

std::size_t at(int i, int j, int columns) {
  return static_cast<std::size_t>(i) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(j);
}

/// Cells of bit line j from the sink upwards.
std::vector<double> bitLine(Span<const double> g, int rows, int columns, int j) {
  std::vector<double> line(static_cast<std::size_t>(rows));
  for (int i = 0; i < rows; ++i) line[static_cast<std::size_t>(rows - 1 - i)] = g[at(i, j, columns)];
  return line;
}

/// Word lines without any resistance: every bit line is a ladder of its own.
EffectiveMatrix idealWordLines(Span<const double> g, int rows, int columns, const Wires& wires) {
  EffectiveMatrix result;
  result.g.resize(g.size());
  std::vector<double> transfer(static_cast<std::size_t>(rows));
  for (int j = 0; j < columns; ++j) {
    const std::vector<double> line = bitLine(g, rows, columns, j);
    const double entering = lineResponse(line, wires.rBit, wires.rSink, transfer);
    double leaving = 0.0;
    for (int i = 0; i < rows; ++i) {
      const double x = g[at(i, j, columns)] * transfer[static_cast<std::size_t>(rows - 1 - i)];
      result.g[at(i, j, columns)] = x;
      leaving += x;
    }
    if (entering > 0.0) result.residual = std::max(result.residual, std::abs(leaving / entering - 1.0));
  }
  return result;
}

/// T^-1 of a bit line (rows from the top) as a dense matrix: the voltages that a unit current at each node
/// makes. With r = 0 the line is one node.
Eigen::MatrixXd lineImpedance(Span<const double> g, int rows, int columns, int j, const Wires& wires) {
  const int n = rows;
  Eigen::VectorXd above(n),
      below(n);  // admittance of the ladder above and below each node, cell included above
  double y = 0.0;
  for (int i = 0; i < n; ++i)
    above[i] = y = g[at(i, j, columns)] + (i == 0 ? 0.0 : y / (1.0 + wires.rBit * y));
  const double toGround = 1.0 / (wires.rBit + wires.rSink);
  y = toGround;
  for (int i = n; i-- > 0;) {
    below[i] = y;
    const double here = y + g[at(i, j, columns)];
    y = here / (1.0 + wires.rBit * here);
  }
  Eigen::MatrixXd z(n, n);
  for (int i = 0; i < n; ++i) {
    z(i, i) = 1.0 / (above[i] + below[i]);
    for (int k = i; k-- > 0;) z(k, i) = z(k + 1, i) / (1.0 + wires.rBit * above[k]);
    for (int k = 0; k < i; ++k) z(i, k) = z(k, i);
  }
  return z;
}

/// Word lines of one node each, behind a source resistance: a dense system of one unknown a word line.
EffectiveMatrix singleNodeWordLines(Span<const double> g, int rows, int columns, const Wires& wires) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const RowMajor> cells(g.data(), rows, columns);
  // With Q = diag(sum G) - sum_j G_j Z_j G_j, the admittance between the word lines: currents P = Q w drawn
  // from the sources and voltages w = 1 - rSource P, so (1 + rSource Q) P = Q for 1 V at each source in turn.
  Eigen::MatrixXd q = cells.rowwise().sum().asDiagonal();
  RowMajor transfer(rows, columns);  // cell current to current into ground
  const double toGround = 1.0 / (wires.rBit + wires.rSink);
  for (int j = 0; j < columns; ++j) {
    const Eigen::MatrixXd z = lineImpedance(g, rows, columns, j, wires);
    const auto d = cells.col(j).asDiagonal();
    q.noalias() -= d * z * d;
    transfer.col(j) = z.col(rows - 1) * toGround;
  }
  const Eigen::MatrixXd unit = Eigen::MatrixXd::Identity(rows, rows);
  const Eigen::MatrixXd system = unit + wires.rSource * q;
  const Eigen::MatrixXd drawn = system.llt().solve(q);
  const Eigen::MatrixXd w = unit - wires.rSource * drawn;  // w(i, k): word line i for 1 V at source k
  const RowMajor effective = w.transpose() * cells.cwiseProduct(transfer);

  EffectiveMatrix result;
  result.g.assign(effective.data(), effective.data() + effective.size());
  const Eigen::RowVectorXd error = (system * drawn - q).cwiseAbs().colwise().sum();
  for (int k = 0; k < rows; ++k) {
    if (error[k] > 0.0) result.residual = std::max(result.residual, error[k] / effective.row(k).sum());
  }
  return result;
}

/// The same circuit with word lines and bit lines exchanged (reciprocity): its source i is our sink N-1-i,
/// its sink j our source M-1-j.
std::vector<double> exchanged(Span<const double> g, int rows, int columns) {
  std::vector<double> result(g.size());
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) result[at(columns - 1 - j, rows - 1 - i, rows)] = g[at(i, j, columns)];
  }
  return result;
}

/// Resistance along the lines of both sides.
EffectiveMatrix solveBothWired(Span<const double> g, int rows, int columns, const Wires& wires) {
  const int shorter = std::min(rows, columns), lanes = static_cast<int>(kRelaxationLanes);
  const double sweeps = estimatedSweeps(g, rows, columns, wires, kRelaxationTolerance);
  const double relaxation = relaxationCost(rows, columns, sweeps) * ((shorter + lanes - 1) / lanes);
  if (directCost(rows, columns, sweeps) < relaxation) {
    EffectiveMatrix result;
    result.g = joinEffectiveMatrix(g, rows, columns, wires);
    const MatrixCheck check = checkMatrix(result.g, g, rows, columns, wires);
    result.residual = check.residual;
    result.sweeps = check.sweeps;
    if (result.residual <= kRelaxationRequired) return result;
    // What relaxation can't confirm it can't solve either.
    if (!(check.circuitResidual <= kRelaxationRequired)) throwNotConverged(result.residual, result.sweeps);
  }
  if (columns <= rows) return relaxEffectiveMatrix(g, rows, columns, wires);
  const EffectiveMatrix other = relaxEffectiveMatrix(exchanged(g, rows, columns), columns, rows,
                                                     {wires.rBit, wires.rWord, wires.rSink, wires.rSource});
  return {exchanged(other.g, columns, rows), other.residual, other.sweeps};
}

EffectiveMatrix solve(Span<const double> g, int rows, int columns, const Wires& wires) {
  const bool wordIdeal = wires.rWord == 0.0 && wires.rSource == 0.0;
  const bool bitIdeal = wires.rBit == 0.0 && wires.rSink == 0.0;
  if (wordIdeal) return idealWordLines(g, rows, columns, wires);
  if (wires.rWord == 0.0 && !bitIdeal) return singleNodeWordLines(g, rows, columns, wires);
  if (wires.rWord > 0.0 && wires.rBit > 0.0) return solveBothWired(g, rows, columns, wires);
  const EffectiveMatrix other = solve(exchanged(g, rows, columns), columns, rows,
                                      {wires.rBit, wires.rWord, wires.rSink, wires.rSource});
  return {exchanged(other.g, columns, rows), other.residual, other.sweeps};
}

}  // namespace

void checkCircuit(Span<const double> conductance, int rows, int columns, const Wires& wires) {
  if (rows < 1 || columns < 1 || conductance.size() != at(rows, 0, columns))
    throw BadInput("ir_drop: {} conductances for a crossbar of {}x{}", conductance.size(), rows, columns);
  for (const double g : conductance) {
    if (!std::isfinite(g) || g < 0.0)
      throw BadInput("ir_drop: conductance {} S: must be a finite number >= 0", g);
  }
  const struct {
    const char* name;
    double ohm;
  } all[] = {
      {"r_word", wires.rWord}, {"r_bit", wires.rBit}, {"r_source", wires.rSource}, {"r_sink", wires.rSink}};
  for (const auto& r : all) {
    if (!std::isfinite(r.ohm) || r.ohm < 0.0)
      throw BadInput("ir_drop: {} = {} ohm: must be a finite number >= 0", r.name, r.ohm);
  }
}

void checkLinearCircuit(Span<const double> conductance, int rows, int columns, const Wires& wires) {
  checkCircuit(conductance, rows, columns, wires);
  if (wires.bothEnds) throw BadInput("ir_drop: drive from both ends needs the readout circuit");
}

Wires wiresOf(const ArrayConfig& config) {
  return {config.rWord.value, config.rBit.value, config.rSource.value, config.rSink.value,
          config.driveBothEnds};
}

double lineResponse(Span<const double> g, double r, double rEnd, Span<double> voltage) {
  const std::size_t n = g.size();
  double y = 0.0;  // admittance of the ladder from each node outwards, kept in `voltage` on the way in
  for (std::size_t k = n; k-- > 0;) {
    y = g[k] + y / (1.0 + r * y);
    voltage[k] = y;
  }
  voltage[0] = 1.0 / (1.0 + (r + rEnd) * voltage[0]);
  for (std::size_t k = 1; k < n; ++k) voltage[k] = voltage[k - 1] / (1.0 + r * voltage[k]);
  return y * voltage[0];
}

EffectiveMatrix solveEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                     const Wires& wires) {
  checkLinearCircuit(conductance, rows, columns, wires);
  return solve(conductance, rows, columns, wires);
}

}  // namespace crosstile
