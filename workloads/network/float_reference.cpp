// SPDX-License-Identifier: Apache-2.0
#include "workloads/network/float_reference.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.h"

namespace crosstile {

namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Values = std::vector<float>;

/// Part of one kernel row that falls inside an image row of `size` elements.
struct Overlap {
  int first, last;  ///< kernel offsets [first, last)
};

Overlap overlap(int start, int kernel, int size) {
  return {std::max(0, -start), std::min(kernel, size - start)};
}

/// Patches of `channels` channels starting at `image`, one column an output position: {channels*kh*kw,
/// oh*ow}.
RowMajor im2col(const Layer& layer, const float* image, int channels) {
  const Window& w = layer.window;
  const int height = layer.inputShape[1], width = layer.inputShape[2];
  const int outH = layer.outputShape[1], outW = layer.outputShape[2];
  RowMajor columns(channels * w.kernelH * w.kernelW, outH * outW);
  Eigen::Index row = 0;
  for (int c = 0; c < channels; ++c) {
    for (int ky = 0; ky < w.kernelH; ++ky) {
      for (int kx = 0; kx < w.kernelW; ++kx, ++row) {
        float* out = columns.data() + row * columns.cols();
        for (int oy = 0; oy < outH; ++oy) {
          const int y = oy * w.strideH - w.padTop + ky;
          for (int ox = 0; ox < outW; ++ox, ++out) {
            const int x = ox * w.strideW - w.padLeft + kx;
            const bool inside = y >= 0 && y < height && x >= 0 && x < width;
            *out = inside ? image[(static_cast<std::size_t>(c) * height + y) * width + x] : 0.0F;
          }
        }
      }
    }
  }
  return columns;
}

void conv(const Layer& layer, const float* in, Values& out) {
  const int groups = layer.groups;
  const int inChannels = layer.inputShape[0] / groups, outChannels = layer.outputShape[0] / groups;
  const std::size_t inPixels = static_cast<std::size_t>(layer.inputShape[1]) * layer.inputShape[2];
  const std::size_t outPixels = static_cast<std::size_t>(layer.outputShape[1]) * layer.outputShape[2];
  for (int g = 0; g < groups; ++g) {
    const RowMajor columns = im2col(layer, in + g * inChannels * inPixels, inChannels);
    const Eigen::Map<const RowMajor> weights(
        layer.weights.values.data() + static_cast<std::size_t>(g) * outChannels * columns.rows(), outChannels,
        columns.rows());
    const Eigen::Map<const Eigen::VectorXf> bias(layer.bias.data() + g * outChannels, outChannels);
    Eigen::Map<RowMajor> result(out.data() + g * outChannels * outPixels, outChannels, columns.cols());
    result.noalias() = weights * columns;
    result.colwise() += bias;
  }
}

void dense(const Layer& layer, const float* in, Values& out) {
  const Eigen::Map<const RowMajor> weights(layer.weights.values.data(), layer.weights.shape[0],
                                           layer.weights.shape[1]);
  const Eigen::Map<const Eigen::VectorXf> x(in, weights.cols());
  const Eigen::Map<const Eigen::VectorXf> bias(layer.bias.data(), weights.rows());
  Eigen::Map<Eigen::VectorXf>(out.data(), weights.rows()).noalias() = weights * x + bias;
}

/// Maximum or average of each window over its part inside the image.
void pool(const Layer& layer, const float* in, Values& out) {
  const Window& w = layer.window;
  const int height = layer.inputShape[1], width = layer.inputShape[2];
  const bool maximum = layer.kind == LayerKind::maxPool;
  std::size_t o = 0;
  for (int c = 0; c < layer.outputShape[0]; ++c) {
    const float* image = in + static_cast<std::size_t>(c) * height * width;
    for (int oy = 0; oy < layer.outputShape[1]; ++oy) {
      const int top = oy * w.strideH - w.padTop;
      const Overlap rows = overlap(top, w.kernelH, height);
      for (int ox = 0; ox < layer.outputShape[2]; ++ox) {
        const int left = ox * w.strideW - w.padLeft;
        const Overlap columns = overlap(left, w.kernelW, width);
        float best = -std::numeric_limits<float>::infinity(), sum = 0;
        for (int ky = rows.first; ky < rows.last; ++ky) {
          for (int kx = columns.first; kx < columns.last; ++kx) {
            const float value = image[static_cast<std::size_t>(top + ky) * width + left + kx];
            best = std::max(best, value);
            sum += value;
          }
        }
        const int count = layer.countIncludePad ? w.kernelH * w.kernelW
                                                : (rows.last - rows.first) * (columns.last - columns.first);
        out[o++] = maximum ? best : sum / static_cast<float>(count);
      }
    }
  }
}

void globalAverage(const Layer& layer, const float* in, Values& out) {
  const int pixels = layer.inputShape[1] * layer.inputShape[2];
  for (int c = 0; c < layer.outputShape[0]; ++c) {
    const Eigen::Map<const Eigen::VectorXf> image(in + static_cast<std::size_t>(c) * pixels, pixels);
    out[c] = image.sum() / static_cast<float>(pixels);
  }
}

void transpose(const Layer& layer, const float* in, Values& out) {
  const int rank = static_cast<int>(layer.permutation.size());
  std::vector<std::size_t> inStride(rank, 1);
  for (int d = rank - 2; d >= 0; --d) inStride[d] = inStride[d + 1] * layer.inputShape[d + 1];
  std::vector<int> index(rank, 0);
  for (float& value : out) {
    std::size_t from = 0;
    for (int d = 0; d < rank; ++d) from += index[d] * inStride[layer.permutation[d]];
    value = in[from];
    for (int d = rank - 1; d >= 0 && ++index[d] == layer.outputShape[d]; --d) index[d] = 0;
  }
}

void softmax(const Layer& layer, const float* in, Values& out) {
  const std::size_t length = layer.outputShape.back();
  for (std::size_t start = 0; start < out.size(); start += length) {
    const float* x = in + start;
    const float largest = *std::max_element(x, x + length);
    float sum = 0;
    for (std::size_t i = 0; i < length; ++i) sum += out[start + i] = std::exp(x[i] - largest);
    for (std::size_t i = 0; i < length; ++i) out[start + i] /= sum;
  }
}

template <typename F>
void elementwise(const float* in, Values& out, F f) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(in[i]);
}

/// What the layers that a layer reads have given.
using Inputs = std::vector<const float*>;

void add(const Inputs& inputs, Values& out) {
  for (const float* in : inputs) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += in[i];
  }
}

/// Channels come first: one input's elements after the other's.
void concat(const Network& network, const Layer& layer, const Inputs& inputs, Values& out) {
  float* to = out.data();
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    to = std::copy_n(inputs[k], elementCount(shapeOf(network, layer.inputs[k])), to);
  }
}

Values runLayer(const Network& network, const Layer& layer, const Inputs& inputs) {
  Values out(static_cast<std::size_t>(elementCount(layer.outputShape)));
  const float* in = inputs.at(0);
  switch (layer.kind) {
    case LayerKind::conv:
      conv(layer, in, out);
      break;
    case LayerKind::dense:
      dense(layer, in, out);
      break;
    case LayerKind::relu:
      elementwise(in, out, [](float x) { return x > 0 ? x : 0.0F; });
      break;
    case LayerKind::clip:
      elementwise(in, out, [&](float x) { return std::min(std::max(x, layer.clipLow), layer.clipHigh); });
      break;
    case LayerKind::sigmoid:
      elementwise(in, out, [](float x) { return 1.0F / (1.0F + std::exp(-x)); });
      break;
    case LayerKind::tanh:
      elementwise(in, out, [](float x) { return std::tanh(x); });
      break;
    case LayerKind::maxPool:
    case LayerKind::averagePool:
      pool(layer, in, out);
      break;
    case LayerKind::globalAveragePool:
      globalAverage(layer, in, out);
      break;
    case LayerKind::reshape:
      std::copy(in, in + out.size(), out.begin());
      break;
    case LayerKind::transpose:
      transpose(layer, in, out);
      break;
    case LayerKind::softmax:
      softmax(layer, in, out);
      break;
    case LayerKind::add:
      add(inputs, out);
      break;
    case LayerKind::concat:
      concat(network, layer, inputs, out);
      break;
  }
  return out;
}

}  // namespace

std::vector<Values> runFloatAllLayers(const Network& network, const float* input) {
  std::vector<Values> outputs;
  outputs.reserve(network.layers.size());
  for (const Layer& layer : network.layers) {
    Inputs inputs;
    for (const int source : layer.inputs) inputs.push_back(source < 0 ? input : outputs.at(source).data());
    outputs.push_back(runLayer(network, layer, inputs));
  }
  return outputs;
}

Values runFloat(const Network& network, const float* input) {
  std::vector<Values> outputs = runFloatAllLayers(network, input);
  if (outputs.empty()) throw BadInput("{}: the network has no layers", network.name);
  return std::move(outputs.back());
}

}  // namespace crosstile
