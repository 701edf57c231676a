// SPDX-License-Identifier: Apache-2.0
// What the values of a network that ships with the project are worth, on real images.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "workloads/dataset/dataset.h"
#include "workloads/encoding/quantise.h"
#include "workloads/network/float_reference.h"

namespace crosstile::test {
namespace {

EncodingConfig eightBits() {
  EncodingConfig e;
  e.inputBits = e.weightBits = 8;
  return e;
}

int largestAt(const std::vector<std::int64_t>& y) {
  return static_cast<int>(std::max_element(y.begin(), y.end()) - y.begin());
}

TEST(ZooAccuracy, eightBitLeNetIsWithinTwoTenthsOfAPoint) {
  const std::string data = CROSSTILE_SOURCE_DIR "/data/mnist/t10k-";
  if (!std::filesystem::exists(data + "images-idx3-ubyte.gz"))
    GTEST_SKIP() << "no data/mnist (scripts/fetch_data gets it)";
  constexpr int kImages = 500;
  const Network network = importOnnx(CROSSTILE_SOURCE_DIR "/workloads/zoo/lenet5-mnist.onnx");
  const Images images = readImages(data + "images-idx3-ubyte.gz", kImages);
  const std::vector<int> labels = readLabels(data + "labels-idx1-ubyte.gz", kImages);
  const std::vector<float> x =
      preprocess(images, network.inputShape, network.preprocessing, ImageLayout::nchw);
  const IntegerNetwork q = quantise(network, eightBits(), x.data(), 64);
  const auto size = static_cast<std::size_t>(elementCount(network.inputShape));
  std::vector<std::int64_t> codes(size);
  int realCorrect = 0, integerCorrect = 0;
  for (std::size_t i = 0; i < kImages; ++i) {
    const std::vector<float> real = runFloat(network, x.data() + i * size);
    realCorrect += std::max_element(real.begin(), real.end()) - real.begin() == labels[i] ? 1 : 0;
    quantiseInput(q.input, x.data() + i * size, codes.data(), size);
    integerCorrect += largestAt(runIntegerAllLayers(q, codes.data()).back()) == labels[i] ? 1 : 0;
  }
  EXPECT_GE(realCorrect, 480);
  EXPECT_LE(std::abs(realCorrect - integerCorrect), 1)
      << realCorrect << " in float, " << integerCorrect << " in 8 bits";
}

}  // namespace
}  // namespace crosstile::test
