// SPDX-License-Identifier: Apache-2.0
// The host interface of the chip: registers, host memory, DMA, interrupt. Everything that enters or leaves
// the chip goes through here.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/host/register_table.h"
#include "platform/memory/zeroed_memory.h"
#include "platform/noc/network_port.h"
#include "platform/tile/critical_path.h"
#include "platform/tile/output_queue.h"
#include "platform/tile/resource.h"
#include "tlm_utils/simple_target_socket.h"

namespace crosstile {

/// Calls from the system never wait: they annotate a delay, and long work is started by a register write,
/// then waited for by interrupt or polling. Programs may load while others run; images wait for room in the
/// first stage's tiles. While images are under way, what describes them and the programs of their tiles can't be
/// written.
class Host : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Host> fromSystem{"fromSystem"};
  NetworkPort port{"port"};
  sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS> interrupt{
      "interrupt"};  ///< the chip raises it, the host clears it

  struct Config {
    TimingMode mode = TimingMode::cycle;
    sc_core::sc_time period;
    int bits = 64;         ///< of the interface, a cycle
    int packetBytes = 64;  ///< of inputs; programs go in packets as long as the routers' buffers allow
    int programPacketBytes = 256;
    bool multicast = true;  ///< of inputs
    std::uint64_t memoryBytes = 64 << 20;
  };
  struct Statistics {
    std::uint64_t bytesIn = 0;   ///< from host memory into the chip
    std::uint64_t bytesOut = 0;  ///< results
  };

  Host(const sc_core::sc_module_name& moduleName, const Config& config, CriticalPath& path);

  /// Hardware reset asked for by CONTROL: the chip resets tiles, the host itself.
  void onReset(std::function<void()> handler) { reset_ = std::move(handler); }
  /// Cycle at which each result became complete, in order of images.
  const std::vector<std::uint64_t>& resultCycles() const { return resultCycles_; }
  /// Cycle at which each image was submitted.
  const std::vector<std::uint64_t>& submitCycles() const { return submitCycles_; }
  /// Cycle at which the last tile was programmed.
  std::uint64_t programmedCycle() const { return programmedCycle_; }
  /// Node of the critical path at which the first result was complete.
  int lastNode() const { return resultNode_; }
  const Statistics& statistics() const { return statistics_; }
  const Resource& link() const { return link_; }
  const Clockwork& clockwork() const { return clockwork_; }
  std::uint64_t creditStallCycles() const { return inputs_.creditStallCycles(); }
  void setTrace(BusyTrace trace);
  /// Adds its main states to a waveform: images submitted, transfers under way, interrupt.
  void traceStates(sc_core::sc_trace_file* file) const;
  void clearStatistics();
  std::vector<std::string> waiting() const;

 private:
  struct Transfer {
    std::uint32_t source, node, kind, length;
    std::uint64_t address;
  };
  /// A transfer that is on its way.
  struct ProgramTransfer {
    Transfer transfer;
    std::uint64_t cycle;     // of its start
    std::uint32_t sent = 0;  // bytes
  };
  struct Outgoing {
    PacketRef packet;
    bool last;  // of its transfer
  };
  /// Where inputs go, as it lies in host memory.
  struct Route {
    int node = 0, stream = 0;
    std::uint32_t ringBytes = 0;
  };
  std::vector<Route> routes() const;
  /// Routes that one packet serves: neighbours in the list with the same stream and room, if the mesh can
  /// multicast.
  std::vector<OutputQueue::Target> inputTargets() const;
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned int debug(tlm::tlm_generic_payload& payload);
  bool readRegister(std::uint32_t offset, std::uint32_t& value) const;
  bool writeRegister(std::uint32_t offset, std::uint32_t value, std::uint64_t cycle);
  std::uint32_t& reg(Register r) { return registers_[static_cast<std::size_t>(r) / 4]; }
  std::uint32_t reg(Register r) const { return registers_[static_cast<std::size_t>(r) / 4]; }
  std::uint32_t status() const;
  bool imagesUnderWay() const { return resultCycles_.size() < images_; }
  bool inMemory(std::uint64_t from, std::uint64_t size) const {
    return size <= memory_.size() && from <= memory_.size() - size;
  }
  void updateInterrupt();
  bool startTransfer(std::uint64_t cycle);
  bool submitImage(std::uint64_t cycle);
  void sendProgram(const Transfer& transfer, std::uint64_t cycle);
  /// The part of a transfer from byte `at` on, up to `most` of them.
  PacketRef programPacket(const Transfer& transfer, std::uint32_t at, std::uint32_t most);
  void requestProgramPacket();
  void sendImage(std::uint64_t image, std::uint64_t source, std::uint64_t cycle);
  void receive(const PacketRef& packet, std::uint64_t cycle);
  void receiveResult(const Packet& packet, std::uint64_t cycle);
  void resultArrived(std::uint64_t image, std::size_t bytes, std::uint64_t cycle, int node);
  // loose timing
  std::uint64_t bookLoose(int direction, std::uint64_t ready, std::size_t bytes);
  void sendImageLoose(std::uint64_t image, std::uint64_t source, std::uint64_t cycle);
  void receiveImageLoose(const Packet& packet);
  void raise(std::uint32_t bit);
  void resetSelf();

  Config config_;
  CriticalPath& path_;
  Clockwork clockwork_;
  Resource link_;
  OutputQueue inputs_;
  std::vector<OutputQueue::Target> targets_;  // of inputs_
  std::vector<std::uint32_t> registers_;
  ZeroedMemory memory_;
  std::uint64_t images_ = 0;
  std::uint64_t programmedCycle_ = 0;
  std::uint64_t commits_ = 0, commitsDone_ = 0;
  std::set<int> programmed_;                        // tiles that have a program
  std::deque<ProgramTransfer> programs_;            // of which some is not yet on the interface
  std::deque<Outgoing> outgoing_;                   // on it
  std::uint64_t transfers_ = 0;                     // not yet through
  std::map<std::uint64_t, std::uint64_t> partial_;  // image -> result bytes received
  std::vector<std::uint64_t> resultCycles_, submitCycles_;
  int resultNode_ = -1;
  int looseNode_ = -1;
  std::array<std::uint64_t, 2> looseFree_{0, 0};  // loose timing: when the interface is free, in and out
  Statistics statistics_;
  BusyTrace trace_;
  std::function<void()> reset_;
};

}  // namespace crosstile
