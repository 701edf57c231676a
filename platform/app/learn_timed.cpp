// SPDX-License-Identifier: Apache-2.0
#include "platform/app/learn_timed.h"

#include <array>

#include "models/base/error.h"
#include "platform/tile/bus.h"
#include "platform/tile/learning_controller.h"

namespace crosstile::app {
namespace {

sc_core::sc_time time(Seconds s) {
  return sc_core::sc_time(s.value, sc_core::SC_SEC);
}

LearningCore::Config coreConfig(const Hardware& h) {
  return {time(h.timing.clockPeriod), time(h.adc.period), h.timing.dacCycles, h.timing.shiftAddCycles};
}

/// The parts of a tile that learn: a core a layer on the bus, and the controller.
struct LearningTile {
  explicit LearningTile(const Hardware& h)
      : bus("bus", 2, h.timing.busBits, time(h.timing.clockPeriod)),
        first("core0", coreConfig(h)),
        second("core1", coreConfig(h)),
        noDigital("digital", coreConfig(h)),
        controller("controller", time(h.timing.clockPeriod), {&first, &second}) {
    controller.toBus.bind(bus.fromTile);
    bus.toCores[0]->bind(first.fromBus);
    bus.toCores[1]->bind(second.fromBus);
    bus.toDigital.bind(noDigital.fromBus);
  }
  /// @return simulated seconds that `work` took
  double run(learning::TuningArrays& arrays,
             const std::function<void(WritableCells&, WritableCells&)>& work) {
    first.mount(*arrays.first);
    second.mount(*arrays.second);
    const sc_core::sc_time start = sc_core::sc_time_stamp();
    work(controller.cells(0), controller.cells(1));
    return (sc_core::sc_time_stamp() - start).to_seconds();
  }

  Bus bus;
  LearningCore first, second;
  LearningCore noDigital;  ///< nothing is mounted: it refuses
  LearningController controller;
};

}  // namespace

std::vector<learning::TuningSeed> tuneTimed(const LearningExperiment& e) {
  if (e.hardware.loaded.programming.parallel != "cell")
    throw BadInput("--timing cycle: hardware.programming.parallel = \"{}\": must be \"cell\"",
                   e.hardware.loaded.programming.parallel);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  LearningTile tile(e.hardware.loaded);
  std::vector<learning::TuningSeed> seeds;
  tile.controller.setProgram([&] {
    for (int s = 0; s < e.seeds; ++s) {
      seeds.push_back(learning::runTuning(
          e.tuning, e.hardware.device(), e.learning.seed + static_cast<std::uint64_t>(s), s == 0,
          [&](learning::TuningArrays& arrays, const auto& work) { return tile.run(arrays, work); }));
    }
  });
  sc_core::sc_start();
  tile.controller.rethrow();
  return seeds;
}

}  // namespace crosstile::app
