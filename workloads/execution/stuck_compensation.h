// SPDX-License-Identifier: Apache-2.0
// Programming around stuck cells: the other cells of a weight take over what a stuck one gets wrong.
#pragma once

#include <vector>

#include "models/base/span.h"
#include "workloads/execution/analog_array.h"

namespace crosstile {

/// The faults that a test of the array finds: rows x physical columns, row by row; the conductance (S) of a
/// stuck cell, NaN of one that obeys. Those of stuck_* and yield_map that programming with `owner` will have,
/// before device-to-device variability and ageing.
/// @throws BadInput when the yield map is of arrays of another size
std::vector<double> knownFaults(const AnalogConfig& config, const ArrayBlock& block,
                                const StreamOwner& owner);

/// Retargets the cells that obey, weight by weight: from the most significant to the least, each moves by the
/// whole number of levels that brings the weight closest to what it would be without faults. No weight gets
/// further off than it was.
/// @param target  S, rows x physical columns, as for cells without faults; changed
/// @param faults  knownFaults() of the array
void compensateStuckCells(const AnalogConfig& config, const ArrayBlock& block, Span<const double> faults,
                          Span<double> target);

}  // namespace crosstile
