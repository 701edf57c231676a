// SPDX-License-Identifier: Apache-2.0
// The registers that the host system sees, in one table: it decodes accesses, and the C header, the SystemVerilog
// package, IP-XACT and the documentation are generated from it (`crosstile describe --registers table|c|sv|ipxact`).
// platform/host/registers holds the generated files; a test compares them.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace crosstile {

/// Offsets in the chip's memory map; all registers are 32 bits, little-endian. 64-bit values are pairs, low
/// word first.
enum class Register : std::uint32_t {
  id = 0x00,
  version = 0x04,
  control = 0x08,
  status = 0x0C,
  interruptEnable = 0x10,
  interruptStatus = 0x14,
  dmaSource = 0x20,
  dmaNode = 0x28,
  dmaKind = 0x2C,
  dmaAddress = 0x30,
  dmaAddressHigh = 0x34,
  dmaLength = 0x38,
  dmaStart = 0x3C,
  routeAddress = 0x40,
  routeCount = 0x44,
  inputBytes = 0x48,
  inputStride = 0x4C,
  imageAddress = 0x50,
  imageSubmit = 0x54,
  resultAddress = 0x58,
  resultBytes = 0x5C,
  results = 0x60,
};

inline constexpr std::uint32_t kChipId = 0x4C495443;  ///< "CTIL"
inline constexpr std::uint32_t kControlReset = 1;
inline constexpr std::uint32_t kStatusBusy = 1;
inline constexpr std::uint32_t kStatusProgrammed = 2;
inline constexpr std::uint32_t kInterruptResult = 1;
inline constexpr std::uint32_t kInterruptProgrammed = 2;
inline constexpr std::uint32_t kDmaProgramme = 0;
inline constexpr std::uint32_t kDmaCommit = 1;
inline constexpr std::uint64_t kRegisterBytes = 0x1000;
inline constexpr std::uint32_t kRouteBytes = 12;           ///< of an entry of the list of input tiles
inline constexpr std::uint64_t kMemoryBase = 0x1000'0000;  ///< the host memory that DMA reads and writes

struct RegisterInfo {
  Register offset;
  const char* name;
  const char* access;  ///< RO, RW, WO, W1C
  const char* text;
};

inline constexpr std::array<RegisterInfo, 22> kRegisters{{
    {Register::id, "ID", "RO", "0x4C495443, \"CTIL\""},
    {Register::version, "VERSION", "RO", "major << 16 + minor << 8 + patch of the program"},
    {Register::control, "CONTROL", "WO",
     "bit 0: hardware reset; buffers and queues are lost, conductances and programs stay"},
    {Register::status, "STATUS", "RO",
     "bit 0: transfers or images are under way; bit 1: every committed tile is programmed"},
    {Register::interruptEnable, "INTERRUPT_ENABLE", "RW",
     "which bits of INTERRUPT_STATUS raise the interrupt"},
    {Register::interruptStatus, "INTERRUPT_STATUS", "W1C",
     "bit 0: an image's result is complete; bit 1: all committed tiles are programmed"},
    {Register::dmaSource, "DMA_SOURCE", "RW", "where in host memory a transfer begins, bytes"},
    {Register::dmaNode, "DMA_NODE", "RW", "tile that it goes to"},
    {Register::dmaKind, "DMA_KIND", "RW",
     "0: weights or program bytes to DMA_ADDRESS; 1: commit a program of DMA_LENGTH bytes"},
    {Register::dmaAddress, "DMA_ADDRESS", "RW", "address in the tile, low word"},
    {Register::dmaAddressHigh, "DMA_ADDRESS_HIGH", "RW", "address in the tile, high word"},
    {Register::dmaLength, "DMA_LENGTH", "RW", "bytes"},
    {Register::dmaStart, "DMA_START", "WO", "any write queues the transfer described above"},
    {Register::routeAddress, "ROUTE_ADDRESS", "RW",
     "where in host memory the list of input tiles begins: node, stream of the tile, bytes of it that the "
     "tile's "
     "buffer holds; 32 bits each"},
    {Register::routeCount, "ROUTE_COUNT", "RW", "how many tiles inputs go to"},
    {Register::inputBytes, "INPUT_BYTES", "RW", "bytes of one image"},
    {Register::inputStride, "INPUT_STRIDE", "RW",
     "from one image to the next in the streams of the input tiles, bytes; at least INPUT_BYTES"},
    {Register::imageAddress, "IMAGE_ADDRESS", "RW", "where in host memory an image begins"},
    {Register::imageSubmit, "IMAGE_SUBMIT", "WO", "any write queues the image at IMAGE_ADDRESS"},
    {Register::resultAddress, "RESULT_ADDRESS", "RW",
     "where in host memory results go, one image after another"},
    {Register::resultBytes, "RESULT_BYTES", "RW", "bytes of one image's result"},
    {Register::results, "RESULTS", "RO", "results complete since reset"},
}};

/// Bits that mean something by themselves.
struct FieldInfo {
  Register offset;
  const char* name;
  std::uint32_t mask;
  const char* text;
};

inline constexpr std::array<FieldInfo, 8> kFields{{
    {Register::control, "RESET", kControlReset, "hardware reset"},
    {Register::status, "BUSY", kStatusBusy, "transfers or images are under way"},
    {Register::status, "PROGRAMMED", kStatusProgrammed, "every committed tile is programmed"},
    {Register::interruptEnable, "RESULT", kInterruptResult, "an image's result raises the interrupt"},
    {Register::interruptEnable, "PROGRAMMED", kInterruptProgrammed, "the end of programming raises the interrupt"},
    {Register::interruptStatus, "RESULT", kInterruptResult, "an image's result is complete"},
    {Register::interruptStatus, "PROGRAMMED", kInterruptProgrammed, "all committed tiles are programmed"},
    {Register::dmaKind, "COMMIT", kDmaCommit, "commit a program rather than carry bytes"},
}};

/// A C header of the register map.
std::string registerHeader();
/// A Markdown table of the register map.
std::string registerDocumentation();
/// A SystemVerilog package, `crosstile_registers_pkg`: offsets, field masks, the base of host memory.
std::string registerPackage();
/// IP-XACT (IEEE 1685-2014): a component with the memory map. @param memoryBytes  size of the host memory
std::string registerIpXact(std::uint64_t memoryBytes = 64 << 20);

}  // namespace crosstile
