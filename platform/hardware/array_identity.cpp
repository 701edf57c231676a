// SPDX-License-Identifier: Apache-2.0
#include "platform/hardware/array_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <vector>

#include "models/base/content_hash.h"
#include "models/base/error.h"
#include "platform/hardware/schema.h"

namespace crosstile {
namespace {

constexpr std::array<const char*, 7> kSections{"array",       "device", "access",  "programming",
                                               "nonideality", "dac",    "encoding"};

bool decidesArrays(const hardware::Key& key) {
  if (key.section.empty()) return key.name == "readout";
  return key.path() == "adc.unit" || std::count(kSections.begin(), kSections.end(), key.section) > 0;
}

}  // namespace

std::string arrayIdentity(const Hardware& h) {
  // Looked up once: this is asked for every point of a sweep.
  static const std::vector<const hardware::Key*> keys = [] {
    std::vector<const hardware::Key*> deciding;
    for (const hardware::Key& key : hardware::hardwareKeys()) {
      if (!key.alias && decidesArrays(key)) deciding.push_back(&key);
    }
    return deciding;
  }();
  std::string text;
  for (const hardware::Key* key : keys) text += fmt::format("{} = {}\n", key->path(), key->print(key->get(h)));
  return text + namedFilesIdentity(h);
}

std::string namedFilesIdentity(const Hardware& h) {
  std::string text;
  for (const std::string* file :
       {&h.device.table, &h.nonideality.stuckDistribution, &h.nonideality.yieldMap, &h.array.emulator}) {
    std::error_code ignored;  // one that nothing reads need not be there
    if (!file->empty() && std::filesystem::exists(*file, ignored)) text += fmt::format("{}: {}\n", *file, fileHash(*file));
  }
  return text;
}

std::string fileHash(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw BadInput("{}: can't be opened", path);
  ContentHash hash;
  std::vector<char> block(1 << 16);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0)
    hash.bytes(block.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad()) throw BadInput("{}: can't be read", path);
  return hash.hex();
}

}  // namespace crosstile
