// SPDX-License-Identifier: Apache-2.0
// PooleFrenkelLayer against the law itself and against finite differences.
#include "models/crossbar/poole_frenkel_layer.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <tuple>
#include <vector>

namespace crosstile {
namespace {

PooleFrenkelLaw siox() {
  PooleFrenkelLaw::Config c;  // high-resistance range, Joksas et al. 2022
  c.slope = {-1.030230317777696, -0.09010781860450282};
  c.intercept = {-0.25059514794513227, -37.11860657563127};
  c.covariance = {0.03208283860060697, 0.09272695077717953, 0.3251081761056706};
  return PooleFrenkelLaw(c);
}

struct Case {
  std::size_t rows, columns, batch;
  std::vector<float> g, v, gradient, powerGradient;
};

/// Conductances of the range with absent cells, voltages of -0.5 to 0.5 V with silent rows, unit gradients.
Case randomCase(std::size_t rows, std::size_t columns, std::size_t batch) {
  Case c{rows, columns, batch, {}, {}, {}, {}};
  std::mt19937 random(7);
  std::uniform_real_distribution<float> unit(0.0F, 1.0F);
  for (std::size_t i = 0; i < rows * columns; ++i)
    c.g.push_back(unit(random) < 0.05F ? 0.0F : 0.52e-6F + 2.1e-6F * unit(random));
  for (std::size_t i = 0; i < batch * rows; ++i)
    c.v.push_back(unit(random) < 0.3F ? 0.0F : unit(random) - 0.5F);
  for (std::size_t i = 0; i < batch * columns; ++i) c.gradient.push_back(unit(random) - 0.5F);
  for (std::size_t i = 0; i < batch; ++i) c.powerGradient.push_back(2.0F * unit(random));
  return c;
}

/// L = sum of gradient * current + powerGradient * power, by the law in double precision.
double lossOf(const PooleFrenkelLaw& law, const Case& c, const std::vector<double>& g,
              const std::vector<double>& v, std::vector<double>* current = nullptr) {
  std::vector<double> parameters(2 * g.size());
  law.prepare(g, nullptr, parameters);
  double loss = 0.0;
  if (current != nullptr) current->assign(c.batch * c.columns, 0.0);
  for (std::size_t b = 0; b < c.batch; ++b) {
    std::vector<double> voltage(g.size()), i(g.size());
    for (std::size_t k = 0; k < g.size(); ++k) voltage[k] = v[b * c.rows + k / c.columns];
    law.evaluate(parameters, voltage, i, {});
    for (std::size_t k = 0; k < g.size(); ++k) {
      loss += i[k] * (c.gradient[b * c.columns + k % c.columns] + c.powerGradient[b] * voltage[k]);
      if (current != nullptr) (*current)[b * c.columns + k % c.columns] += i[k];
    }
  }
  return loss;
}

class PooleFrenkelLayerSizes : public testing::TestWithParam<std::tuple<int, int, int>> {};

TEST_P(PooleFrenkelLayerSizes, CurrentsPowerAndGradientsAreTheLaws) {
  const auto [rows, columns, batch] = GetParam();
  const Case c = randomCase(static_cast<std::size_t>(rows), static_cast<std::size_t>(columns),
                            static_cast<std::size_t>(batch));
  const PooleFrenkelLaw law = siox();
  PooleFrenkelLayer layer(law, c.rows, c.columns);
  layer.program(c.g.data(), nullptr, 0);
  std::vector<float> current(c.batch * c.columns), power(c.batch);
  layer.forward(c.v.data(), c.batch, current.data(), power.data());
  const std::vector<double> g(c.g.begin(), c.g.end()), v(c.v.begin(), c.v.end());
  std::vector<double> expected;
  const double loss = lossOf(law, c, g, v, &expected);
  double largest = 0.0, sum = 0.0;
  for (const double i : expected) largest = std::max(largest, std::abs(i));
  for (std::size_t k = 0; k < expected.size(); ++k) {
    EXPECT_NEAR(current[k], expected[k], 3e-6 * largest);
    sum += static_cast<double>(c.gradient[k]) * current[k];
  }
  for (std::size_t b = 0; b < c.batch; ++b) sum += static_cast<double>(c.powerGradient[b]) * power[b];
  EXPECT_NEAR(sum, loss, 1e-5 * largest * std::sqrt(static_cast<double>(expected.size())));

  std::vector<float> dG(c.g.size()), dV(c.v.size());
  layer.backward(c.v.data(), c.batch, c.gradient.data(), c.powerGradient.data(), dG.data(), dV.data());
  double scaleG = 0.0, scaleV = 0.0;
  for (const float x : dG) scaleG = std::max(scaleG, std::abs(static_cast<double>(x)));
  for (const float x : dV) scaleV = std::max(scaleV, std::abs(static_cast<double>(x)));
  ASSERT_GT(scaleG, 0.0);
  for (std::size_t k = 0; k < g.size(); k += 1 + g.size() / 97) {
    if (g[k] == 0.0) {
      EXPECT_EQ(dG[k], 0.0F);
      continue;
    }
    std::vector<double> up = g, down = g;
    up[k] *= 1.0 + 1e-5;
    down[k] *= 1.0 - 1e-5;
    EXPECT_NEAR(dG[k], (lossOf(law, c, up, v) - lossOf(law, c, down, v)) / (2e-5 * g[k]), 1e-5 * scaleG);
  }
  for (std::size_t k = 0; k < v.size(); k += 1 + v.size() / 97) {
    if (v[k] == 0.0) continue;
    std::vector<double> up = v, down = v;
    up[k] *= 1.0 + 1e-5;
    down[k] *= 1.0 - 1e-5;
    EXPECT_NEAR(dV[k], (lossOf(law, c, g, up) - lossOf(law, c, g, down)) / (2e-5 * v[k]), 1e-5 * scaleV);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PooleFrenkelLayerSizes,
                         testing::Values(std::tuple{1, 1, 1}, std::tuple{5, 20, 3}, std::tuple{40, 50, 7},
                                         std::tuple{17, 70, 16}));

/// ln c and ln d_eps (up to a constant) of a row of cells, from their currents at two voltages.
std::vector<std::array<double, 2>> measured(const PooleFrenkelLayer& layer) {
  const std::vector<float> volt = {0.1F, 0.4F};
  std::vector<float> current(2 * layer.columns());
  layer.forward(volt.data(), 2, current.data(), nullptr);
  std::vector<std::array<double, 2>> cells(layer.columns());
  for (std::size_t j = 0; j < cells.size(); ++j) {
    const double low = std::log(current[j] / 0.1), high = std::log(current[layer.columns() + j] / 0.4);
    const double field = (high - low) / (std::sqrt(0.4) - std::sqrt(0.1));
    cells[j] = {low - field * std::sqrt(0.1), -2.0 * std::log(field)};
  }
  return cells;
}

TEST(PooleFrenkelLayer, ResidualsHaveTheLawsCovarianceAndDependOnTheDraw) {
  const std::size_t cells = 100000;
  PooleFrenkelLayer layer(siox(), 1, cells);
  const std::vector<float> g(cells, 1e-6F);
  const RandomStream stream({3, 0, 1, 0, 0}, Purpose::lawResidual);
  layer.program(g.data(), nullptr, 0);
  const std::array<double, 2> nominal = measured(layer).front();
  layer.program(g.data(), &stream, 5);
  const auto drawn = measured(layer);
  double s11 = 0.0, s12 = 0.0, s22 = 0.0, m1 = 0.0, m2 = 0.0;
  for (const auto& cell : drawn) {
    const double x1 = cell[0] - nominal[0], x2 = cell[1] - nominal[1];
    m1 += x1 / cells, m2 += x2 / cells;
    s11 += x1 * x1 / cells, s12 += x1 * x2 / cells, s22 += x2 * x2 / cells;
  }
  EXPECT_NEAR(m1, 0.0, 4.0 * std::sqrt(0.032 / cells));
  EXPECT_NEAR(m2, 0.0, 4.0 * std::sqrt(0.325 / cells));
  EXPECT_NEAR(s11, 0.03208283860060697, 0.03 * 0.03208);
  EXPECT_NEAR(s12, 0.09272695077717953, 0.03 * 0.09273);
  EXPECT_NEAR(s22, 0.3251081761056706, 0.03 * 0.3251);

  layer.program(g.data(), &stream, 6);
  const auto other = measured(layer);
  EXPECT_NE(other[17], drawn[17]);
  layer.program(g.data(), &stream, 5);
  EXPECT_EQ(measured(layer), drawn);
}

}  // namespace
}  // namespace crosstile
