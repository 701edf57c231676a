// SPDX-License-Identifier: Apache-2.0
// docs/hardware.md, printed from the schema.
#include <fmt/format.h>

#include <algorithm>

#include "platform/hardware/chip_figures.h"
#include "platform/hardware/schema.h"

namespace crosstile {
namespace {

using hardware::Key;
using hardware::Kind;

const char* kHead = R"(# Hardware files
Printed by `crosstile describe --keys`; the table of keys in the program is the only source.

A hardware file is TOML. Every key is optional; those left out have the defaults below, or what the preset says when the
file starts from one (`preset = "isaac"`). `crosstile describe --hardware FILE --toml` prints the effective description
with every key, and `--set section.key=value` (quotes optional, any number of times) changes single keys for a run:

    crosstile describe --hardware isaac --set adc.bits=6 --set array.r_word=2.5ohm

Quantities are text with a unit: `"100 ns"`, `"1.5 kohm"`, `"0.372 mm2"`, `"64 KiB"` (prefixes f p n u m k M G T);
0 needs no unit. An unknown key, a wrong type or unit and a value out of range are errors that name file, line and key.
Keys that only restate another (`device.r_on`, `device.r_off`, `device.on_off_ratio`) are read and never written; the
last of file and settings wins, and a ratio keeps holding when only `g_on` or `r_on` is changed.
)";

const char* kCostText = R"(
### Costs: `[cost.COMPONENT]`
One section a component. Energy is booked by operations; power, leakage and area are of one instance and add up to core,
tile and chip in `crosstile describe`.

| component | operation | counted |
|---|---|---|
)";

const char* kPartText = R"(
### Further parts: `[cost.part.NAME]`
Hardware that takes power and area without operations of its own, such as a tile's max-pool unit: counted in `describe`,
and its energy is inside the operations of `component`. NAME is letters, digits, `_` and `-`; `instances = 0` removes a
part that a preset brings.
)";

const char* operationOf(Component c) {
  switch (c) {
    case Component::array:
      return "one read (pulse) of one array";
    case Component::dac:
      return "one array's word lines driven for one pulse";
    case Component::sampleHold:
      return "one column sampled";
    case Component::adc:
      return "one conversion";
    case Component::shiftAdd:
      return "one code shifted and added";
    case Component::inputRegister:
      return "one byte written or read";
    case Component::outputRegister:
      return "one byte written or read";
    case Component::buffer:
      return "one access of `buffer.access_bits`";
    case Component::bus:
      return "one bit moved";
    case Component::digital:
      return "one output biased, activated, pooled, requantised";
    case Component::router:
      return "one flit through one router";
    case Component::link:
      return "one flit over one router-to-router link";
    case Component::host:
      return "one bit through the host interface";
    case Component::programming:
      return "one programming pulse's periphery";
    case Component::count_:
      break;
  }
  return "";
}

std::string cell(std::string text) {  // a table cell can't hold a bare bar
  std::replace(text.begin(), text.end(), '|', '/');
  return text;
}

void printKeys(const std::vector<Key>& keys, const Hardware& defaults, std::string& out) {
  out += "| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const Key& key : keys) {
    const std::string standard = key.alias ? "" : "`" + key.print(key.get(defaults)) + "`";
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, cell(key.allowed()), cell(standard),
                       cell(key.doc));
  }
}

std::vector<Key> keysOf(const std::string& section) {
  std::vector<Key> keys;
  for (const Key& key : hardware::hardwareKeys()) {
    if (key.section == section) keys.push_back(key);
  }
  return keys;
}

}  // namespace

std::string keyReference() {
  std::string out = kHead;
  Hardware defaults;
  for (const auto& [section, doc] : hardware::hardwareSections()) {
    out += section.empty() ? std::string("\n## Top of the file\n") : fmt::format("\n## [{}]\n", section);
    if (!section.empty()) out += doc + "\n\n";
    if (section.empty()) {
      out +=
          "`preset` (text, first in the file) names the preset that the rest of the file changes, or a "
          "hardware file\n"
          "(`\"NAME.toml\"`, relative to this one).\n\n";
    }
    printKeys(keysOf(section), defaults, out);
  }
  out += kCostText;
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    out += fmt::format("| `{}` | {} | `instances` of each {} |\n", toString(component),
                       operationOf(component), toString(perOf(component)));
  }
  out += "\n";
  printKeys(keysOf("cost.array"), defaults, out);
  out += kPartText + std::string("\n");
  defaults.cost.parts.push_back(CostPart{"NAME", Component::digital, Per::tile, 1, {}, {}, {}, ""});
  printKeys(hardware::partKeys("NAME"), defaults, out);
  return out;
}

}  // namespace crosstile
