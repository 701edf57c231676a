// SPDX-License-Identifier: Apache-2.0
// The exact nonlinear circuit of a crossbar: every cell's own I(V) between resistive wires (the circuit of
// wire_circuit.h with the conductances replaced by cell branches).
#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "models/crossbar/circuit_network.h"

namespace crosstile {

/// How a circuit is driven and how exactly it is solved.
struct CircuitOptions {
  /// The L1 norm of the Kirchhoff residual over the largest current of a bit line or source. For cells that
  /// are monotone in V it bounds the sum of the errors of all bit-line currents.
  double tolerance = 1e-9;
  /// Where above 0: it is enough that the error of each bit-line current is at most this share of the largest
  /// current, by a bound that is sharper than the residual (lane_solver.cpp).
  double error = 0.0;
  /// Single precision where the tolerance allows it, rounding errors counted in the residual.
  bool allowSingle = true;
  /// Word lines at exactly 0 V are unconnected rather than driven with 0 V.
  bool floatZeros = false;
};

/// Solutions for a batch of input vectors.
struct CircuitSolution {
  Eigen::MatrixXd current;           ///< A, columns x batch: into ground at the end of each bit line
  std::vector<double> residual;      ///< of each input: L1 norm over the largest current
  std::vector<double> error;         ///< of each input: bound of a bit line's error over the largest current
  std::vector<double> sourcePowerW;  ///< of each input: delivered by the sources
  int passes = 0;                    ///< over the array, the most of any input
  int fallbacks = 0;                 ///< inputs that needed the slower, safer solver
};

/// Node voltages and cell currents of one input vector, with Kirchhoff's and Tellegen's books.
struct OperatingPoint {
  Eigen::MatrixXd wordVoltage;    ///< V, rows x columns
  Eigen::MatrixXd bitVoltage;     ///< V, rows x columns
  Eigen::MatrixXd cellCurrent;    ///< A, rows x columns: each cell's own I(w, b)
  Eigen::MatrixXd wordSlope;      ///< dI/dw, S
  Eigen::MatrixXd bitSlope;       ///< dI/db, S
  Eigen::VectorXd current;        ///< A, columns: into ground
  Eigen::VectorXd sourceCurrent;  ///< A, rows: out of the sources
  double residual = 0.0;          ///< L1 norm of the Kirchhoff residual over the largest current
  double sourcePowerW = 0.0;      ///< delivered by the sources
  double cellPowerW = 0.0;        ///< dissipated in the cells ...
  double wirePowerW = 0.0;        ///< ... and in wires, source and sink resistances
};

/// Gradient of a weighted sum of the bit-line currents of one input vector.
struct CircuitGradient {
  Eigen::VectorXd voltage;      ///< d/dV, rows
  Eigen::MatrixXd cellCurrent;  ///< d/d(a cell's own current at its voltages), rows x columns: times dI/dp
                                ///< for any parameter p of the cell; for I = G f(V) d/dG is this times I/G
};

/// Solves the circuits of one programmed array. Immutable; may be used from many threads at once. A solution
/// depends on its own input vector alone, never on the batch it came in.
class CircuitSolver {
 public:
  CircuitSolver(std::shared_ptr<const ProgrammedArray> array, const Wires& wires,
                const AccessConfig& access = {});
  /// The same with any branch at the crossings.
  CircuitSolver(int rows, int columns, std::shared_ptr<const CellBranch> branch, const Wires& wires);

  /// @param voltages  rows x batch, V
  /// @throws BadInput when the shape is wrong or a voltage isn't finite
  /// @throws RunFailure naming the input that did not converge
  CircuitSolution solve(const Eigen::MatrixXd& voltages, const CircuitOptions& options = {}) const;
  OperatingPoint operatingPoint(const Eigen::VectorXd& voltages, const CircuitOptions& options = {}) const;
  /// One adjoint solve. @param weights  of the bit-line currents, columns
  CircuitGradient gradient(const OperatingPoint& at, const Eigen::VectorXd& weights) const;

  const CircuitNetwork& network() const { return *network_; }

 private:
  template <typename T>
  std::vector<Eigen::Index> solveLanes(const Eigen::MatrixXd& voltages,
                                       const std::vector<Eigen::Index>& inputs, const CircuitOptions& options,
                                       CircuitSolution& solution) const;
  void solveSafely(const Eigen::MatrixXd& voltages, Eigen::Index input, const CircuitOptions& options,
                   CircuitSolution& solution) const;
  bool singleServes(const CircuitOptions& options) const;

  std::shared_ptr<const CircuitNetwork> network_;
};

}  // namespace crosstile
