// SPDX-License-Identifier: Apache-2.0
// Hardware to TOML.
#include <fmt/format.h>

#include "platform/hardware/schema.h"

namespace crosstile {
namespace {

void print(const Hardware& h, const std::vector<hardware::Key>& keys, std::string& out) {
  std::string section;
  for (const hardware::Key& key : keys) {
    if (key.alias) continue;
    if (key.section != section) {
      section = key.section;
      out += fmt::format("\n[{}]\n", section);
    }
    out += fmt::format("{} = {}\n", key.name, key.print(key.get(h)));
  }
}

}  // namespace

std::string toToml(const Hardware& hardware) {
  std::string out;
  print(hardware, hardware::hardwareKeys(), out);
  for (const CostPart& part : hardware.cost.parts) print(hardware, hardware::partKeys(part.name), out);
  return out;
}

}  // namespace crosstile
