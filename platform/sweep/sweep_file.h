// SPDX-License-Identifier: Apache-2.0
// A design space as a TOML file describes it: a base, axes, how points are drawn, what is looked for. docs/sweeps.md is
// the format.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/hardware/key.h"

namespace crosstile {

/// Settings of a point: a key of the hardware file ("adc.bits") or an option of `run` ("network", "count") to its value,
/// as `--set` and `run` take it.
using SweepSettings = std::map<std::string, std::string>;

/// An axis counts only where a key that stands before it has one of these values.
struct SweepCondition {
  std::string key;
  std::vector<std::string> values;
};

/// One dimension of the space. All its keys change together (linked): choice c gives key k the value choices[c][k].
/// Without choices it is continuous, and all its keys get the same number.
struct SweepAxis {
  std::string place;  ///< "sweep.toml:12", for errors
  std::vector<std::string> keys;
  std::vector<std::vector<std::string>> choices;
  double low = 0.0, high = 0.0;  ///< of a continuous one, SI
  bool logarithmic = false;
  std::vector<SweepCondition> when;
  bool continuous() const { return choices.empty(); }
};

/// A number of report.json to be as large, or as small, as possible.
struct SweepObjective {
  std::string place, path;  ///< path: "accuracy.top1", "layers.0.latency_s"
  bool maximise = false;
};

struct SweepConstraint {
  std::string place, path;
  std::optional<double> atLeast, atMost;
  /// "area.total_mm2 <= 80"
  std::string text() const;
  bool metBy(double value) const;
};

struct SweepFile {
  std::string path, text;
  SweepSettings base;
  std::vector<SweepAxis> axes;
  std::string method = "grid";     ///< grid | random | latin_hypercube | sobol
  int points = 0;                  ///< of all methods but grid
  std::uint64_t samplingSeed = 1;  ///< of random and latin_hypercube
  std::vector<std::uint64_t> seeds{1};
  std::vector<SweepObjective> objectives;
  std::vector<SweepConstraint> constraints;
  std::vector<std::string> columns;  ///< further numbers of the report for tables
};

/// @throws BadInput naming file, line and key
SweepFile readSweep(const std::string& path);

/// The form of a key that a sweep can set: of the hardware file, or an option of `run`.
std::optional<hardware::KeyForm> sweepKey(const std::string& path);
/// Is it an option of `run`?
bool isRunOption(const std::string& key);
std::vector<std::string> runOptionNames();
/// A value as `--set` and `run` take it: without quotes.
std::string settingText(const hardware::KeyForm& form, const hardware::Value& value);
/// The number at a fraction, 0 to 1, of an axis's range; as a key's value.
double axisNumber(const SweepAxis& axis, double fraction);
std::string numberText(const hardware::KeyForm& form, double x);

}  // namespace crosstile
