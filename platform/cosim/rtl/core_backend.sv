// SPDX-License-Identifier: Apache-2.0
// The digital back end of a core: bit-serial sequencer, ADC multiplexer, shift-add, column accumulators, output register.
// docs/timing.md, "Core: one MVM", and docs/models/digital.md, "Shift-and-add", are its specification; docs/cosim_rtl.md
// its data sheet.
//
// Reads of the arrays and conversions follow each other without rounding to the clock. So the sequencer keeps its times
// in picoseconds, as a digitally timed pulse generator does: in the cycle that begins at edge `now` it deals with what has
// ended by then, which is up to STEPS - 1 conversions of every ADC.
module core_backend #(
    parameter int COLUMNS = 2048,  // conversions of a plane, over all ADCs
    parameter int ADCS = 16,
    parameter int PLANES = 16,
    parameter int CODE_BITS = 16,
    parameter int SUM_BITS = 48,
    parameter int STEPS = 6,       // conversions of an ADC that one cycle can end, and one more
    parameter int QUEUE = 8,       // vectors that wait for the arrays, a power of two
    parameter int LANES = 32,      // sums of the output register that are read at once
    localparam int NB = $clog2(COLUMNS),
    localparam int KB = $clog2(PLANES),
    localparam int QB = $clog2(QUEUE)
) (
    input logic clk,
    input logic rst,
    // Straps, constant from reset on. Times in picoseconds.
    input logic [31:0] period,
    input logic [31:0] read_time,  // at least 3 periods
    input logic [31:0] adc_period,
    input logic [15:0] dac_cycles,
    input logic [3:0]  shift_add_cycles,  // 1 to 15
    input logic [KB:0] planes,
    input logic [15:0] conversions,       // of a plane
    input logic [15:0] slots,             // of an ADC: ceil(conversions / adcs)
    input logic [7:0]  adcs,
    input logic [5:0]  plane_shift[PLANES],
    input logic        plane_negative[PLANES],
    // The vector that came into an input register is complete.
    input  logic start,
    output logic input_free,  // its last read has ended
    // To the DACs: the plane that is read.
    output logic          dac_active,
    output logic [KB-1:0] dac_plane,
    // From the ADCs: the multiplexer's address of each conversion that has ended, and within the cycle its codes.
    output logic                 take[STEPS],
    output logic [KB-1:0]        take_plane[STEPS],
    output logic [15:0]          take_slot[STEPS],
    input  logic [CODE_BITS-1:0] codes[STEPS][ADCS],
    // Output register: sums of all columns, from this cycle on until the next are ready.
    output logic                       ready,
    input  logic [NB-1:0]              read_column,  // the first of LANES
    output logic signed [SUM_BITS-1:0] sums[LANES]
);
  logic [63:0] now;  // time of the edge that began this cycle
  logic [63:0] conversion_time, plane_time;
  assign conversion_time = 64'(slots) * 64'(adc_period);
  assign plane_time = (conversion_time > 64'(read_time)) ? conversion_time : 64'(read_time);

  // ---- vectors that wait: when the DACs hold their first plane ----
  logic [63:0]   queue[QUEUE];
  logic [QB:0]   queue_in, queue_out;
  logic          queued;
  assign queued = queue_in != queue_out;

  // ---- sequencer: the reads, plane by plane ----
  logic          reading;
  logic [KB-1:0] read_plane;
  logic [63:0]   read_start, arrays_free, read_end;
  logic          sampled, last_plane;  // a read has ended, and its currents are held
  assign read_end = read_start + 64'(read_time);
  assign sampled = reading && read_end <= now;
  assign last_plane = (KB + 1)'(read_plane) + 1'b1 == planes;
  assign input_free = sampled && last_plane;
  assign dac_active = reading && read_start <= now && !sampled;
  assign dac_plane = read_plane;

  always_ff @(posedge clk) begin : sequencer
    now <= now + 64'(period);
    if (start) begin
      queue[queue_in[QB-1:0]] <= now + 64'(dac_cycles) * 64'(period);
      queue_in <= queue_in + 1'b1;
    end
    if (sampled) begin
      read_plane <= last_plane ? '0 : read_plane + 1'b1;
      read_start <= read_start + plane_time;
      if (last_plane) begin
        reading <= 1'b0;
        arrays_free <= read_start + plane_time;
      end
    end else if (!reading && queued) begin
      reading <= 1'b1;
      read_start <= (queue[queue_out[QB-1:0]] > arrays_free) ? queue[queue_out[QB-1:0]] : arrays_free;
      queue_out <= queue_out + 1'b1;
    end
    if (rst) begin
      now <= '0;
      queue_in <= '0;
      queue_out <= '0;
      reading <= 1'b0;
      read_plane <= '0;
      read_start <= '0;
      arrays_free <= '0;
    end
  end

  // ---- ADC multiplexer: conversions of the plane that the sample-and-holds hold ----
  logic          converting, converting_next;
  logic [KB-1:0] plane, plane_next;
  logic [15:0]   slot, slot_next;
  logic [63:0]   slot_end, slot_end_next;
  logic          bank, bank_next;  // accumulators of this MVM; the others' sums are in the output register
  logic          done;             // all of an MVM's
  logic          take_bank[STEPS];

  always_comb begin : multiplexer
    logic waiting;
    waiting = sampled;
    converting_next = converting;
    plane_next = plane;
    slot_next = slot;
    slot_end_next = slot_end;
    bank_next = bank;
    done = 1'b0;
    for (int i = 0; i < STEPS; ++i) begin
      take[i] = converting_next && slot_end_next <= now;
      take_plane[i] = plane_next;
      take_slot[i] = slot_next;
      take_bank[i] = bank_next;
      if (take[i]) begin
        slot_next = slot_next + 16'd1;
        slot_end_next = slot_end_next + 64'(adc_period);
        if (slot_next == slots) begin
          converting_next = 1'b0;
          if ((KB + 1)'(plane_next) + 1'b1 == planes) begin
            done = 1'b1;
            bank_next = !bank_next;
          end
        end
      end else if (!converting_next && waiting) begin
        waiting = 1'b0;
        converting_next = 1'b1;
        plane_next = read_plane;
        slot_next = '0;
        slot_end_next = read_end + 64'(adc_period);
      end
    end
  end

  always_ff @(posedge clk) begin : conversions_state
    converting <= converting_next && !rst;
    plane <= plane_next;
    slot <= slot_next;
    slot_end <= slot_end_next;
    bank <= bank_next && !rst;
  end

  // ---- shift-add: every code, shifted by its plane, into its column's accumulator ----
  logic signed [SUM_BITS-1:0] accumulator[2][COLUMNS];

  always_ff @(posedge clk) begin : shift_add
    for (int i = 0; i < STEPS; ++i)
      for (int a = 0; a < ADCS; ++a) begin
        logic [31:0] at;
        logic signed [SUM_BITS-1:0] shifted, sum;
        at = 32'(take_slot[i]) * 32'(adcs) + 32'(a);
        shifted = SUM_BITS'(codes[i][a]) << plane_shift[take_plane[i]];
        sum = (take_plane[i] == 0) ? '0 : accumulator[take_bank[i]][at[NB-1:0]];
        if (take[i] && a < 32'(adcs) && at < 32'(conversions))
          accumulator[take_bank[i]][at[NB-1:0]] <=
              plane_negative[take_plane[i]] ? sum - shifted : sum + shifted;
      end
  end

  // ---- output register ----
  logic [15:0] done_before;  // bit n: n + 1 cycles ago
  logic        ready_bank;
  assign ready = done_before[shift_add_cycles-1'b1];

  always_ff @(posedge clk) begin : output_register
    done_before <= {done_before[14:0], done};
    ready_bank <= ready_bank ^ ready;
    if (rst) begin
      done_before <= '0;
      ready_bank <= 1'b0;
    end
  end

  always_comb
    for (int l = 0; l < LANES; ++l) sums[l] = accumulator[ready_bank][read_column+NB'(l)];
endmodule
