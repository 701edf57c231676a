// SPDX-License-Identifier: Apache-2.0
// `crosstile run`: a trained network on the simulated accelerator.
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "platform/app/arrivals.h"
#include "platform/app/dump.h"
#include "platform/app/progress.h"
#include "platform/app/run.h"
#include "platform/app/run_report.h"
#include "platform/app/validators.h"
#include "platform/chip/cached_arrays.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

using WallClock = std::chrono::steady_clock;
double since(WallClock::time_point start) {
  return std::chrono::duration<double>(WallClock::now() - start).count();
}

/// The first age is that of the run.
SessionOptions atFirstAge(SessionOptions options, const std::string& ages, const std::string& programming) {
  if (!programming.empty()) options.settings.push_back("programming.method=" + programming);
  const std::vector<Age> all = parseAges(ages);
  if (!all.empty()) options.settings.push_back(fmt::format("nonideality.age={} s", all.front().seconds));
  return options;
}

/// Outputs as real values, after the softmax if the network ends in one.
std::vector<float> realOutputs(const Session& session, const std::vector<std::int64_t>& codes) {
  const double scale = session.integer.layers.back().output.scale;
  const auto classes = static_cast<std::size_t>(session.classes());
  std::vector<float> values(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i)
    values[i] = static_cast<float>(scale * static_cast<double>(codes[i]));
  if (!session.program.softmax) return values;
  for (std::size_t at = 0; at < values.size(); at += classes) {
    const float most = *std::max_element(values.begin() + static_cast<std::ptrdiff_t>(at),
                                         values.begin() + static_cast<std::ptrdiff_t>(at + classes));
    float sum = 0.0F;
    for (std::size_t c = at; c < at + classes; ++c) sum += values[c] = std::exp(values[c] - most);
    for (std::size_t c = at; c < at + classes; ++c) values[c] /= sum;
  }
  return values;
}

class Run {
 public:
  Run(const RunOptions& options, const Context& context)
      : options_(options),
        context_(context),
        threads_(tbb::global_control::max_allowed_parallelism,
                 static_cast<std::size_t>(effectiveThreads(options.session.threads))),
        ages_(parseAges(options.age)),
        session_(atFirstAge(options.session, options.age, options.programming)),
        store_(std::make_shared<ArrayStore>(cachedAnalogConfig(session_.hardware, options.cache))),
        dump_(dumpRequest(session_, options.dump)),
        folder_(options.out) {
    const NonidealityConfig& n = session_.hardware.nonideality;
    if (options.timing != "functional" && n.draw == "batch" && options.timedCount > n.drawImages) {
      throw BadInput(
          "--timed-count {}: a timed run is one programming, of {} images (nonideality.draw_images)",
          options.timedCount, n.drawImages);
    }
    arrivalTimes(options.arrivals, 0, 0);  // a wrong one is said before the work
    for (const std::string& file : {options.outputs, options.trace, options.vcd}) {
      if (!file.empty()) checkOutputFile(file);
    }
  }

  void all(const std::function<void(const RunRecord&)>& write) {
    for (int draw = 0; draw < options_.draws; ++draw) runDraw(draw);
    if (options_.timing != "functional") runTimedImages();
    const auto begin = WallClock::now();
    findings_.reference = session_.floatReference();
    findings_.referenceWallS = since(begin);
    findings_.wallS = since(start_);
    write(makeRecord(session_, findings_, context_.commandLine, options_.timing));
  }

 private:
  void runDraw(int draw) {
    const auto begin = WallClock::now();
    StreamOwner owner;
    owner.seed = options_.session.seed;
    owner.draw = static_cast<std::uint32_t>(draw);
    const ValueEngine engine(session_.program, *store_, owner, session_.calibrationCodes());
    const double programming = since(begin);
    Progress progress(options_.draws > 1 ? fmt::format("draw {}", draw + 1) : "images", session_.count(),
                      context_.quiet);
    const NonidealityConfig& n = session_.hardware.nonideality;
    FunctionalResult result = n.draw == "batch"
                                  ? runRedrawn(session_.program, store_->config(), owner, engine.trims(),
                                               session_.codes, n.drawImages, std::ref(progress))
                                  : runFunctional(engine, session_.codes, 0, std::ref(progress));
    addFacts(result.totals());
    findings_.draws.push_back(countCorrect(result.outputs, session_.classes(), session_.labels));
    addAges(owner, engine.trims(), findings_.draws.back());
    if (draw > 0) return;
    findings_.programmingWallS = programming;
    findings_.programming = engine.programming();
    findings_.functional = std::move(result);
    writeOutputs(engine);
    trims_ = engine.trims();
  }

  /// The same programming at every age.
  void addAges(const StreamOwner& owner, const std::vector<AdcTrim>& trims, const CorrectCount& first) {
    findings_.ages.resize(ages_.size());
    for (std::size_t a = 0; a < ages_.size(); ++a) {
      findings_.ages[a].age = ages_[a];
      findings_.ages[a].draws.push_back(a == 0 ? first : atAge(ages_[a], owner, trims));
    }
  }

  /// @param trims  of the ADCs on the chip just after programming
  CorrectCount atAge(const Age& age, const StreamOwner& owner, const std::vector<AdcTrim>& trims) const {
    AnalogConfig config = store_->config();
    config.nonideality.age = Seconds{age.seconds};
    const NonidealityConfig& n = config.nonideality;
    ArrayStore store(config);
    const bool trimmedAnew = config.adc.range == "calibrated" && config.adc.calibratedAt == "age";
    const ValueEngine engine = trimmedAnew
                                   ? ValueEngine(session_.program, store, owner, session_.calibrationCodes())
                                   : ValueEngine(session_.program, store, owner, trims);
    Progress progress(fmt::format("age {}", age.text), session_.count(), context_.quiet);
    const FunctionalResult result = n.draw == "batch"
                                        ? runRedrawn(session_.program, config, owner, engine.trims(),
                                                     session_.codes, n.drawImages, std::ref(progress))
                                        : runFunctional(engine, session_.codes, 0, std::ref(progress));
    return countCorrect(result.outputs, session_.classes(), session_.labels);
  }

  void addFacts(const std::vector<ReadFacts>& facts) {
    findings_.facts.resize(facts.size());
    for (std::size_t s = 0; s < facts.size(); ++s) findings_.facts[s] += facts[s];
  }

  void writeOutputs(const ValueEngine& engine) {
    if (!options_.outputs.empty()) {
      const std::vector<float> values = realOutputs(session_, findings_.functional.outputs);
      writeNpy(options_.outputs, {session_.codes.size(), static_cast<std::size_t>(session_.classes())},
               values.data());
    }
    if (dumpsHost(options_.dump))
      writeHostDump(session_, engine.trims(), std::min(options_.timedCount, session_.count()),
                    findings_.functional.outputs, options_.out);
    if (dump_.empty()) return;
    ValueEngine::Scratch scratch;
    std::vector<ReadFacts> facts;
    std::vector<std::int64_t> output;
    engine.run(session_.codes.front().data(), 0, scratch, facts, output, &dump_);
    writeDump(session_, engine, dump_, options_.out);
  }

  /// The first draw on the machine; by now its functional engine has given its memory back.
  void runTimedImages() {
    const TimingMode mode = options_.timing == "loose" ? TimingMode::loose : TimingMode::cycle;
    const int images = std::min(options_.timedCount, session_.count());
    findings_.timed = runTimed(session_, store_, trims_, mode, images, options_.trace, options_.vcd,
                               arrivalTimes(options_.arrivals, images, options_.session.seed));
    const auto classes = static_cast<std::size_t>(session_.classes());
    for (std::size_t i = 0; i < findings_.timed->outputs.size(); ++i) {
      const auto* expected = findings_.functional.outputs.data() + i * classes;
      if (std::equal(expected, expected + classes, findings_.timed->outputs[i].begin())) continue;
      throw RunFailure("image {}: the {} machine's outputs differ from the functional ones", i,
                       options_.timing);
    }
  }

  const RunOptions& options_;
  const Context& context_;
  WallClock::time_point start_ = WallClock::now();
  tbb::global_control threads_;
  std::vector<Age> ages_;
  Session session_;
  std::shared_ptr<ArrayStore> store_;
  ValueDump dump_;
  OutputFolder folder_;
  std::vector<AdcTrim> trims_;  // of the first draw
  RunFindings findings_;
};

void checkRunOptions(const RunOptions& options) {
  for (const auto& [option, file] : {std::pair{"--trace", options.trace}, std::pair{"--vcd", options.vcd}}) {
    if (file.empty() || options.timing != "functional") continue;
    throw BadInput("{}: a functional run has no time to show; add --timing loose or cycle", option);
  }
}

}  // namespace

void runNetwork(const RunOptions& options, const Context& context,
                const std::function<void(const RunRecord&)>& write) {
  checkRunOptions(options);
  Run(options, context).all(write);
}

void addRun(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run a trained network on the simulated accelerator");
  options->session.addTo(*command, true);
  command->add_option("--timing", options->timing, "functional | loose | cycle")
      ->check(CLI::IsMember({"functional", "loose", "cycle"}))
      ->capture_default_str();
  command->add_option("--timed-count", options->timedCount, "Images of the timed run")
      ->check(wholeNumber(1))
      ->capture_default_str();
  command
      ->add_option(
          "--arrivals", options->arrivals,
          "When the images of a timed run come: back-to-back, periodic:TIME, poisson:TIME (mean interval)")
      ->capture_default_str();
  command->add_option("--draws", options->draws, "Independent programmings of the chip")
      ->check(wholeNumber(1))
      ->capture_default_str();
  command->add_option(
      "--age", options->age,
      "Time since programming (nonideality.age), as in 1d; with several, as in 1s,1h,1d,1y, the run is "
      "at the first and accuracy_by_age holds all");
  command
      ->add_option("--programming", options->programming,
                   "How cells are written (programming.method): one-shot | write-verify")
      ->check(CLI::IsMember({"one-shot", "write-verify"}));
  command->add_option("--outputs", options->outputs, "Write the outputs of all images (NPY, float32)");
  command->add_option("--dump", options->dump,
                      "Write DAC codes, ADC codes and sums of a layer for the first image; \"host\": what a testbench "
                      "writes and expects for the first --timed-count images; \"all\"");
  command->add_option("--trace", options->trace, "Write a Chrome/Perfetto trace of the timed run (JSON)");
  command->add_option("--vcd", options->vcd, "Write a waveform of the timed run's main states (VCD)");
  command->add_option("--out", options->out, "Folder for report.json and report.html")->required();
  command->add_option("--cache", options->cache,
                      "Folder of programmed and solved arrays: what is there is taken, what is missing is added");
  command->callback([options, &context] {
    runNetwork(*options, context, [&](const RunRecord& record) {
      writeReport(options->out, record);
      if (context.json)
        fmt::print("{}\n", toJson(record).dump(2));
      else if (!context.quiet)
        fmt::print("{}", summary(record, options->out));
    });
  });
}

}  // namespace crosstile::app
