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

bool hasStuckCells(const Hardware& h) {
  const NonidealityConfig& n = h.nonideality;
  return n.stuckOff > 0.0 || n.stuckOn > 0.0 || n.stuckValueProbability > 0.0 ||
         n.stuckDistributionProbability > 0.0;
}

void removeStuckCells(Hardware& h) {
  NonidealityConfig& n = h.nonideality;
  n.stuckOff = n.stuckOn = n.stuckValueProbability = n.stuckDistributionProbability = 0.0;
}

bool hasDrift(const Hardware& h) {
  const NonidealityConfig& n = h.nonideality;
  return (n.driftNu != 0.0 || n.driftNuSigma > 0.0 || n.driftModel != "constant") && n.age > n.driftT0;
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
         const NonidealityConfig& n = h.nonideality;
         return n.programmingErrorOfG > 0.0 || n.programmingErrorOfRange > 0.0 ||
                n.programmingModel != "none";
       },
       [](Hardware& h) {
         h.nonideality.programmingErrorOfG = h.nonideality.programmingErrorOfRange = 0.0;
         h.nonideality.programmingModel = "none";
       }},
      {"device variability",
       [](const Hardware& h) { return h.nonideality.d2dSigmaOn > 0.0 || h.nonideality.d2dSigmaOff > 0.0; },
       [](Hardware& h) { h.nonideality.d2dSigmaOn = h.nonideality.d2dSigmaOff = 0.0; }},
      {"stuck cells", hasStuckCells, removeStuckCells},
      {"yield map", [](const Hardware& h) { return h.nonideality.yieldCells != nullptr; },
       [](Hardware& h) {
         h.nonideality.yieldMap.clear();
         h.nonideality.yieldCells = nullptr;
       }},
      {"finite levels", [](const Hardware& h) { return h.nonideality.levels > 0; },
       [](Hardware& h) { h.nonideality.levels = 0; }},
      {"drift", hasDrift,
       [](Hardware& h) {
         h.nonideality.driftNu = h.nonideality.driftNuSigma = 0.0;
         h.nonideality.driftModel = "constant";
       }},
      {"retention",
       [](const Hardware& h) {
         return h.nonideality.retentionTime.value > 0.0 && h.nonideality.age.value > 0.0;
       },
       [](Hardware& h) { h.nonideality.retentionTime = Seconds{0.0}; }},
      {"read disturb",
       [](const Hardware& h) {
         const bool moves = h.nonideality.readDisturbOfG != 0.0 || h.device.law == "mean_metastable_switch";
         return h.nonideality.reads > 0.0 && moves;
       },
       [](Hardware& h) { h.nonideality.reads = 0.0; }},
      {"temperature",
       [](const Hardware& h) {
         return h.device.temperatureCoefficient != 0.0 &&
                h.device.temperature != h.device.referenceTemperature;
       },
       [](Hardware& h) { h.device.temperatureCoefficient = 0.0; }},
      {"1/f noise", [](const Hardware& h) { return h.nonideality.readNoiseModel != "none"; },
       [](Hardware& h) { h.nonideality.readNoiseModel = "none"; }},
      {"read noise",
       [](const Hardware& h) {
         return h.nonideality.readNoiseOfG > 0.0 || h.nonideality.readNoiseOfRange > 0.0;
       },
       [](Hardware& h) { h.nonideality.readNoiseOfG = h.nonideality.readNoiseOfRange = 0.0; }},
      {"telegraph noise",
       [](const Hardware& h) {
         return h.nonideality.rtnAmplitudeOfG > 0.0 && h.nonideality.rtnProbability > 0.0;
       },
       [](Hardware& h) { h.nonideality.rtnAmplitudeOfG = 0.0; }},
      {"thermal noise", [](const Hardware& h) { return h.nonideality.thermalNoise; },
       [](Hardware& h) { h.nonideality.thermalNoise = false; }},
      {"shot noise", [](const Hardware& h) { return h.nonideality.shotNoise; },
       [](Hardware& h) { h.nonideality.shotNoise = false; }},
      {"amplifiers",
       [](const Hardware& h) {
         return h.sampleHold.amplifierNoise > 0.0 || h.sampleHold.amplifierOffset.value > 0.0;
       },
       [](Hardware& h) {
         h.sampleHold.amplifierNoise = 0.0;
         h.sampleHold.amplifierOffset = Amperes{0.0};
       }},
      {"DAC nonlinearity", [](const Hardware& h) { return h.dac.inl != 0.0; },
       [](Hardware& h) { h.dac.inl = 0.0; }},
      {"sample-and-hold",
       [](const Hardware& h) { return h.sampleHold.gain != 1.0 || h.sampleHold.noiseLsb > 0.0; },
       [](Hardware& h) {
         h.sampleHold.gain = 1.0;
         h.sampleHold.noiseLsb = 0.0;
       }},
      {"ADC noise", [](const Hardware& h) { return h.adc.noiseLsb > 0.0; },
       [](Hardware& h) { h.adc.noiseLsb = 0.0; }},
      {"ADC reference noise", [](const Hardware& h) { return h.adc.referenceNoise > 0.0; },
       [](Hardware& h) { h.adc.referenceNoise = 0.0; }},
      {"ADC nonlinearity", [](const Hardware& h) { return h.adc.inlLsb != 0.0 || h.adc.dnlLsb > 0.0; },
       [](Hardware& h) { h.adc.inlLsb = h.adc.dnlLsb = 0.0; }},
      {"ADC resolution", [](const Hardware& h) { return h.adc.bits < 16; },
       [](Hardware& h) { h.adc.bits = 16; }},
  };
}

}  // namespace crosstile::app
