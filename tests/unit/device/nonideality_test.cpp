// SPDX-License-Identifier: Apache-2.0
// Nonidealities: moments of large populations within four standard errors of what is configured (seeds are
// fixed).
#include "models/device/nonideality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/error.h"
#include "models/device/stuck.h"
#include "tests/unit/device/refusal.h"

namespace crosstile {
namespace {

constexpr std::size_t kCells = 40000;

DeviceConfig device() {
  DeviceConfig d;
  d.gOff = Siemens{1e-6};
  d.gOn = Siemens{11e-6};
  return d;
}

RandomStream stream(Purpose purpose, std::uint64_t seed = 7) {
  return {StreamOwner{seed, 0, 0, 0, 0}, purpose};
}

struct Moments {
  double mean = 0.0;
  double sd = 0.0;
};
template <typename F>
Moments momentsOf(const std::vector<double>& x, F&& of) {
  double sum = 0.0, square = 0.0;
  for (const double v : x) sum += of(v);
  const double mean = sum / static_cast<double>(x.size());
  for (const double v : x) square += (of(v) - mean) * (of(v) - mean);
  return {mean, std::sqrt(square / static_cast<double>(x.size() - 1))};
}
double same(double x) {
  return x;
}

/// Mean within 4 sd/sqrt(n), standard deviation within 4 sd/sqrt(2n).
void expectMoments(const Moments& found, double mean, double sd) {
  EXPECT_NEAR(found.mean, mean, 4 * sd / std::sqrt(double{kCells}));
  EXPECT_NEAR(found.sd, sd, 4 * sd / std::sqrt(2.0 * kCells));
}

TEST(ProgrammingError, AddsTheTwoDeviationsInQuadrature) {
  std::vector<double> g(kCells, 5e-6);
  addProgrammingError(g, device(), 0.03, 0.02, stream(Purpose::programmingError));
  expectMoments(momentsOf(g, same), 5e-6, std::hypot(0.03 * 5e-6, 0.02 * 10e-6));
}

TEST(ProgrammingError, NeverMakesAConductanceNegative) {
  std::vector<double> g(kCells, 1e-6);
  addProgrammingError(g, device(), 0.0, 0.2, stream(Purpose::programmingError));
  EXPECT_GE(*std::min_element(g.begin(), g.end()), 0.0);
  EXPECT_GT(std::count(g.begin(), g.end(), 0.0), 0);
}

TEST(Stuck, RatesAndValues) {
  std::vector<double> g(kCells, 5e-6);
  NonidealityConfig n;
  n.stuckOff = 0.05;
  n.stuckOn = 0.02;
  stickCells(g, device(), n, stream(Purpose::stuckCell));
  const auto near = [&](double value, double p) {
    const double rate = static_cast<double>(std::count(g.begin(), g.end(), value)) / kCells;
    EXPECT_NEAR(rate, p, 4 * std::sqrt(p * (1 - p) / kCells)) << value;
  };
  near(1e-6, 0.05);
  near(11e-6, 0.02);
  near(5e-6, 0.93);
}

TEST(DeviceVariability, PreservesTheMeanResistance) {
  struct Case {
    double g, sigma;
  };
  // sigma of ln R: 0.1 at R_on = 90.9 kohm, 0.5 at R_off = 1 Mohm, linear in R between.
  const double middle = 0.5 * (1 / 11e-6 + 1e6);
  for (const Case c : {Case{11e-6, 0.1}, Case{1e-6, 0.5}, Case{1 / middle, 0.3}, Case{0.5e-6, 0.5}}) {
    std::vector<double> g(kCells, c.g);
    addDeviceVariability(g, device(), 0.1, 0.5, stream(Purpose::deviceVariability));
    const Moments lnR = momentsOf(g, [](double x) { return -std::log(x); });
    expectMoments(lnR, -std::log(c.g) - 0.5 * c.sigma * c.sigma, c.sigma);
    const double sdOfR = std::sqrt(std::exp(c.sigma * c.sigma) - 1) / c.g;
    EXPECT_NEAR(momentsOf(g, [](double x) { return 1 / x; }).mean, 1 / c.g,
                4 * sdOfR / std::sqrt(double{kCells}));
  }
}

TEST(Drift, FollowsThePowerLawOfEachCell) {
  std::vector<double> g(kCells, 5e-6);
  addDrift(g, 0.05, 0.01, Seconds{20.0}, Seconds{2000.0}, stream(Purpose::drift));
  const Moments nu = momentsOf(g, [](double x) { return -std::log(x / 5e-6) / std::log(100.0); });
  expectMoments(nu, 0.05, 0.01);
}

TEST(Drift, StartsAfterT0) {
  for (const double age : {0.0, 5.0, 20.0}) {
    std::vector<double> g{5e-6};
    addDrift(g, 0.05, 0.0, Seconds{20.0}, Seconds{age}, stream(Purpose::drift));
    EXPECT_EQ(g[0], 5e-6) << age;
  }
  std::vector<double> g{5e-6};
  addDrift(g, 0.05, 0.0, Seconds{20.0}, Seconds{40.0}, stream(Purpose::drift));
  EXPECT_DOUBLE_EQ(g[0], 5e-6 * std::pow(2.0, -0.05));
}

TEST(Drift, AnOlderCellKeepsItsExponent) {
  std::vector<double> young(50, 5e-6), old(50, 5e-6);
  addDrift(young, 0.05, 0.02, Seconds{20.0}, Seconds{200.0}, stream(Purpose::drift));
  addDrift(old, 0.05, 0.02, Seconds{20.0}, Seconds{20000.0}, stream(Purpose::drift));
  for (int i = 0; i < 50; ++i)
    EXPECT_NEAR(std::log(old[i] / 5e-6), 3 * std::log(young[i] / 5e-6), 1e-12) << i;
}

TEST(Levels, SnapsToTheNearestAndClampsToTheRange) {
  std::vector<double> g{0.0, 0.5e-6, 1.4e-6, 4.2e-6, 8.6e-6, 11e-6, 20e-6};
  snapToLevels(g, device(), 5);  // 1, 3.5, 6, 8.5, 11 uS
  const std::vector<double> expected{0.0, 1e-6, 1e-6, 3.5e-6, 8.5e-6, 11e-6, 11e-6};
  for (std::size_t i = 0; i < g.size(); ++i) EXPECT_NEAR(g[i], expected[i], 1e-18) << i;
  std::vector<double> continuous{4.2e-6};
  snapToLevels(continuous, device(), 0);
  EXPECT_EQ(continuous[0], 4.2e-6);
}

TEST(Nonidealities, LeaveAbsentCellsAbsent) {
  std::vector<double> g(100, 0.0);
  snapToLevels(g, device(), 4);
  addProgrammingError(g, device(), 0.1, 0.1, stream(Purpose::programmingError));
  NonidealityConfig n;
  n.stuckOff = n.stuckOn = 0.5;
  stickCells(g, device(), n, stream(Purpose::stuckCell));
  addDeviceVariability(g, device(), 0.5, 0.5, stream(Purpose::deviceVariability));
  addDrift(g, 0.1, 0.1, Seconds{1.0}, Seconds{10.0}, stream(Purpose::drift));
  EXPECT_THAT(g, testing::Each(0.0));
}

TEST(Nonidealities, OutOfRangeValuesNameTheirKey) {
  const auto message = [](auto change) { return test::refusal(device(), change); };
  using testing::HasSubstr;
  EXPECT_EQ(message([](auto&, auto&) {}), "accepted");
  EXPECT_THAT(message([](auto&, auto& n) { n.stuckOff = 1.5; }), HasSubstr("stuck_off"));
  EXPECT_THAT(message([](auto&, auto& n) { n.stuckOff = n.stuckOn = 0.6; }), HasSubstr("stuck_on"));
  EXPECT_THAT(message([](auto&, auto& n) { n.programmingErrorOfG = -0.1; }),
              HasSubstr("programming_error_of_g"));
  EXPECT_THAT(message([](auto&, auto& n) { n.d2dSigmaOff = NAN; }), HasSubstr("d2d_sigma_off"));
  EXPECT_THAT(message([](auto&, auto& n) { n.levels = 1; }), HasSubstr("levels"));
  EXPECT_THAT(message([](auto&, auto& n) { n.age = Seconds{-1}; }), HasSubstr("age"));
  EXPECT_THAT(message([](auto& d, auto&) { d.gOn = d.gOff; }), HasSubstr("g_on"));
}

}  // namespace
}  // namespace crosstile
