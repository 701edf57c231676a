// SPDX-License-Identifier: Apache-2.0
// --dump: what went through the converters of a layer, checked against the image and the network's weights.
#include <gmock/gmock.h>
#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#include <onnx/onnx_pb.h>

#include <cmath>
#include <sstream>

#include "program.h"
#include "workloads/execution/analog_array.h"

namespace crosstile::test {
namespace {

class RunDump : public RunTest {
 protected:
  template <typename T>
  std::vector<T> values(const std::string& layer, const std::string& what) {
    npy_ = readNpyFile(out() + "/dump/" + layer + "/" + what + ".npy");
    return npy_.as<T>();
  }
  /// The text for $readmemh holds the same values, in two's complement.
  template <typename T>
  void expectSameText(const std::string& layer, const std::string& what, std::size_t digits) {
    std::istringstream text(readBytes(out() + "/dump/" + layer + "/" + what + ".mem"));
    std::size_t i = 0;
    const std::vector<T> expected = values<T>(layer, what);
    for (std::string line; std::getline(text, line); ++i) {
      ASSERT_EQ(line.size(), digits);
      ASSERT_LT(i, expected.size());
      ASSERT_EQ(static_cast<T>(std::stoull(line, nullptr, 16)), expected[i]) << what << " " << i;
    }
    EXPECT_EQ(i, expected.size()) << what;
  }
  Npy npy_;
};

TEST_F(RunDump, TextAndArraysAgreeForAllLayers) {
  report({"--dump", "all"});
  for (const char* layer : {"conv1_Conv", "conv2_Conv", "fc1_Gemm", "fc2_Gemm", "fc3_Gemm"}) {
    SCOPED_TRACE(layer);
    expectSameText<std::uint16_t>(layer, "dac", 4);
    expectSameText<std::int32_t>(layer, "adc", 8);
    expectSameText<std::int64_t>(layer, "sums", 16);
  }
}

TEST_F(RunDump, DacCodesAreTheBitsOfThePixels) {
  report({"--dump", "/conv1/Conv"});
  const std::vector<std::uint16_t> dac = values<std::uint16_t>("conv1_Conv", "dac");
  ASSERT_THAT(npy_.shape, testing::ElementsAre(784, 8, 25));
  // Input scale 1/255, largest pixel 255, 8 bits: a pixel's code is the pixel. 5x5 window, 2 pixels of
  // padding.
  for (int position = 0; position < 784; ++position) {
    for (int row = 0; row < 25; ++row) {
      unsigned code = 0;
      for (int plane = 0; plane < 8; ++plane) {
        code |= static_cast<unsigned>(dac[static_cast<std::size_t>((position * 8 + plane) * 25 + row)])
                << plane;
      }
      const int y = position / 28 + row / 5 - 2, x = position % 28 + row % 5 - 2;
      const bool inside = y >= 0 && y < 28 && x >= 0 && x < 28;
      ASSERT_EQ(code, inside ? digits_.pixels[static_cast<std::size_t>(y * 28 + x)] : 0U)
          << position << " " << row;
    }
  }
}

TEST_F(RunDump, OneLayerByEitherName) {
  report({"--dump", "fc3_Gemm"});
  EXPECT_TRUE(std::filesystem::exists(out() + "/dump/fc3_Gemm/sums.npy"));
  EXPECT_FALSE(std::filesystem::exists(out() + "/dump/fc2_Gemm"));
  // The last layer's sums are the outputs before bias and requantisation: same order of the classes, roughly.
  const std::vector<std::int64_t> sums = values<std::int64_t>("fc3_Gemm", "sums");
  EXPECT_THAT(npy_.shape, testing::ElementsAre(1, 10));
  const std::vector<float> y = outputs();
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t c = 0; c < 10; ++c) {
    const double s = static_cast<double>(sums[c]), o = static_cast<double>(y[c]);
    xy += s * o, xx += s * s, yy += o * o;
  }
  EXPECT_GT(xy / std::sqrt(xx * yy), 0.99);
}

/// The first 4-dimensional initialiser of a network, as floats.
std::vector<float> convolutionWeights(const std::string& network) {
  onnx::ModelProto model;
  if (!model.ParseFromString(readBytes(network))) return {};
  for (const onnx::TensorProto& t : model.graph().initializer()) {
    if (t.dims_size() != 4 || t.dims(0) != 6) continue;
    if (!t.has_raw_data()) return {t.float_data().begin(), t.float_data().end()};
    std::vector<float> values(t.raw_data().size() / sizeof(float));
    std::copy(t.raw_data().begin(), t.raw_data().end(), reinterpret_cast<char*>(values.data()));
    return values;
  }
  return {};
}

TEST_F(RunDump, SumsAreTheConvolution) {
  report({"--dump", "conv1_Conv"});
  const std::vector<std::int64_t> sums = values<std::int64_t>("conv1_Conv", "sums");
  ASSERT_THAT(npy_.shape, testing::ElementsAre(784, 6));
  const std::vector<float> weights = convolutionWeights(network_);
  ASSERT_EQ(weights.size(), 6U * 25);
  float largest = 0.0F;
  for (const float w : weights) largest = std::max(largest, std::abs(w));
  // Weights in 8 bits, one scale for the layer: largest/127 a code. 25 products of at most 255 with half a
  // code of error.
  const double code = static_cast<double>(largest) / 127;
  const double unit = std::ldexp(1.0, -kGainBits);
  EXPECT_THAT(readBytes(sourceFile("docs/howto.md")),
              testing::HasSubstr("units of 2^-" + std::to_string(kGainBits)));
  for (int position = 0; position < 784; ++position) {
    for (int output = 0; output < 6; ++output) {
      double expected = 0.0, pixels = 0.0;
      for (int row = 0; row < 25; ++row) {
        const int y = position / 28 + row / 5 - 2, x = position % 28 + row % 5 - 2;
        if (y < 0 || y >= 28 || x < 0 || x >= 28) continue;
        const double pixel = digits_.pixels[static_cast<std::size_t>(y * 28 + x)];
        expected += pixel * static_cast<double>(weights[static_cast<std::size_t>(output * 25 + row)]);
        pixels += pixel;
      }
      const double found =
          static_cast<double>(sums[static_cast<std::size_t>(position * 6 + output)]) * unit * code;
      ASSERT_NEAR(found, expected, 0.5001 * code * pixels + 1e-9) << position << " " << output;
    }
  }
}

}  // namespace
}  // namespace crosstile::test
