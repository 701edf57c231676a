// SPDX-License-Identifier: Apache-2.0
// What software on the host's side writes, and in which order: programs and weights, routes, images. Whoever drives
// a chip (the driver in SystemC, a testbench over AXI, a file for $readmemh) gives the function that writes.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "platform/chip/chip_image.h"
#include "platform/host/register_table.h"

namespace crosstile {

/// Lays out host memory from 0 up, in lines of 64 bytes: each array's levels and each tile's program, the list of
/// routes, results, images.
class HostSequence {
 public:
  /// Writes bytes to an address of the host's memory map; registers come as 4 bytes.
  using Write = std::function<void(std::uint64_t address, void* data, std::size_t size)>;

  HostSequence(ChipImage image, const Hardware& hardware, Write write);

  /// Weights and programs of all tiles. The chip is ready when INTERRUPT_STATUS says programmed.
  void load();
  /// Where inputs go, and room for the results of `images` images.
  void configure(std::size_t images);
  /// An image into host memory. @param codes  of the network's input, CHW
  void place(const std::vector<std::int64_t>& codes);
  /// Submits the image placed last.
  void submit();

  const ChipImage& image() const { return image_; }
  /// Bytes of an image as the chip takes it in. @param codes  CHW
  std::vector<std::uint8_t> encode(const std::vector<std::int64_t>& codes) const;
  /// Output codes, CHW, from the resultBytes bytes of a result.
  std::vector<std::int64_t> decode(const std::uint8_t* result) const;
  /// Where in host memory results begin; after configure().
  std::uint64_t resultAddress() const { return results_; }
  /// Where in host memory the image placed last begins.
  std::uint64_t imageAddress() const { return placed_; }
  /// First byte of host memory not in use.
  std::uint64_t memoryUsed() const { return used_; }
  std::uint64_t programBytes() const { return programBytes_; }

 private:
  void writeRegister(Register r, std::uint64_t value);
  void transfer(int node, std::uint32_t kind, std::uint64_t to, const std::vector<std::uint8_t>& bytes);
  std::uint64_t reserve(std::uint64_t bytes);

  ChipImage image_;
  int arraysPerCore_;
  Write write_;
  std::uint64_t used_ = 0, results_ = 0, placed_ = 0;
  std::uint64_t programBytes_ = 0;
};

}  // namespace crosstile
