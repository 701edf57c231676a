// SPDX-License-Identifier: Apache-2.0
// What the options of a run do: hardware, preprocessing, data formats, and what is printed.
#include <gmock/gmock.h>
#include <zlib.h>

#include <cmath>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class RunOptions : public RunTest {
 protected:
  RunOptions() : RunTest(6) {}

  std::vector<float> outputsOf(const std::string& images, const Arguments& more = {}) {
    const std::string own = images_;
    images_ = images;
    const std::vector<float> y = outputs(more);
    images_ = own;
    return y;
  }
  /// Pixels as f(channel's value).
  template <typename F>
  std::vector<float> pixels(F&& f) const {
    std::vector<float> values;
    for (const std::uint8_t p : digits_.pixels) values.push_back(f(static_cast<float>(p)));
    return values;
  }
  static void expectClose(const std::vector<float>& found, const std::vector<float>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    float range = 0.0F;
    for (const float y : expected) range = std::max(range, std::abs(y));
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 0.01 * range) << i;
  }
};

TEST_F(RunOptions, QuietAndJson) {
  const Json written = report({"--quiet"});
  EXPECT_EQ(last_.out, "");
  Json printed = Json::parse((report({"--json"}), last_.out));
  for (const char* field : {"accuracy", "energy", "layers", "area"})
    EXPECT_EQ(printed[field], written[field]);
  report();
  for (const char* word : {"accuracy", "energy", "report.html"}) EXPECT_THAT(last_.out, HasSubstr(word));
}

TEST_F(RunOptions, ArrivalsThatThePipelineKeepsUpWithNeverWait) {
  const Arguments timed{"--timing", "cycle", "--timed-count", "6"};
  const auto latencies = [&](const std::string& arrivals) {
    Arguments how = timed;
    how.insert(how.end(), {"--arrivals", arrivals});
    return report(how)["latency"];
  };
  const Json together = latencies("back-to-back");
  EXPECT_GT(together["max_s"], together["first_s"]) << "all but the first wait for room";
  const Json apart = latencies("periodic:1s");
  EXPECT_EQ(apart["max_s"], apart["first_s"]);
  EXPECT_NEAR(apart["mean_s"], apart["first_s"], 1e-15);
  const Json poisson = latencies("poisson:" + std::to_string(together["first_s"].get<double>()) + "s");
  EXPECT_LE(poisson["max_s"], together["max_s"]);
  EXPECT_GE(poisson["p95_s"], poisson["first_s"]);
  for (const char* wrong : {"never", "periodic", "periodic:0s", "periodic:-1us", "poisson:1 volt"}) {
    expectRefused(arguments("refused") + Arguments{"--timing", "cycle", "--arrivals", wrong}, {"--arrivals"});
  }
}

TEST_F(RunOptions, ProvenanceRepeatsTheRun) {
  const Arguments how{
      "--set", "adc.bits=6", "--set", "readout=ir_drop", "--set", "array.r_bit=3ohm", "--seed",
      "42",    "--threads",  "1",     "--timing",        "cycle", "--timed-count",    "2"};
  const Json first = report(how, "first");
  const Json& origin = first["provenance"];
  EXPECT_EQ(origin["seed"], 42);
  EXPECT_EQ(origin["threads"], 1);
  EXPECT_EQ(origin["network"]["file"], network_);
  EXPECT_THAT(origin["command"].get<std::string>(), HasSubstr("--set array.r_bit=3ohm --seed 42"));
  EXPECT_THAT(runProgram({"--version"}).out, HasSubstr(origin["version"].get<std::string>()));
  // The description in the report, as a hardware file and without any --set, gives the same figures.
  const std::string hardware = scratch_.write("again.toml", origin["hardware"].get<std::string>());
  last_ = runProgram({"run", "--network", network_, "--images", images_, "--labels", labels_, "--hardware",
                      hardware, "--seed", "42", "--timing", "cycle", "--timed-count", "2", "--out",
                      out("second")});
  ASSERT_EQ(last_.code, 0) << last_.err;
  const Json second = Json::parse(readBytes(out("second") + "/report.json"));
  for (const char* field : {"accuracy", "energy", "latency", "period_s", "area", "layers", "stalls"}) {
    EXPECT_EQ(first[field], second[field]) << field;
  }
}

TEST_F(RunOptions, DescribedHardwareIsTheHardware) {
  for (const char* preset : {"isaac", "siox-low", "siox-high"}) {
    SCOPED_TRACE(preset);
    const Outcome described = runProgram({"describe", "--hardware", preset, "--toml"});
    ASSERT_EQ(described.code, 0) << described.err;
    const std::string file = scratch_.write("described.toml", described.out);
    network_ = sourceFile("workloads/zoo/mlp-mnist.onnx");
    const Arguments bits{"--set", "encoding.weight_bits=3", "--set", "encoding.cell_bits=2"};
    const std::vector<float> own = outputs(Arguments{"--hardware", preset} + bits, "preset"),
                             again = outputs(Arguments{"--hardware", file} + bits, "file");
    EXPECT_EQ(own, again);
    EXPECT_EQ(Json::parse(readBytes(out("preset") + "/report.json"))["energy"],
              Json::parse(readBytes(out("file") + "/report.json"))["energy"]);
  }
}

TEST_F(RunOptions, AFileChangesItsPreset) {
  const std::string file =
      scratch_.write("mine.toml", "preset = \"isaac\"\n[adc]\nbits = 5\n[clock]\nperiod = \"1 ns\"\n");
  const Json mine = report({"--hardware", file});
  const Json set = report({"--set", "adc.bits=5", "--set", "clock.period=1ns"}, "set");
  EXPECT_EQ(mine["energy"], set["energy"]);
  EXPECT_EQ(mine["accuracy"], set["accuracy"]);
  EXPECT_NE(mine["energy"]["by_component"]["adc"], report({}, "own")["energy"]["by_component"]["adc"]);
}

TEST_F(RunOptions, ImageFormatsAgree) {
  const std::vector<float> idx = outputs();
  const std::string raw = idxImages(digits_);
  const std::string packed = scratch_.file("images.gz");
  gzFile gz = gzopen(packed.c_str(), "wb");
  ASSERT_EQ(gzwrite(gz, raw.data(), static_cast<unsigned>(raw.size())), static_cast<int>(raw.size()));
  gzclose(gz);
  EXPECT_EQ(outputsOf(packed), idx);
  EXPECT_EQ(outputsOf(scratch_.write("i.npy", npyFloats({6, 1, 28, 28}, pixels([](float p) { return p; })))),
            idx);
  EXPECT_EQ(outputsOf(scratch_.write("flat.npy", npyFloats({6, 784}, pixels([](float p) { return p; })))),
            idx);
  std::string csv;
  for (std::size_t i = 0; i < digits_.pixels.size(); ++i) {
    csv += std::to_string(digits_.pixels[i]) + (i % 784 == 783 ? "\n" : ",");
  }
  EXPECT_EQ(outputsOf(scratch_.write("i.csv", csv)), idx);
  std::string lines;
  for (const int label : digits_.labels) lines += std::to_string(label) + "\n";
  const Json byIdx = report();
  labels_ = scratch_.write("l.csv", lines);
  EXPECT_EQ(report()["accuracy"], byIdx["accuracy"]);
}

TEST_F(RunOptions, ScaleMeanAndDeviation) {
  const std::vector<float> own = outputs();
  // Pixels stored from 0 to 1, and the scale says so.
  const std::string unit =
      scratch_.write("unit.npy", npyFloats({6, 28, 28}, pixels([](float p) { return p / 255; })));
  expectClose(outputsOf(unit, {"--input-scale", "1"}), own);
  // Stored as 2 x + 0.5: minus mean, over deviation.
  const std::string moved =
      scratch_.write("moved.npy", npyFloats({6, 28, 28}, pixels([](float p) { return 2 * p / 255 + 0.5F; })));
  expectClose(outputsOf(moved, {"--input-scale", "1", "--input-mean", "0.5", "--input-std", "2"}), own);
  // Without them the values are others.
  const std::vector<float> wrong = outputsOf(moved, {"--input-scale", "1"});
  float most = 0.0F;
  for (std::size_t i = 0; i < own.size(); ++i) most = std::max(most, std::abs(wrong[i] - own[i]));
  EXPECT_GT(most, 1.0F);
}

TEST_F(RunOptions, ChannelsFirstOrLast) {
  // A network of two channels of 8x6, the second with a mean and deviation of its own.
  network_ = sourceFile("tests/golden/onnx/conv_bn_opset17/model.onnx");
  constexpr std::size_t kImages = 3, kPlane = 8 * 6;
  std::vector<float> first(kImages * 2 * kPlane), last(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    const std::size_t image = i / (2 * kPlane), channel = i / kPlane % 2, p = i % kPlane;
    first[i] = static_cast<float>((i * 37 + channel * 11) % 256);
    last[(image * kPlane + p) * 2 + channel] = first[i];
  }
  labels_ = scratch_.write("l.idx", idxLabels({0, 1, 2}));
  const Arguments how{"--input-scale", "0.01", "--input-mean", "0.2,1.1", "--input-std", "1,3"};
  const std::string nchw = scratch_.write("nchw.npy", npyFloats({kImages, 2, 8, 6}, first));
  const std::string nhwc = scratch_.write("nhwc.npy", npyFloats({kImages, 8, 6, 2}, last));
  const std::vector<float> expected = outputsOf(nchw, how);
  EXPECT_EQ(expected.size(), kImages * 5);
  EXPECT_EQ(outputsOf(nhwc, how + Arguments{"--input-layout", "nhwc"}), expected);
  EXPECT_NE(outputsOf(nchw, {"--input-scale", "0.01", "--input-mean", "1.1,0.2", "--input-std", "3,1"}),
            expected);
}

TEST_F(RunOptions, FewClassesHaveNoTopFive) {
  network_ = sourceFile("tests/golden/onnx/matmul_add_tanh/model.onnx");
  images_ = scratch_.write("v.csv", "1,2,3,4,5,6\n6,5,4,3,2,1\n");
  labels_ = scratch_.write("l.csv", "0\n2\n");
  const Json accuracy = report()["accuracy"];
  EXPECT_EQ(accuracy["count"], 2);
  EXPECT_FALSE(accuracy.contains("top5"));
}

TEST_F(RunOptions, ACoarseAdcCostsAccuracyThatIdealKeeps) {
  // Fewer bits of conversion lose information once the sums need more than they can hold.
  const std::vector<float> fine = outputs({"--set", "readout=ohmic"}, "fine");
  const std::vector<float> coarse = outputs({"--set", "readout=ohmic", "--set", "adc.bits=3"}, "coarse");
  double error = 0.0, signal = 0.0;
  for (std::size_t i = 0; i < fine.size(); ++i) {
    error += std::pow(fine[i] - coarse[i], 2);
    signal += std::pow(fine[i], 2);
  }
  EXPECT_GT(error, 0.01 * signal);
}

TEST_F(RunOptions, HelpNamesEveryOption) {
  const Outcome help = runProgram({"run", "--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* option : {"--network",     "--hardware",   "--images",    "--labels",       "--count",
                             "--input-scale", "--input-mean", "--input-std", "--input-layout", "--timing",
                             "--timed-count", "--draws",      "--set",       "--seed",         "--threads",
                             "--outputs",     "--dump",       "--trace",     "--vcd",          "--out"}) {
    EXPECT_THAT(help.out, HasSubstr(option));
  }
}

}  // namespace
}  // namespace crosstile::test
