// SPDX-License-Identifier: Apache-2.0
// What a read leaves behind.
#pragma once

#include <memory>

#include "models/crossbar/circuit_solver.h"

namespace crosstile {

/// The array after a read at the solved operating point of its circuit: every cell has been at the voltage
/// across itself, less what its access device takes, for `duration`. Voltages are those at the beginning:
/// right while a read moves the state little.
/// @param branch  what the circuit was solved with (CircuitSolver::network().branch())
std::shared_ptr<const ProgrammedArray> disturbed(const ProgrammedArray& array, const CellBranch& branch,
                                                 const OperatingPoint& at, Seconds duration);

}  // namespace crosstile
