// SPDX-License-Identifier: Apache-2.0
// An array between its programming and the age at which it is read.
#pragma once

#include <memory>

#include "workloads/execution/analog_array.h"

namespace crosstile {

/// The configuration just after programming: no time has passed, nothing has been read.
AnalogConfig justProgrammed(AnalogConfig config);

/// The array as programming, time and earlier reads leave it. Earlier reads are taken to have been at the
/// voltage of the largest digit, for laws with a state that moves.
/// @param target  conductances, S, array.rows x `columns`
std::shared_ptr<const ProgrammedArray> programAndAge(const AnalogConfig& config, Span<const double> target,
                                                     int columns, const StreamOwner& owner);

/// Global drift compensation (Joshi et al., Nature Communications 11:2473, 2020), an array at a time: the sum
/// of all column currents with every word line at the read voltage, just after programming over that of
/// `aged`. 1 without compensation, where nothing has aged, and where the ADCs are trimmed on the aged chip.
double driftScale(const AnalogConfig& config, Span<const double> target, const StreamOwner& owner,
                  const std::shared_ptr<const ProgrammedArray>& aged);

}  // namespace crosstile
