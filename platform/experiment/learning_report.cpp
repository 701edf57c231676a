// SPDX-License-Identifier: Apache-2.0
#include "platform/experiment/learning_report.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "models/base/version.h"
#include "platform/experiment/ledger_json.h"
#include "platform/record/finite.h"
#include "platform/record/report_assets.h"
#include "platform/record/whole_file.h"

namespace crosstile {
namespace {

using Json = nlohmann::ordered_json;

struct Moments {
  double mean = 0.0, sd = 0.0;
};
template <typename Of>
Moments momentsOver(const std::vector<LearningRun>& runs, Of of) {
  Moments m;
  const auto n = static_cast<double>(runs.size());
  for (const LearningRun& run : runs) m.mean += of(run) / n;
  for (const LearningRun& run : runs) m.sd += (of(run) - m.mean) * (of(run) - m.mean);
  m.sd = runs.size() > 1 ? std::sqrt(m.sd / (n - 1.0)) : 0.0;
  return m;
}

Json accuracyJson(const std::vector<LearningRun>& runs) {
  const auto last = momentsOver(runs, [](const LearningRun& r) { return r.epochs.back().testAccuracy; });
  Json byEpoch = Json::array(), single = Json::array();
  for (std::size_t e = 0; e < runs.front().epochs.size(); ++e) {
    const auto test = momentsOver(runs, [&](const LearningRun& r) { return r.epochs[e].testAccuracy; });
    byEpoch.push_back(
        {{"epoch", e + 1},
         {"test", test.mean},
         {"test_sd", test.sd},
         {"training",
          momentsOver(runs, [&](const LearningRun& r) { return r.epochs[e].trainAccuracy; }).mean},
         {"loss", momentsOver(runs, [&](const LearningRun& r) { return r.epochs[e].loss; }).mean}});
  }
  for (const LearningRun& run : runs) {
    Json test = Json::array();
    for (const learning::EpochResult& epoch : run.epochs) test.push_back(epoch.testAccuracy);
    single.push_back({{"seed", run.seed}, {"fold", run.fold}, {"test", test}});
  }
  return {{"mean", last.mean}, {"sd", last.sd}, {"by_epoch", byEpoch}, {"runs", single}};
}

Json pulsesJson(const PulseCount& count) {
  return {{"up", count.up}, {"down", count.down}};
}

Json layersJson(const LearningRecord& record, const Ledger& ledger) {
  const std::vector<learning::EpochResult>& epochs = record.runs.front().epochs;
  const std::vector<int>& sizes = record.experiment.learning.network.sizes;
  Json layers = Json::array();
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    const learning::Activity& a = epochs.back().layers[l];
    Json byEpoch = Json::array();
    for (const learning::EpochResult& epoch : epochs)
      byEpoch.push_back(
          {{"weights", pulsesJson(epoch.layers[l].weights)}, {"fast", pulsesJson(epoch.layers[l].fast)}});
    layers.push_back({{"name", layerName(l)},
                      {"inputs", sizes[l]},
                      {"outputs", sizes[l + 1]},
                      {"forward_reads", a.forwardReads},
                      {"backward_reads", a.backwardReads},
                      {"transfer_reads", a.transferReads},
                      {"driven_lines", a.drivenLines},
                      {"driven_cells", a.drivenCells},
                      {"conversions", a.conversions},
                      {"line_pulses", a.linePulses},
                      {"pulse_slots", a.pulseSlots},
                      {"weights", pulsesJson(a.weights)},
                      {"fast", pulsesJson(a.fast)},
                      {"refresh_pulses", a.refreshPulses},
                      {"buffered_values", a.digitalWrites},
                      {"energy_j", ledger.ofLayer(static_cast<int>(l)).value},
                      {"pulses_by_epoch", byEpoch}});
  }
  return layers;
}

Json timeJson(const LearningRecord& record) {
  const std::vector<int>& sizes = record.experiment.learning.network.sizes;
  LearningTime sum;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    const LearningTime t =
        timeOf(record.runs.front().epochs.back().layers[l], static_cast<std::size_t>(sizes[l]),
               static_cast<std::size_t>(sizes[l + 1]), record.experiment.cost);
    sum.forward = sum.forward + t.forward;
    sum.backward = sum.backward + t.backward;
    sum.transfer = sum.transfer + t.transfer;
    sum.update = sum.update + t.update;
  }
  Json json{{"total_s", sum.total().value},
            {"by_activity",
             {{"forward", sum.forward.value},
              {"backward", sum.backward.value},
              {"transfer", sum.transfer.value},
              {"update", sum.update.value}}}};
  if (const std::optional<LearningMachineTime>& m = record.runs.front().machine)
    json["machine"] = {{"total_s", m->total()},
                       {"by_activity",
                        {{"forward", m->forward},
                         {"backward", m->backward},
                         {"digital", m->digital},
                         {"update", m->update},
                         {"stall_update", m->stallUpdate}}},
                       {"bus_bits", m->busBits}};
  return json;
}

}  // namespace

nlohmann::ordered_json toJson(const LearningRecord& record) {
  const LearningExperiment& e = record.experiment;
  const std::vector<learning::Activity>& layers = record.runs.front().epochs.back().layers;
  Ledger ledger = bookLearning(layers, e.cost);
  if (const std::optional<LearningMachineTime>& machine = record.runs.front().machine)
    ledger.count(e.hardware.loaded.cost, Component::bus, kShared, Phase::inference, machine->busBits);
  std::uint64_t pulses = 0;
  for (const learning::Activity& a : layers) pulses += a.weights.total() + a.fast.total();
  Json json{{"name", e.name}, {"description", e.description}, {"rule", e.learning.rule.name}};
  json["device"] = {{"name", e.learning.device.name},
                    {"source", e.learning.device.source},
                    {"granularity", e.learning.device.granularity()}};
  json["accuracy"] = accuracyJson(record.runs);
  json["pulses"] = {{"total", pulses}};
  json["time"] = timeJson(record);
  json["energy"] = ledgerJson(ledger);
  json["cost_source"] = e.cost.source;
  json["layers"] = layersJson(record, ledger);
  json["provenance"] = {{"version", kVersion},
                        {"command", record.command},
                        {"seed", e.learning.seed},
                        {"experiment", toToml(e)}};
  json["simulation"] = {{"wall_s", record.wallSeconds}};
  checkFinite(json, "");
  return json;
}

void writeReport(const std::string& folder, const LearningRecord& record) {
  const Json report = toJson(record);
  const std::filesystem::path base(folder);
  const std::string text = report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const std::string page = pageOf("CrossTile: on-chip learning", learningParts(), report);
  writeWhole((base / "report.json").string(), text);
  writeWhole((base / "report.html").string(), page);
}

}  // namespace crosstile
