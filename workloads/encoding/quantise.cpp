// SPDX-License-Identifier: Apache-2.0
#include "workloads/encoding/quantise.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/digital/fixed_point.h"
#include "workloads/encoding/activation_formats.h"
#include "workloads/encoding/trained_levels.h"

namespace crosstile {
namespace {

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
  Quantiser(const Network& network, const EncodingConfig& encoding, const ActivationFormats& formats)
      : network_(network), encoding_(encoding), formats_(formats) {
    result_.network = &network;
    result_.layers.resize(network.layers.size());
  }

  IntegerNetwork build() {
    result_.input = formats_.of(-1);
    for (std::size_t i = 0; i < network_.layers.size(); ++i) quantiseLayer(i);
    return std::move(result_);
  }

 private:
  const Layer& layer(std::size_t i) const { return network_.layers[i]; }
  CodeFormat inputOf(std::size_t i, std::size_t k = 0) const {
    const int in = layer(i).inputs.at(k);
    return in < 0 ? result_.input : result_.layers[static_cast<std::size_t>(in)].output;
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
      case LayerKind::add:
        quantiseAdd(i, out);
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
      out.biasInput =
          static_cast<std::int32_t>(std::min(std::round(1.0 / in.scale), static_cast<double>(in.high())));
    const double weightScale =
        l.trained != nullptr ? takeTrainedLevels(l, *l.trained, encoding_, *network_.trainedFor, in, out)
                             : quantiseWeights(l, in, out);
    const double sumScale = in.scale * weightScale;
    for (std::size_t o = 0; o < l.bias.size(); ++o) {
      out.bias.push_back(out.biasWeights.empty() ? code(l.bias[o], sumScale)
                                                 : std::int64_t{out.biasWeights[o]} * out.biasInput);
    }
    if (formats_.isExact(i)) {
      out.output = {sumScale, 64, true};
      return;
    }
    out.output = formats_.of(static_cast<int>(i));
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
    for (const float w : l.weights.values)
      out.weights.push_back(static_cast<std::int32_t>(std::lround(w / scale)));
    if (out.biasInput == 0) return scale;
    for (const float b : l.bias)
      out.biasWeights.push_back(static_cast<std::int32_t>(std::lround(b / biasInput / scale)));
    return scale;
  }

  /// The largest ratio of scales sets the shift, so that its multiplier has 31 bits; the others share it.
  void quantiseAdd(std::size_t i, IntegerLayer& out) {
    out.output = formats_.of(static_cast<int>(i));
    out.low = out.output.low();
    out.high = out.output.high();
    std::vector<double> ratios;
    for (std::size_t k = 0; k < layer(i).inputs.size(); ++k)
      ratios.push_back(inputOf(i, k).scale / out.output.scale);
    out.addShift = rescale(*std::max_element(ratios.begin(), ratios.end()), out.output, layer(i).name).shift;
    for (const double ratio : ratios)
      out.addMultipliers.push_back(std::llround(std::ldexp(ratio, out.addShift)));
  }

  void quantiseActivation(std::size_t i, IntegerLayer& out) {
    const CodeFormat in = inputOf(i);
    const bool isTanh = layer(i).kind == LayerKind::tanh;
    out.output = formats_.of(static_cast<int>(i));
    out.tableLow = in.low();
    out.table = makeActivationTable(isTanh ? Activation::tanh : Activation::sigmoid, in.scale, in.low(),
                                    in.high(), out.output.scale, out.output.low(), out.output.high());
  }

  const Network& network_;
  const EncodingConfig& encoding_;
  const ActivationFormats& formats_;
  IntegerNetwork result_;
};

}  // namespace

IntegerNetwork quantise(const Network& network, const EncodingConfig& encoding, const float* images,
                        int count) {
  const ActivationFormats formats(network, encoding, images, count);
  return Quantiser(network, encoding, formats).build();
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
