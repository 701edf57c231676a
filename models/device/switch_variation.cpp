// SPDX-License-Identifier: Apache-2.0
#include "models/device/switch_variation.h"

#include <algorithm>
#include <cmath>

#include "models/base/binomial.h"

namespace crosstile {
namespace {

constexpr double kLeastRatio = 1.01;  // R_off/R_on of a device whose draws would have it below

}  // namespace

MetastableSwitchConfig variedSwitch(const MetastableSwitchConfig& config, const RandomStream& stream,
                                    std::uint64_t cell) {
  MetastableSwitchConfig c = config;
  const auto spread = [&](double sigma, std::uint32_t part) {
    return sigma > 0.0 ? sigma * stream.normal(cell, part) : 0.0;
  };
  c.rOn = config.rOn * std::exp(spread(config.d2dROn, 0));
  c.rOff = Ohms{std::max(config.rOff.value * std::exp(spread(config.d2dROff, 1)), kLeastRatio * c.rOn.value)};
  c.tau = config.tau * std::exp(spread(config.d2dTau, 2));
  c.vOn = config.vOn + Volts{spread(config.d2dThreshold.value, 3)};
  c.vOff = config.vOff + Volts{spread(config.d2dThreshold.value, 4)};
  return c;
}

MetastableSwitch SwitchChance::cycle(const MetastableSwitch& device, std::uint64_t cell,
                                     std::uint32_t& drawn) const {
  const double shift = threshold_ > 0.0 ? threshold_ * cycle_.normal(cell, drawn++) : 0.0;
  const double factor = tau_ > 0.0 ? std::exp(tau_ * cycle_.normal(cell, drawn++)) : 1.0;
  return device.inCycle(shift, factor);
}

double SwitchChance::state(const MetastableSwitch::Motion& motion, double start, double second,
                           std::uint64_t cell, std::uint32_t& drawn) const {
  const double turned = -std::expm1(-motion.rate * second);
  if (!(turned > 0.0)) return start;
  const auto on = static_cast<std::int64_t>(std::lround(start * switches_));
  const double pOn = motion.equilibrium * turned, pOff = (1.0 - motion.equilibrium) * turned;
  const std::int64_t stay = on - binomial(counts_, cell, drawn++, on, pOff);
  const std::int64_t come = binomial(counts_, cell, drawn++, switches_ - on, pOn);
  return static_cast<double>(stay + come) / switches_;
}

}  // namespace crosstile
