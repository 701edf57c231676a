// SPDX-License-Identifier: Apache-2.0
// All testbenches for Verilator in one program; +scenario says which runs: "axi_..." (axi_bench), "checker"
// (checker_bench), any other calls_bench.
`timescale 1ps / 1ps
module cosim_tb;
  import crosstile_pkg::*;
`include "axi_pins.svh"
  string scenario, hardware, options;
  int wanted_latency;
  logic axi_done, checker_done, calls_done;
  int axi_errors, checker_errors, calls_errors;
  axi_bench manager (.*, .done(axi_done), .errors(axi_errors));
  checker_bench checker_b (.done(checker_done), .errors(checker_errors));
  calls_bench calls_b (.done(calls_done), .errors(calls_errors));

  task automatic finish(input int errors);
    if (errors == 0) $display("PASS");
    else $display("FAIL");
    $finish;
  endtask

  function automatic bit axi_runs();
    return scenario.len() > 4 && scenario.substr(0, 3) == "axi_";
  endfunction

  always @(posedge failed)
    if (axi_runs()) begin
      $display("cosim_tb: %s", crosstile_last_error());
      finish(1);
    end

  // Latencies of the images that ran alone are those of the calls, and of the run.
  always @(posedge axi_done) begin
    automatic int errors = axi_errors;
    if (scenario == "axi_run")
      for (int n = 0; n < manager.image_count; n++) begin
        $display("image %0d: %0d cycles", n, crosstile_latency(n));
        if (n == 0 && crosstile_latency(n) != longint'(wanted_latency)) errors++;
      end
    finish(errors);
  end

  initial begin
    if (!$value$plusargs("scenario=%s", scenario)) scenario = "";
    if (!$value$plusargs("hardware=%s", hardware)) hardware = "isaac";
    if (!$value$plusargs("options=%s", options)) options = "";
    if (!$value$plusargs("latency=%d", wanted_latency)) wanted_latency = 0;
    if (scenario == "checker") begin
      checker_b.run;
      finish(checker_errors);
    end else if (axi_runs()) begin
      if (crosstile_open(hardware, "", options) != CROSSTILE_OK) begin
        $display("cosim_tb: %s", crosstile_last_error());
        finish(1);
      end
    end else begin
      calls_b.play;
      finish(calls_errors);
    end
  end
endmodule
