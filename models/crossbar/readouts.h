// SPDX-License-Identifier: Apache-2.0
// The rungs of the readout ladder and what they share; readout.cpp registers them.
#pragma once

#include <memory>

#include "models/crossbar/emulator.h"
#include "models/crossbar/readout.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// A rung for which the array is one matrix of conductances:
///     I_j = sum_i g_ij V_i
/// `ideal` and `ohmic`: g = G; `ir_drop`: g is the effective matrix of the circuit with wires.
class MatrixReadout final : public Readout {
 public:
  /// `ideal`, `ohmic`: the cells' own conductances.
  MatrixReadout(std::shared_ptr<const ProgrammedArray> array, const ArrayConfig& config);
  /// `ir_drop`: the effective matrix of the array's circuit.
  MatrixReadout(std::shared_ptr<const ProgrammedArray> array, const ArrayConfig& config,
                EffectiveMatrix effective);
  Eigen::MatrixXd read(const Eigen::MatrixXd& voltages) const override;
  CurrentTable tabulate(Span<const double> digitVoltages) const override;
  double residual() const override { return effective_.residual; }

 private:
  Span<const double> matrix() const;

  std::shared_ptr<const ProgrammedArray> array_;
  double readTimeS_;
  EffectiveMatrix effective_;  ///< empty where g = G
};

/// Every cell's own law, no wires:
///     I_j = sum_i I_ij(V_i)
class DeviceReadout final : public Readout {
 public:
  DeviceReadout(std::shared_ptr<const ProgrammedArray> array, const ArrayConfig& config);
  Eigen::MatrixXd read(const Eigen::MatrixXd& voltages) const override;
  CurrentTable tabulate(Span<const double> digitVoltages) const override;

 private:
  CurrentTable tabulateDigits(Span<const double> digitVoltages) const;
  void evaluateAll(double voltage, Span<double> current) const;

  std::shared_ptr<const ProgrammedArray> array_;
  double readTimeS_;
};

/// A network trained on solutions of the nonlinear circuit (emulator.h), in single precision.
class EmulatorReadout final : public Readout {
 public:
  /// @throws BadInput when the emulator isn't one for this array
  EmulatorReadout(std::shared_ptr<const Emulator> emulator, std::shared_ptr<const ProgrammedArray> array,
                  const ArrayConfig& config);
  /// @throws BadInput on voltages outside of the trained range
  Eigen::MatrixXd read(const Eigen::MatrixXd& voltages) const override;
  /// Not possible: @throws RunFailure
  CurrentTable tabulate(Span<const double> digitVoltages) const override;

 private:
  void readVectors(const Eigen::MatrixXd& voltages, Eigen::Index from, Eigen::Index count,
                   Eigen::MatrixXd& current) const;

  std::shared_ptr<const Emulator> emulator_;
  std::shared_ptr<const ProgrammedArray> array_;
};

/// @throws BadInput unless there is at least one voltage, the first is 0 and all are finite
void checkDigitVoltages(Span<const double> digitVoltages);
/// @throws BadInput unless `voltages` has a row for each word line
void checkVoltages(const Eigen::MatrixXd& voltages, const ProgrammedArray& array);
/// Energy of a row's devices in one pulse: V_d sum_j I_ij(V_d) t, from the tabulated currents.
void fillRowEnergy(CurrentTable& table, double readTimeS);

}  // namespace crosstile
