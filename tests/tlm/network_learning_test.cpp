// SPDX-License-Identifier: Apache-2.0
// Networks trained by a tile's learning controller: when each access is over, what holds a core, that timed
// training is the functional one bit for bit, and what is refused.
#include <gmock/gmock.h>

#include "models/base/error.h"
#include "platform/tile/address_map.h"
#include "platform/tile/bus.h"
#include "platform/tile/learning_digital.h"
#include "platform/tile/remote_network_steps.h"
#include "tests/tlm/simulation.h"
#include "workloads/learning/learning_network.h"

namespace crosstile::testing {
namespace {

using namespace learning;

/// Clock 1 ns, bus of 8 bytes, D 2 cycles, A 3; reads of 50 ns, conversions of 0.7 ns on 2 ADCs, slots of 5.3
/// ns; digital unit 4 cycles deep with 2 lanes.
struct Bench {
  explicit Bench(int coreCount = 2, Activation activation = Activation::sigmoid) {
    const LearningCore::Config config{ps(1000), ps(700), 2, 3, 2, ps(50e3), ps(5300)};
    std::vector<LearningCore*> all;
    for (int c = 0; c < coreCount; ++c) {
      cores.push_back(std::make_unique<LearningCore>(sc_core::sc_gen_unique_name("core"), config));
      all.push_back(cores.back().get());
    }
    bus = std::make_unique<Bus>(sc_core::sc_gen_unique_name("bus"), coreCount, 64, ps(1000));
    digital = std::make_unique<LearningDigital>(sc_core::sc_gen_unique_name("digital"),
                                                LearningDigital::Config{ps(1000), 4, 2, activation});
    controller =
        std::make_unique<LearningController>(sc_core::sc_gen_unique_name("controller"), ps(1000), all);
    binder.bind(controller->toBus, bus->fromTile);
    for (std::size_t c = 0; c < cores.size(); ++c) binder.bind(*bus->toCores[c], cores[c]->fromBus);
    binder.bind(bus->toDigital, digital->fromBus);
    steps = std::make_unique<RemoteNetworkSteps>(*controller);
  }
  void mount(LearningNetwork& network) {
    for (std::size_t l = 0; l < network.layers().size(); ++l) cores[l]->mount(network.layers()[l]);
  }
  void run(std::function<void()> program) {
    controller->setProgram(std::move(program));
    sc_core::sc_start();
    EXPECT_THAT(binder.violations(), ::testing::IsEmpty());
  }
  CheckedBinder binder;
  std::vector<std::unique_ptr<LearningCore>> cores;
  std::unique_ptr<Bus> bus;
  std::unique_ptr<LearningDigital> digital;
  std::unique_ptr<LearningController> controller;
  std::unique_ptr<RemoteNetworkSteps> steps;
};

LearningConfig config(const std::string& device = "ideal", const std::string& rule = "outer_product") {
  LearningConfig c;
  c.network.sizes = {6, 5, 3};
  c.device = c.fastDevice = stepDevice(device);
  c.rule.name = rule;
  c.rule.rate = 0.05;
  c.rule.inputThreshold = 0.5;
  c.rule.errorThreshold = 0.02;
  c.rule.lengthManagement = false;
  c.rule.transferEvery = 2;
  c.epochs = 2;
  return c;
}

sc_core::sc_time now() {
  return sc_core::sc_time_stamp();
}

class NetworkLearningTest : public SimulationTest {
 protected:
  /// How long a step of the first sample takes on a tile of the network's own.
  static sc_core::sc_time timeOf(const LearningConfig& c, const std::function<void(Bench&)>& step) {
    restart();
    LearningNetwork network(c);
    Bench bench;
    bench.mount(network);
    sc_core::sc_time end;
    bench.run([&] {
      step(bench);
      end = now();
    });
    bench.controller->rethrow();
    return end;
  }
  std::vector<float> x_{0.5F, 0.0F, 1.0F, 0.25F, -0.5F, 1.0F},
      y_ = std::vector<float>(5), error_{0.5F, -0.25F, 0.25F, 0.5F, -0.5F}, back_ = std::vector<float>(6);
};

TEST_F(NetworkLearningTest, AForwardReadIsReadyAtTheEdgeThatTheTimingSays) {
  // In: 8 + 24 bytes, 4 cycles. D + A: 5. Read: 50 ns. 5 outputs on 2 ADCs: 3 x 0.7. Edge: 62. Out: 20
  // bytes, 3.
  const auto read = [&](Bench& b) { b.steps->forward(0, {true, 0}, x_, y_); };
  EXPECT_EQ(timeOf(config(), read), ps(65e3));
  // Not a cycle earlier: outputs are there once the access is over, and that is at edge 62.
  restart();
  LearningNetwork network(config());
  Bench bench;
  bench.mount(network);
  sc_core::sc_time over;
  bench.run([&] {
    std::vector<std::uint8_t> message(8 + 24, 0);
    bench.controller->access(tlm::TLM_WRITE_COMMAND, 0, address::kForward, message.data(), 32);
    over = now();
  });
  EXPECT_EQ(over, ps(62e3));
}

TEST_F(NetworkLearningTest, ARepeatedReadTakesAnotherReadAndConversions) {
  LearningConfig c = config();
  c.read.outputBound = 1e-6;  // whatever is read is beyond it
  c.read.boundManagement = 2;
  // Three tries: 4 + 5 + 3 x 52.1 = 165.3, edge 166, 3 cycles out.
  EXPECT_EQ(timeOf(c, [&](Bench& b) { b.steps->forward(0, {true, 0}, x_, y_); }), ps(169e3));
}

TEST_F(NetworkLearningTest, ABackwardReadConvertsTheWordLines) {
  // In: 8 + 12 bytes, 3 cycles. 5 + 50 + 6 word lines on 2 ADCs: 3 x 0.7 (the bias line is one of six).
  // Edge: 61. Out: 5 values, 3 cycles.
  std::vector<float> error{0.5F, -0.25F, 0.25F}, back(5);
  EXPECT_EQ(timeOf(config(), [&](Bench& b) { b.steps->backward(1, {true, 0}, error, back); }), ps(64e3));
}

TEST_F(NetworkLearningTest, TheDigitalUnitTakesItsDepthAndTheOperationsOverItsLanes) {
  // 5 activations: 20 bytes in, 3 cycles; 4 + ceil(5/2) - 1 = 6; out 3.
  EXPECT_EQ(timeOf(config(), [&](Bench& b) { b.steps->activate(y_); }), ps(12e3));
  // 3 output errors, 6 operations: 8 + 12 bytes in, 3 cycles; 4 + 3 - 1 = 6; 24 bytes out, 3.
  std::vector<float> output(3), error(3);
  EXPECT_EQ(timeOf(config(), [&](Bench& b) { b.steps->outputErrors(output, 1, error); }), ps(12e3));
  // 5 slopes: 40 bytes in, 5 cycles; 6; out 3.
  EXPECT_EQ(timeOf(config(), [&](Bench& b) { b.steps->timesSlope(y_, error_); }), ps(14e3));
}

TEST_F(NetworkLearningTest, AnUpdateHoldsItsCoreForItsSlots) {
  LearningNetwork network(config());
  Bench bench;
  bench.mount(network);
  std::vector<std::uint8_t> message(8 + 24, 0);
  sc_core::sc_time sent, free;
  const auto poke = [&] {  // straight to the core: refused while it is busy
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address::select(1, address::kRead));
    payload.set_data_ptr(message.data());
    payload.set_data_length(20);
    payload.set_streaming_width(20);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    bench.controller->toBus->b_transport(payload, delay);
    return payload.get_response_status();
  };
  tlm::tlm_response_status early{}, late{};
  bench.run([&] {
    bench.steps->forward(0, {true, 0}, x_, y_);
    sent = now();
    bench.steps->update(0, 0, 1.0, error_);
    // 16 + 20 bytes, 5 cycles; then D, and 62 slots (two phases of 31) of 5.3 ns: 330.6, at edge 331.
    EXPECT_EQ(now(), sent + ps(5e3));
    free = sent + ps(331e3) + ps(5e3);
    // A read takes 3 cycles of bus, and comes to the core behind them.
    bench.controller->waitUntil((free - ps(4e3)).value());
    early = poke();
    bench.controller->waitUntil((free - ps(3e3)).value());
    late = poke();
    bench.steps->finish(1);
    EXPECT_EQ(now(), free);
  });
  bench.controller->rethrow();
  EXPECT_EQ(network.layers()[0].activity().pulseSlots, 62U);
  EXPECT_EQ(early, tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(late, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(bench.steps->times().stallUpdate, ps(3e3));  // from the second poke on
}

TEST_F(NetworkLearningTest, ATransferredLineHoldsTheCoreForARead) {
  LearningConfig c = config("soft_bounds", "tiki_taka_v2");
  c.rule.transferEvery = 1;
  c.rule.rate = 0.0;  // no pulses to the slow array
  // As above, and a read of the line with its conversions: 330.6 + 52.1 = 382.7.
  const sc_core::sc_time both = timeOf(c, [&](Bench& b) {
    b.steps->forward(0, {true, 0}, x_, y_);
    b.steps->update(0, 0, 1.0, error_);
    b.steps->finish(1);
  });
  EXPECT_EQ(both, ps(65e3 + 5e3 + 383e3));
}

TEST_F(NetworkLearningTest, UpdatesOfDifferentCoresOverlap) {
  std::vector<float> error{0.5F, -0.25F, 0.25F}, y(3);
  const auto time = [&](bool first, bool second) {
    return timeOf(config(), [&](Bench& b) {
      b.steps->forward(0, {true, 0}, x_, y_);
      b.steps->forward(1, {true, 0}, y_, y);
      if (first) b.steps->update(0, 0, 1.0, error_);
      if (second) b.steps->update(1, 0, 1.0, error);
      b.steps->finish(2);
    });
  };
  const sc_core::sc_time neither = time(false, false), one = time(true, false), both = time(true, true);
  EXPECT_EQ(one - neither, ps(336e3));
  EXPECT_EQ(both - one, ps(4e3));  // the errors of the second, 16 + 12 bytes, and the same slots
}

LabelledSet stripes(std::size_t count) {
  const RandomStream stream({1, 0, 0, 0, 0}, Purpose::sampling);
  LabelledSet set;
  set.inputs = 6;
  for (std::size_t n = 0; n < count; ++n) {
    set.labels.push_back(static_cast<int>(n % 3));
    for (std::size_t i = 0; i < 6; ++i)
      set.values.push_back(
          static_cast<float>((i / 2 == n % 3 ? 0.7 : 0.0) + 0.3 * stream.uniform(6 * n + i)));
  }
  return set;
}

TEST_F(NetworkLearningTest, TimedTrainingIsTheFunctionalOneBitForBit) {
  struct Case {
    const char *device, *rule;
    Activation activation;
  };
  for (const Case& k :
       {Case{"ideal", "float", Activation::relu}, Case{"constant", "outer_product", Activation::sigmoid},
        Case{"linear", "delta", Activation::tanh}, Case{"ideal", "sign", Activation::tanh},
        Case{"soft_bounds", "tiki_taka", Activation::sigmoid},
        Case{"reram_es", "tiki_taka_v2", Activation::sigmoid},
        Case{"pcm", "outer_product", Activation::sigmoid}}) {
    restart();
    LearningConfig c = config(k.device, k.rule);
    c.network.activation = k.activation;
    c.read = {7, 9, 12.0, 0.0, 0.02, 0.01, 0.01, true, 3};
    const LabelledSet training = stripes(60), test = stripes(12);
    const auto functional = train(c, training, test);
    Bench bench(2, k.activation);
    std::vector<EpochResult> timed;
    sc_core::sc_time end;
    bench.run([&] {
      timed = train(c, training, test, {}, [&](LearningNetwork& network) -> NetworkSteps& {
        bench.mount(network);
        return *bench.steps;
      });
      bench.steps->finish(2);
      end = now();
    });
    bench.controller->rethrow();
    ASSERT_EQ(timed.size(), functional.size());
    for (std::size_t e = 0; e < timed.size(); ++e) {
      EXPECT_EQ(timed[e].loss, functional[e].loss) << k.rule;
      EXPECT_EQ(timed[e].testAccuracy, functional[e].testAccuracy);
      EXPECT_EQ(timed[e].trainAccuracy, functional[e].trainAccuracy);
      for (std::size_t l = 0; l < 2; ++l) {
        EXPECT_EQ(timed[e].layers[l].weights.up, functional[e].layers[l].weights.up);
        EXPECT_EQ(timed[e].layers[l].pulseSlots, functional[e].layers[l].pulseSlots);
        EXPECT_EQ(timed[e].layers[l].conversions, functional[e].layers[l].conversions);
      }
    }
    EXPECT_EQ(bench.steps->times().total(), end);
    // 120 samples, each with at least the three reads, one after another.
    EXPECT_GT(end, ps(120 * 3 * 57e3));
  }
}

TEST_F(NetworkLearningTest, RefusesWhatDoesNotFitTheLayer) {
  LearningNetwork network(config());
  Bench bench;
  bench.mount(network);
  std::vector<float> longer(7);
  bench.run([&] { bench.steps->forward(0, {true, 0}, longer, y_); });
  try {
    bench.controller->rethrow();
    FAIL() << "accepted";
  } catch (const RunFailure& e) {
    EXPECT_THAT(e.what(), ::testing::HasSubstr("core 0 refused an access at 0x52000000"));
  }
  EXPECT_EQ(network.layers()[0].activity().forwardReads, 0U);
}

}  // namespace
}  // namespace crosstile::testing
