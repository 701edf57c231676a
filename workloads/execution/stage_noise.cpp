// SPDX-License-Identifier: Apache-2.0
// What fluctuates in the reads and conversions of a stage.
#include <algorithm>
#include <iterator>

#include "models/base/random.h"
#include "workloads/execution/stage_analog.h"

namespace crosstile {

void StageAnalog::addTelegraphNoise(const StageArray& array, std::uint64_t image, Scratch& s) const {
  if (s.telegraphOwner != this) s.telegraph.clear();
  s.telegraphOwner = this;
  auto known = std::find_if(s.telegraph.begin(), s.telegraph.end(),
                            [&](const TelegraphStates& t) { return t.array == array.analog; });
  if (known == s.telegraph.end()) {
    s.telegraph.push_back({array.analog, ~image, {}});
    known = std::prev(s.telegraph.end());
  }
  if (known->image != image) array.analog->telegraph->delta(image, known->delta);
  known->image = image;
  s.telegraphCurrent.resize(s.current.size());
  readPulses(known->delta, s.pulses, s.telegraphCurrent.data(), nullptr);
  for (std::size_t k = 0; k < s.current.size(); ++k) s.current[k] += s.telegraphCurrent[k];
}

bool StageAnalog::hasVariance(const StageArray& array) const {
  return array.analog->noisy || !array.analog->table.columnVariance.empty() ||
         config_.adc.referenceNoise > 0.0;
}

void StageAnalog::addVariance(const StageArray& array, Scratch& s) const {
  const AlignedVector<float>& column = array.analog->table.columnVariance;
  const auto stride = static_cast<std::size_t>(array.analog->table.stride);
  for (std::size_t k = 0; k < s.variance.size() && !column.empty(); k += stride) {
    for (std::size_t c = 0; c < stride; ++c) s.variance[k + c] += column[c];
  }
  if (config_.adc.referenceNoise == 0.0) return;
  const auto squared = static_cast<float>(config_.adc.referenceNoise * config_.adc.referenceNoise);
  for (std::size_t k = 0; k < s.variance.size(); ++k) s.variance[k] += squared * s.current[k] * s.current[k];
}

/// Noise is keyed by (image, position, plane + 1, place among the converted columns): plane 0 of the stream
/// draws the ADC's code widths.
void StageAnalog::drawNoise(const StageArray& array, const std::size_t* planeOf, std::size_t live,
                            int position, std::uint64_t image, float* normal) {
  const auto stride = static_cast<std::size_t>(array.analog->table.stride);
  for (std::size_t k = 0; k < live;) {  // neighbouring planes in one call
    std::size_t run = 1;
    while (k + run < live && planeOf[k + run] == planeOf[k] + run) ++run;
    fillNormalPlanes(array.analog->noiseKey, static_cast<std::uint32_t>(planeOf[k]) + 1U,
                     static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(image),
                     normal + k * stride, run, stride);
    k += run;
  }
}

}  // namespace crosstile
