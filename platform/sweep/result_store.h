// SPDX-License-Identifier: Apache-2.0
// What a sweep has found, in one SQLite file. The reports themselves lie beside it, DIR/points/HASH/report.json; the file
// can be made anew from them.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "platform/sweep/points.h"

struct sqlite3;

namespace crosstile {

/// How a point ended.
struct PointResult {
  std::string error;  ///< empty: it is done
  double wallS = 0.0;
  bool done() const { return error.empty(); }
};

/// Numbers of a report by their path, "accuracy.top1": all but those inside of lists, and provenance.
using Metrics = std::map<std::string, double>;
Metrics metricsOf(const nlohmann::json& report);
Metrics metricsOf(const nlohmann::ordered_json& report);
/// The number at a path, list indices included ("layers.0.latency_s"); none where there is none.
std::optional<double> numberAt(const nlohmann::json& report, const std::string& path);

/// Tables (schema version 1, docs/sweeps.md):
///   meta(key, value)
///   points(hash, config, seed, status, error, wall_s, finished)     status: done | failed
///   settings(hash, key, value)    of the axes
///   metrics(hash, path, value)
/// A point comes with all its rows in one transaction. WAL: others may read meanwhile.
class ResultStore {
 public:
  /// Opens or makes the file. @throws BadInput when it is damaged or no such store; RunFailure when it can't be written
  explicit ResultStore(const std::string& file);
  ~ResultStore();
  ResultStore(const ResultStore&) = delete;
  ResultStore& operator=(const ResultStore&) = delete;

  /// Adds a point, or takes the place of what was known of it. @throws RunFailure (disk full, ...)
  void add(const SweepPoint& point, const PointResult& result, const Metrics& metrics);
  void setMeta(const std::string& key, const std::string& value);
  /// By the points' hashes.
  std::map<std::string, PointResult> results() const;
  /// A number of every point that has it, by hash.
  std::map<std::string, double> metric(const std::string& path) const;

 private:
  void execute(const char* sql) const;
  void makeTables();
  void check() const;
  std::string file_;
  sqlite3* database_ = nullptr;
};

}  // namespace crosstile
