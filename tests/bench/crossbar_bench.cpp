// SPDX-License-Identifier: Apache-2.0
// The circuit solver against a dense product of the same size: every benchmark prints, as `gemms`, its time
// in units of one N x N x N double-precision Eigen product compiled for AVX-512, measured in the same run.
#include <benchmark/benchmark.h>

#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "models/crossbar/wire_circuit.h"
#include "support/gemm.h"

namespace crosstile {
namespace {

/// Conductances uniform from a hundredth of `highest` to `highest`.
std::vector<double> randomCells(int n, double highest) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(highest / 100, highest);
  std::vector<double> g(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  for (double& x : g) x = uniform(random);
  return g;
}

/// Runs `work` and reports its shortest time in units of the product's, both taken in turns in this run.
template <typename Work>
void report(benchmark::State& state, int n, const Work& work) {
  double gemm = gemmSeconds(n), best = 1e9;
  for (auto _ : state) {
    const double start = seconds();
    work();
    best = std::min(best, seconds() - start);
  }
  gemm = std::min(gemm, gemmSeconds(n));
  state.counters["gemm_us"] = gemm * 1e6;
  state.counters["best_ms"] = best * 1e3;
  state.counters["gemms"] = best / gemm;
}

void EffectiveMatrixOfArray(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  const double ohm = static_cast<double>(state.range(2)) * 0.1;
  const std::vector<double> g = randomCells(n, static_cast<double>(state.range(1)) * 1e-6);
  EffectiveMatrix effective;
  report(state, n, [&] {
    effective = solveEffectiveMatrix(g, n, n, {ohm, ohm, 0.0, 0.0});
    benchmark::DoNotOptimize(effective.g.data());
  });
  state.counters["sweeps"] = effective.sweeps;
  state.counters["residual"] = effective.residual;
}
// Size, largest conductance in microsiemens (the smallest is a hundredth), wires in tenths of an ohm.
BENCHMARK(EffectiveMatrixOfArray)
    ->ArgNames({"size", "uS", "dohm"})
    ->Args({64, 100, 10})
    ->Args({128, 100, 10})
    ->Args({128, 1000, 10})
    ->Args({128, 100, 50})
    ->Args({256, 100, 10})
    ->Args({256, 100, 50})
    ->Args({512, 100, 50})
    ->Unit(benchmark::kMillisecond);

/// `inputs` input vectors, solved as MatrixReadout::read would.
void FewInputs(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0)), inputs = static_cast<int>(state.range(2));
  const double ohm = static_cast<double>(state.range(1)) * 0.1;
  const std::vector<double> g = randomCells(n, 1e-4);
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> uniform(0.0, 0.5);
  std::vector<double> voltages(static_cast<std::size_t>(n) * static_cast<std::size_t>(inputs));
  for (double& v : voltages) v = uniform(random);
  InputSolution solution;
  report(state, n, [&] {
    solution = solveInputs(g, n, n, {ohm, ohm, 0.0, 0.0}, voltages);
    benchmark::DoNotOptimize(solution.current.data());
  });
  state.counters["sweeps"] = solution.sweeps;
  state.counters["residual"] = solution.residual;
  state.counters["direct"] = solution.direct;
}
BENCHMARK(FewInputs)
    ->ArgNames({"size", "dohm", "inputs"})
    ->Args({128, 10, 1})
    ->Args({128, 10, 8})
    ->Args({256, 50, 1})
    ->Args({256, 50, 8})
    ->Args({512, 50, 1})
    ->Args({512, 50, 8})
    ->Unit(benchmark::kMillisecond);

/// The effective matrix after some cells have got another conductance.
void ChangedCells(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0)), count = static_cast<int>(state.range(2));
  const double ohm = static_cast<double>(state.range(1)) * 0.1;
  const std::vector<double> g = randomCells(n, 1e-4);
  const Wires wires{ohm, ohm, 0.0, 0.0};
  const EffectiveMatrix before = solveEffectiveMatrix(g, n, n, wires);
  std::vector<CellChange> changes;
  for (int k = 0; k < count; ++k) changes.push_back({(7 * k + n / 3) % n, (11 * k + n / 2) % n, 1e-4});
  EffectiveMatrix after;
  report(state, n, [&] {
    after = updateEffectiveMatrix(before, g, n, n, wires, {changes.data(), changes.size()});
    benchmark::DoNotOptimize(after.g.data());
  });
  state.counters["sweeps"] = after.sweeps;
  state.counters["residual"] = after.residual;
}
BENCHMARK(ChangedCells)
    ->ArgNames({"size", "dohm", "cells"})
    ->Args({128, 10, 1})
    ->Args({256, 50, 1})
    ->Args({512, 50, 1})
    ->Args({512, 50, 8})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace crosstile

BENCHMARK_MAIN();
