// SPDX-License-Identifier: Apache-2.0
// One word line of a crossbar by itself, its own law in every cell and all bit lines at 0 V.
#pragma once

#include <cstdint>
#include <vector>

#include "models/crossbar/programmed_array.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// What a row does when it is driven with V through the source resistance (wire_circuit.h):
///     w_j = w_{j-1} - r_word sum_{l >= j} I_l(w_l),   w_{-1} = V - r_source sum_l I_l(w_l)
/// That is the circuit up to the voltages of the bit lines, which are small beside V and are treated as a
/// perturbation: raising every bit line by b changes the row's cell currents by -g_j (1 - y_j) b, where
///     (Laplacian of the row + diag g) y = g
/// is the share of the rise that the row's own nodes take part in (the source resistance lets them).
struct RowResponse {
  std::size_t lanes = 0;        ///< voltages; all arrays are columns x lanes
  std::vector<double> current;  ///< A, of each cell
  std::vector<double> slope;    ///< S, dI/dV of each cell where it works
  std::vector<double> follow;   ///< y_j
};

/// Solves rows of one array by Newton's method on the line, exact in one backward and one forward sweep an
/// iteration, for several voltages side by side. A voltage's values don't depend on the others. Not for use
/// from several threads at once.
class RowSolver {
 public:
  RowSolver(const ProgrammedArray& array, const Wires& wires);
  /// @throws RunFailure when the iteration doesn't converge
  const RowResponse& solve(int row, Span<const double> voltages);

 private:
  void resize(std::size_t lanes);
  void loadRow(int row);
  /// dI/dw and I of all cells at w_.
  void evaluate();
  /// Solves the line with cell currents c_j + g_j w_j into next_.
  void solveLinear(Span<const double> voltages);
  /// Takes the solution over in the lanes that are still moving. @return whether any is
  bool advance(Span<const double> voltages);

  const ProgrammedArray& array_;
  Wires wires_;
  std::size_t columns_;
  int loaded_ = -1;
  std::vector<double> parameters_, constant_, alpha_, beta_, w_, next_;
  std::vector<std::uint8_t> settled_;
  RowResponse response_;
};

}  // namespace crosstile
