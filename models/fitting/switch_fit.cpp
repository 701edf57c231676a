// SPDX-License-Identifier: Apache-2.0
#include "models/fitting/switch_fit.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <unsupported/Eigen/NonLinearOptimization>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr std::size_t kFewest = 20;
constexpr double kForever = 1e15;     // s, of a state that no rate moves
constexpr double kLargest = 1e3;      // of the residuals, so that a bad point is a bad point and not infinite
constexpr double kLeastWidth = 1e-3;  // of the thresholds, V: a 25th of kT/e
/// G_on is at most this times the largest conductance seen: a switch that hardly moves could have any R_on.
constexpr double kUnseen = 2.0;
constexpr double kGentle =
    0.02;  // pull on thresholds beyond the measured voltages, in residuals a voltage range
constexpr double kSeen = 0.3;  // of the largest current: below it I/V is noise

double sigmoid(double x) {
  return x >= 0.0 ? 1.0 / (1.0 + std::exp(-x)) : std::exp(x) / (1.0 + std::exp(x));
}

/// How long each sample's voltage stands, in s. The last stands until the period ends; without one, as long
/// as the others do on average.
std::vector<double> stepsOf(const IvCurve& curve, Seconds period) {
  const std::size_t n = curve.volt.size();
  if (curve.second.empty()) return std::vector<double>(n, period.value / static_cast<double>(n));
  std::vector<double> steps;
  for (std::size_t i = 0; i + 1 < n; ++i) steps.push_back(curve.second[i + 1] - curve.second[i]);
  const double length = curve.second.back() - curve.second.front();
  steps.push_back(period.value > 0.0 ? period.value - length : length / static_cast<double>(n - 1));
  return steps;
}

/// The loop as a function of V_on, V_off, ln tau, ln V_T (or, with a retention, of V_on, V_off, ln V_T and
/// ln(retention/least) in place of ln tau; V_T less its least).
class Loop {
 public:
  Loop(const IvCurve& curve, Seconds period, Seconds leastRetention)
      : curve_(curve), steps_(stepsOf(curve, period)), least_(leastRetention.value) {
    const auto [low, high] = std::minmax_element(curve.ampere.begin(), curve.ampere.end());
    range_ = *high - *low;
    high_ = *std::max_element(curve.volt.begin(), curve.volt.end());
    low_ = -*std::min_element(curve.volt.begin(), curve.volt.end());
    const double largest = std::max(*high, -*low);
    for (std::size_t i = 0; i < curve.volt.size(); ++i) {
      if (std::abs(curve.ampere[i]) >= kSeen * largest && curve.volt[i] * curve.ampere[i] > 0.0)
        mostOn_ = std::max(mostOn_, kUnseen * curve.ampere[i] / curve.volt[i]);
    }
  }

  double length() const { return std::accumulate(steps_.begin(), steps_.end(), 0.0); }

  MetastableSwitchConfig configOf(const Eigen::VectorXd& p) const {
    MetastableSwitchConfig c;
    c.vOn = Volts(p[0]);
    c.vOff = Volts(p[1]);
    c.vT = Volts(kLeastWidth + std::exp(p[3]));
    c.tau = Seconds(std::exp(p[2]));
    if (least_ > 0.0) {  // tau = retention (a + b) at 0 V
      const double rates = sigmoid(-p[0] / c.vT.value) + sigmoid(-p[1] / c.vT.value);
      c.tau = Seconds(least_ * (1.0 + std::exp(p[2])) * rates);
    }
    return c;
  }

  /// The periodic state at the samples: over a period x -> A x + B, so x_0 = B/(1 - A).
  void states(const MetastableSwitchConfig& c, std::vector<double>& x) const {
    const std::size_t n = curve_.volt.size();
    decay_.resize(n);
    target_.resize(n);
    double a = 1.0, b = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const double on = sigmoid((curve_.volt[i] - c.vOn.value) / c.vT.value);
      const double off = sigmoid(-(curve_.volt[i] + c.vOff.value) / c.vT.value);
      const double rate = on + off;
      decay_[i] = std::exp(-steps_[i] * rate / c.tau.value);
      target_[i] = rate > 0.0 ? on / rate : 0.5;
      b = decay_[i] * b + (1.0 - decay_[i]) * target_[i];
      a *= decay_[i];
    }
    double state = a < 1.0 - 1e-12 ? b / (1.0 - a) : 0.5;
    x.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = state;
      state = target_[i] + (state - target_[i]) * decay_[i];
    }
  }

  /// G_on and G_off by linear least squares of I = V (x G_on + (1-x) G_off), both above 0, G_on bounded.
  std::pair<double, double> conductances(const std::vector<double>& x) const {
    double ff = 0.0, fg = 0.0, gg = 0.0, fi = 0.0, gi = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double f = curve_.volt[i] * x[i], g = curve_.volt[i] * (1.0 - x[i]);
      ff += f * f, fg += f * g, gg += g * g, fi += f * curve_.ampere[i], gi += g * curve_.ampere[i];
    }
    const double det = ff * gg - fg * fg;
    if (det > 1e-12 * ff * gg) {
      const double on = (gg * fi - fg * gi) / det, off = (ff * gi - fg * fi) / det;
      if (on > 0.0 && off > 0.0 && on <= mostOn_) return {on, off};
      if (on > mostOn_ && gg > 0.0) return {mostOn_, std::max((gi - fg * mostOn_) / gg, 1e-6 * mostOn_)};
    }
    if (fi > 0.0 && ff > 0.0) return {fi / ff, 1e-6 * fi / ff};
    return {0.0, 0.0};
  }

  double current(std::size_t i, double x, std::pair<double, double> g) const {
    return curve_.volt[i] * (x * g.first + (1.0 - x) * g.second);
  }

  // Eigen's functor
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };
  int inputs() const { return 4; }
  int values() const { return static_cast<int>(curve_.volt.size()) + 2; }
  int operator()(const Eigen::VectorXd& p, Eigen::VectorXd& r) const {
    const MetastableSwitchConfig c = configOf(p);
    if (!(c.tau.value > 1e-15 && c.tau.value < 1e15 && c.vT.value < 1.0) || std::abs(p[0]) > 10.0 ||
        std::abs(p[1]) > 10.0) {
      r.setConstant(kLargest);
      return 0;
    }
    states(c, x_);
    const auto g = conductances(x_);
    for (std::size_t i = 0; i < x_.size(); ++i)
      r[static_cast<Eigen::Index>(i)] = (current(i, x_[i], g) - curve_.ampere[i]) / range_;
    // Along the valley where V_on and tau can't be told apart, stay near the measured voltages.
    r[r.size() - 2] = kGentle * std::max(0.0, p[0] / high_ - 1.0);
    r[r.size() - 1] = kGentle * std::max(0.0, p[1] / low_ - 1.0);
    return 0;
  }

 private:
  const IvCurve& curve_;
  std::vector<double> steps_;
  double least_, range_ = 0.0, mostOn_ = 0.0;
  double high_ = 0.0, low_ = 0.0;  ///< the largest voltages to both sides, V
  mutable std::vector<double> decay_, target_, x_;
};

void checkTimes(const IvCurve& loop, Seconds period) {
  const auto& t = loop.second;
  if (t.empty() && (!(period.value > 0.0) || !std::isfinite(period.value)))
    throw BadInput("{}: a loop needs the period of its drive, or the times of its samples", loop.name);
  for (std::size_t i = 1; i < t.size(); ++i) {
    if (!(t[i] > t[i - 1]))
      throw BadInput("{}: time {:g} s after {:g} s: times must rise", loop.name, t[i], t[i - 1]);
  }
  if (!t.empty() && period.value > 0.0 && !(t.back() - t.front() < period.value))
    throw BadInput("{}: samples from {:g} to {:g} s: must lie within one period ({:g} s)", loop.name,
                   t.front(), t.back(), period.value);
}

void check(const IvCurve& loop, Seconds period) {
  if (loop.volt.size() < kFewest)
    throw BadInput("{}: {} samples: a loop needs at least {}", loop.name, loop.volt.size(), kFewest);
  checkTimes(loop, period);
  const auto [low, high] = std::minmax_element(loop.volt.begin(), loop.volt.end());
  if (!(*low < 0.0 && *high > 0.0))
    throw BadInput("{}: voltages from {:g} to {:g} V: a loop must go to both signs", loop.name, *low, *high);
  const auto [least, most] = std::minmax_element(loop.ampere.begin(), loop.ampere.end());
  if (!(*most > *least)) throw BadInput("{}: the current never changes", loop.name);
}

}  // namespace

SwitchFit fitSwitch(const IvCurve& loop, Seconds period, Seconds leastRetention) {
  check(loop, period);
  Loop model(loop, period, leastRetention);
  const auto [low, high] = std::minmax_element(loop.volt.begin(), loop.volt.end());
  Eigen::VectorXd best, r(model.values());
  double least = -1.0;
  const bool bound = leastRetention.value > 0.0;
  const double length = model.length();
  // The error has many hollows: starts on a grid of thresholds, times and widths.
  for (const double on : {0.5, 0.8, 1.1}) {
    for (const double off : {0.1, 0.25, 0.5}) {
      for (const double time : {1e-4, 1e-3, 1e-2}) {
        for (const double width : {0.004, 0.012, 0.03, 0.06}) {
          Eigen::VectorXd p(4);
          p << on * *high, -off * *low, std::log(bound ? time * 1e2 : time * length),
              std::log(width - kLeastWidth);
          Eigen::NumericalDiff<Loop> derivative(model);
          Eigen::LevenbergMarquardt<Eigen::NumericalDiff<Loop>> solver(derivative);
          solver.parameters.maxfev = 600;
          solver.minimize(p);
          model(p, r);
          if (least >= 0.0 && !(r.squaredNorm() < least)) continue;
          least = r.squaredNorm();
          best = p;
        }
      }
    }
  }
  SwitchFit result;
  result.parameters = model.configOf(best);
  std::vector<double> x;
  model.states(result.parameters, x);
  const auto [gOn, gOff] = model.conductances(x);
  model(best, r);
  result.nrmse = std::sqrt(r.head(r.size() - 2).squaredNorm() / static_cast<double>(loop.volt.size()));
  if (!(gOn > gOff) || !(gOff > 0.0) || !(result.nrmse < 1.0))
    throw BadInput("{}: no metastable switch with R_on below R_off describes this loop", loop.name);
  result.parameters.rOn = Ohms(1.0 / gOn);
  result.parameters.rOff = Ohms(1.0 / gOff);
  const double retention = MetastableSwitch(result.parameters, Kelvin(298.15)).retentionTime(0.0).value;
  result.retention = Seconds(std::min(retention, kForever));
  const double beyond = 2.0 * result.parameters.vT.value;
  result.thresholdsSeen =
      result.parameters.vOn.value < *high + beyond && result.parameters.vOff.value < -*low + beyond;
  for (std::size_t i = 0; i < x.size(); ++i) result.ampere.push_back(model.current(i, x[i], {gOn, gOff}));
  return result;
}

}  // namespace crosstile
