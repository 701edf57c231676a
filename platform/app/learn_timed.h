// SPDX-License-Identifier: Apache-2.0
// `crosstile learn --timing cycle`: target-weight tuning by a tile's learning controller in simulated time.
#pragma once

#include <vector>

#include "platform/experiment/learning_experiment.h"

namespace crosstile::app {

/// All seeds and draws, one after another on one tile whose arrays are exchanged in between; same values as a
/// functional run.
/// @throws BadInput unless programming.parallel is "cell": the tile has one driver of pulses
std::vector<learning::TuningSeed> tuneTimed(const LearningExperiment& experiment);

}  // namespace crosstile::app
