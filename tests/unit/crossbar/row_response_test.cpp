// SPDX-License-Identifier: Apache-2.0
// A row by itself against the exact circuit of an array that has nothing else.
#include "models/crossbar/row_response.h"

#include <gtest/gtest.h>

#include "models/base/random.h"
#include "models/crossbar/circuit_solver.h"
#include "models/device/sinh.h"

namespace crosstile {
namespace {

std::shared_ptr<ProgrammedArray> arrayOf(int rows, int columns) {
  auto a = std::make_shared<ProgrammedArray>();
  a->rows = rows;
  a->columns = columns;
  a->law = std::make_shared<SinhLaw>(2.0);
  const RandomStream stream({7}, Purpose::sampling);
  for (int c = 0; c < rows * columns; ++c)
    a->conductance.push_back(1e-6 + 9e-6 * stream.uniform(static_cast<std::uint64_t>(c)));
  a->cellParameters = a->conductance;
  return a;
}

TEST(RowResponse, IsTheCircuitOfOneRow) {
  for (const Wires& wires : {Wires{2.5, 0.0, 500.0, 0.0}, Wires{0.0, 0.0, 500.0, 0.0},
                             Wires{20.0, 0.0, 0.0, 0.0}, Wires{0.0, 0.0, 0.0, 0.0}}) {
    const auto array = arrayOf(1, 33);
    RowSolver solver(*array, wires);
    const std::vector<double> volts{0.0, 0.05, 0.3, 0.5};
    const RowResponse& r = solver.solve(0, volts);
    ASSERT_EQ(r.lanes, volts.size());
    const CircuitSolver circuit(array, wires);
    for (std::size_t l = 1; l < volts.size(); ++l) {
      const Eigen::VectorXd exact = circuit.solve(Eigen::VectorXd::Constant(1, volts[l])).current;
      for (std::size_t j = 0; j < 33; ++j) {
        EXPECT_NEAR(r.current[j * r.lanes + l], exact(static_cast<Eigen::Index>(j)), 1e-9 * exact.maxCoeff());
        EXPECT_EQ(r.current[j * r.lanes], 0.0);
      }
    }
  }
}

// All bit lines raised by b are a drive lowered by b: dI_j/dV = g_j (1 - y_j).
TEST(RowResponse, FollowsItsBitLines) {
  const auto array = arrayOf(3, 20);
  RowSolver solver(*array, {2.5, 1.0, 500.0, 100.0});
  const double h = 1e-5;
  const std::vector<double> volts{0.4 - h, 0.4, 0.4 + h};
  const RowResponse& r = solver.solve(1, volts);
  for (std::size_t j = 0; j < 20; ++j) {
    const double slope = (r.current[j * 3 + 2] - r.current[j * 3]) / (2.0 * h);
    EXPECT_NEAR(r.slope[j * 3 + 1] * (1.0 - r.follow[j * 3 + 1]), slope, 1e-6 * slope);
    EXPECT_GT(r.follow[j * 3 + 1], 0.0);
  }
}

TEST(RowResponse, AVoltageDoesNotDependOnItsNeighbours) {
  const auto array = arrayOf(2, 17);
  RowSolver solver(*array, {2.5, 1.0, 500.0, 100.0});
  const RowResponse alone = solver.solve(1, std::vector<double>{0.5});
  const RowResponse& many = solver.solve(1, std::vector<double>{0.0, 0.001, 0.5, 0.25, 0.3});
  for (std::size_t j = 0; j < 17; ++j) {
    EXPECT_EQ(alone.current[j], many.current[j * 5 + 2]);
    EXPECT_EQ(alone.follow[j], many.follow[j * 5 + 2]);
  }
}

}  // namespace
}  // namespace crosstile
