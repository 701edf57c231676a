// SPDX-License-Identifier: Apache-2.0
// The nonlinear circuit solver against a dense double-precision product of the same size, in the same run:
// `gemms` is a vector's time in units of its share of an N x N x N Eigen product compiled for AVX-512.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "models/crossbar/circuit_solver.h"
#include "models/device/sinh.h"
#include "support/gemm.h"

namespace crosstile {
namespace {

std::shared_ptr<const ProgrammedArray> uniformArray(int n, double b) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> g(1e-6, 1e-4);
  auto array = std::make_shared<ProgrammedArray>();
  array->rows = array->columns = n;
  array->conductance.resize(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  for (double& x : array->conductance) x = g(random);
  array->law = std::make_shared<SinhLaw>(b);
  array->cellParameters = array->conductance;
  return array;
}

Eigen::MatrixXd uniformVoltages(int rows, int batch) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> v(0.0, 0.5);
  return Eigen::MatrixXd::NullaryExpr(rows, batch, [&] { return v(random); });
}

/// Size, tolerance 10^-x, wire resistance in tenths of an ohm; sinh B = 2 1/V, 1 to 100 uS, 0 to 0.5 V, a
/// batch of 64 vectors.
void Circuit(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  CircuitOptions options;
  options.tolerance = std::pow(10.0, -static_cast<double>(state.range(1)));
  const double r = static_cast<double>(state.range(2)) * 0.1;
  constexpr int kBatch = 64;
  const double share = gemmSeconds(n) / n;
  const CircuitSolver solver(uniformArray(n, 2.0), {r, r, 0.0, 0.0});
  const Eigen::MatrixXd v = uniformVoltages(n, kBatch);
  CircuitSolution solution = solver.solve(v, options);
  double best = 1e9;
  for (auto _ : state) {
    const double start = seconds();
    solution = solver.solve(v, options);
    benchmark::DoNotOptimize(solution.current.data());
    best = std::min(best, seconds() - start);
  }
  state.counters["us_a_vector"] = best / kBatch * 1e6;
  state.counters["gemms"] = best / kBatch / share;
  state.counters["gemm_share_us"] = share * 1e6;
  state.counters["passes"] = solution.passes;
  state.counters["residual"] = *std::max_element(solution.residual.begin(), solution.residual.end());
  CircuitOptions exact;
  exact.tolerance = 1e-12;
  const Eigen::MatrixXd reference = solver.solve(v, exact).current;
  state.counters["error"] = (solution.current - reference).cwiseAbs().maxCoeff() / reference.maxCoeff();
}
BENCHMARK(Circuit)
    ->ArgNames({"size", "digits", "decohm"})
    ->Args({64, 9, 10})
    ->Args({128, 9, 10})
    ->Args({256, 9, 10})
    ->Args({64, 3, 10})
    ->Args({64, 4, 10})
    ->Args({128, 3, 10})
    ->Args({64, 9, 50})
    ->Args({128, 9, 50})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace crosstile

BENCHMARK_MAIN();
