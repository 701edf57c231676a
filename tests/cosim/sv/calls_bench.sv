// SPDX-License-Identifier: Apache-2.0
// The calls of crosstile_cosim.h from a testbench: over DPI-C in Verilator, over VPI in Icarus Verilog.
//   +scenario=run|reset|bad|network|never_waits|failure  +vectors=DIR  +hardware= +options= +network=  +latency=N
`timescale 1ps / 1ps
`ifdef __ICARUS__
`define CALL(name) $``name
`else
`define CALL(name) name
`endif

module calls_bench (
    output logic done,
    output int errors
);
`ifndef __ICARUS__
  import crosstile_pkg::*;
`endif
  import crosstile_registers_pkg::*;
`include "vectors.svh"

  string scenario, folder, hardware, options, network;
  int wanted_latency;
  reg [3199:0] error_text;

  task automatic fail(input string what);
    $display("calls_bench: %0s", what);
    errors = errors + 1;
  endtask

  task automatic expect_status(input int found, input int wanted, input string what);
    if (found != wanted) begin
      error_text = 0;
`ifdef __ICARUS__
      error_text = $crosstile_last_error();
      $display("calls_bench: %0s: status %0d, wanted %0d: %0s", what, found, wanted, error_text);
`else
      $display("calls_bench: %s: status %0d, wanted %0d: %s", what, found, wanted, crosstile_last_error());
`endif
      errors = errors + 1;
    end
  endtask

  task automatic write(input int unsigned offset, input int unsigned value);
    expect_status(`CALL(crosstile_write_register)(offset, value), 0, "write of a register");
  endtask

  task automatic open_chip(input string network_file);
    expect_status(`CALL(crosstile_open)(hardware, network_file, options), 0, "open");
  endtask

  task automatic load_vectors;
    logic [63:0] word;
    for (int i = 0; i < memory.size(); i++) begin
      word = memory[i];
      expect_status(`CALL(crosstile_write_memory)(8 * i, word[31:0]), 0, "memory");
      expect_status(`CALL(crosstile_write_memory)(8 * i + 4, word[63:32]), 0, "memory");
    end
    for (int i = 0; i < load.size(); i++) begin
      word = load[i];
      write(word[63:32], word[31:0]);
      expect_status(`CALL(crosstile_advance)(1), 0, "advance");
    end
    write(INTERRUPT_ENABLE, 2);
    expect_status(`CALL(crosstile_wait_interrupt)(100000000), 0, "programming");
    write(INTERRUPT_STATUS, 2);
    for (int i = 0; i < run.size(); i++) begin
      word = run[i];
      write(word[63:32], word[31:0]);
    end
  endtask

  task automatic place_image(input int image);
    for (int b = 0; b < image_bytes; b++)
      expect_status(`CALL(crosstile_write_byte)(images_at + b, images[image*image_bytes+b]), 0, "image");
  endtask

  // Image `image` as the number-th since reset, alone in the chip: its result and its latency.
  task automatic run_image(input int image, input int number);
    byte unsigned found;
    longint latency;
    place_image(image);
    write(INTERRUPT_ENABLE, 1);
    expect_status(`CALL(crosstile_start)(images_at), 0, "start");
    expect_status(`CALL(crosstile_wait_interrupt)(100000000), 0, "result");
    write(INTERRUPT_STATUS, 1);
    for (int b = 0; b < result_bytes; b++) begin
      expect_status(`CALL(crosstile_read_byte)(results_at + number * result_bytes + b, found), 0, "read of a result");
      if (found != expected[image*result_bytes+b]) fail($sformatf("image %0d: byte %0d of the result differs", image, b));
    end
    latency = `CALL(crosstile_latency)(number);
    $display("image %0d: %0d cycles", image, latency);
    if (wanted_latency > 0 && image == 0 && latency != longint'(wanted_latency))
      fail($sformatf("latency %0d, the run had %0d", latency, wanted_latency));
  endtask

  task automatic run_all;
    for (int n = 0; n < image_count; n++) run_image(n, n);
  endtask

  // In the middle of an image, and again right after.
  task automatic reset_twice;
    int unsigned count;
    longint interrupted_after;
    open_chip("");
    load_vectors();
    run_image(0, 0);
    for (int times = 0; times < 2; times++) begin
      interrupted_after = longint'(wanted_latency) / (times == 0 ? 64'd2 : 64'd3);
      place_image(1);
      expect_status(`CALL(crosstile_start)(images_at), 0, "start");
      expect_status(`CALL(crosstile_advance)(interrupted_after), 0, "advance");
      expect_status(`CALL(crosstile_reset)(), 0, "reset");
      expect_status(`CALL(crosstile_reset)(), 0, "reset again");
      expect_status(`CALL(crosstile_read_register)(RESULTS, count), 0, "RESULTS");
      if (count != 0) fail("results are left after reset");
      expect_status(`CALL(crosstile_wait_interrupt)(1000), 1, "waiting for what was lost");
      expect_status(`CALL(crosstile_advance)(2000), 0, "advance");
      run_all();
    end
  endtask

  task automatic bad_input;
    int unsigned value;
    byte unsigned one;
    expect_status(`CALL(crosstile_read_register)(0, value), 2, "no chip is open");
    expect_status(`CALL(crosstile_open)("no_such_preset", "", ""), 2, "unknown hardware");
    expect_status(`CALL(crosstile_open)(hardware, "", "--no-such-option"), 2, "unknown option");
    open_chip("");
    expect_status(`CALL(crosstile_open)(hardware, "", ""), 2, "a second chip");
    expect_status(`CALL(crosstile_read_register)(32'h18, value), 3, "unknown register");
    expect_status(`CALL(crosstile_read_register)(2, value), 3, "misaligned register");
    expect_status(`CALL(crosstile_read_register)(32'h1000, value), 3, "beyond the registers");
    expect_status(`CALL(crosstile_read_register)(CONTROL, value), 3, "read of a write-only register");
    expect_status(`CALL(crosstile_write_register)(RESULTS, 1), 3, "write of a read-only register");
    expect_status(`CALL(crosstile_read_memory)(32'h04000000, value), 3, "beyond memory");
    expect_status(`CALL(crosstile_read_memory)(32'h03FFFFFD, value), 3, "over the end of memory");
    expect_status(`CALL(crosstile_write_memory)(32'hFFFFFFFC, 0), 3, "the end of the address space");
    expect_status(`CALL(crosstile_read_byte)(32'h03FFFFFF, one), 0, "the last byte");
    expect_status(`CALL(crosstile_advance)(-1), 2, "time backwards");
    expect_status(`CALL(crosstile_wait_interrupt)(-1), 2, "time backwards");
    expect_status(`CALL(crosstile_load)(1), 2, "load without a network");
    expect_status(`CALL(crosstile_start)(0), 3, "start without routes");
    for (int i = 0; i < run.size(); i++) write(32'(run[i] >> 32), 32'(run[i]));
    expect_status(`CALL(crosstile_start)(0), 3, "start without weights");
    expect_status(`CALL(crosstile_wait_interrupt)(1000), 1, "an interrupt that can't come");
    load_vectors();
    place_image(0);
    expect_status(`CALL(crosstile_start)(images_at), 0, "start");
    expect_status(`CALL(crosstile_advance)(10), 0, "advance");
    expect_status(`CALL(crosstile_write_register)(INPUT_BYTES, 1), 3, "description of images while busy");
    expect_status(`CALL(crosstile_write_register)(RESULT_ADDRESS, 0), 3, "description of results while busy");
    expect_status(`CALL(crosstile_write_register)(DMA_START, 1), 3, "program of a busy tile");
    expect_status(`CALL(crosstile_wait_interrupt)(1), 4, "an interrupt that takes longer");
    write(INTERRUPT_ENABLE, 1);
    expect_status(`CALL(crosstile_wait_interrupt)(100000000), 0, "result");
    for (int b = 0; b < result_bytes; b++) begin
      expect_status(`CALL(crosstile_read_byte)(results_at + b, one), 0, "read of a result");
      if (one != expected[b]) fail("refused writes changed the result");
    end
    expect_status(`CALL(crosstile_close)(), 0, "close");
    expect_status(`CALL(crosstile_close)(), 2, "close twice");
    expect_status(`CALL(crosstile_open)(hardware, "", ""), 2, "open after close");
    expect_status(`CALL(crosstile_interrupt)(), -1, "interrupt without a chip");
  endtask

  // CrossTile loads the network itself.
  task automatic from_network;
    open_chip(network);
    expect_status(`CALL(crosstile_load)(image_count), 0, "load");
    run_all();
    place_image(0);
    expect_status(`CALL(crosstile_start)(images_at), 0, "start");
    expect_status(`CALL(crosstile_load)(1), 2, "load while busy");
  endtask

  // A commit of a program that was never written: the run fails, as a status, and only closing is left.
  task automatic failure;
    open_chip("");
    write(DMA_NODE, 0); write(DMA_KIND, 1); write(DMA_LENGTH, 8); write(DMA_START, 1);
    write(INTERRUPT_ENABLE, 2);
    expect_status(`CALL(crosstile_wait_interrupt)(100000), 1, "a commit of a program that wasn't written");
    expect_status(`CALL(crosstile_advance)(1), 1, "after a failure");
    expect_status(`CALL(crosstile_reset)(), 1, "after a failure");
    expect_status(`CALL(crosstile_close)(), 0, "close");
  endtask

  task automatic play;
    errors = 0;
    if (!$value$plusargs("scenario=%s", scenario)) scenario = "run";
    if (!$value$plusargs("vectors=%s", folder)) folder = ".";
    if (!$value$plusargs("hardware=%s", hardware)) hardware = "isaac";
    if (!$value$plusargs("options=%s", options)) options = "";
    if (!$value$plusargs("network=%s", network)) network = "";
    if (!$value$plusargs("latency=%d", wanted_latency)) wanted_latency = 0;
    read_vectors(folder);
    if (scenario == "run") begin open_chip(""); load_vectors(); run_all(); end
    else if (scenario == "reset") reset_twice();
    else if (scenario == "bad") bad_input();
    else if (scenario == "network") from_network();
    else if (scenario == "failure") failure();
    else if (scenario == "never_waits") begin  // work is left under way, the chip open
      open_chip(""); load_vectors(); place_image(0);
      expect_status(`CALL(crosstile_start)(images_at), 0, "start");
    end else fail({"unknown scenario ", scenario});
    done = 1;
  endtask

`ifdef __ICARUS__
  initial begin
    play();
    if (errors == 0) $display("PASS"); else $display("FAIL");
    $finish;
  end
`else
  initial done = 0;
`endif
endmodule
