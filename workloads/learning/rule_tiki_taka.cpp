// SPDX-License-Identifier: Apache-2.0
// Tiki-Taka (Gokmen & Haensch, Front. Neurosci. 2020): the fast array A learns by stochastic pulses; every so
// many samples the line i whose turn it is is read, v = A[i], and added to the slow array C by stochastic
// pulses on that line, rate v. What is read in use is C + gamma A.
#include "workloads/learning/fast_array.h"

namespace crosstile::learning {
namespace {

class TikiTakaRule final : public UpdateRule {
 public:
  TikiTakaRule(const LearningConfig& config, std::size_t rows, std::size_t columns, const StreamOwner& owner)
      : rule_(config.rule),
        fast_(config, rows, columns, owner),
        trains_({rule_.trainLength, rule_.updateManagement, rule_.lengthManagement}, owner),
        line_(rows, 0.0F) {}

  void apply(StepCells& weights, const Update& u, RowReader& reader, Activity& activity) override {
    fast_.gather(u, activity);
    if (!fast_.due(u)) return;
    const std::size_t line = fast_.read(u, reader);
    line_[line] = 1.0F;
    trains_.draw(line_, fast_.values(), rule_.rate * u.rateFactor, weights.device().granularity(), u.index);
    line_[line] = 0.0F;
    trains_.coincidences(weights.stride(), cells_);
    trains_.count(activity);
    activity.weights += weights.pulse(cells_, 2 * u.index);
    refreshPairs(weights, rule_, u.index, activity.weights, activity);
  }
  const StepCells* readAlong() const override { return rule_.fastShare > 0.0 ? &fast_.cells() : nullptr; }
  float share() const override { return static_cast<float>(rule_.fastShare); }

 private:
  RuleConfig rule_;
  FastArray fast_;
  PulseTrains trains_;
  std::vector<float> line_;
  std::vector<CellPulses> cells_;
};

}  // namespace

std::unique_ptr<UpdateRule> makeTikiTaka(const LearningConfig& config, std::size_t rows, std::size_t columns,
                                         const StreamOwner& owner) {
  return std::make_unique<TikiTakaRule>(config, rows, columns, owner);
}

}  // namespace crosstile::learning
