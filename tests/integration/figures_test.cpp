// SPDX-License-Identifier: Apache-2.0
// The figures on real images: accuracy of LeNet-5 on all 10,000. Times are measured by scripts/bench.
#include <gmock/gmock.h>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;

struct DataSet {
  const char* folder;
  const char* network;
};

class Figures : public testing::TestWithParam<DataSet> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(realData(GetParam().folder, "images-idx3"))) {
      GTEST_SKIP() << "no data/" << GetParam().folder << ": scripts/fetch_data " << GetParam().folder
                   << " gets it";
    }
  }
  Json run(const Arguments& more) const {
    const std::string out = scratch_.file("out");
    const Outcome found =
        runProgram(Arguments{"run", "--network",
                             sourceFile(std::string("workloads/zoo/") + GetParam().network + ".onnx"),
                             "--hardware", "isaac", "--set", "encoding.input_bits=8", "--set",
                             "encoding.weight_bits=8", "--images", realData(GetParam().folder, "images-idx3"),
                             "--labels", realData(GetParam().folder, "labels-idx1"), "--out", out} +
                   more);
    EXPECT_EQ(found.code, 0) << found.err;
    return Json::parse(readBytes(out + "/report.json"));
  }
  static double pointsLost(const Json& report) {
    EXPECT_EQ(report["accuracy"]["count"], 10000);
    return 100 * (report["reference"]["top1"].get<double>() - report["accuracy"]["top1"].get<double>());
  }
  ScratchFolder scratch_;
};

TEST_P(Figures, IdealIsWithinTwoTenthsOfAPoint) {
  EXPECT_LE(std::abs(pointsLost(run({}))), 0.2);
}

TEST_P(Figures, WiresCostLessThanAPoint) {
  EXPECT_LE(pointsLost(run({"--set", "readout=ir_drop", "--set", "adc.range=calibrated"})), 1.0);
}

INSTANTIATE_TEST_SUITE_P(LeNet5, Figures,
                         testing::Values(DataSet{"mnist", "lenet5-mnist"},
                                         DataSet{"fashion-mnist", "lenet5-fashion-mnist"}),
                         [](const auto& set) {
                           return std::string(set.param.folder == std::string("mnist") ? "Mnist"
                                                                                       : "FashionMnist");
                         });

}  // namespace
}  // namespace crosstile::test
