// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/circuit_solver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../base/each_target.h"
#include "circuit_case.h"
#include "models/base/error.h"
#include "models/crossbar/node_equations.h"
#include "models/crossbar/node_newton.h"
#include "models/device/linear.h"
#include "models/device/log_linear.h"
#include "models/device/poole_frenkel.h"
#include "models/device/sinh.h"

namespace crosstile {
namespace {

Eigen::VectorXd voltagesOf(const CircuitCase& c) {
  return Eigen::Map<const Eigen::VectorXd>(c.voltage.data(), c.rows);
}

std::shared_ptr<const DeviceLaw> lawNumber(int k) {
  switch (k % 6) {
    case 0:
      return std::make_shared<LinearLaw>();
    case 1:
      return std::make_shared<SinhLaw>(1.0);
    case 2:
      return std::make_shared<SinhLaw>(4.0);
    case 3:
      return std::make_shared<SimplePooleFrenkelLaw>(4.0);
    case 4:
      return std::make_shared<LogLinearLaw>(3.0, 0.0, Volts{0.25});
    default:
      return std::make_shared<SinhLaw>(2.0);
  }
}

Eigen::MatrixXd randomVoltages(int rows, int batch, double low, double high, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> v(low, high);
  return Eigen::MatrixXd::NullaryExpr(rows, batch, [&] { return v(random); });
}

TEST(CircuitSolver, LinearCellsAgreeWithTheNodeEquations) {
  std::mt19937_64 random(1);
  for (int wires = 0; wires < 16; ++wires) {
    const Wires w{wires & 1 ? 2.0 : 0.0, wires & 2 ? 1.0 : 0.0, wires & 4 ? 50.0 : 0.0,
                  wires & 8 ? 20.0 : 0.0};
    for (const auto& [rows, columns] : {std::pair{1, 1}, {1, 9}, {9, 1}, {17, 12}, {12, 21}}) {
      const CircuitCase c = randomCase(random, rows, columns, w, 1e-6, 1e-3, 0.1);
      const NodeSolution expected = solveNodes(c.conductance, rows, columns, w, c.voltage);
      const CircuitSolver solver(arrayOf(c, std::make_shared<LinearLaw>()), w);
      const CircuitSolution found = solver.solve(voltagesOf(c));
      const double scale = std::max(expected.current.cwiseAbs().maxCoeff(), 1e-300);
      EXPECT_LE((found.current.col(0) - expected.current).cwiseAbs().maxCoeff(), 2e-9 * scale) << wires;
      EXPECT_NEAR(found.sourcePowerW[0], expected.sourcePowerW,
                  1e-8 * std::abs(expected.sourcePowerW) + 1e-15);
    }
  }
}

/// Kirchhoff and Tellegen, whatever the circuit: thousands of random ones, with every combination of missing
/// wires, open and shorted cells, one row or column, either sign, up to 1 V.
TEST(CircuitSolver, EverySolutionKeepsKirchhoffsAndTellegensLaws) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::uniform_int_distribution<int> size(1, 14);
  for (int k = 0; k < 3000; ++k) {
    SCOPED_TRACE(k);
    const auto ohms = [&](double most) { return uniform(random) < 0.3 ? 0.0 : most * uniform(random); };
    Wires wires{ohms(5.0), ohms(5.0), ohms(500.0), ohms(200.0)};
    wires.bothEnds = k % 3 == 0;
    CircuitCase c = randomCase(random, size(random), size(random), wires, 1e-7, 1e-3, 0.1);
    for (double& g : c.conductance) {
      if (uniform(random) < 0.02) g = 1.0;
    }
    const CircuitSolver solver(arrayOf(c, lawNumber(k)), wires);
    const OperatingPoint p = solver.operatingPoint(voltagesOf(c));
    EXPECT_LE(p.residual, 1e-9);
    const double power = p.cellPowerW + p.wirePowerW;
    EXPECT_NEAR(p.sourcePowerW, power, 1e-9 * power + 1e-25);
    const CircuitSolution s = solver.solve(voltagesOf(c));
    EXPECT_LE(s.residual[0], 1e-9);
    const double scale = std::max(p.current.cwiseAbs().maxCoeff(), p.sourceCurrent.cwiseAbs().maxCoeff());
    EXPECT_LE((s.current.col(0) - p.current).cwiseAbs().sum(), 2e-9 * scale);
    EXPECT_NEAR(s.sourcePowerW[0], power, 2e-9 * power + 1e-25);
  }
}

TEST(CircuitSolver, IterationAndNewtonAgree) {
  std::mt19937_64 random(3);
  for (int k = 0; k < 10; ++k) {
    const CircuitCase c = randomCase(random, 24, 20, {2, 3, 100, 30}, 1e-6, 1e-4, 0.05);
    const CircuitSolver solver(arrayOf(c, lawNumber(k)), c.wires);
    const CircuitSolution fast = solver.solve(voltagesOf(c));
    EXPECT_EQ(fast.fallbacks, 0);
    const OperatingPoint safe =
        solveNewton(solver.network(), voltagesOf(c), std::vector<double>(480, 0.0), {}, 1e-11, 0);
    EXPECT_LE((fast.current.col(0) - safe.current).cwiseAbs().maxCoeff(),
              1e-9 * safe.current.cwiseAbs().maxCoeff());
  }
}

TEST(CircuitSolver, HopelessWiresAndShortsConverge) {
  std::mt19937_64 random(4);
  CircuitCase c = randomCase(random, 20, 20, {50, 50, 1e3, 1e3}, 1e-5, 1e-2, 0.1);
  for (int k = 0; k < 400; k += 37) c.conductance[static_cast<std::size_t>(k)] = 10.0;
  const CircuitSolver solver(arrayOf(c, std::make_shared<SinhLaw>(4.0)), c.wires);
  const CircuitSolution s = solver.solve(voltagesOf(c));
  EXPECT_GT(s.fallbacks, 0);
  EXPECT_LE(s.residual[0], 1e-9);
}

TEST(CircuitSolver, AnInputsSolutionDoesNotDependOnItsBatch) {
  std::mt19937_64 random(5);
  const CircuitCase c = randomCase(random, 33, 19, {2, 2, 0, 0}, 1e-6, 1e-4, 0.05);
  const CircuitSolver solver(arrayOf(c, std::make_shared<SinhLaw>(2.0)), c.wires);
  Eigen::MatrixXd v = randomVoltages(33, 21, -0.5, 0.5, 6);
  v.col(3) *= 0.01;
  v.col(4).setZero();
  for (const double tolerance : {1e-9, 1e-3}) {
    CircuitOptions options;
    options.tolerance = tolerance;
    const CircuitSolution all = solver.solve(v, options);
    for (Eigen::Index b = 0; b < v.cols(); ++b) {
      const CircuitSolution one = solver.solve(v.col(b), options);
      EXPECT_TRUE(one.current.col(0) == all.current.col(b)) << b;
      EXPECT_EQ(one.residual[0], all.residual[static_cast<std::size_t>(b)]);
    }
    EXPECT_TRUE(all.current.col(4) == Eigen::VectorXd::Zero(19));
  }
}

TEST(CircuitSolver, TheSameBitsWithEveryFusedInstructionSet) {
  std::mt19937_64 random(7);
  const CircuitCase c = randomCase(random, 18, 23, {2, 2, 10, 0}, 1e-6, 1e-4, 0.05);
  const CircuitSolver solver(arrayOf(c, std::make_shared<SinhLaw>(2.0)), c.wires);
  const Eigen::MatrixXd v = randomVoltages(18, 9, 0.0, 0.5, 8);
  Eigen::MatrixXd first;
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    const Eigen::MatrixXd current = solver.solve(v).current;
    if (first.size() == 0) first = current;
    if (hasFma(target)) {
      EXPECT_TRUE(current == first) << target;
    } else {
      EXPECT_LE((current - first).cwiseAbs().maxCoeff(), 1e-9 * first.maxCoeff());
    }
  }
}

TEST(CircuitSolver, DeliversTheToleranceThatIsAskedFor) {
  std::mt19937_64 random(9);
  for (int k = 0; k < 12; ++k) {
    SCOPED_TRACE(k);
    const CircuitCase c = randomCase(random, 32, 48, {1, 1, k % 2 ? 500.0 : 0.0, 0}, 1e-6, 1e-4, 0.02);
    const CircuitSolver solver(arrayOf(c, lawNumber(k)), c.wires);
    const Eigen::MatrixXd v = randomVoltages(32, 20, k % 3 ? 0.0 : -0.5, 0.5, 10);
    CircuitOptions exact;
    exact.tolerance = 1e-12;
    const Eigen::MatrixXd reference = solver.solve(v, exact).current;
    for (const double tolerance : {1e-2, 1e-3, 1e-4, 1e-6}) {
      CircuitOptions options;
      options.tolerance = tolerance;
      const CircuitSolution s = solver.solve(v, options);
      for (Eigen::Index b = 0; b < v.cols(); ++b) {
        const OperatingPoint p = solver.operatingPoint(v.col(b), exact);
        const double scale = std::max(p.current.cwiseAbs().maxCoeff(), p.sourceCurrent.cwiseAbs().maxCoeff());
        EXPECT_LE((s.current.col(b) - reference.col(b)).cwiseAbs().sum(), tolerance * scale);
        EXPECT_LE(s.residual[static_cast<std::size_t>(b)], tolerance);
      }
    }
  }
}

TEST(CircuitSolver, DeliversTheErrorThatIsAskedFor) {
  std::mt19937_64 random(19);
  for (int k = 0; k < 24; ++k) {
    SCOPED_TRACE(k);
    const CircuitCase c =
        randomCase(random, 32, 48, {k % 4 ? 1.0 : 8.0, 2, k % 2 ? 500.0 : 0.0, 0}, 1e-6, 1e-4, 0.02);
    const CircuitSolver solver(arrayOf(c, lawNumber(k)), c.wires);
    const Eigen::MatrixXd v = randomVoltages(32, 20, k % 3 ? 0.0 : -0.5, 0.5, 10);
    CircuitOptions exact;
    exact.tolerance = 1e-12;
    const Eigen::MatrixXd reference = solver.solve(v, exact).current;
    for (const double error : {1e-2, 1e-3, 1e-4, 1e-5, 1e-6}) {
      CircuitOptions options;
      options.error = error;
      const CircuitSolution s = solver.solve(v, options);
      for (Eigen::Index b = 0; b < v.cols(); ++b) {
        const OperatingPoint p = solver.operatingPoint(v.col(b), exact);
        const double scale = std::max(p.current.cwiseAbs().maxCoeff(), p.sourceCurrent.cwiseAbs().maxCoeff());
        const double found = (s.current.col(b) - reference.col(b)).cwiseAbs().maxCoeff();
        EXPECT_LE(found, s.error[static_cast<std::size_t>(b)] * scale);
        EXPECT_LE(s.error[static_cast<std::size_t>(b)], error);
      }
    }
  }
}

TEST(CircuitSolver, FloatingWordLinesCarryNoCurrent) {
  std::mt19937_64 random(11);
  CircuitCase c = randomCase(random, 12, 10, {2, 2, 10, 10}, 1e-6, 1e-4, 0.1);
  c.voltage[2] = c.voltage[7] = c.voltage[8] = 0.0;
  for (int j = 0; j < 10; ++j) c.conductance[static_cast<std::size_t>(80 + j)] = 0.0;  // nothing on line 8
  const CircuitSolver solver(arrayOf(c, std::make_shared<SinhLaw>(2.0)), c.wires);
  CircuitOptions options;
  options.floatZeros = true;
  const OperatingPoint p = solver.operatingPoint(voltagesOf(c), options);
  EXPECT_LE(p.residual, 1e-9);
  const double scale = p.current.cwiseAbs().maxCoeff();
  for (const int row : {2, 7, 8}) EXPECT_NEAR(p.sourceCurrent[row], 0.0, 1e-9 * scale);
  // The same with sources of such resistance that they are as good as none.
  EXPECT_GT(std::abs(p.wordVoltage(2, 0)), 1e-3);
  const CircuitSolution grounded = solver.solve(voltagesOf(c));
  const CircuitSolution open = solver.solve(voltagesOf(c), options);
  EXPECT_GT((grounded.current - open.current).cwiseAbs().maxCoeff(), 1e-4 * scale);
  EXPECT_LE((open.current.col(0) - p.current).cwiseAbs().maxCoeff(), 1e-9 * scale);
}

TEST(CircuitSolver, GradientsEqualFiniteDifferences) {
  std::mt19937_64 random(12);
  for (const Wires& wires : {Wires{2, 3, 100, 30}, Wires{5, 0, 0, 10}, Wires{0, 0, 0, 0}}) {
    CircuitCase c = randomCase(random, 9, 7, wires, 1e-6, 1e-4, 0.05);
    const Eigen::VectorXd weights = randomVoltages(7, 1, -1.0, 1.0, 13);
    const auto law = std::make_shared<SinhLaw>(3.0);
    CircuitOptions exact;
    exact.tolerance = 1e-13;
    const auto value = [&] {
      return weights.dot(CircuitSolver(arrayOf(c, law), wires).solve(voltagesOf(c), exact).current.col(0));
    };
    const CircuitSolver solver(arrayOf(c, law), wires);
    const OperatingPoint p = solver.operatingPoint(voltagesOf(c), exact);
    const CircuitGradient g = solver.gradient(p, weights);
    const auto central = [&](double& x, double h) {
      const double at = x;
      x = at + h;
      const double up = value();
      x = at - h;
      const double down = value();
      x = at;
      return (up - down) / (2 * h);
    };
    const double steepest = g.voltage.cwiseAbs().maxCoeff();
    for (int i = 0; i < 9; ++i)
      EXPECT_NEAR(g.voltage[i], central(c.voltage[static_cast<std::size_t>(i)], 1e-4), 1e-6 * steepest) << i;
    for (int i = 0; i < 9; ++i) {
      for (int j = 0; j < 7; ++j) {
        double& cell = c.conductance[static_cast<std::size_t>(i * 7 + j)];
        if (cell == 0.0) continue;
        const double expected = central(cell, 1e-3 * cell);
        EXPECT_NEAR(g.cellCurrent(i, j) * p.cellCurrent(i, j) / cell, expected, 1e-5) << i << ' ' << j;
      }
    }
  }
}

/// A cell that no Newton step finds: its slope is nowhere what its current does.
class Treacherous final : public CellBranch {
 public:
  void evaluate(int, std::size_t lanes, const double* w, const double* b, double* i, double* dw,
                double* db) const override {
    for (std::size_t k = 0; k < 2 * lanes; ++k) {
      i[k] = 1e-3 * std::sin(1e6 * (w[k] - (b == nullptr ? 0.0 : b[k])));
      if (dw != nullptr) dw[k] = 1e-6, db[k] = -1e-6;
    }
  }
  void evaluate(int, std::size_t, const float*, const float*, float*, float*, float*) const override {}
};

TEST(CircuitSolver, NoConvergenceIsAnErrorThatNamesTheInput) {
  const CircuitSolver solver(2, 2, std::make_shared<Treacherous>(), {10, 10, 100, 100});
  CircuitOptions options;
  options.allowSingle = false;
  const Eigen::MatrixXd v = Eigen::MatrixXd::Constant(2, 3, 0.3);
  try {
    solver.solve(v, options);
    FAIL();
  } catch (const RunFailure& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("input 0 of the 2x2 array did not converge"));
  }
}

TEST(CircuitSolver, BadInputIsOneLine) {
  const CircuitCase c{2, 2, {1, 1, 0, 0}, {1e-6, 1e-6, 1e-6, 1e-6}, {0.1, 0.2}};
  const CircuitSolver solver(arrayOf(c, std::make_shared<LinearLaw>()), c.wires);
  EXPECT_THROW(solver.solve(Eigen::MatrixXd::Zero(3, 1)), BadInput);
  EXPECT_THROW(solver.solve(Eigen::MatrixXd::Constant(2, 1, NAN)), BadInput);
  EXPECT_THROW(CircuitSolver(arrayOf(c, std::make_shared<LinearLaw>()), {-1, 0, 0, 0}), BadInput);
  EXPECT_THROW(solver.gradient(solver.operatingPoint(Eigen::VectorXd::Zero(2)), Eigen::VectorXd::Zero(3)),
               BadInput);
}

}  // namespace
}  // namespace crosstile
