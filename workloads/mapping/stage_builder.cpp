// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/stage_builder.h"

#include <algorithm>
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

/// What a layer gives, on its way to those who read it: where its codes flow from, and in which order.
struct Value {
  Stream stream;
  std::vector<std::int32_t> elementOf;  ///< CHW index -> element of the stream
  int openStage = -1;                   ///< the stage whose last result it is, if it can go on there
};

Shape asMap(const Shape& shape) {
  return shape.size() == 3 ? shape : Shape{static_cast<int>(elementCount(shape)), 1, 1};
}

class StageBuilder {
 public:
  StageBuilder(const IntegerNetwork& integer, const EncodingConfig& encoding)
      : integer_(integer), network_(*integer.network), encoding_(encoding) {
    readers_.assign(network_.layers.size() + 1, 0);
    for (const Layer& layer : network_.layers) {
      for (const int in : layer.inputs) ++readers_.at(static_cast<std::size_t>(in + 1));
    }
    Value input;
    input.stream.parts = {{-1, 0}};
    input.stream.positions = static_cast<int>(elementCount(network_.inputShape));
    input.stream.format = integer.input;
    input.stream.bytes = bytesOf(integer.input);
    input.elementOf = hwcOf(asMap(network_.inputShape));
    program_.inputElement = input.elementOf;
    values_.push_back(std::move(input));
  }

  ChipProgram build() {
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      values_.push_back(add(static_cast<int>(i)));
      attribute(static_cast<int>(i));
    }
    if (program_.stages.empty()) throw BadInput("{}: the network has no layers", network_.name);
    Value& last = values_.back();
    const int final = static_cast<int>(program_.stages.size()) - 1;
    if (last.stream.parts.size() > 1 || last.stream.parts[0].stage != final)
      last = passed(last, network_.layers.back().outputShape, network_.layers.back().name);
    program_.outputShape = network_.layers.back().outputShape;
    program_.outputElement = last.elementOf;
    program_.weightOffset = weightOffset(encoding_);
    program_.maxLevel = maxLevel(encoding_);
    program_.pulseBits = encoding_.pulseBits;
    return std::move(program_);
  }

 private:
  Value add(int i) {
    current_ = i;
    const Layer& layer = network_.layers[static_cast<std::size_t>(i)];
    switch (layer.kind) {
      case LayerKind::conv:
      case LayerKind::dense:
        return weighted(i, layer);
      case LayerKind::reshape:
        return moved(layer);
      case LayerKind::transpose: {
        Value value = moved(layer);
        value.elementOf = transposed(value.elementOf, layer);
        return value;
      }
      case LayerKind::softmax:
        program_.softmax = true;
        return moved(layer);
      case LayerKind::add:
        return addition(i, layer);
      case LayerKind::concat:
        return concatenation(layer);
      default:
        return operation(i, layer);
    }
  }

  const Value& inputOf(const Layer& layer, std::size_t k = 0) const {
    return values_.at(static_cast<std::size_t>(layer.inputs.at(k) + 1));
  }
  bool readOnce(const Layer& layer, std::size_t k = 0) const {
    return readers_.at(static_cast<std::size_t>(layer.inputs.at(k) + 1)) == 1;
  }

  /// The same codes in another order: the stage that gives them can go on if nobody else reads them.
  Value moved(const Layer& layer) const {
    Value value = inputOf(layer);
    if (!readOnce(layer)) value.openStage = -1;
    return value;
  }

  /// Every layer belongs to the stage that gives its value; those before the first stage to that one.
  void attribute(int i) {
    pending_.push_back(i);
    const int stage = values_.back().stream.parts.back().stage;
    if (stage < 0) return;
    auto& layers = program_.stages[static_cast<std::size_t>(stage)].layers;
    layers.insert(layers.end(), pending_.begin(), pending_.end());
    pending_.clear();
  }

  Stage& begin(const std::string& name, const Value& input) {
    Stage stage;
    stage.name = name;
    stage.ledger = current_;
    stage.streams = {input.stream};
    program_.stages.push_back(std::move(stage));
    return program_.stages.back();
  }

  /// The result of the last stage so far, or of the stage that went on.
  Value result(std::size_t s, const CodeFormat& format, std::vector<std::int32_t> elementOf) {
    Stage& stage = program_.stages[s];
    stage.outPositions = stage.ops.empty() ? stage.input.positions() : stage.ops.back().outPositions();
    stage.outputFormat = format;
    stage.outputBytes = bytesOf(format);
    Value value;
    value.stream.parts = {{static_cast<int>(s), 0}};
    value.stream.channels = stage.outputs;
    value.stream.positions = stage.outPositions;
    value.stream.format = format;
    value.stream.bytes = stage.outputBytes;
    value.elementOf = std::move(elementOf);
    value.openStage = static_cast<int>(s);
    return value;
  }

  Value weighted(int i, const Layer& layer) {
    const IntegerLayer& values = integer_.layers[static_cast<std::size_t>(i)];
    const Value& input = inputOf(layer);
    Stage& stage = begin(layer.name, input);
    stage.layer = i;
    stage.input = makeWindowMap(layer, input.elementOf);
    stage.planes = planesOf(input.stream.format, encoding_.pulseBits);
    stage.outputs = layer.outputShape[0];
    stage.bias = values.bias;
    if (!values.biasWeights.empty()) {
      stage.bias.assign(stage.bias.size(), 0);
      stage.input.biasCode = values.biasInput;
    }
    stage.hasRequantise = values.hasRequantise;
    stage.requantise = values.requantise;
    return result(program_.stages.size() - 1, values.output, hwcOf(layer.outputShape));
  }

  /// A stage without arrays, whose "sums" are its input codes: what can't go on in the stage before.
  Value passed(const Value& input, const Shape& shape, const std::string& name) {
    Layer identity;
    identity.kind = LayerKind::conv;
    identity.inputShape = identity.outputShape = asMap(shape);
    Stage& stage = begin(name, input);
    stage.input = makeWindowMap(identity, input.elementOf);
    stage.outputs = identity.inputShape[0];
    stage.bias.assign(static_cast<std::size_t>(stage.outputs), 0);
    return result(program_.stages.size() - 1, input.stream.format, hwcOf(identity.outputShape));
  }

  /// A value in the order of its own positions, channels together, from a stage.
  Value laidOut(const Value& value, const Shape& shape, const std::string& name) {
    const Shape map = asMap(shape);
    const bool is = value.stream.parts[0].stage >= 0 && value.stream.channels == map[0] &&
                    value.stream.positions == map[1] * map[2] && value.elementOf == hwcOf(map);
    return is ? value : passed(value, shape, name);
  }

  /// An operation on the codes of one position after the other.
  Value operation(int i, const Layer& layer) {
    Value input = moved(layer);
    const bool pools = layer.kind == LayerKind::maxPool || layer.kind == LayerKind::averagePool ||
                       layer.kind == LayerKind::globalAveragePool;
    if (input.openStage < 0 || (pools && input.elementOf != hwcOf(asMap(layer.inputShape))))
      input = passed(input, layer.inputShape, layer.name);
    const auto s = static_cast<std::size_t>(input.openStage);
    DigitalOp op = makeOp(s, i);
    const IntegerLayer& values = integer_.layers[static_cast<std::size_t>(i)];
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
        pool(op, layer);
        input.elementOf = hwcOf(layer.outputShape);
        break;
    }
    program_.stages[s].ops.push_back(std::move(op));
    return result(s, values.output, std::move(input.elementOf));
  }

  DigitalOp makeOp(std::size_t s, int layer) const {
    const Stage& stage = program_.stages[s];
    DigitalOp op;
    op.layer = layer;
    op.inHeight = op.outHeight = stage.ops.empty() ? stage.input.outHeight : stage.ops.back().outHeight;
    op.inWidth = op.outWidth = stage.ops.empty() ? stage.input.outWidth : stage.ops.back().outWidth;
    return op;
  }

  static void pool(DigitalOp& op, const Layer& layer) {
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
  }

  /// One input is the result of a stage, which goes on with the addition; the others flow into it.
  Value addition(int i, const Layer& layer) {
    std::vector<Value> inputs;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      Value input = inputOf(layer, k);
      if (!readOnce(layer, k)) input.openStage = -1;
      inputs.push_back(laidOut(input, layer.outputShape, layer.name));
    }
    // Streams come from stages before: the last of them all must be the one that goes on.
    const auto stageOf = [](const Value& v) {
      int last = -1;
      for (const Stream::Part& part : v.stream.parts) last = std::max(last, part.stage);
      return last;
    };
    std::size_t home = 0;
    for (std::size_t k = 1; k < inputs.size(); ++k) {
      if (stageOf(inputs[k]) > stageOf(inputs[home])) home = k;
    }
    if (inputs[home].openStage < 0) inputs[home] = passed(inputs[home], layer.outputShape, layer.name);
    const auto s = static_cast<std::size_t>(inputs[home].openStage);
    const IntegerLayer& values = integer_.layers[static_cast<std::size_t>(i)];
    DigitalOp op = makeOp(s, i);
    op.kind = DigitalOp::Kind::add;
    op.multiplier = values.addMultipliers.at(home);
    op.shift = values.addShift;
    op.low = values.low;
    op.high = values.high;
    Stage& stage = program_.stages[s];
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (k == home) continue;
      op.operands.push_back({static_cast<int>(stage.streams.size()), values.addMultipliers.at(k)});
      stage.streams.push_back(inputs[k].stream);
    }
    stage.ops.push_back(std::move(op));
    return result(s, values.output, std::move(inputs[home].elementOf));
  }

  /// One stream of several producers.
  Value concatenation(const Layer& layer) {
    Value value;
    value.stream.channels = 0;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      const Shape& shape = shapeOf(network_, layer.inputs[k]);
      Value part = laidOut(inputOf(layer, k), shape, layer.name);
      const auto twice = [&](const Stream::Part& p) {  // a producer sends a position once
        return std::any_of(value.stream.parts.begin(), value.stream.parts.end(),
                           [&](const Stream::Part& q) { return p.stage == q.stage; });
      };
      if (std::any_of(part.stream.parts.begin(), part.stream.parts.end(), twice))
        part = passed(part, shape, layer.name);
      for (Stream::Part p : part.stream.parts) {
        p.channelBegin += value.stream.channels;
        value.stream.parts.push_back(p);
      }
      value.stream.channels += part.stream.channels;
      value.stream.positions = part.stream.positions;
      value.stream.format = part.stream.format;
      value.stream.bytes = part.stream.bytes;
    }
    value.elementOf = hwcOf(asMap(layer.outputShape));
    return value;
  }

  const IntegerNetwork& integer_;
  const Network& network_;
  const EncodingConfig& encoding_;
  ChipProgram program_;
  int current_ = 0;            // the layer that is being added
  std::vector<int> readers_;   // of the network's input and of each layer
  std::vector<Value> values_;  // the same
  std::vector<int> pending_;   // layers before the first stage
};

}  // namespace

ChipProgram buildStages(const IntegerNetwork& network, const EncodingConfig& encoding) {
  return StageBuilder(network, encoding).build();
}

}  // namespace crosstile
