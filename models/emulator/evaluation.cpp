// SPDX-License-Identifier: Apache-2.0
#include "models/emulator/evaluation.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "models/base/error.h"
#include "models/crossbar/readouts.h"
#include "models/emulator/baselines.h"

namespace crosstile {
namespace {

constexpr const char* kModels[] = {
    "ideal", "linear", "linear_fitted", "predistorted", "predistorted_fitted", "emulator"};
enum Model { kIdeal, kLinear, kLinearFitted, kPredistorted, kPredistortedFitted, kEmulator, kCount };

/// Currents of one sample, by the circuit and by every model but the fitted ones.
struct SampleCurrents {
  BaselineCurrents baselines;
  Eigen::MatrixXd emulated;
  const Eigen::MatrixXd* truth = nullptr;
};

/// What all samples come to.
struct Fits {
  ConstantsFit linear, predistorted;
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

SampleCurrents currentsOf(const std::shared_ptr<const Emulator>& emulator, const EmulatorSample& sample) {
  const EmulatorTechnology& t = emulator->technology;
  const EmulatorReadout readout(emulator, plainArray(t, sample.conductance), configOf(t));
  return {baselineCurrents(t, sample), readout.read(sample.voltages), &sample.current};
}

/// Calls fn(sample, element) for every current that counts in f_R.
template <typename Function>
void forEachRatio(const std::vector<SampleCurrents>& samples, double least, Function fn) {
  for (const SampleCurrents& s : samples) {
    for (Eigen::Index k = 0; k < s.truth->size(); ++k) {
      if (s.baselines.ideal.data()[k] > least && s.truth->data()[k] > 0.0) fn(s, k);
    }
  }
}

Fits fitConstants(const std::vector<SampleCurrents>& samples, double least) {
  Fits fits;
  forEachRatio(samples, least, [&](const SampleCurrents& s, Eigen::Index k) {
    const double ideal = s.baselines.ideal.data()[k], truth = ideal / s.truth->data()[k];
    fits.linear.add(ideal / s.baselines.linear.data()[k], truth);
    fits.predistorted.add(ideal / s.baselines.predistorted.data()[k], truth);
  });
  return fits;
}

double modelCurrent(int model, const SampleCurrents& s, Eigen::Index k, const TwoConstants& linear,
                    const TwoConstants& predistorted) {
  const double ideal = s.baselines.ideal.data()[k];
  const auto fitted = [&](double current, const TwoConstants& c) {
    return current > 0.0 ? ideal / (c.a + c.b * ideal / current) : 0.0;
  };
  switch (model) {
    case kIdeal:
      return ideal;
    case kLinear:
      return s.baselines.linear.data()[k];
    case kLinearFitted:
      return fitted(s.baselines.linear.data()[k], linear);
    case kPredistorted:
      return s.baselines.predistorted.data()[k];
    case kPredistortedFitted:
      return fitted(s.baselines.predistorted.data()[k], predistorted);
    default:
      return s.emulated.data()[k];
  }
}

int binOf(double ideal, double unit) {
  return std::min(Evaluation::kBins - 1, static_cast<int>(ideal / unit * Evaluation::kBins));
}

ErrorFigures figuresOf(std::vector<float>& errors) {
  ErrorFigures figures;
  if (errors.empty()) return figures;
  double sum = 0.0;
  for (const float e : errors) sum += static_cast<double>(e) * static_cast<double>(e);
  figures.rmse = std::sqrt(sum / static_cast<double>(errors.size()));
  const std::size_t rank =
      std::min(errors.size() - 1, static_cast<std::size_t>(0.999 * static_cast<double>(errors.size())));
  std::nth_element(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(rank), errors.end());
  figures.percentile999 = static_cast<double>(errors[rank]);
  figures.largest = static_cast<double>(*std::max_element(errors.begin(), errors.end()));
  return figures;
}

ModelErrors errorsOf(int model, const std::vector<SampleCurrents>& samples, const EmulatorTechnology& t,
                     const Fits& fits) {
  const double unit = t.rows * t.device.gOn.value * t.voltage;
  const TwoConstants linear = fits.linear.constants(), predistorted = fits.predistorted.constants();
  ModelErrors errors;
  errors.model = kModels[model];
  std::vector<float> ratio, current;
  std::vector<double> sum(Evaluation::kBins, 0.0), count(Evaluation::kBins, 0.0);
  for (const SampleCurrents& s : samples) {
    for (Eigen::Index k = 0; k < s.truth->size(); ++k) {
      const double error = modelCurrent(model, s, k, linear, predistorted) - s.truth->data()[k];
      current.push_back(static_cast<float>(std::abs(error) / unit));
    }
  }
  forEachRatio(samples, leastIdealCurrent(t), [&](const SampleCurrents& s, Eigen::Index k) {
    const double ideal = s.baselines.ideal.data()[k];
    const double error = ideal / modelCurrent(model, s, k, linear, predistorted) - ideal / s.truth->data()[k];
    ratio.push_back(static_cast<float>(std::abs(error)));
    const auto bin = static_cast<std::size_t>(binOf(ideal, unit));
    sum[bin] += error * error;
    count[bin] += 1.0;
  });
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

Evaluation evaluate(const std::shared_ptr<const Emulator>& emulator,
                    const std::vector<EmulatorSample>& samples, const std::function<void(int)>& done) {
  std::vector<SampleCurrents> currents(samples.size());
  std::mutex mutex;
  int finished = 0;
  tbb::parallel_for(std::size_t{0}, samples.size(), [&](std::size_t s) {
    currents[s] = currentsOf(emulator, samples[s]);
    const std::lock_guard<std::mutex> lock(mutex);
    ++finished;
    if (done) done(finished);
  });
  const EmulatorTechnology& t = emulator->technology;
  const double least = leastIdealCurrent(t), unit = t.rows * t.device.gOn.value * t.voltage;
  Evaluation evaluation;
  evaluation.countByCurrent.assign(Evaluation::kBins, 0);
  forEachRatio(currents, least, [&](const SampleCurrents& s, Eigen::Index k) {
    ++evaluation.count;
    ++evaluation.countByCurrent[static_cast<std::size_t>(binOf(s.baselines.ideal.data()[k], unit))];
  });
  const Fits fits = fitConstants(currents, least);
  evaluation.models.resize(kCount);
  tbb::parallel_for(0, static_cast<int>(kCount), [&](int m) {
    evaluation.models[static_cast<std::size_t>(m)] = errorsOf(m, currents, t, fits);
  });
  return evaluation;
}

}  // namespace crosstile
