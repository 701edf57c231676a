// SPDX-License-Identifier: Apache-2.0
// Pins that crosstile_axi drives, as variables.
logic s_axil_awready, s_axil_wready, s_axil_bvalid, s_axil_arready, s_axil_rvalid;
logic [1:0] s_axil_bresp, s_axil_rresp;
logic [31:0] s_axil_rdata;
logic s_axi_awready, s_axi_wready, s_axi_bvalid, s_axi_arready, s_axi_rvalid, s_axi_rlast;
logic [7:0] s_axi_bid, s_axi_rid;
logic [1:0] s_axi_bresp, s_axi_rresp;
logic [63:0] s_axi_rdata;
logic s_axis_tready, s_axis_error, m_axis_tvalid, m_axis_tlast;
logic [63:0] m_axis_tdata;
logic [7:0] m_axis_tkeep;
