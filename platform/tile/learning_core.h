// SPDX-License-Identifier: Apache-2.0
// A core whose array is written in place: word-line drivers (DACs), an array, sample-and-hold and ADCs, on
// the tile's bus. The array is one of metastable switches for tuning (WritableCells), or a layer of a
// network.
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/programming/writable_cells.h"
#include "tlm_utils/simple_target_socket.h"
#include "workloads/learning/learning_layer.h"

namespace crosstile {

/// docs/timing.md, "Learning", has what every access takes. Switches: one access at a time; the cells' clock
/// counts pulses, reads and rests alone, so that what they do doesn't depend on the machine around them. A
/// layer: reads leave their outputs for a read of the bus; an update is begun by its access, and the core
/// refuses others (TLM_GENERIC_ERROR_RESPONSE) until it is over. The pulse trains of an update are made here,
/// of the inputs that the last forward read left in the DACs and the errors that came over the bus.
class LearningCore : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<LearningCore> fromBus{"fromBus"};

  struct Config {
    sc_core::sc_time period;  ///< clock of the digital parts
    sc_core::sc_time adcPeriod;
    int dacCycles = 1, shiftAddCycles = 1;
    // Of a layer:
    int adcs = 1;
    sc_core::sc_time readTime{};  ///< a vector through the array
    sc_core::sc_time slotTime{};  ///< a slot of programming
  };
  LearningCore(const sc_core::sc_module_name& moduleName, const Config& config);

  /// The array that the core drives from now on, between accesses; outlives its use.
  void mount(WritableCells& cells) { cells_ = &cells, layer_ = nullptr; }
  void mount(learning::LearningLayer& layer) { layer_ = &layer, cells_ = nullptr, out_.clear(); }
  WritableCells& cells() { return *cells_; }

  /// What the last access cost the cells, J: no signal of the machine, for its bookkeeping.
  const PulseCost& pulseCost() const { return pulseCost_; }
  double readJ() const { return readJ_; }

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool writeCells(std::uint64_t offset, const std::uint8_t* data, std::size_t size, sc_core::sc_time& delay);
  bool readCells(std::uint64_t offset, std::uint8_t* data, std::size_t size, sc_core::sc_time& delay);

  bool writeLayer(std::uint64_t offset, const std::uint8_t* data, std::size_t size, sc_core::sc_time& delay);
  bool readLayer(std::uint64_t offset, std::uint8_t* data, std::size_t size) const;
  void readArray(bool backward, std::uint64_t sample, sc_core::sc_time& delay);
  void update(std::uint64_t sample, double rateFactor, sc_core::sc_time& delay);
  sc_core::sc_time conversions(std::size_t lines) const;

  Config config_;
  WritableCells* cells_ = nullptr;
  learning::LearningLayer* layer_ = nullptr;
  std::vector<float> in_, out_;  ///< of a layer: what came over the bus; the last read's outputs
  std::uint64_t free_ = 0;       ///< of a layer: the edge at which its last update is over, steps
  PulseCost pulseCost_;
  double readJ_ = 0.0;
};

}  // namespace crosstile
