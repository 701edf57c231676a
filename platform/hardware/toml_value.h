// SPDX-License-Identifier: Apache-2.0
// Values of TOML files as keys take them.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

#include "platform/hardware/key.h"

namespace crosstile::hardware {

/// The node's value; a monostate when no key could use it.
Value valueOf(const toml::node& node);
/// The node as written, for errors; long ones are cut.
std::string shownAs(const toml::node& node);
/// @param name  of the file, for errors   @throws BadInput naming the line of a mistake in the syntax
toml::table parseToml(std::string_view text, const std::string& name);

}  // namespace crosstile::hardware
