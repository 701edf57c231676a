// SPDX-License-Identifier: Apache-2.0
#include "platform/app/learn_timed.h"

#include "models/base/error.h"
#include "platform/tile/bus.h"
#include "platform/tile/learning_digital.h"
#include "platform/tile/remote_network_steps.h"

namespace crosstile::app {
namespace {

sc_core::sc_time time(Seconds s) {
  return sc_core::sc_time(s.value, sc_core::SC_SEC);
}

/// Cells are verified as the chip reads; layers as the experiment's costs say.
LearningCore::Config coreConfig(const LearningExperiment& e) {
  const Hardware& h = e.hardware.loaded;
  LearningCore::Config config{time(h.timing.clockPeriod), time(h.adc.period), h.timing.dacCycles,
                              h.timing.shiftAddCycles};
  if (e.isTuning()) return config;
  config.adcPeriod = time(e.cost.conversionTime);
  config.adcs = e.cost.adcs;
  config.readTime = time(e.cost.readTime);
  config.slotTime = time(e.cost.pulseTime);
  return config;
}

/// The parts of a tile that learn: a core a layer and a digital unit on the bus, and the controller.
struct LearningTile {
  explicit LearningTile(const LearningExperiment& e)
      : bus("bus", static_cast<int>(e.learning.network.sizes.size()) - 1, e.hardware.loaded.timing.busBits,
            time(e.hardware.loaded.timing.clockPeriod)),
        digital("digital",
                {time(e.hardware.loaded.timing.clockPeriod), e.hardware.loaded.timing.digitalCycles,
                 e.hardware.loaded.timing.digitalLanes, e.learning.network.activation}) {
    std::vector<LearningCore*> all;
    for (std::size_t c = 0; c < bus.toCores.size(); ++c) {
      cores.push_back(std::make_unique<LearningCore>(("core" + std::to_string(c)).c_str(), coreConfig(e)));
      bus.toCores[c]->bind(cores.back()->fromBus);
      all.push_back(cores.back().get());
    }
    controller =
        std::make_unique<LearningController>("controller", time(e.hardware.loaded.timing.clockPeriod), all);
    controller->toBus.bind(bus.fromTile);
    bus.toDigital.bind(digital.fromBus);
  }
  /// Runs the controller's program to its end.
  void run(std::function<void()> program) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    controller->setProgram(std::move(program));
    sc_core::sc_start();
    controller->rethrow();
  }

  Bus bus;
  LearningDigital digital;
  std::vector<std::unique_ptr<LearningCore>> cores;
  std::unique_ptr<LearningController> controller;
};

/// For the controller's program. @return simulated seconds that `work` took
double tune(LearningTile& tile, learning::TuningArrays& arrays,
            const std::function<void(WritableCells&, WritableCells&)>& work) {
  tile.cores[0]->mount(*arrays.first);
  tile.cores[1]->mount(*arrays.second);
  const sc_core::sc_time start = sc_core::sc_time_stamp();
  work(tile.controller->cells(0), tile.controller->cells(1));
  return (sc_core::sc_time_stamp() - start).to_seconds();
}

/// For the controller's program.
LearningRun trainOn(LearningTile& tile, const PlannedRun& p) {
  RemoteNetworkSteps steps(*tile.controller);
  const std::uint64_t bits = tile.bus.bitsMoved();
  LearningRun run{p.config.seed, p.fold, {}, {}};
  run.epochs = train(p.config, p.split->training, p.split->test, p.done,
                     [&](learning::LearningNetwork& network) -> learning::NetworkSteps& {
                       for (std::size_t l = 0; l < network.layers().size(); ++l)
                         tile.cores[l]->mount(network.layers()[l]);
                       return steps;
                     });
  steps.finish(tile.cores.size());  // the network is gone: this asks the cores for the time alone
  const LearningTimes& t = steps.times();
  run.machine =
      LearningMachineTime{t.forward.to_seconds(), t.backward.to_seconds(),    t.digital.to_seconds(),
                          t.update.to_seconds(),  t.stallUpdate.to_seconds(), tile.bus.bitsMoved() - bits};
  return run;
}

void checkFits(const LearningExperiment& e) {
  constexpr std::size_t kMostCores = 31;  // select lines of the bus
  const std::vector<int>& sizes = e.learning.network.sizes;
  const ArrayConfig& array = e.hardware.loaded.array;
  if (sizes.size() - 1 > kMostCores)
    throw BadInput("--timing cycle: network.sizes: {} layers: must be at most {}, a core of the tile each",
                   sizes.size() - 1, kMostCores);
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    if (sizes[l] + 1 > array.rows || sizes[l + 1] > array.columns)
      throw BadInput(
          "--timing cycle: layer {} of network.sizes has {} x {} cells with its bias line: larger than the "
          "array, hardware.array.rows = {}, hardware.array.columns = {}",
          l + 1, sizes[l] + 1, sizes[l + 1], array.rows, array.columns);
  }
}

}  // namespace

std::vector<learning::TuningSeed> tuneTimed(const LearningExperiment& e) {
  if (e.hardware.loaded.programming.parallel != "cell")
    throw BadInput("--timing cycle: hardware.programming.parallel = \"{}\": must be \"cell\"",
                   e.hardware.loaded.programming.parallel);
  LearningTile tile(e);
  std::vector<learning::TuningSeed> seeds;
  tile.run([&] {
    for (int s = 0; s < e.seeds; ++s) {
      seeds.push_back(learning::runTuning(
          e.tuning, e.hardware.device(), e.learning.seed + static_cast<std::uint64_t>(s), s == 0,
          [&](learning::TuningArrays& arrays, const auto& work) { return tune(tile, arrays, work); }));
    }
  });
  return seeds;
}

std::vector<LearningRun> trainTimed(const LearningExperiment& e, const std::vector<PlannedRun>& planned) {
  checkFits(e);
  LearningTile tile(e);
  std::vector<LearningRun> runs;
  tile.run([&] {
    for (const PlannedRun& p : planned) runs.push_back(trainOn(tile, p));
  });
  return runs;
}

}  // namespace crosstile::app
