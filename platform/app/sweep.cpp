// SPDX-License-Identifier: Apache-2.0
// `crosstile sweep`: a design space, point by point, resumable.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>

#include "models/base/error.h"
#include "models/base/version.h"
#include "platform/app/commands.h"
#include "platform/app/session.h"
#include "platform/app/progress.h"
#include "platform/app/sweep_point.h"
#include "platform/app/validators.h"
#include "platform/record/whole_file.h"
#include "platform/sweep/sweep_runner.h"
#include "platform/sweep/sweep_summary.h"

namespace crosstile::app {
namespace {

struct SweepOptions {
  std::string file, out, points, shard, cache;
  int jobs = 0;
  bool retry = false;
  bool dryRun = false;
};

struct Shard {
  std::size_t index = 0, count = 1;
};

Shard parseShard(const std::string& text) {
  Shard shard;
  if (text.empty()) return shard;
  unsigned index = 0, count = 0;
  char behind = 0;
  if (std::sscanf(text.c_str(), "%u/%u%c", &index, &count, &behind) != 2 || index < 1 || index > count)
    throw BadInput("--shard {}: must be I/N with I from 1 to N, such as 3/100", text);
  return {index - 1, count};
}

/// The points of a shard. Those that share programming stay together where there are at least as many groups as shards.
std::vector<SweepPoint> ofShard(const std::vector<SweepPoint>& points, const Shard& shard) {
  std::map<std::string, std::size_t> groups;
  for (const SweepPoint& point : points) groups.emplace(point.group, groups.size());
  const bool byGroup = groups.size() >= shard.count;
  std::vector<SweepPoint> mine;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if ((byGroup ? groups.at(points[i].group) : i) % shard.count == shard.index) mine.push_back(points[i]);
  }
  return mine;
}

std::vector<SweepCoordinates> readCoordinates(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw BadInput("{}: can't be opened", file);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  try {
    return json.get<std::vector<SweepCoordinates>>();
  } catch (const nlohmann::json::exception&) {
    throw BadInput("{}: must be JSON, a list of points, each a list of one number an axis", file);
  }
}

std::string duration(double seconds) {
  if (seconds < 120.0) return fmt::format("{:.3g} s", seconds);
  return seconds < 7200.0 ? fmt::format("{:.3g} min", seconds / 60.0) : fmt::format("{:.3g} h", seconds / 3600.0);
}

class Sweep {
 public:
  Sweep(const SweepOptions& options, const Context& context)
      : options_(options), context_(context), shard_(parseShard(options.shard)), sweep_(readSweep(options.file)) {
    points_ = options.points.empty() ? sweepPoints(sweep_) : sweepPointsAt(sweep_, readCoordinates(options.points), &asked_);
    if (!options.shard.empty()) points_ = ofShard(points_, shard_);
  }

  void run() {
    if (options_.dryRun) return tellPlan();
    if (options_.out.empty()) throw BadInput("--out is required");
    const bool alone = options_.shard.empty();
    const SweepFolder folder(options_.out, alone ? "lock" : fmt::format("lock-shard-{}-of-{}", shard_.index + 1,
                                                                        shard_.count));
    std::unique_ptr<ResultStore> store;
    if (alone) {
      store = std::make_unique<ResultStore>(folder.file("sweep.sqlite"));
      store->setMeta("sweep", sweep_.text);
      store->setMeta("version", kVersion);
    }
    const auto results = runPoints(folder, store.get());
    if (alone) return finish(folder, *store, results);
    say(fmt::format("{} points of shard {} of {}; `crosstile sweep` without --shard puts all together\n",
                    results.size(), shard_.index + 1, shard_.count));
  }

 private:
  void say(const std::string& text) const {
    if (!context_.quiet && !context_.json) fmt::print("{}", text);
    std::fflush(stdout);
  }

  int jobs() const { return effectiveThreads(options_.jobs); }

  void tellPlan() const {
    const SweepSummary summary = summarise(sweep_, points_, {}, nullptr, nullptr);
    if (context_.json) return fmt::print("{}\n", sweepJson(sweep_, points_, {}, summary).dump(2));
    fmt::print("{} points, {} configurations\n", points_.size(), summary.configurations.size());
    for (const SweepPoint& point : points_) fmt::print("{}\n", pointCommand(point));
  }

  std::map<std::string, PointResult> runPoints(const SweepFolder& folder, ResultStore* store) {
    SweepRunOptions how;
    how.jobs = jobs();
    how.retry = options_.retry;
    how.cache = options_.cache;
    SweepRunner runner(folder, store, how, runSweepPoint);
    std::unique_ptr<Progress> progress;
    SweepNews news;
    news.begins = [&](int pending, int before) {
      say(fmt::format("{} points to run on {} cores, {} finished before\n", pending, how.jobs, before));
      progress = std::make_unique<Progress>("points", pending, context_.quiet);
    };
    news.firstFinished = [&](double wallS, int left) {
      if (left > 0)
        say(fmt::format("first point: {}; about {} for the {} left\n", duration(wallS),
                        duration(wallS * std::ceil(static_cast<double>(left) / how.jobs)), left));
    };
    news.progress = [&](int finished) { (*progress)(finished); };
    return runner.run(points_, news, [&](const SweepPoint& point) { checkPaths(folder, point); });
  }

  /// The file's paths are numbers of this point's report.
  void checkPaths(const SweepFolder& folder, const SweepPoint& point) {
    if (pathsChecked_) return;
    if (const auto report = folder.report(point)) checkSweepPaths(sweep_, *report);
    pathsChecked_ = true;
  }

  void finish(const SweepFolder& folder, const ResultStore& store, const std::map<std::string, PointResult>& results) {
    for (const SweepPoint& point : points_) {
      if (results.at(point.hash).done()) checkPaths(folder, point);
    }
    const SweepSummary summary = summarise(sweep_, points_, results, &store, &folder);
    auto json = sweepJson(sweep_, points_, results, summary);
    if (!options_.points.empty()) json["asked"] = asked_;
    const std::string text = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    if (options_.points.empty()) {
      writeWhole(folder.file("sweep.json"), text);
      writeWhole(folder.file("points.csv"), sweepCsv(sweep_, points_, results, summary));
    }
    if (context_.json) fmt::print("{}", text);
    say(fmt::format("{} points: {} done, {} failed\n", points_.size(), summary.done, summary.failed));
    tellFailures(results);
    if (!sweep_.objectives.empty()) say(frontTable(sweep_, points_, summary));
    if (summary.done == 0)
      throw RunFailure("all {} points failed; the first: {}", points_.size(),
                       points_.empty() ? "" : results.at(points_.front().hash).error);
    if (options_.points.empty()) checkFeasible(sweep_, summary);
  }

  void tellFailures(const std::map<std::string, PointResult>& results) const {
    constexpr int kMost = 5;
    std::map<std::string, int> errors;
    for (const SweepPoint& point : points_) {
      const PointResult& result = results.at(point.hash);
      if (!result.done()) ++errors[result.error];
    }
    int told = 0;
    for (const auto& [error, times] : errors) {
      if (++told <= kMost) say(fmt::format("  failed {} times: {}\n", times, error));
    }
  }

  const SweepOptions& options_;
  const Context& context_;
  Shard shard_;
  SweepFile sweep_;
  std::vector<SweepPoint> points_;
  std::vector<std::string> asked_;  // configurations, of --points
  bool pathsChecked_ = false;
};

}  // namespace

void addSweep(CLI::App& app, Context& context) {
  auto options = std::make_shared<SweepOptions>();
  CLI::App* command = app.add_subcommand("sweep", "Run a design space, point by point; goes on where it was");
  command->add_option("file", options->file, "Sweep file (TOML): docs/sweeps.md")->required();
  command->add_option("--out", options->out, "Folder for sweep.sqlite, sweep.json, points.csv and points/");
  command->add_option("--jobs", options->jobs, "Points at a time; 0: one a core")->check(wholeNumber(0, 1024));
  command->add_flag("--retry", options->retry, "Run points that failed before once more");
  command->add_option("--shard", options->shard,
                      "I/N: run the I-th of N parts, for clusters; a run without puts them together");
  command->add_option("--points", options->points,
                      "Run these points alone: JSON, a list of points, each with one number an axis (the index of a "
                      "value; of a continuous axis a fraction of its range)");
  command->add_option("--cache", options->cache, "Folder of solved arrays that stays; default: one while they are shared");
  command->add_flag("--dry-run", options->dryRun, "Print the points, run nothing");
  command->callback([options, &context] { Sweep(*options, context).run(); });
}

}  // namespace crosstile::app
