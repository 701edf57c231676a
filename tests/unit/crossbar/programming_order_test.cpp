// SPDX-License-Identifier: Apache-2.0
// The nonidealities of cells together: in the stated order, which matters, and against an independent
// computation with all of them on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "models/crossbar/programmed_array.h"
#include "models/device/ageing.h"
#include "models/device/nonideality.h"
#include "models/device/stuck.h"

namespace crosstile {
namespace {

struct Everything {
  DeviceConfig device;
  NonidealityConfig n;
  StreamOwner owner;
  int rows = 0, columns = 0;
  std::vector<double> target;
  nlohmann::json golden;
};

Everything everything() {
  std::ifstream file(CROSSTILE_SOURCE_DIR "/tests/golden/programmed_cells.json");
  const auto j = nlohmann::json::parse(file);
  const auto number = [&](const char* name) { return j.at(name).get<double>(); };
  Everything e;
  e.golden = j;
  e.rows = j.at("rows");
  e.columns = j.at("columns");
  e.owner = {j.at("owner")[0], j.at("owner")[1], j.at("owner")[2], j.at("owner")[3], j.at("owner")[4]};
  e.target = j.at("target").get<std::vector<double>>();
  e.device.law = "log_linear";
  e.device.logLinearN = number("log_linear_n");
  e.device.logLinearNSigma = number("log_linear_n_sigma");
  e.device.logLinearReference = Volts{number("reference_voltage")};
  e.device.gOff = Siemens{number("g_off")};
  e.device.gOn = Siemens{number("g_on")};
  e.device.temperature = Kelvin{number("temperature")};
  e.device.referenceTemperature = Kelvin{number("reference_temperature")};
  e.device.temperatureCoefficient = number("temperature_coefficient");
  e.n.levels = j.at("levels");
  e.n.programmingErrorOfG = number("programming_error_of_g");
  e.n.programmingErrorOfRange = number("programming_error_of_range");
  e.n.programmingModel = "pcm";
  e.n.stuckOff = number("stuck_off");
  e.n.stuckOn = number("stuck_on");
  e.n.stuckValueProbability = number("stuck_value_probability");
  e.n.stuckValue = Siemens{number("stuck_value")};
  e.n.stuckDistributionProbability = number("stuck_distribution_probability");
  e.n.stuckConductances = j.at("stuck_conductances").get<std::vector<double>>();
  auto map = std::make_shared<YieldMap>();
  map->rows = e.rows;
  map->columns = e.columns;
  for (const auto& x : j.at("yield_map")) map->cells.push_back(x.is_null() ? NAN : x.get<double>());
  e.n.yieldCells = map;
  e.n.d2dSigmaOn = number("d2d_sigma_on");
  e.n.d2dSigmaOff = number("d2d_sigma_off");
  e.n.driftModel = "pcm";
  e.n.driftT0 = Seconds{number("drift_t0")};
  e.n.age = Seconds{number("age")};
  e.n.retentionTime = Seconds{number("retention_time")};
  e.n.retentionActivationEnergy = number("retention_activation_energy");
  e.n.retentionConductance = Siemens{number("retention_conductance")};
  e.n.reads = number("reads");
  e.n.readDisturbOfG = number("read_disturb_of_g");
  e.n.readDisturbExponent = number("read_disturb_exponent");
  e.n.readNoiseModel = "pcm";
  return e;
}

TEST(ProgrammingOrder, AllOnAgreesWithAnIndependentComputation) {
  const Everything e = everything();
  const auto array = programOneShot(e.device, e.n, e.target, e.rows, e.columns, e.owner);
  const auto expected = e.golden.at("conductance").get<std::vector<double>>();
  const auto exponent = e.golden.at("exponent").get<std::vector<double>>();
  ASSERT_EQ(expected.size(), array->conductance.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(array->conductance[i], expected[i], 1e-10 * expected[i]) << i;
    EXPECT_NEAR(array->cellParameters[expected.size() + i], exponent[i] - 1.0, 1e-10) << i;
  }
}

using Step = std::pair<const char*, std::function<void(std::vector<double>&)>>;

/// The steps in the stated order, each as its own function.
std::vector<Step> stepsOf(const Everything& e) {
  const auto stream = [owner = e.owner](Purpose purpose) { return RandomStream(owner, purpose); };
  return {
      {"levels", [=](auto& g) { snapToLevels(g, e.device, e.n.levels); }},
      {"programming error",
       [=](auto& g) {
         addProgrammingError(g, e.device, e.n.programmingErrorOfG, e.n.programmingErrorOfRange,
                             stream(Purpose::programmingError), programmingSigma(e.n.programmingModel));
       }},
      {"stuck", [=](auto& g) { stickCells(g, e.device, e.n, stream(Purpose::stuckCell)); }},
      {"yield map", [=](auto& g) { applyYieldMap(g, e.rows, e.columns, *e.n.yieldCells, e.owner.array); }},
      {"D2D",
       [=](auto& g) {
         addDeviceVariability(g, e.device, e.n.d2dSigmaOn, e.n.d2dSigmaOff,
                              stream(Purpose::deviceVariability));
       }},
      {"drift", [=](auto& g) { addPcmDrift(g, e.device.gOn, e.n.driftT0, e.n.age, stream(Purpose::drift)); }},
      {"retention", [=](auto& g) { relax(g, e.device, e.n); }},
      {"read disturb",
       [=](auto& g) { disturbByReads(g, e.n.reads, e.n.readDisturbOfG, e.n.readDisturbExponent); }},
      {"temperature", [=](auto& g) { applyTemperature(g, e.device); }},
  };
}

std::vector<double> inOrder(const std::vector<Step>& steps, std::vector<double> g) {
  for (const Step& step : steps) step.second(g);
  return g;
}

TEST(ProgrammingOrder, IsTheStatedOneAndMatters) {
  Everything e = everything();
  e.n.readNoiseModel = "none";  // it looks back at the moment of programming: the golden test has it
  std::vector<Step> steps = stepsOf(e);
  const auto array = programOneShot(e.device, e.n, e.target, e.rows, e.columns, e.owner);
  EXPECT_EQ(inOrder(steps, e.target), array->conductance);
  for (std::size_t k = 0; k + 1 < steps.size(); ++k) {
    std::swap(steps[k], steps[k + 1]);
    const std::vector<double> other = inOrder(steps, e.target);
    std::swap(steps[k], steps[k + 1]);
    double largest = 0.0;
    for (std::size_t i = 0; i < other.size(); ++i)
      largest = std::max(largest, std::abs(other[i] - array->conductance[i]));
    // Two factors commute; all else doesn't.
    if (std::string(steps[k].first) == "read disturb") {
      EXPECT_LT(largest, 1e-18);
    } else {
      EXPECT_GT(largest, 1e-9) << steps[k].first << " before " << steps[k + 1].first;
    }
  }
}

}  // namespace
}  // namespace crosstile
