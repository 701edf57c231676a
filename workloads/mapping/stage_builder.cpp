// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/stage_builder.h"

#include <limits>
#include <numeric>

#include "models/base/error.h"

namespace crosstile {
namespace {

int bytesOf(const CodeFormat& format) {
  return format.bits > 16 ? 8 : format.bits > 8 ? 2 : 1;
}

/// Moves indices as a transpose moves values.
std::vector<std::int32_t> transposed(const std::vector<std::int32_t>& in, const Layer& layer) {
  const std::size_t rank = layer.inputShape.size();
  std::vector<std::int64_t> stride(rank, 1);
  for (std::size_t d = rank - 1; d > 0; --d) stride[d - 1] = stride[d] * layer.inputShape[d];
  std::vector<std::int32_t> out(in.size());
  std::vector<int> at(rank, 0);
  for (auto& value : out) {
    std::int64_t from = 0;
    for (std::size_t d = 0; d < rank; ++d)
      from += at[d] * stride[static_cast<std::size_t>(layer.permutation[d])];
    value = in[static_cast<std::size_t>(from)];
    for (std::size_t d = rank; d-- > 0;) {
      if (++at[d] < layer.outputShape[d]) break;
      at[d] = 0;
    }
  }
  return out;
}

class StageBuilder {
 public:
  StageBuilder(const IntegerNetwork& integer, const EncodingConfig& encoding)
      : integer_(integer), network_(*integer.network), encoding_(encoding) {
    format_ = integer.input;
    shape_ = network_.inputShape;
    physical_ = hwcOf(shape_);
    program_.inputElement = physical_;
  }

  ChipProgram build() {
    for (std::size_t i = 0; i < network_.layers.size(); ++i) add(static_cast<int>(i));
    if (program_.stages.empty()) throw BadInput("{}: the network has no layers", network_.name);
    program_.outputShape = shape_;
    program_.outputElement = physical_;
    program_.weightOffset = weightOffset(encoding_);
    program_.maxLevel = maxLevel(encoding_);
    program_.pulseBits = encoding_.pulseBits;
    return std::move(program_);
  }

 private:
  void add(int i) {
    const Layer& layer = network_.layers[static_cast<std::size_t>(i)];
    const int expected = i - 1;
    if (layer.inputs.size() != 1 || layer.inputs[0] != expected) {
      throw BadInput(
          "node \"{}\" ({}): only chains of layers can be mapped; its input must be the node before it",
          layer.name, toString(layer.kind));
    }
    switch (layer.kind) {
      case LayerKind::conv:
      case LayerKind::dense:
        beginMvmStage(i, layer);
        break;
      case LayerKind::reshape:
        break;
      case LayerKind::transpose:
        physical_ = transposed(physical_, layer);
        moved_ = true;
        break;
      case LayerKind::softmax:
        program_.softmax = true;
        break;
      default:
        addOperation(i, layer);
        break;
    }
    if (!program_.stages.empty())
      program_.stages.back().layers.push_back(i);
    else
      pending_.push_back(i);
    shape_ = layer.outputShape;
    format_ = integer_.layers[static_cast<std::size_t>(i)].output;
    if (!program_.stages.empty()) finish(program_.stages.back());
  }

  Stage& begin(const std::string& name) {
    Stage stage;
    stage.name = name;
    stage.source = static_cast<int>(program_.stages.size()) - 1;
    stage.inputFormat = format_;
    stage.inputBytes = bytesOf(format_);
    stage.layers.swap(pending_);
    program_.stages.push_back(std::move(stage));
    return program_.stages.back();
  }

  void beginMvmStage(int i, const Layer& layer) {
    const IntegerLayer& values = integer_.layers[static_cast<std::size_t>(i)];
    Stage& stage = begin(layer.name);
    stage.layer = i;
    stage.input = makeWindowMap(layer, physical_);
    stage.planes = planesOf(format_, encoding_.pulseBits);
    stage.outputs = layer.outputShape[0];
    stage.bias = values.bias;
    if (!values.biasWeights.empty()) {
      stage.bias.assign(stage.bias.size(), 0);
      stage.input.biasCode = values.biasInput;
    }
    stage.hasRequantise = values.hasRequantise;
    stage.requantise = values.requantise;
    physical_ = hwcOf(layer.outputShape);
    moved_ = false;
  }

  /// Operations before the first weighted layer get a stage without arrays, whose "sums" are its input codes.
  void beginDigitalStage(const Layer& layer) {
    Layer identity;
    identity.kind = LayerKind::conv;
    identity.inputShape = identity.outputShape =
        layer.inputShape.size() == 3 ? layer.inputShape
                                     : Shape{static_cast<int>(elementCount(layer.inputShape)), 1, 1};
    Stage& stage = begin(layer.name);
    stage.input = makeWindowMap(identity, physical_);
    stage.outputs = identity.inputShape[0];
    stage.bias.assign(static_cast<std::size_t>(stage.outputs), 0);
    physical_ = hwcOf(identity.outputShape);
    moved_ = false;
  }

  void addOperation(int i, const Layer& layer) {
    if (program_.stages.empty()) beginDigitalStage(layer);
    Stage& stage = program_.stages.back();
    const IntegerLayer& values = integer_.layers[static_cast<std::size_t>(i)];
    DigitalOp op;
    op.layer = i;
    const int positions = stage.ops.empty() ? stage.input.positions() : stage.ops.back().outPositions();
    op.inHeight = op.outHeight = stage.ops.empty() ? stage.input.outHeight : stage.ops.back().outHeight;
    op.inWidth = op.outWidth = positions / op.inHeight;
    switch (layer.kind) {
      case LayerKind::relu:
        op.high = std::numeric_limits<std::int64_t>::max();
        break;
      case LayerKind::clip:
        op.low = values.low;
        op.high = values.high;
        break;
      case LayerKind::sigmoid:
      case LayerKind::tanh:
        op.kind = DigitalOp::Kind::table;
        op.table = values.table;
        op.tableLow = values.tableLow;
        break;
      default:
        poolOperation(op, layer, stage);
        break;
    }
    stage.ops.push_back(std::move(op));
  }

  void poolOperation(DigitalOp& op, const Layer& layer, const Stage& stage) {
    const bool asLaidOut = !moved_ && layer.inputShape.size() == 3 && layer.inputShape[0] == stage.outputs &&
                           layer.inputShape[1] == op.inHeight && layer.inputShape[2] == op.inWidth;
    if (!asLaidOut) {
      throw BadInput("node \"{}\" ({}): pooling after a Reshape or Transpose can't be mapped", layer.name,
                     toString(layer.kind));
    }
    op.kind = layer.kind == LayerKind::maxPool ? DigitalOp::Kind::maxPool : DigitalOp::Kind::averagePool;
    op.window = layer.window;
    op.countIncludePad = layer.countIncludePad;
    if (layer.kind == LayerKind::globalAveragePool) {
      op.window = Window{};
      op.window.kernelH = op.inHeight;
      op.window.kernelW = op.inWidth;
      op.outHeight = op.outWidth = 1;
    } else {
      op.outHeight = layer.outputShape[1];
      op.outWidth = layer.outputShape[2];
    }
    physical_ = hwcOf(layer.outputShape);
  }

  void finish(Stage& stage) const {
    stage.outPositions = stage.ops.empty() ? stage.input.positions() : stage.ops.back().outPositions();
    stage.outputFormat = format_;
    stage.outputBytes = bytesOf(format_);
  }

  const IntegerNetwork& integer_;
  const Network& network_;
  const EncodingConfig& encoding_;
  ChipProgram program_;
  CodeFormat format_;  // of the values that the next layer sees
  Shape shape_;
  std::vector<std::int32_t>
      physical_;              // CHW index of the next layer's input -> element of the producer's output
  bool moved_ = false;        // a transpose stands between
  std::vector<int> pending_;  // reshapes before the first stage
};

}  // namespace

ChipProgram buildStages(const IntegerNetwork& network, const EncodingConfig& encoding) {
  return StageBuilder(network, encoding).build();
}

}  // namespace crosstile
