// SPDX-License-Identifier: Apache-2.0
// TOML to LearningExperiment and back: layers (file or preset, settings) are merged key by key, each key
// remembering where it was set, then written in the order of the table of keys.
#include "platform/experiment/learning_experiment.h"

#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "models/base/error.h"
#include "platform/hardware/nearest.h"
#include "platform/hardware/toml_value.h"
#include "workloads/dataset/dataset.h"

namespace crosstile {
namespace {

using hardware::Value;
using Key = hardware::KeyOf<LearningExperiment>;
namespace fs = std::filesystem;

struct Entry {
  Value value;
  std::string shown, place;
};

constexpr const char* kHardware = "hardware.";

/// A key of the hardware file, which only that file's reader knows.
bool isForwarded(const std::string& path) {
  return path.rfind(kHardware, 0) == 0 && path != "hardware.preset";
}
using Entries = std::map<std::string, Entry>;

const Key* findKey(const std::string& path) {
  for (const Key& key : experimentKeys()) {
    if (key.path() == path) return &key;
  }
  return nullptr;
}

bool isSection(const std::string& path) {
  for (const Key& key : experimentKeys()) {
    if (key.section == path) return true;
  }
  return false;
}

[[noreturn]] void failUnknown(const std::string& place, const std::string& path) {
  std::vector<std::string> known;
  for (const Key& key : experimentKeys()) known.push_back(key.path());
  if (isSection(path)) throw BadInput("{}: {} is a section: must hold keys", place, path);
  throw BadInput("{}: unknown key {}; did you mean {}?", place, path, nearest(path, known));
}

void flatten(const toml::table& table, const std::string& prefix, const std::string& file, Entries& entries) {
  for (const auto& [name, node] : table) {
    const std::string path = prefix + std::string(name.str());
    const std::string place = fmt::format("{}:{}", file, node.source().begin.line);
    if (const toml::table* inner = node.as_table(); inner && (isSection(path) || isForwarded(path))) {
      flatten(*inner, path + ".", file, entries);
      continue;
    }
    if (!findKey(path) && !isForwarded(path))
      failUnknown(fmt::format("{}:{}", file, name.source().begin.line), path);
    entries[path] = {hardware::valueOf(node), hardware::shownAs(node), place};
  }
}

Entries readEntries(const std::string& pathOrPreset) {
  Entries entries;
  std::string names, family;  // neighbours of a family by what they differ in: "mnist-ideal, -sign"
  for (const auto& [name, text] : learningPresets()) {
    const std::string first = name.substr(0, name.find('-'));
    names += (names.empty() ? "" : ", ") + (first == family ? name.substr(first.size()) : name);
    family = first;
    if (name != pathOrPreset) continue;
    const std::string file = "preset " + name;
    flatten(hardware::parseToml(text, file), "", file, entries);
    return entries;
  }
  std::error_code ignored;
  std::ifstream in(pathOrPreset, std::ios::binary);
  if (!in || fs::is_directory(pathOrPreset, ignored))
    throw BadInput("{}: no such experiment file or preset; presets: {}", pathOrPreset, names);
  std::ostringstream text;
  text << in.rdbuf();
  flatten(hardware::parseToml(text.str(), pathOrPreset), "", pathOrPreset, entries);
  return entries;
}

/// "rule.rate=0.02": the value as in TOML, but text needs no quotes.
void applySetting(Entries& entries, const std::string& setting) {
  const auto equals = setting.find('=');
  const std::string path = setting.substr(0, equals);
  if (equals == std::string::npos || path.empty())
    throw BadInput("--set {}: must be section.key=value, such as rule.rate=0.02", setting);
  const Key* key = findKey(path);
  if (!key && !isForwarded(path)) failUnknown("--set", path);
  const std::string text = setting.substr(equals + 1);
  Value value = text;
  if (key && key->kind != hardware::Kind::text && key->kind != hardware::Kind::quantity) {
    try {
      value = hardware::valueOf(*toml::parse("value = " + text).get("value"));
    } catch (const toml::parse_error&) {
      // Not TOML: refused as text, with what is allowed.
    }
  }
  entries[path] = {value, text, "--set"};
}

void write(LearningExperiment& e, const Key& key, const Entries& entries) {
  const auto found = entries.find(key.path());
  if (found == entries.end()) return;
  try {
    key.set(e, key.check(found->second.value));
  } catch (const BadInput& error) {
    throw BadInput("{}: {} = {}: {}", found->second.place, key.path(), found->second.shown, error.what());
  }
}

/// A data file beside the experiment's file when it is there, else from where the program runs.
void findFile(std::string& path, const fs::path& folder) {
  if (path.empty()) return;
  std::error_code ignored;
  if (const fs::path beside = folder / path; fs::exists(beside, ignored))
    path = fs::absolute(beside).lexically_normal().string();
}

/// TOML of a value as --set takes it: text needs no quotes there.
std::string asToml(const std::string& text) {
  try {
    static_cast<void>(toml::parse("value = " + text));
    return text;
  } catch (const toml::parse_error&) {
    return "\"" + text + "\"";
  }
}

/// The chip, with the keys that are its own.
void readHardware(LearningExperiment& e, const Entries& entries, const fs::path& folder,
                  const std::string& name) {
  std::vector<std::string> settings;
  for (const auto& [path, entry] : entries) {
    if (!isForwarded(path)) continue;
    const std::string key = path.substr(std::string(kHardware).size());
    e.hardware.settings.emplace_back(key, asToml(entry.shown));
    settings.push_back(key + "=" + entry.shown);
  }
  findFile(e.hardware.preset, folder);
  try {
    e.hardware.loaded = loadHardware(e.hardware.preset, settings);
  } catch (const BadInput& error) {
    throw BadInput("{}: hardware: {}", name, error.what());
  }
}

void checkTuningExperiment(LearningExperiment& e, const std::string& name) {
  const std::vector<int>& sizes = e.learning.network.sizes;
  if (sizes.size() != 3 || sizes.front() != learning::kPixels || sizes.back() != 1)
    throw BadInput("{}: network.sizes: must be 9, hidden neurons, 1 with rule target_tuning", name);
  e.tuning.software.hidden = sizes[1];
  try {
    learning::checkTuning(e.tuning, e.hardware.device());
  } catch (const BadInput& error) {
    throw BadInput("{}: {}", name, error.what());
  }
}

void refuseForeignKeys(const LearningExperiment& e, const Entries& entries) {
  for (const auto& [path, entry] : entries) {
    const Key* key = findKey(path);
    if (key && !appliesTo(*key, e.isTuning()))
      throw BadInput("{}: {}: doesn't count with rule.name = \"{}\"", entry.place, path,
                     e.learning.rule.name);
  }
}

void checkExperiment(const LearningExperiment& e, const std::string& name) {
  const LearningData& d = e.data;
  if (d.images.empty() || d.labels.empty())
    throw BadInput("{}: data.images and data.labels: must be given", name);
  if (d.testImages.empty() != d.testLabels.empty())
    throw BadInput("{}: data.test_images and data.test_labels: must be given together", name);
  if (d.testImages.empty() && d.folds < 2)
    throw BadInput("{}: data: needs test_images, or folds of 2 or more", name);
  if (!d.testImages.empty() && d.folds > 0)
    throw BadInput("{}: data.folds and data.test_images: must be one of them", name);
  if (d.folds > 0 && d.fold >= d.folds)
    throw BadInput("{}: data.fold = {}: must be below data.folds", name, d.fold);
  try {
    learning::checkLearning(e.learning);
  } catch (const BadInput& error) {
    throw BadInput("{}: {}", name, error.what());
  }
}

learning::LabelledSet readSet(const std::string& images, const std::string& labels, int count, double scale) {
  const Images read = readImages(images, count);
  learning::LabelledSet set;
  set.inputs = elementCount(read.shape);
  set.labels = readLabels(labels, count);
  if (set.labels.size() != static_cast<std::size_t>(read.count))
    throw BadInput("{}: {} labels for the {} samples of {}", labels, set.labels.size(), read.count, images);
  set.values = read.values;
  for (float& v : set.values) v *= static_cast<float>(scale);
  return set;
}

}  // namespace

LearningExperiment loadExperiment(const std::string& pathOrPreset, const std::vector<std::string>& settings) {
  Entries entries = readEntries(pathOrPreset);
  for (const std::string& setting : settings) applySetting(entries, setting);
  LearningExperiment e;
  e.name = fs::path(pathOrPreset).stem().string();
  e.learning.device = stepDevice("ideal");
  for (const Key& key : experimentKeys()) {
    // The fast array is of the same device as the other one, unless its own keys say otherwise.
    if (key.path() == "fast_device.model") e.learning.fastDevice = e.learning.device;
    write(e, key, entries);
  }
  refuseForeignKeys(e, entries);
  readHardware(e, entries, fs::path(pathOrPreset).parent_path(), pathOrPreset);
  if (e.isTuning()) {
    checkTuningExperiment(e, pathOrPreset);
    return e;
  }
  for (std::string* path : {&e.data.images, &e.data.labels, &e.data.testImages, &e.data.testLabels})
    findFile(*path, fs::path(pathOrPreset).parent_path());
  checkExperiment(e, pathOrPreset);
  return e;
}

std::string toToml(const LearningExperiment& e) {
  std::string text, section;
  for (const Key& key : experimentKeys()) {
    if (!appliesTo(key, e.isTuning())) continue;
    if (key.section != section) {
      section = key.section;
      text += fmt::format("\n[{}]\n", section);
    }
    text += fmt::format("{} = {}\n", key.name, key.print(key.get(e)));
    if (key.path() != "hardware.preset") continue;
    for (const auto& [name, value] : e.hardware.settings) text += fmt::format("{} = {}\n", name, value);
  }
  return text;
}

LearningSplit loadSplit(const LearningData& data, int fold) {
  LearningSplit split;
  learning::LabelledSet all = readSet(data.images, data.labels, data.count, data.inputScale);
  if (data.folds == 0) {
    split.training = std::move(all);
    split.test = readSet(data.testImages, data.testLabels, data.testCount, data.inputScale);
    return split;
  }
  split.training.inputs = split.test.inputs = all.inputs;
  for (std::size_t i = 0; i < all.size(); ++i) {
    learning::LabelledSet& set =
        static_cast<int>(i % static_cast<std::size_t>(data.folds)) == fold ? split.test : split.training;
    set.values.insert(set.values.end(), all.sample(i), all.sample(i) + all.inputs);
    set.labels.push_back(all.labels[i]);
  }
  return split;
}

}  // namespace crosstile
