// SPDX-License-Identifier: Apache-2.0
// Published models of an ADC's cost against the figures that go with them.
#include "models/cost/adc_cost.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

AdcDesign design(int bits, double gigasamples = 1.28) {
  AdcDesign d;
  d.bits = bits;
  d.rate = Hertz{gigasamples * 1e9};
  return d;
}
double picojoule(const char* model, const AdcDesign& d) {
  return adcCost(model, d).energy.value * 1e12;
}
double squareMicrometre(const char* model, const AdcDesign& d) {
  return adcCost(model, d).area.value * 1e12;
}

TEST(AdcCost, TableIsIsaacs) {
  const double energy[] = {0.79, 0.99, 1.20, 1.42, 1.67, 1.97, 2.38},
               area[] = {361, 477, 627, 845, 1200, 1828, 3002};
  for (int bits = 4; bits <= 10; ++bits) {
    EXPECT_NEAR(picojoule("table_isaac", design(bits)), energy[bits - 4], 1e-9) << bits;
    EXPECT_NEAR(squareMicrometre("table_isaac", design(bits)), area[bits - 4], 1e-6) << bits;
  }
  EXPECT_NE(adcCost("table_isaac", design(11)).source.find("assumed"), std::string::npos);
  EXPECT_EQ(adcCost("table_isaac", design(10)).source.find("assumed"), std::string::npos);
}

TEST(AdcCost, RegressionGivesThePublishedEnergies) {
  EXPECT_NEAR(picojoule("survey_regression", design(8, 0.1)), 1.71, 0.005);
  EXPECT_NEAR(picojoule("survey_regression", design(8, 0.01)), 1.71,
              0.005);  // noise limits: the rate doesn't matter
  EXPECT_NEAR(picojoule("survey_regression", design(8, 1.28)), 1.93, 0.005);
  EXPECT_NEAR(squareMicrometre("survey_regression", design(8, 1.28)), 6469, 10);
}

TEST(AdcCost, RegressionGrowsWithBitsRateAndNode) {
  AdcDesign d = design(8);
  const double base = picojoule("survey_regression", d);
  EXPECT_GT(picojoule("survey_regression", design(9)), base);
  EXPECT_GT(picojoule("survey_regression", design(8, 2.56)), base);
  d.technologyNm = 64;
  EXPECT_NEAR(picojoule("survey_regression", d) / base, std::pow(2.0, 1.880037), 1e-4);
  EXPECT_THROW(adcCost("survey_regression", design(3)), BadInput);
  EXPECT_THROW(adcCost("survey_regression", design(8, 10.1)), BadInput);
}

TEST(AdcCost, SarIsZigZagsFormula) {
  AdcDesign d = design(8);  // (800 + 65.536) fF x 0.81 V^2; 8 x (0.83584 + 0.64) ns; 10^0.9108 x 256 um2
  EXPECT_NEAR(picojoule("sar_28nm", d), 0.70108416, 1e-9);
  EXPECT_NEAR(adcCost("sar_28nm", d).latency.value, 11.80672e-9, 1e-15);
  EXPECT_NEAR(squareMicrometre("sar_28nm", d), 2084.683, 0.001);
  d.supply = Volts{0.45};
  EXPECT_NEAR(picojoule("sar_28nm", d), 0.70108416 / 4, 1e-9);
  d.rows = 256;
  EXPECT_NEAR(adcCost("sar_28nm", d).latency.value, 18.49344e-9, 1e-15);
}

TEST(AdcCost, EveryModelHasASourceAndPowerIsEnergyTimesRate) {
  for (const std::string& model : adcCostModels()) {
    const AdcDesign d = design(8);
    const AdcCost cost = adcCost(model, d);
    EXPECT_FALSE(cost.source.empty()) << model;
    EXPECT_DOUBLE_EQ(cost.power(d.rate).value, cost.energy.value * 1.28e9) << model;
  }
  EXPECT_THROW(adcCost("explicit", design(8)), BadInput);
}

}  // namespace
}  // namespace crosstile
