// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/telegraph_noise.h"

#include <algorithm>
#include <cmath>

namespace crosstile {
namespace {

// The last word of the counter tells the states of an image from the choice of the cells with a trap, which
// RandomStream::uniform() makes with 0 there.
constexpr std::uint32_t kStates = 7;

}  // namespace

TelegraphNoise::TelegraphNoise(const Config& config, const PulseTable& currents,
                               const std::vector<int>& columns, int referenceColumn,
                               const RandomStream& stream)
    : config_(config),
      columns_(columns),
      referenceColumn_(referenceColumn),
      physicalColumns_(currents.columns),
      stream_(stream) {
  empty_.rows = currents.rows;
  empty_.columns = static_cast<int>(columns.size());
  empty_.stride = static_cast<int>(paddedFloats(columns.size()));
  empty_.terms = currents.terms;
  empty_.digits = currents.digits;
  const auto lines = static_cast<std::size_t>(currents.terms) * static_cast<std::size_t>(currents.rows);
  const auto stride = static_cast<std::size_t>(empty_.stride);
  currents_.assign(lines * stride, 0.0F);
  reference_.assign(referenceColumn < 0 ? 0 : lines, 0.0F);
  for (std::size_t l = 0; l < lines; ++l) {
    const std::size_t row = l % static_cast<std::size_t>(currents.rows);
    const auto trapped = [&](int column) {
      const auto c = static_cast<std::size_t>(column);
      const std::size_t cell = row * static_cast<std::size_t>(currents.columns) + c;
      return stream_.uniform(cell) < config.probability
                 ? currents.current[l * static_cast<std::size_t>(currents.stride) + c]
                 : 0.0F;
    };
    for (std::size_t k = 0; k < columns.size(); ++k) currents_[l * stride + k] = trapped(columns[k]);
    if (referenceColumn >= 0) reference_[l] = trapped(referenceColumn);
  }
}

/// Relative change of every physical cell.
std::vector<float> TelegraphNoise::factors(std::uint64_t image) const {
  const auto empty = static_cast<float>(config_.amplitudeOfG * config_.occupancy);
  const auto held = static_cast<float>(-config_.amplitudeOfG * (1.0 - config_.occupancy));
  const double threshold = std::ldexp(config_.occupancy, 32);
  const std::size_t cells =
      static_cast<std::size_t>(empty_.rows) * static_cast<std::size_t>(physicalColumns_);
  std::vector<float> result(cells);
  for (std::size_t c = 0; c < cells; c += 4) {
    const RandomStream::Block words =
        stream_.block({static_cast<std::uint32_t>(c / 4), static_cast<std::uint32_t>(image),
                       static_cast<std::uint32_t>(image >> 32), kStates});
    for (std::size_t k = c; k < std::min(c + 4, cells); ++k)
      result[k] = static_cast<double>(words[k - c]) < threshold ? held : empty;
  }
  return result;
}

void TelegraphNoise::delta(std::uint64_t image, PulseTable& table) const {
  if (table.digits.empty()) table = empty_;
  table.current.resize(currents_.size());
  const std::vector<float> factor = factors(image);
  const auto rows = static_cast<std::size_t>(empty_.rows), stride = static_cast<std::size_t>(empty_.stride),
             physical = static_cast<std::size_t>(physicalColumns_);
  for (std::size_t l = 0; l < rows * static_cast<std::size_t>(empty_.terms); ++l) {
    const float* of = factor.data() + l % rows * physical;
    const float* from = currents_.data() + l * stride;
    float* to = table.current.data() + l * stride;
    const float reference =
        referenceColumn_ < 0 ? 0.0F : reference_[l] * of[static_cast<std::size_t>(referenceColumn_)];
    for (std::size_t k = 0; k < columns_.size(); ++k)
      to[k] = from[k] * of[static_cast<std::size_t>(columns_[k])] - reference;
    std::fill(to + columns_.size(), to + stride, 0.0F);
  }
}

}  // namespace crosstile
