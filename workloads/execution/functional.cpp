// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/functional.h"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <mutex>

namespace crosstile {
namespace {

using Clock = std::chrono::steady_clock;
double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Images whose products are timed: reading the clock around every product of every image would cost more
/// than it tells.
constexpr std::size_t kTimedEvery = 64;

struct Worker {
  ValueEngine::Scratch scratch;
  std::vector<std::int64_t> output;
  double sampledS = 0.0;
};

}  // namespace

std::vector<ReadFacts> FunctionalResult::totals() const {
  std::vector<ReadFacts> sum(facts.empty() ? 0 : facts.front().size());
  for (const auto& image : facts) {
    for (std::size_t s = 0; s < image.size(); ++s) sum[s] += image[s];
  }
  return sum;
}

FunctionalResult runFunctional(const ValueEngine& engine, const std::vector<std::vector<std::int64_t>>& codes,
                               std::uint64_t firstImage, const std::function<void(int)>& done) {
  const auto start = Clock::now();
  const std::size_t classes = engine.program().outputElement.size();
  FunctionalResult result;
  result.outputs.resize(codes.size() * classes);
  result.facts.resize(codes.size());
  tbb::enumerable_thread_specific<Worker> workers;
  std::mutex mutex;
  int finished = 0;
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, codes.size(), 16), [&](const auto& range) {
    Worker& worker = workers.local();
    for (std::size_t i = range.begin(); i < range.end(); ++i) {
      worker.scratch.analog.timeProducts = i % kTimedEvery == 0;
      const auto begin = Clock::now();
      engine.run(codes[i].data(), firstImage + i, worker.scratch, result.facts[i], worker.output);
      if (worker.scratch.analog.timeProducts) worker.sampledS += secondsSince(begin);
      std::copy(worker.output.begin(), worker.output.end(),
                result.outputs.begin() + static_cast<std::ptrdiff_t>(i * classes));
    }
    if (!done) return;
    const std::lock_guard<std::mutex> lock(mutex);
    finished += static_cast<int>(range.size());
    done(finished);
  });
  double products = 0.0;
  double sampled = 0.0;
  for (const Worker& worker : workers) {
    products += worker.scratch.analog.productS;
    sampled += worker.sampledS;
  }
  result.productShare = sampled > 0.0 ? products / sampled : 0.0;
  result.wallS = secondsSince(start);
  return result;
}

FunctionalResult runRedrawn(const ChipProgram& program, const AnalogConfig& config, const StreamOwner& owner,
                            const std::vector<AdcTrim>& trims,
                            const std::vector<std::vector<std::int64_t>>& codes, int imagesADraw,
                            const std::function<void(int)>& done) {
  const auto start = Clock::now();
  const std::size_t classes = program.outputElement.size();
  const auto step = static_cast<std::size_t>(imagesADraw);
  FunctionalResult result;
  result.outputs.resize(codes.size() * classes);
  result.facts.resize(codes.size());
  tbb::enumerable_thread_specific<Worker> workers;
  std::mutex mutex;
  int finished = 0;
  tbb::parallel_for(std::size_t{0}, (codes.size() + step - 1) / step, [&](std::size_t batch) {
    StreamOwner mine = owner;
    mine.epoch = static_cast<std::uint32_t>(batch);
    ArrayStore store(config);
    const ValueEngine engine(program, store, mine, trims);
    Worker& worker = workers.local();
    const std::size_t end = std::min(codes.size(), (batch + 1) * step);
    for (std::size_t i = batch * step; i < end; ++i) {
      engine.run(codes[i].data(), i, worker.scratch, result.facts[i], worker.output);
      std::copy(worker.output.begin(), worker.output.end(),
                result.outputs.begin() + static_cast<std::ptrdiff_t>(i * classes));
    }
    if (!done) return;
    const std::lock_guard<std::mutex> lock(mutex);
    finished += static_cast<int>(end - batch * step);
    done(finished);
  });
  result.wallS = secondsSince(start);
  return result;
}

template <typename T>
CorrectCount countCorrect(const std::vector<T>& outputs, int classes, const std::vector<int>& labels) {
  CorrectCount accuracy;
  accuracy.count = static_cast<int>(outputs.size() / static_cast<std::size_t>(classes));
  for (int i = 0; i < accuracy.count; ++i) {
    const T* y = outputs.data() + static_cast<std::ptrdiff_t>(i) * classes;
    const int label = labels[static_cast<std::size_t>(i)];
    if (label < 0 || label >= classes) continue;
    int better = 0;
    for (int c = 0; c < classes; ++c) better += y[c] > y[label] || (y[c] == y[label] && c < label) ? 1 : 0;
    accuracy.top1 += better < 1 ? 1 : 0;
    accuracy.top5 += better < 5 ? 1 : 0;
  }
  return accuracy;
}

template CorrectCount countCorrect<std::int64_t>(const std::vector<std::int64_t>&, int,
                                                 const std::vector<int>&);
template CorrectCount countCorrect<float>(const std::vector<float>&, int, const std::vector<int>&);

}  // namespace crosstile
