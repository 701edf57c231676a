// SPDX-License-Identifier: Apache-2.0
#include "models/device/ageing.h"

#include <algorithm>
#include <cmath>

namespace crosstile {
namespace {

constexpr double kBoltzmannEv = 8.617333262e-5;  // eV/K (SI 2019)

}  // namespace

double retentionTimeS(const DeviceConfig& device, const NonidealityConfig& n) {
  const double inverse = 1.0 / device.temperature.value - 1.0 / device.referenceTemperature.value;
  return n.retentionTime.value * std::exp(n.retentionActivationEnergy / kBoltzmannEv * inverse);
}

void relax(Span<double> conductance, const DeviceConfig& device, const NonidealityConfig& n) {
  if (n.retentionTime.value == 0.0 || n.age.value == 0.0) return;
  const double end = n.retentionConductance.value > 0.0 ? n.retentionConductance.value : device.gOff.value;
  const double left = std::exp(-n.age.value / retentionTimeS(device, n));
  for (double& g : conductance) {
    if (g != 0.0) g = end + (g - end) * left;
  }
}

void disturbByReads(Span<double> conductance, double reads, double shiftOfG, double exponent) {
  constexpr double kReferenceReads = 1e6;
  if (reads == 0.0 || shiftOfG == 0.0) return;
  const double factor = std::max(0.0, 1.0 + shiftOfG * std::pow(reads / kReferenceReads, exponent));
  for (double& g : conductance) g *= factor;
}

void applyTemperature(Span<double> conductance, const DeviceConfig& device) {
  if (device.temperatureCoefficient == 0.0) return;
  const double factor =
      1.0 + device.temperatureCoefficient * (device.temperature.value - device.referenceTemperature.value);
  for (double& g : conductance) g *= factor;
}

}  // namespace crosstile
