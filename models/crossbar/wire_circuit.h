// SPDX-License-Identifier: Apache-2.0
// The linear circuit of a crossbar with resistive wires, and its effective conductance matrix.
//
//   V_i --[rSource]--[rWord]-- w(i,0) --[rWord]-- w(i,1) -- ... -- w(i,N-1)   (right end floats)
//   w(i,j) --G_ij-- b(i,j)
//   (top floats)  b(0,j) --[rBit]-- b(1,j) -- ... -- b(M-1,j) --[rBit]--[rSink]-- 0 V,  I_j flows into 0 V
//
// A resistance of zero merges its nodes; G = 0 is no device.
#pragma once

#include <vector>

#include "models/base/span.h"
#include "models/crossbar/array_config.h"

namespace crosstile {

/// Wires (ohm) of a crossbar.
struct Wires {
  double rWord = 0.0;    ///< one word-line segment
  double rBit = 0.0;     ///< one bit-line segment
  double rSource = 0.0;  ///< in series with the first word-line segment
  double rSink = 0.0;    ///< in series with the last bit-line segment
  bool bothEnds = false;  ///< the source drives both ends of its word line, each through rSource + rWord
};
Wires wiresOf(const ArrayConfig& config);

/// The circuit as a linear map: I_j = sum_i g_ij V_i.
struct EffectiveMatrix {
  std::vector<double> g;  ///< S, rows x columns, row by row
  /// Largest over all columns of (L1 norm of the Kirchhoff residual) / (current of the column) with 1 V on
  /// every word line. By reciprocity the residual of column j bounds the error of its current: sum_i |error
  /// of g_ij|.
  double residual = 0.0;
  int sweeps = 0;  ///< relaxation sweeps, 0 where a direct solution served
};

/// Solves the circuit for min(rows, columns) unit drives. Exact formulas where one side of the array has no
/// wire resistance along its lines; Chebyshev-accelerated line relaxation otherwise
/// (docs/models/crossbar.md).
/// @param conductance  rows x columns values, S
/// @throws BadInput on negative or not finite conductances or resistances
/// @throws RunFailure when the residual cannot be brought below 1e-9
EffectiveMatrix solveEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                     const Wires& wires);

/// @throws BadInput on negative or not finite conductances or resistances, or a size that isn't rows x
/// columns
void checkCircuit(Span<const double> conductance, int rows, int columns, const Wires& wires);

/// Voltages along a line of cells with conductances `g` to 0 V, driven by 1 V through `rEnd` + `r` at its
/// first node, with `r` between neighbours; the last node's far end floats. Any resistance may be zero. Also
/// the transfer of a bit line (first node = nearest to the sink), by reciprocity.
/// @return the current that enters, A
double lineResponse(Span<const double> g, double r, double rEnd, Span<double> voltage);

}  // namespace crosstile
