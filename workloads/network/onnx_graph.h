// SPDX-License-Identifier: Apache-2.0
// The network under construction: which ONNX value is which constant or which layer's output.
#pragma once

#include <cstdint>
#include <map>
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

/// A value that depends on the network's input: what one image makes of it.
struct Activation {
  int layer = -1;          ///< whose output it is; -1: the network's input
  Shape shape;             ///< without the batch
  bool batched = true;     ///< its first ONNX dimension is the batch
  bool exclusive = true;   ///< nothing else reads it, so the layer may be changed
  int mvm = -1;            ///< convolution or dense layer whose plain sums these are; -1: of none
  Padding padding;         ///< zeros around `shape` that the next convolution or average pool takes over
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
  /// The activation that input i of a node is. @throws BadInput when constant or not computed
  const Activation& activation(const OnnxNode& node, int i) const;
  /// The same, for nodes that take over its padding; `activation` refuses padded ones.
  const Activation& paddedActivation(const OnnxNode& node, int i) const;
  const Activation* activation(const std::string& name) const;

  /// ONNX dimensions of an activation, the batch included.
  std::vector<std::int64_t> dims(const Activation& value) const;

  /// Appends a layer that reads `in`. @return its output
  Activation append(const OnnxNode& node, const Activation& in, LayerKind kind, Shape outputShape);
  /// The same values in another shape: no layer when the shape is the same, else a reshape layer.
  Activation reshaped(const OnnxNode& node, const Activation& in, const Shape& shape);
  Layer& layer(const Activation& value) { return layers_.at(value.layer); }
  Layer& layer(int index) { return layers_.at(index); }

  const std::vector<Layer>& layers() const { return layers_; }
  std::vector<Layer> takeLayers() { return std::move(layers_); }
  std::int64_t batch() const { return batch_; }

 private:
  std::string uniqueName(const std::string& wanted) const;

  std::int64_t batch_;
  std::map<std::string, int> uses_;  ///< how many nodes and graph outputs read a value
  std::map<std::string, ConstantPointer> constants_;
  std::map<std::string, Activation> activations_;
  std::vector<Layer> layers_;
};

}  // namespace crosstile
