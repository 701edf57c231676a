// SPDX-License-Identifier: Apache-2.0
#include "platform/sweep/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/base/content_hash.h"
#include "models/base/error.h"
#include "models/base/version.h"
#include "platform/hardware/array_identity.h"
#include "platform/hardware/schema.h"

namespace crosstile {
namespace {

/// Results of other versions of a point's name are never mixed.
constexpr int kIdentityVersion = 1;

std::string valueOr(const SweepSettings& values, const std::string& key, const std::string& otherwise) {
  const auto found = values.find(key);
  return found == values.end() ? otherwise : found->second;
}

std::vector<std::string> hardwareSettings(const SweepSettings& values) {
  std::vector<std::string> settings;
  for (const auto& [key, value] : values) {
    if (!isRunOption(key)) settings.push_back(key + "=" + value);
  }
  return settings;
}

/// Lays out points, one after another, and names them.
class Layout {
 public:
  explicit Layout(const SweepFile& sweep) : sweep_(sweep) {}

  void grid() {
    SweepPoint point;
    point.values = sweep_.base;
    gridFrom(0, point);
  }

  /// @return the name of the configuration
  std::string at(const SweepCoordinates& coordinates) {
    SweepPoint point;
    point.values = sweep_.base;
    for (std::size_t a = 0; a < sweep_.axes.size(); ++a) {
      if (counts(sweep_.axes[a], point)) set(sweep_.axes[a], coordinates[a], point);
    }
    return add(point);
  }

  std::vector<SweepPoint> take() { return std::move(points_); }

 private:
  void gridFrom(std::size_t a, const SweepPoint& so) {
    if (a == sweep_.axes.size()) {
      add(so);
      return;
    }
    const SweepAxis& axis = sweep_.axes[a];
    if (!counts(axis, so)) return gridFrom(a + 1, so);
    for (std::size_t c = 0; c < axis.choices.size(); ++c) {
      SweepPoint point = so;
      set(axis, static_cast<double>(c), point);
      gridFrom(a + 1, point);
    }
  }

  static void set(const SweepAxis& axis, double coordinate, SweepPoint& point) {
    for (std::size_t k = 0; k < axis.keys.size(); ++k) {
      const std::string& key = axis.keys[k];
      const std::string value = axis.continuous() ? numberText(*sweepKey(key), axisNumber(axis, coordinate))
                                                  : axis.choices[static_cast<std::size_t>(coordinate)][k];
      point.values[key] = value;
      point.settings.emplace_back(key, value);
    }
  }

  bool counts(const SweepAxis& axis, const SweepPoint& point) {
    return std::all_of(axis.when.begin(), axis.when.end(), [&](const SweepCondition& condition) {
      const std::string value = effective(condition.key, point.values);
      return std::count(condition.values.begin(), condition.values.end(), value) > 0;
    });
  }

  /// What the point sets or, where it sets nothing, what its hardware has.
  std::string effective(const std::string& key, const SweepSettings& values) {
    const auto set = values.find(key);
    if (set != values.end()) return set->second;
    if (isRunOption(key)) return {};
    const auto found = hardware::findKey(key);
    return settingText(*found, found->get(baseHardware(valueOr(values, "hardware", "isaac"))));
  }

  const Hardware& baseHardware(const std::string& name) {
    const auto known = hardware_.find(name);
    if (known != hardware_.end()) return known->second;
    return hardware_.emplace(name, loadHardware(name, hardwareSettings(sweep_.base))).first->second;
  }

  std::string add(const SweepPoint& laidOut) {
    SweepPoint point = laidOut;
    const auto [files, physics] = identities(point);
    point.config = ContentHash().text(files).text(physics.whole).hex();
    for (const std::uint64_t seed : sweep_.seeds) {
      point.seed = seed;
      point.hash = ContentHash().text(point.config).value(seed).hex();
      point.group = physics.arrays.empty() ? point.hash : ContentHash().text(files).text(physics.arrays).value(seed).hex();
      if (named_.insert(point.hash).second) points_.push_back(point);
    }
    return point.config;
  }

  struct Physics {
    std::string whole;
    std::string arrays;  ///< empty where nothing is worth sharing
  };
  /// Of data and options; of the hardware.
  std::pair<std::string, Physics> identities(const SweepPoint& point) {
    std::string data = fmt::format("crosstile {} {}\n", kVersion, kIdentityVersion);
    std::string options;
    for (const std::string& key : runOptionNames()) {
      const std::string value = valueOr(point.values, key, "");
      if (key == "hardware") continue;
      if (key == "network" || key == "images" || key == "labels") {
        data += fmt::format("{} {}\n", key, hashOf(value));
      } else {
        options += fmt::format("{} {}\n", key, value);
      }
    }
    const std::string name = valueOr(point.values, "hardware", "isaac");
    try {
      const Hardware h = loadHardware(name, hardwareSettings(point.values));
      return {data, {options + toToml(h) + namedFilesIdentity(h),
                     h.readout == "ideal" ? "" : arrayIdentity(h)}};
    } catch (const BadInput& e) {
      // A point that can't be is a point all the same: it will be recorded with its error.
      std::string text = options + name + "\n" + e.what();
      for (const auto& [key, value] : point.values) text += fmt::format("\n{} {}", key, value);
      return {data, {text, ""}};
    }
  }

  const std::string& hashOf(const std::string& file) {
    auto known = files_.find(file);
    if (known == files_.end()) known = files_.emplace(file, fileHash(file)).first;
    return known->second;
  }

  const SweepFile& sweep_;
  std::map<std::string, Hardware> hardware_;
  std::map<std::string, std::string> files_;
  std::set<std::string> named_;
  std::vector<SweepPoint> points_;
};

void checkCoordinates(const SweepFile& sweep, const SweepCoordinates& at) {
  if (at.size() != sweep.axes.size())
    throw BadInput("a point of {} coordinates: must have one for each of the {} axes", at.size(),
                   sweep.axes.size());
  for (std::size_t a = 0; a < at.size(); ++a) {
    const SweepAxis& axis = sweep.axes[a];
    if (axis.continuous()) {
      if (!(at[a] >= 0.0 && at[a] <= 1.0))
        throw BadInput("coordinate {:g} of axis {}: must be from 0 to 1", at[a], axis.keys.front());
    } else if (!(at[a] >= 0.0 && at[a] < static_cast<double>(axis.choices.size()) && at[a] == std::floor(at[a]))) {
      throw BadInput("coordinate {:g} of axis {}: must be a whole number below {}", at[a], axis.keys.front(),
                     axis.choices.size());
    }
  }
}

}  // namespace

std::vector<SweepPoint> sweepPointsAt(const SweepFile& sweep, const std::vector<SweepCoordinates>& coordinates,
                                      std::vector<std::string>* configs) {
  Layout layout(sweep);
  for (const SweepCoordinates& at : coordinates) {
    checkCoordinates(sweep, at);
    const std::string config = layout.at(at);
    if (configs != nullptr) configs->push_back(config);
  }
  return layout.take();
}

std::vector<SweepPoint> sweepPoints(const SweepFile& sweep) {
  if (sweep.method == "grid") {
    Layout layout(sweep);
    layout.grid();
    return layout.take();
  }
  std::vector<SweepCoordinates> coordinates =
      unitSamples(sweep.method, sweep.points, sweep.axes.size(), sweep.samplingSeed);
  for (SweepCoordinates& at : coordinates) {
    for (std::size_t a = 0; a < at.size(); ++a) {
      const auto choices = static_cast<double>(sweep.axes[a].choices.size());
      if (!sweep.axes[a].continuous()) at[a] = std::min(std::floor(at[a] * choices), choices - 1.0);
    }
  }
  return sweepPointsAt(sweep, coordinates);
}

}  // namespace crosstile
