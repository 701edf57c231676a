// SPDX-License-Identifier: Apache-2.0
#include "platform/sweep/sweep_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "platform/hardware/nearest.h"
#include "platform/sweep/pareto.h"

namespace crosstile {
namespace {

/// The numbers of all points; those in lists of the report are in no table of the store.
void collectNumbers(SweepSummary& summary, const std::vector<SweepPoint>& points,
                    const std::map<std::string, PointResult>& results, const ResultStore& store,
                    const SweepFolder& folder) {
  for (const std::string& path : summary.paths) {
    const std::map<std::string, double> stored = store.metric(path);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto result = results.find(points[i].hash);
      if (result == results.end() || !result->second.done()) continue;
      const auto known = stored.find(points[i].hash);
      if (known != stored.end()) {
        summary.numbers[i][path] = known->second;
      } else if (stored.empty()) {
        const auto report = folder.report(points[i]);
        const auto value = report ? numberAt(*report, path) : std::nullopt;
        if (value) summary.numbers[i][path] = *value;
      }
    }
  }
}

void average(SweepConfiguration& configuration, const SweepSummary& summary) {
  for (const std::string& path : summary.paths) {
    double sum = 0.0;
    bool all = true;
    for (const std::size_t p : configuration.points) {
      const auto number = summary.numbers[p].find(path);
      all = all && number != summary.numbers[p].end();
      if (all) sum += number->second;
    }
    if (all) configuration.means[path] = sum / static_cast<double>(configuration.points.size());
  }
}

bool meetsAll(const SweepFile& sweep, const SweepConfiguration& configuration) {
  return std::all_of(sweep.constraints.begin(), sweep.constraints.end(), [&](const SweepConstraint& c) {
    const auto mean = configuration.means.find(c.path);
    return mean != configuration.means.end() && c.metBy(mean->second);
  });
}

void findFront(const SweepFile& sweep, SweepSummary& summary) {
  std::vector<std::vector<double>> rows;
  std::vector<std::size_t> owners;
  for (std::size_t c = 0; c < summary.configurations.size() && !sweep.objectives.empty(); ++c) {
    const SweepConfiguration& configuration = summary.configurations[c];
    std::vector<double> row;
    for (const SweepObjective& o : sweep.objectives) {
      const auto mean = configuration.means.find(o.path);
      if (mean != configuration.means.end()) row.push_back(o.maximise ? -mean->second : mean->second);
    }
    if (!configuration.feasible || row.size() < sweep.objectives.size()) continue;
    rows.push_back(std::move(row));
    owners.push_back(c);
  }
  for (const std::size_t f : paretoFront(rows)) summary.configurations[owners[f]].onFront = true;
}

}  // namespace

std::vector<std::string> sweepPaths(const SweepFile& sweep) {
  std::vector<std::string> paths;
  const auto add = [&](const std::string& path) {
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  };
  for (const SweepObjective& o : sweep.objectives) add(o.path);
  for (const SweepConstraint& c : sweep.constraints) add(c.path);
  for (const std::string& path : sweep.columns) add(path);
  return paths;
}

void checkSweepPaths(const SweepFile& sweep, const nlohmann::json& report) {
  std::vector<std::string> known;
  for (const auto& [path, value] : metricsOf(report)) known.push_back(path);
  const auto need = [&](const std::string& place, const char* what, const std::string& path) {
    if (numberAt(report, path)) return;
    throw BadInput("{}: {} {}: report.json has no such number; did you mean {}?", place, what, path,
                   nearest(path, known));
  };
  for (const SweepObjective& o : sweep.objectives) need(o.place, "objective", o.path);
  for (const SweepConstraint& c : sweep.constraints) need(c.place, "constraint", c.path);
  for (const std::string& path : sweep.columns) need(sweep.path, "column", path);
}

SweepSummary summarise(const SweepFile& sweep, const std::vector<SweepPoint>& points,
                       const std::map<std::string, PointResult>& results, const ResultStore* store,
                       const SweepFolder* folder) {
  SweepSummary summary;
  summary.paths = sweepPaths(sweep);
  summary.numbers.resize(points.size());
  if (store != nullptr) collectNumbers(summary, points, results, *store, *folder);
  std::map<std::string, std::size_t> byConfig;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto [at, fresh] = byConfig.emplace(points[i].config, summary.configurations.size());
    if (fresh) summary.configurations.emplace_back();
    SweepConfiguration& configuration = summary.configurations[at->second];
    if (fresh) configuration.feasible = true;
    configuration.points.push_back(i);
    const auto result = results.find(points[i].hash);
    const bool done = result != results.end() && result->second.done();
    summary.done += done ? 1 : 0;
    summary.failed += result != results.end() && !done ? 1 : 0;
    configuration.feasible = configuration.feasible && done;
  }
  for (SweepConfiguration& configuration : summary.configurations) {
    average(configuration, summary);
    configuration.feasible = configuration.feasible && meetsAll(sweep, configuration);
  }
  findFront(sweep, summary);
  return summary;
}

void checkFeasible(const SweepFile& sweep, const SweepSummary& summary) {
  const auto& all = summary.configurations;
  const bool any = std::any_of(all.begin(), all.end(), [](const auto& c) { return c.feasible; });
  if (any || summary.done == 0 || sweep.constraints.empty()) return;
  for (const SweepConstraint& constraint : sweep.constraints) {
    double nearestValue = std::nan(""), distance = INFINITY;
    for (const SweepConfiguration& configuration : all) {
      const auto mean = configuration.means.find(constraint.path);
      if (mean == configuration.means.end()) continue;
      const double below = constraint.atLeast ? std::max(0.0, *constraint.atLeast - mean->second) : 0.0;
      const double above = constraint.atMost ? std::max(0.0, mean->second - *constraint.atMost) : 0.0;
      if (below + above < distance) {
        distance = below + above;
        nearestValue = mean->second;
      }
    }
    if (distance > 0.0)
      throw BadInput("{}: constraint {}: no point meets it; the nearest has {:g}", constraint.place,
                     constraint.text(), nearestValue);
  }
  throw BadInput("{}: no point meets all constraints, though each is met by some", sweep.path);
}

}  // namespace crosstile
