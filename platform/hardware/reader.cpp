// SPDX-License-Identifier: Apache-2.0
// TOML to Hardware. Layers (preset, file, settings) are merged key by key, each key remembering where it was
// set; then every key is checked and written in the order of the schema, then the relations are checked.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "models/base/error.h"
#include "models/cost/adc_cost.h"
#include "platform/hardware/device_table.h"
#include "platform/hardware/emulator_file.h"
#include "platform/hardware/fault_files.h"
#include "platform/hardware/schema.h"
#include "platform/hardware/toml_value.h"

namespace crosstile {
namespace {

using hardware::findKey;
using hardware::isSection;
using hardware::Key;
using hardware::Kind;
using hardware::parseToml;
using hardware::partOf;
using hardware::shownAs;
using hardware::Value;
using hardware::valueOf;

struct Entry {
  Value value;
  std::string shown;  ///< as written, for errors
  std::string place;  ///< "isaac.toml:17", "--set"
};
using Entries = std::map<std::string, Entry>;
const char* const kSetting = "--set";

/// Keys that state the same thing: a later layer's replaces an earlier one's, two in one layer contradict.
struct Synonyms {
  std::vector<std::string> paths;
};
const std::array<Synonyms, 2>& synonyms() {
  static const std::array<Synonyms, 2> all{
      {{{"device.g_on", "device.r_on"}}, {{"device.g_off", "device.r_off", "device.on_off_ratio"}}}};
  return all;
}

[[noreturn]] void failUnknown(const std::string& place, const std::string& path) {
  throw BadInput("{}: {}", place, hardware::unknownKey(path));
}

void flatten(const toml::table& table, const std::string& prefix, const std::string& file, Entries& entries) {
  for (const auto& [name, node] : table) {
    const std::string path = prefix + std::string(name.str());
    const std::string place = fmt::format("{}:{}", file, name.source().begin.line);
    if (path == "preset") continue;  // read by loadFile()
    if (const toml::table* inner = node.as_table(); inner && isSection(path) && !findKey(path)) {
      flatten(*inner, path + ".", file, entries);
      continue;
    }
    if (!findKey(path)) failUnknown(place, path);
    entries[path] = {valueOf(node), shownAs(node), place};
  }
}

/// Part names become sections of the effective description, so they are bare TOML keys.
void checkPartName(const std::string& place, const std::string& part) {
  const auto bare = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
  if (!std::all_of(part.begin(), part.end(), bare)) {
    throw BadInput("{}: cost.part name \"{}\": must be letters, digits, _ and -", place, part);
  }
}

/// Lays `upper` over `lower`.
void overlay(Entries& lower, const Entries& upper) {
  for (const Synonyms& group : synonyms()) {
    std::vector<std::string> given;
    for (const std::string& path : group.paths) {
      if (upper.count(path)) given.push_back(path);
    }
    if (given.size() > 1) {
      throw BadInput("{}: {} and {} both set: must be one of {}", upper.at(given[1]).place, given[0],
                     given[1], fmt::join(group.paths, ", "));
    }
    if (given.size() == 1) {
      for (const std::string& path : group.paths) lower.erase(path);
    }
  }
  for (const auto& [path, entry] : upper) lower[path] = entry;
}

Entries presetEntries(const std::string& name, const std::string& place) {
  const char* text = hardware::presetText(name);
  if (!text) {
    throw BadInput("{}: no such preset; presets: {}", place, fmt::join(presetNames(), ", "));
  }
  const std::string file = "preset " + name;
  const toml::table table = parseToml(text, file);
  Entries entries, own;
  if (const auto base = table["preset"].value<std::string>()) entries = presetEntries(*base, file);
  flatten(table, "", file, own);
  overlay(entries, own);
  return entries;
}

constexpr int kDeepest = 8;  // files built on files; more is a circle

Entries fileEntries(const std::string& path, int depth = 0) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw BadInput("{}: is a folder; must be a hardware file (TOML)", path);
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw BadInput("{}: no such hardware file or preset; presets: {}", path, fmt::join(presetNames(), ", "));
  }
  std::ostringstream text;
  text << in.rdbuf();
  const toml::table table = parseToml(text.str(), path);
  Entries entries;
  if (const toml::node* base = table.get("preset")) {
    const std::string place = fmt::format("{}:{}", path, base->source().begin.line);
    if (!base->is_string())
      throw BadInput("{}: preset = {}: must be the name of a preset or of a hardware file", place,
                     shownAs(*base));
    const std::string name = base->as_string()->get();
    const std::string shown = fmt::format("{}: preset = \"{}\"", place, name);
    const std::filesystem::path file(name);
    if (file.extension() != ".toml") {
      entries = presetEntries(name, shown);
    } else if (depth == kDeepest) {
      throw BadInput("{}: files that start from one another go round in a circle", shown);
    } else {
      const std::string beside = (std::filesystem::path(path).parent_path() / file).string();
      if (!std::filesystem::exists(beside, ignored))
        throw BadInput("{}: no such hardware file: {}", shown, beside);
      entries = fileEntries(beside, depth + 1);
    }
  }
  Entries own;
  flatten(table, "", path, own);
  overlay(entries, own);
  return entries;
}

/// The value of `--set key=text`: as in TOML, but text needs no quotes.
Value settingValue(const Key& key, const std::string& text) {
  try {
    const toml::table parsed = toml::parse("value = " + text);
    const toml::node* node = parsed.get("value");
    const bool wantsText = key.kind == Kind::text || key.kind == Kind::quantity;
    const bool zero = node->is_number() && node->value<double>() == 0.0;
    const bool usable = !wantsText || node->is_string() || (key.kind == Kind::quantity && zero);
    if (parsed.size() == 1 && usable) return valueOf(*node);
  } catch (const toml::parse_error&) {
    // not TOML: text without quotes
  }
  return text;
}

void applySetting(Entries& entries, const std::string& setting) {
  const auto equals = setting.find('=');
  const auto trimmed = [](std::string s) {
    s.erase(0, s.find_first_not_of(" \t"));
    s.erase(s.find_last_not_of(" \t") + 1);
    return s;
  };
  const std::string path = trimmed(setting.substr(0, equals));
  if (equals == std::string::npos || path.empty()) {
    throw BadInput("--set {}: must be section.key=value, such as array.r_word=1ohm", setting);
  }
  const std::optional<Key> key = findKey(path);
  if (!key) failUnknown(kSetting, path);
  const std::string text = trimmed(setting.substr(equals + 1));
  overlay(entries, {{path, {settingValue(*key, text), text, kSetting}}});
}

void write(Hardware& h, const Key& key, const Entries& entries) {
  const auto found = entries.find(key.path());
  if (found == entries.end()) return;
  const Entry& entry = found->second;
  try {
    key.set(h, key.check(entry.value));
  } catch (const BadInput& e) {
    throw BadInput("{}: {} = {}: {}", entry.place, key.path(), entry.shown, e.what());
  }
}

Hardware build(const Entries& entries) {
  Hardware h;
  for (const Key& key : hardware::hardwareKeys()) write(h, key, entries);
  // Parts in the order of their names: the order of a file's tables isn't kept by TOML.
  for (const auto& [path, entry] : entries) {
    const std::string part = partOf(path);
    if (part.empty()) continue;
    checkPartName(entry.place, part);
    write(h, *findKey(path), entries);
  }
  const auto where = [&](const std::string& path) {
    auto found = entries.find(path);
    for (const Synonyms& group : synonyms()) {
      if (found != entries.end() || std::count(group.paths.begin(), group.paths.end(), path) == 0) continue;
      for (const std::string& other : group.paths) {
        if (found == entries.end()) found = entries.find(other);
      }
    }
    return found == entries.end() ? path : found->second.place + ": " + path;
  };
  hardware::checkRelations(h, where);
  return h;
}

/// Folder of the file that an entry stands in; of a setting, the working folder.
std::filesystem::path folderOf(const Entry& entry) {
  if (entry.place == kSetting) return {};
  return std::filesystem::path(entry.place.substr(0, entry.place.rfind(':'))).parent_path();
}

/// Makes the file that `key` names absolute: beside the hardware file that names it (a setting: in the
/// working folder). @return what named it, for errors; nothing when the key is empty
std::optional<std::string> findFile(std::string& path, const char* key, const Entries& entries) {
  if (path.empty()) return std::nullopt;
  const Entry& entry = entries.at(key);
  path = std::filesystem::absolute(folderOf(entry) / path).lexically_normal().string();
  return entry.place + ": " + key;
}

/// Reads the files that cells are described in, where they are needed.
void loadCellFiles(Hardware& h, const Entries& entries) {
  const auto table = findFile(h.device.table, "device.table", entries);
  if (table && h.device.law == "tabulated") hardware::readDeviceTable(h.device, *table);
  NonidealityConfig& n = h.nonideality;
  const auto stuck = findFile(n.stuckDistribution, "nonideality.stuck_distribution", entries);
  if (stuck) hardware::readStuckDistribution(n, *stuck);
  const auto map = findFile(n.yieldMap, "nonideality.yield_map", entries);
  if (map) hardware::readYieldMap(h, *map);
}

/// What a model says may be in a file beside the model's name (an effective description holds both), but a
/// setting that the model would overwrite is a mistake.
void checkAdcSettings(const Hardware& h, const Entries& entries) {
  for (const char* key : {"cost.adc.energy", "cost.adc.power", "cost.adc.area"}) {
    const auto found = entries.find(key);
    if (found == entries.end() || found->second.place != kSetting) continue;
    throw BadInput(
        "{}: {} = {}: cost.adc_model = \"{}\" would overwrite it: needs cost.adc_model = \"explicit\"",
        kSetting, key, found->second.shown, h.cost.adcModel);
  }
}

/// The ADC's cost as its model has it.
void modelAdcCost(Hardware& h, const Entries& entries) {
  checkAdcSettings(h, entries);
  ComponentCost& adc = h.cost[Component::adc];
  try {
    const AdcCost cost = adcCost(h.cost.adcModel, adcDesign(h));
    adc.energy = cost.energy;
    adc.power = cost.power(adcDesign(h).rate);
    adc.area = cost.area;
    adc.source = cost.source;
  } catch (const BadInput& e) {
    throw BadInput("{}: cost.adc_model = \"{}\": {}", entries.at("cost.adc_model").place, h.cost.adcModel,
                   e.what());
  }
}

/// States the ADC's cost at adc.bits, so that everything after this uses it as it stands.
void settleAdcCost(Hardware& h, const Entries& entries) {
  if (h.cost.adcModel != "explicit") {
    modelAdcCost(h, entries);
    h.cost.adcReferenceBits = h.adc.bits;
    return;
  }
  const int reference = h.cost.adcReferenceBits;
  h.cost.adcReferenceBits = h.adc.bits;
  if (reference == 0 || reference == h.adc.bits) return;
  const AdcScaling scale = adcScaling(h.adc.bits, reference);
  ComponentCost& adc = h.cost[Component::adc];
  adc.energy = adc.energy * scale.energy;
  adc.power = adc.power * scale.energy;
  adc.leakage = adc.leakage * scale.energy;
  adc.area = adc.area * scale.area;
  adc.source += fmt::format("; scaled from {} to {} bits", reference, h.adc.bits);
}

/// The emulator that the readout needs: beside the hardware file, or from where the program runs.
void loadEmulator(Hardware& h, const Entries& entries) {
  if (h.readout != "emulator" || h.array.emulator.empty()) return;
  const std::filesystem::path beside = folderOf(entries.at("array.emulator")) / h.array.emulator;
  std::error_code ignored;
  if (std::filesystem::exists(beside, ignored)) h.array.emulator = beside.string();
  h.array.trainedEmulator = readEmulator(h.array.emulator);
}

}  // namespace

AdcDesign adcDesign(const Hardware& h) {
  return {h.adc.bits, Hertz{1.0 / h.adc.period.value}, h.cost.technologyNm, h.cost.supply, h.array.rows};
}

Hardware loadHardware(const std::string& pathOrPreset, const std::vector<std::string>& settings) {
  Entries entries = hardware::presetText(pathOrPreset) ? presetEntries(pathOrPreset, pathOrPreset)
                                                       : fileEntries(pathOrPreset);
  for (const std::string& setting : settings) applySetting(entries, setting);
  Hardware hardware = build(entries);
  loadCellFiles(hardware, entries);
  settleAdcCost(hardware, entries);
  loadEmulator(hardware, entries);
  return hardware;
}

}  // namespace crosstile
