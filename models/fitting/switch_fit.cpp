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

/// Sums of linear least squares: I = f G_on + g G_off.
struct NormalEquations {
  double ff = 0.0, fg = 0.0, gg = 0.0, fi = 0.0, gi = 0.0;

  /// G_on and G_off, both above 0, G_on at most `mostOn`.
  std::pair<double, double> solve(double mostOn) const {
    const double det = ff * gg - fg * fg;
    if (det > 1e-12 * ff * gg) {
      const double on = (gg * fi - fg * gi) / det, off = (ff * gi - fg * fi) / det;
      if (on > 0.0 && off > 0.0 && on <= mostOn) return {on, off};
      if (on > mostOn && gg > 0.0) return {mostOn, std::max((gi - fg * mostOn) / gg, 1e-6 * mostOn)};
    }
    if (fi > 0.0 && ff > 0.0) return {fi / ff, 1e-6 * fi / ff};
    return {0.0, 0.0};
  }
};

/// One loop and the periodic state in it.
class Loop {
 public:
  Loop(const IvCurve& curve, Seconds period) : curve_(curve), steps_(stepsOf(curve, period)) {
    const auto [low, high] = std::minmax_element(curve.ampere.begin(), curve.ampere.end());
    range = *high - *low;
    const double largest = std::max(*high, -*low);
    for (std::size_t i = 0; i < curve.volt.size(); ++i) {
      if (std::abs(curve.ampere[i]) >= kSeen * largest && curve.volt[i] * curve.ampere[i] > 0.0)
        mostOn = std::max(mostOn, kUnseen * curve.ampere[i] / curve.volt[i]);
    }
  }

  double range = 0.0, mostOn = 0.0;  ///< of the current, A; bound of G_on, S

  double length() const { return std::accumulate(steps_.begin(), steps_.end(), 0.0); }
  std::size_t samples() const { return curve_.volt.size(); }
  const IvCurve& curve() const { return curve_; }

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

  void add(const std::vector<double>& x, double weight, NormalEquations& sums) const {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double f = curve_.volt[i] * x[i], g = curve_.volt[i] * (1.0 - x[i]), current = curve_.ampere[i];
      sums.ff += weight * f * f, sums.fg += weight * f * g, sums.gg += weight * g * g;
      sums.fi += weight * f * current, sums.gi += weight * g * current;
    }
  }

  double current(std::size_t i, double x, std::pair<double, double> g) const {
    return curve_.volt[i] * (x * g.first + (1.0 - x) * g.second);
  }

 private:
  const IvCurve& curve_;
  std::vector<double> steps_;
  mutable std::vector<double> decay_, target_;
};

/// The loops of one device as a function of V_on, V_off, ln tau, ln V_T (or, with a retention, of V_on,
/// V_off, ln V_T and ln(retention/least) in place of ln tau; V_T less its least). Each counts by its own
/// range of current, all alike.
class Loops {
 public:
  Loops(const std::vector<IvCurve>& curves, Seconds period, Seconds leastRetention)
      : least_(leastRetention.value) {
    for (const IvCurve& curve : curves) {
      loops_.emplace_back(curve, period);
      samples_ += curve.volt.size();
      mostOn_ = std::max(mostOn_, loops_.back().mostOn);
      high_ = std::max(high_, *std::max_element(curve.volt.begin(), curve.volt.end()));
      low_ = std::max(low_, -*std::min_element(curve.volt.begin(), curve.volt.end()));
    }
    x_.resize(loops_.size());
  }

  const std::vector<Loop>& all() const { return loops_; }
  double high() const { return high_; }
  double low() const { return low_; }
  /// Geometric mean of the periods, s.
  double length() const {
    double sum = 0.0;
    for (const Loop& loop : loops_) sum += std::log(loop.length());
    return std::exp(sum / static_cast<double>(loops_.size()));
  }

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

  /// States of all loops, and the G_on and G_off that serve them best.
  std::pair<double, double> solve(const MetastableSwitchConfig& c) const {
    NormalEquations sums;
    for (std::size_t k = 0; k < loops_.size(); ++k) {
      loops_[k].states(c, x_[k]);
      loops_[k].add(x_[k], scale(k) * scale(k), sums);
    }
    return sums.solve(mostOn_);
  }
  const std::vector<double>& states(std::size_t k) const { return x_[k]; }
  /// What a residual of loop k is multiplied by: 1/range for a loop alone.
  double scale(std::size_t k) const {
    const double share =
        static_cast<double>(samples_) / static_cast<double>(loops_.size() * loops_[k].samples());
    return std::sqrt(share) / loops_[k].range;
  }

  // Eigen's functor
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };
  int inputs() const { return 4; }
  int values() const { return static_cast<int>(samples_) + 2; }
  int operator()(const Eigen::VectorXd& p, Eigen::VectorXd& r) const {
    const MetastableSwitchConfig c = configOf(p);
    if (!(c.tau.value > 1e-15 && c.tau.value < 1e15 && c.vT.value < 1.0) || std::abs(p[0]) > 10.0 ||
        std::abs(p[1]) > 10.0) {
      r.setConstant(kLargest);
      return 0;
    }
    const auto g = solve(c);
    Eigen::Index at = 0;
    for (std::size_t k = 0; k < loops_.size(); ++k) {
      for (std::size_t i = 0; i < loops_[k].samples(); ++i)
        r[at++] = (loops_[k].current(i, x_[k][i], g) - loops_[k].curve().ampere[i]) * scale(k);
    }
    // Along the valley where V_on and tau can't be told apart, stay near the measured voltages.
    r[at++] = kGentle * std::max(0.0, p[0] / high_ - 1.0);
    r[at] = kGentle * std::max(0.0, p[1] / low_ - 1.0);
    return 0;
  }

 private:
  std::vector<Loop> loops_;
  std::size_t samples_ = 0;
  double least_, mostOn_ = 0.0;
  double high_ = 0.0, low_ = 0.0;  ///< the largest voltages to both sides, V
  mutable std::vector<std::vector<double>> x_;
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

SwitchFit describe(const Loops& model, const Eigen::VectorXd& best) {
  SwitchFit result;
  result.parameters = model.configOf(best);
  const auto [gOn, gOff] = model.solve(result.parameters);
  double square = 0.0;
  for (std::size_t k = 0; k < model.all().size(); ++k) {
    const Loop& loop = model.all()[k];
    double own = 0.0;
    for (std::size_t i = 0; i < loop.samples(); ++i) {
      result.ampere.push_back(loop.current(i, model.states(k)[i], {gOn, gOff}));
      own += std::pow((result.ampere.back() - loop.curve().ampere[i]) / loop.range, 2);
    }
    own /= static_cast<double>(loop.samples());
    result.nrmseOf.push_back(std::sqrt(own));
    square += own / static_cast<double>(model.all().size());
  }
  result.nrmse = std::sqrt(square);
  if (!(gOn > gOff) || !(gOff > 0.0) || !(result.nrmse < 1.0))
    throw BadInput("{}: no metastable switch with R_on below R_off describes this loop",
                   model.all().front().curve().name);
  result.parameters.rOn = Ohms(1.0 / gOn);
  result.parameters.rOff = Ohms(1.0 / gOff);
  const double retention = MetastableSwitch(result.parameters, Kelvin(298.15)).retentionTime(0.0).value;
  result.retention = Seconds(std::min(retention, kForever));
  const double beyond = 2.0 * result.parameters.vT.value;
  result.thresholdsSeen = result.parameters.vOn.value < model.high() + beyond &&
                          result.parameters.vOff.value < model.low() + beyond;
  return result;
}

}  // namespace

SwitchFit fitSwitch(const IvCurve& loop, Seconds period, Seconds leastRetention) {
  return fitSwitch(std::vector<IvCurve>{loop}, period, leastRetention);
}

SwitchFit fitSwitch(const std::vector<IvCurve>& curves, Seconds period, Seconds leastRetention) {
  if (curves.empty()) throw BadInput("no loop to fit a switch to");
  for (const IvCurve& curve : curves) check(curve, period);
  Loops model(curves, period, leastRetention);
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
          p << on * model.high(), off * model.low(), std::log(bound ? time * 1e2 : time * length),
              std::log(width - kLeastWidth);
          Eigen::NumericalDiff<Loops> derivative(model);
          Eigen::LevenbergMarquardt<Eigen::NumericalDiff<Loops>> solver(derivative);
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
  return describe(model, best);
}

}  // namespace crosstile
