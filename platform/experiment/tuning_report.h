// SPDX-License-Identifier: Apache-2.0
// The results of target-weight tuning as report.json, report.html and trajectories.csv
// (docs/results_format.md).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/experiment/learning_experiment.h"

namespace crosstile {

struct TuningRecord {
  LearningExperiment experiment;
  std::vector<learning::TuningSeed> seeds;  ///< the first draw of the first one is recorded
  std::string command;
  double wallSeconds = 0.0;
};

/// @throws RunFailure when a figure isn't finite
nlohmann::ordered_json toJson(const TuningRecord& record);
/// Writes the three files into the folder, each whole or not at all. @throws RunFailure
void writeReport(const std::string& folder, const TuningRecord& record);

}  // namespace crosstile
