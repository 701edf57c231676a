// SPDX-License-Identifier: Apache-2.0
// A core whose array is written in place: word-line drivers (DACs), one array of metastable switches,
// sample-and-hold and ADC, on the tile's bus.
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/programming/writable_cells.h"
#include "tlm_utils/simple_target_socket.h"

namespace crosstile {

/// Every access takes, from when it has come over the bus:
///     pulse   dacCycles, then the pulse itself
///     verify  dacCycles, the read (S&H at its end), one ADC conversion, shiftAddCycles to the output
///     register rest    the time asked for
/// One at a time. The cells' clock counts pulses, reads and rests alone, so that what they do doesn't depend
/// on the machine around them; the time of bus, drivers and converters is the kernel's.
class LearningCore : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<LearningCore> fromBus{"fromBus"};

  struct Config {
    sc_core::sc_time period;  ///< clock of the digital parts
    sc_core::sc_time adcPeriod;
    int dacCycles = 1, shiftAddCycles = 1;
  };
  LearningCore(const sc_core::sc_module_name& moduleName, const Config& config);

  /// The array that the core drives from now on; outlives its use.
  void mount(WritableCells& cells) { cells_ = &cells; }
  WritableCells& cells() { return *cells_; }

  /// What the last access cost the cells, J: no signal of the machine, for its bookkeeping.
  const PulseCost& pulseCost() const { return pulseCost_; }
  double readJ() const { return readJ_; }

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool write(std::uint64_t offset, const std::uint8_t* data, std::size_t size, sc_core::sc_time& delay);
  bool read(std::uint64_t offset, std::uint8_t* data, std::size_t size, sc_core::sc_time& delay);

  Config config_;
  WritableCells* cells_ = nullptr;
  PulseCost pulseCost_;
  double readJ_ = 0.0;
};

}  // namespace crosstile
