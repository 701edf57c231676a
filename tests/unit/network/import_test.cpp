// SPDX-License-Identifier: Apache-2.0
// What graphs as exporters write them become, and what is said of those that can't be imported.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "onnx_support.h"
#include "workloads/network/float_reference.h"

namespace crosstile::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// y = W x + b in plain loops, W {out, in}.
std::vector<float> affine(const std::vector<float>& w, const std::vector<float>& b,
                          const std::vector<float>& x) {
  std::vector<float> y = b;
  for (std::size_t o = 0; o < b.size(); ++o) {
    for (std::size_t i = 0; i < x.size(); ++i) y[o] += w[o * x.size() + i] * x[i];
  }
  return y;
}

TEST(ImportDense, gemmAppliesAlphaBetaAndTransposition) {
  const std::vector<float> w = randomValues(12, 1), b = randomValues(3, 2), x = randomValues(4, 3);
  ModelBuilder model({0, 4});
  model.floats("w", {3, 4}, w).floats("b", {1, 3}, b);
  model.node(
      "Gemm", {"x", "w", "b"}, "y",
      {{"alpha", attribute(0.5F)}, {"beta", attribute(-2.0F)}, {"transB", attribute(std::int64_t{1})}});
  std::vector<float> halved = w, doubled = b;
  for (float& v : halved) v *= 0.5F;
  for (float& v : doubled) v *= -2.0F;
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(LayerKind::dense));
  EXPECT_EQ(network.layers[0].weights.shape, (Shape{3, 4}));
  expectOutput(network, x, affine(halved, doubled, x));
}

TEST(ImportDense, transposedColumnIsOneVector) {
  ModelBuilder model({1, 4});
  model.integers("column", {4, 1}).floats("w", {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  model.node("Reshape", {"x", "column"}, "c")
      .node("Gemm", {"c", "w"}, "y", {{"transA", attribute(std::int64_t{1})}});
  expectOutput(model.import(), {1, 0, 2, 0}, {11, 14});
}

TEST(ImportDense, matMulAndAddInEitherOrderAreOneLayer) {
  for (const bool constantFirst : {false, true}) {
    ModelBuilder model({0, 2});
    model.floats("w", {2, 3}, {1, 2, 3, 4, 5, 6}).floats("b", {3}, {10, 20, 30});
    model.node("MatMul", {"x", "w"}, "m");
    model.node("Add", constantFirst ? std::vector<std::string>{"b", "m"} : std::vector<std::string>{"m", "b"},
               "y");
    const Network network = model.import();
    EXPECT_THAT(kinds(network), ElementsAre(LayerKind::dense));
    EXPECT_THAT(network.layers[0].folded, ElementsAre("y"));
    expectOutput(network, {1, 2}, {19, 32, 45});
  }
}

TEST(ImportDense, vectorsWithDimensionsOf1AreFlattenedForTheProduct) {
  ModelBuilder model({0, 1, 2});
  model.floats("w", {2, 2}, {1, 2, 3, 4}).floats("b", {2}, {1, 1});
  model.node("MatMul", {"x", "w"}, "m").node("Add", {"m", "b"}, "y");
  expectOutput(model.import(), {1, 1}, {5, 7});
}

TEST(ImportDense, weightsMayComeThroughConstantNodes) {
  ModelBuilder model({0, 4});
  model.floats("w", {12}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}).integers("shape", {3, -1});
  model.node("Identity", {"w"}, "w1").node("Reshape", {"w1", "shape"}, "w2");
  model.node("Transpose", {"w2"}, "w3").node("Cast", {"w3"}, "w4", {{"to", attribute(std::int64_t{1})}});
  model.node("MatMul", {"x", "w4"}, "y");
  expectOutput(model.import(), {1, 0, 0, 1}, {5, 13, 21});
}

TEST(ImportAffine, subtractionMultiplicationAndDivisionFold) {
  ModelBuilder model({0, 2});
  model.floats("w", {2, 2}, {1, 2, 3, 4})
      .floats("two", {}, {2})
      .floats("c", {2}, {1, 3})
      .floats("d", {1, 2}, {2, 4});
  model.node("MatMul", {"x", "w"}, "m").node("Sub", {"c", "m"}, "s").node("Mul", {"s", "two"}, "t");
  model.node("Div", {"t", "d"}, "u").node("Sub", {"u", "c"}, "y");
  // m = {4, 6}: s = {-3, -3}, t = {-6, -6}, u = {-3, -1.5}, y = {-4, -4.5}
  const Network network = model.import();
  EXPECT_EQ(network.layers.size(), 1U);
  expectOutput(network, {1, 1}, {-4, -4.5});
}

TEST(ImportAffine, convolutionTakesBiasFromAnAddAndNormalisation) {
  ModelBuilder model({0, 1, 2, 2});
  model.floats("w", {2, 1, 1, 1}, {1, 2}).floats("b", {2, 1, 1}, {1, -1});
  model.floats("scale", {2}, {3, 1})
      .floats("shift", {2}, {0, 5})
      .floats("mean", {2}, {2, 0})
      .floats("var", {2}, {8.99999F, 3.99999F});
  model.node("Conv", {"x", "w"}, "c").node("Add", {"c", "b"}, "a");
  model.node("BatchNormalization", {"a", "scale", "shift", "mean", "var"}, "y");
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(LayerKind::conv));
  EXPECT_THAT(network.layers[0].folded, ElementsAre("a", "y"));
  // channel 0: (x + 1 - 2) 3/3; channel 1: (2x - 1) 1/2 + 5
  expectOutput(network, {0, 1, 2, 3}, {-1, 0, 1, 2, 4.5, 5.5, 6.5, 7.5});
}

TEST(ImportAffine, isRefusedPerPixel) {
  ModelBuilder perPixel({0, 1, 2, 2});
  perPixel.random("w", {1, 1, 1, 1})
      .random("b", {2, 2})
      .node("Conv", {"x", "w"}, "c")
      .node("Add", {"c", "b"}, "y");
  EXPECT_THAT(importError(perPixel),
              HasSubstr("a constant of 2x2 is neither one number nor one for each of 1 channels"));
}

TEST(ImportConv, autoPadUpperAndLowerDifferInWhereTheOddElementGoes) {
  for (const bool upper : {true, false}) {
    ModelBuilder model({0, 1, 4, 4});
    model.random("w", {1, 1, 2, 2});
    model.node("Conv", {"x", "w"}, "y", {{"auto_pad", attribute(upper ? "SAME_UPPER" : "SAME_LOWER")}});
    const Window w = model.import().layers[0].window;
    EXPECT_EQ(w.padTop, upper ? 0 : 1);
    EXPECT_EQ(w.padBottom, upper ? 1 : 0);
    EXPECT_EQ(w.padLeft, upper ? 0 : 1);
    EXPECT_EQ(w.padRight, upper ? 1 : 0);
  }
}

TEST(ImportConv, takesOverAPadBeforeIt) {
  ModelBuilder model({0, 1, 3, 3});
  model.integers("pads", {0, 0, 1, 0, 0, 0, 0, 2}).random("w", {1, 1, 2, 2});
  model.node("Pad", {"x", "pads"}, "p").node("Conv", {"p", "w"}, "y", {{"pads", attribute({0, 1, 0, 0})}});
  const Layer layer = model.import().layers.at(0);
  EXPECT_EQ(layer.outputShape, (Shape{1, 3, 5}));
  EXPECT_EQ(layer.window.padTop, 1);
  EXPECT_EQ(layer.window.padLeft, 1);
  EXPECT_EQ(layer.window.padBottom, 0);
  EXPECT_EQ(layer.window.padRight, 2);
}

TEST(ImportConv, refusesWhatDoesNotFit) {
  ModelBuilder channels({0, 3, 4, 4});
  channels.random("w", {2, 2, 3, 3}).node("Conv", {"x", "w"}, "y");
  EXPECT_NE(importError(channels), "");
  ModelBuilder large({0, 1, 4, 4});
  large.random("w", {1, 1, 5, 5}).node("Conv", {"x", "w"}, "y");
  EXPECT_NE(importError(large), "");
  ModelBuilder dilated({0, 1, 8, 8});
  dilated.random("w", {1, 1, 3, 3})
      .node("Conv", {"x", "w"}, "conv2", {{"dilations", attribute({2, 2})}})
      .node("Relu", {"conv2"}, "y");
  EXPECT_THAT(importError(dilated),
              HasSubstr("node \"conv2\" (Conv): dilations = 2: not supported; allowed is 1"));
}

TEST(ImportPool, padBeforeAnAverageCounts) {
  ModelBuilder model({0, 1, 2, 2});
  model.integers("pads", {0, 0, 1, 1, 0, 0, 1, 1}).node("Pad", {"x", "pads"}, "p");
  model.node("AveragePool", {"p"}, "y",
             {{"kernel_shape", attribute({2, 2})}, {"strides", attribute({2, 2})}});
  expectOutput(model.import(), {4, 8, 12, 16}, {1, 2, 3, 4});
}

TEST(ImportPool, padBeforeAMaximumIsTheWindowsOnlyWhereNothingIsBelowZero) {
  for (const bool positive : {true, false}) {
    ModelBuilder model({0, 1, 1, 2});
    model.integers("pads", {0, 0, 0, 1, 0, 0, 0, 1}).node(positive ? "Relu" : "Tanh", {"x"}, "r");
    model.node("Pad", {"r", "pads"}, "p").node("MaxPool", {"p"}, "y", {{"kernel_shape", attribute({1, 2})}});
    const Network network = model.import();
    if (positive) {
      EXPECT_THAT(kinds(network), ElementsAre(LayerKind::relu, LayerKind::maxPool));
      expectOutput(network, {-2, 1}, {0, 1, 1});
    } else {
      EXPECT_THAT(kinds(network), ElementsAre(LayerKind::tanh, LayerKind::conv, LayerKind::maxPool));
      expectOutput(network, {-2, -1}, {0, std::tanh(-1.0F), 0});
    }
  }
}

TEST(ImportPool, ceilModeAddsPaddingBehind) {
  ModelBuilder model({0, 1, 3, 3});
  model.node("MaxPool", {"x"}, "y",
             {{"kernel_shape", attribute({2, 2})},
              {"strides", attribute({2, 2})},
              {"ceil_mode", attribute(std::int64_t{1})}});
  expectOutput(model.import(), {-1, -2, -3, -4, -5, -6, -7, -8, -9}, {-1, -3, -7, -9});
}

TEST(ImportShape, flattenByShapeGatherUnsqueezeConcatOfAnOpenBatch) {
  ModelBuilder model({0, 1, 2, 2});
  model.integers("axis", {0}).integers("rest", {-1}).floats("w", {4, 1}, {1, 10, 100, 1000});
  onnx::TensorProto& zero = *model.proto().mutable_graph()->add_initializer();
  zero.set_name("zero");
  zero.set_data_type(onnx::TensorProto::INT64);
  zero.add_int64_data(0);
  model.node("Relu", {"x"}, "r").node("Shape", {"r"}, "shape").node("Gather", {"shape", "zero"}, "batch");
  model.node("Unsqueeze", {"batch", "axis"}, "batch1");
  model.node("Concat", {"batch1", "rest"}, "target", {{"axis", attribute(std::int64_t{0})}});
  model.node("Reshape", {"r", "target"}, "f").node("MatMul", {"f", "w"}, "y");
  const Network network = model.import();
  EXPECT_THAT(kinds(network), ElementsAre(LayerKind::relu, LayerKind::reshape, LayerKind::dense));
  expectOutput(network, {1, -2, 3, 4}, {4301});
}

TEST(ImportShape, aFileBatchOfSeveralImagesIsRunImageByImage) {
  ModelBuilder model({5, 1, 2, 2});
  model.integers("target", {5, 4})
      .random("w", {4, 3})
      .node("Reshape", {"x", "target"}, "f")
      .node("MatMul", {"f", "w"}, "y");
  const Network network = model.import();
  EXPECT_EQ(network.inputShape, (Shape{1, 2, 2}));
  EXPECT_EQ(network.layers.back().outputShape, (Shape{3}));
}

TEST(ImportShape, oneChannelImagesChangeFromNhwcWithoutATranspose) {
  ModelBuilder one({0, 4, 4, 1});
  one.random("w", {2, 1, 3, 3})
      .node("Transpose", {"x"}, "t", {{"perm", attribute({0, 3, 1, 2})}})
      .node("Conv", {"t", "w"}, "y");
  EXPECT_THAT(kinds(one.import()), ElementsAre(LayerKind::reshape, LayerKind::conv));
  ModelBuilder three({0, 2, 2, 3});
  three.node("Transpose", {"x"}, "y", {{"perm", attribute({0, 3, 1, 2})}});
  const Network network = three.import();
  EXPECT_THAT(kinds(network), ElementsAre(LayerKind::transpose));
  expectOutput(network, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12});
}

TEST(ImportShape, slicedShapesFoldInto) {
  ModelBuilder model({0, 2, 3});
  model.integers("from", {0}).integers("to", {1}).integers("rest", {-1}).random("w", {6, 2});
  model.node("Shape", {"x"}, "shape").node("Slice", {"shape", "from", "to"}, "batch");
  model.node("Concat", {"batch", "rest"}, "target", {{"axis", attribute(std::int64_t{0})}});
  model.node("Reshape", {"x", "target"}, "f").node("MatMul", {"f", "w"}, "y");
  EXPECT_THAT(kinds(model.import()), ElementsAre(LayerKind::reshape, LayerKind::dense));
}

TEST(ImportShape, slicesOfConstantsTakeStepsEitherWay) {
  struct Case {
    std::int64_t start, end, step;
    std::vector<float> expected;
  };
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  for (const Case& c :
       {Case{0, kFar, 2, {1, 3, 5}}, Case{1, 4, 2, {2, 4}}, Case{-1, -kFar, -1, {5, 4, 3, 2, 1}},
        Case{3, 0, -2, {4, 2}}, Case{1, 3, kFar, {2}}, Case{kFar, 1, -kFar, {5}}}) {
    const auto count = static_cast<std::int64_t>(c.expected.size());
    ModelBuilder model({0, count});
    model.floats("all", {5}, {1, 2, 3, 4, 5}).integers("start", {c.start}).integers("end", {c.end});
    model.integers("axis", {0}).integers("step", {c.step}).integers("shape", {count, 1});
    model.node("Slice", {"all", "start", "end", "axis", "step"}, "some")
        .node("Reshape", {"some", "shape"}, "column");
    model.node("MatMul", {"x", "column"}, "y");
    EXPECT_EQ(model.import().layers.at(0).weights.values, c.expected)
        << c.start << " " << c.end << " " << c.step;
  }
}

TEST(ImportElementwise, clipFromZeroIsRelu) {
  ModelBuilder model({0, 3});
  model.floats("zero", {}, {0}).node("Clip", {"x", "zero"}, "y");
  EXPECT_THAT(kinds(model.import()), ElementsAre(LayerKind::relu));
}

TEST(ImportElementwise, clipReadsAttributesBeforeOpset11) {
  ModelBuilder model({0, 3}, 6);
  model.node("Clip", {"x"}, "y", {{"min", attribute(-1.0F)}, {"max", attribute(2.0F)}});
  expectOutput(model.import(), {-5, 1, 5}, {-1, 1, 2});
}

TEST(ImportElementwise, softmaxOnlyAtTheEnd) {
  ModelBuilder model({0, 3});
  model.node("Softmax", {"x"}, "s").node("Relu", {"s"}, "y");
  EXPECT_THAT(importError(model), HasSubstr("node \"s\" (Softmax): allowed only as the last layer"));
}

TEST(ImportElementwise, dropoutIsNothingAtInference) {
  ModelBuilder model({0, 3});
  model.floats("ratio", {}, {0.5F}).node("Dropout", {"x", "ratio"}, "d").node("Tanh", {"d"}, "y");
  EXPECT_THAT(kinds(model.import()), ElementsAre(LayerKind::tanh));
}

TEST(ImportNetwork, unneededNodesDoNotMatter) {
  ModelBuilder model({0, 3});
  model.node("Relu", {"x"}, "y").node("Erf", {"y"}, "unused");
  EXPECT_THAT(kinds(model.import()), ElementsAre(LayerKind::relu));
}

TEST(ImportNetwork, layersHaveNamesOfTheirOwn) {
  ModelBuilder model({0, 3});
  model.node("Relu", {"x"}, "a").node("Tanh", {"a"}, "b").node("Sigmoid", {"b"}, "y");
  onnx::GraphProto& graph = *model.proto().mutable_graph();
  graph.mutable_node(0)->clear_name();
  graph.mutable_node(1)->set_name("twice");
  graph.mutable_node(2)->set_name("twice");
  const Network network = model.import();
  EXPECT_EQ(network.layers[0].name, "Relu_a");
  EXPECT_EQ(network.layers[1].name, "twice");
  EXPECT_EQ(network.layers[2].name, "twice_2");
  EXPECT_THAT(network.layers[2].inputs, ElementsAre(1));
}

TEST(ImportNetwork, metadataSaysHowToPreprocess) {
  ModelBuilder model({0, 3, 2, 2});
  model.node("Relu", {"x"}, "y");
  EXPECT_FALSE(model.import().preprocessingFromFile);
  model.metadata("input_scale", "0.5").metadata("input_mean", "0.1, 0.2,0.3").metadata("input_std", "2");
  const Network network = model.import();
  EXPECT_TRUE(network.preprocessingFromFile);
  EXPECT_EQ(network.preprocessing.scale, 0.5F);
  EXPECT_THAT(network.preprocessing.mean, ElementsAre(0.1F, 0.2F, 0.3F));
  EXPECT_THAT(network.preprocessing.std, ElementsAre(2.0F));
  ModelBuilder wrong({0, 3});
  wrong.node("Relu", {"x"}, "y").metadata("input_mean", "0.1,zero");
  EXPECT_THAT(importError(wrong), HasSubstr("metadata input_mean = \"zero\": must be a number"));
}

TEST(ImportNetwork, hashDependsOnTheFile) {
  ModelBuilder a({0, 3}), b({0, 3});
  a.node("Relu", {"x"}, "y");
  b.node("Tanh", {"x"}, "y");
  EXPECT_EQ(a.import().hash, a.import().hash);
  EXPECT_NE(a.import().hash, b.import().hash);
}

TEST(ImportErrors, unsupportedOperatorNamesItsNode) {
  ModelBuilder model({0, 3});
  model.node("Relu", {"x"}, "r").node("LeakyRelu", {"r"}, "y");
  model.proto().mutable_graph()->mutable_node(1)->set_name("act\n1");
  EXPECT_THAT(
      importError(model),
      HasSubstr(
          "model.onnx: node \"act?1\" (LeakyRelu): not supported; supported operators: docs/operators.md"));
}

TEST(ImportErrors, filesThatAreNotModels) {
  const ScratchFolder folder;
  EXPECT_THAT(importError(folder.file("none.onnx")), HasSubstr("none.onnx: can't be opened: No such file"));
  EXPECT_THAT(importError(folder.write("empty.onnx", "")), HasSubstr("empty.onnx: not an ONNX model"));
  EXPECT_THAT(importError(folder.write("text.onnx", "hello, world\n")),
              HasSubstr("text.onnx: not an ONNX model"));
  EXPECT_THAT(importError(std::filesystem::temp_directory_path().string()), HasSubstr("is a folder"));
}

TEST(ImportErrors, inputsWithoutShapes) {
  ModelBuilder model({0, 0, 4});
  model.node("Relu", {"x"}, "y");
  EXPECT_THAT(importError(model),
              HasSubstr("input \"x\": dimension 1 is open: only the batch (dimension 0) may be"));
  model.proto().mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  EXPECT_THAT(importError(model), HasSubstr("input \"x\": has no shape"));
}

TEST(ImportErrors, weightsThatAreNotNumbers) {
  ModelBuilder model({0, 2});
  model.floats("w", {2, 1}, {1, std::numeric_limits<float>::quiet_NaN()}).node("MatMul", {"x", "w"}, "y");
  EXPECT_THAT(importError(model), HasSubstr("layer \"y\": weights hold NaN or infinity"));
}

TEST(ImportErrors, constantsOfTheWrongSize) {
  ModelBuilder model({0, 2});
  model.floats("w", {2, 3}, {1, 2, 3, 4, 5}).node("MatMul", {"x", "w"}, "y");
  EXPECT_NE(importError(model), "");
  ModelBuilder huge({0, 2});
  huge.floats("w", {std::int64_t{1} << 40, std::int64_t{1} << 40}, {}).node("MatMul", {"x", "w"}, "y");
  EXPECT_NE(importError(huge), "");
}

TEST(ImportErrors, severalInputsOrOutputs) {
  ModelBuilder model({0, 2});
  model.node("Relu", {"x"}, "y");
  *model.proto().mutable_graph()->add_output() = model.proto().graph().input(0);
  EXPECT_THAT(importError(model), HasSubstr("the network has 2 outputs: allowed is 1"));
  ModelBuilder two({0, 2});
  two.node("Relu", {"x"}, "y");
  *two.proto().mutable_graph()->add_input() = two.proto().graph().output(0);
  EXPECT_THAT(importError(two), HasSubstr("the network has 2 inputs: allowed is 1"));
}

}  // namespace
}  // namespace crosstile::test
