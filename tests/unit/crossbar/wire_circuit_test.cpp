// SPDX-License-Identifier: Apache-2.0
// The effective matrix against the node equations, for every combination of wires and for awkward arrays.
#include "models/crossbar/wire_circuit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "circuit_case.h"
#include "models/base/error.h"
#include "models/crossbar/node_equations.h"

namespace crosstile {
namespace {

/// Solves both ways and compares to 1e-9 of the largest current.
void expectAgreement(const CircuitCase& c) {
  SCOPED_TRACE(testing::Message() << c.rows << 'x' << c.columns << ", r_word " << c.wires.rWord << ", r_bit "
                                  << c.wires.rBit << ", r_source " << c.wires.rSource << ", r_sink "
                                  << c.wires.rSink);
  const EffectiveMatrix effective = solveEffectiveMatrix(c.conductance, c.rows, c.columns, c.wires);
  EXPECT_LE(effective.residual, 1e-9);
  const NodeSolution nodes = solveNodes(c.conductance, c.rows, c.columns, c.wires, c.voltage);
  const std::vector<double> current = currentsOf(c, effective);
  const double tolerance = 1e-9 * nodes.current.cwiseAbs().maxCoeff();
  for (int j = 0; j < c.columns; ++j) EXPECT_NEAR(current[j], nodes.current[j], tolerance) << "column " << j;
}

class WireCombinations : public testing::TestWithParam<int> {};

TEST_P(WireCombinations, AgreeWithTheNodeEquations) {
  const int mask = GetParam();
  const Wires wires{mask & 1 ? 2.0 : 0.0, mask & 2 ? 3.0 : 0.0, mask & 4 ? 150.0 : 0.0,
                    mask & 8 ? 70.0 : 0.0};
  std::mt19937_64 random(100 + mask);
  for (const auto& [rows, columns] : {std::pair{9, 9}, {12, 5}, {5, 12}, {17, 8}, {1, 7}, {7, 1}, {1, 1}}) {
    for (const double open : {0.0, 0.5, 0.95})
      expectAgreement(randomCase(random, rows, columns, wires, 1e-6, 1e-3, open));
  }
}
INSTANTIATE_TEST_SUITE_P(AllSixteen, WireCombinations, testing::Range(0, 16));

TEST(WireCircuit, HoldsFromGoodToHopelessWires) {
  std::mt19937_64 random(5);
  for (const double ohm : {1e-3, 1.0, 1e2, 1e4}) {
    expectAgreement(randomCase(random, 24, 24, {ohm, ohm, 0, 0}, 1e-6, 1e-4, 0.1));
    expectAgreement(randomCase(random, 24, 24, {ohm, 1.0, 1e3, 0}, 1e-6, 1e-4, 0.1));
    expectAgreement(randomCase(random, 24, 16, {1.0, ohm, 0, 1e3}, 1e-6, 1e-4, 0.1));
  }
}

TEST(WireCircuit, OpenArrayRowOrColumn) {
  std::mt19937_64 random(6);
  CircuitCase c = randomCase(random, 10, 10, {1, 1, 10, 10}, 1e-6, 1e-4, 0.0);
  for (int k = 0; k < 10; ++k) c.conductance[static_cast<std::size_t>(3 * 10 + k)] = 0.0;
  for (int k = 0; k < 10; ++k) c.conductance[static_cast<std::size_t>(k * 10 + 7)] = 0.0;
  expectAgreement(c);
  const EffectiveMatrix effective = solveEffectiveMatrix(c.conductance, 10, 10, c.wires);
  for (int k = 0; k < 10; ++k) EXPECT_EQ(effective.g[static_cast<std::size_t>(k * 10 + 7)], 0.0);
  const std::vector<double> none(100, 0.0);
  EXPECT_THAT(solveEffectiveMatrix(none, 10, 10, {1, 1, 0, 0}).g, testing::Each(0.0));
}

TEST(WireCircuit, ALargeArrayAgrees) {
  std::mt19937_64 random(7);
  expectAgreement(randomCase(random, 61, 47, {1, 1, 0, 0}, 1e-6, 1e-4, 0.02));
}

TEST(WireCircuit, PowerInEqualsPowerDissipated) {
  std::mt19937_64 random(8);
  const CircuitCase c = randomCase(random, 20, 30, {1, 2, 10, 20}, 1e-6, 1e-3, 0.1);
  const NodeSolution s = solveNodes(c.conductance, c.rows, c.columns, c.wires, c.voltage);
  EXPECT_GT(s.dissipatedPowerW, 0.0);
  EXPECT_NEAR(s.sourcePowerW, s.dissipatedPowerW, 1e-11 * s.dissipatedPowerW);
  EXPECT_LE(s.residual, 1e-9);
}

TEST(WireCircuit, VanishingWiresGiveTheConductancesThemselves) {
  std::mt19937_64 random(9);
  const CircuitCase c = randomCase(random, 16, 16, {1e-9, 1e-9, 0, 0}, 1e-6, 1e-4, 0.0);
  const EffectiveMatrix effective = solveEffectiveMatrix(c.conductance, 16, 16, c.wires);
  for (std::size_t k = 0; k < 256; ++k)
    EXPECT_NEAR(effective.g[k], c.conductance[k], 1e-10 * c.conductance[k]);
}

TEST(WireCircuit, ReferenceFiguresOf128x128Arrays) {
  // Four equal levels, on/off 15, 1 ohm wires, all word lines driven: share of the ohmic current that
  // arrives.
  struct Case {
    double rOn, share;
  };
  for (const Case c : {Case{1.33e3, 0.21}, Case{10e3, 0.64}, Case{100e3, 0.94}}) {
    std::mt19937_64 random(10);
    std::uniform_int_distribution<int> level(0, 3);
    const double on = 1 / c.rOn, off = on / 15;
    std::vector<double> g(128 * 128);
    for (double& x : g) x = off + (on - off) * level(random) / 3.0;
    const EffectiveMatrix effective = solveEffectiveMatrix(g, 128, 128, {1, 1, 0, 0});
    double arrived = 0.0, ohmic = 0.0;
    for (std::size_t k = 0; k < g.size(); ++k) {
      arrived += effective.g[k];
      ohmic += g[k];
    }
    EXPECT_NEAR(arrived / ohmic, c.share, 0.005) << c.rOn;
  }
}

TEST(WireCircuit, BadInputIsOneLine) {
  const std::vector<double> g(4, 1e-6);
  EXPECT_THROW(solveEffectiveMatrix(g, 2, 3, {}), BadInput);
  EXPECT_THROW(solveEffectiveMatrix(g, 2, 2, {-1, 0, 0, 0}), BadInput);
  EXPECT_THROW(solveEffectiveMatrix(g, 2, 2, {INFINITY, 0, 0, 0}), BadInput);
  const std::vector<double> bad{1e-6, -1e-6, NAN, 0};
  EXPECT_THROW(solveEffectiveMatrix(bad, 2, 2, {}), BadInput);
  EXPECT_THROW(solveEffectiveMatrix(g, 2, 2, {1, 1, 0, 0, true}), BadInput);
}

}  // namespace
}  // namespace crosstile
