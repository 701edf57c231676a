// SPDX-License-Identifier: Apache-2.0
// Emulated reads of a 64x64 array, batches of 64 input vectors, single precision, one core: the paper's
// network and the residual emulator, as a tile reads them (pulses, currents and energies out) and as plain
// dense layers. The rate of the dense kernel beside the peak of the machine's multiply-add units.
#include <benchmark/benchmark.h>

#include <random>

#include "models/crossbar/emulator.h"
#include "models/crossbar/residual_sums.h"

namespace {

using namespace crosstile;

constexpr int kSide = 64;
constexpr std::size_t kBatch = 64;

EmulatorTechnology technology() {
  EmulatorTechnology t;
  t.device.law = "sinh";
  t.device.gOn = Siemens{1e-5};
  t.device.gOff = Siemens{1e-5 / 6.0};
  t.device.sinhB = 2.0;
  t.wires = {2.5, 2.5, 500.0, 100.0};
  t.rows = t.columns = kSide;
  t.voltage = 0.25;
  return t;
}

/// Speed doesn't depend on what the network has learnt.
std::shared_ptr<const Emulator> emulator(EmulatorKind kind) {
  auto e = std::make_shared<Emulator>();
  e->kind = kind;
  e->technology = technology();
  const std::size_t n = kSide;
  e->network = TwoLayerNetwork(kind == EmulatorKind::geniex
                                   ? TwoLayerNetwork::Shape{n * n, n, 500, n}
                                   : TwoLayerNetwork::Shape{0, ResidualSums::kFeatures, 16, 1});
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0F, 0.01F);
  for (float& p : e->network.parameters()) p = normal(random);
  return e;
}

std::shared_ptr<const ProgrammedArray> array() {
  auto a = std::make_shared<ProgrammedArray>();
  a->rows = a->columns = kSide;
  a->law = makeDeviceLaw(technology().device);
  std::mt19937 random(2);
  std::uniform_int_distribution<int> level(0, 3);
  for (int c = 0; c < kSide * kSide; ++c)
    a->conductance.push_back(1e-5 / 6.0 * (1.0 + 5.0 / 3.0 * level(random)));
  a->cellParameters = a->conductance;
  return a;
}

ArrayConfig config() {
  ArrayConfig c;
  c.rows = c.columns = kSide;
  c.rWord = c.rBit = Ohms{2.5};
  c.rSource = Ohms{500.0};
  c.rSink = Ohms{100.0};
  return c;
}

/// Pulses with every other row driven, by digits 1 .. `digits` - 1.
struct Pulses {
  std::vector<std::vector<std::uint16_t>> row{kBatch}, digit{kBatch};
  std::vector<Pulse> pulses;
  explicit Pulses(int digits) {
    std::mt19937 random(3);
    for (std::size_t b = 0; b < kBatch; ++b) {
      for (int i = 0; i < kSide; ++i) {
        if (random() % 2 == 0) continue;
        row[b].push_back(static_cast<std::uint16_t>(i));
        digit[b].push_back(static_cast<std::uint16_t>(1 + random() % static_cast<unsigned>(digits - 1)));
      }
    }
    for (std::size_t b = 0; b < kBatch; ++b)
      pulses.push_back(
          {row[b].data(), digits == 2 ? nullptr : digit[b].data(), static_cast<int>(row[b].size())});
  }
};

/// Arguments: kind, digits.
void read(benchmark::State& state) {
  const auto kind = state.range(0) == 0 ? EmulatorKind::geniex : EmulatorKind::residual;
  const int digits = static_cast<int>(state.range(1));
  std::vector<double> volts;
  for (int d = 0; d < digits; ++d) volts.push_back(0.25 * d / (digits - 1));
  const auto reader = makeEmulatorReader(emulator(kind), array(), config(), volts, {});
  const Pulses pulses(digits);
  AlignedVector<float> out(kBatch * kSide);
  std::vector<double> energy(kBatch);
  for (auto _ : state) {
    reader->read(pulses.pulses, out.data(), kSide, energy.data());
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["us_a_vector"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kBatch) * 1e-6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.SetLabel(kind == EmulatorKind::geniex ? "geniex" : "residual");
}
BENCHMARK(read)->ArgNames({"kind", "digits"})->Args({0, 2})->Args({1, 2})->Args({0, 16})->Args({1, 16});

/// What programming costs: rows solved, tables filled. Arguments: kind, digits.
void program(benchmark::State& state) {
  const auto e = emulator(state.range(0) == 0 ? EmulatorKind::geniex : EmulatorKind::residual);
  const auto cells = array();
  const int digits = static_cast<int>(state.range(1));
  std::vector<double> volts;
  for (int d = 0; d < digits; ++d) volts.push_back(0.25 * d / (digits - 1));
  for (auto _ : state) benchmark::DoNotOptimize(makeEmulatorReader(e, cells, config(), volts, {}).get());
}
BENCHMARK(program)
    ->ArgNames({"kind", "digits"})
    ->Args({0, 2})
    ->Args({1, 2})
    ->Args({1, 16})
    ->Unit(benchmark::kMillisecond);

/// GENIEx's voltages part and second layer on dense inputs: the yardstick of other models' speed.
void geniexForward(benchmark::State& state) {
  const auto e = emulator(EmulatorKind::geniex);
  const TwoLayerNetwork& n = e->network;
  AlignedVector<float> x(kBatch * kSide, 0.5F), base(n.hiddenStride(), 0.1F),
      hidden(kBatch * n.hiddenStride()), y(kBatch * n.outputStride());
  for (auto _ : state) {
    n.forward(base.data(), x.data(), kSide, kBatch, hidden.data(), y.data());
    benchmark::DoNotOptimize(y.data());
  }
  state.counters["us_a_vector"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kBatch) * 1e-6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(geniexForward);

/// The dense kernel alone; arguments: batch, depth, columns.
void denseKernel(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0)),
             depth = static_cast<std::size_t>(state.range(1)),
             columns = static_cast<std::size_t>(state.range(2));
  AlignedVector<float> a(batch * depth, 0.5F), w(depth * columns, 0.5F), c(batch * columns, 0.0F);
  for (auto _ : state) {
    addProduct({a.data(), depth}, batch, depth, w.data(), columns, c.data(), columns, columns);
    benchmark::DoNotOptimize(c.data());
  }
  state.counters["multiply_adds"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(batch * depth * columns),
      benchmark::Counter::kIsRate);
}
BENCHMARK(denseKernel)->Args({64, 64, 512})->Args({64, 512, 64})->Args({64, 64, 64})->Args({256, 512, 512});

}  // namespace

BENCHMARK_MAIN();
