// SPDX-License-Identifier: Apache-2.0
// The pins of crosstile_axi as signals of a testbench, the clock, and the chip behind them.
logic aclk = 0, aresetn, irq, failed;
logic s_axil_awvalid;
logic [31:0] s_axil_awaddr;
logic s_axil_awready;
logic s_axil_wvalid;
logic [31:0] s_axil_wdata;
logic [ 3:0] s_axil_wstrb;
logic s_axil_wready;
logic s_axil_bvalid;
logic [ 1:0] s_axil_bresp;
logic s_axil_bready;
logic s_axil_arvalid;
logic [31:0] s_axil_araddr;
logic s_axil_arready;
logic s_axil_rvalid;
logic [31:0] s_axil_rdata;
logic [ 1:0] s_axil_rresp;
logic s_axil_rready;
logic s_axi_awvalid;
logic [ 7:0] s_axi_awid;
logic [31:0] s_axi_awaddr;
logic [ 7:0] s_axi_awlen;
logic [ 2:0] s_axi_awsize;
logic [ 1:0] s_axi_awburst;
logic s_axi_awready;
logic s_axi_wvalid;
logic [63:0] s_axi_wdata;
logic [ 7:0] s_axi_wstrb;
logic s_axi_wlast;
logic s_axi_wready;
logic s_axi_bvalid;
logic [ 7:0] s_axi_bid;
logic [ 1:0] s_axi_bresp;
logic s_axi_bready;
logic s_axi_arvalid;
logic [ 7:0] s_axi_arid;
logic [31:0] s_axi_araddr;
logic [ 7:0] s_axi_arlen;
logic [ 2:0] s_axi_arsize;
logic [ 1:0] s_axi_arburst;
logic s_axi_arready;
logic s_axi_rvalid;
logic [ 7:0] s_axi_rid;
logic [63:0] s_axi_rdata;
logic [ 1:0] s_axi_rresp;
logic s_axi_rlast;
logic s_axi_rready;
logic s_axis_tvalid;
logic [63:0] s_axis_tdata;
logic [ 7:0] s_axis_tkeep;
logic s_axis_tlast;
logic s_axis_tready;
logic s_axis_error;
logic m_axis_tvalid;
logic [63:0] m_axis_tdata;
logic [ 7:0] m_axis_tkeep;
logic m_axis_tlast;
logic m_axis_tready;

crosstile_axi chip (.*);

/* verilator tracing_off */  // changes with every edge: waves would hold little else
longint unsigned bus_cycles = 0;
/* verilator tracing_on */
always #500 aclk = ~aclk;
always @(posedge aclk) bus_cycles <= bus_cycles + 1;
