// SPDX-License-Identifier: Apache-2.0
// `crosstile learn --timing cycle`: a tile's learning controller tunes or trains in simulated time.
#pragma once

#include <functional>
#include <vector>

#include "platform/experiment/learning_report.h"

namespace crosstile::app {

/// All seeds and draws, one after another on one tile whose arrays are exchanged in between; same values as a
/// functional run.
/// @throws BadInput unless programming.parallel is "cell": the tile has one driver of pulses
std::vector<learning::TuningSeed> tuneTimed(const LearningExperiment& experiment);

/// A run of an experiment with networks, to be done.
struct PlannedRun {
  learning::LearningConfig config;
  int fold = 0;
  const LearningSplit* split = nullptr;
  std::function<void(int, std::size_t)> done;  ///< as train() calls it
};
/// The runs one after another on one tile, a core a layer; same values as a functional run.
/// @throws BadInput for a layer that is larger than the chip's array
std::vector<LearningRun> trainTimed(const LearningExperiment& experiment,
                                    const std::vector<PlannedRun>& planned);

}  // namespace crosstile::app
