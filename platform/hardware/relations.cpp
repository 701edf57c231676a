// SPDX-License-Identifier: Apache-2.0
// What no single key can say: relations between keys.
#include <cmath>

#include "models/base/error.h"
#include "models/device/programming_model.h"
#include "platform/hardware/schema.h"
#include "workloads/encoding/slices.h"

namespace crosstile::hardware {
namespace {

using Where = std::function<std::string(const std::string&)>;

void checkNonideal(const Hardware& h, const Where& where) {
  const NonidealityConfig& n = h.nonideality;
  const double stuck = n.stuckOff + n.stuckOn + n.stuckValueProbability + n.stuckDistributionProbability;
  if (stuck > 1.0 + 1e-12) {
    const char* key = n.stuckOff > 0.0  ? "nonideality.stuck_off"
                      : n.stuckOn > 0.0 ? "nonideality.stuck_on"
                                        : "nonideality.stuck_value_probability";
    throw BadInput(
        "{}: with nonideality.stuck_off ({}), stuck_on ({}), stuck_value_probability ({}) and "
        "stuck_distribution_probability ({}): must add up to at most 1",
        where(key), n.stuckOff, n.stuckOn, n.stuckValueProbability, n.stuckDistributionProbability);
  }
  if (n.stuckDistributionProbability > 0.0 && n.stuckDistribution.empty()) {
    throw BadInput("{} = {}: needs its conductances, nonideality.stuck_distribution = \"FILE.csv\"",
                   where("nonideality.stuck_distribution_probability"), n.stuckDistributionProbability);
  }
  const std::string limits = programmingModelLimits(n.programmingModel, h.device.gOn);
  if (!limits.empty()) {
    throw BadInput("{} = {}: must be {}", where("device.g_on"),
                   formatQuantity(h.device.gOn.value, Unit::siemens), limits);
  }
  const double rise = h.device.temperature.value - h.device.referenceTemperature.value;
  if (!(1.0 + h.device.temperatureCoefficient * rise > 0.0)) {
    throw BadInput("{} = {}: must keep conductances positive at {} K (device.reference_temperature is {} K)",
                   where("device.temperature_coefficient"), h.device.temperatureCoefficient,
                   h.device.temperature.value, h.device.referenceTemperature.value);
  }
}

void checkCell(const Hardware& h, const Where& where) {
  if (!(h.device.gOn > h.device.gOff)) {
    throw BadInput("{} = {}: must be above device.g_off ({})", where("device.g_on"),
                   formatQuantity(h.device.gOn.value, Unit::siemens),
                   formatQuantity(h.device.gOff.value, Unit::siemens));
  }
  const int magnitude = isPaired(h.encoding) ? h.encoding.weightBits - 1 : h.encoding.weightBits;
  if (h.encoding.cellBits > magnitude) {
    throw BadInput("{} = {}: must be at most {}, the bits that encoding.weight_bits = {} needs in {} cells",
                   where("encoding.cell_bits"), h.encoding.cellBits, magnitude, h.encoding.weightBits,
                   h.encoding.scheme);
  }
  if (h.encoding.scheme == "average" && h.encoding.cellBits != magnitude) {
    throw BadInput(
        "{} = {}: must be {}: pairs around the middle level hold a weight of {} bits in one cell each",
        where("encoding.cell_bits"), h.encoding.cellBits, magnitude, h.encoding.weightBits);
  }
  if (h.encoding.pulseBits > h.encoding.inputBits) {
    throw BadInput("{} = {}: must be at most encoding.input_bits ({})", where("encoding.pulse_bits"),
                   h.encoding.pulseBits, h.encoding.inputBits);
  }
  if (h.encoding.slicePlacement == "arrays" && h.encoding.stuckCompensation) {
    throw BadInput(
        "{} = true: needs encoding.slice_placement = \"columns\": the cells of a weight in one array",
        where("encoding.stuck_compensation"));
  }
  if (h.nonideality.levels == 1) {
    throw BadInput("{} = 1: must be 0 (continuous) or at least 2", where("nonideality.levels"));
  }
  checkNonideal(h, where);
}

/// The switches' state says the conductance, so no cell can be outside what they can be.
void checkMetastableSwitch(const Hardware& h, const Where& where) {
  const auto ohm = [](double r) { return formatQuantity(r, Unit::ohm); };
  const double on = h.device.mms.rOn.value, off = h.device.mms.rOff.value, slack = 1.0 + 1e-9;
  if (!(off > on))
    throw BadInput("{} = {}: must be above device.mms_r_on ({})", where("device.mms_r_off"), ohm(off),
                   ohm(on));
  if (h.device.gOn.value * on > slack)
    throw BadInput("{} = {}: must be at most 1/device.mms_r_on ({})", where("device.g_on"),
                   formatQuantity(h.device.gOn.value, Unit::siemens),
                   formatQuantity(1.0 / on, Unit::siemens));
  if (h.device.gOff.value * off * slack < 1.0)
    throw BadInput("{} = {}: must be at least 1/device.mms_r_off ({})", where("device.g_off"),
                   formatQuantity(h.device.gOff.value, Unit::siemens),
                   formatQuantity(1.0 / off, Unit::siemens));
}

void checkLaw(const Hardware& h, const Where& where) {
  if (h.device.law == "mean_metastable_switch") checkMetastableSwitch(h, where);
  if (h.device.law == "tabulated" && h.device.table.empty()) {
    throw BadInput("{} = \"tabulated\": needs its curve, device.table = \"FILE.csv\"", where("device.law"));
  }
  if (h.device.law != "poole_frenkel") return;
  if (h.device.pfSlope[0] == 0.0) {
    throw BadInput("{} = [0, 0]: poole_frenkel needs its fit (pf_slope, pf_intercept, pf_covariance)",
                   where("device.pf_slope"));
  }
  const auto& c = h.device.pfCovariance;
  if (c[0] < 0.0 || c[2] < 0.0 || c[1] * c[1] > c[0] * c[2] * (1.0 + 1e-12)) {
    throw BadInput("{} = [{}, {}, {}]: must be a covariance (variances >= 0, Sigma12^2 <= Sigma11 Sigma22)",
                   where("device.pf_covariance"), c[0], c[1], c[2]);
  }
}

void checkDrive(const Hardware& h, const Where& where) {
  if (h.readout == "circuit") return;
  const auto refuse = [&](const char* key, const std::string& value) {
    throw BadInput("{} = {}: needs readout = \"circuit\" (it is \"{}\")", where(key), value, h.readout);
  };
  if (h.array.driveBothEnds) refuse("array.drive_both_ends", "true");
  if (h.array.floatIdleRows) refuse("array.float_idle_rows", "true");
  if (h.array.access.kind != "none") refuse("access.kind", "\"" + h.array.access.kind + "\"");
}

/// Errors of the section name their key; say where it stands.
void checkWriting(const Hardware& h, const Where& where) {
  try {
    checkProgramming(h.programming, h.device);
  } catch (const BadInput& error) {
    const std::string what = error.what();
    const auto end = what.find(' ');
    throw BadInput("{}{}", where(what.substr(0, end)), what.substr(end));
  }
}

void checkMachine(const Hardware& h, const Where& where) {
  const double picoseconds = h.timing.clockPeriod.value * 1e12;
  if (std::abs(picoseconds - std::round(picoseconds)) > 1e-6) {
    throw BadInput("{} = {}: must be a whole number of picoseconds", where("clock.period"),
                   formatQuantity(h.timing.clockPeriod.value, Unit::second, 9));
  }
  const double bytes = h.chip.bufferSize.value;
  if (bytes != std::floor(bytes)) {
    throw BadInput("{} = {} B: must be a whole number of bytes", where("buffer.size"), bytes);
  }
  if (h.timing.bufferAccessBits % 8 != 0) {
    throw BadInput("{} = {}: must be a multiple of 8", where("buffer.access_bits"),
                   h.timing.bufferAccessBits);
  }
  const auto needsPort = [&](const char* key, int own) {
    if (own + h.timing.bufferReadWritePorts > 0) return;
    throw BadInput("{} = 0: must be at least 1 where buffer.read_write_ports is 0", where(key));
  };
  needsPort("buffer.read_ports", h.timing.bufferReadPorts);
  needsPort("buffer.write_ports", h.timing.bufferWritePorts);
  if (h.timing.flitBits % 8 != 0) {
    throw BadInput("{} = {}: must be a multiple of 8", where("router.flit_bits"), h.timing.flitBits);
  }
}

}  // namespace

void checkRelations(const Hardware& hardware, const Where& where) {
  checkWriting(hardware, where);
  checkCell(hardware, where);
  checkLaw(hardware, where);
  checkDrive(hardware, where);
  checkMachine(hardware, where);
}

}  // namespace crosstile::hardware
