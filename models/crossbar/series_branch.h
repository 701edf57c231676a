// SPDX-License-Identifier: Apache-2.0
// Cells with an access device.
#pragma once

#include <memory>

#include "models/crossbar/cell_branch.h"
#include "models/device/access_device.h"

namespace crosstile {

/// Branches of memristive cell and access device in series:
///     word node -- cell -- internal node -- access device -- bit node
/// 1T1R: drain at the internal node, source at the bit node, gate at a fixed voltage against 0 V. 1S1R: a
/// two-terminal selector. The internal node's voltage is where both currents are equal, found by Newton's
/// method inside a bracket (both currents are monotone in it); the slopes follow from implicit
/// differentiation. An absent cell (G = 0) carries no current.
/// @throws BadInput for an access device that is none, unknown, or out of range
std::unique_ptr<CellBranch> makeSeriesBranch(std::shared_ptr<const ProgrammedArray> array,
                                             const AccessConfig& access);

}  // namespace crosstile
