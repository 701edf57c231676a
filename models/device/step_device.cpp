// SPDX-License-Identifier: Apache-2.0
#include "models/device/step_device.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

StepDevice ideal() {
  StepDevice d;
  d.name = "ideal";
  d.source = "a reference: symmetric, constant steps, no variation";
  return d;
}

StepDevice constant() {
  StepDevice d;
  d.name = "constant";
  d.source =
      "Gokmen & Vlasov, Front. Neurosci. 10:333 (2016), scaled to the range -1 to 1; aihwkit "
      "GokmenVlasovPresetDevice";
  d.dwMin = 0.0016;
  d.dwMinD2d = d.c2c = d.wMaxD2d = d.wMinD2d = 0.3;
  d.upDownD2d = 0.01;
  return d;
}

StepDevice linear() {
  StepDevice d;
  d.name = "linear";
  d.source = "capacitor, Li et al., VLSI 2018, without its leakage; aihwkit CapacitorPresetDevice";
  d.law = StepLaw::linear;
  d.dwMin = 0.005;
  d.gammaUp = d.gammaDown = 0.05;
  d.dwMinD2d = 0.1;
  d.upDownD2d = 0.06;
  d.wMaxD2d = d.wMinD2d = 0.07;
  d.c2c = 0.3;
  d.multiplicativeNoise = false;
  return d;
}

StepDevice softBounds() {
  StepDevice d;
  d.name = "soft_bounds";
  d.source = "ReRAM, loose fit to Gong et al., Nat. Commun. 9:2102 (2018); aihwkit ReRamSBPresetDevice";
  d.law = StepLaw::softBounds;
  d.dwMin = 0.002;
  d.wMax = 1.25;
  d.wMin = -0.75;
  d.dwMinD2d = 0.3;
  d.upDownD2d = 0.01;
  d.wMaxD2d = 0.3 / 1.25;
  d.wMinD2d = 0.3 / 0.75;
  d.c2c = 3.75;
  d.multiplicativeNoise = false;
  d.writeNoise = 56.0;
  return d;
}

StepDevice reramEs() {
  StepDevice d;
  d.name = "reram_es";
  d.source = "ReRAM, fit to Gong et al., Nat. Commun. 9:2102 (2018); aihwkit ReRamESPresetDevice";
  d.law = StepLaw::exponential;
  d.dwMin = 0.00135;
  d.upDown = 0.259359;
  d.a = d.b = -0.5;
  d.gammaUp = d.gammaDown = 5.0;
  d.amplitudeUp = -1.18445;
  d.amplitudeDown = -0.081404;
  d.dwMinD2d = 0.2;
  d.upDownD2d = 0.05;
  d.wMaxD2d = d.wMinD2d = 0.3;
  d.c2c = 5.0;
  d.writeNoise = 75.0;
  return d;
}

StepDevice pcm() {
  StepDevice d;
  d.name = "pcm";
  d.source = "phase change, Nandakumar et al., Front. Neurosci. 14:406 (2020); aihwkit PCMPresetDevice";
  d.law = StepLaw::exponential;
  d.dwMin = 0.01;
  d.wMax = 2.0;
  d.wMin = 0.0;
  d.a = -1.0;
  d.gammaUp = d.gammaDown = 2.5;
  d.amplitudeUp = -27.235;
  d.amplitudeDown = -2.235;
  d.dwMinD2d = 0.2;
  d.upDownD2d = 0.05;
  d.wMaxD2d = 0.1;
  d.c2c = 0.6;
  d.c2cAdd = 0.042;
  d.c2cSlope = 0.108;
  d.oneSided = true;
  d.reset = 0.01;
  d.resetD2d = 0.02;
  return d;
}

const std::vector<StepDevice>& devices() {
  static const std::vector<StepDevice> all{ideal(), constant(), linear(), softBounds(), reramEs(), pcm()};
  return all;
}

double scaleUp(const StepDevice& d) {
  return d.dwMin * (1.0 + std::min(d.upDown, 0.0));
}
double scaleDown(const StepDevice& d) {
  return d.dwMin * (1.0 - std::max(d.upDown, 0.0));
}

/// 1 - gamma w/bound; where the bound is 0 the slope is undefined and taken as none.
double linearStep(double scale, double gamma, double w, double bound) {
  return bound == 0.0 ? scale : scale * (1.0 - gamma * w / bound);
}

double exponentialStep(const StepDevice& d, double scale, double amplitude, double gamma, double w) {
  const double z = 2.0 * d.a * w / (d.wMax - d.wMin) + d.b;
  return scale * std::max(1.0 - amplitude * std::exp(gamma * z), 0.0);
}

}  // namespace

double StepDevice::meanUp(double w) const {
  switch (law) {
    case StepLaw::constant:
      return scaleUp(*this);
    case StepLaw::linear:
      return linearStep(scaleUp(*this), gammaUp, w, wMax);
    case StepLaw::softBounds:
      return linearStep(scaleUp(*this), 1.0, w, wMax);
    case StepLaw::exponential:
      return exponentialStep(*this, scaleUp(*this), amplitudeUp, gammaUp, w);
  }
  return 0.0;
}

double StepDevice::meanDown(double w) const {
  switch (law) {
    case StepLaw::constant:
      return scaleDown(*this);
    case StepLaw::linear:
      return linearStep(scaleDown(*this), gammaDown, w, wMin);
    case StepLaw::softBounds:
      return linearStep(scaleDown(*this), 1.0, w, wMin);
    case StepLaw::exponential:
      return exponentialStep(*this, scaleDown(*this), amplitudeDown, -gammaDown, w);
  }
  return 0.0;
}

double StepDevice::symmetryPoint() const {
  if (oneSided) return 0.0;
  const auto excess = [this](double w) { return meanUp(w) - meanDown(w); };
  if (excess(0.0) == 0.0) return 0.0;
  double low = wMin, high = wMax;
  if (excess(low) < 0.0 || excess(high) > 0.0)
    throw BadInput("device {}: up and down steps are equal nowhere from {} to {}", name, wMin, wMax);
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (excess(middle) > 0.0 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double StepDevice::granularity() const {
  return oneSided ? meanUp(0.5 * (wMin + wMax)) : 0.5 * (meanUp(0.0) + meanDown(0.0));
}

std::vector<std::string> stepDeviceNames() {
  std::vector<std::string> names;
  for (const StepDevice& d : devices()) names.push_back(d.name);
  return names;
}

StepDevice stepDevice(const std::string& name) {
  for (const StepDevice& d : devices()) {
    if (d.name == name) return d;
  }
  throw BadInput("device {}: must be one of {}", name, fmt::join(stepDeviceNames(), ", "));
}

void checkStepDevice(const StepDevice& d) {
  const auto require = [](bool fine, const char* what) {
    if (!fine) throw BadInput("device: {}", what);
  };
  require(d.dwMin > 0.0 && d.dwMin <= 1.0, "dw_min must be above 0 and at most 1");
  require(d.upDown > -1.0 && d.upDown < 1.0, "up_down must be between -1 and 1");
  require(d.wMin <= 0.0 && d.wMax >= 0.0 && d.wMin < d.wMax, "w_min and w_max must have 0 between them");
  require(!d.oneSided || (d.wMin >= 0.0 && d.reset < d.wMax),
          "a one-sided device must have w_min 0 and reset below w_max");
  for (const double deviation :
       {d.dwMinD2d, d.upDownD2d, d.wMaxD2d, d.wMinD2d, d.c2c, d.c2cAdd, d.c2cSlope, d.writeNoise, d.resetD2d})
    require(deviation >= 0.0, "deviations must be at least 0");
}

}  // namespace crosstile
