// SPDX-License-Identifier: Apache-2.0
// The values of a whole network: LeNet-5 in 8 bits on ISAAC's arrays (128x128, 2-bit cells, 1-bit pulses,
// 8-bit ADC), image by image on one core, up the readout ladder. Real MNIST images when data/mnist is there
// (scripts/fetch_data), else random ones, which drive more rows. Counters:
//   images/s   of one core   conversions, active_rows   an image
#include <benchmark/benchmark.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <random>
#include <vector>

#include "workloads/dataset/dataset.h"
#include "workloads/encoding/quantise.h"
#include "workloads/execution/functional.h"
#include "workloads/execution/value_engine.h"
#include "workloads/mapping/mapper.h"

namespace crosstile {
namespace {

constexpr int kImages = 128;

std::vector<float> images(const Network& network) {
  const std::string file = CROSSTILE_SOURCE_DIR "/data/mnist/t10k-images-idx3-ubyte.gz";
  if (std::filesystem::exists(file)) {
    return preprocess(readImages(file, kImages), network.inputShape, network.preprocessing,
                      ImageLayout::nchw);
  }
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> uniform(0.0F, 1.0F);
  std::vector<float> x(static_cast<std::size_t>(elementCount(network.inputShape)) * kImages);
  for (float& v : x) v = uniform(engine);
  return x;
}

/// LeNet-5 programmed for one readout.
struct LeNet {
  Network network = importOnnx(CROSSTILE_SOURCE_DIR "/workloads/zoo/lenet5-mnist.onnx");
  IntegerNetwork integer;
  ChipProgram program;
  std::unique_ptr<ArrayStore> store;
  std::unique_ptr<ValueEngine> engine;
  std::vector<std::vector<std::int64_t>> codes;

  LeNet(const char* readout, double readNoise) {
    AnalogConfig config;
    config.readout = readout;
    config.encoding.inputBits = config.encoding.weightBits = 8;
    config.array.rWord = config.array.rBit = Ohms{1.0};
    config.device.gOff = Siemens{10e-6 / 15.0};
    config.nonideality.readNoiseOfG = readNoise;
    config.adc.range = "calibrated";
    const std::vector<float> x = images(network);
    const auto size = static_cast<std::size_t>(elementCount(network.inputShape));
    integer = quantise(network, config.encoding, x.data(), 64);
    codes.resize(kImages, std::vector<std::int64_t>(size));
    for (std::size_t i = 0; i < codes.size(); ++i)
      quantiseInput(integer.input, x.data() + i * size, codes[i].data(), size);
    MappingRequest request;
    request.network = &integer;
    request.encoding = config.encoding;
    request.array = config.array;
    program = mapNetwork(request);
    store = std::make_unique<ArrayStore>(config);
    engine = std::make_unique<ValueEngine>(program, *store, StreamOwner{}, codes);
  }
};

void Values_LeNet5(benchmark::State& state, const char* readout, double readNoise) {
  const LeNet lenet(readout, readNoise);
  ValueEngine::Scratch scratch;
  std::vector<ReadFacts> facts;
  std::vector<std::int64_t> output;
  std::size_t i = 0;
  for (auto _ : state) {
    lenet.engine->run(lenet.codes[i % kImages].data(), i, scratch, facts, output);
    benchmark::DoNotOptimize(output.data());
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["images/s"] = benchmark::Counter(static_cast<double>(i), benchmark::Counter::kIsRate);
  std::int64_t conversions = 0, activeRows = 0;
  for (const ReadFacts& f : facts) {
    conversions += f.conversions;
    activeRows += f.activeRows;
  }
  state.counters["conversions"] = static_cast<double>(conversions) / static_cast<double>(i);
  state.counters["active_rows"] = static_cast<double>(activeRows) / static_cast<double>(i);
}

BENCHMARK_CAPTURE(Values_LeNet5, ideal, "ideal", 0.0)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Values_LeNet5, ohmic, "ohmic", 0.0)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Values_LeNet5, ir_drop, "ir_drop", 0.0)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Values_LeNet5, ir_drop_noise, "ir_drop", 0.01)->Unit(benchmark::kMicrosecond);

/// Whole batches on all cores, as `crosstile run --timing functional` does them.
void Values_LeNet5_Functional(benchmark::State& state, const char* readout, double readNoise) {
  const LeNet lenet(readout, readNoise);
  std::vector<std::vector<std::int64_t>> codes;
  for (int i = 0; i < 8; ++i) codes.insert(codes.end(), lenet.codes.begin(), lenet.codes.end());
  double share = 0.0;
  for (auto _ : state) share = runFunctional(*lenet.engine, codes).productShare;
  state.counters["images/s"] =
      benchmark::Counter(static_cast<double>(codes.size()) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate);
  state.counters["product_share"] = share;
}
BENCHMARK_CAPTURE(Values_LeNet5_Functional, ir_drop, "ir_drop", 0.0)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Values_LeNet5_Functional, ir_drop_noise, "ir_drop", 0.01)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Programming, solving the wires and calibrating, once a draw.
void Values_LeNet5_Setup(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(LeNet("ir_drop", 0.0).engine.get());
}
BENCHMARK(Values_LeNet5_Setup)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace crosstile

BENCHMARK_MAIN();
