// SPDX-License-Identifier: Apache-2.0
// The software on the host's side: loads a chip program through the registers, submits images, collects
// results. What a testbench or a real driver would do, in SystemC.
#pragma once

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/chip/chip.h"
#include "platform/tile/tile_program.h"
#include "tlm_utils/simple_initiator_socket.h"
#include "tlm_utils/tlm_quantumkeeper.h"

namespace crosstile {

/// What is written into the chip: per tile its program and the levels of its arrays.
struct ChipImage {
  struct TileImage {
    int node = 0;
    std::vector<TileProgram> programs;      ///< of its stages, by slot
    std::vector<const ArrayBlock*> blocks;  ///< with levels
  };
  std::vector<TileImage> tiles;
  struct Route {
    std::uint32_t node = 0, stream = 0, ringBytes = 0;
  };
  std::vector<Route> routes;      ///< who takes in images
  std::uint64_t inputBytes = 0;   ///< of one image
  std::uint64_t inputStride = 0;  ///< of one image in the streams of the input tiles: whole lines
  std::uint64_t resultBytes = 0;
  int inputBytesPerCode = 1;
  bool inputSigned = false;
  std::vector<std::int32_t>
      inputElement;  ///< CHW index of the network's input -> element of the input buffer
  std::vector<std::int32_t> outputElement;  ///< CHW index of the output -> element of the result
  int outputBytesPerCode = 8;
  bool outputSigned = true;
};

/// Cuts a chip program into what each tile is told. @param trims  by array id
ChipImage makeChipImage(const ChipProgram& program, const std::vector<AdcTrim>& trims,
                        const Hardware& hardware, std::uint64_t seed, std::uint32_t draw);

class Driver : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Driver> toChip{"toChip"};

  /// @param images  input codes, CHW; the chip takes them as it has room
  /// @param arrivals  when each image is submitted, from the end of programming on, ascending; empty: all at
  /// once
  Driver(const sc_core::sc_module_name& moduleName, Chip& chip, ChipImage image,
         std::vector<std::vector<std::int64_t>> images, std::vector<sc_core::sc_time> arrivals = {});

  /// True when every result has come.
  bool done() const { return done_; }
  const std::vector<std::vector<std::int64_t>>& results() const { return results_; }
  /// When the first image was submitted: the end of programming.
  sc_core::sc_time started() const { return started_; }
  std::uint64_t programBytes() const { return programBytes_; }
  /// Called when the chip is programmed, before the first image.
  void onProgrammed(std::function<void()> handler) { programmed_ = std::move(handler); }

 private:
  void run();
  void write(std::uint64_t address, void* data, std::size_t size);
  void writeRegister(Register r, std::uint32_t value);
  std::uint32_t readRegister(Register r);
  void transfer(int node, std::uint32_t kind, std::uint64_t to, const std::vector<std::uint8_t>& bytes);
  void waitFor(std::uint32_t interruptBit);
  void load();
  void submit();
  void collect();

  Chip& chip_;
  ChipImage image_;
  std::vector<std::vector<std::int64_t>> images_;
  std::vector<sc_core::sc_time> arrivals_;
  std::vector<std::vector<std::int64_t>> results_;
  tlm_utils::tlm_quantumkeeper quantum_;
  std::uint64_t memoryUsed_ = 0;
  std::uint64_t programBytes_ = 0;
  sc_core::sc_time started_;
  bool done_ = false;
  std::function<void()> programmed_;
};

}  // namespace crosstile
