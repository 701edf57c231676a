// SPDX-License-Identifier: Apache-2.0
// Delta rule with a whole number of pulses a cell, n = round(rate x delta/step), at most `mostPulses`. Word
// lines take turns; in a line's turn each bit line gets its own number of pulses, first those up, then those
// down: max n slots each.
#include <algorithm>
#include <cmath>

#include "workloads/learning/update_rule.h"

namespace crosstile::learning {
namespace {

class DeltaRule final : public UpdateRule {
 public:
  DeltaRule(const LearningConfig& config, const StreamOwner& owner)
      : rule_(config.rule), stream_(owner, Purpose::pulseTrain) {}

  void apply(StepCells& weights, const Update& u, RowReader&, Activity& activity) override {
    const double scale = rule_.rate * u.rateFactor / weights.device().granularity();
    cells_.clear();
    for (std::size_t i = 0; i < u.x.size(); ++i) {
      if (u.x[i] == 0.0F) continue;
      std::int32_t up = 0, down = 0;
      for (std::size_t j = 0; j < u.delta.size(); ++j) {
        const std::size_t cell = i * weights.stride() + j;
        if (j % 4 == 0 && rule_.stochasticRounding) block_ = draw(cell / 4, u.index);
        const std::int32_t n = pulses(scale * u.x[i] * u.delta[j], j);
        if (n == 0) continue;
        cells_.push_back({static_cast<std::uint32_t>(cell), n});
        (n > 0 ? up : down) = std::max(n > 0 ? up : down, std::abs(n));
        activity.linePulses += static_cast<std::uint64_t>(std::abs(n));
      }
      activity.linePulses += static_cast<std::uint64_t>(up + down);
      activity.pulseSlots += static_cast<std::uint64_t>(up + down);
    }
    activity.weights += weights.pulse(cells_, 2 * u.index);
    refreshPairs(weights, rule_, u.index, activity.weights, activity);
  }

 private:
  /// @param column  of the cell, for its share of the block drawn last
  std::int32_t pulses(double wanted, std::size_t column) const {
    const double threshold = rule_.stochasticRounding ? block_[column % 4] * 0x1p-32 : 0.5;
    const double whole = std::floor(std::abs(wanted) + threshold);
    return static_cast<std::int32_t>(std::copysign(std::min(whole, double(rule_.mostPulses)), wanted));
  }
  /// Random words of four neighbouring cells.
  RandomStream::Block draw(std::size_t four, std::uint64_t index) const {
    return stream_.block({static_cast<std::uint32_t>(four), 0, static_cast<std::uint32_t>(index),
                          static_cast<std::uint32_t>(index >> 32)});
  }

  RuleConfig rule_;
  RandomStream stream_;
  RandomStream::Block block_{};
  std::vector<CellPulses> cells_;
};

}  // namespace

std::unique_ptr<UpdateRule> makeDelta(const LearningConfig& config, const StreamOwner& owner) {
  return std::make_unique<DeltaRule>(config, owner);
}

}  // namespace crosstile::learning
