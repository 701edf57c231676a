// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/calibration.h"

#include <algorithm>
#include <cmath>

namespace crosstile {
namespace {

/// Least-squares gain of one column; 1 where it never carried a current.
double columnGain(const std::vector<float>& current, const std::vector<float>& ideal) {
  double product = 0.0;
  double square = 0.0;
  for (std::size_t i = 0; i < current.size(); ++i) {
    product += static_cast<double>(current[i]) * ideal[i];
    square += static_cast<double>(current[i]) * current[i];
  }
  return square > 0.0 && product > 0.0 ? product / square : 1.0;
}

double squaredError(const std::vector<ColumnSamples>& arrays, const std::vector<std::vector<double>>& gains, double lsb,
                    double top) {
  double sum = 0.0;
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    for (std::size_t c = 0; c < arrays[a].current.size(); ++c) {
      const double decode = gains[a][c] * lsb;
      for (std::size_t i = 0; i < arrays[a].current[c].size(); ++i) {
        const double code = std::clamp(std::floor(arrays[a].current[c][i] / lsb + 0.5), 0.0, top);
        const double error = decode * code - arrays[a].ideal[c][i];
        sum += error * error;
      }
    }
  }
  return sum;
}

}  // namespace

std::vector<AdcTrim> calibrateTrims(const AnalogConfig& config, const std::vector<ColumnSamples>& arrays) {
  const double top = std::ldexp(1.0, config.adc.bits) - 1.0;
  std::vector<std::vector<double>> gains(arrays.size());
  double largest = 0.0;
  double gainSum = 0.0;
  std::size_t columns = 0;
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    for (std::size_t c = 0; c < arrays[a].current.size(); ++c) {
      const auto& current = arrays[a].current[c];
      gains[a].push_back(columnGain(current, arrays[a].ideal[c]));
      if (current.empty()) continue;
      const float most = *std::max_element(current.begin(), current.end());
      if (most <= 0.0F) continue;
      largest = std::max<double>(largest, most);
      gainSum += gains[a].back();
      ++columns;
    }
  }
  // Candidates: the whole range seen and parts of it, and the LSB at which a code is one ideal level.
  std::vector<double> candidates;
  const double whole = std::max(largest, 1.0) / top;
  for (int k = 0; k < 12; ++k) candidates.push_back(whole * std::pow(0.9, k));
  if (columns > 0) candidates.push_back(static_cast<double>(columns) / gainSum);
  candidates.push_back(1.0);
  double best = nominalLsb(config);
  double least = -1.0;
  for (const double lsb : candidates) {
    const double error = squaredError(arrays, gains, lsb, top);
    if (least >= 0.0 && error >= least) continue;
    least = error;
    best = lsb;
  }
  std::vector<AdcTrim> trims(arrays.size());
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    trims[a].lsb = best;
    for (const double gain : gains[a]) {
      trims[a].gain.push_back(static_cast<std::int32_t>(std::lround(std::ldexp(gain * best, kGainBits))));
    }
  }
  return trims;
}

}  // namespace crosstile
