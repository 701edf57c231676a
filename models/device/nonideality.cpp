// SPDX-License-Identifier: Apache-2.0
#include "models/device/nonideality.h"

#include <algorithm>
#include <cmath>
#include <utility>

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
                         double sigmaOfRange, const RandomStream& stream, ProgrammingSigma model) {
  if (sigmaOfG == 0.0 && sigmaOfRange == 0.0 && model == nullptr) return;
  const double fixed = sigmaOfRange * (device.gOn.value - device.gOff.value);
  for (std::size_t i = 0; i < conductance.size(); ++i) {
    double& g = conductance[i];
    if (g == 0.0) continue;
    double sigma = std::hypot(sigmaOfG * g, fixed);
    if (model != nullptr) sigma = std::hypot(sigma, model(g, device.gOn.value));
    g = std::max(0.0, g + sigma * stream.normal(i));
  }
}

double withDeviceVariability(double g, const DeviceConfig& device, double sigmaOn, double sigmaOff,
                             const RandomStream& stream, std::size_t cell) {
  if (g == 0.0 || (sigmaOn == 0.0 && sigmaOff == 0.0)) return g;
  const double rOn = 1.0 / device.gOn.value;
  const double rOff = 1.0 / device.gOff.value;
  const double where = std::clamp((1.0 / g - rOn) / (rOff - rOn), 0.0, 1.0);
  const double sigma = sigmaOn + (sigmaOff - sigmaOn) * where;
  return g / std::exp(sigma * stream.normal(cell) - 0.5 * sigma * sigma);
}

void addDeviceVariability(Span<double> conductance, const DeviceConfig& device, double sigmaOn,
                          double sigmaOff, const RandomStream& stream) {
  for (std::size_t i = 0; i < conductance.size(); ++i)
    conductance[i] = withDeviceVariability(conductance[i], device, sigmaOn, sigmaOff, stream, i);
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

void checkStuck(const NonidealityConfig& n) {
  double sum = 0.0;
  for (const auto& [key, p] :
       {std::pair{"nonideality.stuck_off", n.stuckOff},
        {"nonideality.stuck_on", n.stuckOn},
        {"nonideality.stuck_value_probability", n.stuckValueProbability},
        {"nonideality.stuck_distribution_probability", n.stuckDistributionProbability}}) {
    require(p >= 0.0 && p <= 1.0, key, p, "a probability (0 to 1)");
    sum += p;
    require(sum <= 1.0 + 1e-12, key, p, "a probability that leaves the sum of all stuck cells <= 1");
  }
  require(std::isfinite(n.stuckValue.value) && n.stuckValue.value >= 0.0, "nonideality.stuck_value",
          n.stuckValue.value, "a finite conductance >= 0 S");
  if (n.stuckDistributionProbability > 0.0 && n.stuckConductances.empty())
    throw BadInput("nonideality.stuck_distribution_probability = {}: needs nonideality.stuck_distribution",
                   n.stuckDistributionProbability);
  for (const double g : n.stuckConductances)
    require(std::isfinite(g) && g >= 0.0, "nonideality.stuck_distribution", g, "finite conductances >= 0 S");
}

void checkAgeing(const DeviceConfig& device, const NonidealityConfig& n) {
  requireSigma("nonideality.retention_time", n.retentionTime.value);
  requireSigma("nonideality.retention_conductance", n.retentionConductance.value);
  requireSigma("nonideality.retention_activation_energy", n.retentionActivationEnergy);
  requireSigma("nonideality.reads", n.reads);
  require(std::isfinite(n.readDisturbOfG), "nonideality.read_disturb_of_g", n.readDisturbOfG,
          "a finite number");
  requireSigma("nonideality.read_disturb_exponent", n.readDisturbExponent);
  require(device.temperature.value > 0.0, "device.temperature", device.temperature.value, "above 0 K");
  require(device.referenceTemperature.value > 0.0, "device.reference_temperature",
          device.referenceTemperature.value, "above 0 K");
  const double rise = device.temperature.value - device.referenceTemperature.value;
  require(1.0 + device.temperatureCoefficient * rise > 0.0, "device.temperature_coefficient",
          device.temperatureCoefficient, "such that conductances stay positive at device.temperature");
}

void checkModels(const DeviceConfig& device, const NonidealityConfig& n) {
  const std::string limits = programmingModelLimits(n.programmingModel, device.gOn);
  if (!limits.empty())
    throw BadInput("nonideality.programming_model = \"{}\": device.g_on ({}) must be {}", n.programmingModel,
                   formatQuantity(device.gOn.value, Unit::siemens), limits);
  if (n.driftModel != "constant" && n.driftModel != "pcm")
    throw BadInput("nonideality.drift_model = \"{}\": must be one of constant, pcm", n.driftModel);
  if (n.readNoiseModel != "none" && n.readNoiseModel != "pcm")
    throw BadInput("nonideality.read_noise_model = \"{}\": must be one of none, pcm", n.readNoiseModel);
  require(n.rtnAmplitudeOfG >= 0.0 && n.rtnAmplitudeOfG <= 1.0, "nonideality.rtn_amplitude_of_g",
          n.rtnAmplitudeOfG, "from 0 to 1");
  require(n.rtnProbability >= 0.0 && n.rtnProbability <= 1.0, "nonideality.rtn_probability", n.rtnProbability,
          "a probability (0 to 1)");
  require(n.rtnOccupancy >= 0.0 && n.rtnOccupancy <= 1.0, "nonideality.rtn_occupancy", n.rtnOccupancy,
          "a probability (0 to 1)");
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
  checkStuck(n);
  require(n.levels == 0 || n.levels >= 2, "nonideality.levels", n.levels, "0 (continuous) or at least 2");
  require(std::isfinite(n.driftNu), "nonideality.drift_nu", n.driftNu, "a finite number");
  requireSigma("nonideality.drift_nu_sigma", n.driftNuSigma);
  require(n.driftT0.value > 0.0, "nonideality.drift_t0", n.driftT0.value, "above 0 s");
  require(std::isfinite(n.age.value) && n.age.value >= 0.0, "nonideality.age", n.age.value,
          "a finite time >= 0 s");
  checkAgeing(device, n);
  checkModels(device, n);
}

}  // namespace crosstile
