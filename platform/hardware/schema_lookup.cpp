// SPDX-License-Identifier: Apache-2.0
// Keys by their paths, and what to say when there is none.
#include <fmt/format.h>

#include <unordered_map>

#include "platform/hardware/nearest.h"
#include "platform/hardware/schema.h"

namespace crosstile::hardware {

std::string partOf(const std::string& path) {
  if (path.rfind(kPartPrefix, 0) != 0) return {};
  const auto end = path.rfind('.');
  return end <= kPartPrefix.size()
             ? std::string()
             : path.substr(kPartPrefix.size(), end - kPartPrefix.size());
}

std::optional<Key> findKey(const std::string& path) {
  const std::string part = partOf(path);
  if (!part.empty()) {
    for (const Key& key : partKeys(part)) {
      if (key.path() == path) return key;
    }
    return std::nullopt;
  }
  static const std::unordered_map<std::string, const Key*> byPath = [] {
    std::unordered_map<std::string, const Key*> map;
    for (const Key& key : hardwareKeys()) map.emplace(key.path(), &key);
    return map;
  }();
  const auto found = byPath.find(path);
  return found == byPath.end() ? std::nullopt : std::optional<Key>(*found->second);
}

bool isSection(const std::string& path) {
  if (path == "cost.part" || (path.rfind(kPartPrefix, 0) == 0)) return true;
  for (const Key& key : hardwareKeys()) {
    if (key.section == path || key.section.rfind(path + ".", 0) == 0) return true;
  }
  return false;
}

namespace {

/// Some key of the section.
std::string exampleIn(const std::string& section) {
  if (section.rfind(kPartPrefix, 0) == 0) return section + ".power";
  for (const Key& key : hardwareKeys()) {
    if (key.path().rfind(section + ".", 0) == 0) return key.path();
  }
  return section + ".NAME.power";  // cost.part itself
}

}  // namespace

std::string unknownKey(const std::string& path) {
  if (isSection(path))
    return fmt::format("{} is a section: must hold keys, such as {}", path, exampleIn(path));
  std::vector<std::string> known;
  for (const Key& key : hardwareKeys()) known.push_back(key.path());
  for (const auto& [section, doc] : hardwareSections()) known.push_back(section);
  const std::string part = partOf(path);
  if (!part.empty()) {
    for (const Key& key : partKeys(part)) known.push_back(key.path());
  }
  return fmt::format("unknown key {}; did you mean {}?", path, nearest(path, known));
}

}  // namespace crosstile::hardware
