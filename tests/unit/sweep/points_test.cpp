// SPDX-License-Identifier: Apache-2.0
// Which points a file makes, and by what names their results are kept.
#include "platform/sweep/points.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/base/error.h"
#include "models/base/quantity.h"
#include "support.h"

namespace crosstile {
namespace {

using test::SweepText;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

const char* const kBits = "[[axis]]\nkey = \"adc.bits\"\nvalues = [6, 7, 8]\n";
const char* const kWires = "[[axis]]\nkey = \"array.r_word\"\nvalues = [\"1 ohm\", \"2 ohm\"]\n";

std::string shown(const SweepPoint& point) {
  std::string text;
  for (const auto& [key, value] : point.settings) text += key + "=" + value + " ";
  return text;
}

std::vector<std::string> shown(const std::vector<SweepPoint>& points) {
  std::vector<std::string> all;
  for (const SweepPoint& point : points) all.push_back(shown(point));
  return all;
}

std::set<std::string> hashes(const std::vector<SweepPoint>& points) {
  std::set<std::string> all;
  for (const SweepPoint& point : points) all.insert(point.hash);
  return all;
}

TEST(SweepPoints, GridIsTheProductOfItsAxes) {
  EXPECT_THAT(shown(SweepText(std::string(kBits) + kWires).points()),
              ElementsAre("adc.bits=6 array.r_word=1 ohm ", "adc.bits=6 array.r_word=2 ohm ",
                          "adc.bits=7 array.r_word=1 ohm ", "adc.bits=7 array.r_word=2 ohm ",
                          "adc.bits=8 array.r_word=1 ohm ", "adc.bits=8 array.r_word=2 ohm "));
}

TEST(SweepPoints, WithoutAxesThereIsThePointOfTheBase) {
  EXPECT_EQ(SweepText("").points().size(), 1U);
}

TEST(SweepPoints, ConditionsSeeEarlierAxesAndTheHardware) {
  const std::string axes =
      "[[axis]]\nkey = \"readout\"\nvalues = [\"ohmic\", \"ir_drop\"]\n" + std::string(kWires) +
      "when = { readout = \"ir_drop\" }\n";
  EXPECT_THAT(shown(SweepText(axes).points()),
              ElementsAre("readout=ohmic ", "readout=ir_drop array.r_word=1 ohm ",
                          "readout=ir_drop array.r_word=2 ohm "));
  // isaac has 8-bit ADCs; no axis sets them.
  EXPECT_EQ(SweepText(std::string(kWires) + "when = { adc.bits = [7, 8] }\n").points().size(), 2U);
  EXPECT_EQ(SweepText(std::string(kWires) + "when = { adc.bits = 7 }\n").points().size(), 1U);
}

TEST(SweepPoints, RepeatsShareTheirConfiguration) {
  const auto points = SweepText("[repeats]\nseeds = [3, 5]\n").points();
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].config, points[1].config);
  EXPECT_NE(points[0].hash, points[1].hash);
  EXPECT_NE(points[0].group, points[1].group);
}

TEST(SweepPoints, NamesFollowWhatIsSetNotHowItIsWritten) {
  const auto listed = hashes(SweepText(kBits).points());
  EXPECT_EQ(hashes(SweepText("[[axis]]\nkey = \"adc.bits\"\nrange = { from = 6, to = 8, step = 1 }\n").points()), listed);
  // A further value leaves the others' names.
  auto more = hashes(SweepText("[[axis]]\nkey = \"adc.bits\"\nvalues = [9, 8, 7, 6]\n").points());
  EXPECT_TRUE(std::includes(more.begin(), more.end(), listed.begin(), listed.end()));
  // Setting what is the case anyway changes nothing.
  EXPECT_EQ(hashes(SweepText("[[axis]]\nkey = \"adc.bits\"\nvalues = [8]\n").points()), hashes(SweepText("").points()));
}

TEST(SweepPoints, OtherDataAreOtherPoints) {
  const auto before = hashes(SweepText("").points());
  EXPECT_NE(hashes(SweepText("", "other weights").points()), before);
  EXPECT_EQ(hashes(SweepText("").points()), before);
}

TEST(SweepPoints, GroupsAreWhatProgrammingDependsOn) {
  const auto bits = SweepText(kBits).points();
  EXPECT_EQ(bits[0].group, bits[1].group);  // converters come after
  const auto wires = SweepText(kWires).points();
  EXPECT_NE(wires[0].group, wires[1].group);
  const auto ranges = SweepText("[[axis]]\nkey = \"adc.unit\"\nvalues = [\"law\", \"ohmic\"]\n").points();
  EXPECT_NE(ranges[0].group, ranges[1].group);  // the unit of a table's currents
}

TEST(SweepPoints, AnImpossiblePointIsAPointAllTheSame) {
  const auto points = SweepText("[[axis]]\nkey = \"device.r_on\"\nvalues = [\"100 kohm\", \"900 Mohm\"]\n").points();
  EXPECT_EQ(hashes(points).size(), 2U);
}

TEST(SweepPoints, SamplesFallOnTheAxesValues) {
  const auto points =
      SweepText(std::string(kBits) + "[[axis]]\nkey = \"array.r_word\"\nlog_range = { from = \"1 ohm\", to = \"100 "
                                     "ohm\" }\n[sampling]\nmethod = \"latin_hypercube\"\npoints = 30\n")
          .points();
  ASSERT_EQ(points.size(), 30U);
  std::map<std::string, int> bits;
  int below10 = 0;
  for (const SweepPoint& point : points) {
    ++bits[point.values.at("adc.bits")];
    below10 += parseQuantity(point.values.at("array.r_word"), Unit::ohm) < 10.0 ? 1 : 0;
  }
  EXPECT_EQ(bits, (std::map<std::string, int>{{"6", 10}, {"7", 10}, {"8", 10}}));
  EXPECT_EQ(below10, 15);  // half of two decades, exactly: a slice each
}

TEST(SweepPoints, CoordinatesNameValuesAndFractions) {
  const SweepText text(std::string(kBits) +
                       "[[axis]]\nkey = \"array.r_word\"\nrange = { from = \"1 ohm\", to = \"3 ohm\" }\n[sampling]\n"
                       "method = \"random\"\npoints = 1\n");
  const auto points = sweepPointsAt(text.read(), {{2, 0.5}, {0, 1.0}, {2, 0.5}});
  EXPECT_THAT(shown(points), ElementsAre("adc.bits=8 array.r_word=2 ohm ", "adc.bits=6 array.r_word=3 ohm "));
  EXPECT_THROW(sweepPointsAt(text.read(), {{3, 0.5}}), BadInput);
  EXPECT_THROW(sweepPointsAt(text.read(), {{0, 1.5}}), BadInput);
  EXPECT_THROW(sweepPointsAt(text.read(), {{0}}), BadInput);
}

TEST(UnitSamples, LatinHypercubeHasOnePointASlice) {
  const auto samples = unitSamples("latin_hypercube", 50, 3, 7);
  for (std::size_t d = 0; d < 3; ++d) {
    std::set<int> slices;
    for (const auto& sample : samples) slices.insert(static_cast<int>(sample[d] * 50));
    EXPECT_EQ(slices.size(), 50U);
  }
  EXPECT_NE(samples, unitSamples("latin_hypercube", 50, 3, 8));
}

TEST(UnitSamples, SobolFillsEveryDyadicBox) {
  // 2^k - 1 points without the origin: every box of the first two dimensions but the origin's holds one.
  const auto samples = unitSamples("sobol", 63, 2, 1);
  std::set<std::pair<int, int>> boxes;
  for (const auto& s : samples) boxes.emplace(static_cast<int>(s[0] * 8), static_cast<int>(s[1] * 8));
  EXPECT_EQ(boxes.size(), 63U);
  EXPECT_EQ(boxes.count({0, 0}), 0U);
}

TEST(UnitSamples, RandomIsUniformAndReproducible) {
  const auto samples = unitSamples("random", 4000, 1, 3);
  double mean = 0.0, square = 0.0;
  for (const auto& s : samples) {
    mean += s[0] / 4000;
    square += s[0] * s[0] / 4000;
  }
  EXPECT_NEAR(mean, 0.5, 4 / std::sqrt(12.0 * 4000));
  EXPECT_NEAR(square, 1.0 / 3.0, 4 * std::sqrt(4.0 / 45 / 4000));
  EXPECT_EQ(samples, unitSamples("random", 4000, 1, 3));
}

}  // namespace
}  // namespace crosstile
