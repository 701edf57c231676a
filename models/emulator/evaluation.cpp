// SPDX-License-Identifier: Apache-2.0
#include "models/emulator/evaluation.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

#include "models/base/error.h"
#include "models/crossbar/readouts.h"
#include "models/emulator/baselines.h"

namespace crosstile {
namespace {

constexpr const char* kModels[] = {"ideal",        "linear",   "linear_fitted", "predistorted", "predistorted_fitted",
                                   "emulator"};
constexpr std::size_t kCount = std::size(kModels);

/// Errors of one sample, model by model.
struct SampleErrors {
  std::array<std::vector<float>, kCount> ratio, current;
  std::vector<std::uint8_t> bin;
};

ArrayConfig configOf(const EmulatorTechnology& t) {
  ArrayConfig config;
  config.rows = t.rows;
  config.columns = t.columns;
  config.rWord = Ohms{t.wires.rWord};
  config.rBit = Ohms{t.wires.rBit};
  config.rSource = Ohms{t.wires.rSource};
  config.rSink = Ohms{t.wires.rSink};
  return config;
}

SampleErrors errorsOf(const std::shared_ptr<const Emulator>& emulator, const EmulatorSample& sample) {
  const EmulatorTechnology& t = emulator->technology;
  const BaselineCurrents models = baselineCurrents(t, sample);
  const EmulatorReadout readout(emulator, plainArray(t, sample.conductance), configOf(t));
  const Eigen::MatrixXd emulated = readout.read(sample.voltages);
  const double least = leastIdealCurrent(t), unit = t.rows * t.device.gOn.value * t.voltage;
  SampleErrors errors;
  for (Eigen::Index k = 0; k < models.ideal.size(); ++k) {
    const double ideal = models.ideal.data()[k], truth = sample.current.data()[k];
    const auto fitted = [&](double model, const TwoConstants& c) {
      return model > 0.0 ? ideal / (c.a + c.b * ideal / model) : 0.0;
    };
    const double linear = models.linear.data()[k], predistorted = models.predistorted.data()[k];
    const std::array<double, kCount> currents{ideal,
                                              linear,
                                              fitted(linear, emulator->linear),
                                              predistorted,
                                              fitted(predistorted, emulator->predistorted),
                                              emulated.data()[k]};
    const bool counts = ideal > least && truth > 0.0;
    if (counts) errors.bin.push_back(static_cast<std::uint8_t>(
        std::min(Evaluation::kBins - 1, static_cast<int>(ideal / unit * Evaluation::kBins))));
    for (std::size_t m = 0; m < kCount; ++m) {
      errors.current[m].push_back(static_cast<float>(std::abs(currents[m] - truth) / unit));
      if (counts) errors.ratio[m].push_back(static_cast<float>(std::abs(ideal / currents[m] - ideal / truth)));
    }
  }
  return errors;
}

ErrorFigures figuresOf(std::vector<float>& errors) {
  ErrorFigures figures;
  if (errors.empty()) return figures;
  double sum = 0.0;
  for (const float e : errors) sum += static_cast<double>(e) * static_cast<double>(e);
  figures.rmse = std::sqrt(sum / static_cast<double>(errors.size()));
  const std::size_t rank = std::min(errors.size() - 1, static_cast<std::size_t>(0.999 * static_cast<double>(errors.size())));
  std::nth_element(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(rank), errors.end());
  figures.percentile999 = static_cast<double>(errors[rank]);
  figures.largest = static_cast<double>(*std::max_element(errors.begin(), errors.end()));
  return figures;
}

ModelErrors modelErrors(const std::vector<SampleErrors>& samples, std::size_t m) {
  ModelErrors errors;
  errors.model = kModels[m];
  std::vector<float> ratio, current;
  std::vector<double> sum(Evaluation::kBins, 0.0), count(Evaluation::kBins, 0.0);
  for (const SampleErrors& s : samples) {
    ratio.insert(ratio.end(), s.ratio[m].begin(), s.ratio[m].end());
    current.insert(current.end(), s.current[m].begin(), s.current[m].end());
    for (std::size_t i = 0; i < s.bin.size(); ++i) {
      sum[s.bin[i]] += static_cast<double>(s.ratio[m][i]) * static_cast<double>(s.ratio[m][i]);
      count[s.bin[i]] += 1.0;
    }
  }
  for (std::size_t b = 0; b < sum.size(); ++b)
    errors.ratioByCurrent.push_back(count[b] > 0.0 ? std::sqrt(sum[b] / count[b]) : 0.0);
  errors.ratio = figuresOf(ratio);
  errors.current = figuresOf(current);
  return errors;
}

}  // namespace

const ModelErrors& Evaluation::of(const std::string& model) const {
  for (const ModelErrors& m : models) {
    if (m.model == model) return m;
  }
  throw RunFailure("evaluation: no model \"{}\"", model);
}

bool Evaluation::beatsPredistortion() const {
  return of("emulator").ratio.rmse < of("predistorted_fitted").ratio.rmse;
}

Evaluation evaluate(const std::shared_ptr<const Emulator>& emulator, const std::vector<EmulatorSample>& samples,
                    const std::function<void(int)>& done) {
  std::vector<SampleErrors> errors(samples.size());
  std::mutex mutex;
  int finished = 0;
  tbb::parallel_for(std::size_t{0}, samples.size(), [&](std::size_t s) {
    errors[s] = errorsOf(emulator, samples[s]);
    const std::lock_guard<std::mutex> lock(mutex);
    ++finished;
    if (done) done(finished);
  });
  Evaluation evaluation;
  evaluation.countByCurrent.assign(Evaluation::kBins, 0);
  for (const SampleErrors& s : errors) {
    evaluation.count += s.bin.size();
    for (const std::uint8_t b : s.bin) ++evaluation.countByCurrent[b];
  }
  for (std::size_t m = 0; m < kCount; ++m) evaluation.models.push_back(modelErrors(errors, m));
  return evaluation;
}

}  // namespace crosstile
