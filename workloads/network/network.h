// SPDX-License-Identifier: Apache-2.0
// The layer graph of a network in float, as it comes from ONNX: constants folded, batch normalisation folded,
// biases attached. What every other part (reference, encoding, mapping) starts from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/network/tensor.h"

namespace crosstile {

enum class LayerKind {
  conv,   ///< weights {out, in/groups, kh, kw}, window
  dense,  ///< weights {out, in}; input is a vector
  relu,
  clip,  ///< clipLow, clipHigh
  sigmoid,
  tanh,
  maxPool,      ///< window; padding never wins
  averagePool,  ///< window, countIncludePad
  globalAveragePool,
  reshape,    ///< same values in the same (row-major CHW) order, another shape; Flatten is one
  transpose,  ///< permutation: out dimension i is in dimension permutation[i]
  softmax,    ///< over the last dimension; only as the last layer
  add,        ///< elementwise sum of two or more inputs of one shape
  concat,     ///< inputs one after the other along the first dimension: channels, or the elements of vectors
};
std::string_view toString(LayerKind kind);

/// Kernel, strides and zero padding of a convolution or pool, in elements.
struct Window {
  int kernelH = 1, kernelW = 1;
  int strideH = 1, strideW = 1;
  int padTop = 0, padLeft = 0, padBottom = 0, padRight = 0;
};

/// What the cells of a weighted layer were trained to: conductances of pairs, w = (plus - minus)/k_G. Rows
/// are those of the layer's matrix, (channel, ky, kx) or inputs, and a last one for the bias, whose input
/// is 1.
struct TrainedCells {
  int rows = 0;  ///< with the bias row
  bool biasRow = false;
  std::vector<float> plus, minus;  ///< S, [row][output]
  double siemensPerWeight = 0.0;   ///< k_G
};

/// The device that a network's conductances were trained for, from the ONNX metadata.
struct TrainedDevice {
  std::string device;  ///< its hardware file or preset
  double gOff = 0.0, gOn = 0.0;
  double readVoltage = 0.0;
};

struct Layer {
  std::string name;  ///< the ONNX node's name (or, unnamed, its operator and first output)
  LayerKind kind{};
  std::vector<int> inputs;  ///< indices of earlier layers; -1 is the network's input. Several: add and concat
  Shape inputShape;         ///< of the first input
  Shape outputShape;
  Window window;
  int groups = 1;
  bool countIncludePad = false;
  float clipLow = 0, clipHigh = 0;
  std::vector<int> permutation;
  Tensor<float> weights;
  std::string weightsName;                      ///< the ONNX initialiser of an MVM layer's weights
  std::shared_ptr<const TrainedCells> trained;  ///< none: the weights alone count
  std::vector<float> bias;                      ///< one an output channel; all zero when the network has none
  std::vector<std::string> folded;              ///< names of ONNX nodes folded into this layer

  bool isMvm() const { return kind == LayerKind::conv || kind == LayerKind::dense; }
};

/// How stored pixels (0..255) become the network's input: (pixel * scale - mean[c]) / std[c].
struct Preprocessing {
  float scale = 1.0F / 255.0F;
  std::vector<float> mean;  ///< one a channel, or one for all, or empty (0)
  std::vector<float> std;   ///< one a channel, or one for all, or empty (1)
};

struct Network {
  std::string name;
  Shape inputShape;
  std::vector<Layer> layers;  ///< in topological order; the last one is the output
  Preprocessing
      preprocessing;  ///< from the ONNX metadata (keys input_scale, input_mean, input_std) or the default
  bool preprocessingFromFile = false;
  std::optional<TrainedDevice> trainedFor;  ///< when any layer has trained conductances
  std::uint64_t hash = 0;                   ///< of the file's bytes, and the seed of drawn weights
};

/// Shape of what layer `index` gives; -1: of the network's input.
inline const Shape& shapeOf(const Network& network, int index) {
  return index < 0 ? network.inputShape : network.layers.at(static_cast<std::size_t>(index)).outputShape;
}

struct ImportOptions {
  bool randomWeights = false;  ///< draw the weights that the file declares without values
  std::uint64_t seed = 1;      ///< of those draws
};

/// Reads a network from an ONNX file.
/// @throws BadInput naming the file and, where there is one, the node: unreadable or truncated file, failed
/// checker, unsupported operator or attribute, shapes that cannot be inferred, weights without values
Network importOnnx(const std::string& path, const ImportOptions& options = {});

}  // namespace crosstile
