// SPDX-License-Identifier: Apache-2.0
// The part of a tile's controller that runs one stage. A tile has one for every stage that it holds; they
// share its port, buffer, bus and digital unit, each has cores of its own.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/tile/address_map.h"
#include "platform/tile/buffer_ports.h"
#include "platform/tile/critical_path.h"
#include "platform/tile/output_queue.h"
#include "platform/tile/stream_tracker.h"
#include "platform/tile/tile_program.h"
#include "workloads/mapping/stage_order.h"
#include "workloads/mapping/traffic.h"

namespace crosstile {

class Tile;

/// Works position by position: window from the buffer, over the bus into the cores' input registers, MVM,
/// sums over the bus to the digital unit, results as packets to the next stages. docs/timing.md has every
/// step.
class StageController {
 public:
  /// What the stage moved, of the statistics that the tile's parts keep for all of its stages.
  struct Counts {
    std::uint64_t bufferReads = 0, bufferWrites = 0;  ///< accesses
    std::uint64_t busBits = 0;
    std::uint64_t packets = 0;  ///< into the buffer
  };

  /// @param slot  which of the tile's stages it is   @param bufferBase  where its rings begin in the tile's
  /// buffer
  StageController(Tile& tile, TileProgram program, int slot, std::uint64_t bufferBase);
  StageController(const StageController&) = delete;
  StageController& operator=(const StageController&) = delete;

  const TileProgram& program() const { return program_; }
  const Stage& stage() const { return program_.stage; }
  /// Programs its cores' arrays from the levels that were written before, and starts afresh.
  /// @return time that programming takes
  sc_core::sc_time configure();
  /// Hardware reset: what is under way is lost.
  void reset();
  /// Bytes of the buffer that its rings take.
  std::uint64_t bufferBytes() const;

  /// Codes of one of its streams have come. @param stream  number among its own
  void arrived(const PacketRef& packet, std::size_t stream, std::uint64_t cycle);
  /// Loose timing: all of an image that one source sends.
  void imageArrived(const Packet& packet, std::size_t stream);
  /// A consumer gave back room. @return whether this stage sends it anything
  bool credit(int node, int stream, std::uint64_t freed, std::uint64_t cycle) {
    return output_.credit(node, stream, freed, cycle);
  }

  /// First image: when its first window was asked for, and when its last position was finished.
  std::pair<std::uint64_t, std::uint64_t> firstImageCycles() const { return firstImage_; }
  std::uint64_t creditStallCycles() const { return output_.creditStallCycles(); }
  const Counts& counts() const { return counts_; }
  /// The tile's cores that hold its weights, all copies.
  std::vector<std::size_t> cores() const;
  void clearStatistics();
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
    int cause = -1;                    // node of the critical path; -1: not followed
    std::vector<std::uint8_t> window;  // input bytes, row by row of the stage's matrix
    std::vector<Operand> operands;     // the first `operandCount` of them
    std::size_t operandCount = 0;
    std::vector<std::uint64_t> coreReady;  // cycle at which each active core has its sums
    std::size_t pending = 0;               // cores whose sums have not been moved
    bool complete = false;                 // all sums are in the digital unit
    std::vector<int> ready;                // output positions that it completed
    std::vector<std::uint8_t> outputs;     // their codes
    int lastNode = -1;                     // the last of the moves
    std::uint64_t lastCycle = 0;
  };
  /// One of the streams that flow into the stage.
  struct Inflow {
    StreamTracker tracker;
    StreamUse use;
    std::uint64_t base = 0;   // of its ring in the buffer
    std::uint64_t given = 0;  // address in the stream before which all has been given back
    std::uint64_t end = 0;    // address after the last byte that came
    std::uint64_t held() const { return end > given ? end - given : 0; }
    std::vector<int> shares;  // first channel of each source's share
    std::vector<int> nodes;   // of the sources, each once
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

  void restart();
  /// A packet that came in one cycle has been written into the buffer by another.
  void written(const Packet& packet, std::size_t stream, std::uint64_t came, std::uint64_t cycle);
  int layer() const { return stage().ledgerLayer(); }
  /// Of its messages to the digital unit.
  std::uint64_t ownSlot() const { return static_cast<std::uint64_t>(slot_) * address::kSlotStride; }
  /// Books a change of what a stream holds of the buffer.
  void hold(Inflow& inflow, std::uint64_t given, std::uint64_t end, std::uint64_t cycle);
  void giveBack(std::size_t stream, std::uint64_t before, std::uint64_t cycle);
  std::uint64_t accessBuffer(tlm::tlm_command command, std::size_t stream, std::uint64_t at,
                             std::uint8_t* data, std::size_t size);
  /// Lines of a transfer by bank; none where there is one.
  BufferPorts::Lines linesOfPacket(std::size_t stream, std::uint64_t at, std::size_t size) const;
  BufferPorts::Lines linesOfWindow(const Job& job) const;
  void addLines(BufferPorts::Lines& lines, std::size_t stream, std::uint64_t at, std::size_t size) const;
  sc_core::sc_time overBus(tlm::tlm_command command, std::uint64_t address, void* data, std::size_t size,
                           const sc_core::sc_time& delay);
  // positions, in the order of the steps (stage_pipeline.cpp)
  Replica& replicaOf(int position) {
    return replicas_[static_cast<std::size_t>(position % stage().replicas)];
  }
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
  std::uint64_t cyclesOf(const sc_core::sc_time& delay) const;
  int step(const Job& job, int cause, PathPart part, std::uint64_t cycle);
  // loose timing (stage_loose.cpp)
  void configureLoose();
  void runImage();
  std::uint64_t runPosition(int position, int& node);
  void sendOutputs(std::uint64_t image);
  std::uint64_t linesOf(const Stream& stream, std::int64_t first, std::int64_t last) const;

  Tile& tile_;
  TileProgram program_;
  int slot_;
  Counts counts_;
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
    std::vector<std::uint64_t> windowLines;              // of the buffer's port, by position
    std::uint64_t loadCycles = 0;                        // of the bus, into the cores
    std::vector<std::vector<std::uint64_t>> moveCycles;  // of the bus, sums of each core of a replica
    std::vector<std::uint64_t> outputCycle;              // of each output position
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
