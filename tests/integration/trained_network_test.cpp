// SPDX-License-Identifier: Apache-2.0
// Networks with trained conductances, through the program: a tiny one by hand, exactly, and what is refused.
#include <gmock/gmock.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;

constexpr double kOff = 1e-6, kOn = 6e-6;  // S
constexpr int kTop = 255;

/// Two inputs, two outputs: levels of the cells, rows x outputs, the bias row last.
const std::vector<int> kPlus{255, 40, 0, 100, 10, 0}, kMinus{0, 0, 51, 0, 0, 20};

onnx::TensorProto* tensor(onnx::GraphProto& graph, const std::string& name,
                          const std::vector<std::int64_t>& dims, const std::vector<double>& values,
                          bool isDouble) {
  onnx::TensorProto* t = graph.add_initializer();
  t->set_name(name);
  t->set_data_type(isDouble ? onnx::TensorProto::DOUBLE : onnx::TensorProto::FLOAT);
  for (const std::int64_t d : dims) t->add_dims(d);
  for (const double v : values) isDouble ? t->add_double_data(v) : t->add_float_data(static_cast<float>(v));
  return t;
}

void describe(onnx::ValueInfoProto& value, const std::string& name, std::int64_t size) {
  value.set_name(name);
  auto* type = value.mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  type->mutable_shape()->add_dim()->set_dim_value(1);
  type->mutable_shape()->add_dim()->set_dim_value(size);
}

/// y = W x + b with w = (plus - minus)/k_G, k_G = 5 uS.
onnx::ModelProto tinyModel() {
  onnx::ModelProto model;
  model.set_ir_version(7);
  auto* opset = model.add_opset_import();
  opset->set_domain("");
  opset->set_version(13);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("tiny");
  describe(*graph.add_input(), "x", 2);
  describe(*graph.add_output(), "y", 2);
  onnx::NodeProto& node = *graph.add_node();
  node.set_name("fc");
  node.set_op_type("Gemm");
  for (const char* in : {"x", "W", "b"}) node.add_input(in);
  node.add_output("y");
  const double step = (kOn - kOff) / kTop, scale = 5e-6;
  std::vector<double> weight, bias, plus, minus;
  for (std::size_t k = 0; k < kPlus.size(); ++k) {
    plus.push_back(kOff + step * kPlus[k]);
    minus.push_back(kOff + step * kMinus[k]);
    (k < 4 ? weight : bias).push_back((plus.back() - minus.back()) / scale);
  }
  tensor(graph, "W", {2, 2}, weight, false);
  tensor(graph, "b", {2}, bias, false);
  tensor(graph, "W.g_plus", {3, 2}, plus, true);
  tensor(graph, "W.g_minus", {3, 2}, minus, true);
  tensor(graph, "W.k_g", {}, {scale}, true);
  for (const auto& [key, value] : std::map<std::string, std::string>{{"input_scale", "0.00392156862745098"},
                                                                     {"crosstile.device", "a-test"},
                                                                     {"crosstile.g_off", "1e-6"},
                                                                     {"crosstile.g_on", "6e-6"},
                                                                     {"crosstile.read_voltage", "0.5"}}) {
    auto* entry = model.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  return model;
}

class TrainedNetwork : public RunTest {
 protected:
  TrainedNetwork() : RunTest(4) {
    hardware_ = scratch_.write("h.toml", R"(preset = "siox-high"
[device]
law = "linear"
g_off = "1 uS"
g_on = "6 uS"
)");
    images_ = scratch_.write("images.csv", "255,0\n0,255\n102,204\n");
    labels_ = scratch_.write("labels.csv", "0\n1\n1\n");
  }
  Arguments command(const onnx::ModelProto& model) const {
    return {"run",        "--network",         scratch_.write("tiny.onnx", model.SerializeAsString()),
            "--hardware", hardware_,           "--images",
            images_,      "--labels",          labels_,
            "--out",      scratch_.file("out")};
  }
  Json ran(const Arguments& arguments) {
    const Outcome outcome = runProgram(Arguments{"--quiet"} + arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(readBytes(scratch_.file("out") + "/report.json"));
  }
  void refused(const std::function<void(onnx::ModelProto&)>& change, const std::vector<std::string>& what) {
    onnx::ModelProto model = tinyModel();
    change(model);
    expectRefused(command(model), what);
  }
  static onnx::TensorProto& initialiser(onnx::ModelProto& model, const std::string& name) {
    for (auto& t : *model.mutable_graph()->mutable_initializer()) {
      if (t.name() == name) return t;
    }
    throw std::runtime_error("no initialiser " + name);
  }
  static void setMetadata(onnx::ModelProto& model, const std::string& key, const std::string& value) {
    for (auto& entry : *model.mutable_metadata_props()) {
      if (entry.key() == key) entry.set_value(value);
    }
  }
  std::string hardware_, images_, labels_;
};

/// V I summed over the cells by hand: V = 0.5 V x, ohmic cells, the bias row at 0.5 V.
TEST_F(TrainedNetwork, PowerAndEfficiencyAreThoseOfItsCells) {
  const Json json = ran(command(tinyModel()));
  const double x[3][3] = {{1, 0, 1}, {0, 1, 1}, {0.4, 0.8, 1}};
  double watts = 0.0;
  for (const auto& image : x) {
    for (std::size_t k = 0; k < kPlus.size(); ++k) {
      const double g = 2 * kOff + (kOn - kOff) / kTop * (kPlus[k] + kMinus[k]), v = 0.5 * image[k / 2];
      watts += v * v * g / 3.0;
    }
  }
  const Json& devices = json["efficiency"]["devices"];
  EXPECT_NEAR(devices["power_w"].get<double>() / watts, 1.0, 1e-6);
  EXPECT_EQ(devices["synapses"].get<int>(), 6);
  EXPECT_NEAR(devices["tops_per_w"].get<double>() / (2.0 * 6 / (50e-9 * watts) * 1e-12), 1.0, 1e-6);
  EXPECT_NEAR(devices["read_voltage"].get<double>(), 0.5, 1e-12);
  EXPECT_NEAR(devices["read_time_s"].get<double>(), 50e-9, 1e-18);
  EXPECT_NEAR(devices["layers"][0]["share_at_g_off"].get<double>(), 6.0 / 12.0, 1e-12);
  EXPECT_NEAR(devices["layers"][0]["largest_weight"].get<double>(), 1.0, 1e-6);
  EXPECT_EQ(json["accuracy"]["top1"].get<double>(), json["reference"]["top1"].get<double>());
}

TEST_F(TrainedNetwork, DrawsInBatchesDontDependOnThreads) {
  const Arguments noisy = command(tinyModel()) + Arguments{"--set",   "nonideality.d2d_sigma_on=0.5",
                                                           "--set",   "nonideality.d2d_sigma_off=0.5",
                                                           "--draws", "4"};
  const Arguments batch =
      noisy + Arguments{"--set", "nonideality.draw=batch", "--set", "nonideality.draw_images=1"};
  const Json one = ran(batch + Arguments{"--threads", "1"}), two = ran(batch + Arguments{"--threads", "2"});
  EXPECT_EQ(one["accuracy"], two["accuracy"]);
  EXPECT_EQ(one["efficiency"], two["efficiency"]);
  EXPECT_EQ(one["efficiency"]["devices"]["draw"].get<std::string>(), "batch");
  for (const char* field : {"median", "quartiles", "percentile5", "worst"})
    EXPECT_TRUE(one["accuracy"].contains(field));
  EXPECT_NE(ran(noisy)["efficiency"]["devices"]["power_w"], one["efficiency"]["devices"]["power_w"]);
  EXPECT_EQ(ran(batch + Arguments{"--timing", "cycle", "--timed-count", "1"})["accuracy"], one["accuracy"]);
  expectRefused(batch + Arguments{"--timing", "cycle", "--timed-count", "2"},
                {"--timed-count 2", "1 images"});
}

TEST_F(TrainedNetwork, AnotherDeviceIsRefusedUnlessForced) {
  const Arguments arguments = command(tinyModel()) + Arguments{"--set", "array.read_voltage=0.4V"};
  expectRefused(arguments,
                {"trained for the device a-test", "array.read_voltage = 0.5", "has 0.4", "--force"});
  const Outcome forced = runProgram(arguments + Arguments{"--force"});
  EXPECT_EQ(forced.code, 0);
  EXPECT_THAT(forced.err, ::testing::HasSubstr("warning"));
}

TEST_F(TrainedNetwork, WhatDoesntFitIsRefused) {
  refused([](auto& m) { initialiser(m, "W.g_plus").set_double_data(1, 1.55e-6); },
          {"tiny.onnx", "fc", "row 0, output 1", "its weight is"});
  refused(
      [](auto& m) {  // between two levels: both cells of a pair, so that the weight stays
        for (const char* name : {"W.g_plus", "W.g_minus"})
          initialiser(m, name).set_double_data(
              1, initialiser(m, name).double_data(1) + 0.4 * (kOn - kOff) / kTop);
      },
      {"fc", "g_plus of row 0, output 1", "levels"});
  refused([](auto& m) { initialiser(m, "W.g_plus").set_dims(0, 2); }, {"tiny.onnx", "W.g_plus"});
  refused([](auto& m) { initialiser(m, "W.g_minus").set_name("other"); }, {"W.g_minus", "missing"});
  refused([](auto& m) { initialiser(m, "W.k_g").set_double_data(0, -1.0); }, {"W.k_g", "above 0"});
  refused([](auto& m) { setMetadata(m, "crosstile.g_off", "zero"); }, {"crosstile.g_off", "zero"});
  refused([](auto& m) { setMetadata(m, "crosstile.g_on", "1e-7"); },
          {"crosstile.g_on", "above crosstile.g_off"});
  const Arguments arguments = command(tinyModel());
  expectRefused(arguments + Arguments{"--set", "encoding.scheme=offset"},
                {"fc", "trained conductances", "differential"});
  expectRefused(arguments + Arguments{"--set", "encoding.bias_row=false"}, {"fc", "bias row"});
}

}  // namespace
}  // namespace crosstile::test
