// SPDX-License-Identifier: Apache-2.0
#include "platform/experiment/tuning_report.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <iterator>

#include "models/base/error.h"
#include "models/base/version.h"
#include "platform/experiment/ledger_json.h"
#include "platform/experiment/tuning_cost.h"
#include "platform/record/finite.h"
#include "platform/record/report_assets.h"
#include "platform/record/whole_file.h"

namespace crosstile {
namespace {

using Json = nlohmann::ordered_json;
using learning::TuningDraw;
using learning::TuningSeed;

struct Moments {
  double mean = 0.0, sd = 0.0;
};

/// Over all draws of all seeds.
template <typename Of>
Moments momentsOver(const std::vector<TuningSeed>& seeds, Of of) {
  Moments m;
  double n = 0.0, square = 0.0;
  for (const TuningSeed& seed : seeds) {
    for (const TuningDraw& draw : seed.draws) {
      const double value = of(draw), away = value - m.mean;
      m.mean += away / ++n;
      square += away * (value - m.mean);
    }
  }
  m.sd = n > 1.0 ? std::sqrt(square / (n - 1.0)) : 0.0;
  return m;
}

double softwareMean(const std::vector<TuningSeed>& seeds, std::size_t f) {
  double sum = 0.0;
  for (const TuningSeed& seed : seeds) sum += seed.softwareAccuracy[f];
  return sum / static_cast<double>(seeds.size());
}

Json accuracyJson(const TuningRecord& record) {
  const learning::TuningConfig& config = record.experiment.tuning;
  const learning::PatternTask task = learning::patternTask(config.task);
  Json byFlips = Json::array(), byEpoch = Json::array(), runs = Json::array();
  for (std::size_t f = 0; f < config.testFlips.size(); ++f) {
    const Moments m = momentsOver(record.seeds, [f](const TuningDraw& d) { return d.accuracy[f]; });
    byFlips.push_back({{"flips", config.testFlips[f]},
                       {"mean", m.mean},
                       {"sd", m.sd},
                       {"software", softwareMean(record.seeds, f)},
                       {"bayes", learning::bayesLimit(learning::oddsOf(task, config.testFlips[f]))}});
  }
  const auto seeds = static_cast<double>(record.seeds.size());
  for (std::size_t e = 0; e < record.seeds.front().software.accuracy.size(); ++e) {
    double sum = 0.0;
    for (const TuningSeed& seed : record.seeds) sum += seed.software.accuracy[e];
    byEpoch.push_back(sum / seeds);
  }
  for (const TuningSeed& seed : record.seeds) {
    const Moments m = momentsOver({seed}, [](const TuningDraw& d) { return d.accuracy.front(); });
    runs.push_back(
        {{"seed", seed.seed}, {"software", seed.softwareAccuracy.front()}, {"mean", m.mean}, {"sd", m.sd}});
  }
  Json json{{"mean", byFlips[0]["mean"]}, {"sd", byFlips[0]["sd"]},       {"bayes", byFlips[0]["bayes"]},
            {"by_flips", byFlips},        {"software_by_epoch", byEpoch}, {"runs", runs}};
  json["after_device"] = record.seeds.front().draws.front().afterDevice;
  if (config.gaussian > 0.0)
    json["gaussian"] = {
        {"deviation", config.gaussian},
        {"mean", momentsOver(record.seeds, [](const TuningDraw& d) { return d.gaussianAccuracy; }).mean}};
  return json;
}

Json energyJson(const TuningRecord& record) {
  const Hardware& h = record.experiment.hardware.loaded;
  TuningEnergy sum;
  double draws = 0.0;
  for (const TuningSeed& seed : record.seeds) {
    for (const TuningDraw& draw : seed.draws) sum += energyOf(draw, h), ++draws;
  }
  const Moments total =
      momentsOver(record.seeds, [&](const TuningDraw& d) { return energyOf(d, h).total(); });
  const auto mean = [&](double TuningEnergy::*part) { return sum.*part / draws; };
  Json json{{"mean_j", total.mean},
            {"sd_j", total.sd},
            {"by_part",
             {{"devices", mean(&TuningEnergy::devices)},
              {"series", mean(&TuningEnergy::series)},
              {"switches", mean(&TuningEnergy::switches)},
              {"limiters", mean(&TuningEnergy::limiters)},
              {"read_devices", mean(&TuningEnergy::readDevices)},
              {"read_references", mean(&TuningEnergy::readReferences)},
              {"converters", mean(&TuningEnergy::converters)},
              {"controller", mean(&TuningEnergy::controller)}}}};
  json["inference"] = {
      {"cells_j", momentsOver(record.seeds, [](const TuningDraw& d) { return d.inferenceJ; }).mean},
      {"references_j", momentsOver(record.seeds, [](const TuningDraw& d) { return d.referenceJ; }).mean},
      {"comparators_j", momentsOver(record.seeds, [](const TuningDraw& d) { return d.comparatorJ; }).mean}};
  json["first_draw"] = ledgerJson(bookTuning(record.seeds.front().draws.front(), h));
  return json;
}

Json cellsJson(const TuningRecord& record) {
  std::uint64_t unreached = 0, left = 0, cells = 0;
  Json named = Json::array();
  for (const TuningSeed& seed : record.seeds) {
    for (std::size_t d = 0; d < seed.draws.size(); ++d) {
      int layer = 0;
      for (const ArrayReport* array : {&seed.draws[d].first, &seed.draws[d].second}) {
        ++layer;
        unreached += array->unreached;
        left += array->left;
        cells += array->cells.size();
        for (std::size_t c = 0; c < array->cells.size(); ++c) {
          const CellReport& cell = array->cells[c];
          if (cell.reached || named.size() >= 1000) continue;
          named.push_back({{"seed", seed.seed},
                           {"draw", d},
                           {"layer", layer},
                           {"cell", c},
                           {"target_s", cell.target},
                           {"conductance_s", cell.conductance},
                           {"pulses", cell.pulses}});
        }
      }
    }
  }
  return {{"tuned", cells}, {"unreached", unreached}, {"left", left}, {"first_unreached", named}};
}

/// What the figures hang on, in words.
Json settingsJson(const LearningExperiment& e) {
  const Hardware& h = e.hardware.loaded;
  const ProgrammingConfig& p = h.programming;
  const MetastableSwitch device(h.device.mms, h.device.temperature);
  const auto retention = [&](double volt) {
    const double second = device.retentionTime(volt).value;
    return std::isfinite(second) ? formatQuantity(second, Unit::second) : std::string("for ever (held)");
  };
  const auto volt = [](Volts v) { return formatQuantity(v.value, Unit::volt); };
  const auto second = [](Seconds s) { return formatQuantity(s.value, Unit::second); };
  const learning::SoftwareTraining& s = e.tuning.software;
  const double read = h.array.readVoltage.value;
  return {
      {"initial states", p.initialState == "random" ? "uniform in x" : p.initialState},
      {"initial reset", p.initialReset
                            ? fmt::format("-{} for {}", volt(p.largestVoltage), second(p.initialResetTime))
                            : std::string("none")},
      {"pulse", fmt::format("rectangular, {} wide, gap {}", second(h.device.writeTime), second(p.gap))},
      {"amplitudes", fmt::format("from +{} and -{}, steps of {}, up to {}", volt(p.setVoltage),
                                 volt(p.resetVoltage), volt(p.voltageStep), volt(p.largestVoltage))},
      {"read", fmt::format("{} for {}", volt(h.array.readVoltage), second(h.array.readTime))},
      {"tolerance",
       fmt::format("larger of {:g} of G and {:g} of the range", p.toleranceOfG, p.toleranceOfRange)},
      {"pulse budget", fmt::format("{} a device and pass, {} {}", p.pulseBudget, p.passes,
                                   p.passes == 1 ? "pass" : "passes")},
      {"series resistance", fmt::format("{}, switch {}", formatQuantity(p.seriesResistance.value, Unit::ohm),
                                        formatQuantity(p.switchResistance.value, Unit::ohm))},
      {"noise of verifying reads",
       fmt::format("{:g} of G, {:g} of the range, {}", p.senseNoiseOfG, p.senseNoiseOfRange,
                   p.senseBits == 0 ? std::string("exact otherwise") : fmt::format("{} bits", p.senseBits))},
      {"noise in training",
       s.error.any()
           ? fmt::format("flips {:g}; exact mean over conductance errors of {:g} of G, {:g} of the range",
                         s.flips, s.error.ofG, s.error.ofRange)
           : fmt::format("flips {:g}, weights {:g} of the range", s.flips, s.weightNoise)},
      {"conductance error behind tuning",
       fmt::format("{:g} of G, {:g} of the range, of every memristor on its own; references and thresholds "
                   "have none",
                   e.tuning.errorOfG, e.tuning.errorOfRange)},
      {"retention", fmt::format("{} at 0 V, {} at {}, {} at -{}", retention(0.0), retention(read),
                                volt(h.array.readVoltage), retention(-read), volt(h.array.readVoltage))},
      {"age at the test", second(e.tuning.age)},
      {"parallelism", p.parallel == "row" ? "cells of a row at once" : "device by device"},
      {"selection", p.select},
      {"reference", fmt::format("{} on each input line, switched off while cells are pulsed",
                                formatQuantity(e.hardware.device().reference(), Unit::siemens))},
      {"threshold of the hidden comparators", fmt::format("{:g} of a full weight", s.threshold)},
      {"comparators",
       fmt::format("{} a decision", formatQuantity(e.tuning.comparatorEnergy.value, Unit::joule))},
      {"controller",
       fmt::format("{} a pulse: {}", formatQuantity(h.cost[Component::programming].energy.value, Unit::joule),
                   h.cost[Component::programming].source)}};
}

Json stepsJson(const TuningDraw& draw) {
  Json steps = Json::array();
  for (const learning::TuningStep& s : draw.steps)
    steps.push_back({s.layer + 1, s.cell, s.second, s.volt, s.conductance});
  return {{"columns", {"layer", "cell", "time_s", "amplitude_v", "conductance_s"}}, {"steps", steps}};
}

std::string stepsCsv(const TuningDraw& draw) {
  std::string csv = "layer,cell,time_s,amplitude_v,conductance_s\n";
  for (const learning::TuningStep& s : draw.steps)
    fmt::format_to(std::back_inserter(csv), "{},{},{:.9g},{:.9g},{:.9g}\n", s.layer + 1, s.cell, s.second,
                   s.volt, s.conductance);
  return csv;
}

Json countJson(const std::vector<TuningSeed>& seeds, std::uint64_t (TuningDraw::*of)() const) {
  const Moments m = momentsOver(seeds, [of](const TuningDraw& d) { return static_cast<double>((d.*of)()); });
  return {{"mean", m.mean}, {"sd", m.sd}};
}

}  // namespace

nlohmann::ordered_json toJson(const TuningRecord& record) {
  const LearningExperiment& e = record.experiment;
  const Moments time = momentsOver(record.seeds, [](const TuningDraw& d) { return d.seconds(); });
  Json json{{"name", e.name}, {"description", e.description}, {"rule", e.learning.rule.name}};
  json["task"] = e.tuning.task;
  json["device"] = e.hardware.loaded.name;
  json["seeds"] = record.seeds.size();
  json["draws"] = e.tuning.draws;
  json["accuracy"] = accuracyJson(record);
  json["pulses"] = countJson(record.seeds, &TuningDraw::pulses);
  json["reads"] = countJson(record.seeds, &TuningDraw::reads);
  json["time"] = {{"mean_s", time.mean}, {"sd_s", time.sd}};
  const Moments machine = momentsOver(record.seeds, [](const TuningDraw& d) { return d.machineSeconds; });
  if (machine.mean > 0.0) json["time"]["machine"] = {{"mean_s", machine.mean}, {"sd_s", machine.sd}};
  json["energy"] = energyJson(record);
  json["cells"] = cellsJson(record);
  json["settings"] = settingsJson(e);
  json["trajectories"] = stepsJson(record.seeds.front().draws.front());
  json["provenance"] = {{"version", kVersion},
                        {"command", record.command},
                        {"seed", e.learning.seed},
                        {"experiment", toToml(e)}};
  json["simulation"] = {{"wall_s", record.wallSeconds}};
  checkFinite(json, "");
  return json;
}

void writeReport(const std::string& folder, const TuningRecord& record) {
  const Json report = toJson(record);
  const std::filesystem::path base(folder);
  const std::string page = pageOf("CrossTile: target-weight tuning", tuningParts(), report);
  writeWhole((base / "report.json").string(),
             report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  writeWhole((base / "trajectories.csv").string(), stepsCsv(record.seeds.front().draws.front()));
  writeWhole((base / "report.html").string(), page);
}

}  // namespace crosstile
