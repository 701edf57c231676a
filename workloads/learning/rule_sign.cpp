// SPDX-License-Identifier: Apache-2.0
// One pulse of the sign of x delta in every cell whose input and error are beyond their thresholds: no
// multiplication, no magnitudes, two slots (up, down) for the whole array. The rule of small on-chip
// learners.
#include <cmath>

#include "workloads/learning/update_rule.h"

namespace crosstile::learning {
namespace {

class SignRule final : public UpdateRule {
 public:
  explicit SignRule(const LearningConfig& config) : rule_(config.rule) {}

  void apply(StepCells& weights, const Update& u, RowReader&, Activity& activity) override {
    cells_.clear();
    const auto active = [](float value, double threshold) {
      return value != 0.0F && std::abs(value) >= threshold;
    };
    std::uint64_t rows = 0, columns = 0;
    for (const float d : u.delta) columns += active(d, rule_.errorThreshold) ? 1 : 0;
    for (std::size_t i = 0; i < u.x.size(); ++i) {
      if (!active(u.x[i], rule_.inputThreshold)) continue;
      ++rows;
      for (std::size_t j = 0; j < u.delta.size(); ++j) {
        if (!active(u.delta[j], rule_.errorThreshold)) continue;
        cells_.push_back({static_cast<std::uint32_t>(i * weights.stride() + j),
                          (u.x[i] < 0.0F) == (u.delta[j] < 0.0F) ? 1 : -1});
      }
    }
    if (!cells_.empty()) {
      activity.linePulses += 2 * rows + columns;
      activity.pulseSlots += 2;
    }
    activity.weights += weights.pulse(cells_, 2 * u.index);
    refreshPairs(weights, rule_, u.index, activity.weights, activity);
  }

 private:
  RuleConfig rule_;
  std::vector<CellPulses> cells_;
};

}  // namespace

std::unique_ptr<UpdateRule> makeSign(const LearningConfig& config) {
  return std::make_unique<SignRule>(config);
}

}  // namespace crosstile::learning
