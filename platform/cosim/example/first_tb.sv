// SPDX-License-Identifier: Apache-2.0
// The smallest testbench: CrossTile loads a network itself, the testbench gives it one image and compares the result with
// what `crosstile run --dump host` expects (docs/howto_cosim.md).
//   +network=FILE.onnx  +hardware=isaac  +options="--images FILE --count N"  as in the run    +vectors=DIR  the dump
module first_tb;
  import crosstile_pkg::*;
`include "testbench.svh"
  logic [7:0] images[0:IMAGES*IMAGE_BYTES-1];
  logic [7:0] expected[0:IMAGES*OUTPUT_BYTES-1];
  string network, hardware, options, vectors;
  int errors = 0;

  task automatic check(input int status, input string what);
    if (status != CROSSTILE_OK) begin
      $display("%s: %s", what, crosstile_last_error());
      errors++;
    end
  endtask

  initial begin
    byte unsigned found;
    if (!$value$plusargs("network=%s", network)) network = "";
    if (!$value$plusargs("hardware=%s", hardware)) hardware = "isaac";
    if (!$value$plusargs("options=%s", options)) options = "";
    if (!$value$plusargs("vectors=%s", vectors)) vectors = ".";
    $readmemh({vectors, "/images.mem"}, images);
    $readmemh({vectors, "/expected.mem"}, expected);

    check(crosstile_open(hardware, network, options), "open");
    check(crosstile_load(1), "load");
    for (int i = 0; i < IMAGE_BYTES; i++) check(crosstile_write_byte(IMAGES_AT + i, images[i]), "image");
    check(crosstile_write_register(crosstile_registers_pkg::INTERRUPT_ENABLE, 1), "interrupt");
    check(crosstile_start(IMAGES_AT), "start");
    check(crosstile_wait_interrupt(100_000_000), "result");
    for (int i = 0; i < OUTPUT_BYTES; i++) begin
      check(crosstile_read_byte(RESULTS_AT + i, found), "result");
      if (found != expected[i]) errors++;
    end
    $display("result after %0d cycles", crosstile_latency(0));
    check(crosstile_close(), "close");
    if (errors == 0) $display("PASS");
    else $display("FAIL");
    $finish;
  end
endmodule
