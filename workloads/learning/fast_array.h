// SPDX-License-Identifier: Apache-2.0
// The fast array A of Tiki-Taka: it gathers gradients by stochastic pulses, and its word lines are read in
// turn. Asymmetric steps pull its cells to their symmetry points, so that is where their zero has to be (zero
// shifting).
#pragma once

#include "workloads/learning/pulse_trains.h"
#include "workloads/learning/update_rule.h"

namespace crosstile::learning {

class FastArray {
 public:
  FastArray(const LearningConfig& config, std::size_t rows, std::size_t columns, const StreamOwner& owner);

  const StepCells& cells() const { return cells_; }
  /// Adds the update by pulses. Every `transferEvery` updates the next line is due.
  void gather(const Update& u, Activity& activity);
  bool due(const Update& u) const;
  /// Reads the line whose turn it is into values(). @return the line
  std::size_t read(const Update& u, RowReader& reader);
  const std::vector<float>& values() const { return values_; }

 private:
  RuleConfig rule_;
  StepCells cells_;
  PulseTrains trains_;
  std::vector<CellPulses> pulses_;
  std::vector<float> values_;
  std::size_t next_ = 0;
};

/// The streams of the fast array's side of a layer.
inline StreamOwner fastOwner(StreamOwner owner) {
  owner.replica = 1;
  return owner;
}

}  // namespace crosstile::learning
