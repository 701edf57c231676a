// SPDX-License-Identifier: Apache-2.0
#include "tests/tlm/machine_checks.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

namespace crosstile::testing {
namespace {

using ::testing::IsEmpty;

/// One line a field that differs.
void expectTraffic(const StageTraffic& measured, const StageTraffic& perImage, std::int64_t images,
                   const std::string& where) {
  EXPECT_EQ(measured.bufferWrites, images * perImage.bufferWrites) << where;
  EXPECT_EQ(measured.bufferReads, images * perImage.bufferReads) << where;
  EXPECT_EQ(measured.busBits, images * perImage.busBits) << where;
  EXPECT_EQ(measured.inputBytes, images * perImage.inputBytes) << where;
  EXPECT_EQ(measured.outputBytes, images * perImage.outputBytes) << where;
  EXPECT_EQ(measured.digitalOperations, images * perImage.digitalOperations) << where;
  EXPECT_EQ(measured.packets, images * perImage.packets) << where;
  EXPECT_EQ(measured.packetBytes, images * perImage.packetBytes) << where;
  EXPECT_EQ(measured.flitRouters, images * perImage.flitRouters) << where;
  EXPECT_EQ(measured.flitLinks, images * perImage.flitLinks) << where;
  EXPECT_EQ(measured.hostBits, images * perImage.hostBits) << where;
  EXPECT_EQ(measured.mvms, images * perImage.mvms) << where;
}

/// The functional engine counts active rows once a row block, every core once for itself.
bool rowBlocksShareNoCores(const Stage& stage) {
  std::map<int, std::set<std::pair<int, int>>> cores;
  for (const ArrayBlock& b : stage.blocks) cores[b.rowBlock].insert({b.tile, b.core});
  return std::all_of(cores.begin(), cores.end(), [](const auto& block) { return block.second.size() == 1; });
}

void expectFacts(const ReadFacts& measured, const ReadFacts& functional, const Stage& stage,
                 const std::string& where) {
  EXPECT_EQ(measured.mvms, functional.mvms) << where;
  EXPECT_EQ(measured.reads, functional.reads) << where;
  EXPECT_EQ(measured.zeroPlanes, functional.zeroPlanes) << where;
  EXPECT_EQ(measured.conversions, functional.conversions) << where;
  if (rowBlocksShareNoCores(stage)) {
    EXPECT_EQ(measured.activeRows, functional.activeRows) << where;
  }
  EXPECT_NEAR(measured.deviceEnergyJ, functional.deviceEnergyJ, 1e-12 * functional.deviceEnergyJ) << where;
}

}  // namespace

void expectSameAsFunctional(const Model& model) {
  Machine machine(model);
  ASSERT_NO_THROW(machine.run());
  ASSERT_TRUE(machine.driver.done()) << ::testing::PrintToString(machine.chip.waiting());
  EXPECT_EQ(machine.driver.results(), model.expected());
  EXPECT_THAT(machine.binder.violations(), IsEmpty());
  EXPECT_THAT(machine.chip.waiting(), IsEmpty());
  EXPECT_TRUE(machine.chip.mesh.idle());
  const auto images = static_cast<std::int64_t>(model.images.size());
  const auto measured = machine.measured();
  const auto perImage = trafficPerImage(model.program, trafficConfig(model.hardware));
  const auto facts = model.facts();
  std::int64_t hostBits = 0;
  for (std::size_t s = 0; s < measured.size(); ++s) {
    const std::string where = "stage " + std::to_string(s) + " \"" + model.program.stages[s].name + "\"";
    expectTraffic(measured[s].traffic, perImage[s], images, where);
    expectFacts(measured[s].facts, facts[s], model.program.stages[s], where);
    hostBits += images * perImage[s].hostBits;
  }
  const Host::Statistics& host = machine.chip.host.statistics();
  EXPECT_EQ(8 * (host.bytesIn + host.bytesOut), static_cast<std::uint64_t>(hostBits));
}

Hardware randomHardware(Dice& dice) {
  Hardware hardware = smallHardware();
  hardware.chip.meshColumns = dice.between(1, 3);
  hardware.chip.meshRows = 20;
  hardware.chip.concentration = dice.between(1, 3);
  hardware.chip.coresPerTile = dice.between(1, 4);
  hardware.chip.arraysPerCore = 8;
  hardware.timing.inputSlots = dice.between(1, 3);
  hardware.timing.inputRegisters = dice.between(1, 3);
  hardware.timing.busBits = dice.oneOf<int>({64, 256, 384});
  hardware.timing.bufferAccessBits = dice.oneOf<int>({64, 256});
  hardware.timing.routerBufferFlits = dice.oneOf<int>({4, 64});
  hardware.array.readTime = Seconds(dice.oneOf<double>({5e-9, 100e-9}));
  hardware.encoding.inputBits = dice.between(2, 16);
  hardware.encoding.weightBits = dice.between(2, 8);
  hardware.encoding.scheme = dice.chance(0.5) ? "offset" : "differential";
  hardware.encoding.biasRow = dice.chance(0.4);
  if (dice.chance(0.2)) {
    hardware.encoding.scheme = "average";
    hardware.encoding.cellBits = hardware.encoding.weightBits - 1;
  }
  return hardware;
}

}  // namespace crosstile::testing
