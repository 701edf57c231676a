// SPDX-License-Identifier: Apache-2.0
// The signals of the three AXI ports as values at one rising edge of ACLK, named as in AMBA AXI and ACE (ARM IHI 0022E)
// and AMBA 4 AXI4-Stream (ARM IHI 0051A). `In` is driven by the testbench's manager, `Out` by CrossTile.
#pragma once

#include <cstdint>

namespace crosstile::axi {

/// AXI4-Lite, 32 bits of data and address.
struct LiteIn {
  bool awvalid = false;
  std::uint32_t awaddr = 0;
  bool wvalid = false;
  std::uint32_t wdata = 0;
  std::uint8_t wstrb = 0;
  bool bready = false;
  bool arvalid = false;
  std::uint32_t araddr = 0;
  bool rready = false;
};
struct LiteOut {
  bool awready = false, wready = false;
  bool bvalid = false;
  std::uint8_t bresp = 0;
  bool arready = false;
  bool rvalid = false;
  std::uint32_t rdata = 0;
  std::uint8_t rresp = 0;
};

/// AXI4, 64 bits of data, 32 of address, 8 of ID.
inline constexpr int kDataBytes = 8;
struct FullIn {
  bool awvalid = false;
  std::uint8_t awid = 0;
  std::uint32_t awaddr = 0;
  std::uint8_t awlen = 0, awsize = 0, awburst = 0;
  bool wvalid = false;
  std::uint64_t wdata = 0;
  std::uint8_t wstrb = 0;
  bool wlast = false;
  bool bready = false;
  bool arvalid = false;
  std::uint8_t arid = 0;
  std::uint32_t araddr = 0;
  std::uint8_t arlen = 0, arsize = 0, arburst = 0;
  bool rready = false;
};
struct FullOut {
  bool awready = false, wready = false;
  bool bvalid = false;
  std::uint8_t bid = 0, bresp = 0;
  bool arready = false;
  bool rvalid = false;
  std::uint8_t rid = 0;
  std::uint64_t rdata = 0;
  std::uint8_t rresp = 0;
  bool rlast = false;
};

/// AXI4-Stream, 64 bits: images in, results out; a frame each.
struct StreamIn {
  bool tvalid = false;  // of images
  std::uint64_t tdata = 0;
  std::uint8_t tkeep = 0;
  bool tlast = false;
  bool tready = false;  // of results
};
struct StreamOut {
  bool tready = false;  // of images
  bool error = false;   // a frame was dropped since reset
  bool tvalid = false;  // of results
  std::uint64_t tdata = 0;
  std::uint8_t tkeep = 0;
  bool tlast = false;
};

}  // namespace crosstile::axi
