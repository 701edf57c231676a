// SPDX-License-Identifier: Apache-2.0
// A router of the mesh: input buffers, virtual channels, credits, XY routing, three steps of round-robin arbitration,
// virtual cut-through, multicast. docs/timing.md, "Network", is its specification; docs/cosim_rtl.md its data sheet.
//
// What is on an input's wires during a cycle is in its buffer from the next edge on; a head is routed `router_cycles`
// after its cycle on the wires. Arbitration, crossbar and output are combinational within a cycle.
//
// The header flit, bits from the least significant: 22 of the destination (8 column, 8 row, 6 local port) or, of a
// multicast, of this router's outputs that the group's table names; 1 multicast; 16 flits of the packet; 25 tag, which the
// router carries along.
module router #(
    parameter int PORTS = 10,     // north, east, south, west, local ones
    parameter int CHANNELS = 4,   // virtual channels of a port
    parameter int DEPTH = 512,    // flits that a channel's memory holds, a power of two
    parameter int WIDTH = 64,     // bits of a flit, at least 64: the header
    parameter int STAGES = 8,     // most router_cycles
    localparam int CB = (CHANNELS > 1) ? $clog2(CHANNELS) : 1,
    localparam int PB = $clog2(PORTS),
    localparam int AB = $clog2(DEPTH)
) (
    input logic clk,
    input logic rst,
    input logic restart,  // arbitration begins anew, in this cycle
    // Straps, constant from reset on.
    input logic [7:0]  column,
    input logic [7:0]  row,
    input logic [3:0]  router_cycles,        // 1 to STAGES
    input logic [15:0] buffer_flits,         // of a channel of an input, as senders count it
    input logic [15:0] beyond_flits[PORTS],  // the same behind an output; 0: takes all that comes
    // Links in: a flit a cycle.
    input logic             in_valid  [PORTS],
    input logic [CB-1:0]    in_channel[PORTS],
    input logic [WIDTH-1:0] in_flit   [PORTS],
    output logic [15:0]     credit_out[PORTS][CHANNELS],  // flits given back, in the cycle in which a tail leaves
    // Links out.
    output logic             out_valid  [PORTS],
    output logic [CB-1:0]    out_channel[PORTS],
    output logic             out_head   [PORTS],
    output logic             out_tail   [PORTS],
    output logic [WIDTH-1:0] out_flit   [PORTS],
    output logic [PB-1:0]    out_from   [PORTS],            // the input that it comes from
    input  logic [15:0]      credit_in  [PORTS][CHANNELS],  // flits given back, counted from this cycle on
    // For statistics: a packet holds the output's channel; there is room for it beyond.
    output logic [CHANNELS-1:0] held_channels[PORTS],
    output logic [CHANNELS-1:0] roomy_channels[PORTS]
);
  localparam int EAST = 1, SOUTH = 2, WEST = 3, LOCAL = 4;  // NORTH = 0

  // Input buffers.
  logic [WIDTH-1:0] memory[PORTS][CHANNELS][DEPTH];
  logic [AB-1:0]    write_at[PORTS][CHANNELS];
  logic [AB-1:0]    read_at [PORTS][CHANNELS];  // the first packet's header
  logic [AB:0]      routed  [PORTS][CHANNELS];  // flits from there on whose routing delay is over
  logic             arrived [PORTS][STAGES];    // flits on their way through that delay
  logic [CB-1:0]    arrived_channel[PORTS][STAGES];
  // The first packet of a channel: outputs whose channel it has yet to get; those that it has got, but not sent to.
  logic             known[PORTS][CHANNELS];
  logic [PORTS-1:0] asking[PORTS][CHANNELS], waiting[PORTS][CHANNELS];
  // Inputs: the packet that goes through the crossbar.
  logic          sending[PORTS];
  logic [CB-1:0] sending_channel[PORTS];
  logic [PB-1:0] sending_to[PORTS];
  logic [15:0]   sent[PORTS];
  logic [CB-1:0] last_channel[PORTS];
  // Outputs and their channels.
  logic          busy[PORTS];
  logic [PB-1:0] last_input[PORTS];
  logic          held[PORTS][CHANNELS];
  logic [PB-1:0] holder[PORTS][CHANNELS];
  logic [PB-1:0] last_holder[PORTS][CHANNELS];
  logic [15:0]   taken[PORTS][CHANNELS];  // flits of the buffer beyond

  /// The first of those that ask, after the one served last.
  function automatic logic [PB-1:0] next_port(logic [PORTS-1:0] requests, logic [PB-1:0] last);
    logic [PORTS-1:0] later;
    later = requests & ~((PORTS'(2) << last) - 1'b1);
    if (later == 0) later = requests;
    next_port = '0;
    for (int i = PORTS - 1; i >= 0; --i) if (later[i]) next_port = PB'(i);
  endfunction

  function automatic logic [CB-1:0] next_channel(logic [CHANNELS-1:0] requests, logic [CB-1:0] last);
    logic [CHANNELS-1:0] later;
    later = requests & ~((CHANNELS'(2) << last) - 1'b1);
    if (later == 0) later = requests;
    next_channel = '0;
    for (int v = CHANNELS - 1; v >= 0; --v) if (later[v]) next_channel = CB'(v);
  endfunction

  /// First along the row, then along the column, then out.
  function automatic logic [PORTS-1:0] outputs_of(logic [22:0] header);
    int port;
    if (header[22]) return header[PORTS-1:0];
    if (header[7:0] != column) port = (header[7:0] > column) ? EAST : WEST;
    else if (header[15:8] != row) port = (header[15:8] > row) ? SOUTH : 0;
    else port = LOCAL + int'(header[21:16]);
    return PORTS'(1) << port;
  endfunction

  function automatic logic [15:0] least(logic [15:0] a, logic [15:0] b);
    return (a < b) ? a : b;
  endfunction

  // ---- what is decided in this cycle ----
  logic [15:0]         flits[PORTS][CHANNELS];    // of the first packet
  logic [PORTS-1:0]    wanted[PORTS][CHANNELS];   // asking, with the packet that becomes the first just now
  logic [PORTS-1:0]    ready[PORTS][CHANNELS];    // waiting, with what step 1 gives
  logic                granted[PORTS][CHANNELS];  // step 1, by output
  logic [PB-1:0]       granted_to[PORTS][CHANNELS];
  logic [CHANNELS-1:0] roomy[PORTS];              // of the output's holder
  logic                picks[PORTS];              // step 2, by input
  logic [CB-1:0]       picked_channel[PORTS];
  logic [PB-1:0]       picked_output[PORTS];
  logic                starts[PORTS];             // step 3, by output
  logic [PB-1:0]       started[PORTS];

  always_comb begin : first_packets
    for (int i = 0; i < PORTS; ++i)
      for (int v = 0; v < CHANNELS; ++v) begin
        flits[i][v] = memory[i][v][read_at[i][v]][38:23];
        wanted[i][v] = '0;
        if (known[i][v]) wanted[i][v] = asking[i][v];
        else if (routed[i][v] != 0) wanted[i][v] = outputs_of(memory[i][v][read_at[i][v]][22:0]);
      end
  end

  always_comb begin : step_1_channels
    logic [PORTS-1:0] requests;
    for (int i = 0; i < PORTS; ++i)
      for (int v = 0; v < CHANNELS; ++v) ready[i][v] = known[i][v] ? waiting[i][v] : '0;
    for (int o = 0; o < PORTS; ++o)
      for (int v = 0; v < CHANNELS; ++v) begin
        for (int i = 0; i < PORTS; ++i) requests[i] = wanted[i][v][o];
        granted[o][v] = !held[o][v] && requests != 0;
        granted_to[o][v] = next_port(requests, restart ? PB'(PORTS - 1) : last_holder[o][v]);
        if (granted[o][v]) ready[granted_to[o][v]][v][o] = 1'b1;
      end
  end

  always_comb begin : step_2_inputs
    logic [PORTS-1:0]    possible[CHANNELS];
    logic [CHANNELS-1:0] requests;
    logic [PB-1:0]       owner;
    for (int o = 0; o < PORTS; ++o)
      for (int v = 0; v < CHANNELS; ++v) begin
        owner = held[o][v] ? holder[o][v] : granted_to[o][v];
        roomy[o][v] = beyond_flits[o] == 0 || 32'(taken[o][v]) - 32'(credit_in[o][v]) +
                          32'(least(flits[owner][v], beyond_flits[o])) <= 32'(beyond_flits[o]);
      end
    for (int i = 0; i < PORTS; ++i) begin
      for (int v = 0; v < CHANNELS; ++v) begin
        for (int o = 0; o < PORTS; ++o) possible[v][o] = ready[i][v][o] && !busy[o] && roomy[o][v];
        requests[v] = possible[v] != 0;
      end
      picks[i] = !sending[i] && requests != 0;
      picked_channel[i] = next_channel(requests, restart ? CB'(CHANNELS - 1) : last_channel[i]);
      picked_output[i] = next_port(possible[picked_channel[i]], PB'(PORTS - 1));  // the lowest
    end
  end

  always_comb begin : step_3_links
    logic [PORTS-1:0] requests;
    for (int o = 0; o < PORTS; ++o) begin
      for (int i = 0; i < PORTS; ++i) requests[i] = picks[i] && picked_output[i] == PB'(o);
      starts[o] = requests != 0;
      started[o] = next_port(requests, restart ? PB'(PORTS - 1) : last_input[o]);
    end
  end

  // ---- crossbar ----
  logic          moves[PORTS];  // by input
  logic [PB-1:0] moves_to[PORTS];
  logic [CB-1:0] moves_channel[PORTS];
  logic [15:0]   moves_flit[PORTS];
  logic          tail[PORTS];
  logic          leaves[PORTS];  // the tail of the last copy: the packet is gone

  always_comb begin : crossbar
    logic [PORTS-1:0] others;
    for (int o = 0; o < PORTS; ++o) begin
      out_valid[o] = 1'b0;
      out_channel[o] = '0;
      out_head[o] = 1'b0;
      out_tail[o] = 1'b0;
      out_flit[o] = '0;
      out_from[o] = '0;
      for (int v = 0; v < CHANNELS; ++v) begin
        credit_out[o][v] = '0;
        held_channels[o][v] = held[o][v] || granted[o][v];
      end
      roomy_channels[o] = roomy[o];
    end
    for (int i = 0; i < PORTS; ++i) begin
      moves[i] = sending[i] || (picks[i] && started[picked_output[i]] == PB'(i));
      moves_to[i] = sending[i] ? sending_to[i] : picked_output[i];
      moves_channel[i] = sending[i] ? sending_channel[i] : picked_channel[i];
      moves_flit[i] = sending[i] ? sent[i] : '0;
      tail[i] = moves[i] && moves_flit[i] + 16'd1 == flits[i][moves_channel[i]];
      others = wanted[i][moves_channel[i]] | ready[i][moves_channel[i]];
      if (!sending[i]) others[moves_to[i]] = 1'b0;
      leaves[i] = tail[i] && others == 0;
      if (moves[i]) begin
        out_valid[moves_to[i]] = 1'b1;
        out_channel[moves_to[i]] = moves_channel[i];
        out_head[moves_to[i]] = moves_flit[i] == 0;
        out_tail[moves_to[i]] = tail[i];
        out_flit[moves_to[i]] =
            memory[i][moves_channel[i]][AB'(read_at[i][moves_channel[i]] + AB'(moves_flit[i]))];
        out_from[moves_to[i]] = PB'(i);
      end
      if (leaves[i]) credit_out[i][moves_channel[i]] = least(flits[i][moves_channel[i]], buffer_flits);
    end
  end

  // ---- edge ----
  logic          visible[PORTS];  // the routing delay of a flit is over from the next edge on
  logic [CB-1:0] visible_channel[PORTS];

  always_comb
    for (int i = 0; i < PORTS; ++i) begin
      visible[i] = (router_cycles == 1) ? in_valid[i] : arrived[i][router_cycles-2];
      visible_channel[i] = (router_cycles == 1) ? in_channel[i] : arrived_channel[i][router_cycles-2];
    end

  always_ff @(posedge clk) begin : buffers
    for (int i = 0; i < PORTS; ++i) begin
      arrived[i][0] <= in_valid[i];
      arrived_channel[i][0] <= in_channel[i];
      for (int s = 1; s < STAGES; ++s) begin
        arrived[i][s] <= arrived[i][s-1];
        arrived_channel[i][s] <= arrived_channel[i][s-1];
      end
      if (in_valid[i]) begin
        memory[i][in_channel[i]][write_at[i][in_channel[i]]] <= in_flit[i];
        write_at[i][in_channel[i]] <= write_at[i][in_channel[i]] + 1'b1;
      end
      for (int v = 0; v < CHANNELS; ++v) begin
        routed[i][v] <= routed[i][v] + (AB + 1)'(visible[i] && visible_channel[i] == CB'(v)) -
                        ((leaves[i] && moves_channel[i] == CB'(v)) ? (AB + 1)'(flits[i][v]) : '0);
        if (leaves[i] && moves_channel[i] == CB'(v)) read_at[i][v] <= read_at[i][v] + AB'(flits[i][v]);
      end
    end
    if (rst)
      for (int i = 0; i < PORTS; ++i) begin
        for (int s = 0; s < STAGES; ++s) arrived[i][s] <= 1'b0;
        for (int v = 0; v < CHANNELS; ++v) begin
          write_at[i][v] <= '0;
          read_at[i][v] <= '0;
          routed[i][v] <= '0;
        end
      end
  end

  always_ff @(posedge clk) begin : packets
    for (int i = 0; i < PORTS; ++i) begin
      for (int v = 0; v < CHANNELS; ++v) begin
        known[i][v] <= known[i][v] || routed[i][v] != 0;
        asking[i][v] <= wanted[i][v];
        waiting[i][v] <= ready[i][v];
      end
      for (int o = 0; o < PORTS; ++o)
        for (int v = 0; v < CHANNELS; ++v)
          if (granted[o][v] && granted_to[o][v] == PB'(i)) asking[i][v][o] <= 1'b0;
      sending[i] <= moves[i] && !tail[i];
      if (moves[i]) begin
        sending_channel[i] <= moves_channel[i];
        sending_to[i] <= moves_to[i];
        sent[i] <= moves_flit[i] + 16'd1;
        if (!sending[i]) waiting[i][moves_channel[i]][moves_to[i]] <= 1'b0;
        if (leaves[i]) known[i][moves_channel[i]] <= 1'b0;
      end
      if (moves[i] && !sending[i]) last_channel[i] <= moves_channel[i];
      else if (restart) last_channel[i] <= CB'(CHANNELS - 1);
    end
    if (rst)
      for (int i = 0; i < PORTS; ++i) begin
        sending[i] <= 1'b0;
        last_channel[i] <= CB'(CHANNELS - 1);
        for (int v = 0; v < CHANNELS; ++v) known[i][v] <= 1'b0;
      end
  end

  always_ff @(posedge clk) begin : outputs
    for (int o = 0; o < PORTS; ++o) begin
      busy[o] <= out_valid[o] && !out_tail[o];
      if (starts[o]) last_input[o] <= started[o];
      else if (restart) last_input[o] <= PB'(PORTS - 1);
      for (int v = 0; v < CHANNELS; ++v) begin
        if (granted[o][v]) holder[o][v] <= granted_to[o][v];
        if (granted[o][v]) last_holder[o][v] <= granted_to[o][v];
        else if (restart) last_holder[o][v] <= PB'(PORTS - 1);
        held[o][v] <= (held[o][v] || granted[o][v]) && !(out_tail[o] && out_channel[o] == CB'(v));
        taken[o][v] <= taken[o][v] - credit_in[o][v] +
                       ((starts[o] && out_channel[o] == CB'(v) && beyond_flits[o] != 0)
                            ? least(flits[started[o]][v], beyond_flits[o]) : 16'd0);
      end
    end
    if (rst)
      for (int o = 0; o < PORTS; ++o) begin
        busy[o] <= 1'b0;
        last_input[o] <= PB'(PORTS - 1);
        for (int v = 0; v < CHANNELS; ++v) begin
          held[o][v] <= 1'b0;
          holder[o][v] <= '0;
          last_holder[o][v] <= PB'(PORTS - 1);
          taken[o][v] <= '0;
        end
      end
  end
endmodule
