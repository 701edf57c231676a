// SPDX-License-Identifier: Apache-2.0
// Damaged files: importing either works or throws BadInput with one line; it never crashes or throws anything
// else.
#include <gtest/gtest.h>

#include <random>

#include "onnx_support.h"

namespace crosstile::test {
namespace {

const std::string kZoo = CROSSTILE_SOURCE_DIR "/workloads/zoo/";
const std::string kGolden = CROSSTILE_SOURCE_DIR "/tests/golden/onnx/";

void expectOneLine(const ScratchFolder& folder, const std::string& bytes) {
  const std::string message = importError(folder.write("damaged.onnx", bytes));
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

TEST(DamagedOnnx, truncatedAnywhere) {
  const ScratchFolder folder;
  const std::string bytes = readFile(kZoo + "lenet5-mnist.onnx");
  int refused = 0, cuts = 0;
  for (std::size_t length = 0; length < bytes.size(); length += 97, ++cuts) {
    const std::string message = importError(folder.write("cut.onnx", bytes.substr(0, length)));
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    refused += message.empty() ? 0 : 1;
  }
  // Whole but for the metadata at the end, the file is a network; any shorter it isn't.
  EXPECT_GE(refused, cuts - 1);
}

class FlippedBytes : public testing::TestWithParam<const char*> {};

TEST_P(FlippedBytes, neverCrash) {
  const ScratchFolder folder;
  const std::string bytes = readFile(kGolden + GetParam() + "/model.onnx");
  std::mt19937 random(5);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(random());
    expectOneLine(folder, damaged);
    damaged[random() % bytes.size()] = static_cast<char>(random());
    damaged[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
    expectOneLine(folder, damaged);
  }
}

INSTANTIATE_TEST_SUITE_P(exported, FlippedBytes,
                         testing::Values("conv_bn_opset9", "conv_bn_opset17", "view_dynamic_opset11", "pools",
                                         "mlp_bn_sigmoid_softmax"));

TEST(DamagedOnnx, piecesRemovedOrRepeated) {
  const ScratchFolder folder;
  const std::string bytes = readFile(kGolden + "view_dynamic_opset11/model.onnx");
  std::mt19937 random(6);
  for (int i = 0; i < 2000; ++i) {
    const std::size_t from = random() % bytes.size(), length = random() % 40;
    std::string damaged = bytes;
    if (i % 2 == 0) {
      damaged.erase(from, length);
    } else {
      damaged.insert(from, bytes.substr(random() % bytes.size(), length));
    }
    expectOneLine(folder, damaged);
  }
}

TEST(DamagedOnnx, fieldsChangedInAValidMessage) {
  // Flips rarely survive the parser: change dimensions, attributes and names of a model that still parses.
  const ScratchFolder folder;
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(readFile(kGolden + "pools/model.onnx")));
  const std::int64_t odd[] = {-1,
                              0,
                              1,
                              3,
                              255,
                              std::int64_t{1} << 33,
                              std::numeric_limits<std::int64_t>::max(),
                              std::numeric_limits<std::int64_t>::min()};
  for (int n = 0; n < model.graph().node_size(); ++n) {
    for (int a = 0; a < model.graph().node(n).attribute_size(); ++a) {
      for (const std::int64_t value : odd) {
        onnx::ModelProto changed = model;
        onnx::AttributeProto& attribute = *changed.mutable_graph()->mutable_node(n)->mutable_attribute(a);
        if (attribute.ints_size() > 0) attribute.set_ints(attribute.ints_size() - 1, value);
        attribute.set_i(value);
        expectOneLine(folder, changed.SerializeAsString());
        attribute.clear_ints();
        expectOneLine(folder, changed.SerializeAsString());
        attribute.set_name("axis");
        expectOneLine(folder, changed.SerializeAsString());
      }
    }
  }
  for (int t = 0; t < model.graph().initializer_size(); ++t) {
    for (const std::int64_t value : odd) {
      onnx::ModelProto changed = model;
      onnx::TensorProto& tensor = *changed.mutable_graph()->mutable_initializer(t);
      if (tensor.dims_size() > 0) tensor.set_dims(0, value);
      expectOneLine(folder, changed.SerializeAsString());
      tensor.clear_dims();
      expectOneLine(folder, changed.SerializeAsString());
      tensor.set_data_type(static_cast<int>(value & 0x1F));
      expectOneLine(folder, changed.SerializeAsString());
    }
  }
}

}  // namespace
}  // namespace crosstile::test
