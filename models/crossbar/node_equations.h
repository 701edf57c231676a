// SPDX-License-Identifier: Apache-2.0
// Kirchhoff's current law at every node of the crossbar circuit of wire_circuit.h, solved by sparse LDL^T:
// the plain form of the circuit, which gives every node voltage and against which the fast solver is checked.
#pragma once

#include <Eigen/Core>

#include "models/base/span.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

struct NodeSolution {
  Eigen::VectorXd current;      ///< A, out of each bit line into 0 V
  Eigen::MatrixXd wordVoltage;  ///< V, at w(i,j)
  Eigen::MatrixXd bitVoltage;   ///< V, at b(i,j)
  double residual =
      0.0;  ///< L1 norm of the nodes' current balance over the largest bit-line or source current
  double sourcePowerW = 0.0;  ///< delivered by the sources
  double dissipatedPowerW =
      0.0;  ///< in cells, wires, source and sink resistances; equals the former (Tellegen)
};

/// @throws BadInput on values that are negative or not finite, or shapes that don't match
NodeSolution solveNodes(Span<const double> conductance, int rows, int columns, const Wires& wires,
                        Span<const double> sourceVoltage);

}  // namespace crosstile
