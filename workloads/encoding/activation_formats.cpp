// SPDX-License-Identifier: Apache-2.0
#include "workloads/encoding/activation_formats.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/error.h"
#include "workloads/network/float_reference.h"

namespace crosstile {
namespace {

bool isTable(const Layer& layer) {
  return layer.kind == LayerKind::sigmoid || layer.kind == LayerKind::tanh;
}

/// Whether a layer makes codes of its own.
bool makesCodes(const Layer& layer) {
  return layer.isMvm() || layer.kind == LayerKind::add || isTable(layer);
}

}  // namespace

void ActivationFormats::Range::see(const float* x, std::size_t n, bool keepAll, const std::string& where) {
  for (std::size_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i]))
      throw BadInput("calibration images: {} gets a value of {}: must be finite", where, x[i]);
    largest = std::max(largest, std::abs(x[i]));
    negative = negative || x[i] < 0.0F;
    if (keepAll) magnitudes.push_back(std::abs(x[i]));
  }
}

double ActivationFormats::Range::percentile(double p) {
  if (magnitudes.empty()) return largest;
  const auto n = magnitudes.size();
  const auto k =
      std::min(n - 1, static_cast<std::size_t>(std::llround(p / 100.0 * static_cast<double>(n - 1))));
  std::nth_element(magnitudes.begin(), magnitudes.begin() + static_cast<std::ptrdiff_t>(k), magnitudes.end());
  return magnitudes[k];
}

ActivationFormats::ActivationFormats(const Network& network, const EncodingConfig& encoding,
                                     const float* images, int count)
    : network_(network), encoding_(encoding), readers_(network.layers.size()) {
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    for (const int in : network.layers[i].inputs) {
      if (in >= 0) readers_.at(static_cast<std::size_t>(in)).push_back(static_cast<int>(i));
    }
  }
  findExact();
  joinGroups();
  calibrate(images, count);
  chooseFormats();
}

/// Exact: a weighted layer behind which nothing makes new codes or joins them with others.
void ActivationFormats::findExact() {
  const std::size_t n = network_.layers.size();
  std::vector<bool> free(n);  // nothing behind it needs codes
  exact_.assign(n, false);
  for (std::size_t i = n; i-- > 0;) {
    free[i] = std::all_of(readers_[i].begin(), readers_[i].end(), [&](int r) {
      const Layer& reader = layer(static_cast<std::size_t>(r));
      return free[static_cast<std::size_t>(r)] && !makesCodes(reader) && reader.kind != LayerKind::concat;
    });
    exact_[i] = free[i] && layer(i).isMvm();
  }
}

std::size_t ActivationFormats::groupOf(int i) const {
  auto at = static_cast<std::size_t>(i + 1);
  while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
  return at;
}

void ActivationFormats::joinGroups() {
  parent_.resize(network_.layers.size() + 1);
  std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  for (std::size_t i = 0; i < network_.layers.size(); ++i) {
    if (makesCodes(layer(i))) continue;
    for (const int in : layer(i).inputs) parent_[groupOf(static_cast<int>(i))] = groupOf(in);
  }
}

void ActivationFormats::calibrate(const float* images, int count) {
  const auto size = static_cast<std::size_t>(elementCount(network_.inputShape));
  const bool keepAll = encoding_.activationPercentile < 100.0;
  ranges_.resize(network_.layers.size() + 1);
  for (int k = 0; k < count; ++k) {
    const float* x = images + static_cast<std::size_t>(k) * size;
    ranges_[0].see(x, size, keepAll, "the input");
    const auto outputs = runFloatAllLayers(network_, x);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const LayerKind kind = layer(i).kind;
      const bool read =
          layer(i).isMvm() || kind == LayerKind::add || kind == LayerKind::relu || kind == LayerKind::clip;
      if (read)
        ranges_[i + 1].see(outputs[i].data(), outputs[i].size(), keepAll, "node \"" + layer(i).name + "\"");
    }
  }
}

/// The layer at whose output the range of layer i's codes is read: a ReLU or Clip that alone follows it.
std::size_t ActivationFormats::rangeLayer(std::size_t i) const {
  if (readers_[i].size() != 1) return i;
  const auto next = static_cast<std::size_t>(readers_[i][0]);
  const LayerKind kind = layer(next).kind;
  return kind == LayerKind::relu || (kind == LayerKind::clip && layer(next).clipLow >= 0.0F) ? next : i;
}

void ActivationFormats::chooseFormats() {
  std::vector<double> largest(parent_.size(), 0.0);
  formats_.resize(parent_.size());
  const auto cover = [&](int maker, double range, bool negative) {
    const std::size_t group = groupOf(maker);
    largest[group] = std::max(largest[group], range);
    formats_[group].isSigned = formats_[group].isSigned || negative;
  };
  cover(-1, ranges_[0].percentile(encoding_.activationPercentile), ranges_[0].negative);
  for (std::size_t i = 0; i < network_.layers.size(); ++i) {
    if (isTable(layer(i))) {
      cover(static_cast<int>(i), 1.0, layer(i).kind == LayerKind::tanh);
    } else if (makesCodes(layer(i)) && !isExact(i)) {
      Range& range = ranges_[rangeLayer(i) + 1];
      cover(static_cast<int>(i), range.percentile(encoding_.activationPercentile), range.negative);
    }
  }
  for (std::size_t group = 0; group < formats_.size(); ++group) {
    CodeFormat& f = formats_[group];
    f.bits = encoding_.inputBits;
    f.scale = (largest[group] > 0.0 ? largest[group] : 1.0) /
              static_cast<double>(std::max<std::int64_t>(f.high(), 1));
  }
}

}  // namespace crosstile
