// SPDX-License-Identifier: Apache-2.0
#include "onnx_support.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include "models/base/error.h"
#include "workloads/network/float_reference.h"

namespace crosstile::test {

namespace {

std::vector<float> floatsOf(const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::FLOAT) throw std::runtime_error("case data must be float");
  if (!tensor.has_raw_data()) return {tensor.float_data().begin(), tensor.float_data().end()};
  std::vector<float> values(tensor.raw_data().size() / sizeof(float));
  std::copy_n(tensor.raw_data().data(), tensor.raw_data().size(), reinterpret_cast<char*>(values.data()));
  return values;
}

onnx::TensorProto readTensorFile(const std::string& path) {
  onnx::TensorProto tensor;
  if (!tensor.ParseFromString(readFile(path))) throw std::runtime_error(path + ": no tensor");
  return tensor;
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "crosstile-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchFolder::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(file(name), std::ios::binary) << bytes;
  return file(name);
}

std::string readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": can't be opened (is libonnx-testdata installed?)");
  return {std::istreambuf_iterator<char>(file), {}};
}

ModelBuilder::ModelBuilder(const std::vector<std::int64_t>& inputDims, int opset) {
  model_.set_ir_version(7);
  model_.add_opset_import()->set_version(opset);
  onnx::GraphProto& graph = *model_.mutable_graph();
  graph.set_name("test");
  onnx::ValueInfoProto& x = *graph.add_input();
  x.set_name("x");
  x.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  onnx::TensorShapeProto& shape = *x.mutable_type()->mutable_tensor_type()->mutable_shape();
  for (const std::int64_t d : inputDims) {
    if (d == 0) {
      shape.add_dim()->set_dim_param("n" + std::to_string(shape.dim_size()));
    } else {
      shape.add_dim()->set_dim_value(d);
    }
  }
  onnx::ValueInfoProto& y = *graph.add_output();
  y.set_name("y");
  y.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
}

ModelBuilder& ModelBuilder::floats(const std::string& name, const std::vector<std::int64_t>& dims,
                                   const std::vector<float>& values) {
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t d : dims) tensor.add_dims(d);
  for (const float v : values) tensor.add_float_data(v);
  return *this;
}

ModelBuilder& ModelBuilder::integers(const std::string& name, const std::vector<std::int64_t>& values) {
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  for (const std::int64_t v : values) tensor.add_int64_data(v);
  return *this;
}

ModelBuilder& ModelBuilder::random(const std::string& name, const std::vector<std::int64_t>& dims) {
  std::size_t count = 1;
  for (const std::int64_t d : dims) count *= static_cast<std::size_t>(d);
  unsigned seed = 0;
  for (const char c : name) seed = seed * 31 + static_cast<unsigned char>(c);
  return floats(name, dims, randomValues(count, seed));
}

ModelBuilder& ModelBuilder::node(const std::string& type, const std::vector<std::string>& inputs,
                                 const std::string& output, const Attributes& attributes) {
  onnx::NodeProto& node = *model_.mutable_graph()->add_node();
  node.set_op_type(type);
  node.set_name(output);
  for (const std::string& name : inputs) node.add_input(name);
  node.add_output(output);
  for (const auto& [name, value] : attributes) {
    onnx::AttributeProto& a = *node.add_attribute();
    a = value;
    a.set_name(name);
  }
  return *this;
}

ModelBuilder& ModelBuilder::metadata(const std::string& key, const std::string& value) {
  onnx::StringStringEntryProto& entry = *model_.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
  return *this;
}

Network ModelBuilder::import() const {
  const ScratchFolder folder;
  return importOnnx(folder.write("model.onnx", bytes()));
}

onnx::AttributeProto attribute(std::int64_t value) {
  onnx::AttributeProto a;
  a.set_type(onnx::AttributeProto::INT);
  a.set_i(value);
  return a;
}

onnx::AttributeProto attribute(float value) {
  onnx::AttributeProto a;
  a.set_type(onnx::AttributeProto::FLOAT);
  a.set_f(value);
  return a;
}

onnx::AttributeProto attribute(const char* value) {
  onnx::AttributeProto a;
  a.set_type(onnx::AttributeProto::STRING);
  a.set_s(value);
  return a;
}

onnx::AttributeProto attribute(const std::vector<std::int64_t>& values) {
  onnx::AttributeProto a;
  a.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t v : values) a.add_ints(v);
  return a;
}

std::vector<LayerKind> kinds(const Network& network) {
  std::vector<LayerKind> result;
  for (const Layer& layer : network.layers) result.push_back(layer.kind);
  return result;
}

void expectOutput(const Network& network, const std::vector<float>& input,
                  const std::vector<float>& expected) {
  ASSERT_EQ(static_cast<std::size_t>(elementCount(network.inputShape)), input.size());
  EXPECT_THAT(runFloat(network, input.data()), testing::Pointwise(testing::FloatNear(1e-5F), expected));
}

std::vector<float> randomValues(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(generator()) / 2147483648.0F - 1.0F;
  return values;
}

std::string importError(const std::string& path) {
  try {
    importOnnx(path);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

std::string importError(const ModelBuilder& builder) {
  const ScratchFolder folder;
  return importError(folder.write("model.onnx", builder.bytes()));
}

CaseResult runCase(const std::string& folder, const std::string& modelPath) {
  onnx::ModelProto model;
  if (!model.ParseFromString(readFile(modelPath.empty() ? folder + "/model.onnx" : modelPath))) {
    throw std::runtime_error(folder + ": no model");
  }
  const std::string data = folder + "/test_data_set_0/";
  const onnx::TensorProto input = readTensorFile(data + "input_0.pb");
  for (int i = 1; std::filesystem::exists(data + "input_" + std::to_string(i) + ".pb"); ++i) {
    onnx::TensorProto constant = readTensorFile(data + "input_" + std::to_string(i) + ".pb");
    constant.set_name(model.graph().input(i).name());
    *model.mutable_graph()->add_initializer() = constant;
  }
  const ScratchFolder scratch;
  CaseResult result;
  result.network = importOnnx(scratch.write("model.onnx", model.SerializeAsString()));
  result.expected = floatsOf(readTensorFile(data + "output_0.pb"));
  const std::vector<float> images = floatsOf(input);
  const auto size = static_cast<std::size_t>(elementCount(result.network.inputShape));
  for (std::size_t start = 0; start < images.size(); start += size) {
    const std::vector<float> out = runFloat(result.network, images.data() + start);
    result.computed.insert(result.computed.end(), out.begin(), out.end());
  }
  return result;
}

}  // namespace crosstile::test
