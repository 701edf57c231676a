// SPDX-License-Identifier: Apache-2.0
// A CrossTile chip for SystemVerilog testbenches, over DPI-C (libcrosstile_cosim). What each call does is said in
// crosstile_cosim.h; register offsets are those of crosstile_registers_pkg.
package crosstile_pkg;

  localparam int CROSSTILE_OK        = 0;
  localparam int CROSSTILE_FAILED    = 1;
  localparam int CROSSTILE_BAD_INPUT = 2;
  localparam int CROSSTILE_REFUSED   = 3;
  localparam int CROSSTILE_TIMEOUT   = 4;

  import "DPI-C" function int crosstile_open(input string hardware, input string network, input string options);
  import "DPI-C" function int crosstile_close();
  import "DPI-C" function string crosstile_last_error();

  import "DPI-C" function int crosstile_load(input int images);
  import "DPI-C" function int crosstile_write_register(input int unsigned offset, input int unsigned value);
  import "DPI-C" function int crosstile_read_register(input int unsigned offset, output int unsigned value);
  import "DPI-C" function int crosstile_write_memory(input int unsigned offset, input int unsigned value);
  import "DPI-C" function int crosstile_read_memory(input int unsigned offset, output int unsigned value);
  import "DPI-C" function int crosstile_write_byte(input int unsigned offset, input byte unsigned value);
  import "DPI-C" function int crosstile_read_byte(input int unsigned offset, output byte unsigned value);
  import "DPI-C" function int crosstile_start(input int unsigned offset);
  import "DPI-C" function int crosstile_wait_interrupt(input longint cycles);
  import "DPI-C" function int crosstile_advance(input longint cycles);
  import "DPI-C" function int crosstile_reset();

  import "DPI-C" function int crosstile_interrupt();
  import "DPI-C" function longint crosstile_cycle();
  import "DPI-C" function longint crosstile_latency(input int image);

endpackage
