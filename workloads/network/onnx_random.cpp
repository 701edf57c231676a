// SPDX-License-Identifier: Apache-2.0
#include "workloads/network/onnx_random.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "models/base/random.h"

namespace crosstile {

namespace {

bool hasData(const onnx::TensorProto& tensor) {
  const bool any = tensor.has_raw_data() || tensor.float_data_size() > 0 || tensor.int32_data_size() > 0 ||
                   tensor.int64_data_size() > 0 || tensor.double_data_size() > 0 ||
                   tensor.uint64_data_size() > 0 || tensor.string_data_size() > 0;
  return any || std::find(tensor.dims().begin(), tensor.dims().end(), 0) != tensor.dims().end();
}

/// A graph input of an initialiser's type and shape.
void declare(const onnx::TensorProto& tensor, onnx::GraphProto& graph) {
  onnx::ValueInfoProto& input = *graph.add_input();
  input.set_name(tensor.name());
  onnx::TypeProto::Tensor& type = *input.mutable_type()->mutable_tensor_type();
  type.set_elem_type(tensor.data_type());
  for (const std::int64_t d : tensor.dims()) type.mutable_shape()->add_dim()->set_dim_value(d);
}

/// Shape of a declared weight. @throws BadInput
std::vector<std::int64_t> dimsOf(const onnx::ValueInfoProto& weight, const std::string& where) {
  const onnx::TypeProto::Tensor& type = weight.type().tensor_type();
  const int kind = type.elem_type();
  if (!weight.type().has_tensor_type() || !type.has_shape())
    throw BadInput("{}: has neither values nor a shape", where);
  if (kind != onnx::TensorProto::FLOAT && kind != onnx::TensorProto::DOUBLE &&
      kind != onnx::TensorProto::FLOAT16) {
    throw BadInput("{}: has no values and is of ONNX data type {}: only floating-point weights can be drawn",
                   where, kind);
  }
  std::vector<std::int64_t> dims;
  for (const onnx::TensorShapeProto::Dimension& d : type.shape().dim()) {
    if (d.dim_value() < 1)
      throw BadInput("{}: dimension {} is open: must be given to draw values", where, dims.size());
    dims.push_back(d.dim_value());
  }
  return dims;
}

/// What a weight's values are: normal with variance 2/fanIn, or all `constant` when fanIn is 0.
struct Distribution {
  std::int64_t fanIn = 0;
  float constant = 0.0F;
};

Distribution distributionOf(const onnx::NodeProto& reader, int input, const std::vector<std::int64_t>& dims) {
  const std::string& type = reader.op_type();
  const std::int64_t behindFirst =
      dims.size() < 2 ? 0 : checkedCount(std::vector<std::int64_t>(dims.begin() + 1, dims.end()), "a weight");
  if (type == "BatchNormalization") return {0, input == 1 || input == 4 ? 1.0F : 0.0F};
  if (type == "Mul" || type == "Div") return {0, 1.0F};
  if (input == 1 && type == "MatMul" && dims.size() == 2) return {dims[0], 0.0F};
  if (input == 1 && type == "Gemm" && dims.size() == 2) {
    const bool transposed = std::any_of(reader.attribute().begin(), reader.attribute().end(),
                                        [](const auto& a) { return a.name() == "transB" && a.i() != 0; });
    return {dims[transposed ? 1 : 0], 0.0F};
  }
  const bool isAddend = type == "Add" || type == "Sub" || type == "Sum" || input == 2;
  return {isAddend ? 0 : behindFirst, 0.0F};
}

std::uint64_t hashOf(const std::string& text) {
  std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

}  // namespace

std::vector<std::string> takeDeclaredWeights(onnx::GraphProto& graph, const std::string& image,
                                             bool external) {
  std::set<std::string> inputs, initialised;
  for (const onnx::ValueInfoProto& input : graph.input()) inputs.insert(input.name());
  auto* tensors = graph.mutable_initializer();
  for (int i = 0; i < tensors->size();) {
    const onnx::TensorProto& tensor = tensors->Get(i);
    const bool elsewhere = tensor.data_location() == onnx::TensorProto::EXTERNAL;
    if (elsewhere ? !external : hasData(tensor)) {
      initialised.insert(tensor.name());
      ++i;
      continue;
    }
    if (inputs.insert(tensor.name()).second) declare(tensor, graph);
    tensors->DeleteSubrange(i, 1);
  }
  std::vector<std::string> declared;
  for (const onnx::ValueInfoProto& input : graph.input()) {
    if (input.name() != image && initialised.count(input.name()) == 0) declared.push_back(input.name());
  }
  return declared;
}

Constant drawWeight(const onnx::GraphProto& graph, const std::string& name, std::uint64_t seed,
                    const std::string& path) {
  const std::string where = path + ": weight \"" + printable(name) + "\"";
  const auto weight = std::find_if(graph.input().begin(), graph.input().end(),
                                   [&](const onnx::ValueInfoProto& input) { return input.name() == name; });
  if (weight == graph.input().end()) throw BadInput("{}: is not declared", where);
  Constant drawn;
  drawn.dims = dimsOf(*weight, where);
  Distribution distribution;
  for (const onnx::NodeProto& node : graph.node()) {
    const auto read = std::find(node.input().begin(), node.input().end(), name);
    if (read == node.input().end()) continue;
    distribution = distributionOf(node, static_cast<int>(read - node.input().begin()), drawn.dims);
    break;
  }
  drawn.floats.assign(static_cast<std::size_t>(checkedCount(drawn.dims, where)), distribution.constant);
  if (distribution.fanIn == 0) return drawn;
  const std::uint64_t hash = hashOf(name);
  const StreamOwner owner{seed, static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32)};
  fillNormals(RandomStream(owner, Purpose::weights).key(), 0, 0, 0, drawn.floats.data(), drawn.floats.size());
  const float sigma = std::sqrt(2.0F / static_cast<float>(distribution.fanIn));
  for (float& w : drawn.floats) w *= sigma;
  return drawn;
}

}  // namespace crosstile
