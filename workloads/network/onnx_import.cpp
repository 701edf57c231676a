// SPDX-License-Identifier: Apache-2.0
// importOnnx: from the file's graph to layers, node by node.
#include <cmath>
#include <filesystem>
#include <set>

#include "workloads/network/network.h"
#include "workloads/network/onnx_file.h"
#include "workloads/network/onnx_graph.h"
#include "workloads/network/onnx_operators.h"
#include "workloads/network/onnx_random.h"

namespace crosstile {

namespace {

using Nodes = std::vector<const onnx::NodeProto*>;

/// The nodes that the graph's output needs, in the file's order.
Nodes neededNodes(const onnx::GraphProto& graph) {
  std::set<std::string> needed;
  for (const onnx::ValueInfoProto& output : graph.output()) needed.insert(output.name());
  Nodes nodes;
  for (int i = graph.node_size() - 1; i >= 0; --i) {
    const onnx::NodeProto& node = graph.node(i);
    bool wanted = false;
    for (const std::string& name : node.output())
      wanted = wanted || (!name.empty() && needed.count(name) != 0);
    if (!wanted) continue;
    nodes.insert(nodes.begin(), &node);
    for (const std::string& name : node.input()) needed.insert(name);
  }
  return nodes;
}

const OnnxOperator& operatorOf(const onnx::NodeProto& proto, const OnnxNode& node) {
  const bool isDefault = proto.domain().empty() || proto.domain() == "ai.onnx";
  const OnnxOperator* found = isDefault ? findOperator(proto.op_type()) : nullptr;
  if (found == nullptr) node.fail("not supported; supported operators: docs/operators.md");
  return *found;
}

/// Every value that a node reads must come before it: a cycle can't. @throws BadInput naming the node
void requireOrder(const onnx::GraphProto& graph, const Nodes& nodes, const std::string& path,
                  std::int64_t opset) {
  std::set<std::string> given = {""};
  for (const onnx::ValueInfoProto& input : graph.input()) given.insert(input.name());
  for (const onnx::TensorProto& tensor : graph.initializer()) given.insert(tensor.name());
  for (const onnx::SparseTensorProto& tensor : graph.sparse_initializer())
    given.insert(tensor.values().name());
  for (const onnx::NodeProto* node : nodes) {
    for (const std::string& name : node->input()) {
      if (given.count(name) != 0) continue;
      OnnxNode(*node, path, opset).fail("reads \"{}\", which no earlier node gives", printable(name));
    }
    given.insert(node->output().begin(), node->output().end());
  }
}

/// How many nodes and graph outputs read each value. Shapes don't count: they are known at import.
std::map<std::string, int> countUses(const onnx::GraphProto& graph, const Nodes& nodes) {
  std::map<std::string, int> uses;
  for (const onnx::NodeProto* node : nodes) {
    if (node->op_type() == "Shape") continue;
    for (const std::string& name : node->input()) ++uses[name];
  }
  for (const onnx::ValueInfoProto& output : graph.output()) ++uses[output.name()];
  return uses;
}

/// The graph's first input that isn't an initialiser.
const onnx::ValueInfoProto& imageInput(const onnx::GraphProto& graph, const std::string& path) {
  std::set<std::string> initialisers;
  for (const onnx::TensorProto& tensor : graph.initializer()) initialisers.insert(tensor.name());
  if (graph.output_size() != 1)
    throw BadInput("{}: the network has {} outputs: allowed is 1", path, graph.output_size());
  for (const onnx::ValueInfoProto& input : graph.input()) {
    if (initialisers.count(input.name()) == 0) return input;
  }
  throw BadInput("{}: the network has 0 inputs: allowed is 1", path);
}

/// Weights without values, which is an error unless they may be drawn.
std::vector<std::string> declaredWeights(onnx::GraphProto& graph, const std::string& image,
                                         const ImportOptions& options, const std::string& path) {
  std::vector<std::string> declared = takeDeclaredWeights(graph, image, options.randomWeights);
  if (!declared.empty() && !options.randomWeights) {
    throw BadInput(
        "{}: the network has {} inputs: allowed is 1; if \"{}\"{} are weights without values, --weights "
        "random draws them",
        path, declared.size() + 1, printable(declared[0]), declared.size() > 1 ? " and the others" : "");
  }
  return declared;
}

struct InputShape {
  std::int64_t batch = 1;
  bool batched = true;
  Shape shape;
};

/// A single dimension is one image's features; otherwise the first is the batch, 1 when left open.
InputShape inputShapeOf(const onnx::ValueInfoProto& input, const std::string& path) {
  const std::string where = path + ": input \"" + printable(input.name()) + "\"";
  if (!input.type().has_tensor_type() || !input.type().tensor_type().has_shape()) {
    throw BadInput("{}: has no shape: it must be given in the file", where);
  }
  const onnx::TensorShapeProto& shape = input.type().tensor_type().shape();
  InputShape result;
  result.batched = shape.dim_size() > 1;
  std::vector<std::int64_t> dims;
  for (int i = 0; i < shape.dim_size(); ++i) {
    const onnx::TensorShapeProto::Dimension& d = shape.dim(i);
    const bool isBatch = i == 0 && result.batched;
    const bool open = !d.has_dim_value() || (isBatch && d.dim_value() <= 0);
    if (open && !isBatch)
      throw BadInput("{}: dimension {} is open: only the batch (dimension 0) may be", where, i);
    dims.push_back(open ? 1 : d.dim_value());
    if (dims.back() < 1) throw BadInput("{}: dimension {} is {}: must be at least 1", where, i, dims.back());
  }
  if (dims.empty()) throw BadInput("{}: has no dimensions", where);
  if (checkedCount(dims, where) > std::int64_t{1} << 28) throw BadInput("{}: is too large", where);
  result.batch = result.batched ? dims[0] : 1;
  result.shape.assign(dims.begin() + (result.batched ? 1 : 0), dims.end());
  return result;
}

void readInitialisers(const onnx::GraphProto& graph, const std::map<std::string, int>& uses,
                      const std::string& path, OnnxGraph& values) {
  if (graph.sparse_initializer_size() > 0) throw BadInput("{}: sparse initialisers: not supported", path);
  for (const onnx::TensorProto& tensor : graph.initializer()) {
    if (uses.count(tensor.name()) == 0) continue;
    const std::string where = path + ": initialiser \"" + printable(tensor.name()) + "\"";
    values.define(tensor.name(), std::make_shared<Constant>(readTensor(tensor, where)));
  }
}

/// Evaluates a node of constants, or makes layers of it.
void importNode(const OnnxOperator& op, const OnnxNode& node, OnnxGraph& values) {
  std::vector<const Constant*> constants;
  bool allConstant = true;
  for (int i = 0; i < node.inputCount(); ++i) {
    constants.push_back(node.hasInput(i) ? values.constant(node.input(i)) : nullptr);
    allConstant = allConstant && (!node.hasInput(i) || constants.back() != nullptr);
  }
  if (allConstant && op.fold != nullptr) {
    values.define(node.output(), std::make_shared<Constant>(op.fold(node, constants)));
  } else if (op.import != nullptr) {
    op.import(values, node);
  } else {
    node.fail("of an activation: not supported; supported operators: docs/operators.md");
  }
}

using InferredShapes = std::map<std::string, const onnx::TensorShapeProto*>;

/// What the file and libonnx's inference say of the shapes of values.
InferredShapes inferredShapes(const onnx::GraphProto& graph) {
  InferredShapes shapes;
  const auto add = [&](const onnx::ValueInfoProto& value) {
    if (value.type().has_tensor_type() && value.type().tensor_type().has_shape()) {
      shapes[value.name()] = &value.type().tensor_type().shape();
    }
  };
  for (const onnx::ValueInfoProto& value : graph.value_info()) add(value);
  for (const onnx::ValueInfoProto& value : graph.output()) add(value);
  return shapes;
}

/// A layer's shape must be what libonnx found, where that is known: else the two read the node differently.
void checkShape(const OnnxNode& node, const OnnxGraph& values, const InferredShapes& inferred) {
  const Activation* value = values.activation(node.output());
  const auto found = inferred.find(node.output());
  if (value == nullptr || value->padding.any() || found == inferred.end()) return;
  const std::vector<std::int64_t> dims = values.dims(*value);
  bool same = static_cast<int>(dims.size()) == found->second->dim_size();
  for (std::size_t i = 0; same && i < dims.size(); ++i) {
    const onnx::TensorShapeProto::Dimension& d = found->second->dim(static_cast<int>(i));
    same = d.dim_value() <= 0 || d.dim_value() == dims[i];  // an open one reads as 0
  }
  if (!same) node.fail("its output is {} by its attributes, but not by the file", dimensionsText(dims));
}

void requireFinite(const Network& network, const std::string& path) {
  const auto finite = [](const std::vector<float>& values) {
    for (const float v : values) {
      if (!std::isfinite(v)) return false;
    }
    return true;
  };
  for (const Layer& layer : network.layers) {
    if (!finite(layer.weights.values))
      throw BadInput("{}: layer \"{}\": weights hold NaN or infinity", path, layer.name);
    if (!finite(layer.bias))
      throw BadInput("{}: layer \"{}\": biases hold NaN or infinity", path, layer.name);
  }
}

/// The layers that make the graph's output, which is the last one's.
std::vector<Layer> finish(OnnxGraph& values, const OnnxNode& last, const std::string& output,
                          const std::string& path) {
  const Activation* found = values.activation(output);
  if (found == nullptr)
    throw BadInput("{}: output \"{}\" does not depend on the input", path, printable(output));
  std::vector<Layer> layers = values.takeLayers(values.plain(last, output, *found));
  if (layers.empty()) throw BadInput("{}: the network has no layers", path);
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    if (layers[i].kind == LayerKind::softmax) {
      throw BadInput("{}: node \"{}\" (Softmax): allowed only as the last layer", path, layers[i].name);
    }
  }
  return layers;
}

}  // namespace

Network importOnnx(const std::string& path, const ImportOptions& options) {
  OnnxFile file = readOnnx(path);
  const std::int64_t opset = opsetOf(file.model, path);
  Nodes nodes = neededNodes(file.model.graph());
  for (const onnx::NodeProto* node : nodes) operatorOf(*node, OnnxNode(*node, path, opset));
  requireOrder(file.model.graph(), nodes, path, opset);
  const InputShape input = inputShapeOf(imageInput(file.model.graph(), path), path);
  const std::string imageName = imageInput(file.model.graph(), path).name();
  const std::vector<std::string> declared =
      declaredWeights(*file.model.mutable_graph(), imageName, options, path);
  checkOnnx(file.model, path);

  const onnx::GraphProto& graph = file.model.graph();
  nodes = neededNodes(graph);
  if (nodes.empty())
    throw BadInput("{}: output \"{}\" is not a node's", path, printable(graph.output(0).name()));
  const std::map<std::string, int> uses = countUses(graph, nodes);
  const InferredShapes inferred = inferredShapes(graph);
  OnnxGraph values(input.batch, uses);
  readInitialisers(graph, uses, path, values);
  for (const std::string& name : declared) {
    if (uses.count(name) == 0) continue;
    values.define(name, std::make_shared<Constant>(drawWeight(graph, name, options.seed, path)));
  }
  Activation image;
  image.shape = input.shape;
  image.batched = input.batched;
  values.define(imageName, image);
  for (const onnx::NodeProto* proto : nodes) {
    const OnnxNode node(*proto, path, opset);
    importNode(operatorOf(*proto, node), node, values);
    checkShape(node, values, inferred);
  }
  Network network;
  network.name = std::filesystem::path(path).stem().string();
  network.inputShape = input.shape;
  network.layers = finish(values, OnnxNode(*nodes.back(), path, opset), graph.output(0).name(), path);
  network.hash = declared.empty() ? file.hash : file.hash ^ (options.seed + 1) * 0x9E3779B97F4A7C15U;
  requireFinite(network, path);
  readPreprocessing(file.model, path, network);
  readTrainedCells(file.model, path, network);
  return network;
}

}  // namespace crosstile
