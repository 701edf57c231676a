// SPDX-License-Identifier: Apache-2.0
// What a sweep comes to: its points with what they are judged by, repeats averaged, and the Pareto front.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "platform/sweep/sweep_folder.h"

namespace crosstile {

/// The repeats of one configuration over the seeds.
struct SweepConfiguration {
  std::vector<std::size_t> points;  ///< indices
  /// Means over the repeats that are done, by path; a path is missing when any of them lacks it.
  std::map<std::string, double> means;
  bool feasible = false;  ///< all repeats are done and all constraints are met
  bool onFront = false;
};

struct SweepSummary {
  std::vector<std::string> paths;  ///< of objectives, constraints and columns, each once
  std::vector<std::map<std::string, double>> numbers;  ///< by point: those of `paths` that it has
  std::vector<SweepConfiguration> configurations;      ///< in the order of their first points
  int done = 0, failed = 0;
};

/// Paths of objectives, constraints and columns, each once.
std::vector<std::string> sweepPaths(const SweepFile& sweep);
/// @throws BadInput naming a path of the file that is no number of the report, and the nearest one that is
void checkSweepPaths(const SweepFile& sweep, const nlohmann::json& report);

/// @param store, folder  null: nothing is known yet
SweepSummary summarise(const SweepFile& sweep, const std::vector<SweepPoint>& points,
                       const std::map<std::string, PointResult>& results, const ResultStore* store,
                       const SweepFolder* folder);
/// sweep.json. Everything that depends on the time it took stands under `simulation`.
nlohmann::ordered_json sweepJson(const SweepFile& sweep, const std::vector<SweepPoint>& points,
                                 const std::map<std::string, PointResult>& results, const SweepSummary& summary);
/// points.csv: a line a point.
std::string sweepCsv(const SweepFile& sweep, const std::vector<SweepPoint>& points,
                     const std::map<std::string, PointResult>& results, const SweepSummary& summary);
/// The front as a table for people.
std::string frontTable(const SweepFile& sweep, const std::vector<SweepPoint>& points, const SweepSummary& summary);
/// @throws BadInput when no configuration meets the constraints, naming one that none meets, and the nearest value
void checkFeasible(const SweepFile& sweep, const SweepSummary& summary);

}  // namespace crosstile
