// SPDX-License-Identifier: Apache-2.0
// AXI pins in front of a chip's TLM socket, for testbenches in SystemC (or in Verilog, by Verilator --sc). The Verilog
// module crosstile_axi (platform/cosim/dpi) has the same pins and the same targets behind them.
//
//     axi::AxiFrontEnd front("front");
//     front.toChip.bind(chip.host.fromSystem);
//     front.chipInterrupt.bind(chip.host.interrupt);
//     front.aclk.bind(clock); ...
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "platform/cosim/axi/axi_targets.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace crosstile::axi {

/// Types of the pins are those of Verilator's: bool, 32 and 64 bits.
using InBit = sc_core::sc_in<bool>;
using OutBit = sc_core::sc_out<bool>;
using InWord = sc_core::sc_in<std::uint32_t>;
using OutWord = sc_core::sc_out<std::uint32_t>;
using InLong = sc_core::sc_in<std::uint64_t>;
using OutLong = sc_core::sc_out<std::uint64_t>;

/// A HostAccess over a TLM socket; the delay that the chip annotates is part of the bus cycle.
class SocketAccess final : public HostAccess {
 public:
  using Socket = tlm_utils::simple_initiator_socket<sc_core::sc_module>;
  explicit SocketAccess(Socket& socket) : socket_(socket) {}
  bool write(std::uint64_t address, const void* data, std::size_t size) override;
  bool read(std::uint64_t address, void* data, std::size_t size) override;
  std::uint32_t peek(std::uint64_t address) override;

 private:
  bool access(tlm::tlm_command command, std::uint64_t address, void* data, std::size_t size);
  Socket& socket_;
};

/// A falling ARESETN resets the machine: registers, host memory, programs and conductances stay.
class AxiFrontEnd : public sc_core::sc_module {
 public:
  SocketAccess::Socket toChip{"toChip"};
  InBit chipInterrupt{"chipInterrupt"};

  InBit aclk{"aclk"}, aresetn{"aresetn"};
  OutBit irq{"irq"};
  // AXI4-Lite: registers
  InBit s_axil_awvalid{"s_axil_awvalid"};
  InWord s_axil_awaddr{"s_axil_awaddr"};
  OutBit s_axil_awready{"s_axil_awready"};
  InBit s_axil_wvalid{"s_axil_wvalid"};
  InWord s_axil_wdata{"s_axil_wdata"}, s_axil_wstrb{"s_axil_wstrb"};
  OutBit s_axil_wready{"s_axil_wready"}, s_axil_bvalid{"s_axil_bvalid"};
  OutWord s_axil_bresp{"s_axil_bresp"};
  InBit s_axil_bready{"s_axil_bready"}, s_axil_arvalid{"s_axil_arvalid"};
  InWord s_axil_araddr{"s_axil_araddr"};
  OutBit s_axil_arready{"s_axil_arready"}, s_axil_rvalid{"s_axil_rvalid"};
  OutWord s_axil_rdata{"s_axil_rdata"}, s_axil_rresp{"s_axil_rresp"};
  InBit s_axil_rready{"s_axil_rready"};
  // AXI4: host memory
  InBit s_axi_awvalid{"s_axi_awvalid"};
  InWord s_axi_awid{"s_axi_awid"}, s_axi_awaddr{"s_axi_awaddr"}, s_axi_awlen{"s_axi_awlen"},
      s_axi_awsize{"s_axi_awsize"}, s_axi_awburst{"s_axi_awburst"};
  OutBit s_axi_awready{"s_axi_awready"};
  InBit s_axi_wvalid{"s_axi_wvalid"};
  InLong s_axi_wdata{"s_axi_wdata"};
  InWord s_axi_wstrb{"s_axi_wstrb"};
  InBit s_axi_wlast{"s_axi_wlast"};
  OutBit s_axi_wready{"s_axi_wready"}, s_axi_bvalid{"s_axi_bvalid"};
  OutWord s_axi_bid{"s_axi_bid"}, s_axi_bresp{"s_axi_bresp"};
  InBit s_axi_bready{"s_axi_bready"}, s_axi_arvalid{"s_axi_arvalid"};
  InWord s_axi_arid{"s_axi_arid"}, s_axi_araddr{"s_axi_araddr"}, s_axi_arlen{"s_axi_arlen"},
      s_axi_arsize{"s_axi_arsize"}, s_axi_arburst{"s_axi_arburst"};
  OutBit s_axi_arready{"s_axi_arready"}, s_axi_rvalid{"s_axi_rvalid"};
  OutWord s_axi_rid{"s_axi_rid"}, s_axi_rresp{"s_axi_rresp"};
  OutLong s_axi_rdata{"s_axi_rdata"};
  OutBit s_axi_rlast{"s_axi_rlast"};
  InBit s_axi_rready{"s_axi_rready"};
  // AXI4-Stream: images in
  InBit s_axis_tvalid{"s_axis_tvalid"};
  InLong s_axis_tdata{"s_axis_tdata"};
  InWord s_axis_tkeep{"s_axis_tkeep"};
  InBit s_axis_tlast{"s_axis_tlast"};
  OutBit s_axis_tready{"s_axis_tready"}, s_axis_error{"s_axis_error"};
  // AXI4-Stream: results out
  OutBit m_axis_tvalid{"m_axis_tvalid"};
  OutLong m_axis_tdata{"m_axis_tdata"};
  OutWord m_axis_tkeep{"m_axis_tkeep"};
  OutBit m_axis_tlast{"m_axis_tlast"};
  InBit m_axis_tready{"m_axis_tready"};

  explicit AxiFrontEnd(const sc_core::sc_module_name& moduleName, const Stream::Slots& slots = {});

 private:
  void edge();
  void clockLite();
  void clockFull();
  void clockStream();
  void drive();

  SocketAccess chip_{toChip};
  LiteTarget lite_;
  FullTarget full_;
  Stream stream_;
  bool inReset_ = false;
};

}  // namespace crosstile::axi
