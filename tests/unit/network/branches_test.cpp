// SPDX-License-Identifier: Apache-2.0
// Graphs with branches, and those of exporters that put channels last: what they become, what they compute.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "onnx_support.h"
#include "workloads/network/float_reference.h"

namespace crosstile::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = LayerKind;

const auto kToNchw = ModelBuilder::Attributes{{"perm", attribute({0, 3, 1, 2})}};
const auto kToNhwc = ModelBuilder::Attributes{{"perm", attribute({0, 2, 3, 1})}};

ModelBuilder::Attributes axisOf(std::int64_t axis) {
  return {{"axis", attribute(axis)}};
}

/// Values of an image {channels, height, width} in the order height, width, channels.
std::vector<float> channelsLast(const std::vector<float>& chw, int channels) {
  const std::size_t pixels = chw.size() / channels;
  std::vector<float> hwc(chw.size());
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    for (std::size_t p = 0; p < pixels; ++p) hwc[p * channels + c] = chw[c * pixels + p];
  }
  return hwc;
}

TEST(ImportAdd, residualConnectionReadsAnActivationTwice) {
  ModelBuilder model({0, 1, 1, 2});
  model.floats("w", {1, 1, 1, 1}, {2}).node("Relu", {"x"}, "r").node("Conv", {"r", "w"}, "c");
  model.node("Add", {"c", "r"}, "s").node("Relu", {"s"}, "y");
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(Kind::relu, Kind::conv, Kind::add, Kind::relu));
  EXPECT_THAT(network.layers[1].inputs, ElementsAre(0));
  EXPECT_THAT(network.layers[2].inputs, ElementsAre(1, 0));
  EXPECT_THAT(network.layers[3].inputs, ElementsAre(2));
  expectOutput(network, {3, -1}, {9, 0});
}

TEST(ImportAdd, sumTakesAnyNumberAndTheNetworksInput) {
  ModelBuilder model({0, 2});
  model.node("Relu", {"x"}, "r").node("Sum", {"x", "r", "x"}, "s").node("Sum", {"s"}, "y");
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(Kind::relu, Kind::add));
  EXPECT_THAT(network.layers[1].inputs, ElementsAre(-1, 0, -1));
  expectOutput(network, {1, -2}, {3, -4});
}

TEST(ImportAdd, unequalShapesNameTheNode) {
  ModelBuilder model({0, 2, 2, 2});
  model.random("w", {1, 2, 1, 1}).node("Conv", {"x", "w"}, "c").node("Add", {"c", "x"}, "y");
  EXPECT_THAT(importError(model),
              HasSubstr("node \"y\" (Add): adds 1x1x2x2 and 1x2x2x2: must be of equal shape"));
  ModelBuilder product({0, 2});
  product.node("Relu", {"x"}, "r").node("Mul", {"r", "x"}, "y");
  EXPECT_THAT(importError(product), HasSubstr("node \"y\" (Mul): combines two activations"));
}

TEST(ImportConcat, joinsChannels) {
  ModelBuilder model({0, 1, 1, 2});
  model.floats("w", {2, 1, 1, 1}, {10, 100}).node("Conv", {"x", "w"}, "c");
  model.node("Concat", {"c", "x", "c"}, "y", axisOf(1));
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(Kind::conv, Kind::concat));
  EXPECT_THAT(network.layers[1].inputs, ElementsAre(0, -1, 0));
  EXPECT_EQ(network.layers[1].outputShape, (Shape{5, 1, 2}));
  expectOutput(network, {1, 2}, {10, 20, 100, 200, 1, 2, 10, 20, 100, 200});
}

TEST(ImportConcat, joinsVectorsAndWeights) {
  ModelBuilder model({0, 2});
  model.floats("a", {2, 1}, {1, 2}).floats("b", {2, 1}, {3, 4}).node("Concat", {"a", "b"}, "w", axisOf(1));
  model.node("MatMul", {"x", "w"}, "m").node("Concat", {"m", "x"}, "y", axisOf(-1));
  expectOutput(model.import(), {1, 10}, {21, 43, 1, 10});
}

TEST(ImportConcat, alongOtherDimensionsThanChannelsMovesThem) {
  ModelBuilder model({0, 2, 1, 2});
  model.node("Relu", {"x"}, "r").node("Concat", {"r", "x"}, "y", axisOf(2));
  expectOutput(model.import(), {1, -2, 3, -4}, {1, 0, 1, -2, 3, 0, 3, -4});
}

TEST(ImportConcat, refusesTheBatchAndUnequalImages) {
  ModelBuilder batch({0, 2});
  batch.node("Relu", {"x"}, "r").node("Concat", {"r", "x"}, "y", axisOf(0));
  EXPECT_THAT(importError(batch),
              HasSubstr("node \"y\" (Concat): joins images along the batch: not supported"));
  ModelBuilder sizes({0, 1, 4, 4});
  sizes.node("MaxPool", {"x"}, "p", {{"kernel_shape", attribute({2, 2})}})
      .node("Concat", {"p", "x"}, "y", axisOf(1));
  EXPECT_THAT(importError(sizes), HasSubstr("model.onnx: "));
}

TEST(ImportBranches, normalisationFoldsOnlyIntoAConvolutionThatItAloneReads) {
  for (const bool alone : {true, false}) {
    ModelBuilder model({0, 1, 1, 2});
    model.floats("w", {1, 1, 1, 1}, {2})
        .floats("scale", {1}, {3})
        .floats("shift", {1}, {1})
        .floats("mean", {1}, {4});
    model.floats("var", {1}, {0.99999F}).node("Conv", {"x", "w"}, "c");
    model.node("BatchNormalization", {"c", "scale", "shift", "mean", "var"}, "n");
    model.node("Add", {"n", alone ? "x" : "c"}, "y");
    const Network network = model.import();
    if (alone) {
      EXPECT_THAT(kinds(network), ElementsAre(Kind::conv, Kind::add));
      EXPECT_THAT(network.layers[0].folded, ElementsAre("n"));
      expectOutput(network, {1, 2}, {3 * (2 - 4) + 1 + 1, 3 * (4 - 4) + 1 + 2});
    } else {
      EXPECT_THAT(kinds(network), ElementsAre(Kind::conv, Kind::conv, Kind::add));
      expectOutput(network, {1, 2}, {3 * (2 - 4) + 1 + 2, 3 * (4 - 4) + 1 + 4});
    }
  }
}

TEST(ImportBranches, standaloneNormalisationIsADepthwiseConvolution) {
  ModelBuilder model({0, 2, 1, 2});
  model.floats("scale", {2}, {2, 1}).floats("shift", {2}, {1, 0}).floats("mean", {2}, {0, 5});
  model.floats("var", {2}, {0.99999F, 0.99999F}).floats("ten", {}, {10}).floats("c", {2, 1, 1}, {1, 2});
  model.node("Relu", {"x"}, "r").node("BatchNormalization", {"r", "scale", "shift", "mean", "var"}, "n");
  model.node("Mul", {"n", "ten"}, "m").node("Sub", {"c", "m"}, "y");
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(Kind::relu, Kind::conv));
  EXPECT_EQ(network.layers[1].groups, 2);
  EXPECT_EQ(network.layers[1].weights.shape, (Shape{2, 1, 1, 1}));
  EXPECT_THAT(network.layers[1].folded, ElementsAre("m", "y"));
  expectOutput(network, {1, -1, 5, 6}, {1 - 30, 1 - 10, 2 - 0, 2 - 10});
}

TEST(ImportBranches, affineOfAVectorIsADepthwiseConvolutionBetweenReshapes) {
  ModelBuilder model({0, 3});
  model.floats("b", {3}, {1, 2, 3}).floats("w", {3, 1}, {1, 1, 1}).node("Relu", {"x"}, "r");
  model.node("Add", {"r", "b"}, "a").node("Mul", {"b", "a"}, "m").node("MatMul", {"m", "w"}, "y");
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(Kind::relu, Kind::reshape, Kind::conv, Kind::reshape, Kind::dense));
  expectOutput(network, {1, -1, 2}, {2 + 4 + 15});
}

TEST(ImportBranches, affineAlongTheLastDimensionOfAnImage) {
  ModelBuilder model({0, 1, 2, 2});
  model.floats("mean", {2}, {1, 2}).node("Sub", {"x", "mean"}, "y");
  expectOutput(model.import(), {1, 2, 3, 4}, {0, 0, 2, 2});
}

TEST(ImportBranches, affineThatIsNotFiniteNamesTheNode) {
  ModelBuilder model({0, 2});
  model.floats("zero", {}, {0}).node("Relu", {"x"}, "r").node("Div", {"r", "zero"}, "y");
  EXPECT_THAT(importError(model), HasSubstr("node \"y\" (Div): multiplies channel 0 by inf"));
}

TEST(ImportNhwc, transposesAroundConvolutionsCancelThroughAddReluAndPools) {
  // tf2onnx: every convolution between transposes, everything else with channels last.
  ModelBuilder nhwc({0, 4, 4, 2}), nchw({0, 2, 4, 4});
  for (ModelBuilder* model : {&nhwc, &nchw}) {
    model->random("w1", {3, 2, 3, 3})
        .random("w2", {3, 3, 3, 3})
        .random("b2", {3})
        .random("scale", {3})
        .random("fc", {6, 2});
    model->random("b2c", {3, 1, 1}).random("scalec", {3, 1, 1});
  }
  for (const char* name : {"b2", "scale"}) {  // the same values in both shapes
    for (onnx::TensorProto& t : *nchw.proto().mutable_graph()->mutable_initializer()) {
      if (t.name() != std::string(name) + "c") continue;
      for (const onnx::TensorProto& from : nchw.proto().graph().initializer()) {
        if (from.name() == name) *t.mutable_float_data() = from.float_data();
      }
    }
  }
  const ModelBuilder::Attributes pads = {{"pads", attribute({1, 1, 1, 1})}};
  const ModelBuilder::Attributes pool = {{"kernel_shape", attribute({2, 2})}, {"strides", attribute({2, 2})}};
  nhwc.node("Transpose", {"x"}, "t1", kToNchw).node("Conv", {"t1", "w1"}, "c1", pads);
  nhwc.node("Transpose", {"c1"}, "t2", kToNhwc)
      .node("Relu", {"t2"}, "r1")
      .node("Transpose", {"r1"}, "t3", kToNchw);
  nhwc.node("Conv", {"t3", "w2"}, "c2", pads).node("Transpose", {"c2"}, "t4", kToNhwc);
  nhwc.node("Add", {"t4", "b2"}, "a2").node("Add", {"r1", "a2"}, "s").node("Mul", {"s", "scale"}, "m");
  nhwc.node("Concat", {"m", "r1"}, "j", axisOf(3)).node("Transpose", {"j"}, "t5", kToNchw);
  nhwc.node("MaxPool", {"t5"}, "p", pool).node("Transpose", {"p"}, "t6", kToNhwc).node("Relu", {"t6"}, "r2");
  nhwc.node("ReduceMean", {"r2"}, "g",
            {{"axes", attribute({1, 2})}, {"keepdims", attribute(std::int64_t{0})}});
  nhwc.node("MatMul", {"g", "fc"}, "y");
  nchw.node("Conv", {"x", "w1"}, "c1", pads)
      .node("Relu", {"c1"}, "r1")
      .node("Conv", {"r1", "w2"}, "c2", pads);
  nchw.node("Add", {"c2", "b2c"}, "a2").node("Add", {"r1", "a2"}, "s").node("Mul", {"s", "scalec"}, "m");
  nchw.node("Concat", {"m", "r1"}, "j", axisOf(1))
      .node("MaxPool", {"j"}, "p", pool)
      .node("Relu", {"p"}, "r2");
  nchw.node("GlobalAveragePool", {"r2"}, "g").node("Flatten", {"g"}, "f").node("MatMul", {"f", "fc"}, "y");

  const Network last = nhwc.import(), first = nchw.import();
  std::vector<LayerKind> expected = kinds(first);
  expected.insert(expected.begin(), Kind::transpose);  // at the input, and nowhere else
  EXPECT_EQ(kinds(last), expected);
  EXPECT_EQ(last.inputShape, (Shape{4, 4, 2}));
  const std::vector<float> x = randomValues(32, 5);
  expectOutput(last, channelsLast(x, 2), runFloat(first, x.data()));
}

TEST(ImportNhwc, oneTransposeServesAllReadersAndTheOutput) {
  ModelBuilder model({0, 2, 2, 3});
  model.random("w", {3, 3, 1, 1}).node("Transpose", {"x"}, "t", kToNchw);
  model.node("Conv", {"t", "w"}, "a").node("Conv", {"t", "w"}, "b").node("Add", {"a", "b"}, "s");
  model.node("Transpose", {"s"}, "y", kToNhwc);
  const Network network = model.import();
  EXPECT_THAT(kinds(network),
              ElementsAre(Kind::transpose, Kind::conv, Kind::conv, Kind::add, Kind::transpose));
  EXPECT_EQ(network.layers.back().outputShape, (Shape{2, 2, 3}));
}

TEST(ImportNhwc, addOfDifferentOrdersTransposesOne) {
  ModelBuilder model({0, 2, 2, 2});
  model.node("Transpose", {"x"}, "t", {{"perm", attribute({0, 3, 2, 1})}}).node("Add", {"x", "t"}, "y");
  expectOutput(model.import(), {1, 2, 3, 4, 5, 6, 7, 8}, {2, 7, 6, 11, 7, 12, 11, 16});
}

TEST(ImportNhwc, padOfHeightAndWidthGoesIntoTheConvolution) {
  ModelBuilder model({0, 2, 2, 3});
  model.random("w", {1, 3, 3, 3}).integers("pads", {0, 1, 0, 0, 0, 1, 2, 0}).node("Pad", {"x", "pads"}, "p");
  model.node("Transpose", {"p"}, "t", kToNchw).node("Conv", {"t", "w"}, "y");
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(Kind::transpose, Kind::conv));
  EXPECT_EQ(network.layers[1].outputShape, (Shape{1, 2, 2}));
  EXPECT_EQ(network.layers[1].window.padTop, 1);
  EXPECT_EQ(network.layers[1].window.padLeft, 0);
  EXPECT_EQ(network.layers[1].window.padRight, 2);
}

TEST(ImportPad, isMadeWhereTheNextNodeCanNotTakeItOver) {
  ModelBuilder model({0, 1, 1, 2});
  model.integers("pads", {0, 0, 0, 1, 0, 0, 1, 0}).node("Pad", {"x", "pads"}, "p").node("Tanh", {"p"}, "t");
  model.node("Add", {"t", "p"}, "y");
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(Kind::conv, Kind::tanh, Kind::add));
  const float one = std::tanh(1.0F) + 1, two = std::tanh(2.0F) + 2;
  expectOutput(network, {1, 2}, {0, one, two, 0, 0, 0});
}

TEST(ImportPad, mayBeTheLastNodeAndPadChannels) {
  ModelBuilder model({0, 1, 1, 2});
  model.integers("pads", {0, 1, 0, 0, 0, 2, 0, 1}).node("Pad", {"x", "pads"}, "y");
  const Network network = model.import();
  EXPECT_EQ(network.layers.back().outputShape, (Shape{4, 1, 3}));
  expectOutput(network, {1, 2}, {0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0});
}

TEST(ImportPool, reduceMeanOverHeightAndWidthIsAGlobalAverage) {
  for (const std::int64_t keep : {0, 1}) {
    ModelBuilder model({0, 2, 2, 2});
    model.node("ReduceMean", {"x"}, "y", {{"axes", attribute({-1, 2})}, {"keepdims", attribute(keep)}});
    const Network network = model.import();
    EXPECT_EQ(network.layers.back().outputShape, keep != 0 ? (Shape{2, 1, 1}) : (Shape{2}));
    expectOutput(network, {1, 2, 3, 6, 0, 0, 0, 4}, {3, 1});
  }
  ModelBuilder channels({0, 2, 2, 2});
  channels.node("ReduceMean", {"x"}, "y", {{"axes", attribute(std::vector<std::int64_t>{1})}});
  EXPECT_THAT(importError(channels), HasSubstr("node \"y\" (ReduceMean): averages 1 dimensions"));
}

TEST(ImportElementwise, hardSigmoidIsAnAffineThatFoldsAndAClip) {
  ModelBuilder model({0, 1});
  model.floats("w", {1, 3}, {1, 1, 1}).floats("b", {3}, {0, 10, -10}).node("MatMul", {"x", "w"}, "m");
  model.node("Add", {"m", "b"}, "a").node("HardSigmoid", {"a"}, "y", {{"alpha", attribute(0.25F)}});
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(Kind::dense, Kind::clip));
  expectOutput(network, {1}, {0.75F, 1, 0});
}

TEST(ImportBranches, layersThatOnlyAShapeReadsAreLeftOut) {
  ModelBuilder model({0, 2, 2});
  model.node("Tanh", {"x"}, "t").node("Shape", {"t"}, "shape").node("Relu", {"x"}, "r");
  model.node("Reshape", {"r", "shape"}, "y");
  EXPECT_THAT(kinds(model.import()), ElementsAre(Kind::relu));
}

TEST(ImportErrors, cyclesNameANode) {
  ModelBuilder model({0, 2});
  model.node("Add", {"x", "b"}, "a").node("Relu", {"a"}, "b").node("Relu", {"b"}, "y");
  const std::string error = importError(model);
  EXPECT_THAT(error, HasSubstr("node \"a\" (Add): reads \"b\", which no earlier node gives"));
}

TEST(ImportErrors, weightsThatAreNotNumbersInABranch) {
  ModelBuilder model({0, 1, 2, 2});
  model.floats("w", {1, 1, 1, 1}, {std::numeric_limits<float>::quiet_NaN()}).node("Conv", {"x", "w"}, "c");
  model.node("Add", {"c", "x"}, "y");
  EXPECT_THAT(importError(model), HasSubstr("layer \"c\": weights hold NaN or infinity"));
}

}  // namespace
}  // namespace crosstile::test
