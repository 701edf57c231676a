// SPDX-License-Identifier: Apache-2.0
// `crosstile map`, `explain` and `describe` from outside.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

const Arguments kEightBits{"--set", "encoding.input_bits=8", "--set", "encoding.weight_bits=8"};

class Map : public testing::Test {
 protected:
  static Json map(const std::string& network, const Arguments& more = kEightBits) {
    const Outcome found = runProgram(
        Arguments{"map", "--json", "--network", sourceFile("workloads/zoo/" + network + ".onnx")} + more);
    EXPECT_EQ(found.code, 0) << found.err;
    return Json::parse(found.out);
  }
};

TEST_F(Map, BlocksCoverEveryWeightOnce) {
  for (const char* network : {"lenet5-mnist", "mlp-fashion-mnist"}) {
    SCOPED_TRACE(network);
    std::set<std::vector<int>> slots;
    std::set<int> arrays, tiles;
    const Json json = map(network);
    for (const Json& stage : json["stages"]) {
      SCOPED_TRACE(stage["layer"].dump());
      const int rows = stage["rows"], outputs = stage["outputs"];
      std::vector<int> covered(static_cast<std::size_t>(rows * outputs), 0);
      for (const Json& b : stage["blocks"]) {
        EXPECT_TRUE(arrays.insert(b["array"].get<int>()).second) << "an array twice";
        EXPECT_TRUE(slots.insert(std::vector<int>{b["tile"], b["core"], b["slot"]}).second)
            << "two arrays in one place";
        tiles.insert(b["tile"].get<int>());
        EXPECT_LE(b["rows"][1].get<int>() - b["rows"][0].get<int>(), 128);
        for (int r = b["rows"][0]; r < b["rows"][1]; ++r) {
          for (int o = b["outputs"][0]; o < b["outputs"][1]; ++o)
            ++covered[static_cast<std::size_t>(r * outputs + o)];
        }
      }
      EXPECT_EQ(std::count(covered.begin(), covered.end(), 1), rows * outputs);
      EXPECT_EQ(stage["arrays"], stage["blocks"].size());
      EXPECT_EQ(stage["columns"].get<int>() % (4 * outputs), 0)
          << "8-bit weights in 2-bit cells: 4 columns an output";
    }
    EXPECT_EQ(json["arrays"]["used"], arrays.size());
    EXPECT_EQ(json["tiles"]["used"], tiles.size());
    EXPECT_EQ(json["tiles"]["of"], 7 * 6 * 4);
  }
}

TEST_F(Map, SmallerArraysNeedMoreOfThem) {
  const auto used = [](const char* rows, const char* columns) {
    const std::string r = std::string("array.rows=") + rows, c = std::string("array.columns=") + columns;
    return map("lenet5-mnist", kEightBits + Arguments{"--set", r, "--set", c})["arrays"]["used"].get<int>();
  };
  EXPECT_LT(used("256", "256"), used("128", "128"));
  EXPECT_LT(used("128", "128"), used("64", "64"));
}

TEST_F(Map, DrawnWeightsNeedAsManyArraysWhateverTheirSeed) {
  const auto used = [](const char* seed) {
    const Json json = map("shapes/ds_cnn", kEightBits + Arguments{"--weights", "random", "--seed", seed});
    return json["arrays"]["used"].get<int>();
  };
  EXPECT_GE(used("1"), 10);  // a layer each
  EXPECT_EQ(used("1"), used("2"));
}

TEST_F(Map, PackedLayersUseMoreOfFewerTiles) {
  const auto with = [](const char* packing) {
    return map("resnet8-fashion-mnist",
               kEightBits + Arguments{"--set", std::string("mapping.packing=") + packing});
  };
  const Json apart = with("none"), together = with("tile");
  EXPECT_EQ(apart["arrays"], together["arrays"]);
  EXPECT_LT(together["tiles"]["used"], apart["tiles"]["used"]);
  for (const Json& json : {apart, together}) {
    const double cores = 12.0 * json["tiles"]["used"].get<double>();
    EXPECT_NEAR(json["core_utilisation"], json["cores"]["used"].get<double>() / cores, 1e-12);
    EXPECT_NEAR(json["array_utilisation"], json["arrays"]["used"].get<double>() / (8 * cores), 1e-12);
  }
}

TEST_F(Map, TheFloorShowsEveryLayerAndItsTiles) {
  const std::string file = testing::TempDir() + "floor.svg";
  const Outcome drawn = runProgram(
      Arguments{"map", "--network", sourceFile("workloads/zoo/resnet8-fashion-mnist.onnx"), "--floor", file} +
      kEightBits);
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  const std::string svg = readBytes(file);
  for (const Json& stage : map("resnet8-fashion-mnist")["stages"]) {
    const auto name = stage["layer"].get<std::string>();
    EXPECT_THAT(svg, HasSubstr(name + ": " + std::to_string(stage["arrays"].get<int>()) + " arrays"));
    for (const int tile : stage["tiles"])
      EXPECT_THAT(svg, HasSubstr("tile " + std::to_string(tile) + ": " + name));
  }
  EXPECT_EQ(runProgram(Arguments{"map", "--network", sourceFile("workloads/zoo/resnet8-fashion-mnist.onnx"),
                                 "--floor", "/no/such/folder/floor.svg"} +
                       kEightBits)
                .code,
            2);
}

TEST_F(Map, AgreesWithTheRunsReport) {
  // The table for people says the same.
  const Outcome table =
      runProgram(Arguments{"map", "--network", sourceFile("workloads/zoo/lenet5-mnist.onnx")} + kEightBits);
  EXPECT_EQ(table.code, 0) << table.err;
  const Json json = map("lenet5-mnist");
  for (const Json& stage : json["stages"])
    EXPECT_THAT(table.out, HasSubstr(stage["layer"].get<std::string>()));
  EXPECT_THAT(table.out, HasSubstr("arrays  " + json["arrays"]["used"].dump() + " of 16128"));
}

class Explain : public RunTest {
 protected:
  Explain() : RunTest(40) {}
  Json explain(const Arguments& more) {
    const Outcome found = runProgram(
        Arguments{"explain", "--json", "--network", network_, "--images", images_, "--labels", labels_} +
        kEightBits + more);
    EXPECT_EQ(found.code, 0) << found.err;
    return Json::parse(found.out);
  }
};

TEST_F(Explain, ExactHardwareLosesNothing) {
  const Json json = explain({"--set", "adc.bits=16"});
  EXPECT_EQ(json["effects"], Json::array());
  EXPECT_EQ(json["accuracy"]["as_described"], json["accuracy"]["quantised_only"]);
  EXPECT_EQ(json["layers"].size(), 5U);
  for (const Json& layer : json["layers"]) {
    EXPECT_TRUE(layer["analog_sqnr_db"].is_null()) << layer;  // no error at all
    EXPECT_GT(layer["quantisation_sqnr_db"].get<double>(), 20.0) << layer;
  }
}

TEST_F(Explain, FindsTheOneToBlame) {
  // Strong programming error beside a read noise that does nothing: the outputs as float labels them are the
  // truth.
  const Json json = explain({"--set", "readout=ohmic", "--set", "adc.bits=16", "--set",
                             "nonideality.programming_error_of_g=0.8", "--set",
                             "nonideality.read_noise_of_g=1e-6", "--out", out()});
  std::set<std::string> names;
  for (const Json& effect : json["effects"]) names.insert(effect["effect"].get<std::string>());
  EXPECT_EQ(names, (std::set<std::string>{"programming error", "read noise"}));
  for (const Json& effect : json["effects"]) {
    const bool guilty = effect["effect"] == "programming error";
    const auto same = json["accuracy"][guilty ? "quantised_only" : "as_described"];
    EXPECT_NEAR(effect["off_alone"], same, 0.051) << effect;
    EXPECT_NEAR(effect["on_alone"], json["accuracy"][guilty ? "as_described" : "quantised_only"], 0.051)
        << effect;
  }
  for (const Json& layer : json["layers"]) EXPECT_LT(layer["analog_sqnr_db"].get<double>(), 20.0) << layer;
  const Json written = Json::parse(readBytes(out() + "/explain.json"));
  EXPECT_EQ(written, json);
  EXPECT_EQ(written["provenance"]["seed"], 1);
}

TEST_F(Explain, MoreErrorIsFewerDecibels) {
  double before = 1e9;
  for (const char* error : {"0.03", "0.1", "0.3"}) {
    const Json json = explain({"--set", "readout=ohmic", "--set", "adc.bits=16", "--set",
                               std::string("nonideality.programming_error_of_g=") + error});
    const double first = json["layers"][0]["analog_sqnr_db"];
    EXPECT_LT(first, before - 6.0) << "three times the error";
    before = first;
  }
}

TEST(Describe, IsaacReachesThePublishedFigures) {
  const Outcome found = runProgram({"describe", "--hardware", "isaac"});
  ASSERT_EQ(found.code, 0) << found.err;
  for (const char* text : {"168 tiles", "peak", "TOPS", "adc"}) EXPECT_THAT(found.out, HasSubstr(text));
  const Outcome json = runProgram({"describe", "--hardware", "isaac", "--json"});
  ASSERT_EQ(json.code, 0) << json.err;
  EXPECT_TRUE(Json::parse(json.out).is_object());
}

TEST(Describe, KeyReferenceIsTheDocument) {
  EXPECT_EQ(runProgram({"describe", "--keys"}).out, readBytes(sourceFile("docs/hardware.md")));
}

}  // namespace
}  // namespace crosstile::test
