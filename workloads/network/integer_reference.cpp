// SPDX-License-Identifier: Apache-2.0
// The integer reference: every layer in plain loops, straight from the definitions in integer_network.h.
// Shares no code with encoding, mapping or the digital models on purpose: it is what they are tested against.
#include <algorithm>
#include <limits>

#include "models/base/error.h"
#include "workloads/network/integer_network.h"

namespace crosstile {

namespace {

using Codes = std::vector<std::int64_t>;
__extension__ using Wide = __int128;

std::int64_t floorDivide(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

std::int64_t requantise(std::int64_t accumulator, const Requantise& r) {
  const Wide rounded = static_cast<Wide>(accumulator) * r.multiplier + (Wide{1} << (r.shift - 1));
  const Wide scaled = rounded >> r.shift;  // arithmetic: rounds towards minus infinity
  if (scaled < r.low) return r.low;
  if (scaled > r.high) return r.high;
  return static_cast<std::int64_t>(scaled);
}

std::int64_t finish(const IntegerLayer& integers, std::int64_t accumulator) {
  return integers.hasRequantise ? requantise(accumulator, integers.requantise) : accumulator;
}

/// The sum of one output position of a convolution, bias included.
std::int64_t convolve(const Layer& layer, const IntegerLayer& integers, const std::int64_t* in, int o, int oy,
                      int ox) {
  const Window& w = layer.window;
  const int height = layer.inputShape[1], width = layer.inputShape[2];
  const int channels = layer.inputShape[0] / layer.groups;
  const int firstChannel = o / (layer.outputShape[0] / layer.groups) * channels;
  std::int64_t sum = integers.bias[o];
  for (int c = 0; c < channels; ++c) {
    for (int ky = 0; ky < w.kernelH; ++ky) {
      for (int kx = 0; kx < w.kernelW; ++kx) {
        const int y = oy * w.strideH - w.padTop + ky;
        const int x = ox * w.strideW - w.padLeft + kx;
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        const std::int64_t weight = integers.weights[((o * channels + c) * w.kernelH + ky) * w.kernelW + kx];
        sum += weight * in[((firstChannel + c) * height + y) * width + x];
      }
    }
  }
  return sum;
}

void conv(const Layer& layer, const IntegerLayer& integers, const std::int64_t* in, Codes& out) {
  std::size_t i = 0;
  for (int o = 0; o < layer.outputShape[0]; ++o) {
    for (int oy = 0; oy < layer.outputShape[1]; ++oy) {
      for (int ox = 0; ox < layer.outputShape[2]; ++ox) {
        out[i++] = finish(integers, convolve(layer, integers, in, o, oy, ox));
      }
    }
  }
}

void dense(const Layer& layer, const IntegerLayer& integers, const std::int64_t* in, Codes& out) {
  const std::size_t rows = layer.weights.shape[1];
  for (std::size_t o = 0; o < out.size(); ++o) {
    std::int64_t sum = integers.bias[o];
    for (std::size_t i = 0; i < rows; ++i) sum += integers.weights[o * rows + i] * in[i];
    out[o] = finish(integers, sum);
  }
}

void pool(const Layer& layer, const std::int64_t* in, Codes& out) {
  const Window& w = layer.window;
  const int height = layer.inputShape[1], width = layer.inputShape[2];
  std::size_t i = 0;
  for (int c = 0; c < layer.outputShape[0]; ++c) {
    for (int oy = 0; oy < layer.outputShape[1]; ++oy) {
      for (int ox = 0; ox < layer.outputShape[2]; ++ox) {
        std::int64_t largest = std::numeric_limits<std::int64_t>::min(), sum = 0, inside = 0;
        for (int ky = 0; ky < w.kernelH; ++ky) {
          for (int kx = 0; kx < w.kernelW; ++kx) {
            const int y = oy * w.strideH - w.padTop + ky;
            const int x = ox * w.strideW - w.padLeft + kx;
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            const std::int64_t code = in[(c * height + y) * width + x];
            largest = std::max(largest, code);
            sum += code;
            ++inside;
          }
        }
        const std::int64_t n = layer.countIncludePad ? w.kernelH * w.kernelW : inside;
        out[i++] = layer.kind == LayerKind::maxPool ? largest : floorDivide(2 * sum + n, 2 * n);
      }
    }
  }
}

void globalAverage(const Layer& layer, const std::int64_t* in, Codes& out) {
  const std::int64_t n = static_cast<std::int64_t>(layer.inputShape[1]) * layer.inputShape[2];
  for (std::size_t c = 0; c < out.size(); ++c) {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += in[static_cast<std::int64_t>(c) * n + i];
    out[c] = floorDivide(2 * sum + n, 2 * n);
  }
}

void lookUp(const Layer& layer, const IntegerLayer& integers, const std::int64_t* in, Codes& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t index = in[i] - integers.tableLow;
    if (index < 0 || index >= static_cast<std::int64_t>(integers.table.size())) {
      throw RunFailure("layer {}: code {} is outside of its table of {} entries from {}", layer.name, in[i],
                       integers.table.size(), integers.tableLow);
    }
    out[i] = integers.table[index];
  }
}

/// Moves codes so that output dimension d is input dimension permutation[d]: walks the input, computes each
/// target.
void transpose(const Layer& layer, const std::int64_t* in, Codes& out) {
  const int rank = static_cast<int>(layer.permutation.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::vector<std::size_t> coordinate(rank);
    std::size_t rest = i;
    for (int d = rank - 1; d >= 0; --d) {
      coordinate[d] = rest % layer.inputShape[d];
      rest /= layer.inputShape[d];
    }
    std::size_t target = 0;
    for (int d = 0; d < rank; ++d) target = target * layer.outputShape[d] + coordinate[layer.permutation[d]];
    out[target] = in[i];
  }
}

/// One element of an add, from the same element of each input.
std::int64_t sumOf(const Layer& layer, const IntegerLayer& integers,
                   const std::vector<const std::int64_t*>& inputs, std::size_t element) {
  if (integers.addMultipliers.size() != inputs.size()) {
    throw RunFailure("layer {}: {} multipliers for {} inputs", layer.name, integers.addMultipliers.size(),
                     inputs.size());
  }
  Wide sum = Wide{1} << (integers.addShift - 1);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    sum += static_cast<Wide>(inputs[k][element]) * integers.addMultipliers[k];
  }
  const Wide scaled = sum >> integers.addShift;  // arithmetic: rounds towards minus infinity
  if (scaled < integers.low) return integers.low;
  return scaled > integers.high ? integers.high : static_cast<std::int64_t>(scaled);
}

/// Element (c, pixel) of the output is that of the input which has channel c.
void concat(const std::vector<Shape>& shapes, const std::vector<const std::int64_t*>& inputs, Codes& out) {
  std::size_t firstChannel = 0;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const std::size_t channels = shapes[k].at(0);
    const std::size_t pixels = elementCount(shapes[k]) / shapes[k].at(0);
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t p = 0; p < pixels; ++p)
        out[(firstChannel + c) * pixels + p] = inputs[k][c * pixels + p];
    }
    firstChannel += channels;
  }
}

Codes runLayer(const Network& network, const Layer& layer, const IntegerLayer& integers,
               const std::vector<const std::int64_t*>& inputs) {
  const std::int64_t* in = inputs.at(0);
  Codes out(static_cast<std::size_t>(elementCount(layer.outputShape)));
  switch (layer.kind) {
    case LayerKind::conv:
      conv(layer, integers, in, out);
      break;
    case LayerKind::dense:
      dense(layer, integers, in, out);
      break;
    case LayerKind::relu:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] > 0 ? in[i] : 0;
      break;
    case LayerKind::clip:
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = std::min(std::max(in[i], integers.low), integers.high);
      break;
    case LayerKind::sigmoid:
    case LayerKind::tanh:
      lookUp(layer, integers, in, out);
      break;
    case LayerKind::maxPool:
    case LayerKind::averagePool:
      pool(layer, in, out);
      break;
    case LayerKind::globalAveragePool:
      globalAverage(layer, in, out);
      break;
    case LayerKind::reshape:
    case LayerKind::softmax:
      std::copy(in, in + out.size(), out.begin());
      break;
    case LayerKind::transpose:
      transpose(layer, in, out);
      break;
    case LayerKind::add:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = sumOf(layer, integers, inputs, i);
      break;
    case LayerKind::concat: {
      std::vector<Shape> shapes;
      for (const int source : layer.inputs) shapes.push_back(shapeOf(network, source));
      concat(shapes, inputs, out);
      break;
    }
  }
  return out;
}

}  // namespace

std::vector<Codes> runIntegerAllLayers(const IntegerNetwork& network, const std::int64_t* input) {
  const std::vector<Layer>& layers = network.network->layers;
  if (network.layers.size() != layers.size()) {
    throw RunFailure("integer network of {} layers for a network of {}", network.layers.size(),
                     layers.size());
  }
  std::vector<Codes> outputs;
  outputs.reserve(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::vector<const std::int64_t*> inputs;
    for (const int source : layers[i].inputs)
      inputs.push_back(source < 0 ? input : outputs.at(source).data());
    outputs.push_back(runLayer(*network.network, layers[i], network.layers[i], inputs));
  }
  return outputs;
}

}  // namespace crosstile
