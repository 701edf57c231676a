// SPDX-License-Identifier: Apache-2.0
// RunRecord to report.json.
#include "platform/record/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/base/version.h"
#include "platform/record/finite.h"

namespace crosstile {
namespace {

using Json = nlohmann::ordered_json;
constexpr double kPicosecond = 1e-12;

double seconds(std::uint64_t ps) {
  return static_cast<double>(ps) * kPicosecond;
}

template <typename T>
void put(Json& json, const char* name, const std::optional<T>& value) {
  if (value) json[name] = *value;
}

std::string layerName(const RunRecord& r, int layer) {
  if (layer == kShared) return "shared";
  if (layer < 0 || static_cast<std::size_t>(layer) >= r.layers.size()) {
    throw RunFailure("report: layer {} doesn't exist, there are {}", layer, r.layers.size());
  }
  return r.layers[static_cast<std::size_t>(layer)].name;
}

Json accuracyJson(const Accuracy& a) {
  Json json{{"top1", a.top1}};
  put(json, "top5", a.top5);
  json["count"] = a.count;
  json["ci95"] = {a.ci95.low, a.ci95.high};
  json["draws"] = a.draws;
  if (a.draws.size() < 2) return json;
  const std::vector<double> sorted = [&] {
    std::vector<double> x = a.draws;
    std::sort(x.begin(), x.end());
    return x;
  }();
  json["median"] = quantile(sorted, 0.5);
  json["quartiles"] = {quantile(sorted, 0.25), quantile(sorted, 0.75)};
  json["percentile5"] = quantile(sorted, 0.05);
  json["worst"] = sorted.front();
  return json;
}

Json devicesJson(const RunRecord& r, const DeviceEfficiency& d) {
  Json layers = Json::array();
  for (const DeviceLayer& l : d.layers) {
    layers.push_back({{"layer", layerName(r, l.layer)},
                      {"synapses", l.synapses},
                      {"power_w", l.powerWatts},
                      {"share_at_g_off", l.shareAtGOff},
                      {"largest_weight", l.largestWeight}});
  }
  Json json{{"tops_per_w", d.topsPerWatt},
            {"power_w", d.powerWatts},
            {"energy_j", d.energyJoules},
            {"synapses", d.synapses()},
            {"read_voltage", d.readVoltage},
            {"read_time_s", d.readTime},
            {"law", d.law},
            {"readout", d.readout},
            {"draw", d.draw}};
  if (d.draw == "batch") json["draw_images"] = d.drawImages;
  json["draws"] = r.provenance.draws;
  json["seed"] = r.provenance.seed;
  json["layers"] = layers;
  return json;
}

Json latencyJson(const RunRecord& r, const Latency& latency) {
  Json path = Json::array();
  std::uint64_t sum = 0;
  for (const CriticalStep& step : latency.criticalPath) {
    sum += step.picoseconds;
    path.push_back({{"component", step.component},
                    {"layer", layerName(r, step.layer)},
                    {"seconds", seconds(step.picoseconds)},
                    {"ps", step.picoseconds}});
  }
  if (!latency.criticalPath.empty() && sum != latency.picoseconds) {
    throw RunFailure("report: the critical path adds up to {} ps, the latency is {} ps", sum,
                     latency.picoseconds);
  }
  return {{"first_s", seconds(latency.picoseconds)},
          {"first_ps", latency.picoseconds},
          {"cycles", latency.cycles},
          {"mean_s", latency.meanS},
          {"p95_s", latency.p95S},
          {"max_s", latency.maxS},
          {"critical_path", path}};
}

/// Components and phases that hold no energy are left out of the maps; they are zero.
Json layerEnergy(const RunRecord& r, const Ledger& ledger, int layer) {
  Json parts = Json::object(), phases = Json::object();
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    const Joules energy = ledger.of(component, layer);
    if (energy.value > 0.0) parts[std::string(toString(component))] = energy.value;
  }
  for (int p = 0; p < kPhases; ++p) {
    double energy = 0.0;
    for (int c = 0; c < kComponents; ++c)
      energy += ledger.of(static_cast<Component>(c), layer, static_cast<Phase>(p)).value;
    if (energy > 0.0) phases[toString(static_cast<Phase>(p))] = energy;
  }
  return {{"layer", layerName(r, layer)},
          {"total_j", ledger.ofLayer(layer).value},
          {"by_component", parts},
          {"by_phase", phases}};
}

/// A ledger by component, by layer and by phase: each adds up to the total.
Json breakdown(const RunRecord& r, const Ledger& ledger) {
  Json components = Json::object(), phases = Json::object(), layers = Json::array();
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    components[std::string(toString(component))] = ledger.of(component).value;
  }
  for (int layer = 0; layer < ledger.layers(); ++layer) layers.push_back(layerEnergy(r, ledger, layer));
  layers.push_back(layerEnergy(r, ledger, kShared));
  for (int p = 0; p < kPhases; ++p) {
    phases[toString(static_cast<Phase>(p))] = ledger.of(static_cast<Phase>(p)).value;
  }
  return {{"total_j", ledger.total().value},
          {"by_component", components},
          {"by_layer", layers},
          {"by_phase", phases}};
}

Json energyJson(const RunRecord& r, const Ledger& ledger) {
  Json json = breakdown(r, ledger);
  if (r.inferences > 0) {
    const double running = ledger.of(Phase::inference).value + ledger.of(Phase::idle).value;
    json["per_inference_j"] = running / static_cast<double>(r.inferences);
    json["inferences"] = r.inferences;
  }
  Json operations = Json::object();
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    operations[std::string(toString(component))] = ledger.operations(component, Phase::inference);
  }
  json["operations"] = operations;
  if (r.dynamic) json["dynamic"] = breakdown(r, *r.dynamic);
  if (r.leakage) json["leakage"] = breakdown(r, *r.leakage);
  return json;
}

Json powerTraceJson(const PowerSeries& series) {
  Json parts = Json::object();
  for (const auto& [component, watts] : series.byComponent) parts[std::string(toString(component))] = watts;
  return {{"bin_s", series.binSeconds},
          {"leakage_w", series.leakageWatts},
          {"peak_w", series.peakWatts()},
          {"total_w", series.total()},
          {"by_component", parts}};
}

Json areaJson(const std::array<AreaPower, kComponents>& area) {
  Json parts = Json::object();
  for (int c = 0; c < kComponents; ++c) {
    parts[std::string(toString(static_cast<Component>(c)))] =
        area[static_cast<std::size_t>(c)].area.value * 1e6;
  }
  return {{"total_mm2", total(area).area.value * 1e6}, {"by_component", parts}};
}

Json layerJson(const LayerRecord& layer, std::size_t index, const std::optional<Ledger>& energy) {
  Json json{{"name", layer.name}, {"kind", layer.kind}};
  if (!layer.foldedInto.empty()) {
    json["folded_into"] = layer.foldedInto;
    return json;
  }
  json["arrays"] = layer.arrays;
  json["cores"] = layer.cores;
  json["tiles"] = layer.tiles;
  json["replicas"] = layer.replicas;
  put(json, "cell_utilisation", layer.cellUtilisation);
  if (layer.startPs) json["start_s"] = seconds(*layer.startPs);
  if (layer.latencyPs) json["latency_s"] = seconds(*layer.latencyPs);
  put(json, "mvms", layer.mvms);
  put(json, "reads", layer.reads);
  put(json, "conversions", layer.conversions);
  if (energy && static_cast<int>(index) < energy->layers()) {
    json["energy_j"] = energy->ofLayer(static_cast<int>(index)).value;
  }
  return json;
}

Json programmingJson(const ProgrammingRecord& p) {
  Json json{{"method", p.method}, {"pulses", p.pulses}, {"time_s", p.seconds}, {"energy_j", p.energyJ}};
  if (!p.verify) return json;
  const VerifyRecord& v = *p.verify;
  json["cells_j"] = v.cellsJ;
  json["unselected_j"] = v.unselectedJ;
  json["series_j"] = v.seriesJ;
  json["switch_j"] = v.switchJ;
  json["limiter_j"] = v.limiterJ;
  json["reads"] = v.reads;
  json["read_j"] = v.readJ;
  json["cells_unreached"] = v.unreached;
  json["cells_left"] = v.left;
  return json;
}

Json bufferJson(const RunRecord& r, const BufferRecord& buffer) {
  Json layers = Json::array();
  for (const int layer : buffer.layers) layers.push_back(layerName(r, layer));
  return {{"tile", buffer.tile},
          {"layers", layers},
          {"reserved_bytes", buffer.bytes},
          {"peak_bytes", buffer.peakBytes},
          {"mean_bytes", buffer.meanBytes}};
}

Json named(const NamedValues& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = value;
  return json;
}

Json provenanceJson(const Provenance& p) {
  return {{"version", kVersion},
          {"command", p.command},
          {"seed", p.seed},
          {"timing", p.timing},
          {"threads", p.threads},
          {"draws", p.draws},
          {"network", {{"file", p.network}, {"hash", p.networkHash}}},
          {"images", p.images},
          {"labels", p.labels},
          {"hardware", p.hardware}};
}

Json simulationJson(const SimulationRecord& s) {
  Json json{{"wall_s", s.wallSeconds}};
  put(json, "programming_s", s.programmingSeconds);
  put(json, "timed_s", s.timedSeconds);
  put(json, "timed_images", s.timedImages);
  put(json, "events", s.events);
  put(json, "events_per_s", s.eventsPerSecond);
  put(json, "tile_events", s.tileEvents);
  put(json, "tile_packets", s.tilePackets);
  put(json, "tile_events_per_mvm", s.eventsPerMvm);
  put(json, "peak_memory_bytes", s.peakMemoryBytes);
  put(json, "images_per_s", s.imagesPerSecond);
  put(json, "reference_images_per_s", s.referenceImagesPerSecond);
  put(json, "product_share", s.productShare);
  return json;
}

/// tops: operations an inference / period; tops_per_w: operations an inference / energy an inference.
Json efficiencyJson(const RunRecord& r, const Json& report) {
  Json json = Json::object();
  if (!r.operationsPerInference) return json;
  if (r.periodSeconds && *r.periodSeconds > 0.0)
    json["tops"] = *r.operationsPerInference / *r.periodSeconds * 1e-12;
  if (report.contains("energy") && report["energy"].contains("per_inference_j")) {
    const double energy = report["energy"]["per_inference_j"].get<double>();
    if (energy > 0.0) json["tops_per_w"] = *r.operationsPerInference / energy * 1e-12;
    const double host =
        r.inferences > 0 && r.energy ? r.energy->of(Component::host).value / r.inferences : 0.0;
    if (energy > host) json["tops_per_w_without_host"] = *r.operationsPerInference / (energy - host) * 1e-12;
  }
  if (r.devices) json["devices"] = devicesJson(r, *r.devices);
  return json;
}

}  // namespace

double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

std::int64_t DeviceEfficiency::synapses() const {
  std::int64_t sum = 0;
  for (const DeviceLayer& l : layers) sum += l.synapses;
  return sum;
}

Interval wilson95(std::uint64_t successes, std::uint64_t count) {
  if (count == 0) return {};
  constexpr double z = 1.959963984540054;
  const double n = static_cast<double>(count), p = static_cast<double>(successes) / n;
  const double scale = 1.0 / (1.0 + z * z / n);
  const double centre = (p + z * z / (2.0 * n)) * scale;
  const double half = z * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n)) * scale;
  // At 0 and n the bound is exactly 0 or 1; rounding must not step over it.
  return {successes == 0 ? 0.0 : std::max(0.0, centre - half),
          successes == count ? 1.0 : std::min(1.0, centre + half)};
}

Accuracy accuracyOf(const std::vector<std::uint64_t>& right, std::uint64_t count,
                    const std::vector<std::uint64_t>& rightInFive) {
  Accuracy a;
  a.count = count;
  if (right.empty() || count == 0) return a;
  const auto mean = [&](const std::vector<std::uint64_t>& hits) {
    double sum = 0.0;
    for (const std::uint64_t h : hits) sum += static_cast<double>(h);
    return sum / static_cast<double>(hits.size());
  };
  for (const std::uint64_t r : right) a.draws.push_back(static_cast<double>(r) / static_cast<double>(count));
  a.top1 = mean(right) / static_cast<double>(count);
  a.ci95 = wilson95(static_cast<std::uint64_t>(std::llround(mean(right))), count);
  if (!rightInFive.empty()) a.top5 = mean(rightInFive) / static_cast<double>(count);
  return a;
}

nlohmann::ordered_json toJson(const RunRecord& r) {
  Json json = Json::object();
  if (r.accuracy) json["accuracy"] = accuracyJson(*r.accuracy);
  for (const AgedAccuracy& aged : r.accuracyByAge) {
    Json entry{{"age", aged.age}, {"age_s", aged.seconds}};
    entry.update(accuracyJson(aged.accuracy));
    json["accuracy_by_age"].push_back(entry);
  }
  if (r.referenceTop1) json["reference"] = {{"top1", *r.referenceTop1}};
  if (r.latency) json["latency"] = latencyJson(r, *r.latency);
  put(json, "period_s", r.periodSeconds);
  if (r.periodSeconds && *r.periodSeconds > 0.0) json["throughput_per_s"] = 1.0 / *r.periodSeconds;
  if (!r.periodLimits.empty()) {
    json["period_limits"] = Json::array();
    for (const PeriodLimit& limit : r.periodLimits) {
      json["period_limits"].push_back({{"resource", limit.resource},
                                       {"layer", layerName(r, limit.layer)},
                                       {"seconds", limit.secondsPerImage}});
    }
  }
  if (r.energy) json["energy"] = energyJson(r, *r.energy);
  if (r.programming) json["programming"] = programmingJson(*r.programming);
  if (r.meanPowerWatts || r.peakPowerWatts) {
    Json power = Json::object();
    put(power, "mean_w", r.meanPowerWatts);
    put(power, "peak_w", r.peakPowerWatts);
    if (r.powerTrace) power["trace"] = powerTraceJson(*r.powerTrace);
    json["power"] = power;
  }
  if (r.area) json["area"] = areaJson(*r.area);
  if (const Json efficiency = efficiencyJson(r, json); !efficiency.empty()) json["efficiency"] = efficiency;
  if (!r.utilisation.empty()) json["utilisation"] = named(r.utilisation);
  if (!r.busySeconds.empty()) json["busy"] = named(r.busySeconds);
  if (!r.stallSeconds.empty()) json["stalls"] = named(r.stallSeconds);
  for (const BufferRecord& buffer : r.buffers) json["buffers"].push_back(bufferJson(r, buffer));
  json["layers"] = Json::array();
  for (std::size_t i = 0; i < r.layers.size(); ++i)
    json["layers"].push_back(layerJson(r.layers[i], i, r.energy));
  json["provenance"] = provenanceJson(r.provenance);
  json["simulation"] = simulationJson(r.simulation);
  checkFinite(json, "");
  return json;
}

}  // namespace crosstile
