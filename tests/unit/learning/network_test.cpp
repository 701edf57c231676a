// SPDX-License-Identifier: Apache-2.0
// Networks trained in place: gradients against differences of the loss, learning, repeatability, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"
#include "workloads/learning/learning_network.h"

namespace crosstile::learning {
namespace {

LearningConfig config(const std::string& device, const std::string& rule) {
  LearningConfig c;
  c.network.sizes = {6, 8, 3};
  c.device = c.fastDevice = stepDevice(device);
  c.rule.name = rule;
  c.rule.rate = 0.05;
  c.rule.inputThreshold = 0.5;  // of the sign rule
  c.rule.errorThreshold = 0.02;
  c.epochs = 12;
  return c;
}

/// Three classes: which two of the six inputs are high.
LabelledSet stripes(std::size_t count, std::uint64_t seed) {
  const RandomStream stream({seed, 0, 0, 0, 0}, Purpose::sampling);
  LabelledSet set;
  set.inputs = 6;
  for (std::size_t n = 0; n < count; ++n) {
    const int label = static_cast<int>(n % 3);
    set.labels.push_back(label);
    for (std::size_t i = 0; i < 6; ++i)
      set.values.push_back(static_cast<float>((static_cast<int>(i) / 2 == label ? 0.7 : 0.0) +
                                              0.3 * stream.uniform(6 * n + i)));
  }
  return set;
}

/// One step of float training lowers the loss of its sample by rate |gradient|^2: the slope of the loss along
/// what backward reads and updates made of it. Halving the rate halves the fall, up to terms of second order.
TEST(Gradient, StepsDownTheLossAsSteeplyAsDifferencesSay) {
  for (const Activation activation : {Activation::sigmoid, Activation::tanh, Activation::relu}) {
    const LabelledSet set = stripes(3, 1);
    LearningConfig c = config("ideal", "float");
    c.network.activation = activation;
    c.rule.rate = 1.0;
    const auto weightsOf = [](const LearningNetwork& n) {
      std::vector<double> w;
      for (const LearningLayer& layer : n.layers()) {
        for (std::size_t i = 0; i <= layer.inputs(); ++i) {
          for (std::size_t j = 0; j < layer.outputs(); ++j) w.push_back(layer.weights().weight(i, j));
        }
      }
      return w;
    };
    constexpr double kSmall = 1e-2;  // factor on the rate
    LearningNetwork network(c);
    const std::vector<double> before = weightsOf(network);
    const double loss = network.learn(set.sample(1), set.labels[1], kSmall, 0);
    const std::vector<double> after = weightsOf(network);
    double square = 0.0;
    for (std::size_t i = 0; i < before.size(); ++i) square += std::pow((after[i] - before[i]) / kSmall, 2);
    const double fallen = loss - network.learn(set.sample(1), set.labels[1], 0.0, 1);
    EXPECT_NEAR(fallen / kSmall, square, 0.05 * square);
  }
}

struct Case {
  const char *device, *rule;
};
class Learns : public testing::TestWithParam<Case> {};

TEST_P(Learns, ThreeClasses) {
  const auto result = train(config(GetParam().device, GetParam().rule), stripes(300, 1), stripes(90, 2));
  EXPECT_GE(result.back().testAccuracy, 0.95);
  EXPECT_LT(result.back().loss, result.front().loss);
  const Activity& first = result.back().layers[0];
  EXPECT_EQ(first.forwardReads, 12U * 300U);
  EXPECT_EQ(first.backwardReads, 0U);  // nothing is in front of the first layer
  EXPECT_EQ(result.back().layers[1].backwardReads, 12U * 300U);
  EXPECT_EQ(first.weights.total() > 0, std::string(GetParam().rule) != "float");
}
INSTANTIATE_TEST_SUITE_P(DevicesAndRules, Learns,
                         testing::Values(Case{"ideal", "float"}, Case{"ideal", "outer_product"},
                                         Case{"ideal", "delta"}, Case{"ideal", "sign"},
                                         Case{"constant", "outer_product"}, Case{"linear", "outer_product"},
                                         Case{"soft_bounds", "tiki_taka"}, Case{"reram_es", "tiki_taka"},
                                         Case{"reram_es", "tiki_taka_v2"}),
                         [](const auto& info) {
                           return std::string(info.param.device) + "_" + info.param.rule;
                         });

TEST(Training, RepeatsBitForBitAndDiffersBySeed) {
  LearningConfig c = config("reram_es", "tiki_taka_v2");
  c.epochs = 2;
  const LabelledSet training = stripes(60, 1), test = stripes(30, 2);
  const auto once = train(c, training, test), again = train(c, training, test);
  EXPECT_EQ(once.back().loss, again.back().loss);
  EXPECT_EQ(once.back().layers[0].fast.up, again.back().layers[0].fast.up);
  c.seed = 2;
  EXPECT_NE(train(c, training, test).back().loss, once.back().loss);
}

std::string refusal(const LearningConfig& c, const LabelledSet& training, const LabelledSet& test) {
  try {
    train(c, training, test);
  } catch (const BadInput& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Training, RefusesWhatDoesNotFit) {
  const LearningConfig fine = config("ideal", "outer_product");
  const LabelledSet training = stripes(30, 1), test = stripes(6, 2);
  LabelledSet wrong = training;
  wrong.labels[4] = 3;
  EXPECT_THAT(refusal(fine, wrong, test), testing::HasSubstr("label 3 of sample 4: must be from 0 to 2"));
  LearningConfig c = fine;
  c.network.sizes = {5, 3};
  EXPECT_THAT(refusal(c, training, test), testing::HasSubstr("6 values a sample: must be 5"));
  c = fine;
  c.read.outputBits = 8;
  EXPECT_THAT(refusal(c, training, test), testing::HasSubstr("output_bound"));
  c = fine;
  c.rule.trainLength = 33;
  EXPECT_THAT(refusal(c, training, test), testing::HasSubstr("train_length"));
}

}  // namespace
}  // namespace crosstile::learning
