// SPDX-License-Identifier: Apache-2.0
// Programming around stuck cells: what is left of a weight's error, and what the network's output gains.
#include "workloads/execution/stuck_compensation.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <map>

#include "tests/unit/execution/value_chip.h"

namespace crosstile::test {
namespace {

constexpr double kHealthy = std::numeric_limits<double>::quiet_NaN();

/// One weight of 2-bit cells on a pair of two slices: columns +4, -4, +1, -1; G in uS is the level plus one.
struct OneWeight {
  AnalogConfig config;
  ArrayBlock block;
  OneWeight() {
    config.encoding.cellBits = 2;
    config.array.rows = 1;
    config.device.gOff = Siemens{1.0};
    config.device.gOn = Siemens{4.0};
    block.rowCount = 1;
    block.physicalColumns = 4;
    block.columns = {{0, 0, 2, 1, false}, {1, 0, 2, -1, false}, {2, 0, 0, 1, false}, {3, 0, 0, -1, false}};
  }
  std::vector<double> compensated(std::vector<double> target, const std::vector<double>& faults) const {
    compensateStuckCells(config, block, faults, target);
    return target;
  }
};

TEST(StuckCompensation, thePartnerOfAStuckCellTakesItsErrorOver) {
  const OneWeight w;
  // 4 * 1 stuck at 4 * 3: the negative cell of the pair goes from 0 to 2.
  EXPECT_EQ(w.compensated({2, 1, 1, 1}, {4, kHealthy, kHealthy, kHealthy}),
            (std::vector<double>{2, 3, 1, 1}));
  // 1 * 3 stuck at 0: one level of the upper slice more, one of the lower taken away.
  EXPECT_EQ(w.compensated({1, 1, 4, 1}, {kHealthy, kHealthy, 1, kHealthy}),
            (std::vector<double>{2, 1, 4, 2}));
}

TEST(StuckCompensation, anInvertedColumnTakesAway) {
  OneWeight w;
  w.block.columns[1] = {1, 0, 2, 1, true};
  // Stored inverted, a level more is four less of the weight, as in the negative column.
  EXPECT_EQ(w.compensated({2, 1, 1, 1}, {4, kHealthy, kHealthy, kHealthy}),
            (std::vector<double>{2, 3, 1, 1}));
}

TEST(StuckCompensation, whatObeysOrIsAbsentStays) {
  const OneWeight w;
  const std::vector<double> target{2, 1, 3, 1};
  EXPECT_EQ(w.compensated(target, std::vector<double>(4, kHealthy)), target);
  EXPECT_EQ(w.compensated(target, {2, 1, 3, 1}), target);  // stuck where they should be
  EXPECT_EQ(w.compensated(target, {4, 4, 4, 4}), target);  // none left to move
  EXPECT_EQ(w.compensated({0, 1, 3, 1}, {4, kHealthy, kHealthy, kHealthy}),
            (std::vector<double>{0, 1, 3, 1}));
}

/// Weights of an array in units of the last slice, up to a constant a weight.
std::map<std::pair<int, int>, double> weights(const AnalogConfig& config, const ArrayBlock& block,
                                              const std::vector<double>& g) {
  const double step = (config.device.gOn.value - config.device.gOff.value) / maxLevel(config.encoding);
  std::map<std::pair<int, int>, double> all;
  for (int r = 0; r < block.rowCount; ++r) {
    for (const ColumnCode& c : block.columns) {
      const double x = g[static_cast<std::size_t>(r * block.physicalColumns + c.column)] / step;
      all[{r, c.output}] += std::ldexp(c.sign * (c.flipped ? -x : x), c.shift);
    }
  }
  return all;
}

TEST(StuckCompensation, noWeightGetsWorseAndMostOfTheErrorGoes) {
  Dice dice(32);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 4, false, dice);
  for (const char* scheme : {"offset", "differential"}) {
    AnalogConfig config = isaacConfig(8, "ohmic");
    config.encoding.scheme = scheme;
    AnalogConfig configs[3] = {config, config, config};
    for (int k = 1; k < 3; ++k) configs[k].nonideality.stuckOff = configs[k].nonideality.stuckOn = 0.025;
    configs[2].encoding.stuckCompensation = true;
    ArrayBlock block;
    double before = 0.0, after = 0.0;
    std::map<std::pair<int, int>, double> w[3];
    for (int k = 0; k < 3; ++k) {
      const ValueChip chip(network, configs[k], images);
      block = chip.program.stages[0].blocks[0];
      w[k] = weights(config, block, chip.engine->analog(0)->arrays()[0].analog->programmed->conductance);
    }
    for (const auto& [at, right] : w[0]) {
      const double stuck = std::abs(w[1][at] - right), now = std::abs(w[2][at] - right);
      EXPECT_LE(now, stuck + 1e-9) << scheme << " " << at.first << " " << at.second;
      before += stuck;
      after += now;
    }
    EXPECT_GT(before, 0.0);
    EXPECT_LT(after, (std::string(scheme) == "offset" ? 0.7 : 0.3) * before) << scheme;
  }
}

TEST(StuckCompensation, theOutputGains) {
  Dice dice(32);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 4, false, dice);
  AnalogConfig config = isaacConfig(8, "ohmic");
  config.encoding.scheme = "differential";
  config.nonideality.stuckOff = config.nonideality.stuckOn = 0.025;
  const double without = sqnr(ValueChip(network, config, images), images);
  config.encoding.stuckCompensation = true;
  const double with = sqnr(ValueChip(network, config, images), images);
  EXPECT_GT(with, without + 6.0);
}

}  // namespace
}  // namespace crosstile::test
