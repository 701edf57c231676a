// SPDX-License-Identifier: Apache-2.0
// What learning reports share: a ledger as JSON, and the check that every figure is finite.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "platform/record/ledger.h"

namespace crosstile {

/// "layer1", ...
std::string layerName(std::size_t layer);
/// {total_j, by_component, by_layer[], by_phase}
nlohmann::ordered_json ledgerJson(const Ledger& ledger);
/// @throws RunFailure naming the figure
void checkFinite(const nlohmann::ordered_json& json, const std::string& path);

}  // namespace crosstile
