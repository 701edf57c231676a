// SPDX-License-Identifier: Apache-2.0
#include "models/fitting/conduction_fit.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <unsupported/Eigen/NonLinearOptimization>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr std::size_t kFewest = 3;  // samples, and curves of a population
constexpr double kPi = 3.14159265358979323846;
constexpr double kElementaryCharge = 1.602176634e-19;  // C
constexpr double kBoltzmann = 1.380649e-23;            // J/K

/// A law of two parameters: the current at V, and its derivatives by them.
struct Value {
  double current, byFirst, bySecond;
};

Value pooleFrenkel(double lnC, double lnA, double v) {
  const double root = std::sqrt(std::exp(lnA) * v);
  const double current = v * std::exp(lnC + root);
  return {current, current, current * 0.5 * root};
}

Value hyperbolicSine(double lnG, double b, double v) {
  const double g = std::exp(lnG), x = b * v;
  if (std::abs(x) < 1e-4) return {g * v, g * v, g * v * v * v * b / 3.0};
  const double current = g * std::sinh(x) / b;
  return {current, current, (g * v * std::cosh(x) - current) / b};
}

/// Residuals of the samples for Eigen's (MINPACK's) Levenberg-Marquardt.
template <class Law>
struct Residuals {
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  const Law& law;
  const std::vector<double>&volt, &ampere;
  FitError error;
  double largest;

  int inputs() const { return 2; }
  int values() const { return static_cast<int>(volt.size()); }
  int operator()(const Eigen::VectorXd& p, Eigen::VectorXd& r) const {
    for (std::size_t i = 0; i < volt.size(); ++i) {
      const double current = law(p[0], p[1], volt[i]).current;
      r[static_cast<Eigen::Index>(i)] =
          error == FitError::current ? (current - ampere[i]) / largest : std::log(current / ampere[i]);
    }
    return 0;
  }
  int df(const Eigen::VectorXd& p, Eigen::MatrixXd& jacobian) const {
    for (std::size_t i = 0; i < volt.size(); ++i) {
      const Value value = law(p[0], p[1], volt[i]);
      const double scale = error == FitError::current ? 1.0 / largest : 1.0 / value.current;
      jacobian.row(static_cast<Eigen::Index>(i)) << scale * value.byFirst, scale * value.bySecond;
    }
    return 0;
  }
};

/// Samples that a fit can use: V I > 0, and V > 0 for laws that are stated there.
struct Samples {
  std::vector<double> volt, ampere;
  double largest = 0.0;
  Samples(const IvCurve& curve, bool positiveOnly) {
    for (std::size_t i = 0; i < curve.volt.size(); ++i) {
      const double v = curve.volt[i], a = curve.ampere[i];
      if (!(v * a > 0.0) || (positiveOnly && v < 0.0)) continue;
      volt.push_back(v);
      ampere.push_back(a);
      largest = std::max(largest, std::abs(a));
    }
    if (volt.size() < kFewest) {
      throw BadInput(
          "{}: {} samples with a voltage and a current of the same sign{}: a fit needs at least {}",
          curve.name, volt.size(), positiveOnly ? ", above 0 V" : "", kFewest);
    }
  }
};

template <class Law>
CurveFit fit(const IvCurve& curve, const Samples& samples, FitError error, const Law& law, double first,
             double second) {
  Residuals<Law> residuals{law, samples.volt, samples.ampere, error, samples.largest};
  Eigen::LevenbergMarquardt<Residuals<Law>> solver(residuals);
  solver.parameters.ftol = solver.parameters.xtol = 1e-14;
  solver.parameters.maxfev = 4000;
  Eigen::VectorXd p(2);
  p << first, second;
  solver.minimize(p);
  CurveFit result;
  result.first = p[0];
  result.second = p[1];
  double square = 0.0, reach = 0.0;
  for (std::size_t i = 0; i < samples.volt.size(); ++i) {
    const double current = law(p[0], p[1], samples.volt[i]).current;
    square += (current - samples.ampere[i]) * (current - samples.ampere[i]);
    if (std::abs(samples.volt[i]) < reach) continue;
    reach = std::abs(samples.volt[i]);
    result.relativeEnd = current / samples.ampere[i] - 1.0;
  }
  result.nrmse = std::sqrt(square / static_cast<double>(samples.volt.size())) / samples.largest;
  if (!std::isfinite(result.nrmse)) throw BadInput("{}: the fit does not converge", curve.name);
  return result;
}

/// ln |I/V| against f(V): where the logarithmic fits end, and the others begin.
template <class F>
Line logarithmicStart(const Samples& samples, const F& abscissa) {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < samples.volt.size(); ++i) {
    x.push_back(abscissa(samples.volt[i]));
    y.push_back(std::log(samples.ampere[i] / samples.volt[i]));
  }
  return fitLine(x, y);
}

}  // namespace

double resistanceAt(const IvCurve& curve, double volt) {
  for (std::size_t i = 0; i + 1 < curve.volt.size(); ++i) {
    const double a = curve.volt[i], b = curve.volt[i + 1];
    if (!(std::min(a, b) <= volt && volt <= std::max(a, b)) || a == b) continue;
    const double t = (volt - a) / (b - a);
    const double current = curve.ampere[i] + t * (curve.ampere[i + 1] - curve.ampere[i]);
    if (current * volt > 0.0) return volt / current;
  }
  throw BadInput("{}: no current of the right sign at {:g} V, where its resistance would be read", curve.name,
                 volt);
}

CurveFit fitPooleFrenkel(const IvCurve& curve, FitError error) {
  const Samples samples(curve, true);
  const Line start = logarithmicStart(samples, [](double v) { return std::sqrt(v); });
  return fit(curve, samples, error, pooleFrenkel, start.intercept,
             2.0 * std::log(std::max(start.slope, 1e-3)));
}

CurveFit fitSinh(const IvCurve& curve, FitError error) {
  const Samples samples(curve, false);
  // sinh(x)/x = 1 + x^2/6 + ...
  const Line start = logarithmicStart(samples, [](double v) { return v * v; });
  CurveFit result = fit(curve, samples, error, hyperbolicSine, start.intercept,
                        std::sqrt(6.0 * std::max(start.slope, 1e-6)));
  result.second = std::abs(result.second);  // sinh(B V)/B is even in B
  return result;
}

CurveFit fitLogLinear(const IvCurve& curve, FitError error, double referenceVolt) {
  const Samples samples(curve, true);
  const Line start = logarithmicStart(samples, [&](double v) { return std::log(v / referenceVolt); });
  const auto law = [&](double lnG, double p, double v) -> Value {
    const double x = std::log(v / referenceVolt);
    const double current = referenceVolt * std::exp(lnG + p * x);
    return {current, current, current * x};
  };
  return fit(curve, samples, error, law, start.intercept, start.slope + 1.0);
}

Line fitLine(const std::vector<double>& x, const std::vector<double>& y) {
  const double n = static_cast<double>(x.size());
  const double meanX = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double meanY = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xx = 0.0, xy = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - meanX) * (x[i] - meanX);
    xy += (x[i] - meanX) * (y[i] - meanY);
  }
  if (!(xx > 0.0)) throw BadInput("a line through {} points that share one abscissa", x.size());
  const double slope = xy / xx;
  return {slope, meanY - slope * meanX};
}

Spread spreadOf(const std::vector<double>& values) {
  Spread s;
  const double n = static_cast<double>(values.size());
  s.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  for (const double v : values) s.deviation += (v - s.mean) * (v - s.mean) / n;
  s.deviation = std::sqrt(s.deviation);
  return s;
}

double lnBarrier(const CurveFit& fit, Kelvin temperature) {
  const double inverse = kElementaryCharge / (kBoltzmann * temperature.value);
  return std::log(inverse * inverse * kElementaryCharge / kPi) - fit.second;  // a = (e/kT)^2 e/(pi d_eps)
}

PooleFrenkelPopulation fitPopulation(const std::vector<IvCurve>& curves, const std::vector<CurveFit>& fits,
                                     Kelvin temperature) {
  if (curves.size() < kFewest)
    throw BadInput("{}: in a group of {}: the lines against resistance need at least {} curves",
                   curves.empty() ? "no curve" : curves.front().name, curves.size(), kFewest);
  std::vector<double> lnR, y[2];
  for (std::size_t k = 0; k < curves.size(); ++k) {
    lnR.push_back(std::log(curves[k].resistance));
    y[0].push_back(fits[k].first);
    y[1].push_back(lnBarrier(fits[k], temperature));
  }
  PooleFrenkelPopulation p;
  std::vector<double> residual[2];
  for (std::size_t d = 0; d < 2; ++d) {
    const Line line = fitLine(lnR, y[d]);
    p.slope[d] = line.slope;
    p.intercept[d] = line.intercept;
    for (std::size_t k = 0; k < lnR.size(); ++k)
      residual[d].push_back(y[d][k] - line.slope * lnR[k] - line.intercept);
    const double deviation = spreadOf(y[d]).deviation, left = spreadOf(residual[d]).deviation;
    p.rSquared[d] = deviation > 0.0 ? 1.0 - left * left / (deviation * deviation) : 1.0;
  }
  const double n = static_cast<double>(lnR.size());
  for (std::size_t k = 0; k < lnR.size(); ++k) {
    p.covariance[0] += residual[0][k] * residual[0][k] / n;
    p.covariance[1] += residual[0][k] * residual[1][k] / n;
    p.covariance[2] += residual[1][k] * residual[1][k] / n;
  }
  return p;
}

}  // namespace crosstile
