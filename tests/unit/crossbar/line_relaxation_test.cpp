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
  // Plain alternating relaxation needs about ln(1e10)/(1 - rho) sweeps: 1,900 here; Chebyshev's polynomials
  // far fewer.
  const std::vector<double> g(48 * 48, 1e-4);
  const EffectiveMatrix effective = relaxEffectiveMatrix(g, 48, 48, {100, 100, 0, 0});
  EXPECT_LE(effective.residual, 1e-9);
  EXPECT_LT(effective.sweeps, 150);
}

}  // namespace
}  // namespace crosstile
