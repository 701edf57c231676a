// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/calibration.h"

#include <algorithm>
#include <cmath>

namespace crosstile {
namespace {

/// A column that passes less of its current than 1 in this many is damaged, and trimmed no further.
constexpr double kLargestGain = 16.0;

/// Least-squares gain of one column; 0 where it never carried a current.
double columnGain(const std::vector<float>& current, const std::vector<float>& ideal) {
  double product = 0.0;
  double square = 0.0;
  for (std::size_t i = 0; i < current.size(); ++i) {
    product += static_cast<double>(current[i]) * ideal[i];
    square += static_cast<double>(current[i]) * current[i];
  }
  return square > 0.0 && product > 0.0 ? std::min(product / square, kLargestGain) : 0.0;
}

double squaredError(const std::vector<ColumnSamples>& arrays, const std::vector<std::vector<double>>& gains,
                    double lsb, double top, bool corrects) {
  double sum = 0.0;
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    for (std::size_t c = 0; c < arrays[a].current.size(); ++c) {
      // As the digital side will decode: fine LSBs make coarse gains.
      const double decode = std::ldexp(std::round(std::ldexp(gains[a][c] * lsb, kGainBits)), -kGainBits);
      for (std::size_t i = 0; i < arrays[a].current[c].size(); ++i) {
        const double code = std::clamp(std::floor(arrays[a].current[c][i] / lsb + 0.5), 0.0, top);
        const double error = decode * code - (corrects ? arrays[a].ideal[c][i] : arrays[a].current[c][i]);
        sum += error * error;
      }
    }
  }
  return sum;
}

}  // namespace

std::vector<AdcTrim> calibrateTrims(const AnalogConfig& config, const std::vector<ColumnSamples>& arrays) {
  const double top = std::ldexp(1.0, config.adc.bits) - 1.0;
  const bool corrects = config.adc.columnCorrection == "gain";
  std::vector<std::vector<double>> gains(arrays.size());
  double largest = 0.0;
  double gainSum = 0.0;
  std::size_t columns = 0;
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    for (std::size_t c = 0; c < arrays[a].current.size(); ++c) {
      const auto& current = arrays[a].current[c];
      gains[a].push_back(corrects ? columnGain(current, arrays[a].ideal[c]) : 1.0);
      if (gains[a].back() == 0.0 || current.empty()) continue;
      largest = std::max<double>(largest, *std::max_element(current.begin(), current.end()));
      gainSum += gains[a].back();
      ++columns;
    }
  }
  // A column that calibration never saw carry a current is taken to lose as much as the others do.
  const double meanGain = columns > 0 ? gainSum / static_cast<double>(columns) : 1.0;
  for (auto& array : gains) std::replace(array.begin(), array.end(), 0.0, meanGain);
  // Candidates: the nominal LSB (first: it wins ties, so a layer that carried no current keeps it), the LSB
  // at which a code is one ideal level, the whole range seen, parts and (up to one unit a code) multiples of
  // it.
  std::vector<double> candidates{nominalLsb(config), 1.0};
  const double whole = std::max(largest, 1.0) / top;
  for (int k = 0; k < 12; ++k) candidates.push_back(whole * std::pow(0.9, k));
  for (double lsb = 2.0 * whole; lsb < 1.0; lsb *= 2.0) candidates.push_back(lsb);
  candidates.push_back(1.0 / meanGain);
  double best = nominalLsb(config);
  double least = -1.0;
  for (const double lsb : candidates) {
    const double error = squaredError(arrays, gains, lsb, top, corrects);
    if (least >= 0.0 && error >= least) continue;
    least = error;
    best = lsb;
  }
  std::vector<AdcTrim> trims(arrays.size());
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    trims[a].lsb = best;
    for (const double gain : gains[a]) trims[a].gain.push_back(fixedPointGain(gain * best));
  }
  return trims;
}

}  // namespace crosstile
