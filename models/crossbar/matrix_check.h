// SPDX-License-Identifier: Apache-2.0
// Whether a matrix is the effective matrix of a circuit, found out by circuit solutions for a few drives.
#pragma once

#include "models/base/span.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

struct MatrixCheck {
  double residual = 0.0;
  double circuitResidual = 0.0;  ///< the share of the circuit's solution: what can be known by this check
  int sweeps = 0;
};

/// Drives every sink j at once with the voltage +-1 / I_j, I_j the current of column j with 1 V at every
/// source, and compares the currents into the sources of the circuit's solution (line relaxation, to an L1
/// norm of the Kirchhoff residual of 1e-10) with those of the matrix. The result is the L1 norm of the
/// difference plus that of the residual, the largest of eight such drives with random signs.
/// It bounds sum_i |error of g_ij| / I_j of every column j: for any signs of the others, one of the two signs
/// of column j gives a norm at least as large as this column alone, so each drive is a bound with probability
/// 1/2 at least, and the largest of eight fails to be one for a given column with at most 1/256. (In practice
/// the errors of all columns add up, and it is far above each.)
/// Needs rWord > 0 and rBit > 0.
MatrixCheck checkMatrix(Span<const double> g, Span<const double> conductance, int rows, int columns,
                        const Wires& wires);

}  // namespace crosstile
