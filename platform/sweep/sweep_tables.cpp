// SPDX-License-Identifier: Apache-2.0
// sweep.json, points.csv, and the front as a table.
#include <fmt/format.h>

#include <algorithm>

#include "models/base/version.h"
#include "platform/sweep/sweep_summary.h"

namespace crosstile {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownRows = 30;

const PointResult* resultOf(const std::map<std::string, PointResult>& results, const SweepPoint& point) {
  const auto found = results.find(point.hash);
  return found == results.end() ? nullptr : &found->second;
}

const char* statusOf(const PointResult* result) {
  if (result == nullptr) return "pending";
  return result->done() ? "done" : "failed";
}

std::string settingOf(const SweepPoint& point, const std::string& key) {
  const auto found = point.values.find(key);
  return found == point.values.end() ? std::string() : found->second;
}

/// Keys of all axes, each once.
std::vector<std::string> axisKeys(const SweepFile& sweep) {
  std::vector<std::string> keys;
  for (const SweepAxis& axis : sweep.axes) {
    for (const std::string& key : axis.keys) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

/// Which configuration a point belongs to.
std::vector<const SweepConfiguration*> owners(const SweepSummary& summary, std::size_t points) {
  std::vector<const SweepConfiguration*> all(points, nullptr);
  for (const SweepConfiguration& configuration : summary.configurations) {
    for (const std::size_t p : configuration.points) all[p] = &configuration;
  }
  return all;
}

Json headJson(const SweepFile& sweep) {
  Json json{{"version", kVersion}, {"file", sweep.path}, {"sweep", sweep.text}};
  json["axes"] = Json::array();
  for (const SweepAxis& axis : sweep.axes) {
    Json entry{{"keys", axis.keys}};
    if (axis.continuous()) {
      entry["range"] = {axis.low, axis.high};
      entry["logarithmic"] = axis.logarithmic;
    } else {
      entry["values"] = axis.choices;
    }
    json["axes"].push_back(std::move(entry));
  }
  json["objectives"] = Json::array();
  for (const SweepObjective& o : sweep.objectives)
    json["objectives"].push_back({{"path", o.path}, {"goal", o.maximise ? "maximise" : "minimise"}});
  json["constraints"] = Json::array();
  for (const SweepConstraint& c : sweep.constraints) {
    Json entry{{"path", c.path}};
    if (c.atLeast) entry["at_least"] = *c.atLeast;
    if (c.atMost) entry["at_most"] = *c.atMost;
    json["constraints"].push_back(std::move(entry));
  }
  return json;
}

/// A field of a CSV line, quoted where it must be.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

Json sweepJson(const SweepFile& sweep, const std::vector<SweepPoint>& points,
               const std::map<std::string, PointResult>& results, const SweepSummary& summary) {
  Json json = headJson(sweep);
  json["counts"] = {{"points", points.size()}, {"done", summary.done}, {"failed", summary.failed}};
  const auto owner = owners(summary, points.size());
  Json rows = Json::array();
  double wallS = 0.0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const PointResult* result = resultOf(results, points[i]);
    Json row{{"hash", points[i].hash}, {"config", points[i].config}, {"seed", points[i].seed}};
    row["status"] = statusOf(result);
    if (result && !result->done()) row["error"] = result->error;
    row["settings"] = Json::object();
    for (const auto& [key, value] : points[i].settings) row["settings"][key] = value;
    row["metrics"] = Json::object();
    for (const auto& [path, value] : summary.numbers[i]) row["metrics"][path] = value;
    row["feasible"] = owner[i]->feasible;
    row["front"] = owner[i]->onFront;
    if (result) {
      row["simulation"] = {{"wall_s", result->wallS}};
      wallS += result->wallS;
    }
    rows.push_back(std::move(row));
  }
  Json front = Json::array();
  for (const SweepConfiguration& c : summary.configurations) {
    if (!c.onFront) continue;
    Json row{{"config", points[c.points.front()].config}, {"points", Json::array()}, {"means", c.means}};
    for (const std::size_t p : c.points) row["points"].push_back(points[p].hash);
    front.push_back(std::move(row));
  }
  json["front"] = std::move(front);
  json["points"] = std::move(rows);
  json["simulation"] = {{"points_wall_s", wallS}};
  return json;
}

std::string sweepCsv(const SweepFile& sweep, const std::vector<SweepPoint>& points,
                     const std::map<std::string, PointResult>& results, const SweepSummary& summary) {
  const std::vector<std::string> keys = axisKeys(sweep);
  std::string csv = "hash,seed,status,front";
  for (const std::string& name : keys) csv += "," + field(name);
  for (const std::string& name : summary.paths) csv += "," + field(name);
  csv += ",error\n";
  const auto owner = owners(summary, points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const PointResult* result = resultOf(results, points[i]);
    csv += fmt::format("{},{},{},{}", points[i].hash, points[i].seed, statusOf(result), owner[i]->onFront ? 1 : 0);
    for (const std::string& key : keys) csv += "," + field(settingOf(points[i], key));
    for (const std::string& path : summary.paths) {
      const auto number = summary.numbers[i].find(path);
      csv += number == summary.numbers[i].end() ? "," : fmt::format(",{}", number->second);
    }
    csv += "," + (result && !result->done() ? field(result->error) : std::string()) + "\n";
  }
  return csv;
}

std::string frontTable(const SweepFile& sweep, const std::vector<SweepPoint>& points, const SweepSummary& summary) {
  std::vector<std::vector<std::string>> rows(1);
  const std::vector<std::string> keys = axisKeys(sweep);
  rows[0] = keys;
  rows[0].insert(rows[0].end(), summary.paths.begin(), summary.paths.end());
  std::size_t onFront = 0;
  for (const SweepConfiguration& c : summary.configurations) {
    if (!c.onFront || ++onFront > kShownRows) continue;
    rows.emplace_back();
    for (const std::string& key : keys) rows.back().push_back(settingOf(points[c.points.front()], key));
    for (const std::string& path : summary.paths) {
      const auto mean = c.means.find(path);
      rows.back().push_back(mean == c.means.end() ? "-" : fmt::format("{:.5g}", mean->second));
    }
  }
  std::string text = fmt::format("Pareto front: {} of {} configurations\n", onFront, summary.configurations.size());
  std::vector<std::size_t> width(rows[0].size(), 0);
  for (const auto& row : rows) {
    for (std::size_t k = 0; k < row.size(); ++k) width[k] = std::max(width[k], row[k].size());
  }
  for (const auto& row : rows) {
    for (std::size_t k = 0; k < row.size(); ++k) text += fmt::format("  {:<{}}", row[k], width[k]);
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
  }
  if (onFront > kShownRows) text += fmt::format("  ... and {} more, in sweep.json\n", onFront - kShownRows);
  return text;
}

}  // namespace crosstile
