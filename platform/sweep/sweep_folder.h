// SPDX-License-Identifier: Apache-2.0
// The folder of a sweep's results: points/HASH/report.json or error.json, each whole or not there; whatever else holds
// results (sweep.sqlite, sweep.json, points.csv) can be made from these. metrics.json, written before report.json, has its
// numbers in a form that is read fifty times faster: a report of a cycle run is 200 KB.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "platform/sweep/points.h"
#include "platform/sweep/result_store.h"

namespace crosstile {

class SweepFolder {
 public:
  /// Makes the folder. @param lockName  one driver at a time holds it
  /// @throws BadInput when the folder can't be written, or another process holds the lock
  SweepFolder(std::string folder, const std::string& lockName);
  ~SweepFolder();
  SweepFolder(const SweepFolder&) = delete;
  SweepFolder& operator=(const SweepFolder&) = delete;

  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  std::string pointFolder(const SweepPoint& point) const { return file("points/" + point.hash); }
  /// Where points of a group share solved arrays.
  std::string cacheFolder(const SweepPoint& point) const { return file("cache/" + point.group); }

  /// What lies in the point's folder from an earlier run of the sweep.
  std::optional<PointResult> found(const SweepPoint& point) const;
  std::optional<nlohmann::json> report(const SweepPoint& point) const;
  /// The numbers of its report; none where there is no report.
  std::optional<Metrics> metrics(const SweepPoint& point) const;
  /// Writes a point's results into its folder, which is there. @throws RunFailure
  static void writeReport(const std::string& pointFolder, const nlohmann::ordered_json& report);
  /// Writes error.json. @throws RunFailure
  void recordError(const SweepPoint& point, const PointResult& result) const;
  /// Takes away what a run that was killed has left.
  void clear(const SweepPoint& point) const;

 private:
  std::string folder_;
  int lock_ = -1;
};

}  // namespace crosstile
