// SPDX-License-Identifier: Apache-2.0
// Circuits against ngspice, currents to 1e-9 of the largest: the linear one, and the nonlinear one with every
// law that ngspice can express.
#include <gtest/gtest.h>

#include "circuit_case.h"
#include "models/crossbar/circuit_solver.h"
#include "models/device/poole_frenkel.h"
#include "models/device/sinh.h"
#include "spice.h"

namespace crosstile {
namespace {

/// What a cell of conductance g is in a netlist, as the current of a behavioural source in the voltage v.
using Formula = std::function<std::string(double g, const std::string& v)>;

std::string number(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", x);
  return text;
}

SpiceCrossbar spiceOf(const CircuitCase& c, const Formula& formula) {
  SpiceCrossbar spice{c.rows, c.columns, c.wires, c.voltage, {}, {}, 1e-11};
  spice.cell = [&c, formula](int i, int j, const std::string& word, const std::string& bit) -> std::string {
    const double g = c.conductance[static_cast<std::size_t>(i * c.columns + j)];
    if (g == 0.0) return "";
    const std::string place = std::to_string(i) + "_" + std::to_string(j) + " " + word + " " + bit + " ";
    if (!formula) return "Rc" + place + number(1 / g) + "\n";
    return "B" + place + "I=" + formula(g, "(v(" + word + ")-v(" + bit + "))") + "\n";
  };
  return spice;
}

void expectEqual(const std::vector<double>& found, const std::vector<double>& spice) {
  ASSERT_EQ(found.size(), spice.size());
  for (std::size_t j = 0; j < found.size(); ++j)
    EXPECT_NEAR(found[j], spice[j], 1e-9 * largest(spice)) << "column " << j;
}

class Ngspice : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::ngspiceIsThere()) GTEST_SKIP() << "ngspice is not installed (Debian package ngspice)";
  }

  void expectCircuit(const CircuitCase& c, const std::shared_ptr<const DeviceLaw>& law,
                     const Formula& formula) {
    const CircuitSolver solver(arrayOf(c, law), c.wires);
    const Eigen::Map<const Eigen::VectorXd> v(c.voltage.data(), c.rows);
    const CircuitSolution solution = solver.solve(v);
    EXPECT_LE(solution.residual[0], 1e-9);
    const std::vector<double> current(solution.current.data(), solution.current.data() + c.columns);
    expectEqual(current, spiceOf(c, formula).currents());
  }
};

Formula sinhFormula(double b) {
  return [b](double g, const std::string& v) { return number(g / b) + "*sinh(" + number(b) + "*" + v + ")"; };
}

TEST_F(Ngspice, TheLinearCircuit) {
  std::mt19937_64 random(11);
  for (const Wires& wires : {Wires{1, 1, 0, 0}, Wires{2.5, 1.5, 500, 100}}) {
    const CircuitCase c = randomCase(random, 32, 32, wires, 1e-6, 1e-4, 0.03);
    expectEqual(currentsOf(c, solveEffectiveMatrix(c.conductance, c.rows, c.columns, c.wires)),
                spiceOf(c, {}).currents());
  }
}

TEST_F(Ngspice, SinhCells) {
  std::mt19937_64 random(12);
  for (const double b : {1.0, 2.0, 4.0}) {
    SCOPED_TRACE(b);
    const CircuitCase c = randomCase(random, 16, 24, {b == 1.0 ? 0.5 : 5.0, 2.0, 0, 0}, 1e-6, 1e-4, 0.02);
    expectCircuit(c, std::make_shared<SinhLaw>(b), sinhFormula(b));
  }
}

TEST_F(Ngspice, ReferenceTechnologyOf64x64) {
  std::mt19937_64 random(13);
  CircuitCase c = randomCase(random, 64, 64, {2.5, 2.5, 500, 100}, 1e-5 / 6, 1e-5, 0.0);
  for (double& v : c.voltage) v = 0.25 * (v + 1.0);
  expectCircuit(c, std::make_shared<SinhLaw>(2.0), sinhFormula(2.0));
}

TEST_F(Ngspice, PooleFrenkelCellsOfEitherSign) {
  std::mt19937_64 random(14);
  const CircuitCase c = randomCase(random, 16, 16, {1, 1, 10, 10}, 1e-6, 1e-4, 0.02);
  expectCircuit(c, std::make_shared<SimplePooleFrenkelLaw>(3.0), [](double g, const std::string& v) {
    return number(g) + "*" + v + "*exp(3*(sqrt(abs(" + v + ")+1e-6)-sqrt(1e-6)))";
  });
}

TEST_F(Ngspice, StuckCellsAndMissingWires) {
  std::mt19937_64 random(15);
  for (const Wires& wires : {Wires{1, 0, 0, 0}, Wires{0, 1, 100, 0}, Wires{2, 1, 0, 50}}) {
    CircuitCase c = randomCase(random, 16, 12, wires, 1e-6, 1e-4, 0.1);
    c.conductance[5] = c.conductance[40] = 0.1;
    expectCircuit(c, std::make_shared<SinhLaw>(2.0), sinhFormula(2.0));
  }
}

TEST_F(Ngspice, WordLinesDrivenFromBothEnds) {
  std::mt19937_64 random(16);
  for (const double source : {0.0, 300.0}) {
    CircuitCase c = randomCase(random, 12, 16, {5, 5, source, 0}, 1e-6, 1e-4, 0.0);
    c.wires.bothEnds = true;
    expectCircuit(c, std::make_shared<SinhLaw>(2.0), sinhFormula(2.0));
  }
}

}  // namespace
}  // namespace crosstile
