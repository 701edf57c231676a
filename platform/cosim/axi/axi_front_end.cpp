// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/axi/axi_front_end.h"

#include "platform/host/register_table.h"
#include "platform/memory/transaction.h"

namespace crosstile::axi {

bool SocketAccess::access(tlm::tlm_command command, std::uint64_t address, void* data, std::size_t size) {
  tlm::tlm_generic_payload payload;
  sc_core::sc_time delay;
  request(socket_, payload, command, address, data, size, delay);
  return payload.is_response_ok();
}

bool SocketAccess::write(std::uint64_t address, const void* data, std::size_t size) {
  return access(tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(data), size);  // targets don't change what is written
}

bool SocketAccess::read(std::uint64_t address, void* data, std::size_t size) {
  return access(tlm::TLM_READ_COMMAND, address, data, size);
}

std::uint32_t SocketAccess::peek(std::uint64_t address) {
  std::uint32_t value = 0;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  return socket_->transport_dbg(payload) == 4 ? value : 0;
}

AxiFrontEnd::AxiFrontEnd(const sc_core::sc_module_name& moduleName, const Stream::Slots& slots)
    : sc_module(moduleName), stream_(slots) {
  SC_HAS_PROCESS(AxiFrontEnd);
  SC_METHOD(edge);
  sensitive << aclk.pos();
  dont_initialize();
}

void AxiFrontEnd::edge() {
  if (!aresetn.read()) {
    const std::uint32_t reset = kControlReset;
    if (!inReset_) chip_.write(static_cast<std::uint64_t>(Register::control), &reset, 4);
    inReset_ = true;
    lite_.reset();
    full_.reset();
    stream_.reset();
  } else {
    inReset_ = false;
    clockLite();
    clockFull();
    if (lite_.wroteReset())
      stream_.reset();
    else
      clockStream();
  }
  drive();
}

void AxiFrontEnd::clockLite() {
  LiteIn in;
  in.awvalid = s_axil_awvalid.read();
  in.awaddr = s_axil_awaddr.read();
  in.wvalid = s_axil_wvalid.read();
  in.wdata = s_axil_wdata.read();
  in.wstrb = static_cast<std::uint8_t>(s_axil_wstrb.read());
  in.bready = s_axil_bready.read();
  in.arvalid = s_axil_arvalid.read();
  in.araddr = s_axil_araddr.read();
  in.rready = s_axil_rready.read();
  lite_.clock(in, chip_);
}

void AxiFrontEnd::clockFull() {
  FullIn in;
  in.awvalid = s_axi_awvalid.read();
  in.awid = static_cast<std::uint8_t>(s_axi_awid.read());
  in.awaddr = s_axi_awaddr.read();
  in.awlen = static_cast<std::uint8_t>(s_axi_awlen.read());
  in.awsize = static_cast<std::uint8_t>(s_axi_awsize.read());
  in.awburst = static_cast<std::uint8_t>(s_axi_awburst.read());
  in.wvalid = s_axi_wvalid.read();
  in.wdata = s_axi_wdata.read();
  in.wstrb = static_cast<std::uint8_t>(s_axi_wstrb.read());
  in.wlast = s_axi_wlast.read();
  in.bready = s_axi_bready.read();
  in.arvalid = s_axi_arvalid.read();
  in.arid = static_cast<std::uint8_t>(s_axi_arid.read());
  in.araddr = s_axi_araddr.read();
  in.arlen = static_cast<std::uint8_t>(s_axi_arlen.read());
  in.arsize = static_cast<std::uint8_t>(s_axi_arsize.read());
  in.arburst = static_cast<std::uint8_t>(s_axi_arburst.read());
  in.rready = s_axi_rready.read();
  full_.clock(in, chip_);
}

void AxiFrontEnd::clockStream() {
  StreamIn in;
  in.tvalid = s_axis_tvalid.read();
  in.tdata = s_axis_tdata.read();
  in.tkeep = static_cast<std::uint8_t>(s_axis_tkeep.read());
  in.tlast = s_axis_tlast.read();
  in.tready = m_axis_tready.read();
  stream_.clock(in, chip_);
}

void AxiFrontEnd::drive() {
  irq.write(chipInterrupt.read());
  s_axil_awready.write(lite_.out.awready);
  s_axil_wready.write(lite_.out.wready);
  s_axil_bvalid.write(lite_.out.bvalid);
  s_axil_bresp.write(lite_.out.bresp);
  s_axil_arready.write(lite_.out.arready);
  s_axil_rvalid.write(lite_.out.rvalid);
  s_axil_rdata.write(lite_.out.rdata);
  s_axil_rresp.write(lite_.out.rresp);
  s_axi_awready.write(full_.out.awready);
  s_axi_wready.write(full_.out.wready);
  s_axi_bvalid.write(full_.out.bvalid);
  s_axi_bid.write(full_.out.bid);
  s_axi_bresp.write(full_.out.bresp);
  s_axi_arready.write(full_.out.arready);
  s_axi_rvalid.write(full_.out.rvalid);
  s_axi_rid.write(full_.out.rid);
  s_axi_rdata.write(full_.out.rdata);
  s_axi_rresp.write(full_.out.rresp);
  s_axi_rlast.write(full_.out.rlast);
  s_axis_tready.write(stream_.out.tready);
  s_axis_error.write(stream_.out.error);
  m_axis_tvalid.write(stream_.out.tvalid);
  m_axis_tdata.write(stream_.out.tdata);
  m_axis_tkeep.write(stream_.out.tkeep);
  m_axis_tlast.write(stream_.out.tlast);
}

}  // namespace crosstile::axi
