// SPDX-License-Identifier: Apache-2.0
// A router of the mesh: virtual channels with input buffers, XY routing, round-robin arbitration, virtual
// cut-through, multicast.
#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/memory/ring_queue.h"
#include "platform/noc/buffer_space.h"
#include "platform/noc/link_calendar.h"
#include "platform/noc/link_sender.h"
#include "platform/noc/noc_context.h"
#include "platform/noc/router_module.h"

namespace crosstile {

/// Every input port has a first-in first-out buffer for each virtual channel, and one way into the crossbar;
/// every output is a link that carries a flit a cycle. In the middle of a cycle
///   1. every channel of an output that no packet holds takes one of the inputs whose first packet of that
///      channel asks for it, and stays with that packet until its tail has left;
///   2. every free input port picks one of its packets that hold a channel, with room beyond a free link;
///   3. every free link takes one of the input ports that picked it; the packet leaves without a gap.
/// All by round-robin. docs/timing.md, "Network", has the cycles and the reason why nothing can deadlock.
///
/// Nothing toggles: the router wakes only in cycles in which something may be decided, and since a decision
/// fixes when the packet's tail leaves, buffer, input port and link are free again without further events.
class Router : public RouterModule, private CycleWheel::Sleeper {
 public:
  /// @param links  index in the statistics of every output's link
  Router(const sc_core::sc_module_name& moduleName, NocContext& context, int id,
         const std::vector<int>& links);

  void setFeeder(int port, int link) override { inputs_[static_cast<std::size_t>(port)].feeder = link; }
  void setRoomBeyond(int port, int flits) override;
  bool idle() const override { return active_.empty(); }
  void reset() override;
  std::vector<std::string> waiting() const override;

 private:
  struct Resident {
    tlm::tlm_generic_payload* payload = nullptr;  // the hop's transaction, open until the packet has left
    Packet* packet = nullptr;                     // held by the payload
    PortSet branches = 0;                         // outputs it goes to
    std::uint64_t ready = 0;                      // head routed
  };
  struct InChannel {
    int port = 0, channel = 0;  // its place, see at()
    RingQueue<Resident> fifo;
    std::uint64_t free = 0;  // the tail of the packet before has left
    PortSet asking = 0;      // of the first packet: outputs whose channel it has yet to get
    PortSet held = 0;        // of the first packet: outputs whose channel it has got
    std::uint64_t asksFrom() const { return std::max(fifo.front().ready, free); }
  };
  struct Input {
    std::uint64_t free = 0;                           // the way into the crossbar
    int last = -1;                                    // channel that sent last
    int feeder = -1;                                  // link that ends here
    tlm::tlm_bw_transport_if<>* initiator = nullptr;  // beyond the socket, from the end of elaboration on
    int channel = -1, output = -1;                    // picked in this cycle
  };
  struct OutChannel {
    explicit OutChannel(int flits) : space(flits) {}
    int port = 0, channel = 0;  // its place, see at()
    BufferSpace space;
    int holder = -1;  // input whose packet has the channel
    int last = -1;    // input that had it last
    int picked = -1;  // input that asks for it in this cycle and comes first
    std::uint64_t free = 0;
    std::uint64_t granted = 0;  // to the holder
    std::uint64_t roomFrom = kNever;
  };
  struct Output {
    explicit Output(int statisticsLink) : link(statisticsLink) {}
    LinkCalendar calendar;  // loose mode
    int link;
    bool bound = false;
    tlm::tlm_fw_transport_if<>* target = nullptr;  // beyond the socket, from the end of elaboration on
    std::uint64_t free = 0;
    int last = -1;    // input that sent last
    int picked = -1;  // input that picked it in this cycle and comes first
  };

  void end_of_elaboration() override;
  tlm::tlm_sync_enum receive(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum respond(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay) override;
  void receiveLoose(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;

  PortSet route(const Packet* packet) const;
  int unicastOutput(int destination) const;
  void wake(std::uint64_t cycle) override;
  void grantChannels(std::uint64_t cycle);
  void grantChannel(OutChannel& granted, std::uint64_t cycle);
  void pickInputs(std::uint64_t cycle);
  void grantLinks(std::uint64_t cycle);
  void leave(int input, std::uint64_t cycle);
  void leaveBuffer(int input, int channel, std::uint64_t cycle);
  std::uint64_t nextDecision(const InChannel& channel) const;
  void schedule(std::uint64_t cycle);

  int distance(int input, int last) const;
  std::size_t at(int port, int channel) const {
    return static_cast<std::size_t>(port) * static_cast<std::size_t>(channels_) +
           static_cast<std::size_t>(channel);
  }
  std::string describe(const Resident& resident, std::size_t inChannel, const std::string& why) const;

  NocContext& context_;
  int id_;
  NodePlace place_;  // column and row
  int channels_;
  LinkSender sender_;
  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
  std::vector<InChannel> inChannels_;    // at(port, channel)
  std::vector<OutChannel> outChannels_;  // at(port, channel)
  std::vector<std::size_t> active_;      // input channels with packets, in no order
  std::vector<std::size_t> touched_;     // scratch of a decision
  std::uint64_t wakeCycle_ = kNever;
  std::uint64_t undecided_ = 0;  // first cycle that isn't decided
};

}  // namespace crosstile
