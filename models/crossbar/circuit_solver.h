// SPDX-License-Identifier: Apache-2.0
// The exact nonlinear circuit of a crossbar: every cell's own I(V) between resistive wires (the circuit of
// wire_circuit.h with the conductances replaced by cell branches).
#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "models/crossbar/cell_branch.h"
#include "models/crossbar/programmed_array.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// How exactly a circuit is solved.
struct CircuitAccuracy {
  /// The L1 norm of the Kirchhoff residual over the largest bit-line current of the input. For cells that are
  /// monotone in V it bounds the sum of the errors of all bit-line currents.
  double tolerance = 1e-9;
  /// Single precision where the tolerance allows it (1e-5 and coarser), verified by the residual.
  bool allowSingle = true;
};

/// Solutions for a batch of input vectors.
struct CircuitSolution {
  Eigen::MatrixXd current;               ///< A, columns x batch: into ground at the end of each bit line
  std::vector<double> residual;          ///< of each input: L1 norm over the largest bit-line current
  std::vector<double> sourcePowerW;      ///< of each input: delivered by the sources
  std::vector<double> dissipatedPowerW;  ///< of each input: in cells and wires; equals the former (Tellegen)
  int iterations = 0;                    ///< passes over the array, the most of any input
  int fallbacks = 0;                     ///< inputs that needed the slower, safer solver
};

/// Node voltages and cell currents of one input vector.
struct OperatingPoint {
  Eigen::MatrixXd wordVoltage;  ///< V, rows x columns
  Eigen::MatrixXd bitVoltage;   ///< V, rows x columns
  Eigen::MatrixXd cellCurrent;  ///< A, rows x columns
  Eigen::VectorXd current;      ///< A, columns
  double residual = 0.0;
  double sourcePowerW = 0.0;
  double dissipatedPowerW = 0.0;
};

/// d(weights . I)/dV and d(weights . I)/dG of one input vector.
struct CircuitGradient {
  Eigen::VectorXd voltage;  ///< S, rows
  Eigen::MatrixXd
      conductance;  ///< V, rows x columns: for a change of I(V) in proportion to itself, per dG/G * G
};

/// Solves one programmed array. Immutable; may be used from many threads at once. A solution depends on its
/// own input vector alone, never on the batch it came in.
class CircuitSolver {
 public:
  CircuitSolver(std::shared_ptr<const ProgrammedArray> array, const Wires& wires);
  ~CircuitSolver();
  /// @param voltages  rows x batch, V
  /// @throws BadInput when the shape is wrong or a voltage isn't finite
  /// @throws RunFailure naming the input that did not converge
  CircuitSolution solve(const Eigen::MatrixXd& voltages, const CircuitAccuracy& accuracy = {}) const;
  OperatingPoint operatingPoint(const Eigen::VectorXd& voltages, const CircuitAccuracy& accuracy = {}) const;
  CircuitGradient gradient(const OperatingPoint& at, const Eigen::VectorXd& weights) const;

 private:
  struct Implementation;
  std::unique_ptr<const Implementation> implementation_;
};

}  // namespace crosstile
