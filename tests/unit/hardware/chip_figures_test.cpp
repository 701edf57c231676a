// SPDX-License-Identifier: Apache-2.0
// ISAAC's published totals come out of its components.
#include "platform/hardware/chip_figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace crosstile {
namespace {

void expectWithin(double value, double published, double share) {
  EXPECT_NEAR(value, published, share * published);
}

TEST(Isaac, PeakPerformanceIsThePublishedOne) {
  const ChipFigures f = chipFigures(loadHardware("isaac"));
  expectWithin(f.peakOpsPerSecond, 41.29e12, 0.005);
  expectWithin(f.opsPerJoule, 627e9, 0.005);
  EXPECT_GT(f.opsPerSecondPerSquareMetre, 479e15 * 0.995);
  EXPECT_LT(f.opsPerSecondPerSquareMetre, 483e15 * 1.005);
}

TEST(Isaac, CoreTileAndChipAddUpToThePublishedTotals) {
  const ChipFigures f = chipFigures(loadHardware("isaac"));
  expectWithin(total(f.core).power.value, 24.08e-3, 0.005);
  expectWithin(total(f.core).area.value, 0.01312e-6, 0.005);
  expectWithin(total(f.tile).power.value, 330e-3, 0.005);
  expectWithin(total(f.tile).area.value, 0.372e-6, 0.005);
  expectWithin(total(f.chip).power.value, 65.8, 0.005);
  expectWithin(total(f.chip).area.value, 85.4e-6, 0.005);
}

TEST(Isaac, TheOffsetColumnJustFitsIntoOneRead) {
  const ChipFigures f = chipFigures(loadHardware("isaac"));
  EXPECT_EQ(f.population.columnsPerArray, 129);
  EXPECT_NEAR(f.conversionTime.value, 99.975e-9, 1e-15);
  EXPECT_EQ(f.planeTime().value, 100e-9);
}

TEST(ChipFigures, AreDerivedFromTheDescription) {
  const double peak = chipFigures(loadHardware("isaac")).peakOpsPerSecond;
  const auto ratio = [&](const std::vector<std::string>& settings) {
    return chipFigures(loadHardware("isaac", settings)).peakOpsPerSecond / peak;
  };
  EXPECT_NEAR(ratio({"chip.mesh_columns=14"}), 2.0, 1e-12);
  EXPECT_NEAR(ratio({"encoding.input_bits=8"}), 2.0, 1e-12);
  EXPECT_NEAR(ratio({"encoding.weight_bits=8"}), 2.0, 1e-12);
  EXPECT_NEAR(ratio({"adc.per_core=4"}), 100.0 / (2 * 99.975), 1e-12);  // now the ADC limits
  EXPECT_NEAR(ratio({"encoding.weight_bits=15"}), 1.0, 1e-12);          // still 8 cells of 2 bits
}

TEST(ChipFigures, DoublingTheRoutersPowerAddsItsShareToEachTile) {
  const AreaPower before = total(chipFigures(loadHardware("isaac")).tile);
  const AreaPower after = total(chipFigures(loadHardware("isaac", {"cost.router.power=84mW"})).tile);
  EXPECT_NEAR(after.power.value - before.power.value, 42e-3 / 4, 1e-12);
}

TEST(ChipFigures, PartsAddUpToTheChip) {
  for (const std::string& preset : presetNames()) {
    const ChipFigures f = chipFigures(loadHardware(preset));
    double power = 0.0, area = 0.0;
    for (const PartLine& part : f.parts) {
      power += part.count[2] * part.power.value;
      area += part.count[2] * part.area.value;
    }
    EXPECT_NEAR(power, total(f.chip).power.value, 1e-12 * power) << preset;
    EXPECT_NEAR(area, total(f.chip).area.value, 1e-12 * area) << preset;
  }
}

TEST(ChipFigures, JsonHoldsThem) {
  const Hardware h = loadHardware("isaac");
  const auto json = nlohmann::json::parse(toJson(h, chipFigures(h)));
  expectWithin(json["peak"]["tops"], 41.29, 0.005);
  expectWithin(json["peak"]["tops_per_w"], 0.627, 0.005);
  expectWithin(json["tile"]["power_w"], 0.330, 0.005);
  expectWithin(json["chip"]["area_mm2"], 85.4, 0.005);
  EXPECT_EQ(json["counts"]["arrays"], 16128);
  EXPECT_EQ(json["hardware"], toToml(h));
}

TEST(ChipFigures, SettlingIsOfTheWidestArrayAndInTheJson) {
  const std::vector<std::string> settings{"array.r_source=10kohm", "array.c_segment=20fF",
                                          "array.c_cell=0",        "array.r_word=0",
                                          "device.g_on=1nS",       "device.g_off=0.1nS"};
  const Hardware h = loadHardware("isaac", settings);
  const ChipFigures f = chipFigures(h);
  // 128 data columns, offset column, reference column
  EXPECT_NEAR(f.settling.word.value, 10e3 * 130 * 20e-15, 0.01 * f.settling.word.value);
  EXPECT_TRUE(f.settlesTooLate());
  const auto json = nlohmann::json::parse(toJson(h, f)).at("array").at("settling");
  EXPECT_EQ(json.at("time_s"), f.settling.time.value);
  EXPECT_EQ(json.at("exceeds_read_time"), true);
  EXPECT_EQ(json.at("word_elmore_s").get<double>() + json.at("bit_elmore_s").get<double>(),
            f.settling.word.value + f.settling.bit.value);
}

}  // namespace
}  // namespace crosstile
