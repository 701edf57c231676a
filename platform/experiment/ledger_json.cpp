// SPDX-License-Identifier: Apache-2.0
#include "platform/experiment/ledger_json.h"

#include <fmt/format.h>

namespace crosstile {

using Json = nlohmann::ordered_json;

std::string layerName(std::size_t layer) {
  return fmt::format("layer{}", layer + 1);
}

Json ledgerJson(const Ledger& ledger) {
  Json components = Json::object(), phases = Json::object(), layers = Json::array();
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    components[std::string(toString(component))] = ledger.of(component).value;
  }
  for (int p = 0; p < kPhases; ++p)
    phases[toString(static_cast<Phase>(p))] = ledger.of(static_cast<Phase>(p)).value;
  for (int l = 0; l < ledger.layers(); ++l) {
    Json parts = Json::object();
    for (int c = 0; c < kComponents; ++c) {
      const auto component = static_cast<Component>(c);
      if (const Joules energy = ledger.of(component, l); energy.value > 0.0)
        parts[std::string(toString(component))] = energy.value;
    }
    layers.push_back({{"layer", layerName(static_cast<std::size_t>(l))},
                      {"total_j", ledger.ofLayer(l).value},
                      {"by_component", parts}});
  }
  return {{"total_j", ledger.total().value},
          {"by_component", components},
          {"by_layer", layers},
          {"by_phase", phases}};
}

}  // namespace crosstile
