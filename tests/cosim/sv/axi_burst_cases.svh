// SPDX-License-Identifier: Apache-2.0
// Random bursts against a copy of memory that is kept byte by byte, with pauses on both sides; and bursts against AXI's
// rules, which change nothing.
logic [7:0] copy[0:8191];  // of two pages of 4 KiB
localparam logic [31:0] COPY_AT = 32'h1010_0000;
logic [63:0] written[0:255];
logic [7:0] strobes_of[0:255];

task automatic pause;
  while ($urandom_range(3) == 0) @(negedge aclk);
endtask

// Where byte lane 0 of the bus lies at beat i, and the lanes that the beat uses.
task automatic beat_at(input logic [31:0] address, input int length, input int size, input int kind, input int i,
                       output int line, output int first, output int last);
  int bytes, at, low, all;
  bytes = 1 << size;
  all = bytes * (length + 1);
  low = int'(address) - int'(address) % bytes;
  at = i == 0 || kind == 0 ? int'(address) : low + i * bytes;
  if (kind == 2 && at >= int'(address) / all * all + all) at -= all;
  line = at / 8 * 8;
  first = at % 8;
  last = (at / bytes * bytes + bytes - 1) % 8;
endtask

task automatic random_burst(output logic [31:0] address, output int length, output int size, output int kind);
  kind = int'($urandom_range(2));
  size = int'($urandom_range(3));
  length = kind == 2 ? (2 << $urandom_range(3)) - 1 : kind == 0 ? int'($urandom_range(15)) : int'($urandom_range(255));
  address = COPY_AT + $urandom_range(8191);
  if (kind == 2) address = address >> size << size;
  if (kind == 1) begin  // up to the end of the page
    automatic int room = (4096 - int'(address) % 4096 + (1 << size) - 1) >> size;
    if (length >= room) length = room - 1;
  end
endtask

task automatic random_write;
  logic [31:0] address;
  int length, size, kind, line, first, last;
  bit taken;
  random_burst(address, length, size, kind);
  s_axi_awaddr = address; s_axi_awlen = 8'(length); s_axi_awsize = 3'(size); s_axi_awburst = 2'(kind);
  s_axi_awid = 8'($urandom);
  pause;
  s_axi_awvalid = 1;
  do begin taken = s_axi_awready; @(negedge aclk); end while (!taken);
  s_axi_awvalid = 0;
  for (int i = 0; i <= length; i++) begin
    beat_at(address, length, size, kind, i, line, first, last);
    s_axi_wdata = {$urandom, $urandom};
    s_axi_wstrb = 0;
    for (int lane = first; lane <= last; lane++) begin
      s_axi_wstrb[lane] = $urandom_range(3) != 0;
      if (s_axi_wstrb[lane]) copy[line+lane-int'(COPY_AT)] = s_axi_wdata[8*lane+:8];
    end
    s_axi_wlast = i == length;
    pause;
    s_axi_wvalid = 1;
    do begin taken = s_axi_wready; @(negedge aclk); end while (!taken);
    s_axi_wvalid = 0;
  end
  pause;
  s_axi_bready = 1;
  while (!s_axi_bvalid) @(negedge aclk);
  if (s_axi_bresp != 0 || s_axi_bid != s_axi_awid) fail("response of a write");
  @(negedge aclk);
  s_axi_bready = 0;
endtask

task automatic random_read;
  logic [31:0] address;
  int length, size, kind, line, first, last;
  bit taken;
  random_burst(address, length, size, kind);
  s_axi_araddr = address; s_axi_arlen = 8'(length); s_axi_arsize = 3'(size); s_axi_arburst = 2'(kind);
  s_axi_arid = 8'($urandom);
  pause;
  s_axi_arvalid = 1;
  do begin taken = s_axi_arready; @(negedge aclk); end while (!taken);
  s_axi_arvalid = 0;
  for (int i = 0; i <= length; i++) begin
    beat_at(address, length, size, kind, i, line, first, last);
    pause;
    s_axi_rready = 1;
    while (!s_axi_rvalid) @(negedge aclk);
    if (s_axi_rresp != 0 || s_axi_rid != s_axi_arid) fail("response of a read");
    for (int lane = first; lane <= last; lane++)
      if (s_axi_rdata[8*lane+:8] != copy[line+lane-int'(COPY_AT)])
        fail($sformatf("read of 0x%0h, type %0d, size %0d: beat %0d, lane %0d", address, kind, size, i, lane));
    @(negedge aclk);
    s_axi_rready = 0;
  end
endtask

task automatic fill_copy;
  logic [1:0] response;
  for (int at = 0; at < 8192; at += 2048) begin
    for (int i = 0; i < 256; i++) begin
      beats[i] = {$urandom, $urandom};
      for (int lane = 0; lane < 8; lane++) copy[at+8*i+lane] = beats[i][8*lane+:8];
    end
    burst_write(COPY_AT + at, 255, 3, 1, 8'hFF, response);
    must(response, "memory");
  end
endtask

task automatic bursts_of_all_kinds;
  fill_copy;
  repeat (400)
    if ($urandom_range(1) == 0) random_write;
    else random_read;
endtask

// Refused as a whole, with as many beats as asked for.
task automatic refused(input string what, input logic [31:0] address, input logic [7:0] length, input logic [2:0] size,
                       input logic [1:0] kind, input logic [1:0] wanted);
  logic [1:0] response;
  for (int i = 0; i < 256; i++) beats[i] = '1;
  burst_write(address, length, size, kind, 8'hFF, response);
  if (response != wanted) fail($sformatf("write, %s: response %0d", what, response));
  burst_read(address, length, size, kind, response);
  if (response != wanted) fail($sformatf("read, %s: response %0d", what, response));
endtask

task automatic bad_bursts_are_refused;
  logic [1:0] response;
  fill_copy;
  bad_bursts = 1;
  refused("beats of 16 bytes", COPY_AT, 1, 4, 1, 2);
  refused("a reserved type", COPY_AT, 1, 3, 3, 2);
  refused("WRAP of 3 beats", COPY_AT, 2, 3, 2, 2);
  refused("WRAP, misaligned", COPY_AT + 4, 3, 3, 2, 2);
  refused("FIXED of 17 beats", COPY_AT, 16, 3, 0, 2);
  refused("INCR over 4 KiB", COPY_AT + 32'hFF8, 1, 3, 1, 2);
  refused("below memory", 32'h0000_2000, 0, 3, 1, 3);
  refused("registers", 32'h0000_0000, 0, 3, 1, 3);
  refused("behind memory", MEMORY_BASE + 32'h0400_0000, 3, 3, 1, 3);
  refused("the end of the address space", 32'hFFFF_FFF8, 0, 3, 1, 3);
  // WLAST too early: the burst goes on to its length, and nothing is written.
  s_axi_awaddr = COPY_AT; s_axi_awlen = 1; s_axi_awsize = 3; s_axi_awburst = 1; s_axi_awvalid = 1;
  do @(negedge aclk); while (!s_axi_wready);
  s_axi_awvalid = 0;
  s_axi_wdata = '1; s_axi_wstrb = 8'hFF; s_axi_wvalid = 1; s_axi_wlast = 1; s_axi_bready = 1;
  repeat (2) @(negedge aclk);
  s_axi_wvalid = 0;
  while (!s_axi_bvalid) @(negedge aclk);
  if (s_axi_bresp != 2) fail("WLAST too early");
  @(negedge aclk);
  s_axi_bready = 0;
  bad_bursts = 0;
  for (int at = 0; at < 8192; at += 2048) begin
    burst_read(COPY_AT + at, 255, 3, 1, response);
    for (int i = 0; i < 2048; i++)
      if (beats[i/8][8*(i%8)+:8] != copy[at+i]) fail("a refused burst has changed memory");
  end
endtask
