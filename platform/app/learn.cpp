// SPDX-License-Identifier: Apache-2.0
// `crosstile learn`: trains a network on a chip's arrays by programming pulses.
#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "platform/app/commands.h"
#include "platform/app/learn_timed.h"
#include "platform/app/progress.h"
#include "platform/app/session.h"
#include "platform/app/validators.h"
#include "platform/experiment/learning_report.h"
#include "platform/experiment/tuning_report.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

struct LearnOptions {
  std::string experiment, out;
  std::vector<std::string> settings;
  std::string timing = "functional";
  int threads = 0;
};

/// All folds and seeds; what a run gives doesn't depend on the others. Functional: one run a thread.
std::vector<LearningRun> runAll(const LearningExperiment& e, const std::string& timing, bool quiet) {
  std::vector<int> folds;
  for (int f = 0; f < e.data.folds; ++f) {
    if (e.data.fold < 0 || e.data.fold == f) folds.push_back(f);
  }
  if (folds.empty()) folds.push_back(0);
  std::vector<LearningSplit> splits;
  for (const int fold : folds) splits.push_back(loadSplit(e.data, fold));
  const std::size_t samples = splits.front().training.size();
  std::vector<PlannedRun> planned(folds.size() * static_cast<std::size_t>(e.seeds));
  const int all = static_cast<int>(planned.size()) * e.learning.epochs;
  Progress progress(fmt::format("epochs of {} samples", samples), all, quiet);
  std::mutex oneAtATime;
  int done = 0;
  for (std::size_t r = 0; r < planned.size(); ++r) {
    PlannedRun& p = planned[r];
    const std::size_t fold = r % folds.size();
    p = {e.learning, folds[fold], &splits[fold], {}};
    p.config.seed += r / folds.size();
    p.done = [&, split = p.split](int, std::size_t position) {
      if (position != split->training.size()) return;
      const std::lock_guard<std::mutex> lock(oneAtATime);
      progress(++done);
    };
  }
  if (timing == "cycle") return trainTimed(e, planned);
  std::vector<LearningRun> runs(planned.size());
  tbb::parallel_for(std::size_t{0}, runs.size(), [&](std::size_t r) {
    const PlannedRun& p = planned[r];
    runs[r] = {p.config.seed, p.fold, train(p.config, p.split->training, p.split->test, p.done), {}};
  });
  return runs;
}

void print(const nlohmann::ordered_json& report) {
  const auto& accuracy = report["accuracy"];
  fmt::print("accuracy    {:.2f} % after {} epochs", 100.0 * accuracy["mean"].get<double>(),
             accuracy["by_epoch"].size());
  if (accuracy["runs"].size() > 1)
    fmt::print(" (standard deviation {:.2f}, {} runs)", 100.0 * accuracy["sd"].get<double>(),
               accuracy["runs"].size());
  fmt::print("\npulses      {}\n", report["pulses"]["total"].get<std::uint64_t>());
  fmt::print("time        {}\n", formatQuantity(report["time"]["total_s"].get<double>(), Unit::second));
  if (report["time"].contains("machine"))
    fmt::print("  simulated {}, with bus, drivers and converters; cores in parallel\n",
               formatQuantity(report["time"]["machine"]["total_s"].get<double>(), Unit::second));
  fmt::print("energy      {}\n", formatQuantity(report["energy"]["total_j"].get<double>(), Unit::joule));
  for (const auto& [name, joules] : report["energy"]["by_component"].items()) {
    if (joules.get<double>() > 0.0)
      fmt::print("  {:<17} {}\n", name, formatQuantity(joules.get<double>(), Unit::joule));
  }
}

/// Software training and all device draws, one seed a thread.
std::vector<learning::TuningSeed> tuneAll(const LearningExperiment& e, const std::string& timing,
                                          bool quiet) {
  if (timing == "cycle") return tuneTimed(e);
  std::vector<learning::TuningSeed> seeds(static_cast<std::size_t>(e.seeds));
  Progress progress("seeds", e.seeds, quiet);
  std::mutex oneAtATime;
  int done = 0;
  tbb::parallel_for(std::size_t{0}, seeds.size(), [&](std::size_t s) {
    seeds[s] = learning::runTuning(e.tuning, e.hardware.device(), e.learning.seed + s, s == 0);
    const std::lock_guard<std::mutex> lock(oneAtATime);
    progress(++done);
  });
  return seeds;
}

void printTuning(const nlohmann::ordered_json& report) {
  for (const auto& at : report["accuracy"]["by_flips"])
    fmt::print("accuracy    {:.2f} % at {:g} % flips, software {:.2f} %, Bayes limit {:.2f} %\n",
               100.0 * at["mean"].get<double>(), 100.0 * at["flips"].get<double>(),
               100.0 * at["software"].get<double>(), 100.0 * at["bayes"].get<double>());
  fmt::print("pulses      {:.1f}\n", report["pulses"]["mean"].get<double>());
  fmt::print("time        {}\n", formatQuantity(report["time"]["mean_s"].get<double>(), Unit::second));
  if (report["time"].contains("machine"))
    fmt::print("  simulated {}, with bus, drivers and converters\n",
               formatQuantity(report["time"]["machine"]["mean_s"].get<double>(), Unit::second));
  fmt::print("energy      {}\n", formatQuantity(report["energy"]["mean_j"].get<double>(), Unit::joule));
  for (const auto& [name, joules] : report["energy"]["by_part"].items()) {
    if (joules.get<double>() > 0.0)
      fmt::print("  {:<17} {}\n", name, formatQuantity(joules.get<double>(), Unit::joule));
  }
  fmt::print("unreached   {} of {} devices\n", report["cells"]["unreached"].get<std::uint64_t>(),
             report["cells"]["tuned"].get<std::uint64_t>());
}

void learn(const LearnOptions& options, const Context& context) {
  const auto start = std::chrono::steady_clock::now();
  const bool quiet = context.quiet || context.json;
  const LearningExperiment experiment = loadExperiment(options.experiment, options.settings);
  const OutputFolder folder(options.out);
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(effectiveThreads(options.threads)));
  const auto finish = [&](auto record, auto show) {
    record.wallSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    writeReport(options.out, record);
    const nlohmann::ordered_json report = toJson(record);
    if (context.json)
      fmt::print("{}\n", report.dump(2));
    else if (!context.quiet)
      show(report);
  };
  if (experiment.isTuning())
    finish(TuningRecord{experiment, tuneAll(experiment, options.timing, quiet), context.commandLine},
           printTuning);
  else
    finish(LearningRecord{experiment, runAll(experiment, options.timing, quiet), context.commandLine}, print);
}

}  // namespace

void addLearn(CLI::App& app, Context& context) {
  auto options = std::make_shared<LearnOptions>();
  CLI::App* command = app.add_subcommand("learn", "Train a network on the chip, by programming pulses");
  command->add_option("experiment", options->experiment, "Experiment (TOML) or preset")->required();
  command->add_option("--set", options->settings, "Overrides a key of the experiment: section.key=value")
      ->take_all();
  command->add_option("--timing", options->timing, "functional | cycle: by a tile's learning controller")
      ->check(CLI::IsMember({"functional", "cycle"}))
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Threads, a run each; 0: all")
      ->check(wholeNumber(0, 1024));
  command->add_option("--out", options->out, "Folder of the results")->required();
  command->callback([options, &context] { learn(*options, context); });
}

}  // namespace crosstile::app
