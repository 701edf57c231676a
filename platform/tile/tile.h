// SPDX-License-Identifier: Apache-2.0
// A tile: network port, buffer, bus, cores, digital unit, and the controller that runs its program.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "platform/memory/binder.h"
#include "platform/memory/tile_buffer.h"
#include "platform/noc/network_port.h"
#include "platform/tile/bus.h"
#include "platform/tile/core.h"
#include "platform/tile/critical_path.h"
#include "platform/tile/digital_unit.h"
#include "platform/tile/input_tracker.h"
#include "platform/tile/output_queue.h"
#include "platform/tile/resource.h"
#include "platform/tile/tile_program.h"
#include "workloads/mapping/traffic.h"

namespace crosstile {

struct TileConfig {
  TimingMode mode = TimingMode::cycle;
  TileBuffer::Config buffer;
  Core::Config core;
  DigitalUnit::Config digital;
  int cores = 12;
  int busBits = 384;
  int inputRegisters = 2;
  int arrayRows = 128;
};

/// The controller works position by position: window from the buffer, over the bus into the cores' input
/// registers, MVM, sums over the bus to the digital unit, results as packets to the next tiles.
/// docs/timing.md has every step.
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

  bool configured() const { return program_ != nullptr; }
  const TileProgram& program() const { return *program_; }
  /// Buffer port, bus, digital unit.
  std::array<const Resource*, 3> resources() const { return {&bufferPort_, &busArbiter_, &digitalArbiter_}; }
  /// First image: when its first window was asked for, and when its last position was finished.
  std::pair<std::uint64_t, std::uint64_t> firstImageCycles() const { return firstImage_; }
  std::uint64_t creditStallCycles() const { return output_.creditStallCycles(); }
  std::uint64_t finishedPositions() const { return finished_; }
  const Clockwork& clockwork() const { return clockwork_; }
  /// Called for every busy interval of the tile's resources.
  void setTrace(BusyTrace trace);
  /// Adds its main states to a waveform: image and position being fetched, positions finished, MVMs of its
  /// cores.
  void traceStates(sc_core::sc_trace_file* file) const;
  void clearStatistics();
  /// Hardware reset: buffers and queues are lost, program and conductances stay.
  void reset();
  /// What it waits for, when it isn't done: lines for the chip's deadlock report.
  std::vector<std::string> waiting() const;

 private:
  /// One position on its way through the tile.
  struct Job {
    std::uint64_t image = 0;
    int position = 0;
    int cause = -1;                        // node of the critical path; -1: not followed
    std::vector<std::uint8_t> window;      // input bytes, row by row of the stage's matrix
    std::vector<std::uint64_t> coreReady;  // cycle at which each active core has its sums
    std::size_t pending = 0;               // cores whose sums have not been moved
    std::vector<int> ready;                // output positions that it completed
    std::vector<std::uint8_t> outputs;     // their codes
    int lastNode = -1;                     // the last of the moves
    std::uint64_t lastCycle = 0;
  };
  enum Requester { kFromNetwork = 0, kWindow = 1 };

  void bind(Binder& binder);
  // packets (tile.cpp)
  void receive(const PacketRef& packet, std::uint64_t cycle);
  void receiveProgram(Packet& packet, std::uint64_t cycle);
  void commit(const Packet& packet, std::uint64_t cycle);
  sc_core::sc_time configure();
  void restart();
  void arrived(const PacketRef& packet, std::uint64_t cycle);
  void releaseSlot(std::uint64_t image, std::uint64_t cycle);
  // positions, in the order of the steps (tile_pipeline.cpp)
  bool mayFetch(std::uint64_t cycle);
  std::pair<std::uint64_t, int> fetchTime(std::uint64_t cycle);
  Job* takeJob();
  void tryFetch(std::uint64_t cycle);
  std::uint64_t readWindow(Job& job);
  void windowRead(Job* job, std::uint64_t cycle);
  std::uint64_t loadCores(Job& job);
  std::uint64_t loadDigital(Job& job);
  void startSums(const Job& job, int outputBegin, std::size_t count);
  void loaded(Job* job, std::uint64_t cycle);
  void startCores(Job* job, std::uint64_t cycle);
  void coresDone(Job* job, std::uint64_t cycle);
  std::uint64_t moveSums(Job& job, std::size_t core);
  void sumsMoved(Job* job, std::uint64_t cycle, int node);
  std::uint64_t finish(Job& job);
  void finished(Job* job, std::uint64_t cycle);
  // loose timing (tile_loose.cpp)
  void configureLoose();
  void imageArrived(const Packet& packet);
  void runImage();
  std::uint64_t runPosition(int position, int& node);
  void sendOutputs(std::uint64_t image);
  std::uint64_t cyclesOf(const sc_core::sc_time& delay) const;
  int step(const Job& job, int cause, PathPart part, std::uint64_t cycle);

  TileConfig config_;
  CriticalPath& path_;
  Clockwork clockwork_;
  Resource bufferPort_, busArbiter_, digitalArbiter_;
  BusyTrace trace_;
  std::vector<std::uint8_t> programBytes_;
  std::unique_ptr<TileProgram> program_;
  InputTracker input_;
  OutputQueue output_;
  std::vector<std::size_t> activeCores_;
  std::vector<std::uint32_t> wanted_;  // by row block: select lines of the cores that want it
  std::vector<std::vector<std::pair<std::int32_t, std::int32_t>>> runs_;  // by position, see windowRuns
  std::vector<std::uint8_t> mirror_;  // what has been read of one input slot
  std::vector<std::int32_t> element_;
  std::vector<std::uint8_t> bytes_;

  /// Loose timing: the image under way and the recurrences' last values.
  struct Loose {
    std::vector<InputTracker::Arrival> arrival;  // of each input position, in the buffer
    std::size_t producersArrived = 0;
    std::vector<std::int32_t> input;  // codes
    std::vector<std::int64_t> sums;
    std::vector<std::uint64_t> windowCycles;  // of the buffer's port, by position
    std::uint64_t loadCycles = 0;             // of the bus, into the cores
    std::vector<std::uint64_t> moveCycles;    // of the bus, sums of each active core
    std::vector<std::uint64_t> outputCycle;   // of each output position
    std::vector<int> outputCause;
    std::uint64_t digitalFree = 0;
    void restart() {
      arrival.assign(arrival.size(), {});
      producersArrived = 0;
      digitalFree = 0;
    }
  };
  Loose loose_;

  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<Job*> idleJobs_;
  bool fetching_ = false;
  std::uint64_t nextImage_ = 0;
  int nextPosition_ = 0;
  std::uint64_t finished_ = 0;  // positions
  std::pair<std::uint64_t, std::uint64_t> firstImage_{0, 0};
  using Freed = std::pair<std::uint64_t, int>;
  std::deque<Freed> registerFree_;    // cycle at which an input register in use becomes free, and its node
  std::size_t registersLoading_ = 0;  // taken, MVM not yet started
  Freed lastFreed_{0, -1};
  std::uint64_t lastFetch_ = 0;
  int lastFetchNode_ = -1;
};

}  // namespace crosstile
