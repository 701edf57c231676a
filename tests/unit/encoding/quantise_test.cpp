// SPDX-License-Identifier: Apache-2.0
// Post-training quantisation: formats, scales, degenerate networks, and what it costs in accuracy.
#include "workloads/encoding/quantise.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "tests/unit/mapping/random_network.h"
#include "workloads/network/float_reference.h"

namespace crosstile::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

EncodingConfig bits(int input, int weight) {
  EncodingConfig e;
  e.inputBits = input;
  e.weightBits = weight;
  return e;
}

template <typename Call>
std::string messageOf(const Call& call) {
  try {
    call();
  } catch (const BadInput& e) {
    return e.what();
  }
  return "no BadInput";
}

/// 2 inputs -> dense -> `then` -> dense, weights and biases by hand.
Network twoDense(LayerKind then) {
  Dice dice(1);
  NetworkBuilder b({2});
  Layer& first = b.dense(2, dice);
  first.weights.values = {1.0F, 0.5F, -1.0F, 0.25F};
  first.bias = {0.5F, 0.0F};
  if (then != LayerKind::dense) b.add(then, b.shape());
  Layer& second = b.dense(1, dice);
  second.weights.values = {1.0F, -1.0F};
  second.bias = {2.0F};
  return b.build();
}

TEST(Quantise, scalesFollowTheLargestMagnitudes) {
  const Network network = twoDense(LayerKind::relu);
  const std::vector<float> x = {2.0F, 1.0F, 0.5F, 4.0F};  // two images: outputs (3, -1.75) and (3, 0.5)
  const IntegerNetwork q = quantise(network, bits(8, 8), x.data(), 2);
  EXPECT_FALSE(q.input.isSigned);
  EXPECT_DOUBLE_EQ(q.input.scale, 4.0 / 255.0);
  EXPECT_THAT(q.layers[0].weights, ElementsAre(127, 64, -127, 32));
  EXPECT_THAT(q.layers[0].bias, ElementsAre(std::llround(0.5 / (4.0 / 255.0 / 127.0)), 0));
  EXPECT_TRUE(q.layers[0].hasRequantise);
  EXPECT_FALSE(q.layers[0].output.isSigned);  // read behind the ReLU
  EXPECT_NEAR(q.layers[0].output.scale, 3.0 / 255.0, 1e-9);
  EXPECT_EQ(q.layers[0].requantise.low, 0);
  EXPECT_EQ(q.layers[0].requantise.high, 255);
  // The multiplier and shift are the ratio of the scales to 2^-31.
  const double ratio = q.input.scale / 127.0 / q.layers[0].output.scale;
  EXPECT_NEAR(
      std::ldexp(static_cast<double>(q.layers[0].requantise.multiplier), -q.layers[0].requantise.shift) /
          ratio,
      1.0, std::ldexp(1.0, -31));
}

TEST(Quantise, withoutReluTheSignIsKept) {
  const Network network = twoDense(LayerKind::dense);
  const std::vector<float> x = {2.0F, 1.0F};
  const IntegerNetwork q = quantise(network, bits(8, 8), x.data(), 1);
  EXPECT_TRUE(q.layers[0].output.isSigned);
  EXPECT_NEAR(q.layers[0].output.scale, 3.0 / 127.0, 1e-9);
  EXPECT_EQ(q.layers[0].requantise.low, -128);
}

TEST(Quantise, lastLayerKeepsItsExactSums) {
  const Network network = twoDense(LayerKind::relu);
  const std::vector<float> x = {2.0F, 1.0F};
  const IntegerNetwork q = quantise(network, bits(8, 8), x.data(), 1);
  EXPECT_FALSE(q.layers[2].hasRequantise);
  EXPECT_DOUBLE_EQ(q.layers[2].output.scale, q.layers[0].output.scale / 127.0);
  std::vector<std::int64_t> codes(2);
  quantiseInput(q.input, x.data(), codes.data(), 2);
  const auto out = runIntegerAllLayers(q, codes.data());
  EXPECT_EQ(out[2][0], 127 * out[1][0] - 127 * out[1][1] + q.layers[2].bias[0]);
  EXPECT_NEAR(static_cast<double>(out[2][0]) * q.layers[2].output.scale, 5.0, 0.05);
}

TEST(Quantise, negativeInputsMakeTheInputSigned) {
  const Network network = twoDense(LayerKind::relu);
  const std::vector<float> x = {-2.0F, 1.0F};
  const IntegerNetwork q = quantise(network, bits(8, 8), x.data(), 1);
  EXPECT_TRUE(q.input.isSigned);
  std::vector<std::int64_t> codes(2);
  quantiseInput(q.input, x.data(), codes.data(), 2);
  EXPECT_THAT(codes, ElementsAre(-127, 64));  // 63.5 rounds away from 0
}

TEST(Quantise, inputsBeyondTheRangeAreClipped) {
  const CodeFormat format{0.5, 4, true};
  const std::vector<float> x = {100.0F, -100.0F, 1.2F, std::numeric_limits<float>::infinity()};
  std::vector<std::int64_t> codes(4);
  quantiseInput(format, x.data(), codes.data(), 4);
  EXPECT_THAT(codes, ElementsAre(7, -8, 2, 7));
}

TEST(Quantise, percentileCutsTheTail) {
  Dice dice(3);
  NetworkBuilder b({100});
  b.dense(1, dice);
  const Network network = b.build();
  std::vector<float> x(100);
  for (int i = 0; i < 100; ++i) x[static_cast<std::size_t>(i)] = static_cast<float>(i + 1);  // 1 .. 100
  EncodingConfig e = bits(8, 8);
  e.activationPercentile = 50.0;
  const IntegerNetwork q = quantise(network, e, x.data(), 1);
  EXPECT_NEAR(q.input.scale * 255.0, 50.5, 0.51);
}

TEST(Quantise, tablesAreTheActivationAtEveryCode) {
  for (const LayerKind kind : {LayerKind::sigmoid, LayerKind::tanh}) {
    const Network network = twoDense(kind);
    const std::vector<float> x = {2.0F, 1.0F, -1.0F, 3.0F};
    const IntegerNetwork q = quantise(network, bits(6, 8), x.data(), 2);
    const IntegerLayer& table = q.layers[1];
    const CodeFormat& in = q.layers[0].output;
    ASSERT_EQ(table.tableLow, in.low());
    ASSERT_EQ(static_cast<std::int64_t>(table.table.size()), in.high() - in.low() + 1);
    for (std::int64_t c = in.low(); c <= in.high(); ++c) {
      const double real = in.scale * static_cast<double>(c);
      const double f = kind == LayerKind::tanh ? std::tanh(real) : 1.0 / (1.0 + std::exp(-real));
      const double code = table.table[static_cast<std::size_t>(c - in.low())];
      EXPECT_LE(std::abs(code * table.output.scale - f), 0.5 * table.output.scale + 1e-12)
          << toString(kind) << " " << c;
    }
    EXPECT_EQ(table.output.isSigned, kind == LayerKind::tanh);
  }
}

TEST(Quantise, clipLimitsAreCodes) {
  Dice dice(5);
  NetworkBuilder b({2});
  b.dense(2, dice).weights.values = {1.0F, 0.0F, 0.0F, -1.0F};
  b.clip(-1.0F, 2.0F);
  b.dense(1, dice);
  const Network network = b.build();
  const std::vector<float> x = {4.0F, 3.0F};
  const IntegerNetwork q = quantise(network, bits(8, 8), x.data(), 1);
  const double scale = q.layers[0].output.scale;
  EXPECT_EQ(q.layers[1].low, std::llround(-1.0 / scale));
  EXPECT_EQ(q.layers[1].high, std::llround(2.0 / scale));
}

TEST(Quantise, clipOutsideTheRangeGivesItsNearestCode) {
  Dice dice(5);
  NetworkBuilder b({2});
  b.dense(2, dice);
  b.add(LayerKind::sigmoid, b.shape());
  b.clip(2.0F, 6.0F);  // above every sigmoid
  b.dense(1, dice);
  const Network network = b.build();
  const std::vector<float> x = {4.0F, 3.0F};
  const IntegerNetwork q = quantise(network, bits(8, 8), x.data(), 1);
  EXPECT_EQ(q.layers[2].low, 255);
  EXPECT_EQ(q.layers[2].high, 255);
}

TEST(Quantise, clipOfTheLastLayersSums) {
  Dice dice(5);
  NetworkBuilder b({2});
  Layer& l = b.dense(2, dice);
  l.weights.values = {1.0F, 0.0F, 0.0F, -1.0F};
  l.bias = {0.0F, 0.0F};
  b.clip(-1.0F, std::numeric_limits<float>::max());
  const Network network = b.build();
  const std::vector<float> x = {4.0F, 3.0F};
  const IntegerNetwork q = quantise(network, bits(8, 8), x.data(), 1);
  std::vector<std::int64_t> codes(2);
  quantiseInput(q.input, x.data(), codes.data(), 2);
  const auto out = runIntegerAllLayers(q, codes.data());
  EXPECT_EQ(out[1][0], out[0][0]);
  EXPECT_NEAR(static_cast<double>(out[1][1]) * q.layers[1].output.scale, -1.0, 1e-3);
}

TEST(Quantise, zeroWeightsAndZeroActivationsStayZero) {
  Network network = twoDense(LayerKind::relu);
  std::fill(network.layers[0].weights.values.begin(), network.layers[0].weights.values.end(), 0.0F);
  std::fill(network.layers[0].bias.begin(), network.layers[0].bias.end(), 0.0F);
  const std::vector<float> x = {0.0F, 0.0F};
  const IntegerNetwork q = quantise(network, bits(8, 8), x.data(), 1);
  std::vector<std::int64_t> codes(2);
  quantiseInput(q.input, x.data(), codes.data(), 2);
  const auto out = runIntegerAllLayers(q, codes.data());
  EXPECT_THAT(out[1], ElementsAre(0, 0));
  EXPECT_NEAR(static_cast<double>(out[2][0]) * q.layers[2].output.scale, 2.0, 0.01);  // the bias alone
}

TEST(Quantise, namesTheNodeOfWhatIsNotFinite) {
  Network network = twoDense(LayerKind::relu);
  const std::vector<float> x = {1.0F, 1.0F};
  network.layers[2].weights.values[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(messageOf([&] { quantise(network, bits(8, 8), x.data(), 1); }), HasSubstr("dense_2"));
  network = twoDense(LayerKind::relu);
  network.layers[0].bias[1] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(messageOf([&] { quantise(network, bits(8, 8), x.data(), 1); }), HasSubstr("dense_0"));
  const std::vector<float> nan = {1.0F, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THAT(messageOf([&] { quantise(twoDense(LayerKind::relu), bits(8, 8), nan.data(), 1); }),
              HasSubstr("input"));
  std::vector<std::int64_t> codes(2);
  EXPECT_THAT(messageOf([&] { quantiseInput({}, nan.data(), codes.data(), 2); }), HasSubstr("value 1"));
}

/// Whether a layer's codes are those behind the ReLU or Clip that follows.
bool isCutByNext(const Network& network, std::size_t i) {
  if (!network.layers[i].isMvm() || i + 1 == network.layers.size()) return false;
  const Layer& next = network.layers[i + 1];
  return next.kind == LayerKind::relu || (next.kind == LayerKind::clip && next.clipLow >= 0.0F);
}

TEST(Quantise, everyCodeOfARandomNetworkIsNearItsFloat) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Dice dice(seed);
    const Network network = randomNetwork(dice);
    const std::vector<float> x = randomImages(network, 4, seed % 2 == 0, dice);
    const IntegerNetwork q = quantise(network, bits(16, 16), x.data(), 4);
    std::vector<std::int64_t> codes(static_cast<std::size_t>(elementCount(network.inputShape)));
    quantiseInput(q.input, x.data(), codes.data(), codes.size());
    const auto integer = runIntegerAllLayers(q, codes.data());
    const auto real = runFloatAllLayers(network, x.data());
    for (std::size_t i = 0; i < real.size(); ++i) {
      if (network.layers[i].kind == LayerKind::softmax || isCutByNext(network, i)) continue;
      float largest = 0.1F;
      for (const float y : real[i]) largest = std::max(largest, std::abs(y));
      for (std::size_t k = 0; k < real[i].size(); ++k) {
        ASSERT_NEAR(static_cast<double>(integer[i][k]) * q.layers[i].output.scale, real[i][k], 2e-3 * largest)
            << "seed " << seed << ", " << network.layers[i].name << ", value " << k;
      }
    }
  }
}

}  // namespace
}  // namespace crosstile::test
