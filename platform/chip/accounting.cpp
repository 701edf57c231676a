// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/accounting.h"

#include "platform/hardware/chip_figures.h"

namespace crosstile {

void bookStage(Ledger& ledger, const CostTable& cost, int layer, const ReadFacts& facts,
               const StageTraffic& traffic, std::int64_t images) {
  const auto book = [&](Component component, std::int64_t operations) {
    ledger.count(cost, component, layer, Phase::inference, static_cast<std::uint64_t>(operations));
  };
  if (cost.deviceEnergy) {
    ledger.addFact(Component::array, layer, Phase::inference, Joules(facts.deviceEnergyJ));
  } else {
    book(Component::array, facts.reads);
  }
  book(Component::dac, facts.reads);
  book(Component::sampleHold, facts.conversions);
  book(Component::adc, facts.conversions);
  book(Component::shiftAdd, facts.conversions);
  // Registers are written once and read once.
  book(Component::inputRegister, 2 * images * traffic.inputBytes);
  book(Component::outputRegister, 2 * images * traffic.outputBytes);
  book(Component::buffer, images * (traffic.bufferReads + traffic.bufferWrites));
  book(Component::bus, images * traffic.busBits);
  book(Component::digital, images * traffic.digitalOperations);
  book(Component::router, images * traffic.flitRouters);
  book(Component::link, images * traffic.flitLinks);
  book(Component::host, images * traffic.hostBits);
}

void bookProgramming(Ledger& ledger, const CostTable& cost, const ProgrammingFacts& facts, int rows) {
  ledger.count(cost, Component::programming, kShared, Phase::programming,
               static_cast<std::uint64_t>(facts.pulses));
  ledger.addFact(Component::programming, kShared, Phase::programming, Joules(facts.energyJ));
  if (facts.detail.reads == 0) return;
  // A verifying read drives one cell's word line and converts one bit line.
  ledger.addFact(Component::array, kShared, Phase::programming, Joules(facts.detail.readJ));
  ledger.addFact(Component::dac, kShared, Phase::programming,
                 Joules(cost[Component::dac].energy.value * static_cast<double>(facts.detail.reads) / rows));
  ledger.count(cost, Component::sampleHold, kShared, Phase::programming, facts.detail.reads);
  ledger.count(cost, Component::adc, kShared, Phase::programming, facts.detail.reads);
}

ChipLeakage chipLeakage(const Hardware& hardware, int used) {
  const ChipFigures figures = chipFigures(hardware);
  const double accounted = hardware.cost.gatedTiles ? figures.population.tiles() : used;
  ChipLeakage leakage{figures.tile, figures.chip};
  for (std::size_t c = 0; c < kComponents; ++c) {
    const double rest = figures.chip[c].leakage.value - accounted * figures.tile[c].leakage.value;
    leakage.others[c].leakage = Watts{rest > 1e-12 * figures.chip[c].leakage.value ? rest : 0.0};
  }
  return leakage;
}

void bookLeakage(Ledger& ledger, const std::array<AreaPower, kComponents>& power, double count, int layer,
                 Phase phase, double seconds) {
  for (int c = 0; c < kComponents; ++c) {
    const double watts = count * power[static_cast<std::size_t>(c)].leakage.value;
    if (watts > 0.0 && seconds > 0.0)
      ledger.addFact(static_cast<Component>(c), layer, phase, Joules(watts * seconds));
  }
}

std::vector<MeasuredStage> measureStages(const Chip& chip, const ChipProgram& program) {
  std::vector<MeasuredStage> measured(program.stages.size());
  const NocStatistics& noc = chip.mesh.statistics();
  const auto add = [&](StageTraffic& t, int layer, PacketKind kind) {
    const TrafficCount& count = noc.traffic(layer, kind);
    t.packets += static_cast<std::int64_t>(count.packets);
    t.packetBytes += static_cast<std::int64_t>(count.bytes);
    t.flitRouters += static_cast<std::int64_t>(count.flitRouterTraversals);
    t.flitLinks += static_cast<std::int64_t>(count.flitLinkTraversals);
  };
  for (std::size_t s = 0; s < program.stages.size(); ++s) {
    const Stage& stage = program.stages[s];
    StageTraffic& t = measured[s].traffic;
    for (const int node : stage.tiles) {
      const Tile& tile = *chip.tiles[static_cast<std::size_t>(node)];
      const auto slot = static_cast<std::size_t>(stage.slot);
      const StageController& controller = *tile.stages().at(slot);
      t.bufferWrites += static_cast<std::int64_t>(controller.counts().bufferWrites);
      t.bufferReads += static_cast<std::int64_t>(controller.counts().bufferReads);
      t.busBits += static_cast<std::int64_t>(controller.counts().busBits);
      t.digitalOperations += static_cast<std::int64_t>(tile.digital.operations(stage.slot));
      for (const std::size_t c : controller.cores()) {
        const Core::Statistics& core = tile.cores[c]->statistics();
        t.inputBytes += static_cast<std::int64_t>(core.inputBytes);
        t.outputBytes += static_cast<std::int64_t>(core.outputBytes);
        t.mvms += static_cast<std::int64_t>(core.mvms);
        measured[s].facts += core.facts;
      }
    }
    if (packetsBookedAt(program, s) != s || stage.ledgerLayer() >= noc.layers()) continue;
    for (const PacketKind kind : {PacketKind::activation, PacketKind::result, PacketKind::credit})
      add(t, stage.ledgerLayer(), kind);
  }
  // Inputs come from nobody's layer; they belong to the first stage.
  add(measured.front().traffic, -1, PacketKind::activation);
  measured.front().traffic.hostBits += static_cast<std::int64_t>(8 * chip.host.statistics().bytesIn);
  measured.back().traffic.hostBits += static_cast<std::int64_t>(8 * chip.host.statistics().bytesOut);
  return measured;
}

}  // namespace crosstile
