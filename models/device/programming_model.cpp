// SPDX-License-Identifier: Apache-2.0
#include "models/device/programming_model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr double kMicro = 1e-6;

double pcmSigma(double g, double gOn) {
  const double x = g / gOn;
  return gOn / 25.0 * (0.26348 + 1.9650 * x - 1.1731 * x * x);
}

double miloSigma(double g, double) {
  return std::max(4.782 * kMicro - 0.009107 * g, 0.0);
}

double wanSigma(double g, double) {
  const double x = g / kMicro;
  return std::max(1.536e-4 * x * x * x - 0.01167 * x * x + 0.2374 * x + 1.053, 0.0) * kMicro;
}

struct Model {
  const char* name;
  ProgrammingSigma sigma;
  double lowestOn, highestOn;  // of the measured cells, S
};

constexpr Model kModels[] = {
    {"none", nullptr, 0.0, HUGE_VAL},
    {"pcm", pcmSigma, 0.0, HUGE_VAL},
    {"rram_milo", miloSigma, 50.0 * kMicro, 225.0 * kMicro},
    {"rram_wan", wanSigma, 0.0, 39.3 * kMicro},
};

const Model& modelCalled(const std::string& name) {
  for (const Model& model : kModels) {
    if (name == model.name) return model;
  }
  throw BadInput("nonideality.programming_model = \"{}\": must be one of {}", name,
                 fmt::join(programmingModelNames(), ", "));
}

}  // namespace

std::vector<std::string> programmingModelNames() {
  std::vector<std::string> names;
  for (const Model& model : kModels) names.emplace_back(model.name);
  return names;
}

ProgrammingSigma programmingSigma(const std::string& name) {
  return modelCalled(name).sigma;
}

std::string programmingModelLimits(const std::string& name, Siemens gOn) {
  const Model& model = modelCalled(name);
  constexpr double kSlack = 1e-9;
  if (gOn.value <= model.highestOn * (1.0 + kSlack) && gOn.value >= model.lowestOn * (1.0 - kSlack))
    return {};
  return fmt::format("from {} to {}, where the cells of {} were measured",
                     formatQuantity(model.lowestOn, Unit::siemens),
                     formatQuantity(model.highestOn, Unit::siemens), name);
}

void addPcmDrift(Span<double> conductance, Siemens gOn, Seconds t0, Seconds age, const RandomStream& stream) {
  if (!(age > t0)) return;
  const double lnTime = std::log(age / t0);
  for (std::size_t i = 0; i < conductance.size(); ++i) {
    double& g = conductance[i];
    if (g == 0.0) continue;
    const double lnX = std::log(g / gOn.value);
    const double mean = std::clamp(-0.0155 * lnX + 0.0244, 0.049, 0.1);
    const double sd = std::clamp(-0.0125 * lnX - 0.0059, 0.008, 0.045);
    g *= std::exp(-std::abs(mean + sd * stream.normal(i)) * lnTime);
  }
}

void addPcmReadNoise(Span<double> conductance, Span<const double> programmed, Siemens gOn, Seconds t0,
                     Seconds age, const RandomStream& stream) {
  constexpr double kReadS = 250e-9;
  const double t = std::max(age.value, t0.value);
  const double growth = std::sqrt(std::log((t + kReadS) / (2.0 * kReadS)));
  for (std::size_t i = 0; i < conductance.size(); ++i) {
    double& g = conductance[i];
    if (g == 0.0) continue;
    const double q = std::min(0.0088 / std::pow(programmed[i] / gOn.value, 0.65), 0.2);
    g = std::max(0.0, g * (1.0 + q * growth * stream.normal(i)));
  }
}

}  // namespace crosstile
