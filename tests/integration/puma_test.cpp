// SPDX-License-Identifier: Apache-2.0
// PUMA's multilayer perceptron on the preset `puma`, against what the authors' simulator gives for it.
#include <gmock/gmock.h>

#include <cstdlib>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;

class PumaPerceptron : public testing::Test {
 protected:
  void SetUp() override {
    const std::string command =
        sourceFile("scripts/make_mlp") + " 784 1024 512 200 10 --out " + scratch_.file("mlp");
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  Json run() const {
    const Outcome found = runProgram(
        {"--quiet", "run", "--network", scratch_.file("mlp/network.onnx"), "--hardware", "puma", "--images",
         scratch_.file("mlp/images.npy"), "--labels", scratch_.file("mlp/labels.csv"), "--input-scale", "1",
         "--timing", "cycle", "--timed-count", "1", "--out", scratch_.file("out")});
    EXPECT_EQ(found.code, 0) << found.err;
    return Json::parse(readBytes(scratch_.file("out/report.json")));
  }
  ScratchFolder scratch_;
};

TEST_F(PumaPerceptron, TakesNinetyEightUnitsOfEightArrays) {
  const Outcome found =
      runProgram({"--json", "map", "--network", scratch_.file("mlp/network.onnx"), "--hardware", "puma"});
  ASSERT_EQ(found.code, 0) << found.err;
  const Json map = Json::parse(found.out);
  EXPECT_EQ(map["arrays"]["used"], 98 * 8);
  const int units[] = {56, 32, 8, 2};
  for (std::size_t s = 0; s < 4; ++s) EXPECT_EQ(map["stages"][s]["arrays"], 8 * units[s]) << s;
}

TEST_F(PumaPerceptron, ReadsConvertsAndCostsWhatItsSimulatorSays) {
  const Json r = run();
  EXPECT_EQ(r["energy"]["operations"]["array"], 12544);
  EXPECT_EQ(r["energy"]["operations"]["adc"], 1605632);
  EXPECT_NEAR(r["latency"]["first_s"].get<double>(), 20.05e-6, 0.1 * 20.05e-6);
  const Json& dynamic = r["energy"]["dynamic"];
  EXPECT_NEAR(dynamic["by_phase"]["inference"].get<double>(), 6.069e-6, 0.1 * 6.069e-6);
  // Shares of 6.069 uJ that don't depend on how data move.
  EXPECT_NEAR(dynamic["by_component"]["adc"].get<double>(), 0.476 * 6.069e-6, 0.005e-6);
  EXPECT_NEAR(dynamic["by_component"]["array"].get<double>(), 0.351 * 6.069e-6, 0.005e-6);
}

TEST_F(PumaPerceptron, LeaksInTheTilesInUseOnly) {
  const Json r = run();
  const Json& leakage = r["energy"]["leakage"];
  EXPECT_EQ(leakage["by_layer"].back()["total_j"], 0.0);  // shared: the other 136 tiles are gated
  double sum = 0.0;
  for (const Json& layer : leakage["by_layer"]) sum += layer["total_j"].get<double>();
  EXPECT_NEAR(sum, leakage["total_j"].get<double>(), 1e-12 * sum);
  // dense1 has four tiles, dense3 one: four times as much in the same time
  EXPECT_NEAR(leakage["by_layer"][0]["total_j"].get<double>(),
              4 * leakage["by_layer"][4]["total_j"].get<double>(), 1e-9 * sum);
}

}  // namespace
}  // namespace crosstile::test
