// SPDX-License-Identifier: Apache-2.0
// Cells as a write controller sees them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/device/switch_pulse.h"
#include "models/programming/programming_config.h"

namespace crosstile {

/// A voltage pulse of the driver: positive raises the conductance.
struct WritePulse {
  Volts amplitude;
  Seconds width;
};

/// What a pulse of the driver cost.
struct PulseCost {
  PulseEnergy selected;     ///< in the cell that was written, and its path
  double unselected = 0.0;  ///< in the half-selected cells, J
};

/// Reading back: G with noise, rounded to the codes of a converter from 0 to G_on.
class SensePath {
 public:
  SensePath(const ProgrammingConfig& config, const DeviceConfig& device, const StreamOwner& owner);
  double measure(double conductance, std::uint64_t cell, std::uint32_t& drawn) const;

 private:
  double ofG_, fixed_, code_;  // sd of G; sd, S; one code, S (0: exact)
  RandomStream noise_;
};

/// rows x columns cells that are written one at a time. Row by row: cell = row * columns + column.
class WritableCells {
 public:
  virtual ~WritableCells() = default;
  virtual int rows() const = 0;
  virtual int columns() const = 0;
  std::size_t size() const { return static_cast<std::size_t>(rows()) * static_cast<std::size_t>(columns()); }
  /// True conductance at zero field, now, S; 0 for an absent cell.
  virtual double conductance(std::size_t cell) = 0;
  /// One pulse. @param aim  the conductance that the controller is after, S: cells whose pulses have no
  /// dynamics land near it   @throws BadInput above device.rated_voltage
  virtual PulseCost write(std::size_t cell, const WritePulse& pulse, double aim) = 0;
  /// A read with array.read_voltage for array.read_time: the conductance as sensed, S.
  /// @param energy  of the read, J (added to)
  virtual double sense(std::size_t cell, double& energy) = 0;
  /// All cells at 0 V.
  virtual void rest(Seconds time) = 0;
  /// The cells' clock, s. Going back is for cells that are written at the same time.
  virtual double now() const = 0;
  virtual void setNow(double second) = 0;
  /// How long one read takes.
  virtual Seconds readTime() const = 0;
};

}  // namespace crosstile
