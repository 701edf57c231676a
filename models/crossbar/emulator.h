// SPDX-License-Identifier: Apache-2.0
// Emulators: networks trained on solutions of the nonlinear circuit that stand in for it in a read, at the
// speed of small products (GENIEx: Chakraborty et al., DAC 2020, arXiv 2003.06902).
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/crossbar/array_config.h"
#include "models/crossbar/programmed_array.h"
#include "models/crossbar/pulse_reader.h"
#include "models/crossbar/readout.h"
#include "models/crossbar/two_layer_network.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// What an emulator was trained for, and the only thing it can be used for.
struct EmulatorTechnology {
  DeviceConfig device;  ///< the law with its parameters, and the range of G
  Wires wires;          ///< ohm
  int rows = 0;
  int columns = 0;           ///< physical: reference and offset columns included
  int referenceColumn = -1;  ///< the column that the draws hold at G_off; -1: none
  double voltage = 0.0;      ///< V, the largest that was trained; inputs are from 0 to it
};

/// geniex: the paper's. f_R = I_ideal / I of all columns from normalised conductances and voltages,
///     Linear(rows columns + rows -> 500), ReLU, Linear(500 -> columns).
/// residual: what row-by-row physics leaves of I, from a few sums of each column (residual_sums.h), by one
/// small network that all columns share.
enum class EmulatorKind { geniex, residual };
std::string_view nameOf(EmulatorKind kind);
/// @throws BadInput listing the known kinds
EmulatorKind emulatorKind(std::string_view name);

/// A trained emulator.
struct Emulator {
  EmulatorKind kind = EmulatorKind::residual;
  EmulatorTechnology technology;
  TwoLayerNetwork network;
};

/// The device's own law as a voltage: phi(V) = I(V)/G of a cell at G_on, so that an ohmic cell at phi(V)
/// carries what the cell carries at V. sinh: phi = sinh(B V)/B.
class Predistortion {
 public:
  explicit Predistortion(const DeviceConfig& device);
  double operator()(double voltage) const;

 private:
  std::shared_ptr<const DeviceLaw> law_;
  std::vector<double> cell_;
  double conductance_;
};

/// @throws BadInput for what no emulator stands for: a law whose parameters its file doesn't hold, and what
/// checkEmulatorDrive() refuses
void checkEmulatorTechnology(const DeviceConfig& device, const ArrayConfig& config);
/// @throws BadInput for access devices, drive from both ends and unconnected idle rows
void checkEmulatorDrive(const ArrayConfig& config);

/// @throws BadInput when `array`, the wires of `config` or a voltage aren't what the emulator was trained
/// for: another size, law, wire resistance, a conductance beyond its range by more than half of it, a
/// voltage below 0 or above the largest
void checkEmulatorFits(const EmulatorTechnology& technology, const ProgrammedArray& array,
                       const ArrayConfig& config, Span<const double> voltages);

/// @throws BadInput for a voltage below 0 or above the largest that was trained
void checkEmulatorVoltages(const EmulatorTechnology& technology, Span<const double> voltages);

/// The reader of a programmed array by emulation. Energies are V I t of each row's cells, without the voltage
/// of the bit lines.
/// @param digitVoltages  of each input digit; the first is 0
/// `shaping`'s read noise is left to the caller: a reader gives mean currents.
/// @param columns  the bit lines that are wanted, in the order of the output; empty: all
/// @throws BadInput as checkEmulatorFits()
std::unique_ptr<PulseReader> makeEmulatorReader(std::shared_ptr<const Emulator> emulator,
                                                std::shared_ptr<const ProgrammedArray> array,
                                                const ArrayConfig& config, Span<const double> digitVoltages,
                                                const PulseShaping& shaping,
                                                const std::vector<int>& columns = {});

}  // namespace crosstile
