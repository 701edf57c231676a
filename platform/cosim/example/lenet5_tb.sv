// SPDX-License-Identifier: Apache-2.0
// LeNet-5 on a few images through AXI, checked against what `crosstile run --dump host` wrote (scripts/cosim).
// It does over AXI4 and AXI4-Lite what a driver would: memory, registers, interrupt, results.
//   +hardware=isaac +options="--set ..."  the chip, as in the run    +vectors=DIR  where the dump lies
//   +latency=N  cycles of the first image, of report.json
//   +waves=FILE  a waveform of the pins, from the end of programming on (VCD or FST, as it was verilated)
`timescale 1ps / 1ps

module lenet5_tb;
  import crosstile_pkg::*;
  import crosstile_registers_pkg::*;
`include "testbench.svh"
`include "axi_pins.svh"

  logic [63:0] beats[0:255];
  logic [63:0] memory[0:MEMORY_WORDS-1];
  logic [63:0] load[0:LOAD_WRITES-1];
  logic [63:0] run[0:RUN_WRITES-1];
  logic [7:0] images[0:IMAGES*IMAGE_BYTES-1];
  logic [7:0] expected[0:IMAGES*OUTPUT_BYTES-1];
  localparam int IMAGE_WORDS = (IMAGE_BYTES + 7) / 8;
  localparam int RESULT_WORDS = (OUTPUT_BYTES + 7) / 8;
  int errors = 0;
  logic [12:0] broken;  // rules of AXI
  int unsigned violations;
  /* verilator tracing_off */
  longint unsigned checks;
  /* verilator tracing_on */
  axi_checker axi (.*, .bad_bursts(1'b0));

  function automatic void fail(input string what);
    $display("lenet5_tb: %s", what);
    errors++;
  endfunction
`include "axi_tasks.svh"

  always @(posedge failed) begin
    $display("lenet5_tb: %s", crosstile_last_error());
    $display("FAIL");
    $finish;
  end

  function automatic logic [63:0] image_word(input int image, input int word);
    for (int b = 0; b < 8; b++)
      image_word[8*b+:8] = 8 * word + b < IMAGE_BYTES ? images[image*IMAGE_BYTES+8*word+b] : 8'h0;
  endfunction

  function automatic void check_word(input int image, input int word, input logic [63:0] found);
    for (int b = 0; b < 8 && 8 * word + b < OUTPUT_BYTES; b++)
      if (found[8*b+:8] != expected[image*OUTPUT_BYTES+8*word+b])
        fail($sformatf("image %0d: byte %0d of the result differs", image, 8 * word + b));
  endfunction

  task automatic lite(input logic [31:0] offset, input logic [31:0] value);
    logic [1:0] response;
    lite_write(offset, value, response);
    must(response, $sformatf("register 0x%0h", offset));
  endtask

  // Bursts of 64 words: 512 bytes never cross 4 KiB when they start at a multiple of it.
  task automatic write_memory();
    logic [1:0] response;
    for (int at = 0; at < MEMORY_WORDS; at += 64) begin
      automatic int words = MEMORY_WORDS - at < 64 ? MEMORY_WORDS - at : 64;
      for (int i = 0; i < words; i++) beats[i] = memory[at+i];
      burst_write(MEMORY_BASE + 8 * at, 8'(words - 1), 3, 1, 8'hFF, response);
      must(response, "memory");
    end
  endtask

  task automatic wait_interrupt(input logic [31:0] bit_mask);
    lite(INTERRUPT_ENABLE, bit_mask);
    while (!irq) @(negedge aclk);
    lite(INTERRUPT_STATUS, bit_mask);
  endtask

  task automatic start_waves();
    string file;
    if (!$value$plusargs("waves=%s", file)) return;
    $dumpfile(file);
    $dumpvars(1, lenet5_tb);
  endtask

  // Images lie one after another at multiples of 1 KiB, so that a burst of theirs crosses no 4 KiB.
  task automatic run_by_registers();
    logic [1:0] response;
    logic [31:0] done;
    automatic int base = (IMAGES_AT + 1023) / 1024 * 1024;
    automatic int stride = (IMAGE_BYTES + 1023) / 1024 * 1024;
    start_waves();
    for (int n = 0; n < IMAGES; n++) begin
      for (int at = 0; at < IMAGE_WORDS; at += 128) begin
        automatic int words = IMAGE_WORDS - at < 128 ? IMAGE_WORDS - at : 128;
        for (int i = 0; i < words; i++) beats[i] = image_word(n, at + i);
        burst_write(MEMORY_BASE + base + n * stride + 8 * at, 8'(words - 1), 3, 1, 8'hFF, response);
        must(response, "image");
      end
      lite(IMAGE_ADDRESS, base + n * stride);
      lite(IMAGE_SUBMIT, 1);
    end
    done = 0;
    while (done < IMAGES) begin
      wait_interrupt(INTERRUPT_STATUS_RESULT);
      lite_read(RESULTS, done, response);
      must(response, "RESULTS");
    end
    for (int n = 0; n < IMAGES; n++)
      for (int w = 0; w < RESULT_WORDS; w++) begin
        burst_read(MEMORY_BASE + RESULTS_AT + n * OUTPUT_BYTES + 8 * w, 0, 3, 1, response);
        must(response, "result");
        check_word(n, w, beats[0]);
      end
  endtask

  task automatic check_latency(input longint wanted);
    if (wanted > 0 && crosstile_latency(0) != wanted)
      fail($sformatf("latency %0d cycles, the run had %0d", crosstile_latency(0), wanted));
  endtask

  initial begin
    string hardware, options, vectors;
    longint latency;
    logic [31:0] id;
    logic [1:0] response;
    hardware = "isaac"; options = ""; vectors = "."; latency = 0;
    void'($value$plusargs("hardware=%s", hardware));
    void'($value$plusargs("options=%s", options));
    void'($value$plusargs("vectors=%s", vectors));
    void'($value$plusargs("latency=%d", latency));
    $readmemh({vectors, "/memory.mem"}, memory);
    $readmemh({vectors, "/load.mem"}, load);
    $readmemh({vectors, "/run.mem"}, run);
    $readmemh({vectors, "/images.mem"}, images);
    $readmemh({vectors, "/expected.mem"}, expected);
    quiet();
    if (crosstile_open(hardware, "", options) != CROSSTILE_OK) begin
      $display("lenet5_tb: %s", crosstile_last_error());
      $display("FAIL");
      $finish;
    end else begin
      reset_machine();
      lite_read(ID, id, response);
      if (id != CHIP_ID) fail("ID is not that of a chip");
      write_memory();
      for (int i = 0; i < LOAD_WRITES; i++) lite(load[i][63:32], load[i][31:0]);
      wait_interrupt(INTERRUPT_STATUS_PROGRAMMED);
      for (int i = 0; i < RUN_WRITES; i++) lite(run[i][63:32], run[i][31:0]);
      run_by_registers();
      check_latency(latency);
      if (violations != 0) fail("rules of AXI were broken");
      $display("registers and memory: %0d images, first in %0d cycles, %0d checks of AXI", IMAGES, crosstile_latency(0), checks);
      $display("bus cycles %0d", bus_cycles);
      if (errors == 0) $display("PASS");
      else $display("FAIL");
      $finish;
    end
  end
endmodule
