// SPDX-License-Identifier: Apache-2.0
// Divide and conquer over the array: its dense kernels, and the matrix against the node equations.
#include "models/crossbar/port_matrix.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <Eigen/Dense>

#include "circuit_case.h"
#include "models/base/aligned.h"
#include "models/crossbar/node_equations.h"
#include "models/crossbar/port_kernel.h"

namespace crosstile {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

AlignedVector<double> randomNumbers(std::mt19937_64& random, int count) {
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  AlignedVector<double> x(static_cast<std::size_t>(count));
  for (double& v : x) v = uniform(random);
  return x;
}

Eigen::Map<const RowMajor> matrixOf(const AlignedVector<double>& x, int rows, int columns) {
  return {x.data(), rows, columns};
}

/// Element (lane) of a matrix of lanes.
RowMajor laneOf(const AlignedVector<double>& x, int rows, int columns, int lane) {
  RowMajor m(rows, columns);
  for (int k = 0; k < rows * columns; ++k) m.data()[k] = x[static_cast<std::size_t>(k * kPortLanes + lane)];
  return m;
}

TEST(PortKernel, ProductsOfDenseMatrices) {
  std::mt19937_64 random(1);
  struct Shape {
    int m, n, k;
  };
  for (const auto [m, n, k] : {Shape{8, 8, 8}, {16, 40, 8}, {64, 24, 136}, {40, 48, 264}}) {
    const auto a = randomNumbers(random, m * k), b = randomNumbers(random, k * n),
               old = randomNumbers(random, m * n);
    const RowMajor product = matrixOf(a, m, k) * matrixOf(b, k, n);
    const auto step = [](int x) { return static_cast<std::size_t>(x); };
    auto c = old;
    multiply({{a.data(), step(k), 1}, b.data(), step(n), c.data(), step(n), m, n, k});
    EXPECT_LE((matrixOf(c, m, n) - matrixOf(old, m, n) - product).cwiseAbs().maxCoeff(), 1e-13 * k);
    c = old;
    Product subtract{{a.data(), step(k), 1}, b.data(), step(n), c.data(), step(n), m, n, k};
    subtract.subtract = true;
    multiply(subtract);
    EXPECT_LE((matrixOf(c, m, n) - matrixOf(old, m, n) + product).cwiseAbs().maxCoeff(), 1e-13 * k);
    // The transpose of a matrix in memory, into a fresh result.
    const RowMajor turned = matrixOf(a, k, m).transpose() * matrixOf(b, k, n);
    Product fresh{{a.data(), 1, step(m)}, b.data(), step(n), c.data(), step(n), m, n, k};
    fresh.fresh = true;
    multiply(fresh);
    EXPECT_LE((matrixOf(c, m, n) - turned).cwiseAbs().maxCoeff(), 1e-13 * k);
  }
}

TEST(PortKernel, ProductsOfLanes) {
  std::mt19937_64 random(2);
  for (int m = 1; m <= 9; m += 2) {
    for (int n = 1; n <= 7; ++n) {
      const int k = 3;
      const auto a = randomNumbers(random, m * k * kPortLanes), b = randomNumbers(random, k * n * kPortLanes);
      auto c = randomNumbers(random, m * n * kPortLanes);
      const auto old = c;
      multiplyLanes({{a.data(), static_cast<std::size_t>(k), 1},
                     b.data(),
                     static_cast<std::size_t>(n),
                     c.data(),
                     static_cast<std::size_t>(n),
                     m,
                     n,
                     k});
      for (int lane = 0; lane < kPortLanes; ++lane) {
        const RowMajor expected = laneOf(old, m, n, lane) + laneOf(a, m, k, lane) * laneOf(b, k, n, lane);
        EXPECT_LE((laneOf(c, m, n, lane) - expected).cwiseAbs().maxCoeff(), 1e-14) << m << ' ' << n;
      }
    }
  }
}

TEST(PortKernel, Inverses) {
  std::mt19937_64 random(3);
  for (const int n : {8, 16, 72, 136}) {
    auto a = randomNumbers(random, n * n);
    for (int i = 0; i < n; ++i) a[static_cast<std::size_t>(i * n + i)] += n;  // diagonally dominant
    const RowMajor before = matrixOf(a, n, n);
    invert(a.data(), static_cast<std::size_t>(n), n);
    EXPECT_LE((matrixOf(a, n, n) * before - RowMajor::Identity(n, n)).cwiseAbs().maxCoeff(), 1e-13) << n;
  }
  for (const int n : {1, 2, 8}) {
    auto a = randomNumbers(random, n * n * kPortLanes);
    for (int i = 0; i < n; ++i) {
      for (int lane = 0; lane < kPortLanes; ++lane)
        a[static_cast<std::size_t>((i * n + i) * kPortLanes + lane)] += n;
    }
    const auto before = a;
    invertLanes(a.data(), static_cast<std::size_t>(n), n);
    for (int lane = 0; lane < kPortLanes; ++lane)
      EXPECT_LE((laneOf(a, n, n, lane) * laneOf(before, n, n, lane) - RowMajor::Identity(n, n))
                    .cwiseAbs()
                    .maxCoeff(),
                1e-13);
  }
}

void expectCircuit(const CircuitCase& c) {
  SCOPED_TRACE(testing::Message() << c.rows << 'x' << c.columns << ", r_word " << c.wires.rWord << ", r_bit "
                                  << c.wires.rBit);
  const std::vector<double> g = joinEffectiveMatrix(c.conductance, c.rows, c.columns, c.wires);
  const NodeSolution nodes = solveNodes(c.conductance, c.rows, c.columns, c.wires, c.voltage);
  const std::vector<double> current = currentsOf(c, {g, 0.0, 0});
  for (int j = 0; j < c.columns; ++j)
    ASSERT_NEAR(current[static_cast<std::size_t>(j)], nodes.current[j],
                1e-10 * nodes.current.cwiseAbs().maxCoeff());
}

TEST(PortMatrix, AnyShapeAndAnyWires) {
  std::mt19937_64 random(4);
  for (const auto& [rows, columns] :
       {std::pair{1, 1}, {1, 40}, {40, 1}, {8, 8}, {9, 7}, {16, 24}, {25, 17}, {70, 33}}) {
    for (int mask = 0; mask < 16; ++mask) {
      const Wires wires{mask & 1 ? 2.0 : 0.0, mask & 2 ? 30.0 : 0.0, mask & 4 ? 150.0 : 0.0,
                        mask & 8 ? 70.0 : 0.0};
      expectCircuit(randomCase(random, rows, columns, wires, 1e-6, 1e-3, 0.3));
    }
  }
}

TEST(PortMatrix, ShortsOpensAndHopelessWires) {
  std::mt19937_64 random(5);
  std::uniform_int_distribution<std::size_t> anywhere(0, 48 * 40 - 1);
  for (const double ohm : {1e-3, 1.0, 5.0, 1e3}) {
    CircuitCase c = randomCase(random, 48, 40, {ohm, 2 * ohm, 0, 10}, 1e-6, 1e-4, 0.1);
    expectCircuit(c);
    for (int k = 0; k < 60; ++k) c.conductance[anywhere(random)] = k % 2 == 0 ? 0.1 : 10.0;
    expectCircuit(c);
  }
}

TEST(PortMatrix, SameBitsOnEveryInstructionSetWithFma) {
  std::mt19937_64 random(6);
  const CircuitCase c = randomCase(random, 75, 130, {1, 2, 10, 5}, 1e-6, 1e-3, 0.1);
  const auto solve = [&] { return joinEffectiveMatrix(c.conductance, c.rows, c.columns, c.wires); };
  const std::vector<double> best = solve();
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    const std::vector<double> other = solve();
    hwy::SetSupportedTargetsForTest(0);
    const bool fma = (target & (HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL)) != 0;
    for (std::size_t k = 0; k < best.size(); ++k) {
      if (fma) {
        ASSERT_EQ(other[k], best[k]) << hwy::TargetName(target) << ' ' << k;
      } else {
        ASSERT_NEAR(other[k], best[k], 1e-12 * largest(best)) << hwy::TargetName(target) << ' ' << k;
      }
    }
  }
}

TEST(PortMatrix, CostGrowsWithTheCube) {
  EXPECT_NEAR(joinCost(512, 512) / joinCost(256, 256), 8.0, 0.5);
  EXPECT_LT(joinCost(512, 512), 40 * 512.0 * 512 * 512);
  EXPECT_GT(joinCost(64, 512), joinCost(64, 256));
}

}  // namespace
}  // namespace crosstile
