// SPDX-License-Identifier: Apache-2.0
// Measured I-V curves in a CSV file.
#pragma once

#include <string>
#include <vector>

#include "models/fitting/iv_curve.h"

namespace crosstile::app {

/// Reads curves, a sample a line. The first line, or `columns` where the file has none, names the columns:
///     voltage_v (or _mv), current_a (or _ma, _ua, _na)   must be there
///     curve                                              tells curves apart; without it all lines are one
///     resistance_ohm                                     of the curve's state, the same on all its lines
///     time_s (or _ms, _us)                               of the sample
///     -                                                  skipped
/// Empty lines and lines that start with # don't count. Lines of a curve need not be together.
/// @param readVolt  where the resistance of a state is read when the file doesn't give it, and compared when
/// it does
///                  (V); 0: resistances don't matter
/// @throws BadInput naming file and line, or curve: unknown or missing columns, not a finite number, values
/// that can't be in their unit
std::vector<IvCurve> readCurves(const std::string& path, const std::string& columns, double readVolt);

/// Conduction laws are monotone: refuses curves, loops among them, whose current falls from one voltage to
/// the next higher one by more than 20 % of its largest (measured curves jump by less). @throws BadInput
/// naming file and curve
void checkMonotone(const std::vector<IvCurve>& curves);

}  // namespace crosstile::app
