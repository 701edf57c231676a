// SPDX-License-Identifier: Apache-2.0
// The AXI checker itself: silent on legal traffic, and each rule caught when it is broken, with no other beside it.
// Both sides of the pins are driven by hand here; every case begins in reset.
`timescale 1ps / 1ps
module checker_bench (
    output logic done,
    output int errors
);
`include "manager_pins.svh"
`include "target_pins.svh"
  logic bad_bursts = 0, aclk = 0, aresetn = 0;
  logic [12:0] broken;
  int unsigned violations;
  longint unsigned checks;
  axi_checker checker_i (.*);
  always #500 aclk = ~aclk;

  string name;

  task automatic start_case(input string what);
    name = what;
    aresetn = 0;
    {s_axil_awvalid, s_axil_wvalid, s_axil_bvalid, s_axil_arvalid, s_axil_rvalid} = 0;
    {s_axi_awvalid, s_axi_wvalid, s_axi_bvalid, s_axi_arvalid, s_axi_rvalid, s_axis_tvalid, m_axis_tvalid} = 0;
    {s_axil_awready, s_axil_wready, s_axil_arready, s_axi_awready, s_axi_wready, s_axi_arready, s_axis_tready} = 7'h7F;
    {s_axil_bready, s_axil_rready, s_axi_bready, s_axi_rready, m_axis_tready} = 5'h1F;
    {s_axil_bresp, s_axil_rresp, s_axi_bresp, s_axi_rresp} = 0;
    {s_axi_awid, s_axi_arid, s_axi_bid, s_axi_rid, s_axi_awlen, s_axi_arlen} = 0;
    {s_axi_awsize, s_axi_arsize} = {3'd3, 3'd3};
    {s_axi_awburst, s_axi_arburst} = {2'd1, 2'd1};
    {s_axi_wlast, s_axi_rlast, s_axis_tlast, m_axis_tlast} = 4'hF;
    {s_axi_wstrb, s_axil_wstrb, s_axis_tkeep, m_axis_tkeep} = '1;
    {s_axil_awaddr, s_axil_araddr, s_axil_wdata, s_axil_rdata, s_axi_awaddr, s_axi_araddr} = 0;
    {s_axi_wdata, s_axi_rdata, s_axis_tdata, m_axis_tdata} = 0;
    repeat (2) @(negedge aclk);
    checker_i.broken = 0;
    aresetn = 1;
    @(negedge aclk);
  endtask

  // rule: which one is broken, -1 none
  task automatic end_case(input int rule);
    repeat (2) @(negedge aclk);
    if (broken != (rule < 0 ? 13'd0 : 13'd1 << rule)) begin
      $display("checker_bench: %s: broken rules are %b, wanted %0d", name, broken, rule);
      errors++;
    end
  endtask

  task automatic edge_;
    @(negedge aclk);
  endtask

  task automatic write_burst(input logic [31:0] address, input logic [7:0] length, input logic [2:0] size,
                             input logic [1:0] kind, input logic [7:0] id, input int last_at, input bit respond);
    s_axi_awaddr = address; s_axi_awlen = length; s_axi_awsize = size; s_axi_awburst = kind; s_axi_awid = id;
    s_axi_awvalid = 1; edge_(); s_axi_awvalid = 0;
    for (int i = 0; i <= int'(length); i++) begin
      s_axi_wlast = i == last_at; s_axi_wvalid = 1; edge_();
    end
    s_axi_wvalid = 0;
    if (respond) begin s_axi_bid = id; s_axi_bvalid = 1; edge_(); s_axi_bvalid = 0; end
  endtask

  task automatic read_address(input logic [31:0] address, input logic [7:0] length, input logic [2:0] size,
                              input logic [1:0] kind, input logic [7:0] id);
    s_axi_araddr = address; s_axi_arlen = length; s_axi_arsize = size; s_axi_arburst = kind; s_axi_arid = id;
    s_axi_arvalid = 1; edge_(); s_axi_arvalid = 0;
  endtask

  task automatic read_beat(input logic [7:0] id, input bit last);
    s_axi_rid = id; s_axi_rlast = last; s_axi_rvalid = 1; edge_(); s_axi_rvalid = 0;
  endtask

  task automatic legal_cases;
    start_case("bursts of all kinds");
    write_burst(32'h1000, 3, 3, 1, 1, 3, 1);
    s_axi_wstrb = 8'hF0; write_burst(32'h1004, 0, 2, 1, 1, 0, 1); s_axi_wstrb = 8'hFF;
    write_burst(32'h1018, 3, 3, 2, 1, 3, 1);
    write_burst(32'h1008, 15, 3, 0, 1, 15, 1);
    end_case(-1);
    start_case("data before its address");
    s_axi_wvalid = 1; edge_(); s_axi_wvalid = 0;
    s_axi_awvalid = 1; edge_(); s_axi_awvalid = 0;
    s_axi_bvalid = 1; edge_(); s_axi_bvalid = 0;
    end_case(-1);
    start_case("reads of two IDs, interleaved");
    read_address(0, 1, 3, 1, 1); read_address(64, 1, 3, 1, 2);
    read_beat(2, 0); read_beat(1, 0); read_beat(1, 1); read_beat(2, 1);
    end_case(-1);
    start_case("everything waits, nothing changes");
    {s_axil_awready, s_axil_wready, s_axil_arready, s_axi_awready, s_axi_wready, s_axi_arready, s_axis_tready} = 0;
    {s_axil_awvalid, s_axil_wvalid, s_axil_arvalid, s_axi_awvalid, s_axi_wvalid, s_axi_arvalid, s_axis_tvalid} = 7'h7F;
    m_axis_tready = 0; m_axis_tvalid = 1;
    repeat (3) edge_();
    {s_axil_awready, s_axil_wready, s_axil_arready, s_axi_awready, s_axi_wready, s_axi_arready, s_axis_tready} = 7'h7F;
    m_axis_tready = 1; edge_();
    {s_axil_awvalid, s_axil_wvalid, s_axil_arvalid, s_axi_awvalid, s_axi_wvalid, s_axi_arvalid, s_axis_tvalid} = 0;
    m_axis_tvalid = 0;
    end_case(-1);
  endtask

  // A VALID that waits: it falls (change 0), or what goes with it changes (1).
`define HELD(RULE, VALID, READY, PAYLOAD, SETUP) \
    for (int change = 0; change < 2; change++) begin \
      start_case(`"PAYLOAD`"); \
      SETUP \
      READY = 0; VALID = 1; edge_(); \
      if (change == 0) VALID = 0; else PAYLOAD = ~PAYLOAD; \
      edge_(); \
      READY = 1; edge_(); VALID = 0; \
      end_case(RULE); \
    end

  task automatic handshake_cases;
    `HELD(1, s_axil_awvalid, s_axil_awready, s_axil_awaddr,)
    `HELD(1, s_axil_wvalid, s_axil_wready, s_axil_wdata,)
    `HELD(1, s_axil_bvalid, s_axil_bready, s_axil_bresp[1],
          s_axil_awvalid = 1; s_axil_wvalid = 1; edge_(); s_axil_awvalid = 0; s_axil_wvalid = 0;)
    `HELD(1, s_axil_arvalid, s_axil_arready, s_axil_araddr,)
    `HELD(1, s_axil_rvalid, s_axil_rready, s_axil_rdata, s_axil_arvalid = 1; edge_(); s_axil_arvalid = 0;)
    `HELD(3, s_axi_awvalid, s_axi_awready, s_axi_awid,)
    `HELD(3, s_axi_wvalid, s_axi_wready, s_axi_wdata,)
    `HELD(3, s_axi_bvalid, s_axi_bready, s_axi_bresp[1], write_burst(0, 0, 3, 1, 0, 0, 0);)
    `HELD(3, s_axi_arvalid, s_axi_arready, s_axi_arid,)
    `HELD(3, s_axi_rvalid, s_axi_rready, s_axi_rdata, read_address(0, 0, 3, 1, 0);)
    `HELD(11, s_axis_tvalid, s_axis_tready, s_axis_tlast,)
    `HELD(12, m_axis_tvalid, m_axis_tready, m_axis_tdata,)
    start_case("VALID in reset");
    aresetn = 0; repeat (2) edge_(); s_axi_arvalid = 1; edge_(); s_axi_arvalid = 0;
    end_case(0);
  endtask

  task automatic bad_read(input string what, input logic [31:0] address, input logic [7:0] length,
                          input logic [2:0] size, input logic [1:0] kind);
    start_case(what);
    read_address(address, length, size, kind, 0);
    end_case(4);
  endtask

  task automatic burst_cases;
    bad_read("reserved type", 0, 0, 3, 3);
    bad_read("beat wider than the bus", 0, 0, 4, 1);
    bad_read("WRAP of 3 beats", 0, 2, 3, 2);
    bad_read("WRAP not aligned", 4, 3, 3, 2);
    bad_read("FIXED of 17 beats", 0, 16, 3, 0);
    bad_read("INCR over 4 KiB", 32'hFF8, 1, 3, 1);
    start_case("a write over 4 KiB"); write_burst(32'hFF8, 1, 3, 1, 0, 1, 1); end_case(4);
    start_case("strobe of another lane"); write_burst(32'h1004, 0, 2, 1, 0, 0, 1); end_case(5);
    start_case("strobe below an unaligned address"); write_burst(32'h1003, 0, 3, 1, 0, 0, 1); end_case(5);
    start_case("WLAST too early"); write_burst(0, 1, 3, 1, 0, 0, 1); end_case(6);
    start_case("WLAST missing"); write_burst(0, 1, 3, 1, 0, 5, 1); end_case(6);
  endtask

  task automatic order_cases;
    start_case("B before the last data");
    s_axi_awvalid = 1; edge_(); s_axi_awvalid = 0; s_axi_bvalid = 1; edge_(); s_axi_bvalid = 0;
    end_case(7);
    start_case("B of another ID"); write_burst(0, 0, 3, 1, 1, 0, 0); s_axi_bid = 2; s_axi_bvalid = 1; edge_(); s_axi_bvalid = 0;
    end_case(7);
    start_case("B twice"); write_burst(0, 0, 3, 1, 1, 0, 1); s_axi_bvalid = 1; edge_(); s_axi_bvalid = 0; end_case(7);
    start_case("R without a read"); read_beat(0, 1); end_case(8);
    start_case("R of another ID"); read_address(0, 0, 3, 1, 1); read_beat(2, 1); end_case(8);
    start_case("one R too many"); read_address(0, 0, 3, 1, 1); read_beat(1, 1); read_beat(1, 1); end_case(8);
    start_case("RLAST too early"); read_address(0, 1, 3, 1, 0); read_beat(0, 1); end_case(9);
    start_case("RLAST missing"); read_address(0, 0, 3, 1, 0); read_beat(0, 0); end_case(9);
    start_case("two reads of an ID, out of order");
    read_address(0, 1, 3, 1, 0); read_address(64, 0, 3, 1, 0); read_beat(0, 1);
    end_case(9);
    start_case("AXI4-Lite B without data");
    s_axil_awvalid = 1; edge_(); s_axil_awvalid = 0; s_axil_bvalid = 1; edge_(); s_axil_bvalid = 0;
    end_case(2);
    start_case("AXI4-Lite R without a read"); s_axil_rvalid = 1; edge_(); s_axil_rvalid = 0; end_case(2);
    start_case("EXOKAY"); s_axi_bresp = 1; write_burst(0, 0, 3, 1, 0, 0, 1); end_case(10);
    start_case("EXOKAY of a read"); read_address(0, 0, 3, 1, 0); s_axi_rresp = 1; read_beat(0, 1); end_case(10);
  endtask

  task automatic run;
    errors = 0;
    legal_cases();
    handshake_cases();
    burst_cases();
    order_cases();
    done = 1;
  endtask
  initial done = 0;
endmodule
