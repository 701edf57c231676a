// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/pulse_trains.h"

#include <algorithm>
#include <cmath>

namespace crosstile::learning {
namespace {

constexpr int kProbabilityBits = 16;

double largestMagnitude(Span<const float> values) {
  float most = 0.0F;
  for (const float v : values) most = std::max(most, std::abs(v));
  return most;
}

}  // namespace

// 32 Bernoulli bits at once: for p = 0.b1 b2 ... b16 in binary, start with zeros and, from the last digit on,
// OR a random word where the digit is 1 and AND one where it is 0. Digits of 0 at the end change nothing and
// cost nothing.
std::uint32_t PulseTrains::drawTrain(double probability, std::uint32_t line, std::uint32_t side,
                                     std::uint64_t index) const {
  const auto all = slots_ == kMostSlots ? ~0U : (1U << slots_) - 1U;
  const auto digits =
      static_cast<std::uint32_t>(std::lround(std::ldexp(std::min(probability, 1.0), kProbabilityBits)));
  if (digits == 0) return 0;
  if (digits >> kProbabilityBits != 0) return all;
  std::uint32_t bits = 0;
  RandomStream::Block random{};
  for (int k = __builtin_ctz(digits), used = 0; k < kProbabilityBits; ++k, ++used) {
    if (used % 4 == 0)
      random = stream_.block({line, side + 2 * static_cast<std::uint32_t>(used / 4),
                              static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32)});
    const std::uint32_t word = random[static_cast<std::size_t>(used % 4)];
    bits = (digits >> k & 1U) != 0 ? bits | word : bits & word;
  }
  return bits & all;
}

void PulseTrains::drawSide(Span<const float> values, double scale, std::uint32_t side, std::uint64_t index,
                           std::vector<Train>& trains) {
  trains.clear();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0.0F) continue;
    const auto line = static_cast<std::uint32_t>(i);
    const std::uint32_t pulses = drawTrain(scale * std::abs(double{values[i]}), line, side, index);
    if (pulses != 0) trains.push_back({line, pulses, values[i] < 0.0F});
  }
}

void PulseTrains::draw(Span<const float> x, Span<const float> delta, double rate, double step,
                       std::uint64_t index) {
  const double mostX = largestMagnitude(x), mostDelta = largestMagnitude(delta);
  rows_.clear();
  columns_.clear();
  slots_ = 0;
  if (mostX == 0.0 || mostDelta == 0.0 || rate == 0.0) return;
  const double needed = std::ceil(rate * mostX * mostDelta / step);
  slots_ = options_.lengthManagement && options_.updateManagement
               ? static_cast<int>(std::clamp(needed, 1.0, double(options_.length)))
               : options_.length;
  const double root = std::sqrt(rate / (slots_ * step));
  const double balance = options_.updateManagement ? std::sqrt(mostDelta / mostX) : 1.0;
  drawSide(delta, root / balance, 1, index, columns_);
  drawSide(x, root * balance, 0, index, rows_);
}

void PulseTrains::coincidences(std::size_t stride, std::vector<CellPulses>& cells) const {
  cells.clear();
  for (const Train& row : rows_) {
    for (const Train& column : columns_) {
      const auto both = row.pulses & column.pulses;
      if (both == 0) continue;
      const int count = __builtin_popcount(both);
      cells.push_back({static_cast<std::uint32_t>(row.line * stride + column.line),
                       row.negative == column.negative ? count : -count});
    }
  }
}

void PulseTrains::count(Activity& activity) const {
  const auto pulses = [](const Train& train) {
    return static_cast<std::uint64_t>(__builtin_popcount(train.pulses));
  };
  for (const Train& row : rows_) activity.linePulses += 2 * pulses(row);
  for (const Train& column : columns_) activity.linePulses += pulses(column);
  activity.pulseSlots += 2 * static_cast<std::uint64_t>(slots_);
}

}  // namespace crosstile::learning
