// SPDX-License-Identifier: Apache-2.0
// The results of a learning experiment as report.json and report.html (docs/results_format.md).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/experiment/learning_experiment.h"

namespace crosstile {

struct LearningRun {
  std::uint64_t seed = 0;
  int fold = 0;
  std::vector<learning::EpochResult> epochs;
};

struct LearningRecord {
  LearningExperiment experiment;
  std::vector<LearningRun> runs;  ///< one at least; time, energy and pulses are those of the first
  std::string command;
  double wallSeconds = 0.0;
};

/// @throws RunFailure when a figure isn't finite
nlohmann::ordered_json toJson(const LearningRecord& record);
/// Writes report.json and report.html into the folder, each whole or not at all. @throws RunFailure
void writeReport(const std::string& folder, const LearningRecord& record);

}  // namespace crosstile
