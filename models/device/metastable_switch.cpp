// SPDX-License-Identifier: Apache-2.0
#include "models/device/metastable_switch.h"

#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr double kBoltzmannOverCharge = 1.380649e-23 / 1.602176634e-19;  // V/K, exact SI values

void require(bool fine, const char* key, double value, const char* allowed) {
  if (!fine || !std::isfinite(value))
    throw BadInput("device.mms_{} = {}: must be a finite number {}", key, value, allowed);
}

const MetastableSwitchConfig& checked(const MetastableSwitchConfig& c) {
  require(c.rOn.value > 0.0, "r_on", c.rOn.value, "above 0 (ohm)");
  require(c.rOff.value > c.rOn.value, "r_off", c.rOff.value, "above device.mms_r_on (ohm)");
  require(true, "v_on", c.vOn.value, "(V)");
  require(true, "v_off", c.vOff.value, "(V)");
  require(c.tau.value > 0.0, "tau", c.tau.value, "above 0 (s)");
  require(c.vT.value >= 0.0, "v_t", c.vT.value, ">= 0 (V)");
  require(c.phi >= 0.0 && c.phi <= 1.0, "phi", c.phi, "from 0 to 1");
  require(c.forwardCurrent.value >= 0.0, "forward_current", c.forwardCurrent.value, ">= 0 (A)");
  require(c.reverseCurrent.value >= 0.0, "reverse_current", c.reverseCurrent.value, ">= 0 (A)");
  require(c.forwardB >= 0.0, "forward_b", c.forwardB, ">= 0 (1/V)");
  require(c.reverseB >= 0.0, "reverse_b", c.reverseB, ">= 0 (1/V)");
  require(c.holdBelow.value >= 0.0, "hold_below", c.holdBelow.value, ">= 0 (V)");
  require(c.switches >= 0, "switches", c.switches, ">= 0 (switches)");
  require(c.d2dROn >= 0.0, "d2d_r_on", c.d2dROn, ">= 0 (of ln R_on)");
  require(c.d2dROff >= 0.0, "d2d_r_off", c.d2dROff, ">= 0 (of ln R_off)");
  require(c.d2dTau >= 0.0, "d2d_tau", c.d2dTau, ">= 0 (of ln tau)");
  require(c.d2dThreshold.value >= 0.0, "d2d_threshold", c.d2dThreshold.value, ">= 0 (V)");
  require(c.c2cTau >= 0.0, "c2c_tau", c.c2cTau, ">= 0 (of ln tau)");
  require(c.c2cThreshold.value >= 0.0, "c2c_threshold", c.c2cThreshold.value, ">= 0 (V)");
  return c;
}

}  // namespace

MetastableSwitch::MetastableSwitch(const MetastableSwitchConfig& config, Kelvin temperature)
    : gOn_(1.0 / checked(config).rOn.value),
      gOff_(1.0 / config.rOff.value),
      vOn_(config.vOn.value),
      vOff_(config.vOff.value),
      tau_(config.tau.value),
      vT_(config.vT.value > 0.0 ? config.vT.value : kBoltzmannOverCharge * temperature.value),
      hold_(config.holdBelow.value) {
  if (!(vT_ > 0.0) || !std::isfinite(vT_))
    throw BadInput("device.temperature = {} K: must be a finite number above 0", temperature.value);
}

double MetastableSwitch::onRate(double volt) const {
  return 1.0 / (1.0 + std::exp((vOn_ - volt) / vT_));
}

double MetastableSwitch::offRate(double volt) const {
  return 1.0 / (1.0 + std::exp((volt + vOff_) / vT_));
}

MetastableSwitch::Motion MetastableSwitch::motion(double volt) const {
  const double on = onRate(volt), sum = on + offRate(volt);
  const double equilibrium = sum > 0.0 ? on / sum : 0.5;
  return {equilibrium, std::abs(volt) < hold_ ? 0.0 : sum / tau_};
}

double MetastableSwitch::Motion::state(double start, double second) const {
  // As a change, so that a short time at a low voltage doesn't drown in the rounding of x.
  return start + (start - equilibrium) * std::expm1(-rate * second);
}

double MetastableSwitch::Motion::integral(double start, double second) const {
  const double x = rate * second;
  if (x < 1e-5) {  // (1 - exp(-x))/x by its series: the quotient would lose its digits
    return second * (start + (equilibrium - start) * 0.5 * x * (1.0 - x / 3.0));
  }
  return equilibrium * second - (start - equilibrium) * std::expm1(-x) / rate;
}

Seconds MetastableSwitch::retentionTime(double volt) const {
  return Seconds{1.0 / motion(volt).rate};
}

MetastableSwitch MetastableSwitch::inCycle(double shift, double factor) const {
  MetastableSwitch other = *this;
  other.vOn_ += shift;
  other.vOff_ += shift;
  other.tau_ *= factor;
  return other;
}

MeanMetastableSwitchLaw::MeanMetastableSwitchLaw(const MetastableSwitchConfig& config, Kelvin temperature)
    : config_(config), switch_(config, temperature) {}

bool MeanMetastableSwitchLaw::isOdd() const {
  return config_.phi == 1.0 || (config_.forwardCurrent.value == config_.reverseCurrent.value &&
                                config_.forwardB == config_.reverseB);
}

void MeanMetastableSwitchLaw::prepare(Span<const double> conductance, const RandomStream*,
                                      Span<double> parameters) const {
  const std::size_t n = conductance.size();
  for (std::size_t c = 0; c < n; ++c) {
    parameters[c] = config_.phi * conductance[c];
    parameters[n + c] = conductance[c] == 0.0 ? 0.0 : 1.0 - config_.phi;
  }
}

MeanMetastableSwitchLaw::Value MeanMetastableSwitchLaw::at(double ohmic, double schottky, double volt) const {
  if (schottky == 0.0) return {ohmic * volt, ohmic};
  const double forward = config_.forwardCurrent.value, reverse = config_.reverseCurrent.value;
  const double up = std::expm1(config_.forwardB * volt), down = std::expm1(-config_.reverseB * volt);
  return {ohmic * volt + schottky * (forward * up - reverse * down),
          ohmic + schottky *
                      (forward * config_.forwardB * (up + 1.0) + reverse * config_.reverseB * (down + 1.0))};
}

void MeanMetastableSwitchLaw::evaluate(Span<const double> parameters, Span<const double> voltage,
                                       Span<double> current, Span<double> slope) const {
  evaluateLanes(CellLanes<double>{parameters.data(), voltage.size(), voltage.size(), 1}, voltage.data(),
                current.data(), slope.empty() ? nullptr : slope.data());
}

void MeanMetastableSwitchLaw::evaluateLanes(const CellLanes<double>& cells, const double* voltage,
                                            double* current, double* slope) const {
  for (std::size_t k = 0, n = cells.cells * cells.lanes; k < n; ++k) {
    const double* cell = cells.parameters + k / cells.lanes;
    const Value value = at(cell[0], cell[cells.stride], voltage[k]);
    current[k] = value.current;
    if (slope != nullptr) slope[k] = value.slope;
  }
}

void MeanMetastableSwitchLaw::evaluateLanes(const CellLanes<float>& cells, const float* voltage,
                                            float* current, float* slope) const {
  for (std::size_t k = 0, n = cells.cells * cells.lanes; k < n; ++k) {
    const float* cell = cells.parameters + k / cells.lanes;
    const Value value = at(cell[0], cell[cells.stride], voltage[k]);
    current[k] = static_cast<float>(value.current);
    if (slope != nullptr) slope[k] = static_cast<float>(value.slope);
  }
}

void MeanMetastableSwitchLaw::disturb(Span<const double> voltage, Seconds duration,
                                      Span<double> conductance) const {
  for (std::size_t c = 0; c < conductance.size(); ++c) {
    if (conductance[c] == 0.0) continue;
    const double before = switch_.stateOf(conductance[c]);
    const double after = switch_.state(before, voltage[c], duration);
    if (after != before) conductance[c] = switch_.conductance(after);
  }
}

}  // namespace crosstile
