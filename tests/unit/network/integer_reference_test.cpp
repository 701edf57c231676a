// SPDX-License-Identifier: Apache-2.0
// The integer reference by hand-computed values, and against the float reference where both are exact.
#include <gmock/gmock.h>

#include "models/base/error.h"
#include "onnx_support.h"
#include "workloads/network/float_reference.h"
#include "workloads/network/integer_network.h"

namespace crosstile::test {
namespace {

using testing::ElementsAre;
using Codes = std::vector<std::int64_t>;

Layer layerOf(LayerKind kind, const Shape& in, const Shape& out) {
  Layer layer;
  layer.name = "layer";
  layer.kind = kind;
  layer.inputs = {-1};
  layer.inputShape = in;
  layer.outputShape = out;
  return layer;
}

Codes runOne(const Layer& layer, const IntegerLayer& integers, const Codes& input) {
  Network network;
  network.inputShape = layer.inputShape;
  network.layers = {layer};
  IntegerNetwork integer;
  integer.network = &network;
  integer.layers = {integers};
  return runIntegerAllLayers(integer, input.data()).at(0);
}

TEST(IntegerReference, requantisesHalvesUpwardsAndClamps) {
  Layer layer = layerOf(LayerKind::dense, {1}, {1});
  layer.weights.shape = {1, 1};
  IntegerLayer integers;
  integers.weights = {1};
  integers.bias = {0};
  integers.hasRequantise = true;
  integers.requantise = {3, 2, -4, 7};  // 3/4
  const auto scaled = [&](std::int64_t x) { return runOne(layer, integers, {x}).at(0); };
  EXPECT_EQ(scaled(1), 1);    // 0.75
  EXPECT_EQ(scaled(2), 2);    // 1.5 rounds up
  EXPECT_EQ(scaled(-2), -1);  // -1.5 rounds up
  EXPECT_EQ(scaled(-1), -1);  // -0.75
  EXPECT_EQ(scaled(100), 7);
  EXPECT_EQ(scaled(-100), -4);
}

TEST(IntegerReference, requantisesProductsBeyond64Bits) {
  Layer layer = layerOf(LayerKind::dense, {1}, {1});
  layer.weights.shape = {1, 1};
  IntegerLayer integers;
  integers.weights = {1 << 30};
  integers.bias = {5};
  integers.hasRequantise = true;
  integers.requantise = {std::int64_t{1} << 40, 60, 0, std::int64_t{1} << 40};
  EXPECT_EQ(runOne(layer, integers, {std::int64_t{1} << 20}).at(0), std::int64_t{1} << 30);
}

TEST(IntegerReference, lastLayerKeepsItsAccumulators) {
  Layer layer = layerOf(LayerKind::dense, {2}, {2});
  layer.weights.shape = {2, 2};
  IntegerLayer integers;
  integers.weights = {1, -2, 3, 4};
  integers.bias = {100, -1};
  EXPECT_THAT(runOne(layer, integers, {10, 20}), ElementsAre(70, 109));
}

TEST(IntegerReference, averageRoundsHalvesUpwards) {
  Layer layer = layerOf(LayerKind::averagePool, {1, 2, 2}, {1, 1, 1});
  layer.window.kernelH = layer.window.kernelW = 2;
  EXPECT_THAT(runOne(layer, {}, {1, 2, 1, 2}), ElementsAre(2));       // 1.5
  EXPECT_THAT(runOne(layer, {}, {-1, -2, -1, -2}), ElementsAre(-1));  // -1.5
  EXPECT_THAT(runOne(layer, {}, {-2, -2, -1, -2}), ElementsAre(-2));  // -1.75
}

TEST(IntegerReference, averageDividesByWhatCounts) {
  Layer layer = layerOf(LayerKind::averagePool, {1, 1, 1}, {1, 1, 1});
  layer.window.kernelH = layer.window.kernelW = 2;
  layer.window.padTop = layer.window.padLeft = 1;
  EXPECT_THAT(runOne(layer, {}, {8}), ElementsAre(8));
  layer.countIncludePad = true;
  EXPECT_THAT(runOne(layer, {}, {8}), ElementsAre(2));
}

TEST(IntegerReference, paddingNeverWinsAMaximum) {
  Layer layer = layerOf(LayerKind::maxPool, {1, 2, 2}, {1, 2, 2});
  layer.window = {2, 2, 2, 2, 1, 1, 1, 1};
  EXPECT_THAT(runOne(layer, {}, {-4, -3, -2, -1}), ElementsAre(-4, -3, -2, -1));
}

TEST(IntegerReference, looksUpTables) {
  const Layer layer = layerOf(LayerKind::tanh, {3}, {3});
  IntegerLayer integers;
  integers.table = {-7, 0, 9};
  integers.tableLow = -1;
  EXPECT_THAT(runOne(layer, integers, {1, -1, 0}), ElementsAre(9, -7, 0));
  EXPECT_THROW(runOne(layer, integers, {2, 0, 0}), RunFailure);
}

TEST(IntegerReference, clipsAndRectifies) {
  IntegerLayer integers;
  integers.low = -2;
  integers.high = 3;
  EXPECT_THAT(runOne(layerOf(LayerKind::clip, {3}, {3}), integers, {-5, 1, 5}), ElementsAre(-2, 1, 3));
  EXPECT_THAT(runOne(layerOf(LayerKind::relu, {3}, {3}), integers, {-5, 0, 5}), ElementsAre(0, 0, 5));
}

/// An add of the network's input with itself, as often as there are multipliers.
Codes addOf(const std::vector<std::int64_t>& multipliers, int shift, const Codes& input) {
  Layer layer = layerOf(LayerKind::add, {static_cast<int>(input.size())}, {static_cast<int>(input.size())});
  layer.inputs.assign(multipliers.size(), -1);
  IntegerLayer integers;
  integers.addMultipliers = multipliers;
  integers.addShift = shift;
  integers.low = -(std::int64_t{1} << 62);
  integers.high = 1000;
  return runOne(layer, integers, input);
}

TEST(IntegerReference, addRoundsTheSumOnceHalvesUpwards) {
  EXPECT_THAT(addOf({1, 1}, 2, {1, 2, 3, -1, -3}), ElementsAre(1, 1, 2, 0, -1));  // 0.5, 1, 1.5, -0.5, -1.5
  EXPECT_THAT(addOf({3, -1, 1}, 1, {1, -1, 667, 700}), ElementsAre(2, -1, 1000, 1000));
}

TEST(IntegerReference, addIsExactBeyond64Bits) {
  const std::int64_t big = std::int64_t{1} << 62;
  EXPECT_THAT(addOf({big, big, -big}, 62, {900, -5}), ElementsAre(900, -5));
  EXPECT_THAT(addOf({big, big}, 100, {-(std::int64_t{1} << 60)}), ElementsAre(-(std::int64_t{1} << 23)));
}

TEST(IntegerReference, addWantsAMultiplierAnInput) {
  Layer layer = layerOf(LayerKind::add, {1}, {1});
  layer.inputs = {-1, -1};
  IntegerLayer integers;
  integers.addMultipliers = {1};
  EXPECT_THROW(runOne(layer, integers, {1}), RunFailure);
}

TEST(IntegerReference, concatPutsChannelsOneAfterTheOther) {
  Network network;
  network.inputShape = {2, 1, 2};
  network.layers = {layerOf(LayerKind::maxPool, {2, 1, 2}, {2, 1, 2}),
                    layerOf(LayerKind::concat, {2, 1, 2}, {6, 1, 2})};
  network.layers[0].window = {1, 2, 1, 1, 0, 0, 0, 1};
  network.layers[1].inputs = {-1, 0, -1};
  IntegerNetwork integer;
  integer.network = &network;
  integer.layers.resize(2);
  const Codes input = {1, 2, 4, 3};
  EXPECT_THAT(runIntegerAllLayers(integer, input.data()).at(1),
              ElementsAre(1, 2, 4, 3, 2, 2, 4, 3, 1, 2, 4, 3));
}

/// The same small integers through both references: sums below 2^24 are exact in single precision.
TEST(IntegerReference, equalsFloatReferenceOnIntegers) {
  ModelBuilder model({0, 4, 9, 7});
  model.random("w1", {6, 2, 3, 2}).random("b1", {6}).random("w2", {5, 36}).random("b2", {5});
  for (onnx::TensorProto& tensor : *model.proto().mutable_graph()->mutable_initializer()) {
    for (float& v : *tensor.mutable_float_data()) v = std::round(v * 10);
  }
  model.node("Conv", {"x", "w1", "b1"}, "c",
             {{"group", attribute(std::int64_t{2})},
              {"strides", attribute({2, 1})},
              {"pads", attribute({1, 0, 2, 1})}});
  model.node("Relu", {"c"}, "r");
  model.node("MaxPool", {"r"}, "p",
             {{"kernel_shape", attribute({3, 2})},
              {"strides", attribute({2, 3})},
              {"pads", attribute({1, 0, 1, 0})}});
  model.node("Transpose", {"p"}, "t", {{"perm", attribute({0, 2, 3, 1})}}).node("Flatten", {"t"}, "f");
  model.node("Gemm", {"f", "w2", "b2"}, "y", {{"transB", attribute(std::int64_t{1})}});
  const Network network = model.import();

  IntegerNetwork integer;
  integer.network = &network;
  for (const Layer& layer : network.layers) {
    IntegerLayer codes;
    codes.weights.assign(layer.weights.values.begin(), layer.weights.values.end());
    codes.bias.assign(layer.bias.begin(), layer.bias.end());
    integer.layers.push_back(codes);
  }
  std::vector<float> x = randomValues(4 * 9 * 7, 9);
  for (float& v : x) v = std::round(v * 100);
  const Codes input(x.begin(), x.end());
  const auto expected = runFloatAllLayers(network, x.data());
  const auto computed = runIntegerAllLayers(integer, input.data());
  ASSERT_EQ(computed.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(std::vector<float>(computed[i].begin(), computed[i].end()), expected[i])
        << network.layers[i].name;
  }
}

}  // namespace
}  // namespace crosstile::test
