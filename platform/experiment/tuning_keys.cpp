// SPDX-License-Identifier: Apache-2.0
// The keys of rule target_tuning.
#include <algorithm>

#include "models/base/error.h"
#include "platform/experiment/learning_experiment.h"

namespace crosstile {
namespace {

using Experiment = LearningExperiment;
using hardware::Kind;
using hardware::Value;
using Keys = std::vector<hardware::KeyOf<Experiment>>;
template <typename T>
using Section = hardware::SectionOf<T, Experiment>;

bool isOneOf(const std::string& text, std::initializer_list<const char*> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

void addSoftwareKeys(Keys& keys) {
  using Software = learning::SoftwareTraining;
  Section<Software> s(keys, "software", [](Experiment& e) -> Software& { return e.tuning.software; });
  s.number("threshold", &Software::threshold, 0, 9, "weight x input",
           "Of the hidden comparators, by fixed resistors; 0: the network is odd");
  s.integer("epochs", &Software::epochs, 1, 1 << 20, "epochs", "Steps over all images");
  s.integer("restarts", &Software::restarts, 1, 1000, "runs", "From other initial weights; the best counts");
  s.number("rate", &Software::rate, 1e-9, 1, "", "Of Adam");
  s.number("flips", &Software::flips, 0, 0.5, "", "Noise in training: probability of a pixel's flip");
  s.number("weight_noise", &Software::weightNoise, 0, 10, "of the range",
           "Noise in training: deviation of every weight, new each epoch");
  using Error = learning::WeightError;
  Section<Error> error(keys, "software", [](Experiment& e) -> Error& { return e.tuning.software.error; });
  error.number("error_of_g", &Error::ofG, 0, 1, "of G",
               "Above 0: maximises the exact mean accuracy under such errors of all conductances");
  error.number("error_of_range", &Error::ofRange, 0, 1, "of G_on - G_off", "The same, of the range");
}

void addTestKeys(Keys& keys) {
  using Config = learning::TuningConfig;
  Section<Config> s(keys, "test", [](Experiment& e) -> Config& { return e.tuning; });
  auto& flips =
      s.start("flips", Kind::list, "Probabilities of a pixel's flip; accuracy is that of the first");
  flips.get = [](const Experiment& e) { return Value(e.tuning.testFlips); };
  flips.set = [](Experiment& e, const Value& v) { e.tuning.testFlips = std::get<std::vector<double>>(v); };
  s.number("gaussian", &Config::gaussian, 0, 100, "of a pixel from 0 to 1",
           "Deviation of noise on the inputs, 2,000 samples a draw; 0: not tested");
  s.number("error_of_g", &Config::errorOfG, 0, 10, "of G", "Error of every conductance behind tuning");
  s.number("error_of_range", &Config::errorOfRange, 0, 10, "of G_on - G_off", "The same, of the range");
  s.quantity("age", &Config::age, 0, 1e12, "At 0 V between tuning and test");
  s.integer("draws", &Config::draws, 1, 1 << 20, "draws", "Device draws for each seed");
}

}  // namespace

bool appliesTo(const hardware::KeyForm& key, bool tuning) {
  if (isOneOf(key.section, {"task", "software", "test"})) return tuning;
  if (!tuning || isOneOf(key.section, {"", "hardware"})) return true;
  return isOneOf(key.path(), {"network.sizes", "rule.name", "training.seed", "training.seeds"});
}

void addTuningKeys(Keys& keys) {
  Section<learning::TuningConfig> task(keys, "task",
                                       [](Experiment& e) -> learning::TuningConfig& { return e.tuning; });
  task.text("name", &learning::TuningConfig::task, learning::patternTaskNames(), "Two classes of 3x3 images");
  task.quantity("comparator_energy", &learning::TuningConfig::comparatorEnergy, 0, 1,
                "Of a comparator's decision; the default is assumed");
  addSoftwareKeys(keys);
  addTestKeys(keys);
}

}  // namespace crosstile
