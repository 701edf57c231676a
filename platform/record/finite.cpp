// SPDX-License-Identifier: Apache-2.0
#include "platform/record/finite.h"

#include <cmath>

#include "models/base/error.h"

namespace crosstile {

void checkFinite(const nlohmann::ordered_json& json, const std::string& path) {
  if (json.is_number_float() && !std::isfinite(json.get<double>()))
    throw RunFailure("report: {} isn't finite", path);
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) checkFinite(value, path.empty() ? key : path + "." + key);
}

}  // namespace crosstile
