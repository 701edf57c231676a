// SPDX-License-Identifier: Apache-2.0
#include "platform/record/power_trace.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace crosstile {
namespace {

double sumOf(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Adds `energy` to bins of power, in the proportions of `share`.
void spread(double energy, const std::vector<double>& share, double width, std::vector<double>& watts) {
  const double scale = energy / (sumOf(share) * width);
  for (std::size_t b = 0; b < watts.size(); ++b) watts[b] += scale * share[b];
}

}  // namespace

std::vector<double> PowerSeries::total() const {
  std::vector<double> sum;
  for (const auto& [component, watts] : byComponent) {
    sum.resize(watts.size(), leakageWatts);
    for (std::size_t b = 0; b < sum.size(); ++b) sum[b] += watts[b];
  }
  return sum;
}

double PowerSeries::peakWatts() const {
  const std::vector<double> sum = total();
  return sum.empty() ? leakageWatts : *std::max_element(sum.begin(), sum.end());
}

PowerTrace::Part PowerTrace::partOf(Component component) {
  switch (component) {
    case Component::buffer:
      return Part::buffer;
    case Component::bus:
      return Part::bus;
    case Component::digital:
      return Part::digital;
    case Component::router:
    case Component::link:
      return Part::network;
    case Component::host:
      return Part::host;
    default:
      return Part::core;
  }
}

PowerTrace::PowerTrace(int layers, int bins)
    : layers_(layers),
      count_(static_cast<std::size_t>(bins)),
      busy_(static_cast<std::size_t>(Part::count_) * static_cast<std::size_t>(layers + 1)) {}

void PowerTrace::lengthen() {
  width_ *= 2.0;
  for (Bins& bins : busy_) {
    if (bins.empty()) continue;
    for (std::size_t b = 0; b < count_ / 2; ++b) bins[b] = bins[2 * b] + bins[2 * b + 1];
    std::fill(bins.begin() + static_cast<std::ptrdiff_t>(count_ / 2), bins.end(), 0.0);
  }
}

void PowerTrace::busy(Part part, int layer, double from, double to) {
  from = std::max(from, 0.0);
  if (!(to > from)) return;
  while (to > width_ * static_cast<double>(count_)) lengthen();
  const int row = layer < 0 || layer >= layers_ ? layers_ : layer;
  Bins& bins = busy_[static_cast<std::size_t>(part) * static_cast<std::size_t>(layers_ + 1) +
                     static_cast<std::size_t>(row)];
  bins.resize(count_, 0.0);
  const auto first = static_cast<std::size_t>(from / width_);
  for (std::size_t b = first; b < count_ && static_cast<double>(b) * width_ < to; ++b) {
    const double begin = static_cast<double>(b) * width_;
    bins[b] += std::max(std::min(to, begin + width_) - std::max(from, begin), 0.0);
  }
}

const PowerTrace::Bins& PowerTrace::of(Part part, int layer) const {
  return busy_[static_cast<std::size_t>(part) * static_cast<std::size_t>(layers_ + 1) +
               static_cast<std::size_t>(layer < 0 ? layers_ : layer)];
}

PowerTrace::Bins PowerTrace::all(Part part) const {
  Bins sum(count_, 0.0);
  for (int layer = kShared; layer < layers_; ++layer) {
    const Bins& bins = of(part, layer);
    for (std::size_t b = 0; b < bins.size(); ++b) sum[b] += bins[b];
  }
  return sum;
}

PowerSeries PowerTrace::series(const Ledger& energy, double seconds, double leakageWatts) const {
  PowerSeries series;
  series.binSeconds = width_;
  series.leakageWatts = leakageWatts;
  std::size_t used = std::min(count_, static_cast<std::size_t>(std::ceil(seconds / width_)));
  for (const Bins& bins : busy_) {
    for (std::size_t b = bins.size(); b > used; --b) {
      if (bins[b - 1] > 0.0) used = b;
    }
  }
  Bins whole(count_, 0.0);
  std::fill_n(whole.begin(), std::max<std::size_t>(used, 1), 1.0);
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    std::vector<double> watts(count_, 0.0);
    for (int layer = kShared; layer < layers_; ++layer) {
      const double joules = energy.of(component, layer, Phase::inference).value;
      if (joules == 0.0) continue;
      Bins share = of(partOf(component), layer);
      if (sumOf(share) == 0.0) share = all(partOf(component));
      spread(joules, sumOf(share) == 0.0 ? whole : share, width_, watts);
    }
    if (sumOf(watts) == 0.0) continue;
    watts.resize(std::max<std::size_t>(used, 1));
    series.byComponent.emplace_back(component, std::move(watts));
  }
  return series;
}

}  // namespace crosstile
