// SPDX-License-Identifier: Apache-2.0
// Device laws: published currents, oddness, monotony, slopes, residuals, registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/crossbar/array_config.h"
#include "models/device/device_law.h"
#include "models/device/log_linear.h"
#include "models/device/poole_frenkel.h"
#include "models/device/sinh.h"

namespace crosstile {
namespace {

nlohmann::json sioxGolden() {
  std::ifstream file(CROSSTILE_SOURCE_DIR "/tests/golden/siox_poole_frenkel.json");
  return nlohmann::json::parse(file);
}

DeviceConfig sioxConfig(const nlohmann::json& golden, const char* range) {
  const auto& p = golden.at(range);
  DeviceConfig config;
  config.law = "poole_frenkel";
  config.gOff = Siemens{p.at("G_off").get<double>()};
  config.gOn = Siemens{p.at("G_on").get<double>()};
  for (int k = 0; k < 2; ++k) {
    config.pfSlope[k] = p.at("slopes").at(k);
    config.pfIntercept[k] = p.at("intercepts").at(k);
  }
  config.pfCovariance = {p.at("cov").at(0).at(0), p.at("cov").at(0).at(1), p.at("cov").at(1).at(1)};
  config.temperature = Kelvin{golden.at("temperature_K").get<double>()};
  return config;
}

/// Current and slope of one cell.
std::pair<double, double> at(const DeviceLaw& law, double g, double v) {
  const std::vector<double> conductance{g}, voltage{v};
  std::vector<double> parameters(law.parameterCount()), current(1), slope(1);
  law.prepare(conductance, nullptr, parameters);
  law.evaluate(parameters, voltage, current, slope);
  return {current[0], slope[0]};
}

TEST(PooleFrenkel, AgreesWithThePublishedCurves) {
  const auto golden = sioxGolden();
  for (const char* range : {"low_R", "high_R"}) {
    const auto law = makeDeviceLaw(sioxConfig(golden, range));
    ASSERT_GE(golden.at(range).at("curves").size(), 20U);
    for (const auto& row : golden.at(range).at("curves")) {
      const double expected = row.at(2);
      EXPECT_NEAR(at(*law, row.at(0), row.at(1)).first, expected, 1e-6 * std::abs(expected))
          << range << ' ' << row;
    }
  }
}

TEST(PooleFrenkel, ResidualsHaveTheConfiguredCovariance) {
  const auto golden = sioxGolden();
  const DeviceConfig config = sioxConfig(golden, "high_R");
  const auto law = makeDeviceLaw(config);
  constexpr std::size_t n = 100000;
  const std::vector<double> g(n, 1e-6);
  std::vector<double> with(2 * n), without(2 * n);
  const RandomStream stream(StreamOwner{42, 0, 0, 0, 0}, Purpose::lawResidual);
  law->prepare(g, &stream, with);
  law->prepare(g, nullptr, without);
  double m1 = 0, m2 = 0, s11 = 0, s12 = 0, s22 = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x1 = std::log(with[i] / without[i]);           // of ln c
    const double x2 = -std::log(with[n + i] / without[n + i]);  // of ln d_eps
    m1 += x1, m2 += x2, s11 += x1 * x1, s12 += x1 * x2, s22 += x2 * x2;
  }
  const auto [c11, c12, c22] = config.pfCovariance;
  const double root = std::sqrt(double{n});
  EXPECT_NEAR(m1 / n, 0.0, 4 * std::sqrt(c11) / root);
  EXPECT_NEAR(m2 / n, 0.0, 4 * std::sqrt(c22) / root);
  EXPECT_NEAR(s11 / n, c11, 0.03 * c11);
  EXPECT_NEAR(s22 / n, c22, 0.03 * c22);
  EXPECT_NEAR(s12 / n, c12, 0.03 * c12);
}

TEST(PooleFrenkel, ResidualBelongsToTheCellNotToThePopulation) {
  const auto law = makeDeviceLaw(sioxConfig(sioxGolden(), "low_R"));
  const RandomStream stream(StreamOwner{1, 2, 3, 0, 0}, Purpose::lawResidual);
  const std::vector<double> few(3, 1e-3), many(10, 1e-3);
  std::vector<double> a(6), b(20);
  law->prepare(few, &stream, a);
  law->prepare(many, &stream, b);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(a[i], b[i]) << i;
}

class EveryLaw : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const DeviceLaw> make() const {
    if (GetParam() == "poole_frenkel_simple") return std::make_shared<SimplePooleFrenkelLaw>(3.0);
    DeviceConfig config = sioxConfig(sioxGolden(), "high_R");
    config.law = GetParam();
    config.sinhB = 4.0;
    config.mms.phi = 0.7;
    config.mms.forwardCurrent = config.mms.reverseCurrent = Amperes{1e-6};
    config.mms.forwardB = config.mms.reverseB = 6.0;
    config.tableVoltage = {0.0, 0.12, 0.3, 0.45};
    config.tableCurrent = {0.0, 1e-6, 5e-6, 2e-5};
    return makeDeviceLaw(config);
  }
};

TEST_P(EveryLaw, IsOddMonotoneAndZeroAtZero) {
  const auto law = make();
  EXPECT_EQ(law->name(), GetParam());
  EXPECT_EQ(at(*law, 1e-6, 0.0).first, 0.0);
  double before = 0.0;
  for (double v = 1e-4; v <= 0.5; v *= 1.3) {
    const double current = at(*law, 1e-6, v).first;
    EXPECT_GT(current, before) << v;
    EXPECT_EQ(at(*law, 1e-6, -v).first, -current) << v;
    before = current;
  }
}

TEST_P(EveryLaw, SlopeIsTheDerivative) {
  const auto law = make();
  for (const double v : {-0.4, -0.05, 0.01, 0.1, 0.5}) {
    const double h = 1e-5 * std::abs(v);
    const double numeric = (at(*law, 2e-6, v + h).first - at(*law, 2e-6, v - h).first) / (2 * h);
    EXPECT_NEAR(at(*law, 2e-6, v).second, numeric, 1e-7 * numeric) << v;
  }
}

TEST_P(EveryLaw, AnAbsentCellCarriesNoCurrent) {
  const auto law = make();
  EXPECT_EQ(at(*law, 0.0, 0.5).first, 0.0);
  EXPECT_EQ(at(*law, 0.0, 0.5).second, 0.0);
}

TEST_P(EveryLaw, LanesAreTheSameCells) {
  const auto law = make();
  const std::vector<double> g{1e-6, 3e-6, 0.0};
  std::vector<double> parameters(law->parameterCount() * 3), voltage;
  law->prepare(g, nullptr, parameters);
  for (int k = 0; k < 12; ++k) voltage.push_back(0.07 * k - 0.4);
  std::vector<double> current(12), slope(12);
  law->evaluateLanes(CellLanes<double>{parameters.data(), 3, 3, 4}, voltage.data(), current.data(),
                     slope.data());
  const std::vector<float> parameters32(parameters.begin(), parameters.end()),
      voltage32(voltage.begin(), voltage.end());
  std::vector<float> current32(12), slope32(12);
  law->evaluateLanes(CellLanes<float>{parameters32.data(), 3, 3, 4}, voltage32.data(), current32.data(),
                     slope32.data());
  for (std::size_t k = 0; k < 12; ++k) {
    const auto [i, s] = at(*law, g[k / 4], voltage[k]);
    EXPECT_NEAR(current[k], i, 1e-13 * std::abs(i)) << k;
    EXPECT_NEAR(slope[k], s, 1e-13 * s) << k;
    EXPECT_NEAR(current32[k], i, 1e-5 * std::abs(i)) << k;
    EXPECT_NEAR(slope32[k], s, 1e-5 * s) << k;
  }
}

INSTANTIATE_TEST_SUITE_P(Laws, EveryLaw,
                         testing::Values("linear", "sinh", "poole_frenkel", "poole_frenkel_simple",
                                         "log_linear", "tabulated", "mean_metastable_switch"));

TEST(Sinh, FollowsItsEquation) {
  const SinhLaw law(2.0);
  EXPECT_DOUBLE_EQ(at(law, 1e-5, 0.5).first, 1e-5 * std::sinh(1.0) / 2.0);
  EXPECT_FALSE(law.isLinear());
  EXPECT_DOUBLE_EQ(at(SinhLaw(0.0), 1e-5, 0.5).first, 5e-6);
}

TEST(SimplePooleFrenkel, FollowsItsEquation) {
  const SimplePooleFrenkelLaw law(3.0);
  EXPECT_DOUBLE_EQ(at(law, 1e-5, 0.3).first, 1e-5 * 0.3 * std::exp(3.0 * (std::sqrt(0.3 + 1e-6) - 1e-3)));
}

TEST(LogLinear, FollowsItsEquation) {
  const LogLinearLaw law(3.0, 0.0, Volts{0.25});
  EXPECT_NEAR(at(law, 1e-5, 0.25).first, 2.5e-6, 1e-20);  // G at the reference voltage
  EXPECT_NEAR(at(law, 1e-5, 0.5).first, 7.5e-6, 1e-19);   // n times that at twice the voltage
  EXPECT_NEAR(at(law, 1e-5, -1.0).first, -22.5e-6, 1e-18);
  EXPECT_EQ(at(law, 1e-5, 0.0).second, 0.0);
  const LogLinearLaw ohmic(2.0, 0.0, Volts{0.25});
  EXPECT_DOUBLE_EQ(at(ohmic, 1e-5, 0.7).first, 7e-6);
  EXPECT_DOUBLE_EQ(at(ohmic, 1e-5, 0.0).second, 1e-5);
}

/// n of every cell, from its exponent.
std::vector<double> drawnN(const LogLinearLaw& law, std::size_t cells) {
  const std::vector<double> g(cells, 1e-6);
  std::vector<double> parameters(2 * cells), n;
  const RandomStream stream(StreamOwner{3, 0, 0, 0, 0}, Purpose::lawResidual);
  law.prepare(g, &stream, parameters);
  for (std::size_t i = 0; i < cells; ++i) n.push_back(std::exp2(parameters[cells + i] + 1.0));
  return n;
}

TEST(LogLinear, NIsATruncatedNormalOfEachCell) {
  // Mean and variance of N(mu, s^2) truncated at 2, with a = (2 - mu)/s, q = phi(a)/(1 - Phi(a)):
  // mu + s q, s^2 (1 + a q - q^2).
  constexpr std::size_t kCells = 100000;
  for (const auto& [mu, s] : {std::pair{2.132, 0.095}, std::pair{2.989, 0.369}, std::pair{2.0, 0.5}}) {
    const std::vector<double> n = drawnN(LogLinearLaw(mu, s, Volts{0.25}), kCells);
    double sum = 0.0, square = 0.0;
    for (const double x : n) {
      EXPECT_GE(x, 2.0 - 1e-12);
      sum += x;
    }
    const double mean = sum / kCells;
    for (const double x : n) square += (x - mean) * (x - mean);
    const double a = (2.0 - mu) / s;
    const double q = std::exp(-0.5 * a * a) / std::sqrt(2.0 * M_PI) / (0.5 * std::erfc(a / std::sqrt(2.0)));
    const double sd = s * std::sqrt(1.0 + a * q - q * q);
    EXPECT_NEAR(mean, mu + s * q, 4 * sd / std::sqrt(double{kCells})) << mu;
    EXPECT_NEAR(std::sqrt(square / kCells), sd, 0.01 * sd) << mu;
  }
}

TEST(Registry, UnknownLawListsTheKnownOnes) {
  DeviceConfig config;
  config.law = "quadratic";
  try {
    makeDeviceLaw(config);
    FAIL() << "no error";
  } catch (const BadInput& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("\"quadratic\""));
    for (const std::string& name : deviceLawNames()) EXPECT_THAT(e.what(), testing::HasSubstr(name));
  }
}

TEST(Laws, RejectImpossibleParameters) {
  EXPECT_THROW(SinhLaw(-1.0), BadInput);
  EXPECT_THROW(SinhLaw(std::nan("")), BadInput);
  EXPECT_THROW(SimplePooleFrenkelLaw law(INFINITY), BadInput);
  EXPECT_THROW(LogLinearLaw(1.9, 0.1, Volts{0.25}), BadInput);
  EXPECT_THROW(LogLinearLaw(2.5, -0.1, Volts{0.25}), BadInput);
  EXPECT_THROW(LogLinearLaw(2.5, 0.1, Volts{0.0}), BadInput);
  PooleFrenkelLaw::Config config;
  config.covariance = {1.0, 2.0, 1.0};
  EXPECT_THROW(PooleFrenkelLaw{config}, BadInput);
  config.covariance = {};
  config.temperature = Kelvin{0.0};
  EXPECT_THROW(PooleFrenkelLaw{config}, BadInput);
}

}  // namespace
}  // namespace crosstile
