// SPDX-License-Identifier: Apache-2.0
// Conduction laws fitted to measured I-V curves, one curve a state of one device.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "models/base/quantity.h"
#include "models/fitting/iv_curve.h"

namespace crosstile {

/// What least squares counts.
enum class FitError {
  current,    ///< I: large currents count most (the recipe of Joksas et al. 2022)
  logarithm,  ///< ln |I|: every decade counts alike
};

/// Two parameters of one curve, and how well they describe it.
struct CurveFit {
  double first = 0.0, second = 0.0;  ///< what they are: the law's
  double nrmse = 0.0;                ///< rms error of I over the largest |I|
  double relativeEnd = 0.0;          ///< (fit - measured)/measured at the largest voltage
};

/// I = c V exp(sqrt(a V)), V > 0: first = ln c (S), second = ln a (1/V).
/// I = G sinh(B V)/B: first = ln G (S), second = B (1/V).
/// I = V_ref G (V/V_ref)^p, V > 0: first = ln G (S), second = p = log2 n.
/// @throws BadInput naming the curve: fewer than 3 samples of use, or no convergence
CurveFit fitPooleFrenkel(const IvCurve& curve, FitError error);
CurveFit fitSinh(const IvCurve& curve, FitError error);
CurveFit fitLogLinear(const IvCurve& curve, FitError error, double referenceVolt);

/// ln d_eps (F) of a Poole-Frenkel fit: a = (e/kT)^2 e/(pi d_eps).
double lnBarrier(const CurveFit& fit, Kelvin temperature);

/// y = slope x + intercept by least squares. @throws BadInput when x has no spread
struct Line {
  double slope = 0.0, intercept = 0.0;
};
Line fitLine(const std::vector<double>& x, const std::vector<double>& y);

/// Poole-Frenkel parameters of a population: linear in ln R, with residuals.
struct PooleFrenkelPopulation {
  std::array<double, 2> slope{}, intercept{};  ///< of ln c, ln d_eps
  std::array<double, 3> covariance{};          ///< of the residuals, divisor n: {11, 12, 22}
  std::array<double, 2> rSquared{};            ///< of the two lines
};
/// @param fits  of `curves`, by fitPooleFrenkel   @throws BadInput with fewer than 3 curves
PooleFrenkelPopulation fitPopulation(const std::vector<IvCurve>& curves, const std::vector<CurveFit>& fits,
                                     Kelvin temperature);

/// Mean and standard deviation (divisor n).
struct Spread {
  double mean = 0.0, deviation = 0.0;
};
Spread spreadOf(const std::vector<double>& values);

}  // namespace crosstile
