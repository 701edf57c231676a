// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace crosstile {

/// The version that every result file carries.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace crosstile
