// SPDX-License-Identifier: Apache-2.0
// Cells that are known by where programming leaves them, without dynamics of their own.
#pragma once

#include <vector>

#include "models/device/programming_model.h"
#include "models/programming/writable_cells.h"

namespace crosstile {

/// Cells of any law, described by the statistics of [nonideality]: a pulse that aims at G lands at
///     G' = max(0, G + n sigma(G)) exp(s^2/2 - s m)
/// with the programming error's sigma (programming_error_of_g, _of_range, programming_model), n new for every
/// pulse, and the device-to-device s (d2d_sigma_*), m the cell's own for good. The controller corrects its
/// aim by the mean of what the pulses were off by, within 0 to 2 G_on: it takes out what is the cell's own,
/// and redraws what isn't. The amplitude of the pulse counts for the energy alone: device.write_voltage for
/// device.write_time at the G where it lands.
class LandingCells final : public WritableCells {
 public:
  LandingCells(const DeviceConfig& device, const NonidealityConfig& nonideality, const ArrayConfig& array,
               const ProgrammingConfig& programming, int rows, int columns, const StreamOwner& owner);

  int rows() const override { return rows_; }
  int columns() const override { return columns_; }
  double conductance(std::size_t cell) override { return cells_[cell].conductance; }
  void setConductance(std::size_t cell, double g) { cells_[cell].conductance = g; }
  /// From now on the cell stays at `g`, S.
  void stick(std::size_t cell, double g);
  PulseCost write(std::size_t cell, const WritePulse& pulse, double aim) override;
  double sense(std::size_t cell, double& energy) override;
  void rest(Seconds time) override { now_ += time.value; }
  double now() const override { return now_; }
  void setNow(double second) override { now_ = second; }
  Seconds readTime() const override { return array_.readTime; }

 private:
  struct Cell {
    double conductance = 0.0;
    bool stuck = false;
    std::uint32_t drawn = 0, sensed = 0;
  };
  double land(double aim, std::size_t cell);

  int rows_, columns_;
  DeviceConfig device_;
  NonidealityConfig nonideality_;
  ArrayConfig array_;
  PulsePath path_;
  ProgrammingSigma model_;
  RandomStream error_, variability_;
  SensePath sense_;
  std::vector<Cell> cells_;
  double now_ = 0.0;
};

}  // namespace crosstile
