// SPDX-License-Identifier: Apache-2.0
// The rungs of the readout ladder and what they share; readout.cpp registers them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "models/crossbar/circuit_solver.h"
#include "models/crossbar/emulator.h"
#include "models/crossbar/readout.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// A rung for which the array is one matrix of conductances:
///     I_j = sum_i g_ij V_i
/// `ideal` and `ohmic`: g = G; `ir_drop`: g is the effective matrix of the circuit with wires. It is found
/// when it is first needed, once, whichever thread comes first; a read() of few inputs solves the circuit for
/// these instead (inputsAreFew). Which way a read goes depends on its number of inputs alone, never on other
/// reads.
class MatrixReadout final : public Readout {
 public:
  /// `ideal`, `ohmic`: the cells' own conductances.
  MatrixReadout(std::shared_ptr<const ProgrammedArray> array, const ArrayConfig& config);
  /// `ir_drop`: the array's circuit with `wires`.
  MatrixReadout(std::shared_ptr<const ProgrammedArray> array, const ArrayConfig& config, const Wires& wires);
  Eigen::MatrixXd read(const Eigen::MatrixXd& voltages) const override;
  CurrentTable tabulate(Span<const double> digitVoltages) const override;
  /// Of what has been solved so far; solves for the effective matrix if nothing has.
  double residual() const override;

 private:
  const EffectiveMatrix& effective() const;
  Span<const double> matrix() const;
  void noteResidual(double residual) const;

  std::shared_ptr<const ProgrammedArray> array_;
  double readTimeS_;
  std::optional<Wires> wires_;  ///< none where g = G
  mutable std::once_flag solved_;
  mutable EffectiveMatrix effective_;
  mutable std::mutex mutex_;
  mutable std::optional<double> residual_;
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

/// The exact nonlinear circuit, solved for each input:
///     I = bit-line currents of circuit_solver.h
class CircuitReadout final : public Readout {
 public:
  CircuitReadout(std::shared_ptr<const ProgrammedArray> array, const ArrayConfig& config);
  Eigen::MatrixXd read(const Eigen::MatrixXd& voltages) const override;
  std::shared_ptr<const PulseReader> reader(Span<const double> digitVoltages, const PulseShaping& shaping,
                                            const std::vector<int>& columns) const override;
  /// The linear circuit's (ir_drop), whose sensitivities give the read noise to first order.
  CurrentTable tabulate(Span<const double> digitVoltages) const override;
  /// The worst of the inputs read so far.
  double residual() const override { return residual_.load(); }

 private:
  std::shared_ptr<const ProgrammedArray> array_;
  ArrayConfig config_;
  std::shared_ptr<const CircuitSolver> solver_;
  CircuitOptions options_;
  mutable std::atomic<double> residual_{0.0};
};

/// A network trained on solutions of the nonlinear circuit (emulator.h), in single precision.
class EmulatorReadout final : public Readout {
 public:
  /// @throws BadInput when the emulator isn't one for this array
  EmulatorReadout(std::shared_ptr<const Emulator> emulator, std::shared_ptr<const ProgrammedArray> array,
                  const ArrayConfig& config);
  /// @throws BadInput on voltages outside of the trained range
  Eigen::MatrixXd read(const Eigen::MatrixXd& voltages) const override;
  std::shared_ptr<const PulseReader> reader(Span<const double> digitVoltages, const PulseShaping& shaping,
                                            const std::vector<int>& columns) const override;
  /// As of CircuitReadout.
  CurrentTable tabulate(Span<const double> digitVoltages) const override;

 private:
  void readVectors(const Eigen::MatrixXd& voltages, Eigen::Index from, Eigen::Index count,
                   Eigen::MatrixXd& current) const;

  std::shared_ptr<const Emulator> emulator_;
  std::shared_ptr<const ProgrammedArray> array_;
  ArrayConfig config_;
};

/// @throws BadInput unless there is at least one voltage, the first is 0 and all are finite
void checkDigitVoltages(Span<const double> digitVoltages);
/// @throws BadInput unless `voltages` has a row for each word line
void checkVoltages(const Eigen::MatrixXd& voltages, const ProgrammedArray& array);
/// The table of the array's linear circuit (ir_drop), whose sensitivities give other circuits' read noise to
/// first order.
CurrentTable tabulateLinear(const std::shared_ptr<const ProgrammedArray>& array, const ArrayConfig& config,
                            Span<const double> digitVoltages);
/// Energy of a row's devices in one pulse: V_d sum_j I_ij(V_d) t, from the tabulated currents.
void fillRowEnergy(CurrentTable& table, double readTimeS);

}  // namespace crosstile
