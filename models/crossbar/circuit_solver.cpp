// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/circuit_solver.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "models/base/error.h"
#include "models/crossbar/lane_solver.h"
#include "models/crossbar/node_newton.h"

namespace crosstile {
namespace {

/// Single precision serves when its rounding, as LaneSolver counts it, stays this far below the tolerance.
constexpr double kSingleMargin = 2.5;
constexpr double kSingleRounding = kCircuitRoundings * 0.5 * std::numeric_limits<float>::epsilon();

/// One a thread and precision, of the size of the largest array so far: a fresh allocation for every solve
/// would cost as much as the solve.
template <typename T>
LaneScratch<T>& threadScratch() {
  thread_local LaneScratch<T> scratch;
  return scratch;
}

void check(const CircuitNetwork& network, const Eigen::MatrixXd& voltages) {
  if (voltages.rows() != network.rows())
    throw BadInput("circuit: {} voltages for {} word lines", voltages.rows(), network.rows());
  if (!voltages.allFinite()) throw BadInput("circuit: a voltage is not a finite number");
}

}  // namespace

CircuitSolver::CircuitSolver(std::shared_ptr<const ProgrammedArray> array, const Wires& wires,
                             const AccessConfig& access) {
  checkCircuit(array->conductance, array->rows, array->columns, wires);
  const int rows = array->rows, columns = array->columns;
  network_ = std::make_shared<CircuitNetwork>(rows, columns, makeCellBranch(std::move(array), access), wires);
}

CircuitSolver::CircuitSolver(int rows, int columns, std::shared_ptr<const CellBranch> branch,
                             const Wires& wires)
    : network_(std::make_shared<CircuitNetwork>(rows, columns, std::move(branch), wires)) {}

bool CircuitSolver::singleServes(const CircuitOptions& options) const {
  if (!options.allowSingle) return false;
  const double rounding = kSingleMargin * kSingleRounding;
  return options.tolerance >= rounding * 2.0 * network_->columns() || options.error >= 2.0 * rounding;
}

/// Solves `inputs` in groups of one register; returns those that didn't converge.
template <typename T>
std::vector<Eigen::Index> CircuitSolver::solveLanes(const Eigen::MatrixXd& voltages,
                                                    const std::vector<Eigen::Index>& inputs,
                                                    const CircuitOptions& options,
                                                    CircuitSolution& solution) const {
  constexpr std::size_t kLanes = LaneSolver<T>::kLanes;
  std::vector<Eigen::Index> left;
  for (std::size_t first = 0; first < inputs.size(); first += kLanes) {
    const std::size_t count = std::min(kLanes, inputs.size() - first);
    LaneSolver<T> lanes(*network_, threadScratch<T>());
    for (std::size_t lane = 0; lane < count; ++lane) {
      for (int i = 0; i < network_->rows(); ++i)
        lanes.voltages()[static_cast<std::size_t>(i) * kLanes + lane] =
            static_cast<T>(voltages(i, inputs[first + lane]));
    }
    lanes.run({options.tolerance, options.error});
    for (std::size_t lane = 0; lane < count; ++lane) {
      const Eigen::Index input = inputs[first + lane];
      const LaneOutcome& o = lanes.outcome(lane);
      solution.passes = std::max(solution.passes, o.passes);
      if (!o.converged) {
        left.push_back(input);
        continue;
      }
      for (int j = 0; j < network_->columns(); ++j)
        solution.current(j, input) = static_cast<double>(lanes.current(j, lane));
      solution.residual[static_cast<std::size_t>(input)] = o.residual;
      solution.error[static_cast<std::size_t>(input)] = o.error;
      solution.sourcePowerW[static_cast<std::size_t>(input)] = o.sourcePowerW;
    }
  }
  return left;
}

void CircuitSolver::solveSafely(const Eigen::MatrixXd& voltages, Eigen::Index input,
                                const CircuitOptions& options, CircuitSolution& solution) const {
  std::vector<bool> floating;
  if (options.floatZeros) {
    for (Eigen::Index i = 0; i < voltages.rows(); ++i) floating.push_back(voltages(i, input) == 0.0);
  }
  const auto cells =
      static_cast<std::size_t>(network_->rows()) * static_cast<std::size_t>(network_->columns());
  const OperatingPoint point = solveNewton(*network_, voltages.col(input), std::vector<double>(cells, 0.0),
                                           floating, options.tolerance, input);
  solution.current.col(input) = point.current;
  solution.residual[static_cast<std::size_t>(input)] = point.residual;
  solution.error[static_cast<std::size_t>(input)] = point.residual;
  solution.sourcePowerW[static_cast<std::size_t>(input)] = point.sourcePowerW;
  ++solution.fallbacks;
}

CircuitSolution CircuitSolver::solve(const Eigen::MatrixXd& voltages, const CircuitOptions& options) const {
  check(*network_, voltages);
  CircuitSolution solution;
  solution.current.resize(network_->columns(), voltages.cols());
  solution.residual.resize(static_cast<std::size_t>(voltages.cols()));
  solution.error.resize(solution.residual.size());
  solution.sourcePowerW.resize(solution.residual.size());
  std::vector<Eigen::Index> left(solution.residual.size());
  std::iota(left.begin(), left.end(), Eigen::Index{0});
  if (!options.floatZeros) {
    if (singleServes(options)) left = solveLanes<float>(voltages, left, options, solution);
    left = solveLanes<double>(voltages, left, options, solution);
  }
  for (const Eigen::Index input : left) solveSafely(voltages, input, options, solution);
  return solution;
}

OperatingPoint CircuitSolver::operatingPoint(const Eigen::VectorXd& voltages,
                                             const CircuitOptions& options) const {
  check(*network_, voltages);
  std::vector<bool> floating;
  std::vector<double> cells(
      static_cast<std::size_t>(network_->rows()) * static_cast<std::size_t>(network_->columns()), 0.0);
  if (options.floatZeros) {
    for (const double v : voltages) floating.push_back(v == 0.0);
  } else {
    LaneSolver<double> lanes(*network_, threadScratch<double>());
    for (int i = 0; i < network_->rows(); ++i)
      lanes.voltages()[static_cast<std::size_t>(i) * LaneSolver<double>::kLanes] = voltages[i];
    lanes.run({options.tolerance, 0.0});
    if (lanes.outcome(0).converged) cells = lanes.cellCurrents(0);
  }
  return solveNewton(*network_, voltages, std::move(cells), floating, options.tolerance, 0);
}

CircuitGradient CircuitSolver::gradient(const OperatingPoint& at, const Eigen::VectorXd& weights) const {
  if (weights.size() != network_->columns())
    throw BadInput("circuit: {} weights for {} bit lines", weights.size(), network_->columns());
  return adjoint(*network_, at, weights);
}

}  // namespace crosstile
