// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/node_newton.h"

#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
#include <Eigen/SparseLU>
#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr int kMostSteps = 100;
constexpr double kLeastDamping = 1e-5;
constexpr int kSourceSteps = 8;
/// Keeps the Jacobian regular where a floating word line has no conducting cell; not part of the circuit.
constexpr double kLeastConductance = 1e-15;

using Matrix = Eigen::SparseMatrix<double>;

bool isFloating(const std::vector<bool>& floating, int row) {
  return !floating.empty() && floating[static_cast<std::size_t>(row)];
}

/// Kirchhoff's equations at the nodes, linearised: unknown voltages of the nodes that no source fixes, nodes
/// without resistance between them counted as one.
class NodeSystem {
 public:
  NodeSystem(const CircuitNetwork& network, const std::vector<bool>& floating)
      : rows_(network.rows()),
        columns_(network.columns()),
        symmetric_(network.branch().twoTerminal()),
        word_(rows_, columns_),
        bit_(rows_, columns_) {
    const LineResistances<double> r = network.lines<double>();
    for (int i = 0; i < rows_; ++i) numberWordLine(i, r, isFloating(floating, i), r.share > 0.0);
    for (int j = 0; j < columns_; ++j) numberBitLine(j, r);
  }

  /// Factorises the Jacobian at the slopes of `at`. @param transposed  for the adjoint
  void factorise(const OperatingPoint& at, bool transposed = false) {
    if (unknowns_ == 0) return;
    std::vector<Eigen::Triplet<double>> entries = wires_;
    const auto add = [&](int row, int column, double value) {
      if (row < 0 || column < 0) return;
      transposed ? entries.emplace_back(column, row, value) : entries.emplace_back(row, column, value);
    };
    for (int i = 0; i < rows_; ++i) {
      for (int j = 0; j < columns_; ++j) {
        const int w = word_(i, j), b = bit_(i, j);
        add(w, w, at.wordSlope(i, j));
        add(w, b, at.bitSlope(i, j));
        add(b, w, -at.wordSlope(i, j));
        add(b, b, -at.bitSlope(i, j));
      }
    }
    Matrix matrix(unknowns_, unknowns_);
    matrix.setFromTriplets(entries.begin(), entries.end());
    if (symmetric_) {
      if (!analysed_) cholesky_.analyzePattern(matrix);
      cholesky_.factorize(matrix);
      regular_ = cholesky_.info() == Eigen::Success;
    } else {
      if (!analysed_) lu_.analyzePattern(matrix);
      lu_.factorize(matrix);
      regular_ = lu_.info() == Eigen::Success;
    }
    analysed_ = true;
  }
  bool regular() const { return regular_; }
  int unknowns() const { return unknowns_; }
  Eigen::VectorXd solve(const Eigen::VectorXd& injected) const {
    if (unknowns_ == 0) return {};
    return symmetric_ ? Eigen::VectorXd(cholesky_.solve(injected)) : Eigen::VectorXd(lu_.solve(injected));
  }
  int word(int i, int j) const { return word_(i, j); }
  int bit(int i, int j) const { return bit_(i, j); }

 private:
  void connect(int a, int b, double g) {
    if (a >= 0) wires_.emplace_back(a, a, g);
    if (b >= 0) wires_.emplace_back(b, b, g);
    if (a >= 0 && b >= 0) {
      wires_.emplace_back(a, b, -g);
      wires_.emplace_back(b, a, -g);
    }
  }
  void numberWordLine(int i, const LineResistances<double>& r, bool floating, bool bothEnds) {
    const bool fixed = r.wordFirst == 0.0 && !floating;
    word_(i, 0) = fixed ? -1 : unknowns_++;
    if (floating) connect(word_(i, 0), -1, kLeastConductance);
    if (!fixed && !floating) connect(word_(i, 0), -1, 1.0 / r.wordFirst);
    for (int j = 1; j < columns_; ++j) {
      const bool fixedEnd = fixed && bothEnds && j + 1 == columns_;
      word_(i, j) = r.word == 0.0 ? word_(i, 0) : fixedEnd ? -1 : unknowns_++;
      if (r.word > 0.0) connect(word_(i, j - 1), word_(i, j), 1.0 / r.word);
    }
    if (bothEnds && !fixed && !floating) connect(word_(i, columns_ - 1), -1, 1.0 / r.wordFirst);
  }
  void numberBitLine(int j, const LineResistances<double>& r) {
    const int bottom = rows_ - 1;
    bit_(bottom, j) = r.bitLast == 0.0 ? -1 : unknowns_++;
    if (r.bitLast > 0.0) connect(bit_(bottom, j), -1, 1.0 / r.bitLast);
    for (int i = bottom; i-- > 0;) {
      bit_(i, j) = r.bit == 0.0 ? bit_(bottom, j) : unknowns_++;
      if (r.bit > 0.0) connect(bit_(i, j), bit_(i + 1, j), 1.0 / r.bit);
    }
  }

  int rows_, columns_;
  int unknowns_ = 0;
  bool symmetric_;
  bool analysed_ = false;
  bool regular_ = true;
  Eigen::MatrixXi word_, bit_;  ///< unknown of each node; -1: fixed
  std::vector<Eigen::Triplet<double>> wires_;
  Eigen::SimplicialLDLT<Matrix> cholesky_;
  Eigen::SparseLU<Matrix> lu_;
};

double at(const Eigen::VectorXd& v, int node) {
  return node < 0 ? 0.0 : v[node];
}

/// Newton's iteration at fixed sources.
class Newton {
 public:
  Newton(const CircuitNetwork& network, Eigen::VectorXd voltages, const std::vector<bool>& floating,
         std::vector<double> cells)
      : network_(network),
        floating_(floating),
        system_(network, floating),
        voltages_(std::move(voltages)),
        cells_(std::move(cells)) {
    update();
  }

  void setSources(const Eigen::VectorXd& voltages) {
    for (int i = 0; i < network_.rows(); ++i) {
      if (!isFloating(floating_, i)) voltages_[i] = voltages[i];
    }
    update();
  }
  bool run(double tolerance) {
    for (int k = 0; k < kMostSteps; ++k) {
      if (point_.residual <= tolerance) return true;
      if (!step()) return false;
    }
    return point_.residual <= tolerance;
  }
  const OperatingPoint& point() const { return point_; }

 private:
  void update() { point_ = pointOf(network_, voltages_, cells_, floating_); }
  /// What the line search brings down: the residual in ampere.
  double merit(const OperatingPoint& p, const std::vector<double>& cells) const {
    double sum = 0.0;
    for (int i = 0; i < network_.rows(); ++i) {
      if (isFloating(floating_, i)) sum += std::abs(p.sourceCurrent[i]);
      for (int j = 0; j < network_.columns(); ++j)
        sum += 2.0 * std::abs(p.cellCurrent(i, j) - cells[index(i, j)]);
    }
    return sum;
  }
  std::size_t index(int i, int j) const {
    return static_cast<std::size_t>(i) * static_cast<std::size_t>(network_.columns()) +
           static_cast<std::size_t>(j);
  }

  bool step() {
    system_.factorise(point_);
    if (!system_.regular()) return false;
    Eigen::VectorXd injected = Eigen::VectorXd::Zero(system_.unknowns());
    const auto inject = [&](int node, double current) {
      if (node >= 0) injected[node] += current;
    };
    for (int i = 0; i < network_.rows(); ++i) {
      if (isFloating(floating_, i)) inject(system_.word(i, 0), -point_.sourceCurrent[i]);
      for (int j = 0; j < network_.columns(); ++j) {
        const double r = point_.cellCurrent(i, j) - cells_[index(i, j)];
        inject(system_.word(i, j), -r);
        inject(system_.bit(i, j), r);
      }
    }
    const Eigen::VectorXd dv = system_.solve(injected);
    if (!dv.allFinite()) return false;
    return search(dv);
  }

  /// Halves the step until the residual falls.
  bool search(const Eigen::VectorXd& dv) {
    std::vector<double> direction(cells_.size());
    for (int i = 0; i < network_.rows(); ++i) {
      for (int j = 0; j < network_.columns(); ++j) {
        direction[index(i, j)] = point_.cellCurrent(i, j) - cells_[index(i, j)] +
                                 point_.wordSlope(i, j) * at(dv, system_.word(i, j)) +
                                 point_.bitSlope(i, j) * at(dv, system_.bit(i, j));
      }
    }
    const double before = merit(point_, cells_);
    for (double t = 1.0; t >= kLeastDamping; t *= 0.5) {
      std::vector<double> cells = cells_;
      for (std::size_t c = 0; c < cells.size(); ++c) cells[c] += t * direction[c];
      Eigen::VectorXd voltages = voltages_;
      for (int i = 0; i < network_.rows(); ++i) {
        if (isFloating(floating_, i)) voltages[i] += t * at(dv, system_.word(i, 0));
      }
      OperatingPoint point = pointOf(network_, voltages, cells, floating_);
      const double after = merit(point, cells);
      if (!(after < (1.0 - 1e-4 * t) * before)) continue;
      cells_ = std::move(cells);
      voltages_ = std::move(voltages);
      point_ = std::move(point);
      return true;
    }
    return false;
  }

  const CircuitNetwork& network_;
  const std::vector<bool>& floating_;
  NodeSystem system_;
  Eigen::VectorXd voltages_;
  std::vector<double> cells_;
  OperatingPoint point_;
};

}  // namespace

OperatingPoint pointOf(const CircuitNetwork& network, const Eigen::VectorXd& voltages,
                       const std::vector<double>& cells, const std::vector<bool>& floating) {
  const int rows = network.rows(), columns = network.columns();
  const LineResistances<double> r = network.lines<double>();
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const RowMajor> cell(cells.data(), rows, columns);
  OperatingPoint p;
  p.wordVoltage.resize(rows, columns);
  p.bitVoltage.resize(rows, columns);
  p.current = cell.colwise().sum();
  p.sourceCurrent = cell.rowwise().sum();

  // Nodes of a passive circuit lie between its sources' voltages and 0.
  double low = std::min(0.0, voltages.minCoeff()), high = std::max(0.0, voltages.maxCoeff());
  if (!floating.empty()) high = -(low = -std::numeric_limits<double>::infinity());
  for (int i = 0; i < rows; ++i) {
    const bool open = isFloating(floating, i);
    Eigen::VectorXd beyond(columns);
    double sum = 0.0;
    for (int j = columns; j-- > 0;) beyond[j] = sum += cell(i, j);
    const double far = open ? 0.0 : r.share * (r.wordFirst * sum + r.word * (beyond.sum() - beyond[0]));
    double w = voltages[i] - (open ? 0.0 : r.wordFirst * (sum - far));
    p.wirePowerW += open ? 0.0 : r.wordFirst * ((sum - far) * (sum - far) + far * far);
    for (int j = 0; j < columns; ++j) {
      if (j > 0) {
        const double through = beyond[j] - far;
        w -= r.word * through;
        p.wirePowerW += r.word * through * through;
      }
      p.wordVoltage(i, j) = std::clamp(w, low, high);
    }
    if (!open) p.sourcePowerW += voltages[i] * sum;
  }
  for (int j = 0; j < columns; ++j) {
    double through = p.current[j];
    double b = r.bitLast * through;
    p.wirePowerW += r.bitLast * through * through;
    for (int i = rows; i-- > 0;) {
      if (i + 1 < rows) {
        b += r.bit * through;
        p.wirePowerW += r.bit * through * through;
      }
      p.bitVoltage(i, j) = std::clamp(b, low, high);
      through -= cell(i, j);
    }
  }

  p.cellCurrent.resize(rows, columns);
  p.wordSlope.resize(rows, columns);
  p.bitSlope.resize(rows, columns);
  Eigen::VectorXd word(columns), bit(columns), current(columns), dWord(columns), dBit(columns);
  double norm = 0.0;
  for (int i = 0; i < rows; ++i) {
    word = p.wordVoltage.row(i);
    bit = p.bitVoltage.row(i);
    network.branch().evaluate(i, 1, word.data(), bit.data(), current.data(), dWord.data(), dBit.data());
    p.cellCurrent.row(i) = current;
    p.wordSlope.row(i) = dWord;
    p.bitSlope.row(i) = dBit;
    p.cellPowerW += current.dot(word - bit);
    norm += 2.0 * (current.transpose() - cell.row(i)).cwiseAbs().sum();
    if (isFloating(floating, i)) norm += std::abs(p.sourceCurrent[i]);
  }
  double largest = p.current.cwiseAbs().maxCoeff();
  for (int i = 0; i < rows; ++i) {
    if (!isFloating(floating, i)) largest = std::max(largest, std::abs(p.sourceCurrent[i]));
  }
  p.residual = norm > 0.0 ? norm / largest : 0.0;
  return p;
}

OperatingPoint solveNewton(const CircuitNetwork& network, const Eigen::VectorXd& voltages,
                           std::vector<double> cells, const std::vector<bool>& floating, double tolerance,
                           Eigen::Index input) {
  Newton newton(network, voltages, floating, cells);
  if (newton.run(tolerance)) return newton.point();
  Newton raised(network, Eigen::VectorXd::Zero(voltages.size()), floating,
                std::vector<double>(cells.size(), 0.0));
  for (int k = 1; k <= kSourceSteps; ++k) {
    raised.setSources(voltages * (static_cast<double>(k) / kSourceSteps));
    raised.run(tolerance);
  }
  if (raised.point().residual <= tolerance) return raised.point();
  throw RunFailure(
      "circuit: input {} of the {}x{} array did not converge: residual {:.3g} of the current, {:.3g} wanted",
      input, network.rows(), network.columns(), raised.point().residual, tolerance);
}

CircuitGradient adjoint(const CircuitNetwork& network, const OperatingPoint& point,
                        const Eigen::VectorXd& weights) {
  // With dI = dI_own + f_w dw + f_b db and the nodes' equations L dv = -(dI at w) + (dI at b), the weighted
  // sum y of all cell currents changes by (y + u_b - u_w) dI_own, where J^T u = f (y at the cells' slopes).
  const int rows = network.rows(), columns = network.columns();
  NodeSystem system(network, {});
  system.factorise(point, true);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(system.unknowns());
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      if (system.word(i, j) >= 0) right[system.word(i, j)] += weights[j] * point.wordSlope(i, j);
      if (system.bit(i, j) >= 0) right[system.bit(i, j)] += weights[j] * point.bitSlope(i, j);
    }
  }
  const Eigen::VectorXd u = system.solve(right);
  CircuitGradient gradient;
  gradient.cellCurrent.resize(rows, columns);
  gradient.voltage = Eigen::VectorXd::Zero(rows);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      const double own = weights[j] + at(u, system.bit(i, j)) - at(u, system.word(i, j));
      gradient.cellCurrent(i, j) = own;
      // A source that rises by dV lifts its whole word line by dV, wires aside: each cell's current rises by
      // f_w dV of its own.
      gradient.voltage[i] += own * point.wordSlope(i, j);
    }
  }
  return gradient;
}

}  // namespace crosstile
