// SPDX-License-Identifier: Apache-2.0
// Emulators on disk: what comes back, and what is refused.
#include "platform/hardware/emulator_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/crossbar/residual_sums.h"
#include "platform/hardware/hardware.h"

namespace crosstile {
namespace {

class EmulatorFile : public ::testing::Test {
 protected:
  EmulatorFile()
      : folder_(std::filesystem::temp_directory_path() / ("emulator_file_" + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
  }
  ~EmulatorFile() override { std::filesystem::remove_all(folder_); }

  static Emulator emulator(EmulatorKind kind) {
    Emulator e;
    e.kind = kind;
    e.technology.device.law = "sinh";
    e.technology.device.gOff = Siemens{1e-5 / 6.0};
    e.technology.device.gOn = Siemens{1e-5};
    e.technology.device.sinhB = 2.5;
    e.technology.wires = {2.5, 2.0, 500.0, 100.0};
    e.technology.rows = 5;
    e.technology.columns = 7;
    e.technology.referenceColumn = 3;
    e.technology.voltage = 0.25;
    e.network = TwoLayerNetwork(kind == EmulatorKind::geniex
                                    ? TwoLayerNetwork::Shape{35, 5, 20, 7}
                                    : TwoLayerNetwork::Shape{0, ResidualSums::kFeatures, 20, 1});
    // Row by row, so that the padding stays 0.
    const auto fill = [&](std::size_t offset, std::size_t rows, std::size_t width, std::size_t stride) {
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < width; ++c)
          e.network.at(offset)[r * stride + c] = static_cast<float>(r) + 0.01F * static_cast<float>(c + 1);
      }
    };
    const TwoLayerNetwork::Shape& s = e.network.shape();
    fill(0, s.matrixInputs + s.inputs + 1, s.hidden, e.network.hiddenStride());
    fill(e.network.outputWeights(), s.hidden + 1, s.outputs, e.network.outputStride());
    return e;
  }
  std::string write(const std::string& bytes) const {
    std::ofstream(folder_ / "e.bin", std::ios::binary) << bytes;
    return (folder_ / "e.bin").string();
  }
  static std::string bytes() { return emulatorBytes(emulator(EmulatorKind::residual), {{"seed", 5}}); }
  void refuse(const std::string& content, const std::string& why) const {
    try {
      readEmulator(write(content));
      ADD_FAILURE() << "read: " << why;
    } catch (const BadInput& e) {
      EXPECT_NE(std::string(e.what()).find("e.bin"), std::string::npos) << e.what();
      EXPECT_NE(std::string(e.what()).find(why), std::string::npos) << e.what();
    }
  }
  static std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), with);
  }
  std::filesystem::path folder_;
};

TEST_F(EmulatorFile, RoundTrip) {
  for (const EmulatorKind kind : {EmulatorKind::geniex, EmulatorKind::residual}) {
    const Emulator e = emulator(kind);
    const std::string path = write(emulatorBytes(e, {{"seed", 5}}));
    const auto read = readEmulator(path);
    EXPECT_EQ(read->kind, kind);
    EXPECT_TRUE(read->network.shape() == e.network.shape());
    EXPECT_EQ(read->network.parameters(), e.network.parameters());
    EXPECT_EQ(technologyJson(read->technology), technologyJson(e.technology));
    EXPECT_EQ(read->technology.device.gOff.value, e.technology.device.gOff.value) << "to the last bit";
    EXPECT_EQ(readEmulatorHeader(path)["provenance"]["seed"], 5);
  }
}

TEST_F(EmulatorFile, RefusesWhatIsNoEmulator) {
  const std::string good = bytes();
  refuse("", "not an emulator");
  refuse("crosstile-emulator 2\n{}\n", "not an emulator");
  refuse("crosstile-emulator 1\n{\n", "not a JSON object");
  refuse("crosstile-emulator 1\n{}\n", "kind");
  refuse(good.substr(0, good.size() - 1), "bytes of parameters");
  refuse(good + "x", "bytes of parameters");
  refuse(replaced(good, "\"kind\":\"residual\"", "\"kind\":\"magic\""), "magic");
  refuse(replaced(good, "\"rows\":5", "\"rows\":0"), "rows");
  refuse(replaced(good, "\"rows\":5", "\"rows\":\"5\""), "line 2");
  refuse(replaced(good, "\"r_bit\":2.0", "\"r_bit\":-2.0"), "r_bit");
  refuse(replaced(good, "\"law\":\"sinh\"", "\"law\":\"sine\""), "sine");
  refuse(replaced(good, "\"hidden\":20", "\"hidden\":21"), "bytes of parameters");
  std::string nan = good;
  const float bad = NAN;
  std::memcpy(nan.data() + nan.size() - sizeof bad, &bad, sizeof bad);
  refuse(nan, "not a finite number");
  EXPECT_THROW(readEmulator((folder_ / "none").string()), BadInput);
  EXPECT_THROW(readEmulator(folder_.string()), BadInput);
}

TEST_F(EmulatorFile, LiesBesideTheHardwareFile) {
  write(bytes());
  std::ofstream(folder_ / "h.toml")
      << "preset = \"isaac\"\nreadout = \"emulator\"\n[array]\nemulator = \"e.bin\"\n";
  const Hardware h = loadHardware((folder_ / "h.toml").string());
  ASSERT_NE(h.array.trainedEmulator, nullptr);
  EXPECT_EQ(h.array.trainedEmulator->technology.columns, 7);
  EXPECT_EQ(h.array.emulator, (folder_ / "e.bin").string());
  // Other readouts don't need it.
  EXPECT_EQ(loadHardware("isaac", {"array.emulator=none.bin"}).array.trainedEmulator, nullptr);
  EXPECT_THROW(loadHardware("isaac", {"array.emulator=none.bin", "readout=emulator"}), BadInput);
}

}  // namespace
}  // namespace crosstile
