// SPDX-License-Identifier: Apache-2.0
// Both circuit solvers against the 33 reference circuits solved by Qucs (tests/golden/README.md).
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "circuit_case.h"
#include "models/crossbar/node_equations.h"

namespace crosstile {
namespace {

CircuitCase fromJson(const nlohmann::json& j) {
  CircuitCase c;
  c.rows = static_cast<int>(j.at("resistances").size());
  c.columns = static_cast<int>(j.at("resistances").at(0).size());
  c.wires.rWord = j.at("r_i_word_line");
  c.wires.rBit = j.at("r_i_bit_line");
  for (const auto& row : j.at("resistances")) {
    for (const auto& r : row) c.conductance.push_back(r.is_null() ? 0.0 : 1.0 / r.get<double>());
  }
  for (const auto& v : j.at("applied_voltages")) c.voltage.push_back(v.at(0));
  return c;
}

TEST(GoldenCircuits, BothSolversAgreeTo1e9OfTheLargestCurrent) {
  std::ifstream file(CROSSTILE_SOURCE_DIR "/tests/golden/crossbar_circuit.json");
  const auto golden = nlohmann::json::parse(file);
  ASSERT_EQ(golden.size(), 33U);
  for (const auto& [name, entry] : golden.items()) {
    SCOPED_TRACE(name);
    const CircuitCase c = fromJson(entry);
    const std::vector<double> expected = entry.at("I_out").at(0);
    const double tolerance = 1e-9 * largest(expected);
    const EffectiveMatrix effective = solveEffectiveMatrix(c.conductance, c.rows, c.columns, c.wires);
    EXPECT_LE(effective.residual, 1e-9);
    const std::vector<double> fast = currentsOf(c, effective);
    const NodeSolution nodes = solveNodes(c.conductance, c.rows, c.columns, c.wires, c.voltage);
    EXPECT_LE(nodes.residual, 1e-9);
    for (int j = 0; j < c.columns; ++j) {
      EXPECT_NEAR(fast[j], expected[j], tolerance) << j;
      EXPECT_NEAR(nodes.current[j], expected[j], tolerance) << j;
    }
    const auto checkNodes = [&](const Eigen::MatrixXd& found, const char* key) {
      for (int i = 0; i < c.rows; ++i) {
        for (int j = 0; j < c.columns; ++j) {
          // Between absent devices Qucs leaves some nodes out.
          const auto& v = entry.at(key).at(i).at(j);
          if (v.is_number()) {
            EXPECT_NEAR(found(i, j), v.get<double>(), 1e-9) << key << i << ' ' << j;
          }
        }
      }
    };
    checkNodes(nodes.wordVoltage, "V_wl");
    checkNodes(nodes.bitVoltage, "V_bl");
  }
}

}  // namespace
}  // namespace crosstile
