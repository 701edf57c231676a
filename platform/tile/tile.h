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
#include "platform/tile/output_queue.h"
#include "platform/tile/resource.h"
#include "platform/tile/stream_tracker.h"
#include "platform/tile/tile_program.h"
#include "workloads/mapping/stage_order.h"
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
  /// Operands of an addition, or sums of other rows, that a position needs.
  struct Operand {
    int stream = 0;
    int position = 0;
    std::vector<std::uint8_t> bytes;
  };
  /// One position on its way through the tile.
  struct Job {
    std::uint64_t image = 0;
    int position = 0;
    int cause = -1;                        // node of the critical path; -1: not followed
    std::vector<std::uint8_t> window;      // input bytes, row by row of the stage's matrix
    std::vector<Operand> operands;         // the first `operandCount` of them
    std::size_t operandCount = 0;
    std::vector<std::uint64_t> coreReady;  // cycle at which each active core has its sums
    std::size_t pending = 0;               // cores whose sums have not been moved
    bool complete = false;                 // all sums are in the digital unit
    std::vector<int> ready;                // output positions that it completed
    std::vector<std::uint8_t> outputs;     // their codes
    int lastNode = -1;                     // the last of the moves
    std::uint64_t lastCycle = 0;
  };
  /// One of the streams that flow into the tile.
  struct Inflow {
    StreamTracker tracker;
    StreamUse use;
    std::uint64_t base = 0;     // of its ring in the buffer
    std::uint64_t given = 0;    // address in the stream before which all has been given back
    std::vector<int> sources;   // nodes
  };
  /// The cores of one copy of the weights.
  struct Replica {
    std::vector<std::size_t> cores;
    std::vector<std::uint32_t> wanted;  // by row block: select lines of the cores that want it
    using Freed = std::pair<std::uint64_t, int>;
    std::deque<Freed> registerFree;  // cycle at which an input register in use becomes free, and its node
    std::size_t loading = 0;         // registers taken, MVM not yet started
    Freed lastFreed{0, -1};
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
  void giveBack(std::size_t stream, std::uint64_t before, std::uint64_t cycle);
  std::uint64_t accessBuffer(tlm::tlm_command command, std::size_t stream, std::uint64_t at, std::uint8_t* data,
                             std::size_t size);
  // positions, in the order of the steps (tile_pipeline.cpp)
  const Stage& stage() const { return program_->stage; }
  Replica& replicaOf(int position) { return replicas_[static_cast<std::size_t>(position % stage().replicas)]; }
  std::uint64_t needOf(std::size_t stream) const;
  bool mayFetch(std::uint64_t cycle);
  std::pair<std::uint64_t, int> fetchTime(std::uint64_t cycle);
  Job* takeJob();
  void tryFetch(std::uint64_t cycle);
  std::uint64_t readWindow(Job& job);
  std::uint64_t readOperands(Job& job);
  void windowRead(Job* job, std::uint64_t cycle);
  void release(const Job& job, std::uint64_t cycle);
  std::uint64_t loadCores(Job& job);
  std::uint64_t loadDigital(Job& job);
  std::uint64_t loadOperands(Job& job);
  void startSums(const Job& job, int outputBegin, std::size_t count);
  void loaded(Job* job, std::uint64_t cycle);
  void startCores(Job* job, std::uint64_t cycle);
  void coresDone(Job* job, std::uint64_t cycle);
  std::uint64_t moveSums(Job& job, std::size_t core);
  void sumsMoved(Job* job, std::uint64_t cycle, int node);
  void finishInOrder(std::uint64_t cycle);
  std::uint64_t finish(Job& job);
  void finished(Job* job, std::uint64_t cycle);
  // loose timing (tile_loose.cpp)
  void configureLoose();
  void imageArrived(const Packet& packet);
  void runImage();
  std::uint64_t runPosition(int position, int& node);
  void sendOutputs(std::uint64_t image);
  std::uint64_t cyclesOf(const sc_core::sc_time& delay) const;
  std::uint64_t linesOf(const Stream& stream, std::int64_t first, std::int64_t last) const;
  int step(const Job& job, int cause, PathPart part, std::uint64_t cycle);

  TileConfig config_;
  CriticalPath& path_;
  Clockwork clockwork_;
  Resource bufferPort_, busArbiter_, digitalArbiter_;
  BusyTrace trace_;
  std::vector<std::uint8_t> programBytes_;
  std::unique_ptr<TileProgram> program_;
  std::vector<Inflow> inflows_;
  OutputQueue output_;
  std::vector<Replica> replicas_;
  std::vector<std::vector<std::pair<std::int32_t, std::int32_t>>> runs_;  // by position, see windowRuns
  std::vector<std::uint8_t> mirror_;  // what has been read of an image's inputs
  std::vector<std::int32_t> element_;
  std::vector<std::uint8_t> bytes_;

  /// Loose timing: the image under way and the recurrences' last values.
  struct Loose {
    struct Inflow {
      std::vector<StreamTracker::Arrival> arrival;  // of each position, in the buffer
      std::vector<std::int64_t> codes;
      std::size_t arrivedFrom = 0;  // sources
    };
    std::vector<Inflow> inflows;
    std::vector<std::int32_t> input;  // codes of the matrix's input
    std::vector<std::int64_t> sums;
    std::vector<std::uint64_t> windowLines;  // of the buffer's port, by position
    std::uint64_t loadCycles = 0;            // of the bus, into the cores
    std::vector<std::vector<std::uint64_t>> moveCycles;  // of the bus, sums of each core of a replica
    std::vector<std::uint64_t> outputCycle;  // of each output position
    std::vector<int> outputCause;
    std::uint64_t digitalFree = 0;
  };
  Loose loose_;

  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<Job*> idleJobs_;
  std::deque<Job*> inOrder_;  // positions under way
  bool fetching_ = false;
  std::uint64_t nextImage_ = 0;
  int nextPosition_ = 0;
  std::uint64_t finished_ = 0;  // positions
  std::pair<std::uint64_t, std::uint64_t> firstImage_{0, 0};
  std::uint64_t lastFetch_ = 0;
  int lastFetchNode_ = -1;
};

}  // namespace crosstile
