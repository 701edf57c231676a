// SPDX-License-Identifier: Apache-2.0
// A manager that puts a chip behind AXI through its paces, with the checker on its pins. Its ports are those of
// crosstile_axi, turned round, so that it drives the Verilog module (cosim_tb) and, verilated for SystemC, AxiFrontEnd.
//   +scenario=axi_run|axi_reset|axi_stream|axi_bursts|axi_bad|axi_never_waits  +vectors=DIR
`timescale 1ps / 1ps
module axi_bench (
    input logic aclk, output logic aresetn, input logic irq,
    output logic s_axil_awvalid, output logic [31:0] s_axil_awaddr, input logic s_axil_awready,
    output logic s_axil_wvalid, output logic [31:0] s_axil_wdata, output logic [3:0] s_axil_wstrb, input logic s_axil_wready,
    input logic s_axil_bvalid, input logic [1:0] s_axil_bresp, output logic s_axil_bready,
    output logic s_axil_arvalid, output logic [31:0] s_axil_araddr, input logic s_axil_arready,
    input logic s_axil_rvalid, input logic [31:0] s_axil_rdata, input logic [1:0] s_axil_rresp, output logic s_axil_rready,
    output logic s_axi_awvalid, output logic [7:0] s_axi_awid, output logic [31:0] s_axi_awaddr,
    output logic [7:0] s_axi_awlen, output logic [2:0] s_axi_awsize, output logic [1:0] s_axi_awburst,
    input logic s_axi_awready,
    output logic s_axi_wvalid, output logic [63:0] s_axi_wdata, output logic [7:0] s_axi_wstrb, output logic s_axi_wlast,
    input logic s_axi_wready,
    input logic s_axi_bvalid, input logic [7:0] s_axi_bid, input logic [1:0] s_axi_bresp, output logic s_axi_bready,
    output logic s_axi_arvalid, output logic [7:0] s_axi_arid, output logic [31:0] s_axi_araddr,
    output logic [7:0] s_axi_arlen, output logic [2:0] s_axi_arsize, output logic [1:0] s_axi_arburst,
    input logic s_axi_arready,
    input logic s_axi_rvalid, input logic [7:0] s_axi_rid, input logic [63:0] s_axi_rdata, input logic [1:0] s_axi_rresp,
    input logic s_axi_rlast, output logic s_axi_rready,
    output logic s_axis_tvalid, output logic [63:0] s_axis_tdata, output logic [7:0] s_axis_tkeep, output logic s_axis_tlast,
    input logic s_axis_tready, input logic s_axis_error,
    input logic m_axis_tvalid, input logic [63:0] m_axis_tdata, input logic [7:0] m_axis_tkeep, input logic m_axis_tlast,
    output logic m_axis_tready,
    output logic done, output int errors
);
  import crosstile_registers_pkg::*;
`include "vectors.svh"
  logic [63:0] beats[0:255];

  task automatic fail(input string what);
    $display("axi_bench: %s at %0t", what, $time);
    errors = errors + 1;
  endtask
`include "axi_tasks.svh"
`include "axi_burst_cases.svh"
`include "axi_stream_cases.svh"

  logic bad_bursts;
  logic [12:0] broken;
  int unsigned violations;
  longint unsigned checks;
  axi_checker checker_i (.*);

  string scenario, folder;
  longint unsigned cycles = 0;
  always @(posedge aclk) begin
    cycles <= cycles + 1;
    if (cycles == 3_000_000) begin  // ten times what the longest scenario takes
      $display("axi_bench: waits for something that doesn't come\nFAIL");
      $finish;
    end
  end

  task automatic write(input logic [31:0] offset, input logic [31:0] value);
    logic [1:0] response;
    lite_write(offset, value, response);
    must(response, $sformatf("register 0x%0h", offset));
  endtask

  task automatic expect_write(input logic [31:0] offset, input logic [31:0] value, input logic [1:0] wanted,
                              input string what);
    logic [1:0] response;
    lite_write(offset, value, response);
    if (response != wanted) fail($sformatf("%s: response %0d", what, response));
  endtask

  task automatic expect_read(input logic [31:0] offset, input logic [1:0] wanted, input string what);
    logic [1:0] response;
    logic [31:0] value;
    lite_read(offset, value, response);
    if (response != wanted) fail($sformatf("%s: response %0d", what, response));
  endtask

  task automatic await_interrupt(input logic [31:0] bits);
    write(INTERRUPT_ENABLE, bits);
    while (!irq) @(negedge aclk);
    write(INTERRUPT_STATUS, bits);
  endtask

  task automatic set_up;
    logic [63:0] word;
    for (int i = 0; i < run.size(); i++) begin
      word = run[i];
      write(word[63:32], word[31:0]);
    end
  endtask

  task automatic write_memory_and_load;
    logic [1:0] response;
    logic [63:0] word;
    for (int at = 0; at < memory.size(); at += 256) begin
      automatic int words = memory.size() - at < 256 ? memory.size() - at : 256;
      for (int i = 0; i < words; i++) beats[i] = memory[at+i];
      burst_write(MEMORY_BASE + 8 * at, 8'(words - 1), 3, 1, 8'hFF, response);
      must(response, "memory");
    end
    for (int i = 0; i < load.size(); i++) begin
      word = load[i];
      write(word[63:32], word[31:0]);
    end
    await_interrupt(INTERRUPT_STATUS_PROGRAMMED);
    set_up;
  endtask

  function automatic logic [63:0] image_word(input int image, input int word);
    for (int b = 0; b < 8; b++)
      image_word[8*b+:8] = 8 * word + b < image_bytes ? images[image*image_bytes+8*word+b] : 8'h0;
  endfunction

  task automatic place_image(input int image);
    logic [1:0] response;
    for (int at = 0; 8 * at < image_bytes; at++) begin
      beats[0] = image_word(image, at);
      burst_write(MEMORY_BASE + images_at + 8 * at, 0, 3, 1, 8'hFF, response);
      must(response, "image");
    end
    write(IMAGE_ADDRESS, images_at);
  endtask

  task automatic check_result(input int image, input int number);
    logic [1:0] response;
    logic [31:0] at;
    for (int b = 0; b < result_bytes; b++) begin
      at = MEMORY_BASE + results_at + number * result_bytes + b;
      burst_read(at, 0, 0, 1, response);
      must(response, "result");
      if (beats[0][8*at[2:0]+:8] != expected[image*result_bytes+b])
        fail($sformatf("image %0d: byte %0d of the result differs", image, b));
    end
  endtask

  task automatic run_image(input int image, input int number);
    place_image(image);
    write(IMAGE_SUBMIT, 1);
    await_interrupt(INTERRUPT_STATUS_RESULT);
    check_result(image, number);
  endtask

  task automatic run_all;
    for (int n = 0; n < image_count; n++) run_image(n, n);
  endtask

  // In the middle of an image: by CONTROL, by ARESETN, and each again at once.
  task automatic reset_twice;
    logic [31:0] count;
    logic [1:0] response;
    run_image(0, 0);
    for (int times = 0; times < 2; times++) begin
      place_image(1);
      write(IMAGE_SUBMIT, 1);
      repeat (700 + 900 * times) @(negedge aclk);
      repeat (2)
        if (times == 0) write(CONTROL, CONTROL_RESET);
        else reset_machine();
      lite_read(RESULTS, count, response);
      if (count != 0) fail("results are left after reset");
      repeat (2000) @(negedge aclk);
      if (irq) fail("an image came through a reset");
      run_all;
    end
  endtask

  task automatic bad_input;
    logic [1:0] response;
    set_up;
    expect_write(IMAGE_SUBMIT, 1, 2, "start without weights");
    write_memory_and_load;
    expect_read(32'h18, 2, "unknown register");
    expect_read(32'h02, 2, "misaligned register");
    expect_read(CONTROL, 2, "read of a write-only register");
    expect_write(RESULTS, 1, 2, "write of a read-only register");
    expect_read(32'h1000, 3, "beyond the registers");
    expect_write(32'hFFFF_FFFC, 1, 3, "the end of the address space");
    s_axil_wstrb = 4'h3;
    expect_write(DMA_LENGTH, 1, 2, "half of a register");
    s_axil_wstrb = 4'h0;
    expect_write(DMA_LENGTH, 1, 0, "none of a register");
    s_axil_wstrb = 4'hF;
    bad_bursts_are_refused;
    place_image(0);
    write(IMAGE_SUBMIT, 1);
    expect_write(INPUT_BYTES, 1, 2, "description of images while busy");
    expect_write(ROUTE_COUNT, 0, 2, "routes while busy");
    expect_write(RESULT_BYTES, 1, 2, "description of results while busy");
    expect_write(DMA_START, 1, 2, "program of a busy tile");
    await_interrupt(INTERRUPT_STATUS_RESULT);
    check_result(0, 0);
  endtask

  task automatic play;
    errors = 0; bad_bursts = 0; aresetn = 0;
    quiet();
    reset_machine();
    read_vectors(folder);
    if (scenario == "axi_bursts") bursts_of_all_kinds;
    else if (scenario == "axi_bad") bad_input;
    else begin
      write_memory_and_load;
      if (scenario == "axi_run") run_all;
      else if (scenario == "axi_reset") reset_twice;
      else if (scenario == "axi_stream") streams;
      else if (scenario == "axi_never_waits") begin place_image(0); write(IMAGE_SUBMIT, 1); end
      else fail({"unknown scenario ", scenario});
    end
    repeat (4) @(negedge aclk);
    $display("%0d checks of AXI, %0d cycles", checks, cycles);
    if (violations != 0) fail("rules of AXI were broken");
    done = 1;
  endtask

  initial begin
    done = 0;
    if (!$value$plusargs("scenario=%s", scenario)) scenario = "";
    if (!$value$plusargs("vectors=%s", folder)) folder = ".";
    if (scenario.len() > 4 && scenario.substr(0, 3) == "axi_") play;
  end
endmodule
