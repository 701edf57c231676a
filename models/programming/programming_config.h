// SPDX-License-Identifier: Apache-2.0
// Section [programming] of a hardware file: how cells are written.
#pragma once

#include <string>

#include "models/base/quantity.h"
#include "models/crossbar/array_config.h"
#include "models/device/switch_pulse.h"

namespace crosstile {

struct ProgrammingConfig {
  std::string method = "one-shot";   ///< one-shot | write-verify
  std::string select = "1t1r";       ///< 1t1r | half (V/2) | third (V/3): what the others see of a pulse
  std::string parallel = "row";      ///< row (its cells at once; 1t1r) | cell (one after another)
  Volts setVoltage{0.2};             ///< amplitude of the first pulse that is to raise G
  Volts resetVoltage{0.1};           ///< of the first that is to lower it, at -V
  Volts voltageStep{0.02};           ///< added from pulse to pulse in one direction
  Volts largestVoltage{0.8};         ///< where it ends
  Seconds gap{0.0};                  ///< at 0 V behind each pulse
  int pulseBudget = 200;             ///< pulses of a cell in one pass
  int passes = 1;                    ///< over the array; from the second on only cells that left their target
  double toleranceOfG = 0.0;         ///< a cell is reached within the larger of this times its target ...
  double toleranceOfRange = 0.01;    ///< ... and this times G_on - G_off
  bool initialReset = false;         ///< begin with one pulse of -largestVoltage ...
  Seconds initialResetTime{1e-3};    ///< ... of this length
  std::string initialState = "off";  ///< of the cells before: off | on | random (uniform)
  Ohms seriesResistance{0.0};        ///< of a column's driver, in the path of a pulse
  Ohms switchResistance{0.0};        ///< of a cell's closed switch
  Amperes compliance{0.0};           ///< limit of a pulse's current; 0: none
  double senseNoiseOfG = 0.0;        ///< standard deviation of a verifying read, of G ...
  double senseNoiseOfRange = 0.0;    ///< ... and of G_on - G_off, in quadrature
  int senseBits = 0;                 ///< resolution of a verifying read: codes from 0 to G_on; 0: exact

  PulsePath path() const { return {seriesResistance, switchResistance, compliance}; }
};

/// @throws BadInput naming the key: pulses above device.rated_voltage, rows written at once without a switch
/// a cell, amplitudes above the largest, a law that can't be written so
void checkProgramming(const ProgrammingConfig& config, const DeviceConfig& device);

/// How far from its target a cell may stay, S.
double toleranceOf(const ProgrammingConfig& config, const DeviceConfig& device, double target);

}  // namespace crosstile
