// SPDX-License-Identifier: Apache-2.0
// A ledger as JSON, as learning reports have it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "platform/record/ledger.h"

namespace crosstile {

/// "layer1", ...
std::string layerName(std::size_t layer);
/// {total_j, by_component, by_layer[], by_phase}
nlohmann::ordered_json ledgerJson(const Ledger& ledger);

}  // namespace crosstile
