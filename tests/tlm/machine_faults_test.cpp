// SPDX-License-Identifier: Apache-2.0
// What travels is what is computed with: a bit that flips on the way, in a buffer or in a weight changes the
// answer exactly as a computation with that bit flipped says.
#include <gmock/gmock.h>

#include "platform/memory/transaction.h"
#include "platform/tile/address_map.h"
#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {
namespace {

class Faults : public SimulationTest {
 protected:
  /// Functional answer of image 0 with one of its codes changed.
  static Codes withInput(const Model& model, std::size_t code, std::int64_t value) {
    Codes input = model.images[0];
    input.at(code) = value;
    ValueEngine::Scratch scratch;
    std::vector<ReadFacts> facts;
    Codes output;
    model.engine->run(input.data(), 0, scratch, facts, output);
    return output;
  }
  /// Plain sums of the last, dense layer.
  static Codes lastLayer(const Model& model, const Codes& inputs) {
    const IntegerLayer& layer = model.integer.layers.back();
    Codes sums(layer.bias.begin(), layer.bias.end());
    for (std::size_t o = 0; o < sums.size(); ++o) {
      for (std::size_t i = 0; i < inputs.size(); ++i)
        sums[o] += layer.weights[o * inputs.size() + i] * inputs[i];
    }
    return sums;
  }
};

TEST_F(Faults, ABitOfAnInputPacketInFlight) {
  const Model model(convolutionalNetwork(), smallHardware({"chip.mesh_rows=2"}), 2);
  // Byte 10 of the image's second packet is element 74, with one channel also pixel 74.
  const Codes expected = withInput(model, 74, model.images[0][74] ^ 0x40);
  ASSERT_NE(expected, model.expected(0));
  Machine machine(model);
  int packets = 0;
  machine.chip.mesh.setTap([&](Packet& packet) {
    if (packet.kind == PacketKind::activation && packet.layer < 0 && ++packets == 2)
      packet.data.at(10) ^= 0x40;
  });
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  EXPECT_EQ(machine.driver.results().at(0), expected);
  EXPECT_EQ(machine.driver.results().at(1), model.expected(1)) << "the other image is untouched";
}

TEST_F(Faults, ABitOfAnActivationPacketBetweenTiles) {
  const Model model(denseNetwork({40, 12, 4}), smallHardware(), 2);
  Codes hidden = model.engine->runAllStages(model.images[0].data(), 0).at(0);
  ASSERT_EQ(lastLayer(model, hidden), model.expected(0)) << "the reference of this test";
  hidden.at(3) ^= 0x20;
  Machine machine(model);
  bool done = false;
  machine.chip.mesh.setTap([&](Packet& packet) {
    if (packet.kind != PacketKind::activation || packet.layer < 0 || done) return;
    packet.data.at(3) ^= 0x20;
    done = true;
  });
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  EXPECT_EQ(machine.driver.results().at(0), lastLayer(model, hidden));
  EXPECT_NE(machine.driver.results().at(0), model.expected(0));
  EXPECT_EQ(machine.driver.results().at(1), model.expected(1));
}

TEST_F(Faults, ABitInATilesBuffer) {
  const Model model(denseNetwork({40, 12, 4}), smallHardware(), 1);
  Codes hidden = model.engine->runAllStages(model.images[0].data(), 0).at(0);
  hidden.at(7) ^= 0x80;
  Machine machine(model);
  Tile& tile = machine.tile(1);
  // The second tile's inputs are written, but not yet read: the edge at which the write ends.
  while (machine.programmedAt == 0) machine.runTo(machine.cycleNow() + 1);
  while (tile.buffer.writeAccesses() == 0) machine.runTo(machine.cycleNow() + 1);
  ASSERT_EQ(tile.buffer.readAccesses(), 0U);
  std::uint8_t byte = 0;
  tlm::tlm_generic_payload payload;
  payload.set_address(7);
  payload.set_data_ptr(&byte);
  payload.set_data_length(1);
  payload.set_command(tlm::TLM_READ_COMMAND);
  ASSERT_EQ(tile.toBuffer->transport_dbg(payload), 1U);
  ASSERT_EQ(byte, model.engine->runAllStages(model.images[0].data(), 0).at(0).at(7))
      << "the code as it arrived";
  byte ^= 0x80;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  ASSERT_EQ(tile.toBuffer->transport_dbg(payload), 1U);
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  EXPECT_EQ(machine.driver.results().at(0), lastLayer(model, hidden));
  EXPECT_NE(machine.driver.results().at(0), model.expected(0));
}

TEST_F(Faults, ABitOfAWeightPacket) {
  const Model model(denseNetwork({40, 12, 4}), smallHardware({"readout=ohmic"}), 2);
  const ArrayBlock& block = model.program.stages.at(1).blocks.at(0);
  // The most significant slice of output 0's weight of a row that both images drive.
  const Codes a = model.engine->runAllStages(model.images[0].data(), 0).at(0);
  const Codes b = model.engine->runAllStages(model.images[1].data(), 1).at(0);
  int row = 0;
  while (a.at(static_cast<std::size_t>(row)) == 0 || b.at(static_cast<std::size_t>(row)) == 0) ++row;
  ASSERT_EQ(block.columns.at(3).shift, 6);
  const auto cell = static_cast<std::size_t>(row * block.physicalColumns + block.columns.at(3).column);
  const auto change = [&](ChipProgram& program) {
    std::vector<std::uint8_t> levels = *program.stages[1].blocks[0].levels;
    levels[cell] ^= 2;
    program.stages[1].blocks[0].levels = std::make_shared<const std::vector<std::uint8_t>>(levels);
  };
  Machine machine(model);
  const auto perCore = static_cast<std::uint64_t>(model.hardware.chip.arraysPerCore);
  const std::uint64_t base = address::kLevels + (static_cast<std::uint64_t>(block.core) * perCore +
                                                 static_cast<std::uint64_t>(block.slot)) *
                                                    address::kArrayStride;
  int flips = 0;
  machine.chip.mesh.setTap([&](Packet& packet) {
    if (packet.kind != PacketKind::programme || packet.destination != block.tile) return;
    if (packet.address < base || packet.address > base + cell ||
        packet.address + packet.data.size() <= base + cell)
      return;
    packet.data.at(base + cell - packet.address) ^= 2;
    ++flips;
  });
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  EXPECT_EQ(flips, 1);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(machine.driver.results().at(i), model.expectedWith(change, i));
    EXPECT_NE(machine.driver.results().at(i), model.expected(i));
  }
}

TEST_F(Faults, ABitOfAResultPacket) {
  const Model model(denseNetwork({20, 4}), smallHardware(), 1);
  Machine machine(model);
  machine.chip.mesh.setTap([&](Packet& packet) {
    if (packet.kind == PacketKind::result) packet.data.at(8) ^= 1;
  });
  machine.run();
  Codes expected = model.expected(0);
  expected.at(1) ^= 1;
  EXPECT_EQ(machine.driver.results().at(0), expected);
}

}  // namespace
}  // namespace crosstile::testing
