/* SPDX-License-Identifier: Apache-2.0 */
/* A CrossTile chip for testbenches: DPI-C of crosstile_pkg.sv, and for anything else that can call C.
 *
 * Every call returns a status and never ends the program; crosstile_last_error() says in one line what was wrong. One
 * chip a process: after crosstile_close() no other can be opened. Time is the chip's, moved by crosstile_advance(),
 * crosstile_wait_interrupt(), crosstile_load() and the AXI module's clock only; accesses take none. */
#ifndef CROSSTILE_COSIM_H
#define CROSSTILE_COSIM_H

#ifdef __cplusplus
extern "C" {
#endif

enum {
  CROSSTILE_OK = 0,
  CROSSTILE_FAILED = 1,    /* the run failed: deadlock, or the simulator itself */
  CROSSTILE_BAD_INPUT = 2, /* files, options, order of calls */
  CROSSTILE_REFUSED = 3,   /* the chip refused the access; nothing has happened */
  CROSSTILE_TIMEOUT = 4    /* no interrupt in the cycles given */
};

/* hardware: preset or TOML; network: ONNX, or "" when the testbench loads the chip itself; options: as of `crosstile run`,
 * such as "--images X --count 10 --set encoding.input_bits=8" (the images calibrate the network as they do there). */
int crosstile_open(const char* hardware, const char* network, const char* options);
int crosstile_close(void);
const char* crosstile_last_error(void);

/* Programmes the network through the registers, sets routes and room for `images` results; returns when it is done. */
int crosstile_load(int images);
/* Registers by offset (crosstile_registers.h), host memory by its offset in bytes from CROSSTILE_MEMORY_BASE. */
int crosstile_write_register(unsigned offset, unsigned value);
int crosstile_read_register(unsigned offset, unsigned* value);
int crosstile_write_memory(unsigned offset, unsigned value);
int crosstile_read_memory(unsigned offset, unsigned* value);
int crosstile_write_byte(unsigned offset, unsigned char value);
int crosstile_read_byte(unsigned offset, unsigned char* value);
/* Submits the image at an offset of host memory. */
int crosstile_start(unsigned offset);
/* Until the interrupt is high; CROSSTILE_TIMEOUT after `cycles`, CROSSTILE_FAILED at once when none can come. */
int crosstile_wait_interrupt(long long cycles);
int crosstile_advance(long long cycles);
/* The machine's reset: conductances, programs, registers and host memory stay. */
int crosstile_reset(void);

/* 1 or 0; -1 without a chip. */
int crosstile_interrupt(void);
/* Clock cycles of the chip since it was opened; -1 without a chip. */
long long crosstile_cycle(void);
/* From an image's submission to its result, since reset; -1 when it isn't there. */
long long crosstile_latency(int image);

#ifdef __cplusplus
}
#endif
#endif
