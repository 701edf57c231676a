// SPDX-License-Identifier: Apache-2.0
// Speed and saturation of the mesh: 8x8 routers, 4-flit packets, buffers of 8 flits a virtual channel,
// open-loop traffic. Arguments: offered load in percent of a flit a tile and cycle, virtual channels, pattern
// (0 uniform, 1 transpose, 2 hot spot). Counters:
//   cycles/s   simulated, of one core    hops/s   packets over links
//   accepted   flits a tile and cycle    latency  mean, cycles, from send() to the tail's arrival
#include <benchmark/benchmark.h>

#include <systemc>

#include "tests/tlm/mesh_experiment.h"

int sc_main(int, char**) {
  return 0;  // Google Benchmark has the main(); SystemC wants the symbol
}

namespace crosstile::testing {
namespace {

constexpr int kSide = 8;
constexpr std::uint64_t kCycles = 20000;

/// A kernel of its own for every measurement.
class Kernel {
 public:
  Kernel() { use(new sc_core::sc_simcontext); }
  ~Kernel() {
    delete sc_core::sc_curr_simcontext;
    use(nullptr);
  }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

 private:
  static void use(sc_core::sc_simcontext* context) {
    sc_core::sc_curr_simcontext = context;
    sc_core::sc_default_global_context = context;
  }
};

Pattern patternOf(std::int64_t number) {
  if (number == 1) return transposePattern(kSide);
  if (number == 2) return hotSpotPattern(kSide * kSide / 2 + kSide / 2);
  return uniformPattern(kSide * kSide);
}

void Mesh8x8(benchmark::State& state) {
  Load load;
  load.flitsPerTileAndCycle = static_cast<double>(state.range(0)) / 100.0;
  load.warmUpCycles = kCycles / 4;
  double hops = 0, cycles = 0, accepted = 0, latency = 0;
  for (auto _ : state) {
    state.PauseTiming();
    {
      Kernel kernel;
      MeshExperiment experiment("experiment", squareMesh(kSide, static_cast<int>(state.range(1)), 8), load,
                                patternOf(state.range(2)));
      state.ResumeTiming();
      experiment.run(kCycles);
      state.PauseTiming();
      for (const LinkStatistics& link : experiment.mesh.statistics().links)
        hops += static_cast<double>(link.packets);
      cycles += kCycles;
      accepted = experiment.accepted();
      latency = experiment.meanLatency();
    }
    state.ResumeTiming();
  }
  state.counters["cycles/s"] = benchmark::Counter(cycles, benchmark::Counter::kIsRate);
  state.counters["hops/s"] = benchmark::Counter(hops, benchmark::Counter::kIsRate);
  state.counters["accepted"] = accepted;
  state.counters["latency"] = latency;
}
BENCHMARK(Mesh8x8)
    ->ArgNames({"load", "channels", "pattern"})
    ->Args({20, 4, 0})
    ->Args({20, 1, 0})
    ->ArgsProduct({{5, 10, 30, 40, 45, 50, 60}, {1, 4}, {0}})
    ->ArgsProduct({{10, 14, 20}, {1, 4}, {1}})
    ->ArgsProduct({{1, 2}, {1, 4}, {2}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace crosstile::testing

BENCHMARK_MAIN();
