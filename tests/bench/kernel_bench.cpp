// SPDX-License-Identifier: Apache-2.0
// The kernels of the hot loop: reads of pulses, read-noise normals, conversions, shift-and-add. Rates:
//   bytes_per_second  table bytes that the sums need, against the L1 cache's load bandwidth
//   rows/s, MAC/s     active rows, and products (rows x columns)
// Read_Dispatched runs as shipped; Read_Native is the same source compiled for x86-64-v4 (AVX-512) as a
// whole, as with -march=native; EigenGemm is a dense single-precision product with the same number of MACs,
// in the build's own instruction set (SSE2 by default).
#include <benchmark/benchmark.h>

#include <Eigen/Core>
#include <algorithm>
#include <random>
#include <vector>

#include "models/base/random.h"
#include "models/converter/adc.h"
#include "models/crossbar/pulse_table.h"
#include "models/digital/shift_add.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__AVX512F__)
#define CROSSTILE_NATIVE_COPY 1
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,aes,pclmul")
#define HWY_BASELINE_TARGETS HWY_AVX3  // the pragma comes too late for the macros that Highway looks at
#define HWY_COMPILE_ONLY_STATIC
#include "models/crossbar/pulse_kernel-inl.h"

namespace crosstile {
namespace {

void readPulsesNative(const PulseTable& table, Span<const Pulse> pulses, float* out, float* variance) {
  HWY_STATIC_DISPATCH(readPulsesKernel)(table, pulses, out, variance);
}

}  // namespace
}  // namespace crosstile
#pragma GCC pop_options
#endif

namespace crosstile {
namespace {

constexpr int kRows = 128;

/// out (columns x batch) = a (columns x depth) * x (depth x batch)
void eigenGemm(const float* a, const float* x, float* out, int columns, int depth, int batch) {
  using Matrix = Eigen::Map<Eigen::MatrixXf>;
  using ConstMatrix = Eigen::Map<const Eigen::MatrixXf>;
  Matrix(out, columns, batch).noalias() = ConstMatrix(a, columns, depth) * ConstMatrix(x, depth, batch);
}

/// One array's table and the pulses of a few positions, with about `active` rows each.
struct Reads {
  PulseTable table;
  std::vector<std::vector<std::uint16_t>> row, digit;
  std::vector<Pulse> pulses;
  AlignedVector<float> out;
  std::size_t activeRows = 0;

  Reads(int columns, int pulseCount, int active, bool withDigits) {
    table.rows = kRows;
    table.columns = columns;
    table.stride = static_cast<int>(paddedFloats(static_cast<std::size_t>(columns)));
    table.terms = 1;
    table.current.assign(static_cast<std::size_t>(kRows) * static_cast<std::size_t>(table.stride), 1e-6F);
    table.digits = {{}, {{0, 0.2F}}, {{0, 0.4F}}, {{0, 0.6F}}};
    out.resize(static_cast<std::size_t>(pulseCount) * static_cast<std::size_t>(table.stride));
    std::mt19937 generator(1);
    row.resize(static_cast<std::size_t>(pulseCount));
    digit.resize(row.size());
    for (std::size_t p = 0; p < row.size(); ++p) {
      for (int i = 0; i < kRows; ++i) {
        if (static_cast<int>(generator() % kRows) >= active) continue;
        row[p].push_back(static_cast<std::uint16_t>(i));
        digit[p].push_back(static_cast<std::uint16_t>(1 + generator() % 3));
      }
      pulses.push_back(
          {row[p].data(), withDigits ? digit[p].data() : nullptr, static_cast<int>(row[p].size())});
      activeRows += row[p].size();
    }
  }

  void report(benchmark::State& state) const {
    const double rows = static_cast<double>(activeRows) * static_cast<double>(state.iterations());
    state.counters["rows/s"] = benchmark::Counter(rows, benchmark::Counter::kIsRate);
    state.counters["MAC/s"] = benchmark::Counter(rows * table.columns, benchmark::Counter::kIsRate);
    state.SetBytesProcessed(static_cast<std::int64_t>(rows) * table.stride * 4);
  }
};

using ReadFunction = void (*)(const PulseTable&, Span<const Pulse>, float*, float*);

void readBenchmark(benchmark::State& state, ReadFunction read, bool withDigits) {
  Reads reads(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)), 30, withDigits);
  const Span<const Pulse> pulses(reads.pulses.data(), reads.pulses.size());
  for (auto _ : state) {
    read(reads.table, pulses, reads.out.data(), nullptr);
    benchmark::ClobberMemory();
  }
  reads.report(state);
}

void Read_Dispatched(benchmark::State& state) {
  readBenchmark(state, readPulses, false);
}
void ReadDigits_Dispatched(benchmark::State& state) {
  readBenchmark(state, readPulses, true);
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"columns", "pulses"});
  for (const int columns : {32, 64, 128, 144}) {
    for (const int pulses : {8, 64}) b->Args({columns, pulses});
  }
}
BENCHMARK(Read_Dispatched)->Apply(sizes);
BENCHMARK(ReadDigits_Dispatched)->Apply(sizes);

#ifdef CROSSTILE_NATIVE_COPY
bool canRunNative(benchmark::State& state) {
  if (__builtin_cpu_supports("x86-64-v4")) return true;
  state.SkipWithError("this processor has no AVX-512");
  return false;
}

void Read_Native(benchmark::State& state) {
  if (canRunNative(state)) readBenchmark(state, readPulsesNative, false);
}
void ReadDigits_Native(benchmark::State& state) {
  if (canRunNative(state)) readBenchmark(state, readPulsesNative, true);
}
BENCHMARK(Read_Native)->Apply(sizes);
BENCHMARK(ReadDigits_Native)->Apply(sizes);
#endif

void EigenGemm(benchmark::State& state) {
  Reads reads(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)), 30, false);
  const int batch = static_cast<int>(reads.pulses.size());
  const int depth = static_cast<int>(reads.activeRows) / batch;
  const AlignedVector<float> x(static_cast<std::size_t>(depth * batch), 0.2F);
  for (auto _ : state) {
    eigenGemm(reads.table.current.data(), x.data(), reads.out.data(), reads.table.stride, depth, batch);
    benchmark::ClobberMemory();
  }
  state.counters["MAC/s"] = benchmark::Counter(
      static_cast<double>(depth) * batch * reads.table.columns * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}
BENCHMARK(EigenGemm)->Apply(sizes);

void Normals(benchmark::State& state) {
  const auto stride = static_cast<std::size_t>(state.range(0));
  const RandomStream stream({1}, Purpose::readNoise);
  std::vector<float> out(8 * stride);
  std::uint32_t position = 0;
  for (auto _ : state) {
    fillNormalPlanes(stream.key(), 0, position++, 0, out.data(), 8, stride);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * out.size()));
}
BENCHMARK(Normals)->ArgName("columns")->Arg(32)->Arg(144);

void Convert(benchmark::State& state) {
  AdcConfig config;
  const bool noisy = state.range(0) != 0;
  if (noisy) config.noiseLsb = 0.3;
  if (state.range(1) != 0) config.dnlLsb = 0.2;
  const Adc adc(config, {}, 1.0, {1, 2});
  const std::size_t n = 8 * 144;
  std::vector<float> x(n), variance(n, 0.5F), normal(n);
  fillNormals({1, 2}, 0, 0, 0, normal.data(), n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(i % 256);
  std::vector<std::int32_t> code(n);
  for (auto _ : state) {
    adc.convert(x.data(), noisy ? variance.data() : nullptr, noisy ? normal.data() : nullptr, code.data(), n);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * n));
}
BENCHMARK(Convert)->ArgNames({"noise", "dnl"})->Args({0, 0})->Args({1, 0})->Args({1, 1});

template <typename Sum>
void ShiftAdd(benchmark::State& state) {
  std::vector<std::int32_t> code(144, 3);
  std::vector<Sum> sum(code.size(), 0);
  for (auto _ : state) {
    shiftAdd(code.data(), 3, false, sum.data(), code.size());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * code.size()));
}
BENCHMARK_TEMPLATE(ShiftAdd, std::int64_t);
BENCHMARK_TEMPLATE(ShiftAdd, std::int32_t);

}  // namespace
}  // namespace crosstile

BENCHMARK_MAIN();
