// SPDX-License-Identifier: Apache-2.0
#include "models/device/switch_pulse.h"

#include <algorithm>
#include <array>
#include <boost/math/tools/roots.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>
#include <cmath>
#include <utility>

#include "models/base/error.h"

namespace crosstile {
namespace {

namespace odeint = boost::numeric::odeint;

constexpr double kRelative = 1e-10, kAbsolute = 1e-12;  // of the integration's steps
constexpr double kSettled = 1e-15;                      // of x: what is left to move is nothing
constexpr double kLongestMove = 0.005;                  // of x in a stochastic step
constexpr int kMostSteps = 10'000'000;

/// Root of a rising function between two voltages of one sign.
template <class F>
double rootBetween(const F& f, double from, double to) {
  const auto [low, high] = std::minmax(from, to);
  boost::uintmax_t iterations = 200;
  return boost::math::tools::newton_raphson_iterate(f, 0.5 * (low + high), low, high, 52, iterations);
}

PulseEnergy scaled(const PulseEnergy& e, double factor) {
  return {e.device * factor, e.series * factor, e.accessSwitch * factor, e.limiter * factor};
}

/// x, then the energies in units that make them of the order of 1, so that one error bound fits all.
using Vector = std::array<double, 5>;

/// The differential equation of a pulse whose driver goes straight from one voltage to another.
struct Drive {
  const SwitchPulser& pulser;
  const MetastableSwitch& device;
  double from, slope, unit;  // V, V/s, W

  void operator()(const Vector& y, Vector& dy, double t) const {
    const double volt = from + slope * t;
    const CellPoint at = pulser.operate(device, y[0], volt);
    const MetastableSwitch::Motion motion = device.motion(at.volt);
    const PulseEnergy power = pulser.powerAt(at, volt);
    dy = {motion.rate * (motion.equilibrium - y[0]), power.device / unit, power.series / unit,
          power.accessSwitch / unit, power.limiter / unit};
  }
};

/// Integrates from 0 to `time`. At a constant voltage it stops where the state no longer moves: the rest of
/// the pulse is then a product.
PulseResult integrate(const Drive& drive, double state, double time) {
  auto stepper = odeint::make_controlled(kAbsolute, kRelative, odeint::runge_kutta_dopri5<Vector>());
  Vector y{state, 0.0, 0.0, 0.0, 0.0}, dy{};
  double t = 0.0, step = 1e-3 * time;
  for (int n = 0; t < time; ++n) {
    if (n == kMostSteps)
      throw RunFailure("a pulse of {:g} s: not integrated to its end in {} steps (at {:g} s)", time, n, t);
    if (drive.slope == 0.0) {
      drive(y, dy, t);
      if (std::abs(dy[0]) * (time - t) < kSettled) {
        for (std::size_t k = 0; k < y.size(); ++k) y[k] += dy[k] * (time - t);
        break;
      }
    }
    step = std::min(step, time - t);
    const double before = t;
    stepper.try_step(std::cref(drive), y, t, step);
    if (t + 1e-15 * time >= time) break;
    if (t == before && step < 1e-15 * time)
      throw RunFailure("a pulse of {:g} s: the integration's step has become nothing at {:g} s", time, t);
  }
  y[0] = std::clamp(y[0], 0.0, 1.0);
  PulseResult result{y[0],
                     {y[1] * drive.unit, y[2] * drive.unit, y[3] * drive.unit, y[4] * drive.unit},
                     drive.pulser.operate(drive.device, y[0], drive.from + drive.slope * time)};
  return result;
}

}  // namespace

CellPoint SwitchPulser::operate(const MetastableSwitch& device, double state, double driverVolt) const {
  if (driverVolt == 0.0) return {0.0, 0.0};
  const double g = device.conductance(state), r = path_.resistance(), limit = path_.compliance.value;
  double volt = driverVolt;
  if (law_.isLinear()) {
    volt /= 1.0 + r * g;
  } else if (r > 0.0) {
    volt = rootBetween(
        [&](double v) {
          const auto [current, slope] = law_.at(g, v);
          return std::make_pair(r * current - (driverVolt - v), r * slope + 1.0);
        },
        0.0, driverVolt);
  }
  double ampere = law_.at(g, volt).current;
  if (limit == 0.0 || std::abs(ampere) <= limit) return {volt, ampere};
  ampere = std::copysign(limit, ampere);
  if (law_.isLinear()) return {ampere / g, ampere};
  volt = rootBetween(
      [&](double v) {
        const auto [current, slope] = law_.at(g, v);
        return std::make_pair(current - ampere, slope);
      },
      0.0, volt);
  return {volt, ampere};
}

PulseEnergy SwitchPulser::powerAt(const CellPoint& at, double driverVolt) const {
  const double square = at.ampere * at.ampere;
  PulseEnergy p;
  p.device = at.volt * at.ampere;
  p.series = square * path_.series.value;
  p.accessSwitch = square * path_.accessSwitch.value;
  const double rest = driverVolt * at.ampere - p.device - p.series - p.accessSwitch;
  p.limiter = path_.compliance.value > 0.0 ? std::max(0.0, rest) : 0.0;
  return p;
}

PulseResult SwitchPulser::closedForm(const MetastableSwitch& device, double state, double volt,
                                     double time) const {
  const MetastableSwitch::Motion motion = device.motion(volt);
  const double end = motion.state(state, time);
  // The current is linear in x, so its mean is that at the mean of x.
  const double mean = time > 0.0 ? motion.integral(state, time) / time : state;
  PulseResult result{end, {}, {volt, law_.at(device.conductance(end), volt).current}};
  result.energy.device = volt * law_.at(device.conductance(mean), volt).current * time;
  return result;
}

PulseResult SwitchPulser::pulse(const MetastableSwitch& device, double state, double driverVolt,
                                Seconds time) const {
  if (path_.isIdeal() || driverVolt == 0.0) return closedForm(device, state, driverVolt, time.value);
  return ramp(device, state, driverVolt, driverVolt, time);
}

PulseResult SwitchPulser::ramp(const MetastableSwitch& device, double state, double fromVolt, double toVolt,
                               Seconds time) const {
  const double largest = std::max(std::abs(fromVolt), std::abs(toVolt));
  if (!(time.value > 0.0) || largest == 0.0) return closedForm(device, state, toVolt, time.value);
  const double unit = largest * std::abs(law_.at(device.conductance(1.0), largest).current) * time.value;
  return integrate({*this, device, fromVolt, (toVolt - fromVolt) / time.value, unit}, state, time.value);
}

PulseResult SwitchPulser::stochasticPulse(const MetastableSwitch& device, double state, double driverVolt,
                                          Seconds time, const SwitchChance& chance, std::uint64_t cell,
                                          std::uint32_t& drawn) const {
  const bool constant = path_.isIdeal() || driverVolt == 0.0;
  PulseResult result{state, {}, operate(device, state, driverVolt)};
  const double spread = 0.5 / std::sqrt(static_cast<double>(chance.switches()));
  for (double left = time.value; left > 0.0;) {
    const MetastableSwitch::Motion motion = device.motion(result.last.volt);
    const double speed = motion.rate * (std::abs(motion.equilibrium - result.state) + spread);
    const double step = constant || speed * left <= kLongestMove ? left : kLongestMove / speed;
    const double before = result.state;
    const double mean = motion.integral(before, step) / step;
    result.state = chance.state(motion, before, step, cell, drawn);
    result.energy += scaled(powerAt(operate(device, mean, driverVolt), driverVolt), step);
    result.last = operate(device, result.state, driverVolt);
    left -= step;
  }
  return result;
}

}  // namespace crosstile
