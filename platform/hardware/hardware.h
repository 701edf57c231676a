// SPDX-License-Identifier: Apache-2.0
// A whole hardware description: the typed form of a hardware TOML file. Each struct lives beside what it
// configures.
#pragma once

#include <string>
#include <vector>

#include "models/converter/adc.h"
#include "models/cost/adc_cost.h"
#include "models/cost/cost_table.h"
#include "models/crossbar/array_config.h"
#include "models/programming/programming_config.h"
#include "workloads/encoding/encoding_config.h"
#include "workloads/mapping/chip_shape.h"
#include "workloads/mapping/mapping_config.h"

namespace crosstile {

/// Sections [clock], [core], [buffer], [bus], [digital], [router], [host]: the timing of the digital parts,
/// in cycles of the chip's clock. docs/timing.md says what each means.
struct TimingConfig {
  Seconds clockPeriod{833e-12};  ///< an integer number of picoseconds
  int busBits = 384;             ///< bus between buffer, cores and digital unit
  int bufferAccessBits = 256;    ///< one access of the tile's buffer
  int bufferAccessCycles = 1;    ///< a port is busy for this long an access
  int bufferBanks = 1;           ///< lines lie in them in turn
  int bufferReadWritePorts = 1, bufferReadPorts = 0, bufferWritePorts = 0;  ///< of a bank
  int dacCycles = 1;                                                        ///< input register to word line
  int shiftAddCycles = 1;  ///< last ADC code to output register
  int inputRegisters = 2;  ///< input vectors a core can hold (2: one loads while one is read)
  int digitalLanes = 16;   ///< outputs a cycle of the digital unit (bias, activation, pooling, requantise)
  int digitalCycles = 2;   ///< its pipeline depth
  int routerCycles = 3;    ///< head flit: input buffer to output link
  int linkCycles = 1;
  int flitBits = 32;
  bool multicast = true;       ///< one packet for all tiles of a layer, copied where their routes part
  int virtualChannels = 1;     ///< of a router's input port, each with a buffer of its own
  int routerBufferFlits = 64;  ///< of one virtual channel of an input port
  int inputSlots = 2;          ///< images of which a tile's buffer holds inputs at once, if it can
  std::string coreBackend = "model";           ///< "rtl": core_backend.sv (platform/cosim/rtl)
  std::string routerImplementation = "model";  ///< "rtl": router.sv
  int hostBits = 64;           ///< host interface, bits a cycle
};

struct Hardware {
  std::string name;
  std::string description;
  std::string readout = "ideal";  ///< rung of the readout ladder (models/crossbar/readout.h)
  ChipShape chip;
  ArrayConfig array;
  DeviceConfig device;
  NonidealityConfig nonideality;
  DacConfig dac;
  SampleHoldConfig sampleHold;
  AdcConfig adc;
  EncodingConfig encoding;
  ProgrammingConfig programming;
  TimingConfig timing;
  MappingConfig mapping;
  CostTable cost;
};

/// Reads a hardware file, or the preset of that name ("isaac", "siox-low", "siox-high"), then applies
/// `settings`
/// ("section.key=value", values as in TOML, quotes optional). A file may start from a preset (`preset =
/// "isaac"`) or from another file (`preset = "mine.toml"`, relative to it).
/// @throws BadInput naming file, line and key: unknown key (with the nearest known one), wrong unit or type,
/// value out of range
Hardware loadHardware(const std::string& pathOrPreset, const std::vector<std::string>& settings = {});

/// The effective description as TOML with every key; loadHardware() of it gives the same Hardware.
std::string toToml(const Hardware& hardware);

/// The ADC as its cost models see it: bits, rate, node, supply, rows of an array.
AdcDesign adcDesign(const Hardware& hardware);

/// Names of the presets that ship with the program.
std::vector<std::string> presetNames();

}  // namespace crosstile
