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
#include "platform/chip/host_sequence.h"
#include "tlm_utils/simple_initiator_socket.h"
#include "tlm_utils/tlm_quantumkeeper.h"

namespace crosstile {

class Driver : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Driver> toChip{"toChip"};

  /// @param images  input codes, CHW; the chip takes them as it has room
  /// @param arrivals  when each image is submitted, from the end of programming on, ascending; empty: all at
  /// once
  /// @param binder  of toChip to the chip; none: directly
  Driver(const sc_core::sc_module_name& moduleName, Chip& chip, ChipImage image,
         std::vector<std::vector<std::int64_t>> images, std::vector<sc_core::sc_time> arrivals = {},
         Binder* binder = nullptr);

  /// True when every result has come.
  bool done() const { return done_; }
  const std::vector<std::vector<std::int64_t>>& results() const { return results_; }
  /// When the first image was submitted: the end of programming.
  sc_core::sc_time started() const { return started_; }
  std::uint64_t programBytes() const { return sequence_.programBytes(); }
  /// Called when the chip is programmed, before the first image.
  void onProgrammed(std::function<void()> handler) { programmed_ = std::move(handler); }

 private:
  void run();
  void write(std::uint64_t address, void* data, std::size_t size);
  void writeRegister(Register r, std::uint32_t value);
  std::uint32_t readRegister(Register r);
  void waitFor(std::uint32_t interruptBit);
  void submit();
  void collect();

  Chip& chip_;
  HostSequence sequence_;
  std::vector<std::vector<std::int64_t>> images_;
  std::vector<sc_core::sc_time> arrivals_;
  std::vector<std::vector<std::int64_t>> results_;
  tlm_utils::tlm_quantumkeeper quantum_;
  sc_core::sc_time started_;
  bool done_ = false;
  std::function<void()> programmed_;
};

}  // namespace crosstile
