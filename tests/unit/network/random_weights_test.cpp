// SPDX-License-Identifier: Apache-2.0
// Files that declare their weights by shape alone, and the networks of scripts/make_network.
#include <gmock/gmock.h>

#include <cmath>
#include <ostream>

#include "models/base/error.h"
#include "onnx_support.h"
#include "workloads/network/float_reference.h"

namespace crosstile::test {
namespace {

using testing::Each;
using testing::HasSubstr;

/// A graph input without an initialiser.
void declare(ModelBuilder& model, const std::string& name, const std::vector<std::int64_t>& dims,
             int type = onnx::TensorProto::FLOAT) {
  onnx::ValueInfoProto& input = *model.proto().mutable_graph()->add_input();
  input.set_name(name);
  input.mutable_type()->mutable_tensor_type()->set_elem_type(type);
  for (const std::int64_t d : dims) {
    onnx::TensorShapeProto::Dimension& dim =
        *input.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim();
    if (d > 0) dim.set_dim_value(d);
  }
}

Network drawn(const ModelBuilder& model, std::uint64_t seed = 1) {
  const ScratchFolder folder;
  return importOnnx(folder.write("model.onnx", model.bytes()), {true, seed});
}

std::string drawError(const ModelBuilder& model) {
  try {
    drawn(model);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

double deviation(const std::vector<float>& values) {
  double sum = 0, squares = 0;
  for (const float v : values) {
    sum += v;
    squares += static_cast<double>(v) * v;
  }
  const double mean = sum / static_cast<double>(values.size());
  return std::sqrt(squares / static_cast<double>(values.size()) - mean * mean);
}

/// x {8, 6, 6} -> conv - batch normalisation - relu - dense.
ModelBuilder declaredModel() {
  ModelBuilder model({0, 8, 6, 6});
  declare(model, "w1", {64, 8, 3, 3});
  declare(model, "b1", {64});
  for (const char* name : {"scale", "shift", "mean", "var"}) declare(model, name, {64});
  declare(model, "w2", {1024, 32});
  model.node("Conv", {"x", "w1", "b1"}, "c")
      .node("BatchNormalization", {"c", "scale", "shift", "mean", "var"}, "n");
  model.node("Relu", {"n"}, "r").node("Flatten", {"r"}, "f").node("Gemm", {"f", "w2"}, "y");
  return model;
}

TEST(RandomWeights, areHeNormalByTheirReadersFanIn) {
  const Network network = drawn(declaredModel());
  const Layer& conv = network.layers.at(0);
  EXPECT_NEAR(deviation(conv.weights.values), std::sqrt(2.0 / 72.0), 0.003);  // 4608 values
  EXPECT_THAT(conv.bias, Each(0.0F));
  const Layer& dense = network.layers.back();
  EXPECT_EQ(dense.weights.shape, (Shape{32, 1024}));
  EXPECT_NEAR(deviation(dense.weights.values), std::sqrt(2.0 / 1024.0), 0.001);
}

TEST(RandomWeights, dependOnSeedNameAndIndexAlone) {
  const Network a = drawn(declaredModel(), 1), again = drawn(declaredModel(), 1),
                other = drawn(declaredModel(), 2);
  EXPECT_EQ(a.layers[0].weights.values, again.layers[0].weights.values);
  EXPECT_NE(a.layers[0].weights.values, other.layers[0].weights.values);
  EXPECT_NE(a.hash, other.hash);
  ModelBuilder large({0, 8, 6, 6}), small({0, 8, 6, 6});  // weights of one name, behind another
  declare(large, "w1", {64, 8, 3, 3});
  large.node("Conv", {"x", "w1"}, "y");
  declare(small, "w0", {8, 8, 1, 1});
  declare(small, "w1", {2, 8, 3, 3});
  small.node("Conv", {"x", "w0"}, "c").node("Conv", {"c", "w1"}, "y");
  const std::vector<float> few = drawn(small).layers.at(1).weights.values;
  std::vector<float> many = drawn(large).layers.at(0).weights.values;
  many.resize(few.size());
  EXPECT_EQ(few, many);
}

TEST(RandomWeights, leaveTheFilesOwnAlone) {
  ModelBuilder model({0, 2});
  declare(model, "w2", {2, 2});
  model.floats("w1", {2, 2}, {1, 2, 3, 4}).node("MatMul", {"x", "w1"}, "m").node("MatMul", {"m", "w2"}, "y");
  EXPECT_EQ(drawn(model).layers[0].weights.values, (std::vector<float>{1, 3, 2, 4}));
}

TEST(RandomWeights, alsoForInitialisersWithoutDataOrWithDataElsewhere) {
  ModelBuilder model({0, 2});
  model.floats("w1", {2, 3}, {})
      .floats("w2", {3, 2}, {})
      .node("MatMul", {"x", "w1"}, "m")
      .node("MatMul", {"m", "w2"}, "y");
  model.proto().mutable_graph()->mutable_initializer(1)->set_data_location(onnx::TensorProto::EXTERNAL);
  EXPECT_EQ(drawn(model).layers.at(1).outputShape, (Shape{2}));
}

TEST(RandomWeights, aFileWithoutValuesIsAnErrorThatNamesTheOption) {
  EXPECT_THAT(
      importError(declaredModel()),
      HasSubstr(
          "model.onnx: the network has 8 inputs: allowed is 1; if \"w1\" and the others are weights without "
          "values, --weights random draws them"));
  ModelBuilder empty({0, 2});
  empty.floats("w", {2, 3}, {}).node("MatMul", {"x", "w"}, "y");
  EXPECT_THAT(importError(empty), HasSubstr("--weights random draws them"));
}

TEST(RandomWeights, openShapesAndIntegersCanNotBeDrawn) {
  ModelBuilder open({0, 2});
  declare(open, "w", {2, 0});
  open.node("MatMul", {"x", "w"}, "y");
  EXPECT_THAT(drawError(open), HasSubstr("model.onnx: weight \"w\": dimension 1 is open"));
  ModelBuilder shape({0, 2});
  declare(shape, "s", {2}, onnx::TensorProto::INT64);
  shape.node("Reshape", {"x", "s"}, "y");
  EXPECT_THAT(drawError(shape), HasSubstr("weight \"s\": has no values and is of ONNX data type 7"));
}

struct Known {
  const char* name;
  std::int64_t weights;     ///< of convolutions and dense layers, without biases
  std::int64_t multiplies;  ///< an image
  int adds;
  Shape output;
};

void PrintTo(const Known& known, std::ostream* out) {
  *out << known.name;
}

class MadeNetwork : public testing::TestWithParam<Known> {};

/// Weights and multiplications as published (biases and normalisation apart), computed by hand from the
/// papers' tables.
TEST_P(MadeNetwork, hasThePublishedSize) {
  const Known& known = GetParam();
  const Network network = importOnnx(
      std::string(CROSSTILE_SOURCE_DIR "/workloads/zoo/shapes/") + known.name + ".onnx", {true, 1});
  std::int64_t weights = 0, multiplies = 0;
  int adds = 0;
  for (const Layer& layer : network.layers) {
    adds += layer.kind == LayerKind::add ? 1 : 0;
    if (!layer.isMvm()) continue;
    weights += elementCount(layer.weights.shape);
    multiplies += elementCount(layer.weights.shape) * elementCount(layer.outputShape) / layer.outputShape[0];
  }
  EXPECT_EQ(weights, known.weights);
  EXPECT_EQ(multiplies, known.multiplies);
  EXPECT_EQ(adds, known.adds);
  EXPECT_EQ(network.layers.back().outputShape, known.output);
}

INSTANTIATE_TEST_SUITE_P(shapes, MadeNetwork,
                         testing::Values(Known{"resnet8", 77360, 12501632, 3, {10}},
                                         Known{"resnet20", 270896, 40813184, 9, {10}},
                                         Known{"resnet18", 11678912, 1814073344, 8, {1000}},
                                         Known{"vgg8", 12973440, 615917568, 0, {10}},
                                         Known{"vgg16", 138344128, 15470264320, 0, {1000}},
                                         Known{"mobilenet_v1", 4209088, 568740352, 0, {1000}},
                                         Known{"ds_cnn", 22016, 2656768, 0, {12}}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace crosstile::test
