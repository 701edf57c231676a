// SPDX-License-Identifier: Apache-2.0
// Changed cells: a change of low rank of the effective matrix.
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "models/base/error.h"
#include "models/crossbar/circuit_cost.h"
#include "models/crossbar/line_relaxation.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {
namespace {

constexpr int kLanes = static_cast<int>(kRelaxationLanes);
constexpr double kPortTolerance = 1e-12;  // L1 residual of a unit current
constexpr double kRounding = 4e-16;

/// The circuit before the change, seen from the changed cells.
struct CellPorts {
  Eigen::MatrixXd source;   ///< u: into source i for 1 A through cell c, rows x cells
  Eigen::MatrixXd sink;     ///< v: into sink j, columns x cells
  Eigen::MatrixXd voltage;  ///< Z: across cell c for 1 A through cell d
  double residual = 0.0;    ///< L1 norm, A, the worst of the unit currents
  int sweeps = 0;
};

class PortSolver {
 public:
  PortSolver(Span<const double> conductance, int rows, int columns, const Wires& wires,
             Span<const CellChange> changes)
      : conductance_(conductance),
        changes_(changes),
        circuit_(conductance, rows, columns, wires),
        line_(static_cast<std::size_t>(columns)) {
    const Eigen::Index count = static_cast<Eigen::Index>(changes.size());
    ports_.source.resize(rows, count);
    ports_.sink.resize(columns, count);
    ports_.voltage.resize(count, count);
  }

  CellPorts solve(int maxSweeps) {
    const int count = static_cast<int>(changes_.size());
    std::vector<int> kept{circuit_.factors().rows - 1};
    for (const CellChange& c : changes_) kept.push_back(c.row);
    for (int first = 0; first < count; first += kLanes) {
      const int lanes = std::min(kLanes, count - first);
      circuit_.clear(kept);
      for (int lane = 0; lane < lanes; ++lane) {
        const CellChange& c = change(first + lane);
        LineRelaxation::LaneValues unit{};
        unit[static_cast<std::size_t>(lane)] = 1.0;
        circuit_.injectWord(c.row, c.column, unit);
        circuit_.injectBit(lane, c.row, c.column, -1.0);
      }
      const double residual = circuit_.solve(
          [&](const LineRelaxation& r) {
            double worst = 0.0;
            for (int lane = 0; lane < lanes; ++lane) worst = worseResidual(worst, r.residual(lane));
            return worst;
          },
          kPortTolerance, maxSweeps);
      ports_.residual = worseResidual(ports_.residual, residual);
      ports_.sweeps = std::max(ports_.sweeps, circuit_.sweeps());
      for (int lane = 0; lane < lanes; ++lane) collect(lane, first + lane);
    }
    return std::move(ports_);
  }

 private:
  const CellChange& change(int d) const { return changes_[static_cast<std::size_t>(d)]; }

  void collect(int lane, int d) {
    const LineFactors& f = circuit_.factors();
    for (int j = 0; j < f.columns; ++j)
      ports_.sink(j, d) = f.gLast * circuit_.bitVoltage(lane, f.rows - 1, j);
    for (int i = 0; i < f.rows; ++i) ports_.source(i, d) = f.gFirst * circuit_.firstVoltage(lane, i);
    wordLine(lane, d, change(d).row);
    ports_.source(change(d).row, d) = f.gFirst * line_[0];
    for (int c = 0; c < static_cast<int>(changes_.size()); ++c) {
      const CellChange& cell = change(c);
      wordLine(lane, d, cell.row);
      ports_.voltage(c, d) =
          line_[static_cast<std::size_t>(cell.column)] - circuit_.bitVoltage(lane, cell.row, cell.column);
    }
  }

  /// Voltages of a word line with the current of cell d.
  void wordLine(int lane, int d, int row) {
    const std::size_t first = static_cast<std::size_t>(row) * line_.size();
    for (std::size_t j = 0; j < line_.size(); ++j)
      line_[j] = conductance_[first + j] * circuit_.bitVoltage(lane, row, static_cast<int>(j));
    if (change(d).row == row) line_[static_cast<std::size_t>(change(d).column)] += 1.0;
    circuit_.solveWordLine(row, line_);
  }

  Span<const double> conductance_;
  Span<const CellChange> changes_;
  LineRelaxation circuit_;
  std::vector<double> line_;
  CellPorts ports_;
};

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Bound of every column's error, relative to its current. An L1 residual e of the unit currents makes errors
/// of at most e in sum of u and of v, and of e Z in Z (a current at any node raises no voltage across a cell
/// by more than one through that cell).
double errorBound(const EffectiveMatrix& before, const RowMajor& after, const CellPorts& ports,
                  const Eigen::MatrixXd& c, double e) {
  const Eigen::Map<const RowMajor> old(before.g.data(), after.rows(), after.cols());
  const Eigen::MatrixXd size = c.cwiseAbs();
  const Eigen::MatrixXd sink = ports.sink.cwiseAbs();  // columns x cells
  const Eigen::RowVectorXd u = ports.source.cwiseAbs().colwise().sum();
  const Eigen::RowVectorXd uc = u * size;
  const double z = ports.voltage.diagonal().cwiseAbs().maxCoeff();
  const Eigen::RowVectorXd perSink =
      e * (size.colwise().sum() + z * uc.sum() * size.colwise().sum());  // errors of u, of Z
  double worst = 0.0;
  for (Eigen::Index j = 0; j < after.cols(); ++j) {
    const double error = before.residual * old.col(j).sum() + perSink.dot(sink.row(j)) + e * uc.sum();
    if (error == 0.0) continue;
    const double relative = error / after.col(j).sum();
    worst = worseResidual(worst, relative);
  }
  return worst;
}

std::optional<EffectiveMatrix> lowRankUpdate(const EffectiveMatrix& effective, Span<const double> conductance,
                                             int rows, int columns, const Wires& wires,
                                             Span<const CellChange> changes, int maxSweeps) {
  const CellPorts ports = PortSolver(conductance, rows, columns, wires, changes).solve(maxSweeps);
  const Eigen::Index count = static_cast<Eigen::Index>(changes.size());
  Eigen::VectorXd change(count);
  for (Eigen::Index c = 0; c < count; ++c) {
    const CellChange& cell = changes[static_cast<std::size_t>(c)];
    change[c] = cell.conductance -
                conductance[static_cast<std::size_t>(cell.row) * static_cast<std::size_t>(columns) +
                            static_cast<std::size_t>(cell.column)];
  }
  Eigen::MatrixXd system = change.asDiagonal() * ports.voltage;
  system.diagonal().array() += 1.0;
  const Eigen::MatrixXd inverse = system.partialPivLu().inverse();
  const Eigen::MatrixXd c = inverse * change.asDiagonal();
  RowMajor g = Eigen::Map<const RowMajor>(effective.g.data(), rows, columns);
  const Eigen::MatrixXd weighted = ports.sink * c;  // columns x cells
  g.noalias() -= ports.source * weighted.transpose();

  const double e = ports.residual + kRounding * (1.0 + inverse.cwiseAbs().rowwise().sum().maxCoeff());
  EffectiveMatrix result;
  result.residual = errorBound(effective, g, ports, c, e);
  result.sweeps = ports.sweeps;
  if (!(result.residual <= kRelaxationRequired)) return std::nullopt;
  result.g.assign(g.data(), g.data() + g.size());
  return result;
}

std::vector<double> changed(Span<const double> conductance, int rows, int columns,
                            Span<const CellChange> changes) {
  std::vector<double> result(conductance.begin(), conductance.end());
  std::set<std::pair<int, int>> seen;
  for (const CellChange& c : changes) {
    if (c.row < 0 || c.row >= rows || c.column < 0 || c.column >= columns)
      throw BadInput("ir_drop: changed cell ({}, {}) is outside the {}x{} array", c.row, c.column, rows,
                     columns);
    if (!seen.insert({c.row, c.column}).second)
      throw BadInput("ir_drop: cell ({}, {}) is changed twice", c.row, c.column);
    result[static_cast<std::size_t>(c.row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(c.column)] = c.conductance;
  }
  return result;
}

}  // namespace

EffectiveMatrix updateEffectiveMatrix(const EffectiveMatrix& effective, Span<const double> conductance,
                                      int rows, int columns, const Wires& wires,
                                      Span<const CellChange> changes) {
  checkLinearCircuit(conductance, rows, columns, wires);
  if (effective.g.size() != conductance.size())
    throw BadInput("ir_drop: an effective matrix of {} elements for a crossbar of {}x{}", effective.g.size(),
                   rows, columns);
  const std::vector<double> after = changed(conductance, rows, columns, changes);
  checkLinearCircuit(after, rows, columns, wires);
  if (changes.empty()) return effective;
  if (wires.rWord > 0.0 && wires.rBit > 0.0) {
    const double sweeps = estimatedSweeps(conductance, rows, columns, wires, kPortTolerance);
    const double groups = std::ceil(static_cast<double>(changes.size()) / kLanes);
    const double matrix =
        std::min(directCost(rows, columns, sweeps),
                 relaxationCost(rows, columns, sweeps) * std::ceil(std::min(rows, columns) / double{kLanes}));
    if (groups * relaxationCost(rows, columns, sweeps) < matrix) {
      const int maxSweeps = static_cast<int>(std::min(4.0 * sweeps + 50.0, double{kRelaxationMaxSweeps}));
      if (auto result = lowRankUpdate(effective, conductance, rows, columns, wires, changes, maxSweeps))
        return *std::move(result);
    }
  }
  return solveEffectiveMatrix(after, rows, columns, wires);
}

}  // namespace crosstile
