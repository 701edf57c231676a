// SPDX-License-Identifier: Apache-2.0
// What the values of a network that ships with the project are worth, on real images.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

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

struct Zoo {
  const char* network;
  const char* dataset;
  int images;
  int atLeast;  ///< right in float
  int apart;    ///< the difference that 8 bits may make
};

void PrintTo(const Zoo& zoo, std::ostream* out) {
  *out << zoo.network;
}

class ZooAccuracy : public testing::TestWithParam<Zoo> {};

TEST_P(ZooAccuracy, ofEightBitsIsThatOfFloat) {
  const Zoo& zoo = GetParam();
  const std::string data = std::string(CROSSTILE_SOURCE_DIR "/data/") + zoo.dataset + "/t10k-";
  if (!std::filesystem::exists(data + "images-idx3-ubyte.gz"))
    GTEST_SKIP() << "no data/" << zoo.dataset << " (scripts/fetch_data gets it)";
  const Network network =
      importOnnx(std::string(CROSSTILE_SOURCE_DIR "/workloads/zoo/") + zoo.network + ".onnx");
  const Images images = readImages(data + "images-idx3-ubyte.gz", zoo.images);
  const std::vector<int> labels = readLabels(data + "labels-idx1-ubyte.gz", zoo.images);
  const std::vector<float> x =
      preprocess(images, network.inputShape, network.preprocessing, ImageLayout::nchw);
  const IntegerNetwork q = quantise(network, eightBits(), x.data(), 64);
  const auto size = static_cast<std::size_t>(elementCount(network.inputShape));
  std::vector<std::int64_t> codes(size);
  int realCorrect = 0, integerCorrect = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(zoo.images); ++i) {
    const std::vector<float> real = runFloat(network, x.data() + i * size);
    realCorrect += std::max_element(real.begin(), real.end()) - real.begin() == labels[i] ? 1 : 0;
    quantiseInput(q.input, x.data() + i * size, codes.data(), size);
    integerCorrect += largestAt(runIntegerAllLayers(q, codes.data()).back()) == labels[i] ? 1 : 0;
  }
  EXPECT_GE(realCorrect, zoo.atLeast);
  EXPECT_LE(std::abs(realCorrect - integerCorrect), zoo.apart)
      << realCorrect << " in float, " << integerCorrect << " in 8 bits";
}

INSTANTIATE_TEST_SUITE_P(zoo, ZooAccuracy,
                         testing::Values(Zoo{"lenet5-mnist", "mnist", 500, 480, 1},
                                         Zoo{"resnet8-fashion-mnist", "fashion-mnist", 200, 180, 3},
                                         Zoo{"vgg8-fashion-mnist", "fashion-mnist", 200, 180, 3}));

}  // namespace
}  // namespace crosstile::test
