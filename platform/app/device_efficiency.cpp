// SPDX-License-Identifier: Apache-2.0
#include "platform/app/device_efficiency.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace crosstile::app {
namespace {

/// Share of the cells that hold a stage's weights that are at level 0.
double shareAtGOff(const Stage& stage) {
  std::int64_t cells = 0, off = 0;
  for (const ArrayBlock& block : stage.blocks) {
    for (const ColumnCode& column : block.columns) {
      for (int r = 0; r < block.rowCount; ++r)
        off +=
            (*block.levels)[static_cast<std::size_t>(r * block.physicalColumns + column.column)] == 0 ? 1 : 0;
      cells += block.rowCount;
    }
  }
  return cells > 0 ? static_cast<double>(off) / static_cast<double>(cells) : 0.0;
}

double largestWeight(const Layer& layer, bool withBias) {
  double largest = 0.0;
  for (const float w : layer.weights.values) largest = std::max<double>(largest, std::abs(w));
  for (const float b : layer.bias) {
    if (withBias) largest = std::max<double>(largest, std::abs(b));
  }
  return largest;
}

}  // namespace

std::optional<DeviceEfficiency> deviceEfficiency(const Session& session, const RunFindings& findings) {
  const Hardware& h = session.hardware;
  if (h.readout == "ideal") return std::nullopt;
  DeviceEfficiency result;
  result.readVoltage = h.array.readVoltage.value;
  result.readTime = h.array.readTime.value;
  result.law = h.device.law;
  result.readout = h.readout;
  result.draw = h.nonideality.draw;
  result.drawImages = h.nonideality.drawImages;
  const double images =
      static_cast<double>(session.codes.size()) * static_cast<double>(findings.draws.size());
  double operations = 0.0, energy = 0.0;
  for (std::size_t s = 0; s < session.program.stages.size(); ++s) {
    const Stage& stage = session.program.stages[s];
    if (stage.layer < 0) continue;
    const Layer& network = session.network.layers[static_cast<std::size_t>(stage.layer)];
    const bool biasRow = stage.input.biasCode != 0;
    DeviceLayer layer;
    layer.layer = stage.layer;
    layer.synapses = elementCount(network.weights.shape) + (biasRow ? stage.outputs : 0);
    layer.shareAtGOff = shareAtGOff(stage);
    layer.largestWeight = largestWeight(network, biasRow);
    const double reads =
        static_cast<double>(stage.input.positions()) * static_cast<double>(stage.planes.size());
    const double perImage = findings.facts[s].deviceEnergyJ / images;
    layer.powerWatts = perImage / (reads * result.readTime);
    result.powerWatts += layer.powerWatts;
    operations += 2.0 * static_cast<double>(layer.synapses) * stage.input.positions();
    energy += perImage;
    result.layers.push_back(layer);
  }
  result.energyJoules = energy;
  if (energy > 0.0) result.topsPerWatt = operations / energy * 1e-12;
  return result;
}

std::string efficiencyTable(const RunRecord& record) {
  if (!record.devices || record.devices->topsPerWatt <= 0.0 || !record.energy || record.inferences == 0)
    return {};
  const DeviceEfficiency& d = *record.devices;
  std::string text;
  const auto row = [&](const char* what, double joules, double topsPerWatt) {
    text += fmt::format("  {:<36}{:>10} an image  {:>9.4g} TOPS/W\n", what,
                        formatQuantity(joules, Unit::joule), topsPerWatt);
  };
  const double images = static_cast<double>(record.inferences);
  const double operations = record.operationsPerInference.value_or(0.0);
  const Ledger& ledger = *record.energy;
  const double whole = (ledger.of(Phase::inference).value + ledger.of(Phase::idle).value) / images;
  const double host = ledger.of(Component::host).value / images;
  text += fmt::format(
      "{:<12}cells at k_V = {}, t_read = {}, {} synapses, {} of {} draw{}, seed {}\n", "efficiency",
      formatQuantity(d.readVoltage, Unit::volt), formatQuantity(d.readTime, Unit::second), d.synapses(),
      d.draw == "batch" ? fmt::format("new cells every {} images", d.drawImages)
                        : std::string("one programming"),
      record.provenance.draws, record.provenance.draws == 1 ? "" : "s", record.provenance.seed);
  row(fmt::format("cells alone, {}", formatQuantity(d.powerWatts, Unit::watt)).c_str(), d.energyJoules,
      d.topsPerWatt);
  if (whole > host)
    row("with converters, buffers, network", whole - host, operations / (whole - host) * 1e-12);
  if (whole > 0.0) row("with the host interface", whole, operations / whole * 1e-12);
  for (const DeviceLayer& l : d.layers) {
    text += fmt::format("  {:<16}{:>10}, {:.1f} % of cells at G_off, max|w| {:.4g}\n",
                        record.layers[static_cast<std::size_t>(l.layer)].name,
                        formatQuantity(l.powerWatts, Unit::watt), 100.0 * l.shareAtGOff, l.largestWeight);
  }
  return text;
}

}  // namespace crosstile::app
