// SPDX-License-Identifier: Apache-2.0
// Power against time: energy of each component and layer, spread over the time in which its hardware was
// busy.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "platform/record/ledger.h"

namespace crosstile {

/// Mean power in bins of equal length, from the end of programming on.
struct PowerSeries {
  double binSeconds = 0.0;
  double leakageWatts = 0.0;  ///< of the whole chip, at all times
  std::vector<std::pair<Component, std::vector<double>>>
      byComponent;                    ///< W, dynamic; components with any energy
  std::vector<double> total() const;  ///< W, leakage included
  double peakWatts() const;
};

/// Collects busy intervals into a fixed number of bins, which double in length as the run goes on: memory
/// doesn't grow with it.
class PowerTrace {
 public:
  /// What works for whom: a core's time is that of its arrays, converters and registers.
  enum class Part { core, buffer, bus, digital, network, host, count_ };
  static Part partOf(Component component);

  /// @param bins  even, at least 2
  explicit PowerTrace(int layers, int bins = 128);
  /// The hardware was busy from `from` to `to`, seconds. @param layer  kShared: nobody's
  void busy(Part part, int layer, double from, double to);
  /// Each component's energy of a layer over the busy time of its part for that layer; for all layers where
  /// it was never busy for this one; over the whole run where it was never busy at all. The energy is kept:
  ///     sum of a component's bins x binSeconds = its energy
  /// @param energy  dynamic energy of the images of the trace (phase inference)   @param seconds  their time
  PowerSeries series(const Ledger& energy, double seconds, double leakageWatts) const;

 private:
  using Bins = std::vector<double>;  // busy seconds, of all instances together
  void lengthen();
  const Bins& of(Part part, int layer) const;
  Bins all(Part part) const;

  int layers_;
  std::size_t count_;
  double width_ = 1e-9;
  std::vector<Bins> busy_;  // [part][layer, kShared last]; empty: never busy
};

}  // namespace crosstile
