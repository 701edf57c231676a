// SPDX-License-Identifier: Apache-2.0
// A tile: network port, buffer, bus, cores, digital unit, and the controllers that run its program.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "platform/memory/binder.h"
#include "platform/memory/occupancy.h"
#include "platform/memory/tile_buffer.h"
#include "platform/noc/network_port.h"
#include "platform/tile/buffer_ports.h"
#include "platform/tile/bus.h"
#include "platform/tile/core.h"
#include "platform/tile/critical_path.h"
#include "platform/tile/digital_unit.h"
#include "platform/tile/resource.h"
#include "platform/tile/stage_controller.h"

namespace crosstile {

struct TileConfig {
  TimingMode mode = TimingMode::cycle;
  TileBuffer::Config buffer;
  BufferPorts::Config ports;  ///< of the buffer; banks, lines and access time are the buffer's
  Core::Config core;
  DigitalUnit::Config digital;
  int cores = 12;
  int busBits = 384;
  int inputRegisters = 2;
};

/// Takes in its program and its arrays' levels over the network; then a controller for each of its stages
/// (stage_controller.h) works with the parts that lie here.
class Tile : public sc_core::sc_module {
 public:
  // in the order of the data
  NetworkPort port{"port"};
  TileBuffer buffer;
  Bus bus;
  std::vector<std::unique_ptr<Core>> cores;
  DigitalUnit digital;
  tlm_utils::simple_initiator_socket<Tile> toBuffer{"toBuffer"};
  tlm_utils::simple_initiator_socket<Tile> toBus{"toBus"};
  tlm_utils::simple_initiator_socket<Tile> toDigital{"toDigital"};

  Tile(const sc_core::sc_module_name& moduleName, const TileConfig& config, ArrayStore& store,
       CriticalPath& path, Binder& binder);

  bool configured() const { return !stages_.empty(); }
  /// The stages that it holds; none before it is programmed.
  const std::vector<std::unique_ptr<StageController>>& stages() const { return stages_; }
  /// Banks of the buffer ("buffer", or "buffer.bank0" and so on), bus, digital unit.
  std::vector<const Resource*> resources() const;
  const BufferPorts& bufferPorts() const { return bufferPorts_; }
  /// Room that streams take in the buffer: from what has not been given back to the last byte that came.
  /// Cycle timing.
  const Occupancy& occupancy() const { return occupancy_; }
  std::uint64_t creditStallCycles() const;
  std::uint64_t finishedPositions() const { return progress_.finished; }
  const Clockwork& clockwork() const { return clockwork_; }
  /// Called for every busy interval of the tile's resources.
  void setTrace(BusyTrace trace);
  /// Adds its main states to a waveform: image and position fetched last, positions finished, MVMs of its
  /// cores.
  void traceStates(sc_core::sc_trace_file* file) const;
  void clearStatistics();
  /// Hardware reset: buffers and queues are lost, program and conductances stay.
  void reset();
  /// What it waits for, when it isn't done: lines for the chip's deadlock report.
  std::vector<std::string> waiting() const;

 private:
  friend class StageController;
  /// Of the shared parts: loads of each stage, then sums of each core.
  int loadRequester(int slot) const { return slot; }
  int sumsRequester(std::size_t core) const { return static_cast<int>(stages_.size() + core); }
  static constexpr int kFromNetwork = 0;  ///< of the buffer
  int windowRequester(int slot) const { return 1 + slot; }

  void bind(Binder& binder);
  void receive(const PacketRef& packet, std::uint64_t cycle);
  void receiveLoose(const PacketRef& packet, std::uint64_t cycle);
  void receiveProgram(Packet& packet, std::uint64_t cycle);
  void commit(const Packet& packet, std::uint64_t cycle);
  sc_core::sc_time configure(std::vector<TileProgram> programs);
  void credit(const Packet& packet, std::uint64_t cycle);
  /// The stage that takes in a packet's stream, and the stream's number among its own.
  std::pair<StageController*, std::size_t> takerOf(const Packet& packet);
  /// A credit to a stage here or elsewhere.
  void sendCredit(int node, std::uint64_t address, int layer, std::uint64_t cycle);

  TileConfig config_;
  CriticalPath& path_;
  Clockwork clockwork_;
  BufferPorts bufferPorts_;
  Resource busArbiter_, digitalArbiter_;
  Occupancy occupancy_;
  BusyTrace trace_;
  std::vector<BusyPlace> corePlaces_;
  std::vector<std::uint8_t> programBytes_;
  std::vector<std::unique_ptr<StageController>> stages_;
  /// For waveforms.
  struct Progress {
    std::uint64_t image = 0;
    int position = 0;
    std::uint64_t finished = 0;
  };
  Progress progress_;
};

}  // namespace crosstile
