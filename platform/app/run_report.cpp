// SPDX-License-Identifier: Apache-2.0
#include "platform/app/run_report.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "platform/app/device_efficiency.h"
#include "platform/chip/accounting.h"
#include "platform/hardware/chip_figures.h"

namespace crosstile::app {
namespace {

std::uint64_t peakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

Accuracy accuracyOfDraws(const std::vector<CorrectCount>& draws, int classes) {
  std::vector<std::uint64_t> right, five;
  for (const CorrectCount& c : draws) {
    right.push_back(static_cast<std::uint64_t>(c.top1));
    if (classes > 5) five.push_back(static_cast<std::uint64_t>(c.top5));
  }
  return accuracyOf(right, static_cast<std::uint64_t>(draws.front().count), five);
}

void fillAccuracy(RunRecord& record, const RunFindings& findings, int classes) {
  record.accuracy = accuracyOfDraws(findings.draws, classes);
  for (const AgedDraws& aged : findings.ages)
    record.accuracyByAge.push_back({aged.age.text, aged.age.seconds, accuracyOfDraws(aged.draws, classes)});
  if (findings.reference)
    record.referenceTop1 = static_cast<double>(findings.reference->top1) / findings.reference->count;
}

/// Largest power in steady state: every stage spends its energy of an image evenly over the time it works on
/// one, and starts again every period.
double peakPower(const Ledger& ledger, const Session& session, const TimedResult& timed, double images,
                 double period) {
  struct Work {
    double start, duration, watts;
  };
  std::vector<Work> stages;
  for (std::size_t s = 0; s < session.program.stages.size(); ++s) {
    const int layer = session.program.stages[s].ledgerLayer();
    double joules = 0.0;
    for (int c = 0; c < kComponents; ++c)
      joules += ledger.of(static_cast<Component>(c), layer, Phase::inference).value;
    const double clock = session.hardware.timing.clockPeriod.value;
    const double duration =
        static_cast<double>(timed.stageCycles[s].second - timed.stageCycles[s].first) * clock;
    if (duration <= 0.0) continue;
    stages.push_back(
        {static_cast<double>(timed.stageCycles[s].first) * clock, duration, joules / images / duration});
  }
  double peak = 0.0;
  for (const Work& at : stages) {  // the largest sum begins where some stage begins
    double sum = 0.0;
    for (const Work& other : stages) {
      const double since = std::fmod(std::fmod(at.start - other.start, period) + period, period);
      const double whole = std::floor(other.duration / period);
      sum += other.watts * (whole + (since < other.duration - whole * period ? 1.0 : 0.0));
    }
    peak = std::max(peak, sum);
  }
  return peak;
}

/// Leakage of the images' time: of a stage's tiles for its layer, `inference` while it works on an image,
/// `idle` while it waits for the next; of everything else shared and idle. Of the time of programming, too.
Ledger leakageOf(const Session& session, const TimedResult& timed, double secondsPerImage, double images) {
  Ledger ledger(static_cast<int>(session.network.layers.size()));
  const ChipLeakage chip = chipLeakage(session.hardware, session.program.tiles);
  std::map<int, int> stagesOn;  // of each tile: they have equal shares of it
  for (const Stage& stage : session.program.stages) {
    for (const int tile : stage.tiles) ++stagesOn[tile];
  }
  const double clock = session.hardware.timing.clockPeriod.value;
  for (std::size_t s = 0; s < session.program.stages.size(); ++s) {
    const Stage& stage = session.program.stages[s];
    double tiles = 0.0;
    for (const int tile : stage.tiles) tiles += 1.0 / stagesOn.at(tile);
    const double works =
        std::min(static_cast<double>(timed.stageCycles[s].second - timed.stageCycles[s].first) * clock,
                 secondsPerImage);
    const auto book = [&](Phase phase, double seconds) {
      bookLeakage(ledger, chip.tile, tiles, stage.ledgerLayer(), phase, seconds);
    };
    book(Phase::programming, timed.programmingSimulatedS);
    book(Phase::inference, works * images);
    book(Phase::idle, (secondsPerImage - works) * images);
  }
  bookLeakage(ledger, chip.others, 1.0, kShared, Phase::programming, timed.programmingSimulatedS);
  bookLeakage(ledger, chip.others, 1.0, kShared, Phase::idle, secondsPerImage * images);
  return ledger;
}

/// Power against time of the timed images, from what the machine counted for them.
PowerSeries powerSeries(const Session& session, const TimedResult& timed) {
  const Hardware& hardware = session.hardware;
  Ledger ledger(static_cast<int>(session.network.layers.size()));
  for (std::size_t s = 0; s < timed.stages.size(); ++s) {
    bookStage(ledger, hardware.cost, session.program.stages[s].ledgerLayer(), timed.stages[s].facts,
              timed.stages[s].traffic, 1);
  }
  const ChipLeakage leakage = chipLeakage(hardware, session.program.tiles);
  const double watts =
      total(leakage.tile).leakage.value * session.program.tiles + total(leakage.others).leakage.value;
  const double cycles = static_cast<double>(timed.resultCycles.back() - timed.submitCycles.front());
  return timed.power.series(ledger, cycles * hardware.timing.clockPeriod.value, watts);
}

void fillEnergy(RunRecord& record, const Session& session, const RunFindings& findings) {
  const Hardware& hardware = session.hardware;
  Ledger ledger(static_cast<int>(session.network.layers.size()));
  const auto images = static_cast<std::int64_t>(session.codes.size());
  const auto facts = findings.functional.totals();
  const auto traffic = trafficPerImage(session.program, trafficConfig(hardware));
  for (std::size_t s = 0; s < facts.size(); ++s) {
    bookStage(ledger, hardware.cost, session.program.stages[s].ledgerLayer(), facts[s], traffic[s], images);
  }
  bookProgramming(ledger, hardware.cost, findings.programming, hardware.array.rows);
  record.area = chipFigures(hardware).chip;
  record.energy = record.dynamic = ledger;
  record.inferences = static_cast<std::uint64_t>(images);
  record.operationsPerInference = 2.0 * static_cast<double>(session.multiplyAccumulates());
  if (!findings.timed) return;
  // One image has no period: its own time counts.
  const double latency = static_cast<double>(record.latency->picoseconds) * 1e-12;
  const double seconds = record.periodSeconds.value_or(latency);
  record.leakage = leakageOf(session, *findings.timed, seconds, static_cast<double>(images));
  record.energy->merge(*record.leakage);
  record.powerTrace = powerSeries(session, *findings.timed);
  const double perInference =
      (record.energy->of(Phase::inference).value + record.energy->of(Phase::idle).value) /
      static_cast<double>(images);
  record.meanPowerWatts = perInference / seconds;
  const double steady = peakPower(ledger, session, *findings.timed, static_cast<double>(images), seconds);
  record.peakPowerWatts = std::max(steady + record.powerTrace->leakageWatts, *record.meanPowerWatts);
}

void fillTiming(RunRecord& record, const Session& session, const TimedResult& timed) {
  record.latency = timed.latency;
  const double period = session.hardware.timing.clockPeriod.value;
  const std::size_t n = timed.resultCycles.size();
  if (n > 1) {
    record.periodSeconds =
        static_cast<double>(timed.resultCycles[n - 1] - timed.resultCycles[n - 2]) * period;
  }
  record.periodLimits = timed.limits;
  record.periodLimits.resize(std::min<std::size_t>(record.periodLimits.size(), 16));
  record.utilisation = timed.utilisation;
  record.busySeconds = timed.busySeconds;
  record.stallSeconds = timed.stallSeconds;
  record.buffers = timed.buffers;
  record.simulation.timedSeconds = timed.wallS;
  record.simulation.timedImages = n;
  record.simulation.events = timed.events;
  record.simulation.tileEvents = timed.tileEvents;
  std::int64_t mvms = 0;
  for (const MeasuredStage& stage : timed.stages) mvms += stage.traffic.mvms;
  record.simulation.tilePackets = timed.tilePackets;
  if (mvms > 0 && timed.tileEvents > 0)
    record.simulation.eventsPerMvm =
        (static_cast<double>(timed.tileEvents) - 2.0 * static_cast<double>(timed.tilePackets)) /
        static_cast<double>(mvms);
  if (timed.wallS > 0.0) record.simulation.eventsPerSecond = static_cast<double>(timed.events) / timed.wallS;
}

void fillLayers(RunRecord& record, const Session& session, const RunFindings& findings) {
  const auto& layers = session.network.layers;
  record.layers.resize(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    record.layers[i].name = layers[i].name;
    record.layers[i].kind = std::string(toString(layers[i].kind));
  }
  const auto facts = findings.functional.totals();
  const auto images = static_cast<std::int64_t>(std::max<std::size_t>(session.codes.size(), 1));
  const auto ps = [&](std::uint64_t cycles) {
    return static_cast<std::uint64_t>(
        std::llround(static_cast<double>(cycles) * session.hardware.timing.clockPeriod.value * 1e12));
  };
  for (std::size_t s = 0; s < session.program.stages.size(); ++s) {
    const Stage& stage = session.program.stages[s];
    LayerRecord& own = record.layers[static_cast<std::size_t>(stage.ledgerLayer())];
    for (const int l : stage.layers) {
      if (l != stage.ledgerLayer()) record.layers[static_cast<std::size_t>(l)].foldedInto = own.name;
    }
    own.arrays = static_cast<int>(stage.blocks.size());
    own.tiles = static_cast<int>(stage.tiles.size());
    own.replicas = 1;
    std::vector<std::pair<int, int>> cores;
    std::int64_t cells = 0;
    for (const ArrayBlock& block : stage.blocks) {
      cores.emplace_back(block.tile, block.core);
      cells += static_cast<std::int64_t>(block.rowCount) * static_cast<std::int64_t>(block.columns.size());
    }
    std::sort(cores.begin(), cores.end());
    own.cores = static_cast<int>(std::unique(cores.begin(), cores.end()) - cores.begin());
    if (!stage.blocks.empty()) {
      own.cellUtilisation =
          static_cast<double>(cells) / (static_cast<double>(stage.blocks.size()) *
                                        session.hardware.array.rows * session.hardware.array.columns);
      own.mvms = static_cast<std::uint64_t>(facts[s].mvms / images);
      own.reads = static_cast<std::uint64_t>(facts[s].reads / images);
      own.conversions = static_cast<std::uint64_t>(facts[s].conversions / images);
    }
    if (!findings.timed) continue;
    const auto [start, end] = findings.timed->stageCycles[s];
    own.startPs = ps(start);
    own.latencyPs = ps(end - start);
  }
}

/// Nothing of the readout `ideal`, which has no cells to write.
std::optional<ProgrammingRecord> programmingOf(const Session& session, const ProgrammingFacts& facts) {
  if (session.hardware.readout == "ideal") return std::nullopt;
  const ProgrammingDetail& d = facts.detail;
  ProgrammingRecord record;
  record.method = session.hardware.programming.method;
  record.pulses = static_cast<std::uint64_t>(facts.pulses);
  record.seconds = facts.timeS;
  record.energyJ = facts.energyJ;
  if (record.method == "one-shot") return record;
  record.verify = VerifyRecord{d.reads,   d.unreached, d.left,     d.cellsJ, d.unselectedJ,
                               d.seriesJ, d.switchJ,   d.limiterJ, d.readJ};
  return record;
}

}  // namespace

RunRecord makeRecord(const Session& session, const RunFindings& findings, const std::string& commandLine,
                     const std::string& timing) {
  RunRecord record;
  const SessionOptions& options = session.options();
  fillAccuracy(record, findings, session.classes());
  if (findings.timed) fillTiming(record, session, *findings.timed);
  fillEnergy(record, session, findings);
  fillLayers(record, session, findings);
  record.programming = programmingOf(session, findings.programming);
  record.devices = deviceEfficiency(session, findings);
  record.provenance.command = commandLine;
  record.provenance.seed = options.seed;
  record.provenance.timing = timing;
  record.provenance.hardware = toToml(session.hardware);
  record.provenance.network = options.network;
  record.provenance.networkHash = fmt::format("{:016x}", session.network.hash);
  record.provenance.images = options.images;
  record.provenance.labels = options.labels;
  record.provenance.threads = static_cast<std::uint64_t>(effectiveThreads(options.threads));
  record.provenance.draws = findings.draws.size();
  record.simulation.wallSeconds = findings.wallS;
  record.simulation.programmingSeconds = findings.programmingWallS;
  record.simulation.peakMemoryBytes = peakMemory();
  record.simulation.imagesPerSecond =
      static_cast<double>(session.codes.size()) / std::max(findings.functional.wallS, 1e-9);
  record.simulation.referenceImagesPerSecond =
      static_cast<double>(session.codes.size()) / std::max(findings.referenceWallS, 1e-9);
  record.simulation.productShare = findings.functional.productShare;
  return record;
}

std::string summary(const RunRecord& record, const std::string& folder) {
  std::string text;
  const auto line = [&](const char* what, const std::string& value) {
    text += fmt::format("{:<12}{}\n", what, value);
  };
  const Accuracy& accuracy = *record.accuracy;
  line("accuracy",
       fmt::format(
           "{:.2f} %  (95 % interval {:.2f} to {:.2f}, {} images, {} draw{}){}", 100 * accuracy.top1,
           100 * accuracy.ci95.low, 100 * accuracy.ci95.high, accuracy.count, accuracy.draws.size(),
           accuracy.draws.size() == 1 ? "" : "s",
           record.referenceTop1 ? fmt::format("; in float {:.2f} %", 100 * *record.referenceTop1) : ""));
  if (accuracy.draws.size() > 1) {
    std::vector<double> sorted = accuracy.draws;
    std::sort(sorted.begin(), sorted.end());
    line(
        "over draws",
        fmt::format("median {:.2f} %, quartiles {:.2f} and {:.2f} %, 5th percentile {:.2f} %, worst {:.2f} %",
                    100 * quantile(sorted, 0.5), 100 * quantile(sorted, 0.25), 100 * quantile(sorted, 0.75),
                    100 * quantile(sorted, 0.05), 100 * sorted.front()));
  }
  for (const AgedAccuracy& aged : record.accuracyByAge) {
    if (record.accuracyByAge.size() > 1)
      line("at age", fmt::format("{:<8}{:.2f} %  ({:.2f} to {:.2f})", aged.age, 100 * aged.accuracy.top1,
                                 100 * aged.accuracy.ci95.low, 100 * aged.accuracy.ci95.high));
  }
  if (record.latency) {
    line("latency",
         fmt::format("{} = {} cycles, first image",
                     formatQuantity(static_cast<double>(record.latency->picoseconds) * 1e-12, Unit::second),
                     record.latency->cycles));
  }
  if (record.periodSeconds) {
    line("period",
         fmt::format("{}, {:.0f} images/s; {} limits it", formatQuantity(*record.periodSeconds, Unit::second),
                     1.0 / *record.periodSeconds,
                     record.periodLimits.empty() ? "nothing" : record.periodLimits.front().resource));
  }
  const Ledger& energy = *record.energy;
  const double images = static_cast<double>(record.inferences);
  const double inference = record.dynamic->of(Phase::inference).value;
  line("energy",
       fmt::format("{} an image, {} to programme the chip", formatQuantity(inference / images, Unit::joule),
                   formatQuantity(energy.of(Phase::programming).value, Unit::joule)));
  if (record.programming && record.programming->verify) {
    const ProgrammingRecord& p = *record.programming;
    line("programming", fmt::format("{} pulses, {} reads, {}; {} cells not reached, {} left again", p.pulses,
                                    p.verify->reads, formatQuantity(p.seconds, Unit::second),
                                    p.verify->unreached, p.verify->left));
  }
  const double leaked = energy.of(Phase::inference).value + energy.of(Phase::idle).value - inference;
  std::vector<std::pair<double, std::string>> parts;
  for (int c = 0; c < kComponents; ++c) {
    double joules = 0.0;
    for (int l = kShared; l < energy.layers(); ++l)
      joules += record.dynamic->of(static_cast<Component>(c), l, Phase::inference).value;
    if (joules > 0.0) parts.emplace_back(joules, toString(static_cast<Component>(c)));
  }
  std::sort(parts.rbegin(), parts.rend());
  for (const auto& [joules, name] : parts) {
    text += fmt::format("  {:<16}{:>10}  {:5.1f} %\n", name, formatQuantity(joules / images, Unit::joule),
                        100 * joules / inference);
  }
  if (record.leakage && record.leakage->total().value > 0.0)
    line("leakage", fmt::format("{} an image, on top of it", formatQuantity(leaked / images, Unit::joule)));
  text += efficiencyTable(record);
  const SimulationRecord& s = record.simulation;
  line("simulation",
       fmt::format("{:.2f} s in all, {:.0f} images/s functional, {:.0f} % of it in the products{}",
                   s.wallSeconds, s.imagesPerSecond.value_or(0.0), 100 * s.productShare.value_or(0.0),
                   s.events.value_or(0) > 0 ? fmt::format("; {} kernel events, {:.2f} million/s", *s.events,
                                                          s.eventsPerSecond.value_or(0.0) * 1e-6)
                                            : ""));
  if (!folder.empty()) line("report", folder + "/report.html");
  return text;
}

}  // namespace crosstile::app
