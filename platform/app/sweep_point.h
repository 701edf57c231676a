// SPDX-License-Identifier: Apache-2.0
// A point of a sweep as a run.
#pragma once

#include <string>

#include "platform/sweep/points.h"

namespace crosstile::app {

/// The command that gives the same report: "crosstile run --network ... --set ...".
std::string pointCommand(const SweepPoint& point);

/// Runs it on one thread and writes report.json into `folder`. @param cache  folder of solved arrays, or empty
/// @throws BadInput, RunFailure
void runSweepPoint(const SweepPoint& point, const std::string& folder, const std::string& cache);

}  // namespace crosstile::app
