// SPDX-License-Identifier: Apache-2.0
// The relaxation kernel gives the same bits on every instruction set with fused multiply-add.
#include "models/crossbar/line_relaxation.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>

#include "circuit_case.h"

namespace crosstile {
namespace {

/// Restores Highway's choice of instruction set.
struct TargetGuard {
  ~TargetGuard() { hwy::SetSupportedTargetsForTest(0); }
};

TEST(LineRelaxation, SameBitsOnEveryInstructionSetWithFma) {
  std::mt19937_64 random(21);
  const CircuitCase c = randomCase(random, 37, 29, {1, 2, 10, 5}, 1e-6, 1e-3, 0.1);
  const auto solve = [&] { return relaxEffectiveMatrix(c.conductance, c.rows, c.columns, c.wires); };
  const EffectiveMatrix best = solve();
  const double scale = largest(best.g);
  const TargetGuard guard;
  int compared = 0;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    const EffectiveMatrix other = solve();
    const bool fma = (target & (HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL)) != 0;
    for (std::size_t k = 0; k < best.g.size(); ++k) {
      if (fma) {
        ASSERT_EQ(other.g[k], best.g[k]) << hwy::TargetName(target) << ' ' << k;
      } else {
        ASSERT_NEAR(other.g[k], best.g[k], 1e-9 * scale) << hwy::TargetName(target) << ' ' << k;
      }
    }
    ++compared;
  }
  EXPECT_GE(compared, 1);
}

TEST(LineRelaxation, AcceleratesBadlyConditionedCircuits) {
  // Equal cells: the slowest mode of a line of n nodes has the eigenvalue 4/r sin^2(pi / (2 (2n + 1))), and a
  // sweep of plain alternating relaxation reduces it by rho = (G / (G + eigenvalue))^2.
  const int n = 48;
  const double g = 1e-4, r = 1e3;
  const std::vector<double> cells(n * n, g);
  const EffectiveMatrix effective = relaxEffectiveMatrix(cells, n, n, {r, r, 0, 0});
  const double eigenvalue = 4 / r * std::pow(std::sin(3.14159265358979 / (2 * (2 * n + 1))), 2);
  const double plainSweeps = std::log(1e-10) / (2 * std::log(g / (g + eigenvalue)));
  EXPECT_GT(plainSweeps, 1000);
  EXPECT_LE(effective.residual, 1e-9);
  EXPECT_LT(effective.sweeps, 0.2 * plainSweeps);
}

TEST(LineRelaxation, RemovesTheSlowestModeByItself) {
  // 5 ohm, 192 x 192, mean 50 uS: the slowest mode leaves rho = 0.58 of the error in a plain sweep, the
  // others at most a quarter. Chebyshev polynomials for all of them would reduce by 0.21 a sweep.
  std::mt19937_64 random(22);
  const int n = 192;
  CircuitCase c = randomCase(random, n, n, {5, 5, 0, 0}, 1e-6, 1e-4, 0.0);
  std::uniform_real_distribution<double> uniform(1e-6, 1e-4);
  for (double& g : c.conductance) g = uniform(random);
  LineRelaxation circuit(c.conductance, n, n, c.wires);
  circuit.clear();
  circuit.injectBit(0, n - 1, n / 2, 1.0);
  const auto worst = [](const LineRelaxation& r) { return r.residual(0); };
  EXPECT_LE(circuit.solve(worst, 1e-12, 100), 1e-12);
  EXPECT_LE(circuit.sweeps(), 18);
}

TEST(LineRelaxation, AnErrorThatIsNotANumberIsTheWorst) {
  EXPECT_EQ(worseResidual(1.0, 2.0), 2.0);
  EXPECT_EQ(worseResidual(2.0, 1.0), 2.0);
  EXPECT_TRUE(std::isnan(worseResidual(NAN, 1.0)));
  EXPECT_TRUE(std::isnan(worseResidual(1.0, NAN)));
}

}  // namespace
}  // namespace crosstile
