// SPDX-License-Identifier: Apache-2.0
// An array of metastable switches under programming pulses.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/span.h"
#include "models/programming/writable_cells.h"

namespace crosstile {

/// rows x columns cells of law mean_metastable_switch, each a device of its own (mms_d2d_*), without wires.
/// They are written one pulse at a time, deterministically or with the number of switches drawn
/// (mms_switches), each pulse a cycle of its own (mms_c2c_*). While a cell isn't touched it rests at 0 V and
/// forgets. What the others see of a pulse of V (programming.select):
///     1t1r    nothing: their switches are open
///     half    V/2 on the cells of the same row and column, 0 on the rest
///     third   V/3 on the cells of the same row and column, -V/3 on the rest
/// straight from the drivers, without series resistance. Only cells that get the whole pulse wear; one that
/// has had its number of pulses (device.endurance, lognormal) no longer moves. Everything is deterministic in
/// `owner` and in the sequence of calls.
class PulsedArray final : public WritableCells {
 public:
  /// All cells in state 0. @param array  read voltage and time
  /// @throws BadInput naming the key that is out of range, or for another law
  PulsedArray(const DeviceConfig& device, const ArrayConfig& array, const ProgrammingConfig& programming,
              int rows, int columns, const StreamOwner& owner);
  PulsedArray(const PulsedArray&) = delete;  // its parts refer to each other
  PulsedArray& operator=(const PulsedArray&) = delete;

  int rows() const override { return rows_; }
  int columns() const override { return columns_; }

  /// One pulse to one cell: 3 to 10 million a second without series resistance, disturbance and chance.
  PulseCost pulse(std::size_t cell, const WritePulse& pulse);
  /// Without check of the cell's rating and without count of the write: half-selected, or read.
  PulseEnergy bias(std::size_t cell, double driverVolt, Seconds width);

  double conductance(std::size_t cell) override;
  double state(std::size_t cell);
  void setState(std::size_t cell, double state);
  /// The state of conductance `g`, of this cell's own device; 0 S: the cell is absent.
  void setConductance(std::size_t cell, double g);
  /// From now on the cell stays at `g`, S, whatever is done to it.
  void stick(std::size_t cell, double g);
  /// The whole pulses that the cell has had, and whether they were its last.
  std::uint32_t writes(std::size_t cell) const { return cells_[cell].writes; }
  bool isWorn(std::size_t cell) const { return cells_[cell].writes >= cells_[cell].life; }

  PulseCost write(std::size_t cell, const WritePulse& p, double /*aim*/) override { return pulse(cell, p); }
  double sense(std::size_t cell, double& energy) override;
  void rest(Seconds time) override { now_ += time.value; }
  double now() const override { return now_; }
  void setNow(double second) override { now_ = second; }
  Seconds readTime() const override { return readTime_; }
  const MetastableSwitch& device(std::size_t cell) const { return devices_[devices_.size() > 1 ? cell : 0]; }

 private:
  struct Cell {
    double state = 0.0;
    double since = 0.0;     ///< when the state was that, s
    double stuckAt = -1.0;  ///< S; below 0: it moves
    std::uint32_t writes = 0, drawn = 0, life = UINT32_MAX;
  };
  void settle(std::size_t cell);
  /// A pulse on a settled cell; the clock stays.
  PulseEnergy apply(std::size_t cell, double driverVolt, double second, const SwitchPulser& pulser);
  double disturbOthers(std::size_t cell, const WritePulse& pulse);

  int rows_, columns_;
  enum class Select { isolated, half, third } select_;
  Volts rated_, readVoltage_;
  Seconds readTime_;
  MeanMetastableSwitchLaw law_;
  SwitchPulser pulser_;  ///< of the selected cell
  SwitchPulser direct_;  ///< of half-selected ones, and of reads
  RandomStream cycle_, counts_;
  SwitchChance chance_;
  SensePath sense_;
  std::vector<MetastableSwitch> devices_;  ///< one, or one a cell
  std::vector<MetastableSwitch::Motion> atRest_;
  std::vector<Cell> cells_;
  double now_ = 0.0;
};

}  // namespace crosstile
