// SPDX-License-Identifier: Apache-2.0
// Pins of crosstile_axi that its manager drives, as variables.
logic s_axil_awvalid, s_axil_wvalid, s_axil_bready, s_axil_arvalid, s_axil_rready;
logic [31:0] s_axil_awaddr, s_axil_wdata, s_axil_araddr;
logic [3:0] s_axil_wstrb;
logic s_axi_awvalid, s_axi_wvalid, s_axi_wlast, s_axi_bready, s_axi_arvalid, s_axi_rready;
logic [7:0] s_axi_awid, s_axi_awlen, s_axi_wstrb, s_axi_arid, s_axi_arlen;
logic [31:0] s_axi_awaddr, s_axi_araddr;
logic [2:0] s_axi_awsize, s_axi_arsize;
logic [1:0] s_axi_awburst, s_axi_arburst;
logic [63:0] s_axi_wdata;
logic s_axis_tvalid, s_axis_tlast, m_axis_tready;
logic [63:0] s_axis_tdata;
logic [7:0] s_axis_tkeep;
