// SPDX-License-Identifier: Apache-2.0
#include "platform/app/effects.h"

namespace crosstile::app {
namespace {

bool hasOwnLaw(const Hardware& h) {
  return h.readout == "device" || h.readout == "circuit" || h.readout == "emulator";
}

/// A circuit stays one, so that access devices stay in it; an emulator stands for its wires.
void removeWires(Hardware& h) {
  if (h.readout == "ir_drop") h.readout = "ohmic";
  if (h.readout == "emulator") h.readout = "device";
  h.array.rWord = h.array.rBit = h.array.rSource = h.array.rSink = Ohms{0.0};
}

void removeNonlinearity(Hardware& h) {
  if (h.readout == "device") h.readout = "ohmic";
  if (h.readout == "emulator") h.readout = "ir_drop";
  if (h.readout == "circuit") h.device.law = "linear";
}

}  // namespace

std::vector<Effect> allEffects() {
  return {
      {"wires",
       [](const Hardware& h) {
         return h.readout == "ir_drop" || h.readout == "circuit" || h.readout == "emulator";
       },
       removeWires},
      {"nonlinear devices",
       [](const Hardware& h) { return h.readout == "device" || (hasOwnLaw(h) && h.device.law != "linear"); },
       removeNonlinearity},
      {"access devices", [](const Hardware& h) { return h.array.access.kind != "none"; },
       [](Hardware& h) { h.array.access = {}; }},
      {"residuals of the law",
       [](const Hardware& h) {
         const bool drawn = h.device.law == "poole_frenkel" ||
                            (h.device.law == "log_linear" && h.device.logLinearNSigma > 0.0);
         return (h.readout == "device" || h.readout == "circuit") && drawn && h.nonideality.lawResidual;
       },
       [](Hardware& h) { h.nonideality.lawResidual = false; }},
      {"programming error",
       [](const Hardware& h) {
         return h.nonideality.programmingErrorOfG > 0.0 || h.nonideality.programmingErrorOfRange > 0.0;
       },
       [](Hardware& h) { h.nonideality.programmingErrorOfG = h.nonideality.programmingErrorOfRange = 0.0; }},
      {"device variability",
       [](const Hardware& h) { return h.nonideality.d2dSigmaOn > 0.0 || h.nonideality.d2dSigmaOff > 0.0; },
       [](Hardware& h) { h.nonideality.d2dSigmaOn = h.nonideality.d2dSigmaOff = 0.0; }},
      {"stuck cells",
       [](const Hardware& h) { return h.nonideality.stuckOff > 0.0 || h.nonideality.stuckOn > 0.0; },
       [](Hardware& h) { h.nonideality.stuckOff = h.nonideality.stuckOn = 0.0; }},
      {"finite levels", [](const Hardware& h) { return h.nonideality.levels > 0; },
       [](Hardware& h) { h.nonideality.levels = 0; }},
      {"drift",
       [](const Hardware& h) {
         return (h.nonideality.driftNu != 0.0 || h.nonideality.driftNuSigma > 0.0) &&
                h.nonideality.age > h.nonideality.driftT0;
       },
       [](Hardware& h) { h.nonideality.driftNu = h.nonideality.driftNuSigma = 0.0; }},
      {"read noise",
       [](const Hardware& h) {
         return h.nonideality.readNoiseOfG > 0.0 || h.nonideality.readNoiseOfRange > 0.0;
       },
       [](Hardware& h) { h.nonideality.readNoiseOfG = h.nonideality.readNoiseOfRange = 0.0; }},
      {"DAC nonlinearity", [](const Hardware& h) { return h.dac.inl != 0.0; },
       [](Hardware& h) { h.dac.inl = 0.0; }},
      {"sample-and-hold",
       [](const Hardware& h) { return h.sampleHold.gain != 1.0 || h.sampleHold.noiseLsb > 0.0; },
       [](Hardware& h) { h.sampleHold = {}; }},
      {"ADC noise", [](const Hardware& h) { return h.adc.noiseLsb > 0.0; },
       [](Hardware& h) { h.adc.noiseLsb = 0.0; }},
      {"ADC nonlinearity", [](const Hardware& h) { return h.adc.inlLsb != 0.0 || h.adc.dnlLsb > 0.0; },
       [](Hardware& h) { h.adc.inlLsb = h.adc.dnlLsb = 0.0; }},
      {"ADC resolution", [](const Hardware& h) { return h.adc.bits < 16; },
       [](Hardware& h) { h.adc.bits = 16; }},
  };
}

}  // namespace crosstile::app
