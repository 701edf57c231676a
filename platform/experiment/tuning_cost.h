// SPDX-License-Identifier: Apache-2.0
// Energy of target-weight tuning: what the devices did, times the costs of the chip around them.
#pragma once

#include "platform/hardware/hardware.h"
#include "platform/record/ledger.h"
#include "workloads/learning/target_tuning.h"

namespace crosstile {

/// Where a draw's energy of tuning went, J. Readout: verifying reads, with the line's reference resistor at
/// V_read beside the cell, a word line's driver (cost.dac, one row of it), sample-and-hold and ADC.
struct TuningEnergy {
  double devices = 0.0;         ///< cells under pulses, half-selected ones too
  double series = 0.0;          ///< series resistors
  double switches = 0.0;        ///< closed switches of the cells
  double limiters = 0.0;        ///< current limiters of the drivers
  double readDevices = 0.0;     ///< cells while they are verified
  double readReferences = 0.0;  ///< reference resistors meanwhile
  double converters = 0.0;      ///< drivers, sample-and-holds and ADCs of those reads
  double controller =
      0.0;  ///< cost.programming of every pulse of device.write_time; a longer initial reset takes more
  double total() const {
    return devices + series + switches + limiters + readDevices + readReferences + converters + controller;
  }
  TuningEnergy& operator+=(const TuningEnergy& o);
};
TuningEnergy energyOf(const learning::TuningDraw& draw, const Hardware& hardware);

/// The same joules in the ledger, layer by layer, phase `programming`: programming (pulses and controller),
/// array (cells and references that are read), dac, sample_hold, adc. In the phase `inference` one image:
/// cells and references (array), the input lines' drivers (dac) and the comparators' decisions (adc).
Ledger bookTuning(const learning::TuningDraw& draw, const Hardware& hardware);

}  // namespace crosstile
