// SPDX-License-Identifier: Apache-2.0
// A CrossTile chip as an AXI peripheral: AXI4-Lite for the registers, AXI4 for host memory, AXI4-Stream for images in and
// results out (docs/cosim.md). The testbench opens the chip with crosstile_pkg before the first clock edge.
//
// Every rising edge of ACLK is ACLK_PS picoseconds after the one before for the chip, whatever the testbench's time scale
// says. Ports that aren't used: tie valid and ready low.
module crosstile_axi #(
    parameter int ACLK_PS = 0  // 0: the chip's own clock period
) (
    input  logic        aclk,
    input  logic        aresetn,
    output logic        irq,
    output logic        failed,  // the chip can't go on: crosstile_last_error() says why

    // AXI4-Lite: registers
    input  logic        s_axil_awvalid,
    input  logic [31:0] s_axil_awaddr,
    output logic        s_axil_awready,
    input  logic        s_axil_wvalid,
    input  logic [31:0] s_axil_wdata,
    input  logic [ 3:0] s_axil_wstrb,
    output logic        s_axil_wready,
    output logic        s_axil_bvalid,
    output logic [ 1:0] s_axil_bresp,
    input  logic        s_axil_bready,
    input  logic        s_axil_arvalid,
    input  logic [31:0] s_axil_araddr,
    output logic        s_axil_arready,
    output logic        s_axil_rvalid,
    output logic [31:0] s_axil_rdata,
    output logic [ 1:0] s_axil_rresp,
    input  logic        s_axil_rready,

    // AXI4: host memory
    input  logic        s_axi_awvalid,
    input  logic [ 7:0] s_axi_awid,
    input  logic [31:0] s_axi_awaddr,
    input  logic [ 7:0] s_axi_awlen,
    input  logic [ 2:0] s_axi_awsize,
    input  logic [ 1:0] s_axi_awburst,
    output logic        s_axi_awready,
    input  logic        s_axi_wvalid,
    input  logic [63:0] s_axi_wdata,
    input  logic [ 7:0] s_axi_wstrb,
    input  logic        s_axi_wlast,
    output logic        s_axi_wready,
    output logic        s_axi_bvalid,
    output logic [ 7:0] s_axi_bid,
    output logic [ 1:0] s_axi_bresp,
    input  logic        s_axi_bready,
    input  logic        s_axi_arvalid,
    input  logic [ 7:0] s_axi_arid,
    input  logic [31:0] s_axi_araddr,
    input  logic [ 7:0] s_axi_arlen,
    input  logic [ 2:0] s_axi_arsize,
    input  logic [ 1:0] s_axi_arburst,
    output logic        s_axi_arready,
    output logic        s_axi_rvalid,
    output logic [ 7:0] s_axi_rid,
    output logic [63:0] s_axi_rdata,
    output logic [ 1:0] s_axi_rresp,
    output logic        s_axi_rlast,
    input  logic        s_axi_rready,

    // AXI4-Stream: images in, one a frame
    input  logic        s_axis_tvalid,
    input  logic [63:0] s_axis_tdata,
    input  logic [ 7:0] s_axis_tkeep,
    input  logic        s_axis_tlast,
    output logic        s_axis_tready,
    output logic        s_axis_error,  // a frame was dropped since reset

    // AXI4-Stream: results out, one a frame
    output logic        m_axis_tvalid,
    output logic [63:0] m_axis_tdata,
    output logic [ 7:0] m_axis_tkeep,
    output logic        m_axis_tlast,
    input  logic        m_axis_tready
);

  import "DPI-C" function int crosstile_axi_tick(
      input byte unsigned aresetn, input int aclk_ps, output byte unsigned irq, output byte unsigned active);
  import "DPI-C" function void crosstile_axi_lite(
      input byte unsigned awvalid, input int unsigned awaddr, input byte unsigned wvalid, input int unsigned wdata,
      input byte unsigned wstrb, input byte unsigned bready, input byte unsigned arvalid, input int unsigned araddr,
      input byte unsigned rready, output byte unsigned awready, output byte unsigned wready,
      output byte unsigned bvalid, output byte unsigned bresp, output byte unsigned arready,
      output byte unsigned rvalid, output int unsigned rdata, output byte unsigned rresp);
  import "DPI-C" function void crosstile_axi_full(
      input byte unsigned awvalid, input byte unsigned awid, input int unsigned awaddr, input byte unsigned awlen,
      input byte unsigned awsize, input byte unsigned awburst, input byte unsigned wvalid,
      input longint unsigned wdata, input byte unsigned wstrb, input byte unsigned wlast, input byte unsigned bready,
      input byte unsigned arvalid, input byte unsigned arid, input int unsigned araddr, input byte unsigned arlen,
      input byte unsigned arsize, input byte unsigned arburst, input byte unsigned rready,
      output byte unsigned awready, output byte unsigned wready, output byte unsigned bvalid, output byte unsigned bid,
      output byte unsigned bresp, output byte unsigned arready, output byte unsigned rvalid, output byte unsigned rid,
      output longint unsigned rdata, output byte unsigned rresp, output byte unsigned rlast);
  import "DPI-C" function void crosstile_axi_stream(
      input byte unsigned s_tvalid, input longint unsigned s_tdata, input byte unsigned s_tkeep,
      input byte unsigned s_tlast, input byte unsigned m_tready, output byte unsigned s_tready,
      output byte unsigned s_error, output byte unsigned m_tvalid, output longint unsigned m_tdata,
      output byte unsigned m_tkeep, output byte unsigned m_tlast);

  byte unsigned irq_c, active_c;
  byte unsigned l_awready, l_wready, l_bvalid, l_bresp, l_arready, l_rvalid, l_rresp;
  int unsigned l_rdata;
  byte unsigned f_awready, f_wready, f_bvalid, f_bid, f_bresp, f_arready, f_rvalid, f_rid, f_rresp, f_rlast;
  longint unsigned f_rdata;
  byte unsigned t_ready, t_error, t_valid, t_keep, t_last;
  longint unsigned t_data;
  int status;

  // A target that has nothing to do keeps its pins: it needs no call. After reset all are called once.
  logic fresh = 1'b1;
  wire lite_busy = fresh | s_axil_awvalid | s_axil_wvalid | s_axil_arvalid | s_axil_bvalid | s_axil_rvalid |
                   ~s_axil_awready | ~s_axil_wready;
  wire full_busy = fresh | s_axi_awvalid | s_axi_wvalid | s_axi_arvalid | s_axi_bvalid | s_axi_rvalid;
  wire stream_busy = fresh | (s_axis_tvalid & s_axis_tready) | m_axis_tvalid;
  logic stream_again = 1'b0;  // results may have come in the last cycle

  // verilator lint_off BLKSEQ
  always @(posedge aclk) begin
    status = crosstile_axi_tick({7'b0, aresetn}, ACLK_PS, irq_c, active_c);
    irq <= irq_c[0];
    failed <= status != 0;
    fresh <= ~aresetn;
    stream_again <= lite_busy;
    if (!aresetn) begin
      s_axil_awready <= 1'b1;
      s_axil_wready  <= 1'b1;
      s_axil_bvalid  <= 1'b0;
      s_axil_arready <= 1'b1;
      s_axil_rvalid  <= 1'b0;
      s_axi_awready  <= 1'b1;
      s_axi_wready   <= 1'b0;
      s_axi_bvalid   <= 1'b0;
      s_axi_arready  <= 1'b1;
      s_axi_rvalid   <= 1'b0;
      s_axis_tready  <= 1'b1;
      s_axis_error   <= 1'b0;
      m_axis_tvalid  <= 1'b0;
    end else begin
      if (lite_busy) begin
        crosstile_axi_lite({7'b0, s_axil_awvalid}, s_axil_awaddr, {7'b0, s_axil_wvalid}, s_axil_wdata,
                           {4'b0, s_axil_wstrb}, {7'b0, s_axil_bready}, {7'b0, s_axil_arvalid}, s_axil_araddr,
                           {7'b0, s_axil_rready}, l_awready, l_wready, l_bvalid, l_bresp, l_arready, l_rvalid, l_rdata,
                           l_rresp);
        s_axil_awready <= l_awready[0];
        s_axil_wready  <= l_wready[0];
        s_axil_bvalid  <= l_bvalid[0];
        s_axil_bresp   <= l_bresp[1:0];
        s_axil_arready <= l_arready[0];
        s_axil_rvalid  <= l_rvalid[0];
        s_axil_rdata   <= l_rdata;
        s_axil_rresp   <= l_rresp[1:0];
      end
      if (full_busy) begin
        crosstile_axi_full({7'b0, s_axi_awvalid}, s_axi_awid, s_axi_awaddr, s_axi_awlen, {5'b0, s_axi_awsize},
                           {6'b0, s_axi_awburst}, {7'b0, s_axi_wvalid}, s_axi_wdata, s_axi_wstrb,
                           {7'b0, s_axi_wlast}, {7'b0, s_axi_bready}, {7'b0, s_axi_arvalid}, s_axi_arid, s_axi_araddr,
                           s_axi_arlen, {5'b0, s_axi_arsize}, {6'b0, s_axi_arburst}, {7'b0, s_axi_rready}, f_awready,
                           f_wready, f_bvalid, f_bid, f_bresp, f_arready, f_rvalid, f_rid, f_rdata, f_rresp, f_rlast);
        s_axi_awready <= f_awready[0];
        s_axi_wready  <= f_wready[0];
        s_axi_bvalid  <= f_bvalid[0];
        s_axi_bid     <= f_bid;
        s_axi_bresp   <= f_bresp[1:0];
        s_axi_arready <= f_arready[0];
        s_axi_rvalid  <= f_rvalid[0];
        s_axi_rid     <= f_rid;
        s_axi_rdata   <= f_rdata;
        s_axi_rresp   <= f_rresp[1:0];
        s_axi_rlast   <= f_rlast[0];
      end
      if (stream_busy || stream_again || active_c[0]) begin
        crosstile_axi_stream({7'b0, s_axis_tvalid}, s_axis_tdata, s_axis_tkeep, {7'b0, s_axis_tlast},
                             {7'b0, m_axis_tready}, t_ready, t_error, t_valid, t_data, t_keep, t_last);
        s_axis_tready <= t_ready[0];
        s_axis_error  <= t_error[0];
        m_axis_tvalid <= t_valid[0];
        m_axis_tdata  <= t_data;
        m_axis_tkeep  <= t_keep;
        m_axis_tlast  <= t_last[0];
      end
    end
  end
  // verilator lint_on BLKSEQ

endmodule
