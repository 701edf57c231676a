// SPDX-License-Identifier: Apache-2.0
// Pulses and waveforms on a metastable switch, through what stands between driver and cell.
//
//     driver V ── limiter (compliance) ── series resistor R_s ── closed switch R_w ── cell ── 0 V
//
// The limiter takes what the others leave when the current would exceed the compliance: |i| <= I_c.
#pragma once

#include <cstdint>

#include "models/device/switch_variation.h"

namespace crosstile {

/// What a pulse passes before it reaches the cell.
struct PulsePath {
  Ohms series{};         ///< R_s
  Ohms accessSwitch{};   ///< R_w, of the closed switch (1T1R's transistor)
  Amperes compliance{};  ///< I_c; 0: no limit
  double resistance() const { return series.value + accessSwitch.value; }
  bool isIdeal() const { return resistance() == 0.0 && compliance.value == 0.0; }
};

/// Where the energy of a pulse went, J. What the driver delivered is their sum.
struct PulseEnergy {
  double device = 0.0;        ///< in the cell
  double series = 0.0;        ///< in R_s
  double accessSwitch = 0.0;  ///< in R_w
  double limiter = 0.0;       ///< in the driver's current limiter
  double total() const { return device + series + accessSwitch + limiter; }
  PulseEnergy& operator+=(const PulseEnergy& o) {
    device += o.device, series += o.series, accessSwitch += o.accessSwitch, limiter += o.limiter;
    return *this;
  }
};

/// Voltage across a cell and current through it.
struct CellPoint {
  double volt, ampere;
};

/// What a pulse leaves: the state, the energy, and the operating point at its end.
struct PulseResult {
  double state;
  PulseEnergy energy;
  CellPoint last;
};

/// One metastable switch with its I-V law and its path. Deterministic (the mean of many switches): constant
/// pulses by the closed form where nothing stands in series; otherwise, and for waveforms, the state and the
/// energies are integrated together by the adaptive Runge-Kutta method of Dormand and Prince (Boost.Odeint),
/// relative error 1e-9. Stochastic, with something in series: in steps within which the mean state moves by
/// at most 0.005, at the operating point at the beginning of each.
class SwitchPulser {
 public:
  /// @param law  its Schottky barriers are the cell's; outlives this
  SwitchPulser(const MeanMetastableSwitchLaw& law, const PulsePath& path) : law_(law), path_(path) {}

  CellPoint operate(const MetastableSwitch& device, double state, double driverVolt) const;

  /// Power into each element at an operating point, W in place of J.
  PulseEnergy powerAt(const CellPoint& at, double driverVolt) const;

  /// A constant pulse. @throws RunFailure when the integration doesn't get to its end
  PulseResult pulse(const MetastableSwitch& device, double state, double driverVolt, Seconds time) const;

  /// The same with the number of switches that turn drawn (chance.hasCounts()).
  PulseResult stochasticPulse(const MetastableSwitch& device, double state, double driverVolt, Seconds time,
                              const SwitchChance& chance, std::uint64_t cell, std::uint32_t& drawn) const;

  /// From sample to sample of a waveform, straight between them: what the pulse would leave after `second`,
  /// during which the driver goes from one voltage to the other.
  PulseResult ramp(const MetastableSwitch& device, double state, double fromVolt, double toVolt,
                   Seconds time) const;

  const PulsePath& path() const { return path_; }

 private:
  PulseResult closedForm(const MetastableSwitch& device, double state, double volt, double time) const;

  const MeanMetastableSwitchLaw& law_;
  PulsePath path_;
};

}  // namespace crosstile
