// SPDX-License-Identifier: Apache-2.0
// Tiki-Taka v2 (Gokmen, Front. Artif. Intell. 2021): what is read of the fast array is added to a digital
// buffer H, a low-pass filter against noise; H counts in steps of the slow array C, and every whole step
// becomes a pulse:
//     H[i] += rate A[i]/step,   n = trunc(H),   C gets n pulses,   H -= n
// The values in H are as many as the cells, but only one line of them is touched at a time.
#include <algorithm>
#include <cmath>

#include "workloads/learning/fast_array.h"

namespace crosstile::learning {
namespace {

class TikiTakaV2Rule final : public UpdateRule {
 public:
  TikiTakaV2Rule(const LearningConfig& config, std::size_t rows, std::size_t columns,
                 const StreamOwner& owner)
      : rule_(config.rule), fast_(config, rows, columns, owner), buffer_(rows * columns, 0.0F) {}

  void apply(StepCells& weights, const Update& u, RowReader& reader, Activity& activity) override {
    fast_.gather(u, activity);
    if (!fast_.due(u)) return;
    const std::size_t line = fast_.read(u, reader), columns = weights.columns();
    const auto scale = static_cast<float>(rule_.rate * u.rateFactor / weights.device().granularity());
    const auto most = static_cast<float>(rule_.mostPulses);
    std::int32_t up = 0, down = 0;
    cells_.clear();
    for (std::size_t j = 0; j < columns; ++j) {
      float& h = buffer_[line * columns + j];
      h += scale * fast_.values()[j];
      const float whole = std::min(std::max(std::trunc(h), -most), most);
      if (whole == 0.0F) continue;
      h -= whole;
      const auto n = static_cast<std::int32_t>(whole);
      cells_.push_back({static_cast<std::uint32_t>(line * weights.stride() + j), n});
      (n > 0 ? up : down) = std::max(n > 0 ? up : down, std::abs(n));
      activity.linePulses += static_cast<std::uint64_t>(std::abs(n));
    }
    activity.digitalWrites += columns;
    activity.linePulses += static_cast<std::uint64_t>(up + down);
    activity.pulseSlots += static_cast<std::uint64_t>(up + down);
    activity.weights += weights.pulse(cells_, 2 * u.index);
    refreshPairs(weights, rule_, u.index, activity.weights, activity);
  }
  const StepCells* readAlong() const override { return rule_.fastShare > 0.0 ? &fast_.cells() : nullptr; }
  float share() const override { return static_cast<float>(rule_.fastShare); }

 private:
  RuleConfig rule_;
  FastArray fast_;
  std::vector<float> buffer_;  ///< rows x columns, in steps of the slow array
  std::vector<CellPulses> cells_;
};

}  // namespace

std::unique_ptr<UpdateRule> makeTikiTakaV2(const LearningConfig& config, std::size_t rows,
                                           std::size_t columns, const StreamOwner& owner) {
  return std::make_unique<TikiTakaV2Rule>(config, rows, columns, owner);
}

}  // namespace crosstile::learning
