// SPDX-License-Identifier: Apache-2.0
// Sweep files: what they hold, and what is wrong with those that are refused.
#include <gmock/gmock.h>

#include "models/base/error.h"
#include "support.h"

namespace crosstile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using test::SweepText;

using Choices = std::vector<std::vector<std::string>>;

SweepAxis axisOf(const std::string& toml) {
  return SweepText("[[axis]]\n" + toml).read().axes.at(0);
}

TEST(SweepFile, ListsKeepTheirOrderAndUnits) {
  EXPECT_EQ(axisOf(R"(key = "array.r_word"
values = ["2.5 ohm", "100 mohm", 0])").choices,
            (Choices{{"2.5 ohm"}, {"100 mohm"}, {"0 ohm"}}));
}

TEST(SweepFile, RangesIncludeTheirEnds) {
  EXPECT_EQ(axisOf("key = \"adc.bits\"\nrange = { from = 4, to = 10, step = 3 }").choices,
            (Choices{{"4"}, {"7"}, {"10"}}));
  EXPECT_EQ(axisOf("key = \"adc.bits\"\nrange = { from = 4, to = 9, step = 3 }").choices, (Choices{{"4"}, {"7"}}));
  EXPECT_EQ(axisOf("key = \"nonideality.drift_nu\"\nrange = { from = 0.0, to = 0.3, step = 0.1 }").choices,
            (Choices{{"0.0"}, {"0.1"}, {"0.2"}, {"0.3"}}));
  EXPECT_EQ(axisOf("key = \"array.r_word\"\nrange = { from = \"1 ohm\", to = \"2 ohm\", count = 3 }").choices,
            (Choices{{"1 ohm"}, {"1.5 ohm"}, {"2 ohm"}}));
}

TEST(SweepFile, LogRangesHaveEqualRatios) {
  EXPECT_EQ(axisOf("key = \"array.r_word\"\nlog_range = { from = \"10 mohm\", to = \"10 ohm\", count = 4 }").choices,
            (Choices{{"10 mohm"}, {"100 mohm"}, {"1 ohm"}, {"10 ohm"}}));
  // Whole numbers: those that round to the same one count once.
  EXPECT_EQ(axisOf("key = \"adc.bits\"\nlog_range = { from = 1, to = 4, count = 9 }").choices,
            (Choices{{"1"}, {"2"}, {"3"}, {"4"}}));
}

TEST(SweepFile, LinkedKeysChangeTogether) {
  const SweepAxis each = axisOf("keys = [\"array.rows\", \"array.columns\"]\nvalues = [64, [128, 32]]");
  EXPECT_EQ(each.choices, (Choices{{"64", "64"}, {"128", "32"}}));
}

TEST(SweepFile, FilesLieBesideTheSweepFile) {
  const SweepText text("");
  const SweepFile sweep = text.read();
  EXPECT_EQ(sweep.base.at("network"), text.folder() + "/net.onnx");
}

TEST(SweepFile, Defaults) {
  const SweepFile sweep = SweepText("").read();
  EXPECT_EQ(sweep.method, "grid");
  EXPECT_THAT(sweep.seeds, ElementsAre(1U));
  EXPECT_TRUE(sweep.axes.empty());
}

struct Refusal {
  const char* what;
  const char* toml;
  std::vector<std::string> says;
};

/// The name of a test must be the same in every run.
void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.what;
}

class RefusedSweeps : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedSweeps, InOneLineWithPlaceAndRemedy) {
  try {
    SweepText(GetParam().toml).read();
    FAIL() << "was accepted";
  } catch (const BadInput& e) {
    const std::string line = e.what();
    for (const std::string& part : GetParam().says) EXPECT_THAT(line, HasSubstr(part));
    EXPECT_LT(line.size(), 400U);
    EXPECT_EQ(line.find('\n'), line.npos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedSweeps,
    testing::Values(
        Refusal{"unknownKey", "[[axis]]\nkey = \"adc.bit\"\nvalues = [4]", {":8: unknown key adc.bit", "adc.bits?"}},
        Refusal{"section", "[[axis]]\nkey = \"adc\"\nvalues = [4]", {":8: adc is a section"}},
        Refusal{"emptyList", "[[axis]]\nkey = \"adc.bits\"\nvalues = []", {":9: axis adc.bits", "at least one value"}},
        Refusal{"emptyRange",
                "[[axis]]\nkey = \"adc.bits\"\nrange = { from = 8, to = 4, step = 1 }",
                {":9: axis adc.bits: an empty range"}},
        Refusal{"noStep", "[[axis]]\nkey = \"adc.bits\"\nrange = { from = 4, to = 8 }", {"step or count"}},
        Refusal{"zeroStep",
                "[[axis]]\nkey = \"adc.bits\"\nrange = { from = 4, to = 8, step = 0 }",
                {":9:", "step = 0: must be above 0"}},
        Refusal{"logFromZero",
                "[[axis]]\nkey = \"nonideality.drift_nu\"\nlog_range = { from = 0, to = 1, count = 3 }",
                {"log_range.from must be above 0"}},
        Refusal{"outOfRange", "[[axis]]\nkey = \"adc.bits\"\nvalues = [4, 99]", {":9: adc.bits = 99: must be an integer"}},
        Refusal{"noUnit", "[[axis]]\nkey = \"array.r_word\"\nvalues = [1.5]", {"array.r_word = 1.5", "unit of ohm"}},
        Refusal{"rangeOfText",
                "[[axis]]\nkey = \"readout\"\nrange = { from = 1, to = 2, step = 1 }",
                {"axis readout: a range needs a key of numbers"}},
        Refusal{"twice", "[[axis]]\nkey = \"adc.bits\"\nvalues = [4, 4]", {"4 is there twice"}},
        Refusal{"twoWays",
                "[[axis]]\nkey = \"adc.bits\"\nvalues = [4]\nrange = { from = 1, to = 2, step = 1 }",
                {":7:", "one of values, range, log_range"}},
        Refusal{"twoAxesOfAKey",
                "[[axis]]\nkey = \"adc.bits\"\nvalues = [4]\n[[axis]]\nkey = \"adc.bits\"\nvalues = [5]",
                {":10: axis adc.bits", ":7 has the same key"}},
        Refusal{"linkedLengths",
                "[[axis]]\nkeys = [\"array.rows\", \"array.columns\"]\nvalues = [[64, 64, 64]]",
                {"a value for each of the 2 keys"}},
        Refusal{"laterCondition",
                "[[axis]]\nkey = \"adc.bits\"\nvalues = [4]\nwhen = { readout = \"ohmic\" }\n[[axis]]\nkey = "
                "\"readout\"\nvalues = [\"ohmic\"]",
                {":7: axis adc.bits: when.readout", "must stand before"}},
        Refusal{"method", "[sampling]\nmethod = \"halton\"\npoints = 3", {":8:", "one of grid, random"}},
        Refusal{"noPoints", "[sampling]\nmethod = \"sobol\"", {"sampling.points is missing"}},
        Refusal{"gridPoints", "[sampling]\nmethod = \"grid\"\npoints = 4", {"must be left out"}},
        Refusal{"noSeeds", "[repeats]\nseeds = []", {":8: repeats.seeds = []"}},
        Refusal{"sameSeeds", "[repeats]\nseeds = [1, 1]", {"must differ"}},
        Refusal{"goal", "[[objective]]\npath = \"accuracy.top1\"\ngoal = \"max\"", {":9:", "minimise, maximise"}},
        Refusal{"noGoal", "[[objective]]\npath = \"accuracy.top1\"", {"objective.goal is missing"}},
        Refusal{"noLimit", "[[constraint]]\npath = \"accuracy.top1\"", {"at_least or at_most"}},
        Refusal{"contradiction",
                "[[constraint]]\npath = \"accuracy.top1\"\nat_least = 0.9\nat_most = 0.5",
                {"nothing is at least 0.9 and at most 0.5"}},
        Refusal{"part", "[objectives]\npath = \"accuracy.top1\"", {":7: unknown key objectives", "objective?"}},
        Refusal{"syntax", "[[axis]\n", {":7:"}}),
    [](const auto& info) { return info.param.what; });

}  // namespace
}  // namespace crosstile
