// SPDX-License-Identifier: Apache-2.0
// An on-chip learning experiment: data, network, devices, rule, reads, training, costs; and its TOML file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/experiment/learning_cost.h"
#include "platform/hardware/hardware.h"
#include "platform/hardware/key.h"
#include "workloads/learning/learning_network.h"
#include "workloads/learning/target_tuning.h"

namespace crosstile {

struct LearningData {
  std::string images, labels;          ///< IDX, NPY or CSV
  std::string testImages, testLabels;  ///< empty: part of the data (folds)
  int count = 0;                       ///< first samples used; 0: all
  int testCount = 0;                   ///< the same of the test set
  int folds =
      0;  ///< sample i is in fold i mod folds; one fold tests, the others train. 0: a test set is given
  int fold = -1;  ///< which one tests; -1: each in turn, a run each
  double inputScale = 1.0 / 255.0;
};

/// The chip: a hardware file and settings on top of it. Its memristors are those that target_tuning writes;
/// rules that train in place have devices and costs of reads and pulses of their own, and take from it what
/// is around the arrays (clock, bus, drivers, digital unit; array sizes) when they are timed cycle by cycle.
struct LearningHardware {
  std::string preset = "sdc-tungsten";                        ///< preset or file
  std::vector<std::pair<std::string, std::string>> settings;  ///< key of the hardware file, value as TOML
  Hardware loaded;
  learning::TuningDevice device() const { return {loaded.device, loaded.array, loaded.programming}; }
};

/// With rule `target_tuning` sections task, software and test count, and of [network] the sizes;
/// with the rules that train in place data, network, device, fast_device, read and cost. Section hardware
/// counts with all.
struct LearningExperiment {
  std::string name, description;
  LearningData data;
  learning::LearningConfig learning;
  int seeds = 1;  ///< runs with seed, seed + 1, ...; each draws devices, weights, order and pulses anew
  LearningCost cost;
  learning::TuningConfig tuning;
  LearningHardware hardware;

  bool isTuning() const { return learning.rule.name == "target_tuning"; }
};

/// Names and texts of the experiments that ship.
const std::vector<std::pair<std::string, const char*>>& learningPresets();

/// Reads a file or a preset, then settings ("rule.rate=0.02"). Files of data are looked for beside the
/// experiment's file, then from where the program runs. Keys that aren't given have their defaults; those of
/// a device are of its model.
/// @throws BadInput with file, line and key: unknown (with the nearest known one), of the wrong kind, out of
/// range, at odds
LearningExperiment loadExperiment(const std::string& pathOrPreset,
                                  const std::vector<std::string>& settings = {});
/// The effective experiment: reads back to the same.
std::string toToml(const LearningExperiment& experiment);
/// Does a key count for the experiment's rule? Those that don't are neither written nor accepted.
bool appliesTo(const hardware::KeyForm& key, bool tuning);
/// Sections task, software and test, at the end of a list.
void addTuningKeys(std::vector<hardware::KeyOf<LearningExperiment>>& keys);
/// The keys in the order in which they are written.
const std::vector<hardware::KeyOf<LearningExperiment>>& experimentKeys();

/// Training and test set of one run.
struct LearningSplit {
  learning::LabelledSet training, test;
};
/// @throws BadInput naming the file: missing, not images, fewer labels than images
LearningSplit loadSplit(const LearningData& data, int fold);

}  // namespace crosstile
