// SPDX-License-Identifier: Apache-2.0
// Fits must find what synthetic curves were made with.
#include "models/fitting/conduction_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "models/base/error.h"
#include "models/device/poole_frenkel.h"

namespace crosstile {
namespace {

IvCurve curveOf(const std::function<double(double)>& current, double low, double high, double noise = 0.0) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  IvCurve curve;
  curve.name = "a curve";
  for (int k = 0; k <= 100; ++k) {
    const double v = low + (high - low) * k / 100;
    curve.volt.push_back(v);
    curve.ampere.push_back(current(v) * (1.0 + noise * normal(random)));
  }
  return curve;
}

TEST(ConductionFit, FindsPooleFrenkelParametersByBothErrors) {
  const auto current = [](double v) { return 2e-6 * v * std::exp(std::sqrt(4.0 * v)); };
  for (const FitError error : {FitError::current, FitError::logarithm}) {
    const CurveFit fit = fitPooleFrenkel(curveOf(current, 0.0, 0.5), error);
    EXPECT_NEAR(fit.first, std::log(2e-6), 1e-8);
    EXPECT_NEAR(fit.second, std::log(4.0), 1e-8);
    EXPECT_LT(fit.nrmse, 1e-9);
    EXPECT_NEAR(fit.relativeEnd, 0.0, 1e-8);
  }
}

TEST(ConductionFit, FindsSinhAndLogLinearParameters) {
  const CurveFit sinh = fitSinh(curveOf([](double v) { return 3e-5 * std::sinh(2.5 * v) / 2.5; }, -0.6, 0.6),
                                FitError::current);
  EXPECT_NEAR(sinh.first, std::log(3e-5), 1e-8);
  EXPECT_NEAR(sinh.second, 2.5, 1e-8);
  const CurveFit power = fitLogLinear(
      curveOf([](double v) { return 0.25 * 1e-6 * std::pow(v / 0.25, std::log2(2.9)); }, 0.0, 0.5),
      FitError::current, 0.25);
  EXPECT_NEAR(power.first, std::log(1e-6), 1e-8);
  EXPECT_NEAR(std::exp2(power.second), 2.9, 1e-7);
}

/// With 1 % of noise on 100 samples the parameters stay within a few of their standard errors.
TEST(ConductionFit, BearsNoise) {
  const auto current = [](double v) { return 2e-6 * v * std::exp(std::sqrt(4.0 * v)); };
  const CurveFit fit = fitPooleFrenkel(curveOf(current, 0.0, 0.5, 0.01), FitError::current);
  EXPECT_NEAR(fit.first, std::log(2e-6), 0.03);
  EXPECT_NEAR(fit.second, std::log(4.0), 0.06);
  EXPECT_NEAR(fit.nrmse, 0.005, 0.003);
  EXPECT_GT(fit.nrmse, 1e-4);
}

/// Devices drawn from a law give the law back: slopes exactly without residuals, covariance within 4 sigma
/// with them.
TEST(ConductionFit, APopulationGivesTheLawBack) {
  PooleFrenkelLaw::Config config;
  config.slope = {-1.03, -0.09};
  config.intercept = {-0.25, -37.1};
  config.covariance = {0.03, 0.09, 0.32};
  const PooleFrenkelLaw law(config);
  const std::size_t devices = 2000;
  std::vector<double> g, parameters(2 * devices);
  for (std::size_t k = 0; k < devices; ++k)
    g.push_back(1.0 / (2e5 * std::pow(20.0, static_cast<double>(k) / devices)));
  for (const bool residuals : {false, true}) {
    const RandomStream stream({1}, Purpose::lawResidual);
    law.prepare(g, residuals ? &stream : nullptr, parameters);
    std::vector<IvCurve> curves;
    std::vector<CurveFit> fits;
    for (std::size_t k = 0; k < devices; ++k) {
      const std::vector<double> cell{parameters[k], parameters[devices + k]};
      curves.push_back(curveOf(
          [&](double v) {
            double i = 0.0;
            law.evaluate(cell, Span<const double>(&v, 1), Span<double>(&i, 1), {});
            return i;
          },
          0.0, 0.5));
      curves.back().resistance = 1.0 / g[k];
      fits.push_back(fitPooleFrenkel(curves.back(), FitError::current));
    }
    const PooleFrenkelPopulation p = fitPopulation(curves, fits, Kelvin(293.15));
    if (!residuals) {
      for (std::size_t d = 0; d < 2; ++d) {
        EXPECT_NEAR(p.slope[d], config.slope[d], 1e-6);
        EXPECT_NEAR(p.intercept[d], config.intercept[d], 1e-5);
      }
      EXPECT_NEAR(p.rSquared[0], 1.0, 1e-9);
      continue;
    }
    const double spread = 4.0 * std::sqrt(2.0 / devices);
    EXPECT_NEAR(p.covariance[0], 0.03, 0.03 * spread);
    EXPECT_NEAR(p.covariance[2], 0.32, 0.32 * spread);
    EXPECT_NEAR(p.covariance[1], 0.09, 4.0 * std::sqrt((0.03 * 0.32 + 0.0081) / devices));
  }
}

TEST(ConductionFit, SaysWhatACurveLacks) {
  IvCurve curve = curveOf([](double v) { return 1e-6 * v; }, -0.5, 0.0);
  EXPECT_THROW(fitPooleFrenkel(curve, FitError::current), BadInput);  // nothing above 0 V
  EXPECT_THROW(resistanceAt(curve, 0.1), BadInput);
  EXPECT_NEAR(resistanceAt(curve, -0.1), 1e6, 1e-3);
}

}  // namespace
}  // namespace crosstile
