// SPDX-License-Identifier: Apache-2.0
// The readout ladder: how the voltages on the word lines become currents in the bit lines.
#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/crossbar/current_table.h"
#include "models/crossbar/programmed_array.h"
#include "models/crossbar/pulse_reader.h"
#include "models/crossbar/pulse_table.h"

namespace crosstile {

/// What compile() does to the currents on the way to single precision, in double: divide by a unit, subtract
/// a column, attach read noise. (Contract with workloads/execution.)
struct PulseShaping {
  int referenceColumn = -1;       ///< its current is subtracted from every other column's; -1: none
  double unitAmpere = 1.0;        ///< currents are divided by it, variances by its square
  double readNoiseOfG = 0.0;      ///< standard deviation of a read as a fraction of each cell's G
  double readNoiseOfRange = 0.0;  ///< ... as a fraction of `conductanceRange`
  double conductanceRange = 0.0;  ///< G_on - G_off, S
  bool thermalNoise = false;      ///< of the cells, at `temperature` over a read of `readTime`
  bool shotNoise = false;         ///< of the cells' currents
  Kelvin temperature{293.15};
  Seconds readTime{100e-9};
  bool noisy() const { return readNoiseOfG > 0.0 || readNoiseOfRange > 0.0 || thermalNoise || shotNoise; }
};

/// One rung of the ladder, prepared for one programmed array. Rungs: ideal, ohmic, device, ir_drop,
/// circuit, emulator.
class Readout {
 public:
  virtual ~Readout() = default;
  /// Bit-line currents (ampere, columns x batch) for word-line voltages (volt, rows x batch); no read noise.
  virtual Eigen::MatrixXd read(const Eigen::MatrixXd& voltages) const = 0;
  /// The same physics as a table for pulses: voltage of each input digit (digitVoltages[d], digitVoltages[0]
  /// = 0)
  /// -> current in ampere of each row and column. In single precision; agrees with read() within 1e-6 of the
  /// largest current.
  virtual PulseTable compile(Span<const double> digitVoltages, const PulseShaping& shaping = {}) const;
  /// Physics that no table can hold: reads pulse by pulse, in compile()'s units. Null: the table is all there
  /// is. @param columns  the bit lines that are converted, in the order of the output
  virtual std::shared_ptr<const PulseReader> reader(Span<const double> digitVoltages,
                                                    const PulseShaping& shaping,
                                                    const std::vector<int>& columns) const;
  /// What compile() shapes and rounds, in double precision and ampere, without read noise.
  virtual CurrentTable tabulate(Span<const double> digitVoltages) const = 0;
  /// L1 norm of the circuit solution's Kirchhoff residual over the current, the worst column or input; 0
  /// without a circuit.
  virtual double residual() const { return 0.0; }
};

/// The rung called `name`, prepared for `array` (ir_drop solves its circuit when it is first read or
/// compiled).
/// @throws BadInput for an unknown name, listing the known ones
std::unique_ptr<Readout> makeReadout(std::string_view name, std::shared_ptr<const ProgrammedArray> array,
                                     const ArrayConfig& config);
/// Names of all rungs, in ladder order.
std::vector<std::string> readoutNames();

}  // namespace crosstile
