// SPDX-License-Identifier: Apache-2.0
// What the solvers of the linear circuit cost, estimated beforehand: the choice between them depends on the
// circuit alone, never on a clock.
#pragma once

#include "models/base/span.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// Sweeps of accelerated line relaxation from 1 to `tolerance`, as if all cells had the mean conductance G
/// and the slowest mode of a line of n segments r the admittance lambda = 1 / (4/pi^2 n^2 r + n r_end): a
/// plain sweep then leaves rho = G^2 / ((G + lambda_w) (G + lambda_b)) of the error, and Chebyshev's
/// polynomials (1 - sqrt(1 - rho)) / (1 + sqrt(1 - rho)). Needs rWord > 0 and rBit > 0.
double estimatedSweeps(Span<const double> conductance, int rows, int columns, const Wires& wires,
                       double tolerance);

/// Nanoseconds, about: `sweeps` of one group of right-hand sides, and their preparation.
double relaxationCost(int rows, int columns, double sweeps);
/// ... and the effective matrix directly, checked by one group of right-hand sides with `sweeps`.
double directCost(int rows, int columns, double sweeps);

}  // namespace crosstile
