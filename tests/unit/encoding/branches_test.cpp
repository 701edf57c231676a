// SPDX-License-Identifier: Apache-2.0
// Quantisation of networks with branches: adds and concats by hand, and random graphs against their floats.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/unit/network/random_graph.h"
#include "workloads/network/float_reference.h"

namespace crosstile::test {
namespace {

using testing::ElementsAre;

EncodingConfig bits(int input, int weight) {
  EncodingConfig e;
  e.inputBits = input;
  e.weightBits = weight;
  return e;
}

/// A dense layer with weights by hand and no bias.
int dense(GraphBuilder& b, int from, const std::vector<float>& weights) {
  Dice dice(1);
  const int i = b.dense(from, static_cast<int>(weights.size()) / b.shape(from)[0], dice);
  b.layer(i).weights.values = weights;
  std::fill(b.layer(i).bias.begin(), b.layer(i).bias.end(), 0.0F);
  return i;
}

struct Ran {
  IntegerNetwork integer;
  std::vector<std::vector<std::int64_t>> codes;
};

Ran run(const Network& network, const std::vector<float>& x, const EncodingConfig& encoding) {
  Ran ran{quantise(network, encoding, x.data(), 1), {}};
  std::vector<std::int64_t> input(x.size());
  quantiseInput(ran.integer.input, x.data(), input.data(), x.size());
  ran.codes = runIntegerAllLayers(ran.integer, input.data());
  return ran;
}

TEST(QuantiseAdd, rescalesEachInputToItsOwnFormat) {
  GraphBuilder b({1});
  const int four = dense(b, -1, {4.0F}), one = dense(b, -1, {1.0F});
  const int sum = b.add({four, one});
  dense(b, sum, {1.0F});
  const Network network = b.build();
  const Ran ran = run(network, {1.0F}, bits(8, 8));
  const IntegerLayer& add = ran.integer.layers[2];
  EXPECT_NEAR(add.output.scale, 5.0 / 255.0, 1e-9);
  EXPECT_EQ(add.low, 0);
  EXPECT_EQ(add.high, 255);
  // 4/5 is in [1/2, 1): a 31-bit multiplier at shift 31; 1/5 shares the shift.
  EXPECT_EQ(add.addShift, 31);
  EXPECT_NEAR(static_cast<double>(add.addMultipliers.at(0)), 0.8 * 2147483648.0, 200);
  EXPECT_NEAR(static_cast<double>(add.addMultipliers.at(1)), 0.2 * 2147483648.0, 200);
  EXPECT_THAT(ran.codes[0], ElementsAre(255));
  EXPECT_THAT(ran.codes[1], ElementsAre(255));
  EXPECT_THAT(ran.codes[2], ElementsAre(255));
}

TEST(QuantiseAdd, readsItsRangeBehindTheReluThatAloneFollows) {
  for (const bool alone : {true, false}) {
    GraphBuilder b({2});
    const int left = dense(b, -1, {1.0F, 0.0F, 0.0F, -4.0F}), right = dense(b, -1, {1.0F, 0.0F, 0.0F, -4.0F});
    const int sum = b.add({left, right});  // (2, -8)
    const int relu = b.relu(sum);
    if (alone) {
      dense(b, relu, {1.0F, 1.0F});
    } else {
      b.add({dense(b, sum, {1.0F, 1.0F}), dense(b, relu, {1.0F, 1.0F})});
    }
    const Network network = b.build();
    const Ran ran = run(network, {1.0F, 1.0F}, bits(8, 8));
    const IntegerLayer& add = ran.integer.layers[2];
    EXPECT_EQ(add.output.isSigned, !alone);
    EXPECT_NEAR(add.output.scale, alone ? 2.0 / 255.0 : 8.0 / 127.0, 1e-9);
    EXPECT_EQ(add.low, alone ? 0 : -128);
    EXPECT_THAT(ran.codes[2], alone ? ElementsAre(255, 0) : ElementsAre(32, -127));  // 2 / (8/127) = 31.75
    EXPECT_THAT(ran.codes[3], alone ? ElementsAre(255, 0) : ElementsAre(32, 0));
  }
}

TEST(QuantiseAdd, isTheDefinitionInExactArithmetic) {
  Dice dice(3);
  GraphBuilder b({4});
  const int left = b.dense(-1, 5, dice), right = b.dense(-1, 5, dice);
  b.add({left, right, left});
  const Network network = b.build();
  const Ran ran = run(network, {1.0F, -2.0F, 0.5F, 0.25F}, bits(7, 8));
  const IntegerLayer& add = ran.integer.layers[2];
  EXPECT_FALSE(add.hasRequantise);
  ASSERT_EQ(add.addMultipliers.size(), 3U);
  EXPECT_EQ(add.addMultipliers[0], add.addMultipliers[2]);
  for (std::size_t i = 0; i < 5; ++i) {
    const double exact =
        static_cast<double>(ran.codes[0][i]) * static_cast<double>(add.addMultipliers[0]) * 2.0 +
        static_cast<double>(ran.codes[1][i]) * static_cast<double>(add.addMultipliers[1]);
    const double rounded =
        std::floor((exact + std::ldexp(1.0, add.addShift - 1)) / std::ldexp(1.0, add.addShift));
    EXPECT_EQ(ran.codes[2][i],
              std::clamp<std::int64_t>(static_cast<std::int64_t>(rounded), add.low, add.high));
  }
}

TEST(QuantiseConcat, givesItsInputsTheLargestRangeAndAnySign) {
  GraphBuilder b({1});
  const int small = dense(b, -1, {1.0F}), large = dense(b, -1, {-4.0F});
  const int joined = b.concat({small, large});
  dense(b, joined, {1.0F, 1.0F});
  const Network network = b.build();
  const Ran ran = run(network, {1.0F}, bits(8, 8));
  for (const int i : {small, large, joined}) {
    const CodeFormat& f = ran.integer.layers[static_cast<std::size_t>(i)].output;
    EXPECT_NEAR(f.scale, 4.0 / 127.0, 1e-9) << i;
    EXPECT_TRUE(f.isSigned) << i;
  }
  EXPECT_THAT(ran.codes[2], ElementsAre(32, -127));  // 127/4 = 31.75
}

TEST(QuantiseConcat, reachesThroughConcatsPoolsAndReluToWhatMakesTheCodes) {
  Dice dice(2);
  GraphBuilder b({1, 4, 4});
  const int first = b.conv(-1, 2, sameWindow(3), 1, dice);
  const int second = b.conv(-1, 2, sameWindow(3), 1, dice);
  const int table = b.append(LayerKind::tanh, {first}, b.shape(first));
  const int inner = b.concat({b.relu(second), table});
  const int third = b.conv(inner, 1, sameWindow(3), 1, dice);
  for (float& w : b.layer(third).weights.values) w *= 10.0F;
  const int pooled = b.pool(LayerKind::maxPool, third, sameWindow(3));
  b.dense(b.concat({inner, pooled, -1}), 2, dice);
  const Network network = b.build();
  Dice images(4);
  const std::vector<float> x = randomImages(network, 1, false, images);
  const Ran ran = run(network, x, bits(8, 8));
  const CodeFormat& common = ran.integer.layers[static_cast<std::size_t>(third)].output;
  EXPECT_TRUE(common.isSigned);
  for (const int i : {second, table, inner, pooled}) {
    EXPECT_EQ(ran.integer.layers[static_cast<std::size_t>(i)].output.scale, common.scale) << i;
    EXPECT_TRUE(ran.integer.layers[static_cast<std::size_t>(i)].output.isSigned) << i;
  }
  EXPECT_EQ(ran.integer.input.scale, common.scale);
  EXPECT_NE(ran.integer.layers[static_cast<std::size_t>(first)].output.scale,
            common.scale);  // behind the table
}

TEST(QuantiseConcat, ofExactSumsMakesCodes) {
  GraphBuilder b({2});
  const int left = dense(b, -1, {1.0F, 0.0F, 0.0F, -4.0F}), right = dense(b, -1, {3.0F, 0.0F});
  b.concat({left, right});
  const Network network = b.build();
  const Ran ran = run(network, {1.0F, 1.0F}, bits(8, 8));
  EXPECT_TRUE(ran.integer.layers[0].hasRequantise);
  EXPECT_TRUE(ran.integer.layers[1].hasRequantise);
  EXPECT_EQ(ran.integer.layers[2].output.bits, 8);
  EXPECT_THAT(ran.codes[2], ElementsAre(32, -127, 95));
}

TEST(QuantiseBranches, aLastWeightedLayerKeepsItsSumsThroughPools) {
  Dice dice(2);
  GraphBuilder b({1, 4, 4});
  const int stem = b.conv(-1, 3, sameWindow(3), 1, dice);
  const int last = b.conv(b.add({stem, stem}), 2, sameWindow(1), 1, dice);
  b.globalAverage(last);
  const Network network = b.build();
  Dice images(4);
  const Ran ran = run(network, randomImages(network, 1, true, images), bits(8, 8));
  EXPECT_TRUE(ran.integer.layers[0].hasRequantise);
  EXPECT_FALSE(ran.integer.layers[2].hasRequantise);
  EXPECT_EQ(ran.integer.layers[3].output.bits, 64);
}

/// Layers whose codes may be cut where their float isn't: a single ReLU or Clip follows.
std::set<std::size_t> cutByNext(const Network& network) {
  std::vector<std::vector<std::size_t>> readers(network.layers.size());
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    for (const int in : network.layers[i].inputs) {
      if (in >= 0) readers[static_cast<std::size_t>(in)].push_back(i);
    }
  }
  std::set<std::size_t> cut;
  for (std::size_t i = 0; i < readers.size(); ++i) {
    if (readers[i].size() != 1) continue;
    const LayerKind next = network.layers[readers[i][0]].kind;
    if (next == LayerKind::relu || next == LayerKind::clip) cut.insert(i);
  }
  return cut;
}

TEST(QuantiseBranches, everyCodeOfARandomGraphIsNearItsFloat) {
  std::set<LayerKind> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const RandomGraph graph = randomIntegerGraph(seed, bits(16, 16));
    const Network& network = *graph.network;
    const std::set<std::size_t> cut = cutByNext(network);
    for (int image = 0; image < graph.imageCount; ++image) {
      const auto integer = runIntegerAllLayers(graph.integer, graph.codes(image).data());
      const auto real =
          runFloatAllLayers(network, graph.images.data() + image * elementCount(network.inputShape));
      for (std::size_t i = 0; i < real.size(); ++i) {
        seen.insert(network.layers[i].kind);
        if (network.layers[i].kind == LayerKind::softmax || cut.count(i) != 0) continue;
        float largest = 0.5F;
        for (const float y : real[i]) largest = std::max(largest, std::abs(y));
        for (std::size_t k = 0; k < real[i].size(); ++k) {
          ASSERT_NEAR(static_cast<double>(integer[i][k]) * graph.integer.layers[i].output.scale, real[i][k],
                      2e-3 * largest)
              << "seed " << seed << ", " << network.layers[i].name << ", value " << k;
        }
      }
    }
  }
  for (const LayerKind kind : {LayerKind::add, LayerKind::concat, LayerKind::maxPool, LayerKind::averagePool,
                               LayerKind::globalAveragePool, LayerKind::softmax, LayerKind::sigmoid}) {
    EXPECT_EQ(seen.count(kind), 1U) << toString(kind);
  }
}

TEST(QuantiseBranches, everyInputOfAConcatHasItsFormatInRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Dice dice(seed);
    const RandomGraph graph = randomIntegerGraph(seed, randomEncoding(dice));
    for (std::size_t i = 0; i < graph.network->layers.size(); ++i) {
      if (graph.network->layers[i].kind != LayerKind::concat) continue;
      for (const int in : graph.network->layers[i].inputs) {
        const CodeFormat& from =
            in < 0 ? graph.integer.input : graph.integer.layers[static_cast<std::size_t>(in)].output;
        EXPECT_EQ(from.scale, graph.integer.layers[i].output.scale) << "seed " << seed;
        EXPECT_EQ(from.isSigned, graph.integer.layers[i].output.isSigned) << "seed " << seed;
        EXPECT_EQ(from.bits, graph.integer.layers[i].output.bits) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace crosstile::test
