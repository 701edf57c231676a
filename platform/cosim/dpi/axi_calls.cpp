// SPDX-License-Identifier: Apache-2.0
// What crosstile_axi.sv calls at rising edges of its clock: the targets of platform/cosim/axi, pins as arguments.
#include "platform/cosim/dpi/dpi_calls.h"

using crosstile::cosim::bench;
using crosstile::cosim::CosimChip;
using crosstile::cosim::guarded;

extern "C" {

// NOLINTBEGIN(readability-identifier-naming): names of DPI functions and pins

/// Time passes up to this edge; a falling ARESETN resets machine and targets. active: the streams have to be clocked.
/// @return a status; once it isn't 0 the chip can't go on
int crosstile_axi_tick(unsigned char aresetn, int aclk_ps, unsigned char* irq, unsigned char* active) {
  *active = 0;
  *irq = 0;
  auto& b = bench();
  // The way of almost every cycle: nothing happens.
  return guarded("crosstile_axi", [&](CosimChip& chip) {
    *active = chip.advance(aclk_ps > 0 ? static_cast<std::uint64_t>(aclk_ps) : chip.periodPs()) ? 1 : 0;
    if (aresetn == 0) {
      if (!b.inReset) chip.reset();
      b.lite.reset();
      b.full.reset();
      b.stream.reset();
    }
    b.inReset = aresetn == 0;
    *irq = chip.interrupt() ? 1 : 0;
    return CROSSTILE_OK;
  });
}

void crosstile_axi_lite(unsigned char awvalid, unsigned awaddr, unsigned char wvalid, unsigned wdata, unsigned char wstrb,
                        unsigned char bready, unsigned char arvalid, unsigned araddr, unsigned char rready,
                        unsigned char* awready, unsigned char* wready, unsigned char* bvalid, unsigned char* bresp,
                        unsigned char* arready, unsigned char* rvalid, unsigned* rdata, unsigned char* rresp) {
  auto& lite = bench().lite;
  guarded("crosstile_axi", [&](CosimChip& chip) {
    lite.clock({awvalid != 0, awaddr, wvalid != 0, wdata, wstrb, bready != 0, arvalid != 0, araddr, rready != 0}, chip);
    if (lite.wroteReset()) bench().stream.reset();
    return CROSSTILE_OK;
  });
  const auto& out = lite.out;
  *awready = out.awready, *wready = out.wready, *bvalid = out.bvalid, *bresp = out.bresp;
  *arready = out.arready, *rvalid = out.rvalid, *rdata = out.rdata, *rresp = out.rresp;
}

void crosstile_axi_full(unsigned char awvalid, unsigned char awid, unsigned awaddr, unsigned char awlen,
                        unsigned char awsize, unsigned char awburst, unsigned char wvalid, unsigned long long wdata,
                        unsigned char wstrb, unsigned char wlast, unsigned char bready, unsigned char arvalid,
                        unsigned char arid, unsigned araddr, unsigned char arlen, unsigned char arsize,
                        unsigned char arburst, unsigned char rready, unsigned char* awready, unsigned char* wready,
                        unsigned char* bvalid, unsigned char* bid, unsigned char* bresp, unsigned char* arready,
                        unsigned char* rvalid, unsigned char* rid, unsigned long long* rdata, unsigned char* rresp,
                        unsigned char* rlast) {
  auto& full = bench().full;
  guarded("crosstile_axi", [&](CosimChip& chip) {
    full.clock({awvalid != 0, awid, awaddr, awlen, awsize, awburst, wvalid != 0, wdata, wstrb, wlast != 0, bready != 0,
                arvalid != 0, arid, araddr, arlen, arsize, arburst, rready != 0},
               chip);
    return CROSSTILE_OK;
  });
  const auto& out = full.out;
  *awready = out.awready, *wready = out.wready, *bvalid = out.bvalid, *bid = out.bid, *bresp = out.bresp;
  *arready = out.arready, *rvalid = out.rvalid, *rid = out.rid, *rdata = out.rdata, *rresp = out.rresp;
  *rlast = out.rlast;
}

void crosstile_axi_stream(unsigned char s_tvalid, unsigned long long s_tdata, unsigned char s_tkeep,
                          unsigned char s_tlast, unsigned char m_tready, unsigned char* s_tready,
                          unsigned char* s_error, unsigned char* m_tvalid, unsigned long long* m_tdata,
                          unsigned char* m_tkeep, unsigned char* m_tlast) {
  auto& stream = bench().stream;
  guarded("crosstile_axi", [&](CosimChip& chip) {
    stream.clock({s_tvalid != 0, s_tdata, s_tkeep, s_tlast != 0, m_tready != 0}, chip);
    return CROSSTILE_OK;
  });
  const auto& out = stream.out;
  *s_tready = out.tready, *s_error = out.error;
  *m_tvalid = out.tvalid, *m_tdata = out.tdata, *m_tkeep = out.tkeep, *m_tlast = out.tlast;
}

// NOLINTEND(readability-identifier-naming)
}  // extern "C"
