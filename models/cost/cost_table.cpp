// SPDX-License-Identifier: Apache-2.0
#include "models/cost/cost_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/base/error.h"

namespace crosstile {
namespace {

struct ComponentName {
  std::string_view name;
  Per per;
};
constexpr std::array<ComponentName, kComponents> kNames{{{"array", Per::array},
                                                         {"dac", Per::row},
                                                         {"sample_hold", Per::column},
                                                         {"adc", Per::adc},
                                                         {"shift_add", Per::core},
                                                         {"input_register", Per::core},
                                                         {"output_register", Per::core},
                                                         {"buffer", Per::tile},
                                                         {"bus", Per::tile},
                                                         {"digital", Per::tile},
                                                         {"router", Per::router},
                                                         {"link", Per::link},
                                                         {"host", Per::chip},
                                                         {"programming", Per::core}}};
constexpr std::array<std::string_view, static_cast<std::size_t>(Per::count_)> kPer{
    "row", "column", "array", "adc", "core", "tile", "router", "link", "chip"};

}  // namespace

std::string_view toString(Component component) {
  return kNames[static_cast<std::size_t>(component)].name;
}

Component componentOf(std::string_view name) {
  std::vector<std::string_view> known;
  for (int c = 0; c < kComponents; ++c) {
    known.push_back(toString(static_cast<Component>(c)));
    if (known.back() == name) return static_cast<Component>(c);
  }
  throw BadInput("unknown component \"{}\": must be one of {}", name, fmt::join(known, ", "));
}

std::string_view toString(Per per) {
  return kPer[static_cast<std::size_t>(per)];
}

Per perOf(std::string_view name) {
  for (std::size_t p = 0; p < kPer.size(); ++p) {
    if (kPer[p] == name) return static_cast<Per>(p);
  }
  throw BadInput("unknown place \"{}\": must be one of {}", name, fmt::join(kPer, ", "));
}

Per perOf(Component component) {
  return kNames[static_cast<std::size_t>(component)].per;
}

}  // namespace crosstile
