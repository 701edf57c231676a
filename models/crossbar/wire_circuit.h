// SPDX-License-Identifier: Apache-2.0
// The linear circuit of a crossbar with resistive wires, and its effective conductance matrix.
//
//   V_i --[rSource]--[rWord]-- w(i,0) --[rWord]-- w(i,1) -- ... -- w(i,N-1)   (right end floats)
//   w(i,j) --G_ij-- b(i,j)
//   (top floats)  b(0,j) --[rBit]-- b(1,j) -- ... -- b(M-1,j) --[rBit]--[rSink]-- 0 V,  I_j flows into 0 V
//
// A resistance of zero merges its nodes; G = 0 is no device.
#pragma once

#include <optional>
#include <vector>

#include "models/base/span.h"
#include "models/crossbar/array_config.h"

namespace crosstile {

/// Wires (ohm) of a crossbar.
struct Wires {
  double rWord = 0.0;     ///< one word-line segment
  double rBit = 0.0;      ///< one bit-line segment
  double rSource = 0.0;   ///< in series with the first word-line segment
  double rSink = 0.0;     ///< in series with the last bit-line segment
  bool bothEnds = false;  ///< the source drives both ends of its word line, each through rSource + rWord
};
Wires wiresOf(const ArrayConfig& config);

/// The circuit as a linear map: I_j = sum_i g_ij V_i.
struct EffectiveMatrix {
  std::vector<double> g;  ///< S, rows x columns, row by row
  /// Bounds sum_i |error of g_ij| / sum_i g_ij for every column j. Where all columns were relaxed: the
  /// largest over the columns of (L1 norm of the Kirchhoff residual) / (current of the column) with 1 V on
  /// every word line, which is such a bound by reciprocity. Where the matrix was found directly: what
  /// checkMatrix() says.
  double residual = 0.0;
  int sweeps = 0;  ///< relaxation sweeps (of the check, where the solution was direct); 0 without relaxation
};

/// Solves the circuit. Exact formulas where one side of the array has no wire resistance along its lines;
/// otherwise divide and conquer (port_matrix.h) or, for wires so good that few sweeps do, line relaxation
/// (docs/models/crossbar.md).
/// @param conductance  rows x columns values, S
/// @throws BadInput on negative or not finite conductances or resistances
/// @throws RunFailure when the residual cannot be brought below 1e-9
EffectiveMatrix solveEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                     const Wires& wires);

/// The currents of a few inputs.
struct InputSolution {
  std::vector<double> current;  ///< A, vectors x columns, input by input
  /// Largest over the inputs of (L1 norm of the Kirchhoff residual) / (largest bit-line current); that of the
  /// effective matrix if this served.
  double residual = 0.0;
  int sweeps = 0;       ///< relaxation sweeps, 0 without relaxation
  bool direct = false;  ///< solved for these inputs, without the effective matrix
};

/// Whether `vectors` inputs are solved faster one by one than by the effective matrix. Depends on the circuit
/// and the number alone, so that the choice is reproducible.
bool inputsAreFew(Span<const double> conductance, int rows, int columns, const Wires& wires, int vectors);

/// Relaxes the circuit for these inputs alone, where they are few.
/// @param voltages  vectors x rows values, V, input by input
/// @return nothing if the effective matrix is the faster way, or if the relaxation takes much longer than
/// estimated
/// @throws BadInput as solveEffectiveMatrix, also on voltages that are not finite or not whole inputs
std::optional<InputSolution> relaxFewInputs(Span<const double> conductance, int rows, int columns,
                                            const Wires& wires, Span<const double> voltages);

/// Solves the circuit for inputs by whichever way is the faster. Either way to 1e-9 of the largest current.
/// @throws as relaxFewInputs; RunFailure as solveEffectiveMatrix
InputSolution solveInputs(Span<const double> conductance, int rows, int columns, const Wires& wires,
                          Span<const double> voltages);

/// A cell that gets another conductance.
struct CellChange {
  int row = 0;
  int column = 0;
  double conductance = 0.0;  ///< S, the new one
};

/// The effective matrix after some cells have changed. With u_c, v_c the currents into sources and sinks that
/// 1 A from cell c's bit line to its word line makes, Z_cd the voltage across c for 1 A at d, and D the
/// changes of conductance (Sherman, Morrison, Woodbury):
///     g' = g - u (1 + D Z)^-1 D v'
/// One right-hand side a changed cell; everything is solved anew where that is faster, or where the bound of
/// the error (EffectiveMatrix::residual) would exceed 1e-9.
/// @param effective    of the array before
/// @param conductance  of the array before, rows x columns values, S
/// @throws as solveEffectiveMatrix; BadInput also on changes outside the array or two of one cell
EffectiveMatrix updateEffectiveMatrix(const EffectiveMatrix& effective, Span<const double> conductance,
                                      int rows, int columns, const Wires& wires,
                                      Span<const CellChange> changes);

/// @throws BadInput on negative or not finite conductances or resistances, or a size that isn't rows x
/// columns
void checkCircuit(Span<const double> conductance, int rows, int columns, const Wires& wires);

/// checkCircuit, and that word lines are driven from one end only, as the linear solvers have it.
void checkLinearCircuit(Span<const double> conductance, int rows, int columns, const Wires& wires);

/// Voltages along a line of cells with conductances `g` to 0 V, driven by 1 V through `rEnd` + `r` at its
/// first node, with `r` between neighbours; the last node's far end floats. Any resistance may be zero. Also
/// the transfer of a bit line (first node = nearest to the sink), by reciprocity.
/// @return the current that enters, A
double lineResponse(Span<const double> g, double r, double rEnd, Span<double> voltage);

}  // namespace crosstile
