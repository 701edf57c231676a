// SPDX-License-Identifier: Apache-2.0
#include "platform/host/register_table.h"

#include <fmt/format.h>

namespace crosstile {

std::string registerHeader() {
  std::string text =
      "/* SPDX-License-Identifier: Apache-2.0 */\n/* Register map of a CrossTile chip (generated). */\n"
      "#ifndef CROSSTILE_REGISTERS_H\n#define CROSSTILE_REGISTERS_H\n\n";
  for (const RegisterInfo& r : kRegisters) {
    text += fmt::format("#define CROSSTILE_{:<18} 0x{:02X}u  /* {}: {} */\n", r.name,
                        static_cast<std::uint32_t>(r.offset), r.access, r.text);
  }
  return text + fmt::format("\n#define CROSSTILE_MEMORY_BASE 0x{:X}u\n\n#endif\n", kMemoryBase);
}

std::string registerDocumentation() {
  std::string text = "| offset | register | access | meaning |\n|---|---|---|---|\n";
  for (const RegisterInfo& r : kRegisters) {
    text += fmt::format("| 0x{:02X} | {} | {} | {} |\n", static_cast<std::uint32_t>(r.offset), r.name,
                        r.access, r.text);
  }
  return text + fmt::format("| 0x{:X} | host memory | RW | what DMA reads and writes |\n", kMemoryBase);
}

}  // namespace crosstile
