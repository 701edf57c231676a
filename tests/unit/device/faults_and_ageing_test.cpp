// SPDX-License-Identifier: Apache-2.0
// Stuck cells, yield maps, published programming models, and what age, reads and temperature do: populations
// of 100,000 cells (seeds are fixed).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/error.h"
#include "models/device/ageing.h"
#include "models/device/nonideality.h"
#include "models/device/stuck.h"
#include "tests/unit/device/refusal.h"

namespace crosstile {
namespace {

constexpr std::size_t kCells = 100000;
const double kRoot = std::sqrt(double{kCells});

DeviceConfig device() {
  DeviceConfig d;
  d.gOff = Siemens{1e-6};
  d.gOn = Siemens{25e-6};
  return d;
}

RandomStream stream(Purpose purpose) {
  return {StreamOwner{11, 0, 0, 0, 0}, purpose};
}

struct Moments {
  double mean = 0.0, sd = 0.0;
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
double shareOf(const std::vector<double>& g, double value) {
  return static_cast<double>(std::count(g.begin(), g.end(), value)) / static_cast<double>(g.size());
}
void expectShare(double found, double p) {
  EXPECT_NEAR(found, p, 3 * std::sqrt(p * (1 - p) / kCells));
}

TEST(DeviceVariability, KeepsTheMeanAndHasTheSpreadToOnePercent) {
  for (const double sigma : {0.05, 0.25, 0.5}) {
    std::vector<double> g(kCells, 5e-6);
    addDeviceVariability(g, device(), sigma, sigma, stream(Purpose::deviceVariability));
    EXPECT_NEAR(momentsOf(g, [](double x) { return 1 / x; }).mean, 2e5, 0.01 * 2e5) << sigma;
    EXPECT_NEAR(momentsOf(g, [](double x) { return std::log(x); }).sd, sigma, 0.01 * sigma);
  }
}

TEST(Stuck, EveryKindHasItsShare) {
  NonidealityConfig n;
  n.stuckOff = 0.05;
  n.stuckOn = 0.02;
  n.stuckValueProbability = 0.03;
  n.stuckValue = Siemens{7e-6};
  n.stuckDistributionProbability = 0.1;
  n.stuckConductances = {40e-6};  // one value: no bandwidth
  std::vector<double> g(kCells, 5e-6);
  stickCells(g, device(), n, stream(Purpose::stuckCell));
  expectShare(shareOf(g, 1e-6), 0.05);
  expectShare(shareOf(g, 25e-6), 0.02);
  expectShare(shareOf(g, 7e-6), 0.03);
  expectShare(shareOf(g, 40e-6), 0.1);
  expectShare(shareOf(g, 5e-6), 0.8);
}

TEST(Stuck, AtZeroIsOpen) {
  NonidealityConfig n;
  n.stuckValueProbability = 1.0;
  std::vector<double> g(4, 5e-6);
  stickCells(g, device(), n, stream(Purpose::stuckCell));
  EXPECT_THAT(g, testing::Each(0.0));
}

TEST(StuckDistribution, HasScottsBandwidthAndTheMomentsOfItsKernels) {
  const std::vector<double> measured{10e-6, 12e-6, 13e-6, 17e-6, 18e-6};
  const StuckDistribution distribution(measured);
  const double spread = std::sqrt((16.0 + 4.0 + 1.0 + 9.0 + 16.0) / 4.0) * 1e-6;  // around 14 uS
  EXPECT_NEAR(distribution.bandwidth(), spread * std::pow(5.0, -0.2), 1e-18);
  const RandomStream random = stream(Purpose::stuckCell);
  std::vector<double> g;
  for (std::size_t i = 0; i < kCells; ++i) g.push_back(distribution.draw(random, i));
  // Far from 0: mean of the kernels, variance of the sample (divisor n) plus h^2.
  const double sd = std::sqrt(46.0 / 5.0 * 1e-12 + std::pow(distribution.bandwidth(), 2));
  EXPECT_NEAR(momentsOf(g, same).mean, 14e-6, 4 * sd / kRoot);
  EXPECT_NEAR(momentsOf(g, same).sd, sd, 0.01 * sd);
}

TEST(StuckDistribution, KernelsAreTruncatedAtZeroAndRenormalised) {
  // Two samples at 0: bandwidth 0. At 0 and 2 uS the kernel at 0 becomes a half normal of mean h sqrt(2/pi).
  const std::vector<double> measured{0.0, 2e-6};
  const StuckDistribution distribution(measured);
  const double h = distribution.bandwidth(), a = -2e-6 / h;
  const double q = std::exp(-0.5 * a * a) / std::sqrt(2 * M_PI) / (0.5 * std::erfc(a / std::sqrt(2.0)));
  const double expected = 0.5 * h * std::sqrt(2 / M_PI) + 0.5 * (2e-6 + h * q);
  const RandomStream random = stream(Purpose::stuckCell);
  std::vector<double> g;
  for (std::size_t i = 0; i < kCells; ++i) g.push_back(distribution.draw(random, i));
  EXPECT_GE(*std::min_element(g.begin(), g.end()), 0.0);
  const Moments found = momentsOf(g, same);
  EXPECT_NEAR(found.mean, expected, 4 * found.sd / kRoot);
}

TEST(YieldMap, PutsFaultsWhereItSaysArrayByArray) {
  const double ok = NAN;
  YieldMap map{2, 2, {ok, 0.0, 3e-6, ok, /*array 1*/ ok, ok, ok, 25e-6}};
  const auto mapped = [&](std::size_t array) {
    std::vector<double> g{5e-6, 5e-6, 5e-6, 0.0};
    applyYieldMap(g, 2, 2, map, array);
    return g;
  };
  EXPECT_EQ(mapped(0), (std::vector<double>{5e-6, 0.0, 3e-6, 0.0}));
  EXPECT_EQ(mapped(1), (std::vector<double>{5e-6, 5e-6, 5e-6, 0.0}));  // an absent cell stays absent
  EXPECT_EQ(mapped(4), mapped(0));
  std::vector<double> g(6, 5e-6);
  EXPECT_THROW(applyYieldMap(g, 3, 2, map, 0), BadInput);
}

TEST(ProgrammingModel, HasThePublishedSpread) {
  struct Case {
    const char* model;
    double g, gOn, sigma;
  };
  for (const Case& c :
       {Case{"pcm", 25e-6, 25e-6, (0.26348 + 1.9650 - 1.1731) * 1e-6},
        Case{"pcm", 20e-6, 40e-6, 40.0 / 25.0 * (0.26348 + 0.98250 - 0.293275) * 1e-6},
        Case{"rram_milo", 100e-6, 225e-6, (4.782 - 0.9107) * 1e-6},
        Case{"rram_wan", 20e-6, 39e-6, (1.536e-4 * 8000 - 0.01167 * 400 + 0.2374 * 20 + 1.053) * 1e-6}}) {
    DeviceConfig d = device();
    d.gOn = Siemens{c.gOn};
    std::vector<double> g(kCells, c.g);
    addProgrammingError(g, d, 0.0, 0.0, stream(Purpose::programmingError), programmingSigma(c.model));
    const Moments found = momentsOf(g, same);
    EXPECT_NEAR(found.mean, c.g, 4 * c.sigma / kRoot) << c.model;
    EXPECT_NEAR(found.sd, c.sigma, 0.01 * c.sigma) << c.model;
  }
  EXPECT_EQ(programmingSigma("none"), nullptr);
  EXPECT_THROW(programmingSigma("pram"), BadInput);
}

TEST(ProgrammingModel, RefusesConductancesThatWereNotMeasured) {
  EXPECT_EQ(programmingModelLimits("pcm", Siemens{1.0}), "");
  EXPECT_EQ(programmingModelLimits("rram_wan", Siemens{39.3e-6}), "");
  EXPECT_THAT(programmingModelLimits("rram_wan", Siemens{40e-6}), testing::HasSubstr("39.3 uS"));
  EXPECT_THAT(programmingModelLimits("rram_milo", Siemens{40e-6}), testing::HasSubstr("50 uS"));
  EXPECT_THAT(programmingModelLimits("rram_milo", Siemens{226e-6}), testing::HasSubstr("225 uS"));
}

TEST(PcmDrift, ExponentFollowsTheConductance) {
  for (const double x : {1.0, 0.2, 0.01}) {
    const double mean = std::clamp(-0.0155 * std::log(x) + 0.0244, 0.049, 0.1);
    const double sd = std::clamp(-0.0125 * std::log(x) - 0.0059, 0.008, 0.045);
    std::vector<double> g(kCells, 25e-6 * x);
    addPcmDrift(g, Siemens{25e-6}, Seconds{20}, Seconds{2000}, stream(Purpose::drift));
    const Moments nu = momentsOf(g, [&](double v) { return -std::log(v / (25e-6 * x)) / std::log(100.0); });
    // |N(m, s)|: a folded normal.
    const double fold = sd * std::sqrt(2 / M_PI) * std::exp(-0.5 * mean * mean / sd / sd) +
                        mean * std::erf(mean / sd / std::sqrt(2.0));
    EXPECT_NEAR(nu.mean, fold, 4 * sd / kRoot) << x;
    EXPECT_NEAR(nu.sd, std::sqrt(mean * mean + sd * sd - fold * fold), 0.01 * sd) << x;
  }
  std::vector<double> young{5e-6};
  addPcmDrift(young, Siemens{25e-6}, Seconds{20}, Seconds{20}, stream(Purpose::drift));
  EXPECT_EQ(young[0], 5e-6);
}

TEST(PcmReadNoise, GrowsWithTheLogarithmOfTheAge) {
  const std::vector<double> programmed(kCells, 12.5e-6);
  for (const double age : {0.0, 1e5}) {
    std::vector<double> g(kCells, 10e-6);
    addPcmReadNoise(g, programmed, Siemens{25e-6}, Seconds{20}, Seconds{age},
                    stream(Purpose::lowFrequencyNoise));
    const double t = std::max(age, 20.0);
    const double sigma = 10e-6 * 0.0088 / std::pow(0.5, 0.65) * std::sqrt(std::log((t + 250e-9) / 500e-9));
    EXPECT_NEAR(momentsOf(g, same).mean, 10e-6, 4 * sigma / kRoot);
    EXPECT_NEAR(momentsOf(g, same).sd, sigma, 0.01 * sigma);
  }
}

TEST(Retention, RelaxesAtTheRateOfArrhenius) {
  DeviceConfig d = device();
  NonidealityConfig n;
  n.retentionTime = Seconds{1000};
  n.retentionActivationEnergy = 1.0;
  n.age = Seconds{500};
  std::vector<double> g{11e-6, 0.0};
  relax(g, d, n);  // towards G_off = 1 uS
  EXPECT_NEAR(g[0], 1e-6 + 10e-6 * std::exp(-0.5), 1e-18);
  EXPECT_EQ(g[1], 0.0);
  d.temperature = Kelvin{350};
  const double acceleration = std::exp(1.0 / 8.617333262e-5 * (1 / 293.15 - 1 / 350.0));
  EXPECT_NEAR(retentionTimeS(d, n), 1000 / acceleration, 1e-9 * 1000 / acceleration);
  n.retentionConductance = Siemens{20e-6};
  n.age = Seconds{1e9};
  g = {5e-6};
  relax(g, d, n);
  EXPECT_NEAR(g[0], 20e-6, 1e-15);
}

TEST(ReadDisturb, IsAPowerLawOfTheReads) {
  std::vector<double> g{10e-6};
  disturbByReads(g, 4e6, 0.1, 0.5);
  EXPECT_NEAR(g[0], 12e-6, 1e-18);
  disturbByReads(g, 1e6, -2.0, 0.5);
  EXPECT_EQ(g[0], 0.0);
}

TEST(Temperature, ChangesConductancesLinearly) {
  DeviceConfig d = device();
  d.temperatureCoefficient = 0.002;
  d.temperature = Kelvin{343.15};
  std::vector<double> g{10e-6};
  applyTemperature(g, d);
  EXPECT_NEAR(g[0], 11e-6, 1e-18);
}

TEST(Nonidealities, OutOfRangeAgeingAndFaultsNameTheirKey) {
  const auto message = [](auto change) { return test::refusal(device(), change); };
  using testing::HasSubstr;
  EXPECT_EQ(message([](auto&, auto&) {}), "accepted");
  EXPECT_THAT(message([](auto&, auto& n) { n.stuckValueProbability = 1.1; }),
              HasSubstr("stuck_value_probability"));
  EXPECT_THAT(message([](auto&, auto& n) { n.stuckOff = n.stuckValueProbability = 0.6; }), HasSubstr("sum"));
  EXPECT_THAT(message([](auto&, auto& n) { n.stuckValue = Siemens{-1}; }), HasSubstr("stuck_value"));
  EXPECT_THAT(message([](auto&, auto& n) { n.stuckDistributionProbability = 0.1; }),
              HasSubstr("needs nonideality.stuck_distribution"));
  EXPECT_THAT(message([](auto&, auto& n) { n.stuckConductances = {-1e-6}; }),
              HasSubstr("stuck_distribution"));
  EXPECT_THAT(message([](auto&, auto& n) { n.programmingModel = "rram_milo"; }), HasSubstr("device.g_on"));
  EXPECT_THAT(message([](auto&, auto& n) { n.programmingModel = "x"; }), HasSubstr("programming_model"));
  EXPECT_THAT(message([](auto&, auto& n) { n.driftModel = "x"; }), HasSubstr("drift_model"));
  EXPECT_THAT(message([](auto&, auto& n) { n.readNoiseModel = "x"; }), HasSubstr("read_noise_model"));
  EXPECT_THAT(message([](auto&, auto& n) { n.retentionTime = Seconds{-1}; }), HasSubstr("retention_time"));
  EXPECT_THAT(message([](auto&, auto& n) { n.retentionActivationEnergy = NAN; }),
              HasSubstr("retention_activation_energy"));
  EXPECT_THAT(message([](auto&, auto& n) { n.reads = -1; }), HasSubstr("nonideality.reads"));
  EXPECT_THAT(message([](auto&, auto& n) { n.readDisturbOfG = NAN; }), HasSubstr("read_disturb_of_g"));
  EXPECT_THAT(message([](auto&, auto& n) { n.rtnAmplitudeOfG = 1.5; }), HasSubstr("rtn_amplitude_of_g"));
  EXPECT_THAT(message([](auto&, auto& n) { n.rtnProbability = -0.5; }), HasSubstr("rtn_probability"));
  EXPECT_THAT(message([](auto&, auto& n) { n.rtnOccupancy = 2; }), HasSubstr("rtn_occupancy"));
  EXPECT_THAT(message([](auto& d, auto&) {
                d.temperatureCoefficient = -0.05;
                d.temperature = Kelvin{400};
              }),
              HasSubstr("temperature_coefficient"));
}

}  // namespace
}  // namespace crosstile
