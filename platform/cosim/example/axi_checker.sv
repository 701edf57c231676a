// SPDX-License-Identifier: Apache-2.0
// Checks the three AXI ports of crosstile_axi, both sides, at rising edges of ACLK (ARM IHI 0022E and IHI 0051A). It
// drives nothing. A broken rule is printed, counted, and its bit of `broken` stays set.
//
// Rules (bits of `broken`):
//   0 reset        a VALID is high while ARESETN is low
//   1 lite_stable  a VALID of AXI4-Lite fell, or what goes with it changed, before its READY (A3.2.1)
//   2 lite_order   a response of AXI4-Lite without a request (A3.3)
//   3 stable       as 1, of AXI4
//   4 burst        a reserved type, a beat wider than the bus, a WRAP of other than 2, 4, 8 or 16 beats or not aligned, a
//                  FIXED of more than 16 beats, an INCR over 4 KiB (A3.4.1)
//   5 strobe       a strobe outside of the beat's byte lanes (A3.4.3)
//   6 wlast        WLAST with another beat than the burst's last, or missing there
//   7 write_order  BVALID before a write with that ID was complete (A3.3, A5.3)
//   8 read_order   RVALID without a read with that ID
//   9 rlast        RLAST with another beat than the last of the ID's oldest read, or missing there
//  10 response     EXOKAY, where there are no exclusive accesses
//  11 stream_in    as 1, of the stream of images       12 stream_out   as 1, of the stream of results
module axi_checker (
    input logic aclk,
    input logic aresetn,
    input logic bad_bursts,  // bursts against rules 4 are intended
    input logic s_axil_awvalid, input logic [31:0] s_axil_awaddr, input logic s_axil_awready,
    input logic s_axil_wvalid, input logic [31:0] s_axil_wdata, input logic [3:0] s_axil_wstrb, input logic s_axil_wready,
    input logic s_axil_bvalid, input logic [1:0] s_axil_bresp, input logic s_axil_bready,
    input logic s_axil_arvalid, input logic [31:0] s_axil_araddr, input logic s_axil_arready,
    input logic s_axil_rvalid, input logic [31:0] s_axil_rdata, input logic [1:0] s_axil_rresp, input logic s_axil_rready,
    input logic s_axi_awvalid, input logic [7:0] s_axi_awid, input logic [31:0] s_axi_awaddr,
    input logic [7:0] s_axi_awlen, input logic [2:0] s_axi_awsize, input logic [1:0] s_axi_awburst, input logic s_axi_awready,
    input logic s_axi_wvalid, input logic [63:0] s_axi_wdata, input logic [7:0] s_axi_wstrb, input logic s_axi_wlast,
    input logic s_axi_wready,
    input logic s_axi_bvalid, input logic [7:0] s_axi_bid, input logic [1:0] s_axi_bresp, input logic s_axi_bready,
    input logic s_axi_arvalid, input logic [7:0] s_axi_arid, input logic [31:0] s_axi_araddr,
    input logic [7:0] s_axi_arlen, input logic [2:0] s_axi_arsize, input logic [1:0] s_axi_arburst, input logic s_axi_arready,
    input logic s_axi_rvalid, input logic [7:0] s_axi_rid, input logic [63:0] s_axi_rdata, input logic [1:0] s_axi_rresp,
    input logic s_axi_rlast, input logic s_axi_rready,
    input logic s_axis_tvalid, input logic [63:0] s_axis_tdata, input logic [7:0] s_axis_tkeep, input logic s_axis_tlast,
    input logic s_axis_tready,
    input logic m_axis_tvalid, input logic [63:0] m_axis_tdata, input logic [7:0] m_axis_tkeep, input logic m_axis_tlast,
    input logic m_axis_tready,
    output logic [12:0] broken,
    output int unsigned violations,
    output longint unsigned checks
);

  typedef struct packed {
    logic [7:0] id;
    logic [31:0] address;
    logic [7:0] length;
    logic [2:0] size;
    logic [1:0] kind;
  } burst_t;
  typedef struct packed {
    logic last;
    logic [7:0] strobes;
  } beat_t;

  burst_t writes[$];       // whose data isn't complete
  beat_t beats[$];         // of data, not yet matched with an address: data may come first
  int beat;                // of writes[0]
  int complete[256];       // writes with that ID that wait for their response
  burst_t reads[$];
  int given[$];            // beats of reads[i]
  int lite_addresses, lite_data, lite_reads;

  task automatic rule(input int number, input bit good, input string what);
    checks = checks + 1;
    if (!good) begin
      broken[number] = 1'b1;
      violations = violations + 1;
      if (violations <= 20) $display("axi_checker: %s at %0t", what, $time);
    end
  endtask

  function automatic bit legal(input burst_t b);
    int unsigned bytes = 32'd1 << b.size, all = bytes * (32'(b.length) + 1);
    int unsigned start = b.address / bytes * bytes;
    case (b.kind)
      2'b00: return bytes <= 8 && b.length < 16;
      2'b01: return bytes <= 8 && start / 4096 == (start + all - 1) / 4096;
      2'b10: return bytes <= 8 && start == b.address && (b.length == 1 || b.length == 3 || b.length == 7 || b.length == 15);
      default: return 0;
    endcase
  endfunction

  // Byte lanes of a beat.
  function automatic logic [7:0] lanes(input burst_t b, input int i);
    int unsigned bytes = 32'd1 << b.size, all = bytes * (32'(b.length) + 1), at = b.address;
    if (b.kind != 0 && i > 0) at = at / bytes * bytes + 32'(i) * bytes;
    if (b.kind == 2 && at >= b.address / all * all + all) at -= all;
    lanes = 0;
    for (int unsigned lane = at % 8; lane <= at / bytes * bytes % 8 + bytes - 1; lane++) lanes[lane[2:0]] = 1;
  endfunction

  // What was on the pins at the last edge, for those that had to wait.
  logic fresh = 1;
  logic held_lite_aw, held_lite_w, held_lite_b, held_lite_ar, held_lite_r;
  logic held_aw, held_w, held_b, held_ar, held_r, held_s, held_m;
  logic [31:0] was_lite_aw, was_lite_ar;
  logic [35:0] was_lite_w;
  logic [1:0] was_lite_b;
  logic [33:0] was_lite_r;
  logic [52:0] was_aw, was_ar;
  logic [72:0] was_w, was_s, was_m;
  logic [9:0] was_b;
  logic [74:0] was_r;

  initial begin
    broken = 0;
    violations = 0;
    checks = 0;
  end

  wire [52:0] aw = {s_axi_awid, s_axi_awaddr, s_axi_awlen, s_axi_awsize, s_axi_awburst};
  wire [52:0] ar = {s_axi_arid, s_axi_araddr, s_axi_arlen, s_axi_arsize, s_axi_arburst};
  wire [72:0] w = {s_axi_wlast, s_axi_wstrb, s_axi_wdata};
  wire [74:0] r = {s_axi_rlast, s_axi_rid, s_axi_rresp, s_axi_rdata};
  wire [72:0] s = {s_axis_tlast, s_axis_tkeep, s_axis_tdata};
  wire [72:0] m = {m_axis_tlast, m_axis_tkeep, m_axis_tdata};

  task automatic check_stability;
    if (held_lite_aw) rule(1, s_axil_awvalid && s_axil_awaddr == was_lite_aw, "AXI4-Lite AW changed before AWREADY");
    if (held_lite_w) rule(1, s_axil_wvalid && {s_axil_wstrb, s_axil_wdata} == was_lite_w, "AXI4-Lite W changed before WREADY");
    if (held_lite_b) rule(1, s_axil_bvalid && s_axil_bresp == was_lite_b, "AXI4-Lite B changed before BREADY");
    if (held_lite_ar) rule(1, s_axil_arvalid && s_axil_araddr == was_lite_ar, "AXI4-Lite AR changed before ARREADY");
    if (held_lite_r) rule(1, s_axil_rvalid && {s_axil_rresp, s_axil_rdata} == was_lite_r, "AXI4-Lite R changed before RREADY");
    if (held_aw) rule(3, s_axi_awvalid && aw == was_aw, "AXI4 AW changed before AWREADY");
    if (held_w) rule(3, s_axi_wvalid && w == was_w, "AXI4 W changed before WREADY");
    if (held_b) rule(3, s_axi_bvalid && {s_axi_bid, s_axi_bresp} == was_b, "AXI4 B changed before BREADY");
    if (held_ar) rule(3, s_axi_arvalid && ar == was_ar, "AXI4 AR changed before ARREADY");
    if (held_r) rule(3, s_axi_rvalid && r == was_r, "AXI4 R changed before RREADY");
    if (held_s) rule(11, s_axis_tvalid && s == was_s, "the stream of images changed before TREADY");
    if (held_m) rule(12, m_axis_tvalid && m == was_m, "the stream of results changed before TREADY");
  endtask

  task automatic keep;
    held_lite_aw = s_axil_awvalid && !s_axil_awready; was_lite_aw = s_axil_awaddr;
    held_lite_w = s_axil_wvalid && !s_axil_wready; was_lite_w = {s_axil_wstrb, s_axil_wdata};
    held_lite_b = s_axil_bvalid && !s_axil_bready; was_lite_b = s_axil_bresp;
    held_lite_ar = s_axil_arvalid && !s_axil_arready; was_lite_ar = s_axil_araddr;
    held_lite_r = s_axil_rvalid && !s_axil_rready; was_lite_r = {s_axil_rresp, s_axil_rdata};
    held_aw = s_axi_awvalid && !s_axi_awready; was_aw = aw;
    held_w = s_axi_wvalid && !s_axi_wready; was_w = w;
    held_b = s_axi_bvalid && !s_axi_bready; was_b = {s_axi_bid, s_axi_bresp};
    held_ar = s_axi_arvalid && !s_axi_arready; was_ar = ar;
    held_r = s_axi_rvalid && !s_axi_rready; was_r = r;
    held_s = s_axis_tvalid && !s_axis_tready; was_s = s;
    held_m = m_axis_tvalid && !m_axis_tready; was_m = m;
  endtask

  // Responses first: what answers a request comes at a later edge.
  task automatic check_responses;
    int found;
    if (s_axil_bvalid) begin
      rule(2, lite_addresses > 0 && lite_data > 0, "AXI4-Lite B without a write");
      rule(10, s_axil_bresp != 2'b01, "EXOKAY of AXI4-Lite");
      if (s_axil_bready) begin lite_addresses--; lite_data--; end
    end
    if (s_axil_rvalid) begin
      rule(2, lite_reads > 0, "AXI4-Lite R without a read");
      rule(10, s_axil_rresp != 2'b01, "EXOKAY of AXI4-Lite");
      if (s_axil_rready) lite_reads--;
    end
    if (s_axi_bvalid) begin
      rule(7, complete[s_axi_bid] > 0, "AXI4 B without a complete write of its ID");
      rule(10, s_axi_bresp != 2'b01, "EXOKAY of a write");
      if (s_axi_bready && complete[s_axi_bid] > 0) complete[s_axi_bid]--;
    end
    if (s_axi_rvalid) begin
      found = -1;
      for (int i = 0; i < reads.size(); i++) if (found < 0 && reads[i].id == s_axi_rid) found = i;
      rule(8, found >= 0, "AXI4 R without a read of its ID");
      rule(10, s_axi_rresp != 2'b01, "EXOKAY of a read");
      if (found >= 0) begin
        rule(9, s_axi_rlast == (given[found] == int'(reads[found].length)), "RLAST is in the wrong place");
        if (s_axi_rready) begin
          given[found] = given[found] + 1;
          if (given[found] > int'(reads[found].length)) begin reads.delete(found); given.delete(found); end
        end
      end
    end
  endtask

  task automatic take_requests;
    burst_t b;
    beat_t one;
    if (s_axil_awvalid && s_axil_awready) lite_addresses++;
    if (s_axil_wvalid && s_axil_wready) lite_data++;
    if (s_axil_arvalid && s_axil_arready) lite_reads++;
    if (s_axi_awvalid && s_axi_awready) begin
      b = aw;
      rule(4, legal(b) || bad_bursts, "a burst of writes breaks a rule");
      writes.push_back(b);
    end
    if (s_axi_arvalid && s_axi_arready) begin
      b = ar;
      rule(4, legal(b) || bad_bursts, "a burst of reads breaks a rule");
      reads.push_back(b);
      given.push_back(0);
    end
    if (s_axi_wvalid && s_axi_wready) begin
      one.last = s_axi_wlast;
      one.strobes = s_axi_wstrb;
      beats.push_back(one);
    end
    while (writes.size() > 0 && beats.size() > 0) begin
      b = writes[0];
      one = beats.pop_front();
      rule(5, !legal(b) || (one.strobes & ~lanes(b, beat)) == 0, "a strobe outside of the beat's lanes");
      rule(6, bad_bursts || one.last == (beat == int'(b.length)), "WLAST is in the wrong place");
      if (beat == int'(b.length)) begin
        complete[b.id]++;
        writes.delete(0);
        beat = 0;
      end else beat = beat + 1;
    end
  endtask

  always @(posedge aclk) begin
    if (!aresetn) begin
      rule(0, fresh || !(s_axil_awvalid || s_axil_wvalid || s_axil_bvalid || s_axil_arvalid || s_axil_rvalid || s_axi_awvalid ||
              s_axi_wvalid || s_axi_bvalid || s_axi_arvalid || s_axi_rvalid || s_axis_tvalid || m_axis_tvalid),
           "a VALID is high in reset");
      fresh = 0;  // the first edge of a reset is what the targets see it at
      {held_lite_aw, held_lite_w, held_lite_b, held_lite_ar, held_lite_r} = 0;
      {held_aw, held_w, held_b, held_ar, held_r, held_s, held_m} = 0;
      writes.delete(); beats.delete(); reads.delete(); given.delete();
      beat = 0; lite_addresses = 0; lite_data = 0; lite_reads = 0;
      for (int i = 0; i < 256; i++) complete[i] = 0;
    end else begin
      fresh = 1;
      check_stability();
      check_responses();
      take_requests();
      keep();
    end
  end
endmodule
