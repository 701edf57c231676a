// SPDX-License-Identifier: Apache-2.0
// The results of a learning experiment as report.json and report.html (docs/results_format.md).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "platform/experiment/learning_experiment.h"

namespace crosstile {

/// Simulated time of a run's training by a tile's learning controller, s, by what the controller did.
struct LearningMachineTime {
  double forward = 0.0, backward = 0.0;  ///< reads, with values in and out
  double digital = 0.0;                  ///< activations, output errors, slopes
  double update = 0.0;                   ///< errors to the cores
  double stallUpdate = 0.0;              ///< waiting for pulses to be over
  std::uint64_t busBits = 0;
  double total() const { return forward + backward + digital + update + stallUpdate; }
};

struct LearningRun {
  std::uint64_t seed = 0;
  int fold = 0;
  std::vector<learning::EpochResult> epochs;
  std::optional<LearningMachineTime> machine;  ///< of runs in simulated time
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
