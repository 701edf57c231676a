// SPDX-License-Identifier: Apache-2.0
// Whole circuits with access devices, tables and metastable switches: against ngspice, against the nodes' own
// books, and what a read does to their cells.
#include <gtest/gtest.h>

#include "circuit_case.h"
#include "models/base/error.h"
#include "models/crossbar/circuit_solver.h"
#include "models/crossbar/read_disturb.h"
#include "models/crossbar/series_branch.h"
#include "models/device/metastable_switch.h"
#include "models/device/sinh.h"
#include "models/device/tabulated.h"
#include "spice.h"

namespace crosstile {
namespace {

std::string number(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", x);
  return text;
}

AccessConfig accessOf(const char* kind) {
  AccessConfig config;
  config.kind = kind;
  return config;
}

CircuitSolver solverOf(const CircuitCase& c, const std::shared_ptr<const DeviceLaw>& law,
                       const AccessConfig& access) {
  return {c.rows, c.columns, makeSeriesBranch(arrayOf(c, law), access), c.wires};
}

Eigen::VectorXd voltagesOf(const CircuitCase& c) {
  return Eigen::Map<const Eigen::VectorXd>(c.voltage.data(), c.rows);
}

class AccessCircuit : public testing::TestWithParam<const char*> {};

TEST_P(AccessCircuit, IsNgspices) {
  if (!test::ngspiceIsThere()) GTEST_SKIP() << "ngspice is not installed (Debian package ngspice)";
  const AccessConfig access = accessOf(GetParam());
  std::mt19937_64 random(21);
  for (const Wires& wires : {Wires{1, 1, 0, 0}, Wires{5, 2.5, 500, 100}}) {
    const CircuitCase c = randomCase(random, 16, 16, wires, 1e-6, 1e-4, 0.03);
    SpiceCrossbar spice{c.rows, c.columns, c.wires, c.voltage, {}, {}, 1e-11};
    spice.models = ".model access nmos level=1 kp=" + number(access.kp) +
                   " vto=" + number(access.threshold.value) + " lambda=" + number(access.lambda) +
                   " gamma=0 is=1e-40\nVbulk bulk 0 -5\nVgate gate 0 " + number(access.gateVoltage.value) +
                   "\n";
    spice.cell = [&](int i, int j, const std::string& word, const std::string& bit) -> std::string {
      const double g = c.conductance[static_cast<std::size_t>(i * c.columns + j)];
      if (g == 0.0) return "";
      const std::string place = std::to_string(i) + "_" + std::to_string(j), inner = "d" + place;
      const std::string cell = "B" + place + " " + word + " " + inner + " I=" + number(g / 2) +
                               "*sinh(2*(v(" + word + ")-v(" + inner + ")))\n";
      if (access.kind == "selector")
        return cell + "Bs" + place + " " + inner + " " + bit + " I=" + number(access.selectorI0.value) +
               "*sinh((v(" + inner + ")-v(" + bit + "))/" + number(access.selectorV0.value) + ")\n";
      return cell + "M" + place + " " + inner + " gate " + bit +
             " bulk access w=" + number(access.widthOverLength) + "u l=1u\n";
    };
    const std::vector<double> expected = spice.currents();
    const CircuitSolution found = solverOf(c, std::make_shared<SinhLaw>(2.0), access).solve(voltagesOf(c));
    EXPECT_LE(found.residual[0], 1e-9);
    for (int j = 0; j < c.columns; ++j)
      EXPECT_NEAR(found.current(j, 0), expected[static_cast<std::size_t>(j)], 1e-9 * largest(expected)) << j;
  }
}

TEST_P(AccessCircuit, RandomCircuitsKeepKirchhoffsAndTellegensBooks) {
  std::mt19937_64 random(22);
  std::uniform_int_distribution<int> size(1, 12);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (int trial = 0; trial < 150; ++trial) {
    const auto wire = [&] { return uniform(random) < 0.3 ? 0.0 : 20.0 * uniform(random); };
    CircuitCase c = randomCase(random, size(random), size(random), {wire(), wire(), 10 * wire(), wire()},
                               1e-7, 1e-3, 0.1);
    if (trial % 7 == 0) c.conductance[0] = 0.1;  // stuck short
    const CircuitSolver solver = solverOf(c, std::make_shared<SinhLaw>(3.0), accessOf(GetParam()));
    const OperatingPoint point = solver.operatingPoint(voltagesOf(c));
    EXPECT_LE(point.residual, 1e-9) << trial;
    EXPECT_NEAR(point.sourcePowerW, point.cellPowerW + point.wirePowerW,
                1e-9 * std::abs(point.sourcePowerW) + 1e-20)
        << trial;
    const CircuitSolution solution = solver.solve(voltagesOf(c));
    EXPECT_LE((solution.current.col(0) - point.current).cwiseAbs().maxCoeff(),
              2e-9 * std::max(point.current.cwiseAbs().maxCoeff(), point.sourceCurrent.cwiseAbs().maxCoeff()))
        << trial;
  }
}

TEST_P(AccessCircuit, AReadDisturbsCellsByTheirOwnVoltages) {
  std::mt19937_64 random(23);
  CircuitCase c = randomCase(random, 5, 4, {5, 5, 0, 0}, 1.0 / 1500, 1.0 / 500, 0.1);
  MetastableSwitchConfig config;
  const auto law = std::make_shared<MeanMetastableSwitchLaw>(config, Kelvin{298.5});
  const auto array = arrayOf(c, law);
  const std::shared_ptr<const CellBranch> branch = makeSeriesBranch(array, accessOf(GetParam()));
  const CircuitSolver solver(c.rows, c.columns, branch, c.wires);
  const OperatingPoint point = solver.operatingPoint(voltagesOf(c));
  const Seconds duration{3e-5};
  const auto after = disturbed(*array, solver.network().branch(), point, duration);
  for (int i = 0; i < c.rows; ++i) {
    for (int j = 0; j < c.columns; ++j) {
      const std::size_t k = static_cast<std::size_t>(i * c.columns + j);
      if (c.conductance[k] == 0.0) {
        EXPECT_EQ(after->conductance[k], 0.0);
        continue;
      }
      const double volt = point.cellCurrent(i, j) / c.conductance[k];  // the law is ohmic
      const double x = law->dynamics().state(law->dynamics().stateOf(c.conductance[k]), volt, duration);
      EXPECT_NEAR(after->conductance[k], law->dynamics().conductance(x), 1e-12 * after->conductance[k]);
    }
  }
  EXPECT_NE(after->hash, array->hash);
  EXPECT_THROW(disturbed(*programOneShot(DeviceConfig{}, {}, std::vector<double>{1e-6}, 1, 1, {}), *branch,
                         point, duration),
               BadInput);
}

INSTANTIATE_TEST_SUITE_P(Kinds, AccessCircuit, testing::Values("transistor", "selector"));

TEST(LawsInCircuits, ATableWithPlateausConvergesInAnyCircuit) {
  const TabulatedLaw law(std::vector<double>{-1.0, -0.3, -0.1, 0.0, 0.05, 0.2, 0.5, 0.9},
                         std::vector<double>{-3e-6, -1e-6, -1e-6, 0.0, 1e-6, 1e-6, 2e-5, 2.1e-5},
                         Volts{0.05});
  std::mt19937_64 random(24);
  for (int trial = 0; trial < 100; ++trial) {
    const CircuitCase c =
        randomCase(random, 1 + trial % 9, 1 + trial % 7, {3.0, 2.0, trial % 2 * 50.0, 0}, 1e-6, 1e-3, 0.1);
    const CircuitSolver solver(arrayOf(c, std::make_shared<TabulatedLaw>(law)), c.wires);
    const OperatingPoint point = solver.operatingPoint(voltagesOf(c));
    EXPECT_LE(point.residual, 1e-9) << trial;
    EXPECT_NEAR(point.sourcePowerW, point.cellPowerW + point.wirePowerW, 1e-9 * point.sourcePowerW + 1e-20);
    EXPECT_LE(solver.solve(voltagesOf(c)).residual[0], 1e-9) << trial;
  }
}

TEST(LawsInCircuits, AMetastableSwitchWithUnlikeBarriersIsNgspices) {
  if (!test::ngspiceIsThere()) GTEST_SKIP() << "ngspice is not installed (Debian package ngspice)";
  MetastableSwitchConfig config;
  config.phi = 0.6;
  config.forwardCurrent = Amperes{1e-6};
  config.reverseCurrent = Amperes{2e-7};
  config.forwardB = 6.0;
  config.reverseB = 9.0;
  std::mt19937_64 random(25);
  const CircuitCase c = randomCase(random, 12, 14, {2, 1, 50, 20}, 1.0 / 1500, 1.0 / 500, 0.05);
  SpiceCrossbar spice{c.rows, c.columns, c.wires, c.voltage, {}, {}, 1e-11};
  spice.cell = [&](int i, int j, const std::string& word, const std::string& bit) -> std::string {
    const double g = c.conductance[static_cast<std::size_t>(i * c.columns + j)];
    const std::string v = "(v(" + word + ")-v(" + bit + "))";
    if (g == 0.0) return "";
    return "B" + std::to_string(i) + "_" + std::to_string(j) + " " + word + " " + bit +
           " I=" + number(0.6 * g) + "*" + v + "+0.4*(1e-6*(exp(6*" + v + ")-1)-2e-7*(exp(-9*" + v +
           ")-1))\n";
  };
  const CircuitSolver solver(arrayOf(c, std::make_shared<MeanMetastableSwitchLaw>(config, Kelvin{298.5})),
                             c.wires);
  const CircuitSolution found = solver.solve(voltagesOf(c));
  const std::vector<double> expected = spice.currents();
  for (int j = 0; j < c.columns; ++j)
    EXPECT_NEAR(found.current(j, 0), expected[static_cast<std::size_t>(j)], 1e-9 * largest(expected)) << j;
}

}  // namespace
}  // namespace crosstile
