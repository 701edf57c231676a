// SPDX-License-Identifier: Apache-2.0
#include "platform/app/sweep_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "platform/app/run.h"
#include "platform/sweep/sweep_folder.h"

namespace crosstile::app {
namespace {

/// The value of an option of run; empty: its default.
std::string option(const SweepPoint& point, const char* key) {
  const auto found = point.values.find(key);
  return found == point.values.end() ? std::string() : found->second;
}

void assign(const SweepPoint& point, const char* key, std::string& to) {
  const std::string value = option(point, key);
  if (!value.empty()) to = value;
}

void assign(const SweepPoint& point, const char* key, int& to) {
  const std::string value = option(point, key);
  if (!value.empty()) to = std::stoi(value);
}

RunOptions runOptions(const SweepPoint& point) {
  RunOptions run;
  assign(point, "hardware", run.session.hardware);
  assign(point, "network", run.session.network);
  assign(point, "weights", run.session.weights);
  assign(point, "images", run.session.images);
  assign(point, "labels", run.session.labels);
  assign(point, "input_layout", run.session.inputLayout);
  assign(point, "count", run.session.count);
  assign(point, "timing", run.timing);
  assign(point, "arrivals", run.arrivals);
  assign(point, "timed_count", run.timedCount);
  assign(point, "draws", run.draws);
  run.session.force = option(point, "force") == "true";
  for (const auto& [key, value] : point.values) {
    if (!isRunOption(key)) run.session.settings.push_back(key + "=" + value);
  }
  run.session.seed = point.seed;
  run.session.threads = 1;  // points run side by side
  return run;
}

std::string quoted(const std::string& text) {
  return text.find_first_of(" '\"\\$*?;&|<>()[]{}") == std::string::npos ? text : "'" + text + "'";
}

}  // namespace

std::string pointCommand(const SweepPoint& point) {
  std::string command = "crosstile run";
  for (const std::string& key : runOptionNames()) {
    const std::string value = option(point, key.c_str());
    if (value.empty() || value == "false") continue;
    std::string name = key;
    std::replace(name.begin(), name.end(), '_', '-');
    command += " --" + name + (key == "force" ? "" : " " + quoted(value));
  }
  for (const auto& [key, value] : point.values) {
    if (!isRunOption(key)) command += " --set " + quoted(key + "=" + value);
  }
  return command + fmt::format(" --seed {} --threads 1", point.seed);
}

void runSweepPoint(const SweepPoint& point, const std::string& folder, const std::string& cache) {
  RunOptions run = runOptions(point);
  run.out = folder;
  run.cache = cache;
  Context context;
  context.quiet = true;
  context.commandLine = pointCommand(point);
  runNetwork(run, context, [&](const RunRecord& record) { SweepFolder::writeReport(folder, toJson(record)); });
}

}  // namespace crosstile::app
