// SPDX-License-Identifier: Apache-2.0
// Traffic of a stage: window runs against brute force, and a network small enough to count by hand.
#include "workloads/mapping/traffic.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/unit/mapping/random_network.h"
#include "workloads/encoding/quantise.h"
#include "workloads/mapping/mapper.h"

namespace crosstile::test {
namespace {

using Run = std::pair<std::int32_t, std::int32_t>;

TEST(WindowRuns, coverWhatAPositionNeedsAndNothingElse) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Dice dice(seed);
    NetworkBuilder b({dice.between(1, 4), dice.between(3, 9), dice.between(3, 9)});
    const bool turned = dice.chance(0.3);
    if (turned) b.transpose({0, 2, 1});
    const Layer layer = b.conv(1, randomWindow(b.shape(), 4, dice), 1, dice);
    std::vector<std::int32_t> physical = hwcOf(layer.inputShape);
    if (turned) std::rotate(physical.begin(), physical.begin() + 5, physical.end());
    const WindowMap map = makeWindowMap(layer, physical);
    std::vector<std::int32_t> element(static_cast<std::size_t>(map.rows()));
    for (int p = 0; p < map.positions(); ++p) {
      map.gather(p, 0, map.rows(), element.data());
      std::set<std::int32_t> needed(element.begin(), element.end());
      needed.erase(-1);
      std::set<std::int32_t> covered;
      std::int32_t previous = -2;
      for (const auto& [first, last] : windowRuns(map, p)) {
        ASSERT_LE(first, last);
        ASSERT_GT(first, previous + 1) << "runs that touch are one";
        previous = last;
        for (std::int32_t e = first; e <= last; ++e) covered.insert(e);
      }
      ASSERT_EQ(covered, needed) << "seed " << seed << ", position " << p;
    }
  }
}

/// Input 1x4x4 -> conv 3x3, 2 outputs (2x2 positions) -> ReLU -> dense, 3 outputs; 8 bits; one array on each
/// of two neighbouring tiles, the host at the first one's router.
TEST(Traffic, ofASmallNetworkIsWhatAHandCounts) {
  Dice dice(1);
  NetworkBuilder b({1, 4, 4});
  Window w;
  w.kernelH = w.kernelW = 3;
  b.conv(2, w, 1, dice);
  b.add(LayerKind::relu, b.shape());
  b.dense(3, dice);
  const Network network = b.build();
  MappingRequest request;
  request.encoding.inputBits = request.encoding.weightBits = 8;
  request.chip.meshColumns = 2;
  request.chip.meshRows = 1;
  request.chip.concentration = 1;
  request.mapping.placement = "snake";
  const auto images = randomImages(network, 1, false, dice);
  const IntegerNetwork integer = quantise(network, request.encoding, images.data(), 1);
  request.network = &integer;
  const ChipProgram program = mapNetwork(request);
  TrafficConfig config;
  config.chip = request.chip;
  config.bufferAccessBits = 64;  // 8 B
  config.flitBits = 32;
  config.hostPacketBytes = 8;
  const auto traffic = trafficPerImage(program, config);
  ASSERT_EQ(traffic.size(), 2U);

  const StageTraffic& conv = traffic[0];
  EXPECT_EQ(conv.mvms, 4);
  EXPECT_EQ(conv.bufferWrites, 2);     // 16 B in lines of 8 B
  EXPECT_EQ(conv.bufferReads, 4 * 3);  // three rows of three codes, none across a line
  EXPECT_EQ(conv.inputBytes, 4 * 9);
  EXPECT_EQ(conv.outputBytes, 4 * 2 * 8);  // sums of 8 B
  EXPECT_EQ(conv.busBits, 4 * 8 * (9 + 2 * 8));
  EXPECT_EQ(conv.digitalOperations,
            4 * 2 + (4 + 4) * 2);      // sums added; requantise and ReLU of every position
  EXPECT_EQ(conv.packets, 2 + 1 + 4);  // from the host, a credit to it, one a position
  EXPECT_EQ(conv.packetBytes, 16 + 0 + 4 * 2);
  EXPECT_EQ(conv.flitRouters, 2 * 3 + 1 + 4 * 2 * 2);  // (head + 2) at one router; head; (head + 1) at two
  EXPECT_EQ(conv.flitLinks, 4 * 2);
  EXPECT_EQ(conv.hostBits, 16 * 8);

  const StageTraffic& dense = traffic[1];
  EXPECT_EQ(dense.mvms, 1);
  EXPECT_EQ(dense.bufferWrites, 4);  // 2 B of each position, each within a line
  EXPECT_EQ(dense.bufferReads, 1);
  EXPECT_EQ(dense.inputBytes, 8);
  EXPECT_EQ(dense.outputBytes, 3 * 8);
  EXPECT_EQ(dense.busBits, 8 * (8 + 3 * 8));
  EXPECT_EQ(dense.digitalOperations, 3 + 3);
  EXPECT_EQ(dense.packets, 1 + 1);  // the result, a credit
  EXPECT_EQ(dense.packetBytes, 3 * 8);
  EXPECT_EQ(dense.flitRouters, (1 + 6) * 2 + 2);
  EXPECT_EQ(dense.flitLinks, 7 + 1);
  EXPECT_EQ(dense.hostBits, 3 * 8 * 8);
}

/// The same on a wider scale: counts that follow from the definition for any mapping.
TEST(Traffic, everyCodeArrivesOncePerTileAndEveryVectorOncePerCore) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Dice dice(seed);
    const Network network = randomNetwork(dice);
    MappingRequest request;
    request.encoding = randomEncoding(dice);
    request.array.rows = dice.oneOf<int>({16, 32, 64});
    request.array.columns = 64;
    request.chip.meshRows = 40;
    const auto images = randomImages(network, 1, true, dice);
    const IntegerNetwork integer = quantise(network, request.encoding, images.data(), 1);
    request.network = &integer;
    const ChipProgram program = mapNetwork(request);
    TrafficConfig config;
    config.chip = request.chip;
    const auto traffic = trafficPerImage(program, config);
    for (std::size_t s = 0; s < traffic.size(); ++s) {
      const Stage& stage = program.stages[s];
      std::set<std::pair<int, int>> cores;
      std::set<std::tuple<int, int, int>> inputs;
      std::int64_t rows = 0;
      for (const ArrayBlock& block : stage.blocks) {
        cores.emplace(block.tile, block.core);
        if (inputs.emplace(block.tile, block.core, block.rowBlock).second) rows += block.rowCount;
      }
      EXPECT_EQ(traffic[s].mvms, static_cast<std::int64_t>(cores.size()) * stage.input.positions());
      EXPECT_EQ(traffic[s].inputBytes, rows * stage.inputBytes() * stage.input.positions());
      EXPECT_GE(traffic[s].packets, stage.outPositions);
      EXPECT_LE(traffic[s].flitLinks, traffic[s].flitRouters);
    }
  }
}

}  // namespace
}  // namespace crosstile::test
