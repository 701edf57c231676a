// SPDX-License-Identifier: Apache-2.0
#include "platform/host/register_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/xml_text.h"

namespace crosstile {
namespace {

const RegisterInfo& registerOf(Register offset) {
  return *std::find_if(kRegisters.begin(), kRegisters.end(),
                       [&](const RegisterInfo& r) { return r.offset == offset; });
}

/// Unique over all registers: REGISTER_FIELD.
std::string fieldName(const FieldInfo& f) {
  return fmt::format("{}_{}", registerOf(f.offset).name, f.name);
}

int lowestBit(std::uint32_t mask) {
  int bit = 0;
  while ((mask >> bit & 1) == 0) ++bit;
  return bit;
}

int width(std::uint32_t mask) {
  int bits = 0;
  for (std::uint32_t rest = mask >> lowestBit(mask); rest != 0; rest >>= 1) ++bits;
  return bits;
}

/// What IP-XACT calls an access; W1C is read-write with a modified write value.
std::string ipXactAccess(const std::string& access) {
  if (access == "RO") return "read-only";
  return access == "WO" ? "write-only" : "read-write";
}

std::string ipXactField(const std::string& name, int bit, int bits, const RegisterInfo& r,
                        const std::string& text) {
  std::string xml = "          <ipxact:field>\n";
  xml += fmt::format("            <ipxact:name>{}</ipxact:name>\n", name);
  xml += fmt::format("            <ipxact:description>{}</ipxact:description>\n", xmlText(text));
  xml += fmt::format("            <ipxact:bitOffset>{}</ipxact:bitOffset>\n", bit);
  xml += fmt::format("            <ipxact:bitWidth>{}</ipxact:bitWidth>\n", bits);
  xml += fmt::format("            <ipxact:access>{}</ipxact:access>\n", ipXactAccess(r.access));
  if (std::string(r.access) == "W1C")
    xml += "            <ipxact:modifiedWriteValue>oneToClear</ipxact:modifiedWriteValue>\n";
  return xml + "          </ipxact:field>\n";
}

std::string ipXactRegister(const RegisterInfo& r) {
  std::string xml = "        <ipxact:register>\n";
  xml += fmt::format("          <ipxact:name>{}</ipxact:name>\n", r.name);
  xml += fmt::format("          <ipxact:description>{}</ipxact:description>\n", xmlText(r.text));
  xml += fmt::format("          <ipxact:addressOffset>'h{:X}</ipxact:addressOffset>\n",
                     static_cast<std::uint32_t>(r.offset));
  xml += "          <ipxact:size>32</ipxact:size>\n";
  xml += fmt::format("          <ipxact:access>{}</ipxact:access>\n", ipXactAccess(r.access));
  std::string fields;
  for (const FieldInfo& f : kFields) {
    if (f.offset == r.offset) fields += ipXactField(f.name, lowestBit(f.mask), width(f.mask), r, f.text);
  }
  xml += fields.empty() ? ipXactField("VALUE", 0, 32, r, r.text) : fields;
  return xml + "        </ipxact:register>\n";
}

}  // namespace

std::string registerHeader() {
  std::string text =
      "/* SPDX-License-Identifier: Apache-2.0 */\n/* Register map of a CrossTile chip (generated). */\n"
      "#ifndef CROSSTILE_REGISTERS_H\n#define CROSSTILE_REGISTERS_H\n\n";
  for (const RegisterInfo& r : kRegisters) {
    text += fmt::format("#define CROSSTILE_{:<18} 0x{:02X}u  /* {}: {} */\n", r.name,
                        static_cast<std::uint32_t>(r.offset), r.access, r.text);
  }
  text += "\n/* Fields: masks. */\n";
  for (const FieldInfo& f : kFields) {
    text += fmt::format("#define CROSSTILE_{:<28} 0x{:X}u  /* {} */\n", fieldName(f), f.mask, f.text);
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

std::string registerPackage() {
  std::string text =
      "// SPDX-License-Identifier: Apache-2.0\n// Register map of a CrossTile chip (generated).\n"
      "package crosstile_registers_pkg;\n\n";
  for (const RegisterInfo& r : kRegisters) {
    text += fmt::format("  localparam logic [31:0] {:<18} = 32'h{:02X};  // {}: {}\n", r.name,
                        static_cast<std::uint32_t>(r.offset), r.access, r.text);
  }
  text += "\n  // Fields: masks.\n";
  for (const FieldInfo& f : kFields) {
    text += fmt::format("  localparam logic [31:0] {:<28} = 32'h{:X};  // {}\n", fieldName(f), f.mask, f.text);
  }
  text += fmt::format("\n  localparam logic [31:0] CHIP_ID     = 32'h{:X};\n", kChipId);
  text += fmt::format("  localparam logic [31:0] MEMORY_BASE = 32'h{:X};\n", kMemoryBase);
  return text + "\nendpackage\n";
}

std::string registerIpXact(std::uint64_t memoryBytes) {
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
      "<!-- Register map of a CrossTile chip (generated). -->\n"
      "<ipxact:component xmlns:ipxact=\"http://www.accellera.org/XMLSchema/IPXACT/1685-2014\">\n"
      "  <ipxact:vendor>crosstile</ipxact:vendor>\n  <ipxact:library>crosstile</ipxact:library>\n"
      "  <ipxact:name>crosstile</ipxact:name>\n  <ipxact:version>1.0</ipxact:version>\n"
      "  <ipxact:memoryMaps>\n    <ipxact:memoryMap>\n      <ipxact:name>host</ipxact:name>\n"
      "      <ipxact:addressBlock>\n        <ipxact:name>registers</ipxact:name>\n"
      "        <ipxact:baseAddress>0</ipxact:baseAddress>\n";
  xml += fmt::format("        <ipxact:range>'h{:X}</ipxact:range>\n        <ipxact:width>32</ipxact:width>\n",
                     kRegisterBytes);
  xml += "        <ipxact:usage>register</ipxact:usage>\n";
  for (const RegisterInfo& r : kRegisters) xml += ipXactRegister(r);
  xml += "      </ipxact:addressBlock>\n      <ipxact:addressBlock>\n        <ipxact:name>memory</ipxact:name>\n";
  xml += fmt::format(
      "        <ipxact:baseAddress>'h{:X}</ipxact:baseAddress>\n        <ipxact:range>'h{:X}</ipxact:range>\n",
      kMemoryBase, memoryBytes);
  return xml +
         "        <ipxact:width>64</ipxact:width>\n        <ipxact:usage>memory</ipxact:usage>\n"
         "        <ipxact:access>read-write</ipxact:access>\n      </ipxact:addressBlock>\n"
         "      <ipxact:addressUnitBits>8</ipxact:addressUnitBits>\n    </ipxact:memoryMap>\n"
         "  </ipxact:memoryMaps>\n</ipxact:component>\n";
}

}  // namespace crosstile
