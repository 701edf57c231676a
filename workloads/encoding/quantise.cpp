// SPDX-License-Identifier: Apache-2.0
#include "workloads/encoding/quantise.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/error.h"
#include "models/digital/fixed_point.h"
#include "workloads/encoding/trained_levels.h"
#include "workloads/network/float_reference.h"

namespace crosstile {
namespace {

/// What calibration learns of one tensor.
struct Range {
  std::vector<float> magnitudes;  // of every value, until percentile() is taken
  bool negative = false;
  double percentile(double p) {
    if (magnitudes.empty()) return 0.0;
    const auto n = magnitudes.size();
    const auto k =
        std::min(n - 1, static_cast<std::size_t>(std::llround(p / 100.0 * static_cast<double>(n - 1))));
    std::nth_element(magnitudes.begin(), magnitudes.begin() + static_cast<std::ptrdiff_t>(k),
                     magnitudes.end());
    return magnitudes[k];
  }
  void see(const float* x, std::size_t n, const std::string& where) {
    for (std::size_t i = 0; i < n; ++i) {
      if (!std::isfinite(x[i]))
        throw BadInput("calibration images: {} gets a value of {}: must be finite", where, x[i]);
      magnitudes.push_back(std::abs(x[i]));
      negative = negative || x[i] < 0.0F;
    }
  }
};

CodeFormat formatOf(Range& range, const EncodingConfig& encoding) {
  CodeFormat f;
  f.bits = encoding.inputBits;
  f.isSigned = range.negative;
  const double largest = range.percentile(encoding.activationPercentile);
  f.scale = (largest > 0.0 ? largest : 1.0) / static_cast<double>(std::max<std::int64_t>(f.high(), 1));
  return f;
}

/// a * real as fixed point: multiplier in [2^30, 2^31), so the scale is exact to 2^-31.
Requantise rescale(double real, const CodeFormat& to, const std::string& node) {
  Requantise r;
  int exponent = 0;
  const double mantissa = std::frexp(real, &exponent);
  r.multiplier = std::llround(std::ldexp(mantissa, 31));
  r.shift = 31 - exponent;
  if (r.shift < 1 || r.shift > 110) {
    throw BadInput("node \"{}\": its outputs would be rescaled by {:g}: must be between 2^-79 and 2^30", node,
                   real);
  }
  r.low = to.low();
  r.high = to.high();
  return r;
}

class Quantiser {
 public:
  Quantiser(const Network& network, const EncodingConfig& encoding) : network_(network), encoding_(encoding) {
    result_.network = &network;
    result_.layers.resize(network.layers.size());
    uses_.assign(network.layers.size(), {});
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      for (const int in : network.layers[i].inputs) {
        if (in >= 0) uses_[static_cast<std::size_t>(in)].push_back(static_cast<int>(i));
      }
    }
  }

  void calibrate(const float* images, int count) {
    const auto size = static_cast<std::size_t>(elementCount(network_.inputShape));
    ranges_.resize(network_.layers.size());
    for (int k = 0; k < count; ++k) {
      const float* x = images + static_cast<std::size_t>(k) * size;
      inputRange_.see(x, size, "the input");
      const auto outputs = runFloatAllLayers(network_, x);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (needed(i)) ranges_[i].see(outputs[i].data(), outputs[i].size(), "node \"" + layer(i).name + "\"");
      }
    }
  }

  IntegerNetwork build() {
    result_.input = formatOf(inputRange_, encoding_);
    for (std::size_t i = 0; i < network_.layers.size(); ++i) quantiseLayer(i);
    return std::move(result_);
  }

 private:
  const Layer& layer(std::size_t i) const { return network_.layers[i]; }
  bool needed(std::size_t i) const {
    const LayerKind k = layer(i).kind;
    return layer(i).isMvm() || k == LayerKind::relu || k == LayerKind::clip;
  }
  CodeFormat inputOf(std::size_t i) const {
    const int in = layer(i).inputs.at(0);
    return in < 0 ? result_.input : result_.layers[static_cast<std::size_t>(in)].output;
  }

  /// True when no later layer needs this one's values as codes: its exact sums are the network's output.
  bool isLast(std::size_t i) const {
    for (std::size_t k = i + 1; k < network_.layers.size(); ++k) {
      const LayerKind kind = layer(k).kind;
      if (layer(k).isMvm() || kind == LayerKind::sigmoid || kind == LayerKind::tanh) return false;
    }
    return true;
  }

  /// The layer at whose output the range of layer i's codes is read: a ReLU or Clip that alone follows it.
  std::size_t rangeLayer(std::size_t i) const {
    if (uses_[i].size() != 1) return i;
    const auto next = static_cast<std::size_t>(uses_[i][0]);
    const LayerKind kind = layer(next).kind;
    return kind == LayerKind::relu || (kind == LayerKind::clip && layer(next).clipLow >= 0.0F) ? next : i;
  }

  void quantiseLayer(std::size_t i) {
    IntegerLayer& out = result_.layers[i];
    switch (layer(i).kind) {
      case LayerKind::conv:
      case LayerKind::dense:
        quantiseMvm(i, out);
        return;
      case LayerKind::sigmoid:
      case LayerKind::tanh:
        quantiseActivation(i, out);
        return;
      case LayerKind::clip:
        out.output = inputOf(i);
        out.low = code(layer(i).clipLow, out.output.scale);
        out.high = code(layer(i).clipHigh, out.output.scale);
        if (out.output.bits > 62) return;  // exact sums, far inside their format
        out.low = std::clamp(out.low, out.output.low(), out.output.high());
        out.high = std::clamp(out.high, out.output.low(), out.output.high());
        return;
      default:
        out.output = inputOf(i);
        return;
    }
  }

  static std::int64_t code(double x, double scale) {
    const double limit = 1.0e14;  // leaves 64-bit sums room for their fraction bits
    return std::llround(std::clamp(x / scale, -limit, limit));
  }

  void quantiseMvm(std::size_t i, IntegerLayer& out) {
    const Layer& l = layer(i);
    for (const float w : l.weights.values) {
      if (!std::isfinite(w)) throw BadInput("node \"{}\": a weight is not finite", l.name);
    }
    for (const float b : l.bias) {
      if (!std::isfinite(b)) throw BadInput("node \"{}\": a bias is not finite", l.name);
    }
    const CodeFormat in = inputOf(i);
    const bool hasBias = std::any_of(l.bias.begin(), l.bias.end(), [](float b) { return b != 0.0F; });
    // The bias row's input is 1, or the largest code where the range of the inputs ends below 1.
    if (encoding_.biasRow && (hasBias || (l.trained != nullptr && l.trained->biasRow)))
      out.biasInput = static_cast<std::int32_t>(std::min(std::round(1.0 / in.scale), static_cast<double>(in.high())));
    const double weightScale = l.trained != nullptr
                                   ? takeTrainedLevels(l, *l.trained, encoding_, *network_.trainedFor, in, out)
                                   : quantiseWeights(l, in, out);
    const double sumScale = in.scale * weightScale;
    for (std::size_t o = 0; o < l.bias.size(); ++o) {
      out.bias.push_back(out.biasWeights.empty() ? code(l.bias[o], sumScale)
                                                 : std::int64_t{out.biasWeights[o]} * out.biasInput);
    }
    if (isLast(i)) {
      out.output = {sumScale, 64, true};
      return;
    }
    out.output = formatOf(ranges_[rangeLayer(i)], encoding_);
    if (rangeLayer(i) != i) out.output.isSigned = false;
    out.hasRequantise = true;
    out.requantise = rescale(sumScale / out.output.scale, out.output, l.name);
  }

  /// Weights, and where there is a bias row the bias, on one scale, which is returned.
  double quantiseWeights(const Layer& l, const CodeFormat& in, IntegerLayer& out) const {
    const double biasInput = out.biasInput * in.scale;  // as a real value
    double largest = 0.0;
    for (const float w : l.weights.values) largest = std::max<double>(largest, std::abs(w));
    if (out.biasInput != 0) {
      for (const float b : l.bias) largest = std::max(largest, std::abs(b / biasInput));
    }
    const double top = static_cast<double>((std::int64_t{1} << (encoding_.weightBits - 1)) - 1);
    const double scale = (largest > 0.0 ? largest : 1.0) / top;
    out.weights.reserve(l.weights.values.size());
    for (const float w : l.weights.values) out.weights.push_back(static_cast<std::int32_t>(std::lround(w / scale)));
    if (out.biasInput == 0) return scale;
    for (const float b : l.bias)
      out.biasWeights.push_back(static_cast<std::int32_t>(std::lround(b / biasInput / scale)));
    return scale;
  }

  void quantiseActivation(std::size_t i, IntegerLayer& out) {
    const CodeFormat in = inputOf(i);
    const bool isTanh = layer(i).kind == LayerKind::tanh;
    out.output.bits = encoding_.inputBits;
    out.output.isSigned = isTanh;
    out.output.scale = 1.0 / static_cast<double>(std::max<std::int64_t>(out.output.high(), 1));
    out.tableLow = in.low();
    out.table = makeActivationTable(isTanh ? Activation::tanh : Activation::sigmoid, in.scale, in.low(),
                                    in.high(), out.output.scale, out.output.low(), out.output.high());
  }

  const Network& network_;
  const EncodingConfig& encoding_;
  IntegerNetwork result_;
  std::vector<std::vector<int>> uses_;
  std::vector<Range> ranges_;
  Range inputRange_;
};

}  // namespace

IntegerNetwork quantise(const Network& network, const EncodingConfig& encoding, const float* images,
                        int count) {
  Quantiser quantiser(network, encoding);
  quantiser.calibrate(images, count);
  return quantiser.build();
}

void quantiseInput(const CodeFormat& format, const float* x, std::int64_t* codes, std::size_t count) {
  const auto low = static_cast<double>(format.low());
  const auto high = static_cast<double>(format.high());
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isnan(x[i])) throw BadInput("value {} of an image is not a number", i);
    codes[i] = static_cast<std::int64_t>(
        std::clamp(std::round(static_cast<double>(x[i]) / format.scale), low, high));
  }
}

}  // namespace crosstile
