// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace crosstile {
namespace {

/// A column that passes less of its current than 1 in this many is damaged, and trimmed no further.
constexpr double kLargestGain = 16.0;

/// ideal = gain current + offset, in units.
struct Line {
  double gain = 1.0, offset = 0.0;
};

/// Least squares of one column, with or without an offset; gain 0 where it never carried a current.
Line columnLine(const std::vector<float>& current, const std::vector<float>& ideal, bool withOffset) {
  const auto count = static_cast<double>(current.size());
  double meanCurrent = 0.0, meanIdeal = 0.0;
  if (withOffset && count > 0.0) {
    meanCurrent = std::accumulate(current.begin(), current.end(), 0.0) / count;
    meanIdeal = std::accumulate(ideal.begin(), ideal.end(), 0.0) / count;
  }
  double product = 0.0, square = 0.0;
  for (std::size_t i = 0; i < current.size(); ++i) {
    product += (current[i] - meanCurrent) * (ideal[i] - meanIdeal);
    square += (current[i] - meanCurrent) * (current[i] - meanCurrent);
  }
  if (!(square > 0.0 && product > 0.0)) return {0.0, 0.0};
  const double gain = std::min(product / square, kLargestGain);
  return {gain, meanIdeal - gain * meanCurrent};
}

/// As the digital side will decode: in steps of 2^-kGainBits.
double rounded(double units) {
  return std::ldexp(std::round(std::ldexp(units, kGainBits)), -kGainBits);
}

double squaredError(const std::vector<ColumnSamples>& arrays, const std::vector<std::vector<Line>>& lines,
                    double lsb, double top, bool corrects) {
  double sum = 0.0;
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    for (std::size_t c = 0; c < arrays[a].current.size(); ++c) {
      const double decode = rounded(lines[a][c].gain * lsb);  // fine LSBs make coarse gains
      const double offset = rounded(lines[a][c].offset);
      for (std::size_t i = 0; i < arrays[a].current[c].size(); ++i) {
        const double code = std::clamp(std::floor(arrays[a].current[c][i] / lsb + 0.5), 0.0, top);
        const double error =
            decode * code + offset - (corrects ? arrays[a].ideal[c][i] : arrays[a].current[c][i]);
        sum += error * error;
      }
    }
  }
  return sum;
}

}  // namespace

std::vector<AdcTrim> calibrateTrims(const AnalogConfig& config, const std::vector<ColumnSamples>& arrays) {
  const double top = std::ldexp(1.0, config.adc.bits) - 1.0;
  const bool corrects = config.adc.columnCorrection != "none";
  const bool withOffset = config.adc.columnCorrection == "gain_offset";
  std::vector<std::vector<Line>> lines(arrays.size());
  double largest = 0.0;
  double gainSum = 0.0;
  std::size_t columns = 0;
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    for (std::size_t c = 0; c < arrays[a].current.size(); ++c) {
      const auto& current = arrays[a].current[c];
      lines[a].push_back(corrects ? columnLine(current, arrays[a].ideal[c], withOffset) : Line{});
      if (lines[a].back().gain == 0.0 || current.empty()) continue;
      largest = std::max<double>(largest, *std::max_element(current.begin(), current.end()));
      gainSum += lines[a].back().gain;
      ++columns;
    }
  }
  // A column that calibration never saw carry a current is taken to lose as much as the others do.
  const double meanGain = columns > 0 ? gainSum / static_cast<double>(columns) : 1.0;
  for (auto& array : lines) {
    for (Line& line : array) {
      if (line.gain == 0.0) line.gain = meanGain;
    }
  }
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
    const double error = squaredError(arrays, lines, lsb, top, corrects);
    if (least >= 0.0 && error >= least) continue;
    least = error;
    best = lsb;
  }
  std::vector<AdcTrim> trims(arrays.size());
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    trims[a].lsb = best;
    for (const Line& line : lines[a]) {
      trims[a].gain.push_back(fixedPointGain(line.gain * best));
      if (withOffset) trims[a].offset.push_back(std::llround(std::ldexp(line.offset, kGainBits)));
    }
  }
  return trims;
}

}  // namespace crosstile
