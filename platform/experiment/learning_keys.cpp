// SPDX-License-Identifier: Apache-2.0
// The keys of an experiment file: one table that drives reading, writing, error messages and --set.
#include <array>

#include "models/base/error.h"
#include "platform/experiment/learning_experiment.h"
#include "workloads/learning/update_rule.h"

namespace crosstile {
namespace {

using Experiment = LearningExperiment;
using hardware::Kind;
using hardware::Value;
using Key = hardware::KeyOf<Experiment>;
using Keys = std::vector<Key>;
template <typename T>
using Section = hardware::SectionOf<T, Experiment>;

constexpr std::array<const char*, 3> kActivations{"sigmoid", "tanh", "relu"};

void addDataKeys(Keys& keys) {
  using Data = LearningData;
  Section<Data> s(keys, "data", [](Experiment& e) -> Data& { return e.data; });
  s.text("images", &Data::images, {},
         "Samples: IDX, NPY or CSV, gzip allowed; beside this file or from where the program runs");
  s.text("labels", &Data::labels, {}, "Their classes");
  s.text("test_images", &Data::testImages, {}, "Test set; empty: folds of the samples");
  s.text("test_labels", &Data::testLabels, {}, "Its classes");
  s.integer("count", &Data::count, 0, 1 << 30, "samples", "First samples used; 0: all");
  s.integer("test_count", &Data::testCount, 0, 1 << 30, "samples", "The same of the test set");
  s.integer("folds", &Data::folds, 0, 1000, "folds",
            "Sample i is in fold i mod folds; one tests, the others train; 0: test set");
  s.integer("fold", &Data::fold, -1, 999, "fold", "The one that tests; -1: each in turn, a run each");
  s.number("input_scale", &Data::inputScale, 1e-9, 1e9, "", "Factor on the values as stored");
}

void addNetworkKeys(Keys& keys) {
  using Network = learning::NetworkConfig;
  Section<Network> s(keys, "network", [](Experiment& e) -> Network& { return e.learning.network; });
  Key& sizes = s.start("sizes", Kind::list, "Inputs, hidden layers, outputs");
  sizes.get = [](const Experiment& e) {
    return Value(std::vector<double>(e.learning.network.sizes.begin(), e.learning.network.sizes.end()));
  };
  sizes.set = [](Experiment& e, const Value& v) {
    e.learning.network.sizes.clear();
    for (const double size : std::get<std::vector<double>>(v)) {
      if (size < 1 || size > 1 << 20 || size != static_cast<int>(size))
        throw BadInput("must be whole numbers from 1 to 1048576");
      e.learning.network.sizes.push_back(static_cast<int>(size));
    }
  };
  Key& activation = s.start("activation", Kind::text, "Of the hidden layers");
  activation.choices.assign(kActivations.begin(), kActivations.end());
  activation.get = [](const Experiment& e) {
    return Value(std::string(kActivations[static_cast<std::size_t>(e.learning.network.activation)]));
  };
  activation.set = [](Experiment& e, const Value& v) {
    for (std::size_t i = 0; i < kActivations.size(); ++i) {
      if (std::get<std::string>(v) == kActivations[i])
        e.learning.network.activation = static_cast<learning::Activation>(i);
    }
  };
  s.number("initial_range", &Network::initialRange, 0, 100, "weight",
           "Weights start uniform within +- it; 0: 1/sqrt(inputs)");
}

/// The keys of a device: its model, which sets all others, and what differs from it.
void addDeviceKeys(Keys& keys, const char* section, Section<StepDevice>::Get get) {
  Section<StepDevice> s(keys, section, get);
  Key& model =
      s.start("model", Kind::text, "Published device that the other keys change (docs/models/learning.md)");
  model.choices = stepDeviceNames();
  model.get = [get](const Experiment& e) { return Value(get(const_cast<Experiment&>(e)).name); };
  model.set = [get](Experiment& e, const Value& v) { get(e) = stepDevice(std::get<std::string>(v)); };
  s.number("dw_min", &StepDevice::dwMin, 1e-9, 1, "weight", "Nominal step");
  s.number("up_down", &StepDevice::upDown, -0.999, 0.999, "",
           "Asymmetry: down steps smaller by it, up steps when negative");
  s.number("w_max", &StepDevice::wMax, 0, 1000, "weight", "Nominal upper bound");
  s.number("w_min", &StepDevice::wMin, -1000, 0, "weight", "Nominal lower bound");
  s.number("dw_min_d2d", &StepDevice::dwMinD2d, 0, 10, "of dw_min", "Deviation of the step between cells");
  s.number("up_down_d2d", &StepDevice::upDownD2d, 0, 10, "of dw_min",
           "Deviation of the asymmetry between cells");
  s.number("w_max_d2d", &StepDevice::wMaxD2d, 0, 10, "of w_max",
           "Deviation of the upper bound between cells");
  s.number("w_min_d2d", &StepDevice::wMinD2d, 0, 10, "of w_min",
           "Deviation of the lower bound between cells");
  s.number("c2c", &StepDevice::c2c, 0, 1000, "of the step", "Deviation from pulse to pulse");
  s.number("write_noise", &StepDevice::writeNoise, 0, 1e6, "of dw_min",
           "Deviation of what a cell reads after its last pulse");
}

void addRuleKeys(Keys& keys) {
  using Rule = learning::RuleConfig;
  Section<Rule> s(keys, "rule", [](Experiment& e) -> Rule& { return e.learning.rule; });
  std::vector<std::string> rules = learning::ruleNames();
  rules.emplace_back("target_tuning");
  s.text("name", &Rule::name, rules, "How pulses follow from inputs and errors, or from targets");
  s.number("rate", &Rule::rate, 0, 1000, "", "Learning rate; Tiki-Taka: of the transfer");
  s.number("rate_decay", &Rule::rateDecay, 1e-6, 1, "", "The rates' factor from epoch to epoch");
  s.integer("train_length", &Rule::trainLength, 1, 32, "slots", "Stochastic pulses: longest train");
  s.flag("update_management", &Rule::updateManagement,
         "Stochastic pulses: both sides' probabilities made alike");
  s.flag("length_management", &Rule::lengthManagement,
         "Stochastic pulses: trains no longer than the largest change asks for");
  s.integer("most_pulses", &Rule::mostPulses, 1, 1 << 20, "pulses",
            "delta, tiki_taka_v2: of a cell and update");
  s.flag("stochastic_rounding", &Rule::stochasticRounding,
         "delta: pulses rounded at random, not to the nearest");
  s.number("input_threshold", &Rule::inputThreshold, 0, 1000, "", "sign: smaller inputs give no pulse");
  s.number("error_threshold", &Rule::errorThreshold, 0, 1000, "", "sign: smaller errors give no pulse");
  s.number("fast_rate", &Rule::fastRate, 0, 1000, "", "Tiki-Taka: learning rate of the fast array");
  s.number("fast_share", &Rule::fastShare, 0, 1000, "",
           "Tiki-Taka: gamma, share of the fast array in what is read");
  s.integer("transfer_every", &Rule::transferEvery, 1, 1 << 30, "samples",
            "Tiki-Taka: from one transferred line to the next");
  s.flag("zero_shifted", &Rule::zeroShifted,
         "Tiki-Taka: fast cells are read relative to their symmetry points");
  s.number("reference_error", &Rule::referenceError, 0, 1000, "weight",
           "Tiki-Taka: deviation of those references");
  s.integer("refresh_every", &Rule::refreshEvery, 1, 1 << 30, "samples",
            "One-sided devices: between looks for used-up pairs");
  s.number("fullness", &Rule::fullness, 0, 1, "of the range",
           "One-sided devices: beyond it a pair is rewritten");
}

void addReadKeys(Keys& keys) {
  using Read = learning::ReadConfig;
  Section<Read> s(keys, "read", [](Experiment& e) -> Read& { return e.learning.read; });
  s.integer("input_bits", &Read::inputBits, 0, 24, "bits", "DAC, from -1 to 1; 0: continuous");
  s.integer("output_bits", &Read::outputBits, 0, 24, "bits", "ADC, within +-output_bound; 0: continuous");
  s.number("output_bound", &Read::outputBound, 0, 1e6, "weight x input", "ADC full scale; 0: none");
  s.number("transfer_bound", &Read::transferBound, 0, 1e6, "weight",
           "The same for a fast array's lines; 0: as output_bound");
  s.number("output_noise", &Read::outputNoise, 0, 1e6, "weight x input", "Deviation of a read");
  s.number("input_noise", &Read::inputNoise, 0, 1e6, "",
           "In training: deviation of every input that isn't 0");
  s.number("weight_noise", &Read::weightNoise, 0, 1e6, "weight",
           "In training: deviation of every cell, fresh for each read");
  s.flag("noise_management", &Read::noiseManagement,
         "Inputs are scaled to the DAC's full scale by their largest");
  s.integer("bound_management", &Read::boundManagement, 0, 60, "repeats",
            "Reads repeated with halved inputs while at the bound");
}

void addTrainingKeys(Keys& keys) {
  using Config = learning::LearningConfig;
  Section<Config> s(keys, "training", [](Experiment& e) -> Config& { return e.learning; });
  s.integer("epochs", &Config::epochs, 1, 1 << 20, "epochs",
            "Passes over the samples, each in an order of its own");
  Section<Experiment> top(keys, "training", [](Experiment& e) -> Experiment& { return e; });
  top.integer("seeds", &Experiment::seeds, 1, 1 << 20, "runs",
              "With seed, seed + 1, ...: devices, weights, order, pulses anew");
  Key& seed = s.start("seed", Kind::integer, "The first one");
  seed.high = 1e15;
  seed.get = [](const Experiment& e) { return Value(static_cast<std::int64_t>(e.learning.seed)); };
  seed.set = [](Experiment& e, const Value& v) {
    e.learning.seed = static_cast<std::uint64_t>(std::get<std::int64_t>(v));
  };
}

void addCostKeys(Keys& keys) {
  using Cost = LearningCost;
  Section<Cost> s(keys, "cost", [](Experiment& e) -> Cost& { return e.cost; });
  s.quantity("read_time", &Cost::readTime, 0, 1, "One vector through an array");
  s.quantity("conversion_time", &Cost::conversionTime, 0, 1, "One ADC conversion");
  s.integer("adcs", &Cost::adcs, 1, 1 << 20, "ADCs",
            "Of an array; each converts its share of the lines in turn");
  s.quantity("pulse_time", &Cost::pulseTime, 0, 1, "A slot of programming: pulse and gap");
  s.quantity("cell_read_energy", &Cost::cellReadEnergy, 0, 1, "Of a cell on a driven line, a read");
  s.quantity("line_read_energy", &Cost::lineReadEnergy, 0, 1, "Of a driven line's DAC, a read");
  s.quantity("conversion_energy", &Cost::conversionEnergy, 0, 1, "Of an ADC, a conversion");
  s.quantity("cell_pulse_energy", &Cost::cellPulseEnergy, 0, 1, "Of a cell, a pulse");
  s.quantity("line_pulse_energy", &Cost::linePulseEnergy, 0, 1, "Of a line's driver, a programming pulse");
  s.quantity("digital_energy", &Cost::digitalEnergy, 0, 1, "Of an activation, an error, a buffered value");
  s.text("source", &Cost::source, {}, "Where these numbers come from; \"assumed: ...\" when nowhere");
}

void addHardwareKeys(Keys& keys) {
  Section<LearningHardware> s(keys, "hardware",
                              [](Experiment& e) -> LearningHardware& { return e.hardware; });
  s.text("preset", &LearningHardware::preset, {},
         "Hardware file or preset of the chip; any other key of [hardware] is one of it");
}

}  // namespace

const std::vector<Key>& experimentKeys() {
  static const Keys all = [] {
    Keys keys;
    Section<Experiment> top(keys, "", [](Experiment& e) -> Experiment& { return e; });
    top.text("name", &Experiment::name, {}, "Name of the experiment, carried by its results");
    top.text("description", &Experiment::description, {}, "What it shows");
    addDataKeys(keys);
    addNetworkKeys(keys);
    addDeviceKeys(keys, "device", [](Experiment& e) -> StepDevice& { return e.learning.device; });
    addDeviceKeys(keys, "fast_device", [](Experiment& e) -> StepDevice& { return e.learning.fastDevice; });
    addRuleKeys(keys);
    addReadKeys(keys);
    addTrainingKeys(keys);
    addCostKeys(keys);
    addHardwareKeys(keys);
    addTuningKeys(keys);
    return keys;
  }();
  return all;
}

}  // namespace crosstile
