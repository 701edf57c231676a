// SPDX-License-Identifier: Apache-2.0
#include "models/device/nonideality.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {

void snapToLevels(Span<double> conductance, const DeviceConfig& device, int levels) {
  if (levels < 2) return;
  const double off = device.gOff.value;
  const double step = (device.gOn.value - off) / (levels - 1);
  for (double& g : conductance) {
    if (g == 0.0) continue;
    g = off + step * std::clamp(std::round((g - off) / step), 0.0, levels - 1.0);
  }
}

void addProgrammingError(Span<double> conductance, const DeviceConfig& device, double sigmaOfG,
                         double sigmaOfRange, const RandomStream& stream) {
  if (sigmaOfG == 0.0 && sigmaOfRange == 0.0) return;
  const double fixed = sigmaOfRange * (device.gOn.value - device.gOff.value);
  for (std::size_t i = 0; i < conductance.size(); ++i) {
    double& g = conductance[i];
    if (g == 0.0) continue;
    g = std::max(0.0, g + std::hypot(sigmaOfG * g, fixed) * stream.normal(i));
  }
}

void stickCells(Span<double> conductance, const DeviceConfig& device, double stuckOff, double stuckOn,
                const RandomStream& stream) {
  if (stuckOff == 0.0 && stuckOn == 0.0) return;
  for (std::size_t i = 0; i < conductance.size(); ++i) {
    double& g = conductance[i];
    if (g == 0.0) continue;
    const double u = stream.uniform(i);
    if (u < stuckOff) {
      g = device.gOff.value;
    } else if (u < stuckOff + stuckOn) {
      g = device.gOn.value;
    }
  }
}

void addDeviceVariability(Span<double> conductance, const DeviceConfig& device, double sigmaOn,
                          double sigmaOff, const RandomStream& stream) {
  if (sigmaOn == 0.0 && sigmaOff == 0.0) return;
  const double rOn = 1.0 / device.gOn.value;
  const double rOff = 1.0 / device.gOff.value;
  for (std::size_t i = 0; i < conductance.size(); ++i) {
    double& g = conductance[i];
    if (g == 0.0) continue;
    const double where = std::clamp((1.0 / g - rOn) / (rOff - rOn), 0.0, 1.0);
    const double sigma = sigmaOn + (sigmaOff - sigmaOn) * where;
    g /= std::exp(sigma * stream.normal(i) - 0.5 * sigma * sigma);
  }
}

void addDrift(Span<double> conductance, double nuMean, double nuSigma, Seconds t0, Seconds age,
              const RandomStream& stream) {
  if (!(age > t0) || (nuMean == 0.0 && nuSigma == 0.0)) return;
  const double lnTime = std::log(age / t0);
  for (std::size_t i = 0; i < conductance.size(); ++i) {
    const double nu = nuMean + nuSigma * stream.normal(i);
    conductance[i] *= std::exp(-nu * lnTime);
  }
}

namespace {

void require(bool ok, const char* key, double found, const char* allowed) {
  if (!ok) throw BadInput("{} = {}: must be {}", key, found, allowed);
}

void requireSigma(const char* key, double sigma) {
  require(std::isfinite(sigma) && sigma >= 0.0, key, sigma, "a finite number >= 0");
}

}  // namespace

void checkNonideality(const DeviceConfig& device, const NonidealityConfig& n) {
  const double off = device.gOff.value;
  const double on = device.gOn.value;
  require(std::isfinite(off) && off > 0.0, "device.g_off", off, "above 0 S");
  require(std::isfinite(on) && on > off, "device.g_on", on, "above device.g_off");
  requireSigma("nonideality.programming_error_of_g", n.programmingErrorOfG);
  requireSigma("nonideality.programming_error_of_range", n.programmingErrorOfRange);
  requireSigma("nonideality.d2d_sigma_on", n.d2dSigmaOn);
  requireSigma("nonideality.d2d_sigma_off", n.d2dSigmaOff);
  require(n.stuckOff >= 0.0 && n.stuckOff <= 1.0, "nonideality.stuck_off", n.stuckOff,
          "a probability (0 to 1)");
  require(n.stuckOn >= 0.0 && n.stuckOff + n.stuckOn <= 1.0, "nonideality.stuck_on", n.stuckOn,
          "a probability that leaves stuck_off + stuck_on <= 1");
  require(n.levels == 0 || n.levels >= 2, "nonideality.levels", n.levels, "0 (continuous) or at least 2");
  require(std::isfinite(n.driftNu), "nonideality.drift_nu", n.driftNu, "a finite number");
  requireSigma("nonideality.drift_nu_sigma", n.driftNuSigma);
  require(n.driftT0.value > 0.0, "nonideality.drift_t0", n.driftT0.value, "above 0 s");
  require(std::isfinite(n.age.value) && n.age.value >= 0.0, "nonideality.age", n.age.value,
          "a finite time >= 0 s");
}

}  // namespace crosstile
