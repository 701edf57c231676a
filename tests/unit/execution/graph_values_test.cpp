// SPDX-License-Identifier: Apache-2.0
// Networks with branches: what stages, streams, copies of weights and row splits make of them is the integer
// reference's, bit for bit.
#include <gtest/gtest.h>

#include "tests/unit/execution/value_chip.h"
#include "tests/unit/network/random_graph.h"

namespace crosstile::test {
namespace {

class RandomGraphs : public testing::TestWithParam<int> {};

TEST_P(RandomGraphs, IdealEqualsInteger) {
  for (int k = 0; k < 25; ++k) {
    const std::uint64_t seed = static_cast<std::uint64_t>(GetParam()) * 1000 + static_cast<std::uint64_t>(k);
    Dice dice(seed);
    AnalogConfig config;
    config.encoding = randomEncoding(dice);
    config.encoding.biasRow = false;
    config.array.rows = dice.oneOf<int>({16, 32, 128});
    config.array.columns = std::max(static_cast<int>(slicesOf(config.encoding).size()), 64);
    config.adc.bits = enoughAdcBits(config);
    const RandomGraph graph = randomIntegerGraph(seed, config.encoding);
    MappingRequest request;
    request.network = &graph.integer;
    request.encoding = config.encoding;
    request.array = config.array;
    request.chip.meshRows = 40;
    request.chip.coresPerTile = dice.between(1, 12);
    request.mapping.replication = dice.chance(0.5) ? "balanced" : "none";
    request.mapping.placement = dice.chance(0.5) ? "annealed" : "snake";
    const ChipProgram program = mapNetwork(request);
    ArrayStore store(config);
    const ValueEngine engine(program, store, {}, std::vector<Codes>{});
    ValueEngine::Scratch scratch;
    std::vector<ReadFacts> facts;
    Codes output;
    for (int image = 0; image < graph.imageCount; ++image) {
      const Codes input = graph.codes(image);
      engine.run(input.data(), 0, scratch, facts, output);
      ASSERT_EQ(output, runIntegerAllLayers(graph.integer, input.data()).back()) << "seed " << seed;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraphs, testing::Range(0, 8));

}  // namespace
}  // namespace crosstile::test
