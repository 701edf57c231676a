// SPDX-License-Identifier: Apache-2.0
#include "models/device/access_device.h"

#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

void require(bool fine, const char* key, double value, const char* allowed) {
  if (!fine || !std::isfinite(value))
    throw BadInput("access.{} = {}: must be a finite number {}", key, value, allowed);
}

}  // namespace

AccessTransistor::AccessTransistor(const AccessConfig& config)
    : beta_(config.kp * config.widthOverLength), lambda_(config.lambda), threshold_(config.threshold.value) {
  require(config.kp > 0.0, "kp", config.kp, "above 0 (A/V^2)");
  require(config.widthOverLength > 0.0, "w_over_l", config.widthOverLength, "above 0");
  require(config.lambda >= 0.0, "lambda", config.lambda, ">= 0 (1/V)");
  require(true, "v_th", config.threshold.value, "(V)");
  require(true, "gate_voltage", config.gateVoltage.value, "(V)");
}

Selector::Selector(const AccessConfig& config) : i0_(config.selectorI0.value), v0_(config.selectorV0.value) {
  require(i0_ > 0.0, "selector_i0", i0_, "above 0 (A)");
  require(v0_ > 0.0, "selector_v0", v0_, "above 0 (V)");
}

double Selector::current(double v) const {
  return i0_ * std::sinh(v / v0_);
}

double Selector::slopeAtCurrent(double i) const {
  return std::hypot(i, i0_) / v0_;
}

double Selector::voltage(double i) const {
  return v0_ * std::asinh(i / i0_);
}

std::vector<std::string> accessKinds() {
  return {"none", "transistor", "selector"};
}

}  // namespace crosstile
