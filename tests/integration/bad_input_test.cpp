// SPDX-License-Identifier: Apache-2.0
// Bad input through the program: one line that says what to change, exit code 2, nothing written.
#include <gmock/gmock.h>
#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#include <onnx/onnx_pb.h>

#include <chrono>
#include <functional>
#include <limits>

#include "program.h"

namespace crosstile::test {
namespace {

class BadInputs : public RunTest {
 protected:
  BadInputs() : RunTest(4) {}

  void refuse(const Arguments& more, const std::vector<std::string>& what) {
    expectRefused(arguments() + more, what);
  }
  void refuseNetwork(const std::string& file, const std::vector<std::string>& what) {
    network_ = file;
    refuse({}, what);
  }
  void refuseImages(const std::string& file, const std::vector<std::string>& what) {
    const std::string own = std::exchange(images_, file);
    refuse({}, what);
    images_ = own;
  }
  void refuseLabels(const std::string& file, const std::vector<std::string>& what) {
    const std::string own = std::exchange(labels_, file);
    refuse({}, what);
    labels_ = own;
  }
  void refuseHardware(const std::string& toml, const std::vector<std::string>& what) {
    refuse({"--hardware", scratch_.write("h.toml", toml)}, what);
  }
  void refuseOut(const std::string& folder, const std::vector<std::string>& what) {
    expectRefused({"run", "--network", network_, "--images", images_, "--labels", labels_, "--out", folder},
                  what);
  }
  /// LeNet-5, changed.
  std::string changed(const std::function<void(onnx::GraphProto&)>& change) const {
    onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromString(readBytes(network_)));
    change(*model.mutable_graph());
    return scratch_.write("changed.onnx", model.SerializeAsString());
  }
};

TEST_F(BadInputs, Network) {
  const std::string own = network_, bytes = readBytes(own);
  refuseNetwork(scratch_.file("none.onnx"), {"none.onnx: can't be opened"});
  refuseNetwork("/", {"is a folder"});
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, bytes.size() - 1}) {
    refuseNetwork(scratch_.write("cut.onnx", bytes.substr(0, length)), {"cut.onnx"});
  }
  refuseNetwork(scratch_.write("text.onnx", "this is not a network\n"), {"text.onnx"});
  refuseNetwork(images_, {"images.idx"});
}

TEST_F(BadInputs, OperatorsThatAreNotSupported) {
  refuseNetwork(changed([](onnx::GraphProto& g) {
                  onnx::NodeProto& node = *g.mutable_node(1);
                  node.set_op_type("Einsum");
                  onnx::AttributeProto& equation = *node.add_attribute();
                  equation.set_name("equation");
                  equation.set_type(onnx::AttributeProto::STRING);
                  equation.set_s("abcd->abcd");
                  node.set_name("/odd/Einsum");
                }),
                {"changed.onnx", "/odd/Einsum", "Einsum", "docs/operators.md"});
}

TEST_F(BadInputs, WeightsThatAreNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::string own = network_;
    refuseNetwork(changed([value](onnx::GraphProto& g) {
                    for (onnx::TensorProto& t : *g.mutable_initializer()) {
                      if (t.dims_size() != 4 || t.dims(0) != 16) continue;
                      std::vector<float> values(16 * 6 * 25, 0.1F);
                      values[77] = value;
                      t.clear_float_data();
                      t.set_raw_data(values.data(), values.size() * sizeof(float));
                    }
                  }),
                  {"changed.onnx", "/conv2/Conv", "NaN or infinity"});
    network_ = own;
  }
}

TEST_F(BadInputs, Images) {
  const std::string bytes = idxImages(digits_);
  refuseImages(scratch_.file("none.idx"), {"none.idx: can't be opened"});
  refuseImages(scratch_.write("cut.idx", bytes.substr(0, bytes.size() - 1)), {"cut.idx: truncated"});
  refuseImages(scratch_.write("cut.idx", bytes.substr(0, 7)), {"cut.idx"});
  refuseImages(scratch_.write("empty.idx", ""), {"empty.idx"});
  refuseImages(scratch_.write("cut.gz", std::string("\x1f\x8b\x08\x00\x00", 5)), {"cut.gz"});
  refuseImages(labels_, {"labels.idx", "not images"});
  refuseImages(scratch_.write("small.idx", idxBytes({4, 5, 5}, std::vector<std::uint8_t>(100, 1))),
               {"5x5", "1x28x28"});
  refuseImages(scratch_.write("v.csv", "1,2,3\n1,2\n"), {"v.csv:2"});
  refuseImages(scratch_.write("nan.npy", npyFloats({4, 28, 28}, std::vector<float>(4 * 784, NAN))),
               {"nan.npy", "NaN or infinity"});
}

TEST_F(BadInputs, Labels) {
  refuseLabels(scratch_.file("none.idx"), {"none.idx: can't be opened"});
  refuseLabels(scratch_.write("cut.idx", readBytes(labels_).substr(0, 10)), {"cut.idx: truncated"});
  refuseLabels(scratch_.write("few.idx", idxLabels({1, 2, 3})), {"few.idx", "3 labels", "4 images"});
  refuseLabels(scratch_.write("big.idx", idxLabels({1, 2, 10, 3})),
               {"big.idx", "label 10", "image 2", "10 classes"});
  refuseLabels(scratch_.write("half.csv", "1\n2\n0.5\n3\n"), {"half.csv", "0.5"});
  refuseLabels(scratch_.write("minus.csv", "1\n-2\n3\n4\n"), {"minus.csv", "-2"});
  refuseLabels(images_, {"images.idx", "not a list of labels"});
}

TEST_F(BadInputs, HardwareFiles) {
  refuseHardware("preset = \"isaac\"\n[adc\nbits = 8\n", {"h.toml:2"});
  refuseHardware("preset = \"isaac\"\n[adc]\nbit = 8\n", {"h.toml:3", "adc.bit", "adc.bits"});
  refuseHardware("preset = \"isaac\"\n[adcs]\nbits = 8\n", {"h.toml:2", "adcs"});
  refuseHardware("preset = \"isaac\"\n[adc]\nbits = 0\n", {"h.toml:3", "adc.bits = 0", "from 1 to 16"});
  refuseHardware("preset = \"isaac\"\n[adc]\nbits = \"eight\"\n", {"h.toml:3", "adc.bits", "integer"});
  refuseHardware("preset = \"isaac\"\n[array]\nr_word = \"2 ns\"\n", {"h.toml:3", "array.r_word", "ohm"});
  refuseHardware("preset = \"isaac\"\n[array]\nr_word = 2\n", {"h.toml:3", "array.r_word", "ohm"});
  refuseHardware("preset = \"isaac\"\nreadout = \"magic\"\n",
                 {"h.toml:2", "readout", "ideal, ohmic, device, ir_drop, circuit, emulator"});
  refuseHardware("preset = \"issac\"\n", {"h.toml", "issac", "isaac"});
  refuse({"--hardware", "issac"}, {"issac", "isaac"});
  refuse({"--hardware", scratch_.file("none.toml")}, {"none.toml"});
  refuse({"--hardware", scratch_.write("bytes.toml", std::string("\xff\xfe\x00", 3))}, {"bytes.toml"});
}

TEST_F(BadInputs, Settings) {
  refuse({"--set", "adc.bit=8"}, {"adc.bit", "adc.bits"});
  refuse({"--set", "adc.bits=0"}, {"adc.bits = 0", "from 1 to 16"});
  refuse({"--set", "adc.bits=8.5"}, {"adc.bits", "integer"});
  refuse({"--set", "adc.bits"}, {"section.key=value"});
  refuse({"--set", "=3"}, {"section.key=value"});
  refuse({"--set", "array.r_word=2ns"}, {"array.r_word", "ohm"});
  refuse({"--set", "array.r_word=-2ohm"}, {"array.r_word"});
  refuse({"--set", "array.r_word=nan"}, {"array.r_word"});
  refuse({"--set", "adc.range=wide"}, {"adc.range", "full, fixed, calibrated"});
  refuse({"--set", "device.g_off=20uS"}, {"g_off"});
}

TEST_F(BadInputs, SettingsOfTheMachine) {
  refuse({"--set", "buffer.banks=0"}, {"buffer.banks = 0", "from 1 to 1024"});
  refuse({"--set", "buffer.read_write_ports=-1"}, {"buffer.read_write_ports = -1", "from 0 to 64"});
  refuse({"--set", "buffer.read_write_ports=0"},
         {"buffer.read_ports = 0", "at least 1", "buffer.read_write_ports is 0"});
  refuse({"--set", "buffer.read_write_ports=0", "--set", "buffer.read_ports=1"},
         {"buffer.write_ports = 0", "at least 1"});
  refuse({"--set", "router.virtual_channels=0"}, {"router.virtual_channels = 0", "from 1 to 16"});
  refuse({"--set", "router.virtual_channels=17"}, {"router.virtual_channels = 17", "from 1 to 16"});
  refuse({"--set", "router.buffer_flits=0"}, {"router.buffer_flits = 0", "from 1"});
  refuse({"--set", "router.flit_bits=12"}, {"router.flit_bits = 12", "multiple of 8"});
  refuse({"--set", "router.multicast=maybe"}, {"router.multicast", "true or false"});
  refuse({"--set", "chip.mesh_columns=0"}, {"chip.mesh_columns = 0", "from 1 to 256"});
  refuse({"--set", "chip.mesh_rows=0"}, {"chip.mesh_rows = 0", "from 1 to 256"});
}

TEST_F(BadInputs, SettingsOfTheMapper) {
  refuse({"--set", "mapping.packing=core"}, {"mapping.packing", "none, tile"});
  refuse({"--set", "mapping.replication=many"}, {"mapping.replication", "none, balanced"});
  refuse({"--set", "mapping.placement=best"}, {"mapping.placement", "snake, annealed"});
  refuse({"--set", "mapping.replicas=/conv1/Conv=0"}, {"mapping.replicas", "NODE=COPIES", "from 1 on"});
  refuse({"--set", "mapping.replicas=/conv1/Conv"}, {"mapping.replicas", "NODE=COPIES"});
  refuse({"--set", "mapping.replicas=/conv9/Conv=2"}, {"mapping.replicas", "/conv9/Conv"});
  refuse({"--set", "mapping.replicas=/conv1/Conv=500"}, {"mapping.replicas", "/conv1/Conv", "500"});
}

TEST_F(BadInputs, NetworksThatDontFit) {
  refuse({"--set", "chip.mesh_columns=1", "--set", "chip.mesh_rows=1", "--set", "chip.concentration=1",
          "--set", "tile.cores=1"},
         {"lenet5-mnist", "the chip has 1"});
  refuse({"--set", "buffer.size=64B"}, {"/conv1/Conv", "buffer.size"});
}

TEST_F(BadInputs, OutputFolders) {
  const std::string file = scratch_.write("taken", "x");
  refuseOut(file, {"taken", "output folder"});
  refuseOut(file + "/below", {"taken/below", "output folder"});
  refuseOut(file + "/far/below", {"output folder"});
  refuseOut("/proc/crosstile", {"/proc/crosstile"});
  refuseOut("", {"output folder"});
  if (geteuid() != 0) {  // root may write anywhere
    const std::string closed = scratch_.file("closed");
    std::filesystem::create_directory(closed);
    std::filesystem::permissions(closed,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    refuseOut(closed, {"closed", "output folder"});
    refuseOut(closed + "/below", {"closed/below", "output folder"});
    std::filesystem::permissions(closed, std::filesystem::perms::owner_all);
  }
}

TEST_F(BadInputs, OutputFilesAreCheckedBeforeTheRun) {
  // Minutes of work, if anything were computed before the check.
  digits_ = makeDigits(200);
  images_ = scratch_.write("many.idx", idxImages(digits_));
  labels_ = scratch_.write("many.labels", idxLabels(digits_.labels));
  const Arguments slow{"--draws", "100000", "--timing", "cycle"};
  const auto begin = std::chrono::steady_clock::now();
  for (const char* option : {"--outputs", "--trace", "--vcd"}) {
    refuse(slow + Arguments{option, scratch_.file("no/such/file")}, {"no/such/file", "doesn't exist"});
    refuse(slow + Arguments{option, "/proc/file"}, {"/proc/file: can't be written"});
    refuse(slow + Arguments{option, "/"}, {"/"});
    refuse(slow + Arguments{option, "/dev/null"}, {"/dev/null", "plain file"});
  }
  refuseOut("/proc/crosstile", {"/proc/crosstile"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST_F(BadInputs, Options) {
  for (const char* option : {"--count", "--timed-count", "--draws"}) {
    for (const char* value : {"0", "-1", "three", "1e3", "2.5", "99999999999", ""}) {
      refuse({option, value}, {option, "must be a whole number from 1"});
    }
  }
  refuse({"--count", "5"}, {"images.idx", "holds 4 images", "--count asks for 5"});
  for (const char* value : {"-1", "one", "18446744073709551616"})
    refuse({"--seed", value}, {"--seed", "whole number"});
  for (const char* value : {"-1", "two", "100000"})
    refuse({"--threads", value}, {"--threads", "from 0 to 1024"});
  refuse({"--timing", "fast"}, {"--timing", "functional", "loose", "cycle"});
  for (const char* value : {"abc", "nan", "inf", "0"})
    refuse({"--input-scale", value}, {"--input-scale", "finite"});
  for (const char* value : {"abc", "nan"}) refuse({"--input-mean", value}, {"--input-mean", "finite"});
  for (const char* value : {"0", "-1", "inf"}) refuse({"--input-std", value}, {"--input-std", "finite"});
  refuse({"--input-mean", "1,2"}, {"mean", "2 values", "1 channel"});
  refuse({"--input-layout", "chw"}, {"--input-layout", "nchw", "nhwc"});
  refuse({"--dump", "conv9"}, {"conv9", "/conv1/Conv", "all"});
  refuse({"--trace", scratch_.file("t.json")}, {"--trace", "--timing"});
  refuse({"--vcd", scratch_.file("t.vcd")}, {"--vcd", "--timing"});
  refuse({"--frobnicate"}, {"--frobnicate"});
  refuse({"--seed"}, {"--seed"});
}

TEST_F(BadInputs, Commands) {
  expectRefused({}, {"subcommand"});
  expectRefused({"fly"}, {"fly: no such command", "run, describe, map, explain, crossbar, emulator"});
  expectRefused({"--frobnicate"}, {"--frobnicate: no such option"});
  expectRefused({"run"}, {"--network is required"});
  expectRefused({"describe"}, {"--hardware"});
  expectRefused({"describe", "--hardware", "issac"}, {"issac", "isaac"});
  expectRefused({"map"}, {"--network is required"});
  expectRefused({"map", "--network", scratch_.file("none.onnx")}, {"none.onnx"});
  expectRefused({"map", "--network", network_, "--set", "buffer.size=64B"}, {"buffer.size"});
  expectRefused({"map", "--network", sourceFile("workloads/zoo/shapes/ds_cnn.onnx")},
                {"ds_cnn.onnx: the network has", "--weights random"});
  expectRefused({"map", "--network", network_, "--weights", "none"}, {"--weights", "file", "random"});
  expectRefused({"explain", "--network", network_}, {"--images is required"});
  expectRefused({"explain", "--network", network_, "--images", images_, "--labels", scratch_.file("none"),
                 "--out", out("explained")},
                {"none: can't be opened"});
  expectRefused(
      {"explain", "--network", network_, "--images", images_, "--labels", labels_, "--out", "/proc/x"},
      {"/proc/x"});
}

}  // namespace
}  // namespace crosstile::test
