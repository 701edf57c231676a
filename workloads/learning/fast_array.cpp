// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/fast_array.h"

namespace crosstile::learning {

FastArray::FastArray(const LearningConfig& config, std::size_t rows, std::size_t columns,
                     const StreamOwner& owner)
    : rule_(config.rule),
      cells_(config.fastDevice, rows, columns, fastOwner(owner)),
      trains_({rule_.trainLength, rule_.updateManagement, rule_.lengthManagement}, fastOwner(owner)) {
  if (rule_.zeroShifted) {
    cells_.shiftToSymmetryPoints(rule_.referenceError);
    cells_.set(std::vector<float>(rows * columns, 0.0F));
  }
}

void FastArray::gather(const Update& u, Activity& activity) {
  trains_.draw(u.x, u.delta, rule_.fastRate * u.rateFactor, cells_.device().granularity(), u.index);
  trains_.coincidences(cells_.stride(), pulses_);
  trains_.count(activity);
  activity.fast += cells_.pulse(pulses_, 2 * u.index);
  refreshPairs(cells_, rule_, u.index, activity.fast, activity);
}

bool FastArray::due(const Update& u) const {
  return (u.index + 1) % static_cast<std::uint64_t>(rule_.transferEvery) == 0;
}

std::size_t FastArray::read(const Update& u, RowReader& reader) {
  const std::size_t line = next_;
  next_ = (next_ + 1) % cells_.rows();
  reader.readRow(cells_, line, u.index, values_);
  return line;
}

}  // namespace crosstile::learning
