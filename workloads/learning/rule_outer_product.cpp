// SPDX-License-Identifier: Apache-2.0
// Stochastic pulses: all cells of the array at once (pulse_trains.h).
#include "workloads/learning/pulse_trains.h"
#include "workloads/learning/update_rule.h"

namespace crosstile::learning {
namespace {

class OuterProductRule final : public UpdateRule {
 public:
  OuterProductRule(const LearningConfig& config, const StreamOwner& owner)
      : rule_(config.rule),
        trains_({config.rule.trainLength, config.rule.updateManagement, config.rule.lengthManagement},
                owner) {}

  void apply(StepCells& weights, const Update& u, RowReader&, Activity& activity) override {
    trains_.draw(u.x, u.delta, rule_.rate * u.rateFactor, weights.device().granularity(), u.index);
    trains_.coincidences(weights.stride(), cells_);
    trains_.count(activity);
    activity.weights += weights.pulse(cells_, 2 * u.index);
    refreshPairs(weights, rule_, u.index, activity.weights, activity);
  }

 private:
  RuleConfig rule_;
  PulseTrains trains_;
  std::vector<CellPulses> cells_;
};

}  // namespace

std::unique_ptr<UpdateRule> makeOuterProduct(const LearningConfig& config, const StreamOwner& owner) {
  return std::make_unique<OuterProductRule>(config, owner);
}

}  // namespace crosstile::learning
