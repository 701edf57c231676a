// SPDX-License-Identifier: Apache-2.0
// first_tb.sv for Icarus Verilog: the same calls over VPI, as system functions.
module first_vpi_tb;
`include "testbench.svh"
  reg [7:0] images[0:IMAGES*IMAGE_BYTES-1];
  reg [7:0] expected[0:IMAGES*OUTPUT_BYTES-1];
  reg [8*256:1] network, hardware, options;
  reg [3199:0] error;
  reg [7:0] found;
  integer errors, i;

  task check(input integer status);
    if (status != 0) begin
      error = $crosstile_last_error();
      $display("status %0d: %0s", status, error);
      errors = errors + 1;
    end
  endtask

  initial begin
    errors = 0;
    if (!$value$plusargs("network=%s", network)) network = "";
    if (!$value$plusargs("hardware=%s", hardware)) hardware = "isaac";
    if (!$value$plusargs("options=%s", options)) options = "";
    $readmemh("images.mem", images);
    $readmemh("expected.mem", expected);

    check($crosstile_open(hardware, network, options));
    check($crosstile_load(1));
    for (i = 0; i < IMAGE_BYTES; i = i + 1) check($crosstile_write_byte(IMAGES_AT + i, images[i]));
    check($crosstile_write_register(32'h10, 1));  // INTERRUPT_ENABLE
    check($crosstile_start(IMAGES_AT));
    check($crosstile_wait_interrupt(100000000));
    for (i = 0; i < OUTPUT_BYTES; i = i + 1) begin
      check($crosstile_read_byte(RESULTS_AT + i, found));
      if (found != expected[i]) errors = errors + 1;
    end
    $display("result after %0d cycles", $crosstile_latency(0));
    check($crosstile_close());
    if (errors == 0) $display("PASS");
    else $display("FAIL");
    $finish;
  end
endmodule
