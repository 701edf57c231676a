// SPDX-License-Identifier: Apache-2.0
// Large arrays with strong wires, where plain relaxation needs hundreds of sweeps; few inputs; changed cells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "circuit_case.h"
#include "models/base/error.h"
#include "models/crossbar/matrix_check.h"
#include "models/crossbar/node_equations.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {
namespace {

/// Cells uniform from 1 to 100 uS, one input.
CircuitCase uniformCase(int rows, int columns, double ohm) {
  std::mt19937_64 random(31);
  CircuitCase c = randomCase(random, rows, columns, {ohm, ohm, 0, 0}, 1e-6, 1e-4, 0.0);
  std::uniform_real_distribution<double> uniform(1e-6, 1e-4);
  for (double& g : c.conductance) g = uniform(random);
  return c;
}

std::vector<double> inputsOf(const CircuitCase& c, int count) {
  std::mt19937_64 random(32);
  std::uniform_real_distribution<double> uniform(-0.5, 0.5);
  std::vector<double> v(static_cast<std::size_t>(c.rows * count));
  for (double& x : v) x = uniform(random);
  return v;
}

double worstDifference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) worst = std::max(worst, std::abs(a[k] - b[k]));
  return worst;
}

/// Largest over the columns of sum_i |difference of g_ij| / sum_i g_ij.
double worstColumn(const CircuitCase& c, const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0.0;
  for (int j = 0; j < c.columns; ++j) {
    double difference = 0.0, sum = 0.0;
    for (int i = 0; i < c.rows; ++i) {
      const std::size_t k = static_cast<std::size_t>(i * c.columns + j);
      difference += std::abs(a[k] - b[k]);
      sum += b[k];
    }
    if (difference > 0.0) worst = std::max(worst, difference / sum);
  }
  return worst;
}

TEST(StrongWires, A256x256ArrayOf5OhmAgreesWithTheNodeEquations) {
  CircuitCase c = uniformCase(256, 256, 5.0);
  const EffectiveMatrix effective = solveEffectiveMatrix(c.conductance, 256, 256, c.wires);
  EXPECT_LE(effective.residual, 1e-10);
  const std::vector<double> inputs = inputsOf(c, 2);
  const InputSolution few = solveInputs(c.conductance, 256, 256, c.wires, inputs);
  EXPECT_TRUE(few.direct);
  EXPECT_LE(few.residual, 1e-10);
  for (std::size_t b = 0; b < 2; ++b) {
    c.voltage.assign(inputs.begin() + static_cast<std::ptrdiff_t>(256 * b),
                     inputs.begin() + static_cast<std::ptrdiff_t>(256 * (b + 1)));
    const NodeSolution nodes = solveNodes(c.conductance, 256, 256, c.wires, c.voltage);
    const std::vector<double> current = currentsOf(c, effective);
    const double tolerance = 1e-9 * nodes.current.cwiseAbs().maxCoeff();
    for (int j = 0; j < 256; ++j) {
      ASSERT_NEAR(current[static_cast<std::size_t>(j)], nodes.current[j], tolerance);
      ASSERT_NEAR(few.current[256 * b + static_cast<std::size_t>(j)], nodes.current[j], tolerance);
    }
  }
}

TEST(StrongWires, A512x512ArrayOf5OhmHasItsResidualAndItsFewInputs) {
  const CircuitCase c = uniformCase(512, 512, 5.0);
  const EffectiveMatrix effective = solveEffectiveMatrix(c.conductance, 512, 512, c.wires);
  EXPECT_LE(effective.residual, 1e-10);
  EXPECT_GT(effective.residual, 0.0);
  const InputSolution few = solveInputs(c.conductance, 512, 512, c.wires, c.voltage);
  EXPECT_TRUE(few.direct);
  EXPECT_LE(few.residual, 1e-10);
  EXPECT_LT(few.sweeps, 60);
  EXPECT_LE(worstDifference(few.current, currentsOf(c, effective)), 1e-9 * largest(few.current));
}

TEST(StrongWires, StuckShortsAndOpens) {
  std::mt19937_64 random(33);
  for (const double ohm : {1.0, 5.0}) {
    CircuitCase c = uniformCase(96, 80, ohm);
    std::uniform_int_distribution<std::size_t> anywhere(0, c.conductance.size() - 1);
    for (int k = 0; k < 50; ++k) c.conductance[anywhere(random)] = k % 2 == 0 ? 0.1 : 0.0;
    const EffectiveMatrix effective = solveEffectiveMatrix(c.conductance, 96, 80, c.wires);
    EXPECT_LE(effective.residual, 1e-9);
    const NodeSolution nodes = solveNodes(c.conductance, 96, 80, c.wires, c.voltage);
    const std::vector<double> current = currentsOf(c, effective);
    const InputSolution few = solveInputs(c.conductance, 96, 80, c.wires, c.voltage);
    for (int j = 0; j < 80; ++j) {
      ASSERT_NEAR(current[static_cast<std::size_t>(j)], nodes.current[j],
                  1e-9 * nodes.current.cwiseAbs().maxCoeff());
      ASSERT_NEAR(few.current[static_cast<std::size_t>(j)], nodes.current[j],
                  1e-9 * nodes.current.cwiseAbs().maxCoeff());
    }
  }
}

TEST(MatrixCheck, FindsAWrongElementAndBoundsTheError) {
  const CircuitCase c = uniformCase(64, 48, 5.0);
  EffectiveMatrix effective = solveEffectiveMatrix(c.conductance, 64, 48, c.wires);
  EXPECT_LE(checkMatrix(effective.g, c.conductance, 64, 48, c.wires).residual, 1e-10);
  std::vector<double> wrong = effective.g;
  wrong[17 * 48 + 5] *= 1.0 + 1e-6;
  const double found = checkMatrix(wrong, c.conductance, 64, 48, c.wires).residual;
  const double error = worstColumn(c, wrong, effective.g);
  EXPECT_GT(error, 1e-9);
  EXPECT_GE(found, 0.99 * error);
  EXPECT_LE(found, 2.0 * error);
  wrong[3] = NAN;
  EXPECT_FALSE(checkMatrix(wrong, c.conductance, 64, 48, c.wires).residual <= 1e-9);
}

TEST(FewInputs, AgreeWithTheMatrixForEveryCombinationOfWires) {
  for (const auto& [rows, columns] : {std::pair{40, 40}, {1, 50}, {50, 1}, {33, 70}}) {
    for (int mask = 0; mask < 16; ++mask) {
      std::mt19937_64 random(34 + mask);
      const Wires wires{mask & 1 ? 2.0 : 0.0, mask & 2 ? 3.0 : 0.0, mask & 4 ? 150.0 : 0.0,
                        mask & 8 ? 70.0 : 0.0};
      const CircuitCase c = randomCase(random, rows, columns, wires, 1e-6, 1e-3, 0.2);
      const InputSolution few = solveInputs(c.conductance, rows, columns, wires, c.voltage);
      const std::vector<double> expected =
          currentsOf(c, solveEffectiveMatrix(c.conductance, rows, columns, wires));
      EXPECT_LE(few.residual, 1e-9);
      EXPECT_LE(worstDifference(few.current, expected), 1e-9 * largest(expected))
          << rows << 'x' << columns << mask;
    }
  }
}

TEST(FewInputs, ManyTakeTheMatrixAndNoneIsNothing) {
  const CircuitCase c = uniformCase(64, 64, 1.0);
  EXPECT_TRUE(inputsAreFew(c.conductance, 64, 64, c.wires, 1));
  EXPECT_FALSE(inputsAreFew(c.conductance, 64, 64, c.wires, 64));
  EXPECT_FALSE(inputsAreFew(c.conductance, 64, 64, {0, 1, 0, 0}, 1));
  EXPECT_FALSE(solveInputs(c.conductance, 64, 64, c.wires, inputsOf(c, 64)).direct);
  EXPECT_TRUE(solveInputs(c.conductance, 64, 64, c.wires, {}).current.empty());
  EXPECT_THAT(solveInputs(c.conductance, 64, 64, c.wires, std::vector<double>(64, 0.0)).current,
              testing::Each(0.0));
}

TEST(FewInputs, SplitsIntoGroupsWithoutMixing) {
  const CircuitCase c = uniformCase(160, 160, 2.0);
  const std::vector<double> inputs = inputsOf(c, 11);
  const InputSolution all = solveInputs(c.conductance, 160, 160, c.wires, inputs);
  ASSERT_TRUE(all.direct);
  for (std::size_t b = 0; b < 11; ++b) {
    const std::vector<double> one(inputs.begin() + static_cast<std::ptrdiff_t>(160 * b),
                                  inputs.begin() + static_cast<std::ptrdiff_t>(160 * (b + 1)));
    const std::vector<double> part(all.current.begin() + static_cast<std::ptrdiff_t>(160 * b),
                                   all.current.begin() + static_cast<std::ptrdiff_t>(160 * (b + 1)));
    const InputSolution alone = solveInputs(c.conductance, 160, 160, c.wires, one);
    EXPECT_LE(worstDifference(alone.current, part), 1e-9 * largest(part));
  }
}

TEST(FewInputs, BadInputIsOneLine) {
  const CircuitCase c = uniformCase(8, 8, 1.0);
  EXPECT_THROW(solveInputs(c.conductance, 8, 8, c.wires, std::vector<double>(9, 0.1)), BadInput);
  EXPECT_THROW(solveInputs(c.conductance, 8, 8, c.wires, std::vector<double>(8, NAN)), BadInput);
}

enum class Way { kUpdate, kAnew };

/// Changes cells, and compares the result with a solution of everything: the same bits if that was the way.
void expectUpdate(CircuitCase c, const std::vector<CellChange>& changes, Way way = Way::kUpdate) {
  const EffectiveMatrix before = solveEffectiveMatrix(c.conductance, c.rows, c.columns, c.wires);
  const EffectiveMatrix updated = updateEffectiveMatrix(before, c.conductance, c.rows, c.columns, c.wires,
                                                        {changes.data(), changes.size()});
  for (const CellChange& change : changes)
    c.conductance[static_cast<std::size_t>(change.row * c.columns + change.column)] = change.conductance;
  const EffectiveMatrix after = solveEffectiveMatrix(c.conductance, c.rows, c.columns, c.wires);
  EXPECT_LE(updated.residual, 1e-9);
  EXPECT_EQ(updated.g == after.g, way == Way::kAnew);
  EXPECT_LE(worstColumn(c, updated.g, after.g), 1e-9);
  EXPECT_GT(worstDifference(before.g, after.g), 1e-6 * largest(after.g));  // that there was something to do
}

TEST(ChangedCells, UpdateAgreesWithASolutionOfEverything) {
  const CircuitCase c = uniformCase(128, 128, 5.0);
  for (const double g : {0.0, 2e-4, 0.1}) {
    expectUpdate(c, {{3, 100, g}});
    expectUpdate(c, {{0, 0, g}, {127, 127, 5e-5}, {64, 64, g}});
  }
  std::vector<CellChange> many;  // two in a row, two in a column, more than a group
  for (int k = 0; k < 13; ++k) many.push_back({10 + k / 2, 20 + 5 * (k % 2) + k / 6, 1e-4 * k / 13});
  expectUpdate(c, many);
  expectUpdate(uniformCase(60, 130, 1.0), many);
}

TEST(ChangedCells, RemovesAShortAndEmptiesAColumn) {
  CircuitCase c = uniformCase(96, 96, 2.0);
  c.conductance[40 * 96 + 50] = 0.1;
  expectUpdate(c, {{40, 50, 5e-5}});
  for (int i = 0; i < 96; ++i) c.conductance[static_cast<std::size_t>(i * 96 + 7)] = i == 30 ? 5e-5 : 0.0;
  expectUpdate(c, {{30, 7, 0.0}},
               Way::kAnew);  // nothing is left of the column's current to measure by: solved anew
}

TEST(ChangedCells, WithoutWireResistanceOrWithManyChangesEverythingIsSolved) {
  for (const Wires& wires : {Wires{0, 2, 0, 0}, Wires{2, 0, 0, 0}, Wires{0, 0, 0, 0}, Wires{0, 3, 100, 0}}) {
    CircuitCase c = uniformCase(20, 30, 1.0);
    c.wires = wires;
    expectUpdate(c, {{5, 6, 3e-4}}, Way::kAnew);
  }
  const CircuitCase c = uniformCase(24, 24, 5.0);
  std::vector<CellChange> all;
  for (int k = 0; k < 24 * 24; k += 2) all.push_back({k / 24, k % 24, 2e-4});
  expectUpdate(c, all, Way::kAnew);
}

TEST(ChangedCells, BadInputIsOneLine) {
  const CircuitCase c = uniformCase(8, 8, 1.0);
  const EffectiveMatrix before = solveEffectiveMatrix(c.conductance, 8, 8, c.wires);
  const auto update = [&](const std::vector<CellChange>& changes) {
    return updateEffectiveMatrix(before, c.conductance, 8, 8, c.wires, {changes.data(), changes.size()});
  };
  EXPECT_EQ(update({}).g, before.g);
  EXPECT_THROW(update({{8, 0, 1e-6}}), BadInput);
  EXPECT_THROW(update({{0, -1, 1e-6}}), BadInput);
  EXPECT_THROW(update({{0, 0, -1e-6}}), BadInput);
  EXPECT_THROW(update({{0, 0, 1e-6}, {0, 0, 2e-6}}), BadInput);
  EXPECT_THROW(updateEffectiveMatrix({}, c.conductance, 8, 8, c.wires, {}), BadInput);
}

}  // namespace
}  // namespace crosstile
