// SPDX-License-Identifier: Apache-2.0
// The blocks that this project has as RTL, ready to take the place of the model's. docs/cosim_rtl.md.
#pragma once

#include <string>

#include "platform/noc/router_module.h"
#include "platform/tile/core_backend.h"

namespace crosstile {

/// @param waves  directory for a VCD file of each block; empty: none
/// @throws BadInput where Verilator was absent when the library was built; what they make throws BadInput for a
/// configuration that the RTL isn't made for
RouterFactory rtlRouters(const std::string& waves = "");
CoreBackendFactory rtlCoreBackends(const std::string& waves = "");

}  // namespace crosstile
