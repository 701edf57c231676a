// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/node_equations.h"

#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
#include <algorithm>
#include <cmath>
#include <vector>

#include "models/base/error.h"

namespace crosstile {
namespace {

/// A resistor between two nodes; a node is an unknown (>= 0) or fixed (< 0: -1 - index into the fixed
/// voltages).
struct Branch {
  int from;
  int to;
  double g;
};

/// Nodes and branches, with nodes that zero resistances join merged into one.
class Netlist {
 public:
  Netlist(Span<const double> conductance, int rows, int columns, const Wires& wires)
      : rows_(rows), columns_(columns), word_(rows, columns), bit_(rows, columns) {
    for (int i = 0; i < rows; ++i) numberWordLine(i, wires);
    for (int j = 0; j < columns; ++j) numberBitLine(j, wires);
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) {
        const double g = conductance[static_cast<std::size_t>(i) * static_cast<std::size_t>(columns) +
                                     static_cast<std::size_t>(j)];
        if (g > 0.0)
          cells_.push_back(branches_.size()), cellColumn_.push_back(j), connect(word_(i, j), bit_(i, j), g);
      }
    }
  }

  NodeSolution solve(Span<const double> sourceVoltage) const {
    // Fixed voltages: ground, then the sources.
    std::vector<double> fixed(1, 0.0);
    fixed.insert(fixed.end(), sourceVoltage.begin(), sourceVoltage.end());
    const Eigen::VectorXd v = unknownVoltages(fixed);
    const auto voltage = [&](int node) {
      return node < 0 ? fixed[static_cast<std::size_t>(-1 - node)] : v[node];
    };
    NodeSolution s;
    s.wordVoltage = word_.unaryExpr([&](int node) { return voltage(node); });
    s.bitVoltage = bit_.unaryExpr([&](int node) { return voltage(node); });
    Eigen::VectorXd balance = Eigen::VectorXd::Zero(unknowns_);
    Eigen::VectorXd delivered = Eigen::VectorXd::Zero(rows_ + 1);
    for (const Branch& b : branches_) {
      const double drop = voltage(b.from) - voltage(b.to);
      const double current = b.g * drop;
      s.dissipatedPowerW += current * drop;
      (b.from < 0 ? delivered[-1 - b.from] : balance[b.from]) += current;
      (b.to < 0 ? delivered[-1 - b.to] : balance[b.to]) -= current;
    }
    s.current = sinkCurrents(voltage);
    for (int i = 0; i < rows_; ++i)
      s.sourcePowerW += fixed[static_cast<std::size_t>(i + 1)] * delivered[i + 1];
    const double largest =
        std::max(s.current.cwiseAbs().maxCoeff(), delivered.tail(rows_).cwiseAbs().maxCoeff());
    if (largest > 0.0) s.residual = balance.cwiseAbs().sum() / largest;
    return s;
  }

 private:
  void connect(int a, int b, double g) { branches_.push_back({a, b, g}); }

  void numberWordLine(int i, const Wires& wires) {
    const double first = wires.rSource + wires.rWord;
    const int source = -1 - (i + 1);
    word_(i, 0) = first > 0.0 ? unknowns_++ : source;
    if (first > 0.0) connect(source, word_(i, 0), 1.0 / first);
    for (int j = 1; j < columns_; ++j) {
      word_(i, j) = wires.rWord > 0.0 ? unknowns_++ : word_(i, 0);
      if (wires.rWord > 0.0) connect(word_(i, j - 1), word_(i, j), 1.0 / wires.rWord);
    }
  }

  void numberBitLine(int j, const Wires& wires) {
    const double last = wires.rSink + wires.rBit;
    const int bottom = rows_ - 1;
    bit_(bottom, j) = last > 0.0 ? unknowns_++ : -1;
    sinkBranch_.push_back(last > 0.0 ? static_cast<int>(branches_.size()) : -1);
    if (last > 0.0) connect(bit_(bottom, j), -1, 1.0 / last);
    for (int i = bottom; i-- > 0;) {
      bit_(i, j) = wires.rBit > 0.0 ? unknowns_++ : bit_(bottom, j);
      if (wires.rBit > 0.0) connect(bit_(i, j), bit_(i + 1, j), 1.0 / wires.rBit);
    }
  }

  Eigen::VectorXd unknownVoltages(const std::vector<double>& fixed) const {
    if (unknowns_ == 0) return {};
    std::vector<Eigen::Triplet<double>> entries;
    Eigen::VectorXd injected = Eigen::VectorXd::Zero(unknowns_);
    const auto stamp = [&](int node, int other, double g) {
      if (node < 0) return;
      entries.emplace_back(node, node, g);
      if (other >= 0) {
        entries.emplace_back(node, other, -g);
      } else {
        injected[node] += g * fixed[static_cast<std::size_t>(-1 - other)];
      }
    };
    for (const Branch& b : branches_) {
      stamp(b.from, b.to, b.g);
      stamp(b.to, b.from, b.g);
    }
    Eigen::SparseMatrix<double> matrix(unknowns_, unknowns_);
    matrix.setFromTriplets(entries.begin(), entries.end());
    const Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> ldlt(matrix);
    if (ldlt.info() != Eigen::Success)
      throw RunFailure("node equations: the matrix is singular in double precision");
    Eigen::VectorXd v = ldlt.solve(injected);
    for (int k = 0; k < 2; ++k) v += ldlt.solve(injected - matrix * v);
    return v;
  }

  /// Through the sink where it has resistance; otherwise the sum of the cells (and segments) that end in 0 V.
  template <typename Voltage>
  Eigen::VectorXd sinkCurrents(const Voltage& voltage) const {
    Eigen::VectorXd current = Eigen::VectorXd::Zero(columns_);
    for (int j = 0; j < columns_; ++j) {
      const int k = sinkBranch_[static_cast<std::size_t>(j)];
      if (k < 0) continue;
      const Branch& b = branches_[static_cast<std::size_t>(k)];
      current[j] = b.g * voltage(b.from);
    }
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      const int j = cellColumn_[c];
      const Branch& b = branches_[cells_[c]];
      if (sinkBranch_[static_cast<std::size_t>(j)] < 0) current[j] += b.g * (voltage(b.from) - voltage(b.to));
    }
    return current;
  }

  int rows_;
  int columns_;
  int unknowns_ = 0;
  Eigen::MatrixXi word_;
  Eigen::MatrixXi bit_;
  std::vector<Branch> branches_;
  std::vector<std::size_t> cells_;  ///< which branches are cells ...
  std::vector<int> cellColumn_;     ///< ... and in which column
  std::vector<int> sinkBranch_;     ///< of each column; -1: the line's end is 0 V itself
};

}  // namespace

NodeSolution solveNodes(Span<const double> conductance, int rows, int columns, const Wires& wires,
                        Span<const double> sourceVoltage) {
  checkCircuit(conductance, rows, columns, wires);
  if (sourceVoltage.size() != static_cast<std::size_t>(rows))
    throw BadInput("ir_drop: {} voltages for {} word lines", sourceVoltage.size(), rows);
  return Netlist(conductance, rows, columns, wires).solve(sourceVoltage);
}

}  // namespace crosstile
