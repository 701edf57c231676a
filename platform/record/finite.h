// SPDX-License-Identifier: Apache-2.0
// The check that every figure of a report is a number.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace crosstile {

/// JSON has no NaN: a figure that isn't finite is a mistake of the run, not a null in the report.
/// @param path  of `json` in the report   @throws RunFailure naming the figure
void checkFinite(const nlohmann::ordered_json& json, const std::string& path);

}  // namespace crosstile
