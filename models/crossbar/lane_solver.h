// SPDX-License-Identifier: Apache-2.0
// Solves a nonlinear circuit for one register of input vectors by the iteration of circuit_iteration.h.
#pragma once

#include "models/base/aligned.h"
#include "models/crossbar/circuit_network.h"

namespace crosstile {

/// Working memory, kept between solves of any networks by the thread that owns it.
template <typename T>
struct LaneScratch {
  AlignedVector<T> current[2], columns, rows, lanes;
};

/// When a lane is done.
struct LaneTarget {
  double residual = 1e-9;  ///< L1 norm of the Kirchhoff residual over the largest current ...
  double error = 0.0;      ///< ... or the bound of each bit line's error over the largest current
};

/// What became of one lane.
struct LaneOutcome {
  bool converged = false;
  double residual = 0.0;  ///< L1 norm of the Kirchhoff residual over the largest current
  double error = 0.0;     ///< bound of the error of each bit-line current, over the largest current
  double sourcePowerW = 0.0;
  int passes = 0;
};

/// Up to kCircuitLanes input vectors. Lanes don't influence each other: a lane's result is taken in the pass
/// in which it has converged, whatever the others still need.
template <typename T>
class LaneSolver {
 public:
  static constexpr std::size_t kLanes = kCircuitLanes<T>;

  LaneSolver(const CircuitNetwork& network, LaneScratch<T>& scratch);
  /// Voltages of the sources, [row][lane], to be filled in before run(); all 0 at first.
  T* voltages() { return volt_; }
  /// Iterates until all lanes have reached the target, or can't get there.
  void run(const LaneTarget& target);
  const LaneOutcome& outcome(std::size_t lane) const { return outcome_[lane]; }
  /// Current of a bit line, A.
  T current(int column, std::size_t lane) const {
    return result_[static_cast<std::size_t>(column) * kLanes + lane];
  }
  const T* currents() const { return result_; }
  /// With one lane in use: the cell currents of its solution, row by row.
  std::vector<double> cellCurrents(std::size_t lane) const;

 private:
  void prepare();
  void pass();
  void coefficients(int k);
  bool collect(const LaneTarget& target, int k);
  void keep(std::size_t lane);

  const CircuitNetwork& network_;
  LaneScratch<T>& scratch_;
  CircuitPass<T> pass_;
  T* volt_;
  T* result_;
  T* totals_[2];
  LaneOutcome outcome_[kLanes];
  double lambda_[kLanes] = {}, rho_[kLanes] = {}, leak_[kLanes] = {};
  int limit_[kLanes] = {};
};

extern template class LaneSolver<double>;
extern template class LaneSolver<float>;

}  // namespace crosstile
