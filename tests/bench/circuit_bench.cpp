// SPDX-License-Identifier: Apache-2.0
// The nonlinear circuit solver against a dense double-precision product of the same size, in the same run:
// `gemms` is a vector's time in units of its share of an N x N x N Eigen product compiled for AVX-512.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

#include "models/crossbar/circuit_solver.h"
#include "models/device/sinh.h"
#include "support/gemm.h"
#include "tests/unit/crossbar/spice.h"

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

/// Size, residual 10^-x (for x < 0: error bound 10^x, the fast path), wire resistance in tenths of an ohm;
/// sinh B = 2 1/V, 1 to 100 uS, 0 to 0.5 V, a batch of 64 vectors.
void Circuit(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  CircuitOptions options;
  (state.range(1) < 0 ? options.error : options.tolerance) =
      std::pow(10.0, -std::abs(static_cast<double>(state.range(1))));
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
  state.counters["bound"] = *std::max_element(solution.error.begin(), solution.error.end());
  state.counters["residual"] = *std::max_element(solution.residual.begin(), solution.residual.end());
  CircuitOptions exact;
  exact.tolerance = 1e-12;
  const Eigen::MatrixXd reference = solver.solve(v, exact).current;
  state.counters["error"] = (solution.current - reference).cwiseAbs().maxCoeff() / reference.maxCoeff();
}
/// What an array costs once, when its first input of a voltage range comes: the bounds of its spectrum and
/// leak.
void Preparation(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  const auto array = uniformArray(n, 2.0);
  for (auto _ : state) {
    const CircuitSolver solver(array, {1.0, 1.0, 0.0, 0.0});
    benchmark::DoNotOptimize(solver.network().spectrum(0.5));
  }
}
BENCHMARK(Preparation)->ArgName("size")->Arg(64)->Arg(128)->Unit(benchmark::kMicrosecond);

/// ngspice on the same array: the time of a whole process with one operating point (cold), and of every
/// further one after the sources have changed (marginal), over a vector's of ours.
void AgainstSpice(benchmark::State& state) {
  if (!test::ngspiceIsThere()) {
    state.SkipWithError("ngspice is not installed");
    return;
  }
  const int n = static_cast<int>(state.range(0));
  constexpr int kBatch = 64, kFurther = 4;
  const Wires wires{1.0, 1.0, 0.0, 0.0};
  const auto array = uniformArray(n, 2.0);
  const Eigen::MatrixXd v = uniformVoltages(n, kBatch);
  SpiceCrossbar spice{n, n, wires, {v.data(), v.data() + n}, {}, {}, 1e-11};
  spice.cell = [&](int i, int j, const std::string& word, const std::string& bit) {
    const double g = array->conductance[static_cast<std::size_t>(i * n + j)];
    std::ostringstream text;
    text.precision(17);
    text << "B" << i << "_" << j << " " << word << " " << bit << " I=" << g / 2.0 << "*sinh(2*(v(" << word
         << ")-v(" << bit << ")))\n";
    return text.str();
  };
  std::ostringstream further;
  for (int k = 1; k <= kFurther; ++k) {
    for (int i = 0; i < n; ++i) further << "alter V" << i << " dc = " << v(i, k) << "\n";
    further << "op\n";
  }
  const CircuitSolver solver(array, wires);
  solver.solve(v);
  for (auto _ : state) {
    double ours = 1e9;
    CircuitSolution solution;
    for (int k = 0; k < 50; ++k) {
      const double start = seconds();
      solution = solver.solve(v);
      ours = std::min(ours, (seconds() - start) / kBatch);
    }
    const double start = seconds();
    const std::vector<double> theirs = spice.currents();
    const double cold = seconds() - start;
    spice.currents(further.str());
    const double marginal = (seconds() - start - 2.0 * cold) / kFurther;
    double difference = 0.0;
    for (int j = 0; j < n; ++j)
      difference =
          std::max(difference, std::abs(theirs[static_cast<std::size_t>(j)] - solution.current(j, 0)));
    state.counters["us_a_vector"] = ours * 1e6;
    state.counters["spice_cold_s"] = cold;
    state.counters["spice_marginal_s"] = marginal;
    state.counters["times_cold"] = cold / ours;
    state.counters["times_marginal"] = marginal / ours;
    state.counters["difference"] = difference / solution.current.col(0).maxCoeff();
  }
}
BENCHMARK(AgainstSpice)->ArgName("size")->Arg(64)->Arg(128)->Iterations(1)->Unit(benchmark::kSecond);

BENCHMARK(Circuit)
    ->ArgNames({"size", "digits", "decohm"})
    ->Args({64, 9, 10})
    ->Args({128, 9, 10})
    ->Args({256, 9, 10})
    ->Args({64, 3, 10})
    ->Args({64, -3, 10})
    ->Args({64, -4, 10})
    ->Args({64, -5, 10})
    ->Args({128, -3, 10})
    ->Args({64, 9, 50})
    ->Args({128, 9, 50})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace crosstile

BENCHMARK_MAIN();
