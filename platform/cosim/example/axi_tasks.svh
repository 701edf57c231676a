// SPDX-License-Identifier: Apache-2.0
// A manager's side of AXI4-Lite, AXI4 and AXI4-Stream as tasks, for a testbench whose pins have the names of
// crosstile_axi. Pins change at falling edges: what valid and ready are then is what the next rising edge sees, in every
// simulator and whatever the order of processes at the rising edge.

task automatic quiet();
  s_axil_awvalid = 0; s_axil_wvalid = 0; s_axil_bready = 0; s_axil_arvalid = 0; s_axil_rready = 0;
  s_axi_awvalid = 0; s_axi_wvalid = 0; s_axi_bready = 0; s_axi_arvalid = 0; s_axi_rready = 0;
  s_axis_tvalid = 0; m_axis_tready = 0;
  s_axil_wstrb = 4'hF; s_axi_wstrb = 8'hFF; s_axi_awid = 0; s_axi_arid = 0;
endtask

task automatic reset_machine();
  aresetn = 0;
  repeat (3) @(negedge aclk);
  aresetn = 1;
  @(negedge aclk);
endtask

task automatic lite_write(input logic [31:0] address, input logic [31:0] data, output logic [1:0] response);
  bit address_taken, data_taken;
  s_axil_awaddr = address; s_axil_awvalid = 1;
  s_axil_wdata = data; s_axil_wvalid = 1;
  s_axil_bready = 1;
  while (s_axil_awvalid || s_axil_wvalid) begin
    address_taken = s_axil_awready; data_taken = s_axil_wready;
    @(negedge aclk);
    if (address_taken) s_axil_awvalid = 0;
    if (data_taken) s_axil_wvalid = 0;
  end
  while (!s_axil_bvalid) @(negedge aclk);
  response = s_axil_bresp;
  @(negedge aclk);
  s_axil_bready = 0;
endtask

task automatic lite_read(input logic [31:0] address, output logic [31:0] data, output logic [1:0] response);
  bit taken;
  s_axil_araddr = address; s_axil_arvalid = 1;
  s_axil_rready = 1;
  do begin taken = s_axil_arready; @(negedge aclk); end while (!taken);
  s_axil_arvalid = 0;
  while (!s_axil_rvalid) @(negedge aclk);
  data = s_axil_rdata;
  response = s_axil_rresp;
  @(negedge aclk);
  s_axil_rready = 0;
endtask

// A burst of beats[0 .. length]; all strobes are `strobes`.
task automatic burst_write(input logic [31:0] address, input logic [7:0] length, input logic [2:0] size,
                           input logic [1:0] kind, input logic [7:0] strobes, output logic [1:0] response);
  bit taken;
  s_axi_awaddr = address; s_axi_awlen = length; s_axi_awsize = size; s_axi_awburst = kind;
  s_axi_awvalid = 1;
  do begin taken = s_axi_awready; @(negedge aclk); end while (!taken);
  s_axi_awvalid = 0;
  s_axi_bready = 1;
  s_axi_wstrb = strobes;
  for (int i = 0; i <= int'(length); i++) begin
    s_axi_wdata = beats[i]; s_axi_wlast = i == int'(length); s_axi_wvalid = 1;
    do begin taken = s_axi_wready; @(negedge aclk); end while (!taken);
  end
  s_axi_wvalid = 0;
  while (!s_axi_bvalid) @(negedge aclk);
  response = s_axi_bresp;
  @(negedge aclk);
  s_axi_bready = 0;
endtask

// Into beats[0 .. length].
task automatic burst_read(input logic [31:0] address, input logic [7:0] length, input logic [2:0] size,
                          input logic [1:0] kind, output logic [1:0] response);
  bit taken;
  s_axi_araddr = address; s_axi_arlen = length; s_axi_arsize = size; s_axi_arburst = kind;
  s_axi_arvalid = 1; s_axi_rready = 1;
  do begin taken = s_axi_arready; @(negedge aclk); end while (!taken);
  s_axi_arvalid = 0;
  for (int i = 0; i <= int'(length); i++) begin
    while (!s_axi_rvalid) @(negedge aclk);
    beats[i] = s_axi_rdata;
    response = s_axi_rresp;
    if (s_axi_rlast != (i == int'(length))) fail("RLAST is in the wrong place");
    @(negedge aclk);
  end
  s_axi_rready = 0;
endtask

task automatic must(input logic [1:0] response, input string what);
  if (response != 0) fail($sformatf("%s: response %0d", what, response));
endtask
