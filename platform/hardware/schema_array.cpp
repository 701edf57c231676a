// SPDX-License-Identifier: Apache-2.0
// Keys of the analog array: geometry and wires, the cell, its nonidealities.
#include "models/device/device_law.h"
#include "platform/hardware/schema.h"

namespace crosstile::hardware {
namespace {

constexpr double kLeastConductance = 1e-15;
constexpr double kLargestConductance = 10.0;

void addArray(std::vector<Key>& keys) {
  Section<ArrayConfig> s(keys, "array", [](Hardware& h) -> ArrayConfig& { return h.array; });
  s.integer("rows", &ArrayConfig::rows, 1, 65535, "word lines", "Word lines of an array");
  s.integer("columns", &ArrayConfig::columns, 1, 65535, "bit lines",
            "Data bit lines of an array; offset and reference columns come on top");
  s.quantity("r_word", &ArrayConfig::rWord, 0, 1e6, "One segment of a word line");
  s.quantity("r_bit", &ArrayConfig::rBit, 0, 1e6, "One segment of a bit line");
  s.quantity("r_source", &ArrayConfig::rSource, 0, 1e9, "Driver, in series with a word line's first segment");
  s.quantity("r_sink", &ArrayConfig::rSink, 0, 1e9, "Sense input, in series with a bit line's last segment");
  s.quantity("read_voltage", &ArrayConfig::readVoltage, 1e-6, 10, "Voltage of the largest input digit");
  s.quantity("read_time", &ArrayConfig::readTime, 1e-12, 1, "One pulse: DAC, settling, array, sample");
  s.flag("reference_column", &ArrayConfig::referenceColumn,
         "A column of cells at G_off whose current is subtracted from every other's");
  s.text("emulator", &ArrayConfig::emulator, {},
         "File of `crosstile emulator train`, for the readout emulator; beside the hardware file or from "
         "where the "
         "program runs");
}

/// Resistances state the conductances; on_off_ratio states G_off once G_on is known (the reader applies it
/// last).
void addConductanceAliases(Section<DeviceConfig>& s) {
  const auto resistance = [&](const char* name, Siemens DeviceConfig::*member, const char* doc) {
    Key& key = s.start(name, Kind::quantity, doc);
    key.unit = Unit::ohm;
    key.low = 1.0 / kLargestConductance;
    key.high = 1.0 / kLeastConductance;
    key.alias = true;
    key.set = [get = s.get(), member](Hardware& h, const Value& v) {
      get(h).*member = Siemens{1.0 / std::get<double>(v)};
    };
  };
  resistance("r_on", &DeviceConfig::gOn, "1/g_on, instead of g_on");
  resistance("r_off", &DeviceConfig::gOff, "1/g_off, instead of g_off");
  Key& ratio = s.start("on_off_ratio", Kind::number, "g_on/g_off, instead of g_off or r_off");
  ratio.low = 1.0001;
  ratio.high = 1e9;
  ratio.alias = true;
  ratio.set = [get = s.get()](Hardware& h, const Value& v) {
    get(h).gOff = Siemens{get(h).gOn.value / std::get<double>(v)};
  };
}

void addDevice(std::vector<Key>& keys) {
  Section<DeviceConfig> s(keys, "device", [](Hardware& h) -> DeviceConfig& { return h.device; });
  s.text("law", &DeviceConfig::law, deviceLawNames(), "Current-voltage law of the cell");
  s.quantity("g_on", &DeviceConfig::gOn, kLeastConductance, kLargestConductance,
             "Highest programmed conductance");
  s.quantity("g_off", &DeviceConfig::gOff, kLeastConductance, kLargestConductance,
             "Lowest programmed conductance");
  addConductanceAliases(s);
  s.number("sinh_b", &DeviceConfig::sinhB, 1e-6, 1e3, "1/V", "sinh: I = G sinh(B V)/B");
  s.list("pf_slope", &DeviceConfig::pfSlope, "poole_frenkel: slopes of ln c and ln d_eps against ln R");
  s.list("pf_intercept", &DeviceConfig::pfIntercept, "poole_frenkel: intercepts of ln c and ln d_eps");
  s.list("pf_covariance", &DeviceConfig::pfCovariance,
         "poole_frenkel: covariance of the residuals, {Sigma11, Sigma12, Sigma22}");
  s.quantity("temperature", &DeviceConfig::temperature, 1, 2000, "Of the cells");
  s.quantity("write_time", &DeviceConfig::writeTime, 1e-12, 3600, "One programming pulse");
  s.quantity("write_voltage", &DeviceConfig::writeVoltage, 1e-6, 100, "One programming pulse");
}

void addNonideality(std::vector<Key>& keys) {
  using N = NonidealityConfig;
  Section<N> s(keys, "nonideality", [](Hardware& h) -> N& { return h.nonideality; });
  s.number("programming_error_of_g", &N::programmingErrorOfG, 0, 1, "of G",
           "Programming error: standard deviation as a fraction of each cell's G");
  s.number("programming_error_of_range", &N::programmingErrorOfRange, 0, 1, "of G_on - G_off",
           "Programming error: standard deviation as a fraction of the range");
  s.number("d2d_sigma_on", &N::d2dSigmaOn, 0, 5, "of ln R", "Device-to-device lognormal sigma at R_on");
  s.number("d2d_sigma_off", &N::d2dSigmaOff, 0, 5, "of ln R",
           "Device-to-device lognormal sigma at R_off; linear in R between, mean of R kept");
  s.number("stuck_off", &N::stuckOff, 0, 1, "probability", "Cells stuck at G_off");
  s.number("stuck_on", &N::stuckOn, 0, 1, "probability", "Cells stuck at G_on");
  s.integer("levels", &N::levels, 0, 65536, "levels",
            "Levels that a cell can be programmed to, G_off and G_on included; 0: continuous");
  s.number("read_noise_of_g", &N::readNoiseOfG, 0, 1, "of G",
           "Read noise: standard deviation of each read as a fraction of each cell's G");
  s.number("read_noise_of_range", &N::readNoiseOfRange, 0, 1, "of G_on - G_off",
           "Read noise: standard deviation of each read as a fraction of the range");
  s.number("drift_nu", &N::driftNu, -1, 1, "", "Drift G(t) = G (t/t0)^-nu: mean of nu over the cells");
  s.number("drift_nu_sigma", &N::driftNuSigma, 0, 1, "", "Drift: standard deviation of nu over the cells");
  s.quantity("drift_t0", &N::driftT0, 1e-12, 1e12, "Drift: the time at which G was programmed");
  s.quantity("age", &N::age, 0, 1e12, "Time since programming; 0: no drift");
  s.flag("law_residual", &N::lawResidual, "Draw the law's residuals of each cell (poole_frenkel)");
}

}  // namespace

void addArrayKeys(std::vector<Key>& keys) {
  addArray(keys);
  addDevice(keys);
  addNonideality(keys);
}

}  // namespace crosstile::hardware
