// SPDX-License-Identifier: Apache-2.0
#include "platform/sweep/sweep_toml.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "models/base/error.h"
#include "platform/hardware/nearest.h"
#include "platform/hardware/schema.h"

namespace crosstile::sweep {
namespace {

/// Does the key's value name a file beside the sweep file? A preset of the hardware doesn't.
bool namesFile(const std::string& key, const std::string& value) {
  if (key == "network" || key == "images" || key == "labels") return true;
  return key == "hardware" && std::filesystem::path(value).extension() == ".toml";
}

}  // namespace

const toml::table& Reader::table(const toml::node& node, const std::string& name) const {
  if (const toml::table* inner = node.as_table()) return *inner;
  throw BadInput("{}: {} = {}: must be a table", at(node.source()), name, hardware::shownAs(node));
}

void Reader::eachTable(const toml::table& file, const char* name,
                       const std::function<void(const toml::table&)>& see) const {
  const toml::node* node = file.get(name);
  if (node == nullptr) return;
  const toml::array* list = node->as_array();
  if (list == nullptr) throw BadInput("{}: {}: must be tables, [[{}]]", at(node->source()), name, name);
  for (const toml::node& item : *list) see(table(item, name));
}

void Reader::allowOnly(const toml::table& table, const std::vector<std::string>& keys,
                       const std::string& section) const {
  for (const auto& [name, node] : table) {
    const std::string key(name.str());
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    throw BadInput("{}: unknown key {}{}; did you mean {}?", at(name.source()),
                   section.empty() ? "" : section + ".", key, nearest(key, keys));
  }
}

double Reader::number(const toml::node& node, const std::string& key) const {
  const double value = node.value<double>().value_or(std::nan(""));
  if (std::isfinite(value)) return value;
  throw BadInput("{}: {} = {}: must be a number", at(node.source()), key, hardware::shownAs(node));
}

std::int64_t Reader::whole(const toml::node& node, const std::string& key, double low, double high) const {
  if (const auto* value = node.as_integer()) {
    const auto x = static_cast<double>(value->get());
    if (x >= low && x <= high) return value->get();
  }
  throw BadInput("{}: {} = {}: must be a whole number from {:.0f} to {:.0f}", at(node.source()), key,
                 hardware::shownAs(node), low, high);
}

std::string Reader::oneOf(const toml::node& node, const std::string& key,
                          const std::vector<std::string>& choices) const {
  const std::string value = node.value<std::string>().value_or("");
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
  throw BadInput("{}: {} = {}: must be one of {}", at(node.source()), key, hardware::shownAs(node),
                 fmt::join(choices, ", "));
}

std::string Reader::needText(const toml::table& table, const std::string& section, const char* key) const {
  const toml::node* node = table.get(key);
  const std::string value = node ? node->value<std::string>().value_or("") : "";
  if (!value.empty()) return value;
  if (node == nullptr) throw BadInput("{}: {}.{} is missing", at(table.source()), section, key);
  throw BadInput("{}: {}.{} = {}: must be text", at(node->source()), section, key, hardware::shownAs(*node));
}

std::vector<std::string> Reader::texts(const toml::node& node, const std::string& key) const {
  std::vector<std::string> all;
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& item : *list) {
      if (item.is_string()) all.push_back(item.as_string()->get());
    }
    if (all.size() == list->size() && !all.empty()) return all;
  }
  throw BadInput("{}: {} = {}: must be a list of texts", at(node.source()), key, hardware::shownAs(node));
}

hardware::KeyForm Reader::form(const std::string& key, const toml::source_region& where) const {
  if (const auto found = sweepKey(key)) return *found;
  failUnknown(where, key, {}, "");
}

std::string Reader::setting(const std::string& key, const toml::node& node) const {
  const hardware::KeyForm what = form(key, node.source());
  std::string text;
  try {
    text = settingText(what, what.check(hardware::valueOf(node)));
  } catch (const BadInput& e) {
    throw BadInput("{}: {} = {}: {}", at(node.source()), key, hardware::shownAs(node), e.what());
  }
  if (!namesFile(key, text)) return text;
  return (std::filesystem::path(file_).parent_path() / text).lexically_normal().string();
}

void Reader::flattenSettings(const toml::table& table, SweepSettings& into, const std::string& prefix) const {
  for (const auto& [name, node] : table) {
    const std::string path = prefix + std::string(name.str());
    const toml::table* inner = node.as_table();
    if (inner != nullptr && !hardware::findKey(path)) {
      if (!hardware::isSection(path)) failUnknown(name.source(), path, {}, "");
      flattenSettings(*inner, into, path + ".");
      continue;
    }
    if (!hardware::findKey(path)) failUnknown(name.source(), path, {}, "");
    into[path] = setting(path, node);
  }
}

void Reader::failUnknown(const toml::source_region& where, const std::string& key,
                         const std::vector<std::string>& also, const std::string& context) const {
  std::vector<std::string> known = also;
  for (const std::string& option : runOptionNames()) known.push_back(option);
  if (context.empty()) {
    if (hardware::isSection(key)) throw BadInput("{}: {}", at(where), hardware::unknownKey(key));
    for (const hardware::Key& k : hardware::hardwareKeys()) known.push_back(k.path());
  }
  throw BadInput("{}: unknown key {}{}{}; did you mean {}?", at(where), key, context.empty() ? "" : " ", context,
                 nearest(key, known));
}

}  // namespace crosstile::sweep
