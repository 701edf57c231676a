// SPDX-License-Identifier: Apache-2.0
#include "platform/hardware/chip_figures.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "workloads/encoding/slices.h"

namespace crosstile {
namespace {

int ceilDivide(int a, int b) {
  return (a + b - 1) / b;
}

using Json = nlohmann::ordered_json;

Json byComponent(const std::array<AreaPower, kComponents>& level) {
  Json rows = Json::object();
  for (int c = 0; c < kComponents; ++c) {
    const AreaPower& cell = level[static_cast<std::size_t>(c)];
    rows[std::string(toString(static_cast<Component>(c)))] = {{"power_w", cell.power.value},
                                                              {"leakage_w", cell.leakage.value},
                                                              {"area_mm2", cell.area.value * 1e6}};
  }
  const AreaPower sum = total(level);
  return {{"power_w", sum.power.value},
          {"leakage_w", sum.leakage.value},
          {"area_mm2", sum.area.value * 1e6},
          {"by_component", rows}};
}

Json partsOf(const ChipFigures& figures) {
  Json parts = Json::array();
  for (const PartLine& part : figures.parts) {
    parts.push_back({{"name", part.name},
                     {"component", toString(part.component)},
                     {"per", toString(part.per)},
                     {"in_core", part.count[0]},
                     {"in_tile", part.count[1]},
                     {"on_chip", part.count[2]},
                     {"power_w", part.power.value},
                     {"leakage_w", part.leakage.value},
                     {"area_mm2", part.area.value * 1e6},
                     {"source", part.source}});
  }
  return parts;
}

Json adcJson(const Hardware& h) {
  const ComponentCost& adc = h.cost[Component::adc];
  const AdcDesign design = adcDesign(h);
  Json json{
      {"model", h.cost.adcModel},   {"rate_per_s", design.rate.value}, {"energy_j", adc.energy.value},
      {"power_w", adc.power.value}, {"leakage_w", adc.leakage.value},  {"area_mm2", adc.area.value * 1e6},
      {"source", adc.source}};
  if (h.cost.adcModel == "explicit") return json;
  const Seconds latency = adcCost(h.cost.adcModel, design).latency;
  if (latency.value > 0.0) json["latency_s"] = latency.value;
  return json;
}

}  // namespace

Population populationOf(const Hardware& h) {
  Population p;
  p.rowsPerArray = h.array.rows;
  p.columnsPerArray = h.array.columns + (hasOffsetColumn(h.encoding) ? 1 : 0);
  p.arraysPerCore = h.chip.arraysPerCore;
  p.adcsPerCore = h.adc.perCore;
  p.coresPerTile = h.chip.coresPerTile;
  p.tilesPerRouter = h.chip.concentration;
  p.routers = h.chip.meshColumns * h.chip.meshRows;
  p.links = (h.chip.meshColumns - 1) * h.chip.meshRows + h.chip.meshColumns * (h.chip.meshRows - 1);
  return p;
}

ChipFigures chipFigures(const Hardware& h) {
  ChipFigures f;
  f.population = populationOf(h);
  const Population& p = f.population;
  f.parts = partLines(h.cost, p);
  f.core = rollUp(f.parts, Level::core);
  f.tile = rollUp(f.parts, Level::tile);
  f.chip = rollUp(f.parts, Level::chip);
  f.slices = static_cast<int>(slicesOf(h.encoding).size());
  f.planes = ceilDivide(h.encoding.inputBits, h.encoding.pulseBits);
  const int together = arraysPerWeight(h.encoding);
  f.outputsPerArray = double(h.array.columns * together / f.slices) / together;
  f.readTime = h.array.readTime;
  const int columns = p.columnsPerArray + (h.array.referenceColumn ? 1 : 0);
  f.settling = settlingOf(h.array, columns, h.device.gOn, h.adc.bits);
  const double conversions = std::ceil(double(p.arraysPerCore) * p.columnsPerArray / p.adcsPerCore);
  f.conversionTime = h.adc.period * conversions;
  const double arrays = double(p.tiles()) * p.coresPerTile * p.arraysPerCore;
  f.peakOpsPerSecond = 2.0 * p.rowsPerArray * f.outputsPerArray * arrays / (f.planes * f.planeTime().value);
  const AreaPower chip = total(f.chip);
  if (chip.power.value > 0.0) f.opsPerJoule = f.peakOpsPerSecond / chip.power.value;
  if (chip.area.value > 0.0) f.opsPerSecondPerSquareMetre = f.peakOpsPerSecond / chip.area.value;
  return f;
}

std::string toJson(const Hardware& h, const ChipFigures& f) {
  const Population& p = f.population;
  const int cores = p.tiles() * p.coresPerTile;
  Json peak{{"tops", f.peakOpsPerSecond * 1e-12}};
  if (f.opsPerJoule > 0.0) peak["tops_per_w"] = f.opsPerJoule * 1e-12;
  if (f.opsPerSecondPerSquareMetre > 0.0) {
    peak["gops_per_s_per_mm2"] = f.opsPerSecondPerSquareMetre * 1e-15;
  }
  Json json{{"name", h.name},
            {"description", h.description},
            {"readout", h.readout},
            {"counts",
             {{"routers", p.routers},
              {"links", p.links},
              {"tiles", p.tiles()},
              {"cores", cores},
              {"arrays", cores * p.arraysPerCore},
              {"adcs", cores * p.adcsPerCore}}},
            {"array",
             {{"rows", p.rowsPerArray},
              {"converted_columns", p.columnsPerArray},
              {"slices", f.slices},
              {"planes", f.planes},
              {"outputs", f.outputsPerArray},
              {"read_time_s", f.readTime.value},
              {"conversion_time_s", f.conversionTime.value}}},
            {"adc", adcJson(h)},
            {"peak", peak},
            {"core", byComponent(f.core)},
            {"tile", byComponent(f.tile)},
            {"chip", byComponent(f.chip)},
            {"parts", partsOf(f)},
            {"hardware", toToml(h)}};
  if (f.settling.time.value > 0.0) {
    json["array"]["settling"] = {{"word_elmore_s", f.settling.word.value},
                                 {"bit_elmore_s", f.settling.bit.value},
                                 {"time_s", f.settling.time.value},
                                 {"exceeds_read_time", f.settlesTooLate()}};
  }
  return json.dump(2);
}

}  // namespace crosstile
