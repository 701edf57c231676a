// SPDX-License-Identifier: Apache-2.0
#include "models/programming/programming_config.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

void require(bool fine, const char* key, double found, const char* allowed) {
  if (!fine || !std::isfinite(found))
    throw BadInput("programming.{} = {:g}: must be {}", key, found, allowed);
}

void checkOneOf(const char* key, const std::string& found, std::initializer_list<const char*> allowed) {
  std::string names;
  for (const char* name : allowed) {
    if (found == name) return;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  throw BadInput("programming.{} = \"{}\": must be one of {}", key, found, names);
}

void checkWords(const ProgrammingConfig& c) {
  checkOneOf("method", c.method, {"one-shot", "write-verify"});
  checkOneOf("select", c.select, {"1t1r", "half", "third"});
  checkOneOf("parallel", c.parallel, {"row", "cell"});
  checkOneOf("initial_state", c.initialState, {"off", "on", "random"});
  if (c.parallel == "row" && c.select != "1t1r" && c.method == "write-verify")
    throw BadInput(
        "programming.parallel = \"row\": needs select = \"1t1r\", a switch a cell; with \"{}\" it must be "
        "\"cell\"",
        c.select);
}

}  // namespace

void checkProgramming(const ProgrammingConfig& c, const DeviceConfig& device) {
  checkWords(c);
  const double largest = c.largestVoltage.value;
  require(largest > 0.0, "largest_voltage", largest, "above 0 V");
  require(c.setVoltage.value > 0.0 && c.setVoltage.value <= largest, "set_voltage", c.setVoltage.value,
          "above 0 V and at most programming.largest_voltage");
  require(c.resetVoltage.value > 0.0 && c.resetVoltage.value <= largest, "reset_voltage",
          c.resetVoltage.value, "above 0 V and at most programming.largest_voltage");
  require(c.voltageStep.value >= 0.0, "voltage_step", c.voltageStep.value, "at least 0 V");
  require(c.gap.value >= 0.0, "gap", c.gap.value, "at least 0 s");
  require(c.pulseBudget >= 1, "pulse_budget", c.pulseBudget, "at least 1");
  require(c.passes >= 1, "passes", c.passes, "at least 1");
  require(c.toleranceOfG >= 0.0, "tolerance_of_g", c.toleranceOfG, "at least 0");
  require(c.toleranceOfRange >= 0.0 && c.toleranceOfG + c.toleranceOfRange > 0.0, "tolerance_of_range",
          c.toleranceOfRange, "above 0 when programming.tolerance_of_g is 0");
  require(c.initialResetTime.value >= 0.0, "initial_reset_time", c.initialResetTime.value, "at least 0 s");
  require(c.seriesResistance.value >= 0.0, "series_resistance", c.seriesResistance.value, "at least 0 ohm");
  require(c.switchResistance.value >= 0.0, "switch_resistance", c.switchResistance.value, "at least 0 ohm");
  require(c.compliance.value >= 0.0, "compliance_current", c.compliance.value, "at least 0 A");
  require(c.senseNoiseOfG >= 0.0, "sense_noise_of_g", c.senseNoiseOfG, "at least 0");
  require(c.senseNoiseOfRange >= 0.0, "sense_noise_of_range", c.senseNoiseOfRange, "at least 0");
  require(c.senseBits >= 0 && c.senseBits <= 24, "sense_bits", c.senseBits, "from 0 to 24");
  if (c.method != "write-verify") return;
  const double rated = device.ratedVoltage.value;
  if (rated > 0.0 && largest > rated)
    throw BadInput("programming.largest_voltage = {}: above device.rated_voltage ({})",
                   formatQuantity(largest, Unit::volt), formatQuantity(rated, Unit::volt));
  if (device.law == "mean_metastable_switch") {
    if (device.mms.phi == 0.0)
      throw BadInput("device.mms_phi = 0: the state doesn't change the current; nothing to verify");
    return;
  }
  if (c.select != "1t1r")
    throw BadInput(
        "programming.select = \"{}\": needs a law whose pulses move a state (mean_metastable_switch), "
        "device.law is "
        "\"{}\"",
        c.select, device.law);
}

double toleranceOf(const ProgrammingConfig& c, const DeviceConfig& device, double target) {
  return std::max(c.toleranceOfG * target, c.toleranceOfRange * (device.gOn.value - device.gOff.value));
}

}  // namespace crosstile
