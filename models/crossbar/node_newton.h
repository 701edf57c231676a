// SPDX-License-Identifier: Apache-2.0
// Newton's method on Kirchhoff's laws of the nonlinear crossbar circuit, one input at a time, by sparse
// factorisation: slower than the iteration of circuit_iteration.h and safer. It serves strong wires, short
// circuits and floating word lines, and gives the operating point with its books.
#pragma once

#include "models/crossbar/circuit_solver.h"

namespace crosstile {

/// The node voltages, answers and books that belong to cell currents `cells` (A, row by row) in the wires.
/// @param floating  word lines without a source (may be empty); `voltages` then holds their first node's
OperatingPoint pointOf(const CircuitNetwork& network, const Eigen::VectorXd& voltages,
                       const std::vector<double>& cells, const std::vector<bool>& floating = {});

/// Damped Newton, if need be with the sources raised step by step.
/// @param voltages  V, rows; those of floating word lines are found
/// @param cells  where to start: cell currents, row by row
/// @param input  its number, for the message
/// @throws RunFailure when the residual can't be brought to `tolerance`
OperatingPoint solveNewton(const CircuitNetwork& network, const Eigen::VectorXd& voltages,
                           std::vector<double> cells, const std::vector<bool>& floating, double tolerance,
                           Eigen::Index input);

/// Solves the transposed linearised circuit at `at` for bit lines weighted with `weights`.
CircuitGradient adjoint(const CircuitNetwork& network, const OperatingPoint& at,
                        const Eigen::VectorXd& weights);

}  // namespace crosstile
