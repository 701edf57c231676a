// SPDX-License-Identifier: Apache-2.0
// The network under construction: which ONNX value is which constant or which layer's output.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "workloads/network/network.h"
#include "workloads/network/onnx_constant.h"
#include "workloads/network/onnx_node.h"

namespace crosstile {

/// Zeros around an image, in elements.
struct Padding {
  int top = 0, left = 0, bottom = 0, right = 0;
  bool any() const { return top + left + bottom + right > 0; }
};

/// A value that depends on the network's input: what one image makes of it. Transposes and pads are
/// remembered, not made, until a node reads the value that can't take them over: so the transposes around the
/// nodes of an NHWC export cancel, and a Pad becomes that of the next convolution.
struct Activation {
  int layer = -1;          ///< whose output it is; -1: the network's input
  Shape shape;             ///< as ONNX has it, without the batch
  std::vector<int> order;  ///< dimension i of `shape` is dimension order[i] of the layer's output; empty: i
  bool batched = true;     ///< its first ONNX dimension is the batch
  bool exclusive = true;   ///< nothing else reads it, so the layer may be changed
  int mvm = -1;            ///< convolution or dense layer whose plain sums these are; -1: of none
  Padding padding;  ///< zeros around the layer's output (channels, height, width), not counted in `shape`
  int channelFromEnd = 0;  ///< that layer's channels are this dimension, counted from the last
};

class OnnxGraph {
 public:
  /// @param batch  images in a batch as the file has it; 1 when the file leaves it open
  OnnxGraph(std::int64_t batch, std::map<std::string, int> uses) : batch_(batch), uses_(std::move(uses)) {}

  void define(const std::string& name, ConstantPointer constant) { constants_[name] = std::move(constant); }
  void define(const std::string& name, Activation activation);
  /// The node's output is this value.
  void define(const OnnxNode& node, Activation activation) { define(node.output(), std::move(activation)); }

  /// The constant of that name, null when there is none.
  const Constant* constant(const std::string& name) const;
  /// The constant that input i of a node is; null when left out. @throws BadInput when it is not constant
  const Constant* constantInput(const OnnxNode& node, int i, const char* what) const;
  const Constant& requiredConstant(const OnnxNode& node, int i, const char* what) const;
  bool isActivation(const std::string& name) const { return activations_.count(name) != 0; }
  /// The activation that input i of a node is, with whatever is remembered. @throws BadInput when constant or
  /// not computed
  const Activation& value(const OnnxNode& node, int i) const;
  /// The same with nothing remembered: a layer's output as it is.
  Activation activation(const OnnxNode& node, int i) { return plain(node, node.input(i), value(node, i)); }
  /// The same for nodes that take over its padding.
  Activation paddedActivation(const OnnxNode& node, int i);
  /// The same for nodes that take over its order of dimensions.
  Activation orderedActivation(const OnnxNode& node, int i) {
    return unpadded(node, node.input(i), value(node, i));
  }
  const Activation* activation(const std::string& name) const;
  /// The value of that name with nothing remembered: makes its padding and transpose, once for all readers.
  Activation plain(const OnnxNode& node, const std::string& name, const Activation& value);

  /// ONNX dimensions of an activation, the batch included.
  std::vector<std::int64_t> dims(const Activation& value) const;

  /// Appends a layer that reads `inputs` (nothing remembered). @return its output
  Activation append(const OnnxNode& node, const std::vector<Activation>& inputs, LayerKind kind,
                    Shape outputShape);
  Activation append(const OnnxNode& node, const Activation& in, LayerKind kind, Shape outputShape) {
    return append(node, std::vector<Activation>{in}, kind, std::move(outputShape));
  }
  /// Appends a layer that works element by element: it keeps the order of dimensions.
  Activation appendElementwise(const OnnxNode& node, const Activation& in, LayerKind kind);
  /// Appends y[c] = scale[c] x[c] + shift[c] along dimension `channel` of the value's shape, as a depthwise
  /// convolution of 1x1; nothing when it changes nothing.
  Activation appendAffine(const OnnxNode& node, const Activation& in, int channel,
                          const std::vector<float>& scale, const std::vector<float>& shift);
  /// The layer's output itself: what a value is, order aside.
  static Activation baseOf(const Activation& value);
  /// The same value from a layer whose output's dimension order[i] is dimension i of `shape`: a transpose
  /// unless it is so already.
  Activation inOrder(const OnnxNode& node, const Activation& value, const std::vector<int>& order);
  /// The same value from a layer whose output's first dimension is dimension `first` of `shape`.
  Activation withFirst(const OnnxNode& node, const Activation& value, int first);
  /// The same values in another shape: no layer when the shape is the same, else a reshape layer.
  Activation reshaped(const OnnxNode& node, const Activation& in, const Shape& shape);
  Layer& layer(const Activation& value) { return layers_.at(value.layer); }
  Layer& layer(int index) { return layers_.at(index); }

  const std::vector<Layer>& layers() const { return layers_; }
  /// The layers that `output` needs, which is the last one's.
  std::vector<Layer> takeLayers(const Activation& output);
  /// True when no value of the layer's output can be below 0.
  bool neverNegative(int layer) const;
  std::int64_t batch() const { return batch_; }

 private:
  std::string uniqueName(const std::string& wanted) const;
  Activation unpadded(const OnnxNode& node, const std::string& name, const Activation& value);

  std::int64_t batch_;
  std::map<std::string, int> uses_;  ///< how many nodes and graph outputs read a value
  std::map<std::string, ConstantPointer> constants_;
  std::map<std::string, Activation> activations_;
  std::map<std::string, Activation> unpadded_,
      plain_;                    ///< what has been made of remembered pads and transposes
  std::set<std::string> names_;  ///< of layers
  std::vector<Layer> layers_;
};

}  // namespace crosstile
