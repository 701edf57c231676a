// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/target_tuning.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "workloads/learning/threshold_circuit.h"

namespace crosstile::learning {
namespace {

constexpr std::uint32_t kGaussianSamples = 1000;  // of each class and draw

/// Cells that note what is written to them.
class RecordedCells final : public WritableCells {
 public:
  RecordedCells(WritableCells& cells, int layer, double start, std::vector<TuningStep>& steps)
      : cells_(cells), layer_(layer), start_(start), steps_(steps) {}
  int rows() const override { return cells_.rows(); }
  int columns() const override { return cells_.columns(); }
  double conductance(std::size_t cell) override { return cells_.conductance(cell); }
  PulseCost write(std::size_t cell, const WritePulse& pulse, double aim) override {
    const PulseCost cost = cells_.write(cell, pulse, aim);
    steps_.push_back({layer_, cell, start_ + cells_.now(), pulse.amplitude.value, cells_.conductance(cell)});
    return cost;
  }
  double sense(std::size_t cell, double& energy) override { return cells_.sense(cell, energy); }
  void rest(Seconds time) override { cells_.rest(time); }
  double now() const override { return cells_.now(); }
  void setNow(double second) override { cells_.setNow(second); }
  Seconds readTime() const override { return cells_.readTime(); }

 private:
  WritableCells& cells_;
  int layer_;
  double start_;
  std::vector<TuningStep>& steps_;
};

std::vector<double> conductancesOf(WritableCells& cells) {
  std::vector<double> out;
  for (std::size_t c = 0; c < cells.size(); ++c) out.push_back(cells.conductance(c));
  return out;
}

/// Reads a draw's circuit under the tests that are asked for.
class Tester {
 public:
  Tester(const TuningConfig& config, const TuningDevice& d)
      : config_(config),
        task_(patternTask(config.task)),
        law_(d.device.mms, d.device.temperature),
        supply_{d.array.readVoltage.value, d.array.readTime.value, d.reference(),
                config.software.threshold * d.halfRange()} {
    for (const double flips : config.testFlips) odds_.push_back(oddsOf(task_, flips));
  }
  double firstAccuracy(Span<const double> first, Span<const double> second) const {
    return accuracy(ThresholdCircuit(law_, supply_, first, second), odds_.front());
  }
  void test(Span<const double> first, Span<const double> second, const StreamOwner& owner,
            TuningDraw& draw) const {
    const ThresholdCircuit circuit(law_, supply_, first, second);
    for (const ImageOdds& odds : odds_) draw.accuracy.push_back(accuracy(circuit, odds));
    const ThresholdCircuit::Energy energy = circuit.energy(odds_.front());
    draw.inferenceJ = energy.cells;
    draw.referenceJ = energy.references;
    draw.comparatorJ = config_.comparatorEnergy.value * static_cast<double>(second.size() + 1);
    if (config_.gaussian > 0.0) draw.gaussianAccuracy = gaussian(circuit, owner);
  }

 private:
  static double accuracy(const ThresholdCircuit& circuit, const ImageOdds& odds) {
    return accuracyOf(odds, [&](unsigned image) { return circuit.decide(image); });
  }
  double gaussian(const ThresholdCircuit& circuit, const StreamOwner& owner) const {
    const RandomStream noise(owner, Purpose::learningNoise);
    double right = 0.0;
    for (std::uint32_t k = 0; k < 2 * kGaussianSamples; ++k) {
      const auto& prototypes = k % 2 == 0 ? task_.first : task_.second;
      const unsigned image = prototypes[k / 2 % prototypes.size()];
      std::array<double, kPixels> x{};
      for (int i = 0; i < kPixels; ++i)
        x[static_cast<std::size_t>(i)] =
            pixelOf(image, i) +
            2.0 * config_.gaussian * noise.normal(k, 1000U + static_cast<std::uint32_t>(i));
      right += circuit.decide(x) == (k % 2 == 0 ? 1.0 : 0.0) ? 1.0 : 0.0;
    }
    return right / (2.0 * kGaussianSamples);
  }

  const TuningConfig& config_;
  PatternTask task_;
  MeanMetastableSwitchLaw law_;
  CircuitSupply supply_;
  std::vector<ImageOdds> odds_;
};

void addErrors(const TuningConfig& config, const TuningDevice& d, const StreamOwner& owner,
               std::vector<double>& conductances) {
  if (config.errorOfG == 0.0 && config.errorOfRange == 0.0) return;
  const RandomStream error(owner, Purpose::programmingError);
  const double fixed = config.errorOfRange * 2.0 * d.halfRange();
  for (std::size_t c = 0; c < conductances.size(); ++c) {
    double& g = conductances[c];
    g = std::max(0.0, g + std::hypot(config.errorOfG * g, fixed) * error.normal(c));
  }
}

/// Accuracy after 0, 1, ... devices, from their conductances at the beginning and the steps.
std::vector<double> accuracyByDevice(const Tester& tester, std::vector<double> first,
                                     std::vector<double> second, const std::vector<TuningStep>& steps) {
  std::vector<double> accuracy{tester.firstAccuracy(first, second)};
  std::size_t next = 0;
  for (const int layer : {0, 1}) {
    std::vector<double>& conductances = layer == 0 ? first : second;
    for (std::size_t c = 0; c < conductances.size(); ++c) {
      for (; next < steps.size() && steps[next].layer == layer && steps[next].cell == c; ++next)
        conductances[c] = steps[next].conductance;
      accuracy.push_back(tester.firstAccuracy(first, second));
    }
  }
  return accuracy;
}

StreamOwner ofArray(StreamOwner owner, std::uint32_t array) {
  owner.array = array;
  return owner;
}

}  // namespace

void checkTuning(const TuningConfig& c, const TuningDevice& d) {
  patternTask(c.task);
  ProgrammingConfig programming = d.programming;
  programming.method = "write-verify";
  checkProgramming(programming, d.device);
  if (d.device.law != "mean_metastable_switch")
    throw BadInput(
        "hardware.device.law = \"{}\": target_tuning moves the state of mean_metastable_switch alone",
        d.device.law);
  if (kPixels > d.array.rows || c.software.hidden > std::min(d.array.rows, d.array.columns))
    throw BadInput("network.sizes: 9-{}-1: larger than the array, array.rows = {}, array.columns = {}",
                   c.software.hidden, d.array.rows, d.array.columns);
  if (c.software.error.any() && c.software.hidden > ExpectedAccuracy::kMostHidden)
    throw BadInput("network.sizes: {} hidden neurons: must be at most {} with software.error_of_*",
                   c.software.hidden, ExpectedAccuracy::kMostHidden);
  for (const double flips : c.testFlips) {
    if (!(flips >= 0.0 && flips <= 0.5)) throw BadInput("test.flips: {:g}: must be from 0 to 0.5", flips);
  }
  if (c.testFlips.empty()) throw BadInput("test.flips: must hold one probability at least");
}

TargetConductances targetsOf(const ThresholdWeights& weights, const TuningDevice& d) {
  TargetConductances targets;
  for (const double w : weights.first) targets.first.push_back(d.reference() + w * d.halfRange());
  for (const double v : weights.second) targets.second.push_back(d.reference() + v * d.halfRange());
  return targets;
}

TuningArrays makeArrays(const TuningConfig& config, const TuningDevice& d, std::uint64_t seed,
                        std::uint32_t draw) {
  const StreamOwner owner{seed, draw, 0, 0, 0};
  const int hidden = config.software.hidden;
  TuningArrays arrays{
      std::make_unique<PulsedArray>(d.device, d.array, d.programming, kPixels, hidden, ofArray(owner, 0)),
      std::make_unique<PulsedArray>(d.device, d.array, d.programming, hidden, 1, ofArray(owner, 1))};
  const std::string& state = d.programming.initialState;
  for (PulsedArray* array : {arrays.first.get(), arrays.second.get()}) {
    const RandomStream start(ofArray(owner, array == arrays.second.get() ? 1 : 0), Purpose::sampling);
    for (std::size_t c = 0; c < array->size(); ++c)
      array->setState(c, state == "off" ? 0.0 : state == "on" ? 1.0 : start.uniform(c));
  }
  return arrays;
}

TuningDraw tuneNetwork(const TuningConfig& config, const TuningDevice& d, const TargetConductances& targets,
                       TuningArrays& arrays, WritableCells& first, WritableCells& second,
                       const StreamOwner& owner, bool record) {
  const WriteVerify controller(d.programming, d.device);
  const Tester tester(config, d);
  TuningDraw draw;
  const std::vector<double> firstStart = conductancesOf(*arrays.first),
                            secondStart = conductancesOf(*arrays.second);
  const auto tune = [&](WritableCells& cells, int layer, const std::vector<double>& target) {
    if (!record) return controller.tuneAll(cells, target);
    RecordedCells recorded(cells, layer, layer == 0 ? 0.0 : draw.first.seconds, draw.steps);
    return controller.tuneAll(recorded, target);
  };
  draw.first = tune(first, 0, targets.first);
  draw.second = tune(second, 1, targets.second);
  // One layer rests while the other is tuned.
  arrays.first->rest(Seconds{draw.second.seconds + config.age.value});
  arrays.second->rest(config.age);
  std::vector<double> g1 = conductancesOf(*arrays.first), g2 = conductancesOf(*arrays.second);
  addErrors(config, d, ofArray(owner, 0), g1);
  addErrors(config, d, ofArray(owner, 1), g2);
  tester.test(g1, g2, owner, draw);
  if (record) draw.afterDevice = accuracyByDevice(tester, firstStart, secondStart, draw.steps);
  return draw;
}

TuningSeed runTuning(const TuningConfig& config, const TuningDevice& d, std::uint64_t seed, bool record,
                     const TuningMachine& machine) {
  const PatternTask task = patternTask(config.task);
  TuningSeed result;
  result.seed = seed;
  SoftwareTraining software = config.software;
  software.error.reference = d.reference() / d.halfRange();
  result.software = trainTargets(task, software, seed);
  for (const double flips : config.testFlips)
    result.softwareAccuracy.push_back(accuracyOf(
        oddsOf(task, flips), [&](unsigned image) { return result.software.weights.decide(image); }));
  const TargetConductances targets = targetsOf(result.software.weights, d);
  for (int k = 0; k < config.draws; ++k) {
    const auto draw = static_cast<std::uint32_t>(k);
    TuningArrays arrays = makeArrays(config, d, seed, draw);
    TuningDraw tuned;
    const auto tune = [&](WritableCells& first, WritableCells& second) {
      tuned = tuneNetwork(config, d, targets, arrays, first, second, {seed, draw, 0, 0, 0}, record && k == 0);
    };
    if (machine)
      tuned.machineSeconds = machine(arrays, tune);
    else
      tune(*arrays.first, *arrays.second);
    result.draws.push_back(std::move(tuned));
  }
  return result;
}

}  // namespace crosstile::learning
