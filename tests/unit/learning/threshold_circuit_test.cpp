// SPDX-License-Identifier: Apache-2.0
// The circuit of two tuned arrays: with ohmic cells it decides as its weights do, and takes G V^2 t.
#include "workloads/learning/threshold_circuit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/random.h"
#include "tests/unit/programming/switches.h"
#include "workloads/learning/target_tuning.h"

namespace crosstile::learning {
namespace {

class Circuit : public testing::Test {
 protected:
  Circuit() { device_.device = test::rangedTungsten(); }
  ThresholdWeights weights(double threshold, std::uint64_t seed) const {
    const RandomStream stream({seed, 0, 0, 0, 0}, Purpose::sampling);
    ThresholdWeights w{3, threshold, {}, {}};
    for (std::uint64_t i = 0; i < 27; ++i) w.first.push_back(2.0 * stream.uniform(i) - 1.0);
    for (std::uint64_t i = 27; i < 30; ++i) w.second.push_back(2.0 * stream.uniform(i) - 1.0);
    return w;
  }
  CircuitSupply supply(double threshold) const {
    return {0.1, 50e-9, device_.reference(), threshold * device_.halfRange()};
  }
  TuningDevice device_;
  const MeanMetastableSwitchLaw law_{device_.device.mms, device_.device.temperature};
};

TEST_F(Circuit, OfOhmicCellsDecidesAsItsWeights) {
  for (const double threshold : {0.0, 1.0}) {
    int first = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const ThresholdWeights w = weights(threshold, seed);
      const TargetConductances g = targetsOf(w, device_);
      const ThresholdCircuit circuit(law_, supply(threshold), g.first, g.second);
      for (unsigned image = 0; image < kImages; ++image) {
        EXPECT_EQ(circuit.decide(image), w.decide(image)) << threshold << ' ' << seed << ' ' << image;
        first += w.decide(image) == 1.0 ? 1 : 0;
      }
    }
    EXPECT_GT(first, 200);  // both classes appear
    EXPECT_LT(first, 1848);
  }
}

TEST_F(Circuit, OfInputsThatAreOneOrMinusOneIsThatOfTheirImage) {
  const ThresholdWeights w = weights(1.0, 5);
  const TargetConductances g = targetsOf(w, device_);
  const ThresholdCircuit circuit(law_, supply(1.0), g.first, g.second);
  for (unsigned image = 0; image < kImages; ++image) {
    std::array<double, kPixels> x{};
    for (int i = 0; i < kPixels; ++i) x[static_cast<std::size_t>(i)] = pixelOf(image, i);
    EXPECT_EQ(circuit.decide(x), circuit.decide(image));
  }
}

TEST_F(Circuit, TakesConductanceTimesVoltageSquaredTimesTime) {
  const TargetConductances g = targetsOf(weights(1.0, 2), device_);
  const ThresholdCircuit circuit(law_, supply(1.0), g.first, g.second);
  double cells = 0.0;
  for (const double each : g.first) cells += each;
  for (const double each : g.second) cells += each;
  // Ohmic cells take the same for either sign of their input, so for every image.
  for (const double flips : {0.0, 0.2}) {
    const ThresholdCircuit::Energy e = circuit.energy(oddsOf(patternTask("TL/XO"), flips));
    EXPECT_NEAR(e.cells, cells * 0.01 * 50e-9, 1e-9 * e.cells);
    EXPECT_NEAR(e.references, (12.0 * device_.reference() + 3.0 * device_.halfRange()) * 0.01 * 50e-9,
                1e-9 * e.references);
  }
}

TEST_F(Circuit, WithSchottkyBarriersTheSignOfAnInputCounts) {
  MetastableSwitchConfig rectifying = device_.device.mms;
  rectifying.phi = 0.5;
  rectifying.forwardCurrent = Amperes{1e-6};
  rectifying.forwardB = 10.0;
  const MeanMetastableSwitchLaw law(rectifying, device_.device.temperature);
  const TargetConductances g = targetsOf(weights(0.0, 2), device_);
  const ThresholdCircuit circuit(law, supply(0.0), g.first, g.second);
  double plus = 0.0, minus = 0.0;  // of all nine inputs at once, into the first layer
  for (const double each : g.first) {
    plus += law.at(each, 0.1).current;
    minus -= law.at(each, -0.1).current;
  }
  EXPECT_GT(plus, 1.01 * minus);
  const auto firstLayer = [&](unsigned image) {
    ImageOdds odds;
    odds.first[image] = 1.0;
    double second = 0.0;  // at most: every cell at the voltage that draws more
    for (const double each : g.second) second += law.at(each, 0.1).current;
    return std::make_pair(circuit.energy(odds).cells, second * 0.1 * 50e-9);
  };
  const auto [white, rest] = firstLayer(kImages - 1);
  const auto [black, blackRest] = firstLayer(0);
  EXPECT_GT(white, plus * 0.1 * 50e-9);
  EXPECT_LE(white, (plus * 0.1 * 50e-9 + rest) * (1 + 1e-12));
  EXPECT_GT(black, minus * 0.1 * 50e-9);
  EXPECT_LE(black, (minus * 0.1 * 50e-9 + blackRest) * (1 + 1e-12));
}

}  // namespace
}  // namespace crosstile::learning
