// SPDX-License-Identifier: Apache-2.0
#ifdef CROSSTILE_VERILATED
// Before SystemC, whose time Verilator would take for its own.
#include "VCoreBackend.h"
#include "VRouter.h"
#endif
#include "models/base/error.h"
#include "platform/cosim/rtl/rtl_blocks.h"
#ifdef CROSSTILE_VERILATED
#include "platform/cosim/rtl/rtl_core_backend.h"
#include "platform/cosim/rtl/rtl_router.h"
#endif

namespace crosstile {

#ifdef CROSSTILE_VERILATED
RouterFactory rtlRouters(const std::string& waves) {
  return [waves](const char* name, NocContext& context, int id, const std::vector<int>& links) {
    return std::make_unique<RtlRouter<VRouter>>(name, context, id, links, waves);
  };
}

CoreBackendFactory rtlCoreBackends(const std::string& waves) {
  return [waves](const std::string& name, const CoreTiming& timing) {
    return std::make_unique<RtlCoreBackend<VCoreBackend>>(name, timing, waves);
  };
}
#else
RouterFactory rtlRouters(const std::string&) {
  throw BadInput("router.implementation = rtl: this program was built without Verilator");
}

CoreBackendFactory rtlCoreBackends(const std::string&) {
  throw BadInput("core.backend = rtl: this program was built without Verilator");
}
#endif

}  // namespace crosstile
