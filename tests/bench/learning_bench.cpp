// SPDX-License-Identifier: Apache-2.0
// On-chip learning: samples a second of a network of MNIST's size (784-25-10, a fifth of the inputs not 0),
// and the kernels.
//   Learn/DEVICE/RULE  items_per_second: samples; pulses_per_second: pulses on cells. 60,000 samples are
//   MNIST's epoch
#include <benchmark/benchmark.h>

#include "workloads/learning/learning_network.h"

namespace crosstile::learning {
namespace {

LabelledSet samples(std::size_t count) {
  const RandomStream stream({1, 0, 0, 0, 0}, Purpose::sampling);
  LabelledSet set;
  set.inputs = 784;
  for (std::size_t n = 0; n < count; ++n) {
    set.labels.push_back(static_cast<int>(n % 10));
    for (std::size_t i = 0; i < 784; ++i) {
      const double u = stream.uniform(784 * n + i);
      set.values.push_back(u < 0.2 ? static_cast<float>(5.0 * u) : 0.0F);
    }
  }
  return set;
}

void learn(benchmark::State& state, const char* device, const char* rule) {
  LearningConfig config;
  config.network.sizes = {784, 25, 10};
  config.device = config.fastDevice = stepDevice(device);
  config.rule.name = rule;
  const LabelledSet set = samples(512);
  LearningNetwork network(config);
  std::uint64_t index = 0;
  for (auto _ : state) {
    const std::size_t i = index % set.size();
    benchmark::DoNotOptimize(network.learn(set.sample(i), set.labels[i], 1.0, index++));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(index));
  double pulses = 0.0;
  for (const LearningLayer& layer : network.layers())
    pulses += static_cast<double>(layer.activity().weights.total() + layer.activity().fast.total());
  state.counters["pulses_per_second"] = benchmark::Counter(pulses, benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(learn, ideal_float, "ideal", "float");
BENCHMARK_CAPTURE(learn, ideal_outer_product, "ideal", "outer_product");
BENCHMARK_CAPTURE(learn, reram_es_outer_product, "reram_es", "outer_product");
BENCHMARK_CAPTURE(learn, reram_es_tiki_taka_v2, "reram_es", "tiki_taka_v2");
BENCHMARK_CAPTURE(learn, ideal_delta, "ideal", "delta");

}  // namespace
}  // namespace crosstile::learning

BENCHMARK_MAIN();
