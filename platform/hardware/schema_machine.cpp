// SPDX-License-Identifier: Apache-2.0
// Keys of the digital machine: chip, tile, core, clock, buffer, bus, digital unit, router, link, host.
#include "platform/hardware/schema.h"

namespace crosstile::hardware {
namespace {

constexpr int kManyCycles = 1'000'000;

void addShape(std::vector<Key>& keys) {
  const auto shape = [](Hardware& h) -> ChipShape& { return h.chip; };
  Section<ChipShape> chip(keys, "chip", shape);
  chip.integer("mesh_columns", &ChipShape::meshColumns, 1, 256, "routers", "Routers of the mesh in x");
  chip.integer("mesh_rows", &ChipShape::meshRows, 1, 256, "routers", "Routers of the mesh in y");
  chip.integer("concentration", &ChipShape::concentration, 1, 16, "tiles", "Tiles that share a router");
  Section<ChipShape> tile(keys, "tile", shape);
  tile.integer("cores", &ChipShape::coresPerTile, 1, 1024, "cores", "Cores (ISAAC: IMAs) of a tile");
  Section<ChipShape> core(keys, "core", shape);
  core.integer("arrays", &ChipShape::arraysPerCore, 1, 1024, "arrays", "Crossbar arrays of a core");
}

void addCoreAndClock(std::vector<Key>& keys) {
  const auto timing = [](Hardware& h) -> TimingConfig& { return h.timing; };
  Section<TimingConfig> core(keys, "core", timing);
  core.integer("input_registers", &TimingConfig::inputRegisters, 1, 64, "vectors",
               "Input vectors that a core can hold; with 2, one loads while the other is read");
  core.integer("dac_cycles", &TimingConfig::dacCycles, 0, kManyCycles, "cycles",
               "Input register to word line");
  core.integer("shift_add_cycles", &TimingConfig::shiftAddCycles, 0, kManyCycles, "cycles",
               "Last ADC code to output register");
  core.text("backend", &TimingConfig::coreBackend, {"model", "rtl"},
            "Sequencer, ADC multiplexer and shift-add of every core: the model, or RTL that Verilator simulates beside "
            "the rest (cycle timing)");
  Section<TimingConfig> clock(keys, "clock", timing);
  clock.quantity("period", &TimingConfig::clockPeriod, 1e-12, 1e-6,
                 "Clock of the digital parts; a whole number of picoseconds");
}

void addTileParts(std::vector<Key>& keys) {
  const auto timing = [](Hardware& h) -> TimingConfig& { return h.timing; };
  Section<ChipShape> size(keys, "buffer", [](Hardware& h) -> ChipShape& { return h.chip; });
  size.quantity("size", &ChipShape::bufferSize, 64, 1e12, "Buffer of a tile");
  Section<TimingConfig> buffer(keys, "buffer", timing);
  buffer.integer("access_bits", &TimingConfig::bufferAccessBits, 8, 65536, "bits", "Bits of one access");
  buffer.integer("access_cycles", &TimingConfig::bufferAccessCycles, 1, kManyCycles, "cycles",
                 "A port of the buffer is busy for this long an access");
  buffer.integer("banks", &TimingConfig::bufferBanks, 1, 1024, "banks",
                 "Banks; lines of access_bits lie in them in turn, and each serves transfers of its own");
  buffer.integer("read_write_ports", &TimingConfig::bufferReadWritePorts, 0, 64, "ports",
                 "Ports of a bank for reads and writes");
  buffer.integer("read_ports", &TimingConfig::bufferReadPorts, 0, 64, "ports",
                 "Ports of a bank for reads alone");
  buffer.integer("write_ports", &TimingConfig::bufferWritePorts, 0, 64, "ports",
                 "Ports of a bank for writes alone");
  buffer.integer(
      "input_slots", &TimingConfig::inputSlots, 1, 1024, "images",
      "Images of which a tile's buffer holds inputs at once; where they don't fit, as many rows as do");
  Section<TimingConfig> bus(keys, "bus", timing);
  bus.integer("bits", &TimingConfig::busBits, 1, 65536, "bits",
              "Bits a cycle between buffer, cores and digital unit");
  Section<TimingConfig> digital(keys, "digital", timing);
  digital.integer("lanes", &TimingConfig::digitalLanes, 1, 65536, "outputs",
                  "Outputs a cycle of the digital unit: bias, activation, pooling, requantisation");
  digital.integer("cycles", &TimingConfig::digitalCycles, 0, kManyCycles, "cycles",
                  "Depth of the digital unit's pipeline");
}

void addNetwork(std::vector<Key>& keys) {
  const auto timing = [](Hardware& h) -> TimingConfig& { return h.timing; };
  Section<TimingConfig> router(keys, "router", timing);
  router.integer("cycles", &TimingConfig::routerCycles, 1, kManyCycles, "cycles",
                 "Head flit: input buffer to output link");
  router.integer("flit_bits", &TimingConfig::flitBits, 8, 4096, "bits", "Bits of a flit, and of a link");
  router.flag("multicast", &TimingConfig::multicast,
              "One packet for all tiles of a layer, copied where their routes part; else one packet each");
  router.integer("virtual_channels", &TimingConfig::virtualChannels, 1, 16, "channels",
                 "Virtual channels of an input port; from 3 on, activations, partial sums and host traffic "
                 "have their own. Area and energy of the router stay those of [cost.router]");
  router.integer("buffer_flits", &TimingConfig::routerBufferFlits, 1, 65536, "flits",
                 "Depth of the buffer of one virtual channel of an input port");
  router.text("implementation", &TimingConfig::routerImplementation, {"model", "rtl"},
              "Every router: the model, or RTL that Verilator simulates beside the rest (cycle timing)");
  Section<TimingConfig> link(keys, "link", timing);
  link.integer("cycles", &TimingConfig::linkCycles, 1, kManyCycles, "cycles",
               "Flight of a flit between routers");
  Section<TimingConfig> host(keys, "host", timing);
  host.integer("bits", &TimingConfig::hostBits, 8, 4096, "bits", "Bits a cycle of the host interface");
}

void addMapping(std::vector<Key>& keys) {
  Section<MappingConfig> s(keys, "mapping", [](Hardware& h) -> MappingConfig& { return h.mapping; });
  s.text("replication", &MappingConfig::replication, {"none", "balanced"},
         "balanced: copies of weights in the spare cores of a layer's tiles, as many as the shortest period "
         "needs");
  s.text("replicas", &MappingConfig::replicas, {},
         "Copies by hand, \"node=copies, node=copies\"; they count first");
  s.text("packing", &MappingConfig::packing, {"none", "tile"},
         "tile: small layers share tiles, cores of their own each; none: every layer has tiles of its own");
  s.text("placement", &MappingConfig::placement, {"snake", "annealed"},
         "Tiles of the layers: one after the other along the mesh, or from there by simulated annealing of "
         "bytes times "
         "routers");
}

}  // namespace

void addMachineKeys(std::vector<Key>& keys) {
  addMapping(keys);
  addShape(keys);
  addCoreAndClock(keys);
  addTileParts(keys);
  addNetwork(keys);
}

}  // namespace crosstile::hardware
