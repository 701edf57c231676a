// SPDX-License-Identifier: Apache-2.0
// `crosstile emulator train` and `evaluate`: emulators of the nonlinear circuit for one size and technology.
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/base/version.h"
#include "models/emulator/emulator_training.h"
#include "platform/app/emulator_report.h"
#include "platform/app/emulator_samples.h"
#include "platform/app/progress.h"
#include "platform/app/validators.h"
#include "platform/hardware/emulator_file.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr double kTrainingTolerance = 1e-6, kTestTolerance = 1e-9;
/// Share of binary vectors in the training's draws; the tests' are of four bits all.
constexpr double kBinaryShare = 0.5;
/// Of the training: the measured errors that go into the emulator's file.
constexpr int kMeasureMatrices = 32, kMeasureVectors = 32;

struct EmulatorOptions {
  SessionOptions session;  // hardware, settings, seed, threads; network and images where given
  std::string kind = "residual", emulator, out;
  int draws = 0, matrices = 0, networkDraws = 0, epochs = 0, hidden = 0;

  void addCommon(CLI::App& command) {
    command.add_option("--set", session.settings, "Overrides a key of the hardware: section.key=value")
        ->take_all();
    command.add_option("--network", session.network,
                       "Network (ONNX) whose slices and planes are used as well");
    command.add_option("--images", session.images,
                       "Images whose planes are used (IDX, NPY, CSV; gzip allowed)");
    command.add_option("--count", session.count, "Images to use; default: 64")->check(wholeNumber(1));
    command
        .add_option("--network-draws", networkDraws,
                    "Planes to use of the network; default: a quarter of --draws")
        ->check(wholeNumber(1, 100000000));
    command.add_option("--matrices", matrices, "Random arrays that the draws are spread over")
        ->check(wholeNumber(1, 10000000));
    command.add_option("--seed", session.seed, "Seed of all random streams")
        ->check(wholeNumber(0, std::numeric_limits<std::uint64_t>::max()))
        ->capture_default_str();
    command.add_option("--threads", session.threads, "Threads; 0: all")->check(wholeNumber(0, 1024));
    command.add_option("--out", out, "Folder of the results")->required();
  }
  void checkNetwork() {
    if (session.network.empty() != session.images.empty())
      throw BadInput("--network and --images: must be given together");
    if (session.network.empty() && networkDraws > 0)
      throw BadInput("--network-draws: needs --network and --images");
    session.defaultCount = 64;
  }
};

/// `draws` spread over arrays; a network's arrays get as many vectors each.
struct Spread {
  int matrices, vectors, networkMatrices;
  Spread(const EmulatorOptions& o, int defaultDraws, int defaultVectors) {
    const int draws = o.draws > 0 ? o.draws : defaultDraws;
    matrices = std::min(draws, o.matrices > 0 ? o.matrices : std::max(1, draws / defaultVectors));
    vectors = (draws + matrices - 1) / matrices;
    const int planes = o.networkDraws > 0 ? o.networkDraws : std::max(1, draws / 4);
    networkMatrices = std::max(1, (planes + vectors - 1) / vectors);
  }
};

class Training {
 public:
  Training(const EmulatorOptions& options, const Context& context)
      : options_(options), context_(context), quiet_(context.quiet || context.json) {
    options_.checkNetwork();
    config_.kind = emulatorKind(options_.kind);
    config_.hidden = options_.hidden;
    config_.epochs = options_.epochs;
    config_.seed = options_.session.seed;
    config_ = effective(config_);
    options_.session.settings.emplace_back("readout=ideal");  // no emulator is needed to make one
    hardware_ = loadHardware(options_.session.hardware, options_.session.settings);
    checkEmulatorTechnology(hardware_.device, hardware_.array);
    technology_ = technologyOf(hardware_);
  }

  void run() {
    const OutputFolder folder(options_.out);
    const std::string checkpoints = options_.out + "/checkpoint";
    const OutputFolder inner(checkpoints);
    const std::vector<EmulatorSample> samples = draw(checkpoints);
    train(samples, checkpoints);
    const NamedEvaluation errors = measure();
    save(errors, samples.size());
    fs::remove_all(checkpoints);
  }

 private:
  std::vector<EmulatorSample> draw(const std::string& checkpoints) {
    const Spread spread(options_, config_.kind == EmulatorKind::geniex ? 102400 : 16384, 64);
    DrawPlan plan;
    plan.technology = technology_;
    plan.binaryShare = kBinaryShare;
    plan.vectors = spread.vectors;
    plan.seed = options_.session.seed;
    std::vector<EmulatorSample> samples = randomSamples(plan, spread.matrices);
    if (!options_.session.network.empty()) {
      for (EmulatorSample& s : networkSamples(options_.session, spread.networkMatrices, spread.vectors))
        samples.push_back(std::move(s));
    }
    for (const EmulatorSample& s : samples) vectors_ += static_cast<std::uint64_t>(s.voltages.cols());
    solveSamples(technology_, kTrainingTolerance, checkpoints, quiet_, samples);
    return samples;
  }

  void train(const std::vector<EmulatorSample>& samples, const std::string& checkpoints) {
    EmulatorTraining training(technology_, config_, samples);
    const std::string identity = fmt::format("{} {} {} {} {} {}", kVersion, options_.kind, config_.hidden,
                                             config_.epochs, config_.rate, config_.seed);
    std::uint64_t hash = hashOf(identity.data(), identity.size());
    for (const EmulatorSample& s : samples) hash = hashOf(s, hash);
    const std::string path = checkpoints + "/training.bin";
    if (const auto stored = readCheckpoint(path, hash)) {
      const std::size_t state = training.save().size();
      if (stored->size() >= state) {
        losses_ = Json::parse(stored->substr(state), nullptr, false).get<std::vector<double>>();
        training.restore(std::string_view(*stored).substr(0, state));
      }
    }
    Progress progress("epochs", training.epochs(), quiet_);
    while (!training.finished()) {
      losses_.push_back(training.runEpoch());
      writeCheckpoint(path, hash, training.save() + Json(losses_).dump());
      progress(training.epoch());
    }
    emulator_ = std::make_shared<Emulator>(training.emulator());
  }

  NamedEvaluation measure() {
    DrawPlan plan;
    plan.technology = technology_;
    plan.set = DrawSet::test;
    plan.vectors = kMeasureVectors;
    plan.seed = options_.session.seed;
    std::vector<EmulatorSample> samples = randomSamples(plan, kMeasureMatrices);
    solveSamples(technology_, kTestTolerance, {}, true, samples);
    return {"unseen random arrays", evaluate(emulator_, samples)};
  }

  void save(const NamedEvaluation& errors, std::size_t arrays) {
    Json provenance{{"version", kVersion},
                    {"command", context_.commandLine},
                    {"seed", options_.session.seed},
                    {"arrays", arrays},
                    {"draws", vectors_},
                    {"epochs", config_.epochs},
                    {"rate", config_.rate}};
    if (!options_.session.network.empty()) provenance["network"] = options_.session.network;
    Json figures = toJson(errors);
    for (Json& m : figures["models"]) m.erase("f_r_rmse_by_current");
    figures.erase("currents_by_current");
    provenance["errors"] = figures;
    writeWhole(options_.out + "/emulator.bin", emulatorBytes(*emulator_, provenance));
    const Json report{{"emulator", options_.out + "/emulator.bin"},
                      {"kind", options_.kind},
                      {"technology", technologyJson(technology_)},
                      {"hidden", config_.hidden},
                      {"f_r_rmse_by_epoch", losses_},
                      {"provenance", provenance},
                      {"hardware", toToml(hardware_)}};
    writeWhole(options_.out + "/training.json", report.dump(2) + "\n");
    if (context_.json)
      fmt::print("{}\n", report.dump(2));
    else if (!context_.quiet)
      fmt::print("{}{}\n{}: {} of {}x{} cells up to {} V, from {} draws of {} arrays\n", toTable(errors),
                 verdict(errors), options_.out + "/emulator.bin", options_.kind, technology_.rows,
                 technology_.columns, technology_.voltage, vectors_, arrays);
  }

  EmulatorOptions options_;
  const Context& context_;
  bool quiet_;
  TrainingConfig config_;
  Hardware hardware_;
  EmulatorTechnology technology_;
  std::uint64_t vectors_ = 0;
  std::vector<double> losses_;
  std::shared_ptr<const Emulator> emulator_;
};

/// The network's samples, once it is certain that the emulator is for its arrays.
NamedEvaluation evaluateNetwork(const EmulatorOptions& options,
                                const std::shared_ptr<const Emulator>& emulator, const Spread& spread,
                                bool quiet) {
  SessionOptions session = options.session;
  session.settings.emplace_back("readout=ideal");
  const Hardware hardware = loadHardware(session.hardware, session.settings);
  const EmulatorTechnology here = technologyOf(hardware);
  const auto cells = static_cast<std::size_t>(here.rows) * static_cast<std::size_t>(here.columns);
  checkEmulatorFits(emulator->technology,
                    *plainArray(here, std::vector<double>(cells, here.device.gOn.value)), hardware.array,
                    std::vector<double>{here.voltage});
  std::vector<EmulatorSample> samples = networkSamples(session, spread.networkMatrices, spread.vectors);
  solveSamples(emulator->technology, kTestTolerance, {}, quiet, samples);
  return {fs::path(session.network).filename().string(), evaluate(emulator, samples)};
}

void evaluateEmulator(EmulatorOptions options, const Context& context) {
  const bool quiet = context.quiet || context.json;
  options.checkNetwork();
  const auto emulator = readEmulator(options.emulator);
  const OutputFolder folder(options.out);
  const Spread spread(options, 10240, 64);
  DrawPlan plan;
  plan.technology = emulator->technology;
  plan.set = DrawSet::test;
  plan.vectors = spread.vectors;
  plan.seed = options.session.seed;
  std::vector<NamedEvaluation> all;
  if (!options.session.network.empty()) all.push_back(evaluateNetwork(options, emulator, spread, quiet));
  std::vector<EmulatorSample> samples = randomSamples(plan, spread.matrices);
  solveSamples(emulator->technology, kTestTolerance, {}, quiet, samples);
  all.insert(all.begin(), {"unseen random arrays", evaluate(emulator, samples)});

  Json report{{"emulator", options.emulator}, {"header", readEmulatorHeader(options.emulator)}};
  for (const NamedEvaluation& e : all) report["evaluations"].push_back(toJson(e));
  report["provenance"] = {
      {"version", kVersion}, {"command", context.commandLine}, {"seed", options.session.seed}};
  const EmulatorTechnology& t = emulator->technology;
  const std::string title = fmt::format("{}: {}, {}x{} cells up to {} V", options.emulator,
                                        nameOf(emulator->kind), t.rows, t.columns, t.voltage);
  writeWhole(options.out + "/evaluation.json", report.dump(2) + "\n");
  writeWhole(options.out + "/evaluation.csv", toCsv(all));
  writeWhole(options.out + "/evaluation.svg", toSvg(all, title));
  if (context.json) {
    fmt::print("{}\n", report.dump(2));
    return;
  }
  for (const NamedEvaluation& e : all) {
    if (!context.quiet) fmt::print("{}", toTable(e));
    if (!context.quiet || !e.evaluation.beatsPredistortion()) fmt::print("{}\n", verdict(e));
  }
}

void addTrain(CLI::App& app, Context& context) {
  auto options = std::make_shared<EmulatorOptions>();
  CLI::App* command = app.add_subcommand("train", "Train an emulator on solutions of the nonlinear circuit");
  command->add_option("--hardware", options->session.hardware, "Hardware description (TOML) or preset")
      ->capture_default_str();
  command
      ->add_option("--kind", options->kind, "residual (what physics leaves) | geniex (the paper's network)")
      ->check(CLI::IsMember({"residual", "geniex"}))
      ->capture_default_str();
  command->add_option("--draws", options->draws, "Input vectors to train on; default: 16384, geniex 102400")
      ->check(wholeNumber(1, 100000000));
  command->add_option("--epochs", options->epochs, "Passes over the draws; default: 40")
      ->check(wholeNumber(1, 1000000));
  command->add_option("--hidden", options->hidden, "Hidden units; default: 16, geniex 500")
      ->check(wholeNumber(1, 65535));
  options->addCommon(*command);
  command->callback([options, &context] {
    const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                      static_cast<std::size_t>(effectiveThreads(options->session.threads)));
    Training(*options, context).run();
  });
}

void addEvaluate(CLI::App& app, Context& context) {
  auto options = std::make_shared<EmulatorOptions>();
  CLI::App* command =
      app.add_subcommand("evaluate", "Errors of an emulator, and of simpler models, on what it hasn't seen");
  command->add_option("--emulator", options->emulator, "File of `emulator train`")->required();
  command->add_option("--draws", options->draws, "Random input vectors; default: 10240")
      ->check(wholeNumber(1, 100000000));
  command->add_option("--hardware", options->session.hardware, "Of the network's mapping (TOML or preset)")
      ->capture_default_str();
  options->addCommon(*command);
  command->callback([options, &context] {
    const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                      static_cast<std::size_t>(effectiveThreads(options->session.threads)));
    evaluateEmulator(*options, context);
  });
}

}  // namespace

void addEmulator(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("emulator", "Emulators of crossbar circuits: train, evaluate");
  command->require_subcommand(1);
  command->fallthrough();
  addTrain(*command, context);
  addEvaluate(*command, context);
}

}  // namespace crosstile::app
