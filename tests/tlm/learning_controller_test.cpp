// SPDX-License-Identifier: Apache-2.0
// The learning controller on a tile's bus: when each access is over, that a timed tuning does to the cells
// what a functional one does, bit for bit, and what is refused.
#include "platform/tile/learning_controller.h"

#include <gmock/gmock.h>

#include "models/base/error.h"
#include "platform/hardware/hardware.h"
#include "platform/tile/address_map.h"
#include "platform/tile/bus.h"
#include "tests/tlm/simulation.h"
#include "workloads/learning/target_tuning.h"

namespace crosstile::testing {
namespace {

using namespace learning;

constexpr double kPeriod = 1000.0, kAdc = 700.0;  // ps

/// Two learning cores on a bus of 64 bits.
struct Bench {
  Bench() {
    const LearningCore::Config config{ps(kPeriod), ps(kAdc), 2, 3};
    for (int c = 0; c < 2; ++c)
      cores.push_back(std::make_unique<LearningCore>(sc_core::sc_gen_unique_name("core"), config));
    bus = std::make_unique<Bus>(sc_core::sc_gen_unique_name("bus"), 2, 64, ps(kPeriod));
    controller =
        std::make_unique<LearningController>(sc_core::sc_gen_unique_name("controller"), ps(kPeriod),
                                             std::vector<LearningCore*>{cores[0].get(), cores[1].get()});
    binder.bind(controller->toBus, bus->fromTile);
    for (std::size_t c = 0; c < 2; ++c) binder.bind(*bus->toCores[c], cores[c]->fromBus);
    stub = std::make_unique<LearningCore>(sc_core::sc_gen_unique_name("digital"), config);
    binder.bind(bus->toDigital, stub->fromBus);
  }
  void run(std::function<void()> program, bool finishes = true) {
    controller->setProgram(std::move(program));
    sc_core::sc_start();
    EXPECT_THAT(binder.violations(finishes), ::testing::IsEmpty());
  }
  CheckedBinder binder;
  std::vector<std::unique_ptr<LearningCore>> cores;
  std::unique_ptr<Bus> bus;
  std::unique_ptr<LearningController> controller;
  std::unique_ptr<LearningCore> stub;
};

class LearningControllerTest : public SimulationTest {
 protected:
  static TuningDevice device(const std::vector<std::string>& more = {}) {
    std::vector<std::string> settings{"programming.parallel=cell", "programming.initial_state=random"};
    settings.insert(settings.end(), more.begin(), more.end());
    const Hardware h = loadHardware("sdc-tungsten", settings);
    return {h.device, h.array, h.programming};
  }
};

TEST_F(LearningControllerTest, AccessesAreOverAtTheEdgeThatTheTimingSays) {
  const TuningDevice d = device();
  TuningArrays arrays = makeArrays({}, d, 1, 0);
  Bench bench;
  bench.cores[0]->mount(*arrays.first);
  std::vector<sc_core::sc_time> over;
  bench.run([&] {
    WritableCells& cells = bench.controller->cells(0);
    double energy = 0.0;
    cells.sense(3, energy);
    over.push_back(sc_core::sc_time_stamp());
    cells.write(3, {Volts{0.2}, Seconds{20e-9}}, 0.0);
    over.push_back(sc_core::sc_time_stamp());
    cells.rest(Seconds{1.5e-9});
    over.push_back(sc_core::sc_time_stamp());
  });
  // Verify: 1 cycle of bus, 2 of DAC, 50 ns, 0.7 ns of ADC, 3 of shift-add: 56.7, the edge is at 57 ns.
  // Pulse: 4 cycles of bus (32 bytes), 2 of DAC, 20 ns. Rest: 1 cycle of bus, 1.5 ns: 2.5, at the next edge.
  ASSERT_EQ(over.size(), 3U);
  EXPECT_EQ(over[0], ps(57e3));
  EXPECT_EQ(over[1], ps(57e3 + 26e3));
  EXPECT_EQ(over[2], ps(57e3 + 26e3 + 3e3));
}

TEST_F(LearningControllerTest, TimedTuningIsTheFunctionalOneBitForBit) {
  for (const auto& more : std::vector<std::vector<std::string>>{
           {},
           {"device.mms_switches=1000", "device.mms_d2d_tau=0.3", "programming.initial_reset=true",
            "programming.gap=1us", "programming.sense_noise_of_range=0.003"}}) {
    restart();
    const TuningDevice d = device(more);
    TuningConfig config;
    config.software.epochs = 50;
    const SoftwareResult software = trainTargets(patternTask("T/X"), config.software, 4);
    const TargetConductances targets = targetsOf(software.weights, d);
    TuningArrays plain = makeArrays(config, d, 4, 0), remote = makeArrays(config, d, 4, 0);
    const StreamOwner owner{4, 0, 0, 0, 0};
    const TuningDraw functional =
        tuneNetwork(config, d, targets, plain, *plain.first, *plain.second, owner, true);
    TuningDraw timed;
    sc_core::sc_time end;
    Bench bench;
    bench.cores[0]->mount(*remote.first);
    bench.cores[1]->mount(*remote.second);
    bench.run([&] {
      timed = tuneNetwork(config, d, targets, remote, bench.controller->cells(0), bench.controller->cells(1),
                          owner, true);
      end = sc_core::sc_time_stamp();
    });
    ASSERT_EQ(timed.steps.size(), functional.steps.size());
    for (std::size_t s = 0; s < timed.steps.size(); ++s) {
      EXPECT_EQ(timed.steps[s].conductance, functional.steps[s].conductance);
      EXPECT_EQ(timed.steps[s].second, functional.steps[s].second);
    }
    for (std::size_t c = 0; c < 27; ++c) {
      EXPECT_EQ(timed.first.cells[c].conductance, functional.first.cells[c].conductance);
      EXPECT_EQ(timed.first.cells[c].write.selected.device, functional.first.cells[c].write.selected.device);
    }
    EXPECT_EQ(timed.first.readJ, functional.first.readJ);
    EXPECT_EQ(timed.accuracy, functional.accuracy);
    // Every pulse and read went over the bus, and each took more than the cells' own time.
    EXPECT_EQ(bench.controller->statistics().pulses, functional.pulses());
    EXPECT_EQ(bench.controller->statistics().reads, functional.reads());
    const double least = functional.seconds() + 1e-9 * (6.0 * static_cast<double>(functional.pulses()) +
                                                        6.0 * static_cast<double>(functional.reads()));
    EXPECT_GT(end.to_seconds(), least);
    EXPECT_LT(end.to_seconds(), 1.01 * least);
  }
}

TEST_F(LearningControllerTest, AnAccessToAMissingCellEndsTheProgram) {
  const TuningDevice d = device();
  TuningArrays arrays = makeArrays({}, d, 1, 0);
  Bench bench;
  bench.cores[0]->mount(*arrays.first);
  bench.run([&] { bench.controller->cells(0).write(27, {Volts{0.2}, Seconds{1e-6}}, 0.0); });
  EXPECT_THROW(bench.controller->rethrow(), RunFailure);
  EXPECT_EQ(arrays.first->writes(26), 0U);
}

TEST_F(LearningControllerTest, APulseAboveTheRatingReachesTheCaller) {
  const TuningDevice d = device();
  TuningArrays arrays = makeArrays({}, d, 1, 0);
  Bench bench;
  bench.cores[0]->mount(*arrays.first);
  bench.run([&] { bench.controller->cells(0).write(0, {Volts{2.0}, Seconds{1e-6}}, 0.0); }, false);
  EXPECT_THROW(bench.controller->rethrow(), BadInput);
}

}  // namespace
}  // namespace crosstile::testing
