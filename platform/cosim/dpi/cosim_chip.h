// SPDX-License-Identifier: Apache-2.0
// The chip behind DPI-C, VPI and the Verilog AXI module: one a process. It owns the SystemC kernel, whose time moves
// only by `advance`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>

#include "platform/chip/chip.h"
#include "platform/chip/host_sequence.h"
#include "platform/cosim/axi/axi_front_end.h"

namespace crosstile::cosim {

class CosimChip final : public axi::HostAccess {
 public:
  /// @param hardware  preset or TOML file
  /// @param network  ONNX file that load() puts onto the chip; empty: the testbench loads the chip itself
  /// @param options  as of `crosstile run`: --set, --images, --input-..., --count, --seed; images calibrate the network
  /// @throws BadInput
  CosimChip(const std::string& hardware, const std::string& network, const std::string& options);
  ~CosimChip() override;
  CosimChip(const CosimChip&) = delete;
  CosimChip& operator=(const CosimChip&) = delete;

  bool write(std::uint64_t address, const void* data, std::size_t size) override;
  bool read(std::uint64_t address, void* data, std::size_t size) override;
  std::uint32_t peek(std::uint64_t address) override { return access_.peek(address); }

  /// Time passes. @return true when something happened in the chip  @throws RunFailure when the machine fails
  bool advance(std::uint64_t picoseconds) {
    nowPs_ += picoseconds;
    if (nowPs_ < nextPs_) return false;
    settle();
    return true;
  }
  /// Until the interrupt is high. @return false when `cycles` have passed before that
  /// @throws RunFailure when nothing is under way that could raise it
  bool waitInterrupt(std::uint64_t cycles);
  bool interrupt() const { return chip_->host.interrupt.read(); }
  /// Programmes the network through the registers, sets routes and room for `images` results; ends when all tiles are
  /// programmed. @throws BadInput without a network
  void load(std::size_t images);
  /// The machine's reset: conductances, programs, registers and host memory stay.
  void reset();

  /// The kernel has failed and can't go on.
  bool failed() const { return failed_; }
  std::uint64_t periodPs() const { return periodPs_; }
  std::uint64_t cycle() const { return (nowPs_ + periodPs_ - 1) / periodPs_; }
  /// Cycles from an image's submission to its result, or -1 when it isn't there yet.
  std::int64_t latency(std::size_t image) const;

 private:
  struct Loaded;
  /// The testbench's place in the SystemC hierarchy.
  struct Port : sc_core::sc_module {
    explicit Port(const sc_core::sc_module_name& moduleName) : sc_module(moduleName) {}
    axi::SocketAccess::Socket toChip{"toChip"};
  };
  void settle();
  void start(const sc_core::sc_time& time);

  std::unique_ptr<Loaded> network_;
  std::unique_ptr<Chip> chip_;
  Port port_{"testbench"};
  axi::SocketAccess access_{port_.toChip};
  bool failed_ = false;
  std::uint64_t periodPs_ = 1;
  std::uint64_t nowPs_ = 0;   // the testbench's time
  std::uint64_t nextPs_ = 0;  // when something happens in the chip; the kernel may be behind until then
};

}  // namespace crosstile::cosim
