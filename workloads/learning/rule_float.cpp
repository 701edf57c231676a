// SPDX-License-Identifier: Apache-2.0
// Stochastic gradient descent in single precision, w += rate x delta: what rules with pulses are compared
// with.
#include "workloads/learning/update_rule.h"

namespace crosstile::learning {
namespace {

class FloatRule final : public UpdateRule {
 public:
  explicit FloatRule(double rate) : rate_(rate) {}

  void apply(StepCells& weights, const Update& u, RowReader&, Activity&) override {
    const auto rate = static_cast<float>(rate_ * u.rateFactor);
    for (std::size_t i = 0; i < u.x.size(); ++i) {
      if (u.x[i] != 0.0F) weights.moveRow(i, u.delta, rate * u.x[i]);
    }
  }

 private:
  double rate_;
};

}  // namespace

std::unique_ptr<UpdateRule> makeFloat(const LearningConfig& config) {
  return std::make_unique<FloatRule>(config.rule.rate);
}

}  // namespace crosstile::learning
