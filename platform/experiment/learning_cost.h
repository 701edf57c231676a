// SPDX-License-Identifier: Apache-2.0
// Time and energy of on-chip learning: the layers' counts times costs, booked to the ledger.
#pragma once

#include <string>
#include <vector>

#include "models/base/quantity.h"
#include "platform/record/ledger.h"
#include "workloads/learning/learning_network.h"

namespace crosstile {

struct LearningCost {
  Seconds readTime{80e-9};           ///< one vector through an array
  Seconds conversionTime{1e-9};      ///< one ADC conversion
  int adcs = 8;                      ///< of an array, each converts its share of the lines one after another
  Seconds pulseTime{100e-9};         ///< a slot of programming: pulse and gap
  Joules cellReadEnergy{};           ///< of a cell on a driven line, a read
  Joules lineReadEnergy{};           ///< of a driven line's DAC, a read
  Joules conversionEnergy{};         ///< of an ADC, a conversion
  Joules cellPulseEnergy{};          ///< of a cell, a pulse
  Joules linePulseEnergy{};          ///< of a line's driver, a programming pulse
  Joules digitalEnergy{};            ///< of an activation, an error, a buffered value
  std::string source = "not given";  ///< where the numbers come from; "assumed: ..." when nowhere
};

/// What an activity takes on the chip, one after another.
struct LearningTime {
  Seconds forward{}, backward{}, transfer{}, update{};
  Seconds total() const { return forward + backward + transfer + update; }
};

/// Time of a layer of inputs x outputs (bias line on top): reads x (read_time + ceil(lines read/adcs)
/// conversion_time) + slots x pulse_time.
LearningTime timeOf(const learning::Activity& activity, std::size_t inputs, std::size_t outputs,
                    const LearningCost& cost);

/// Reads and their converters in the phase `inference`, pulses in `programming`: array: cells; dac: line
/// drivers of reads; adc: conversions; programming: line drivers of pulses; digital: activations, errors,
/// buffered values.
Ledger bookLearning(const std::vector<learning::Activity>& layers, const LearningCost& cost);

}  // namespace crosstile
