// SPDX-License-Identifier: Apache-2.0
// A router of the mesh: input buffers, XY routing, round-robin arbitration, virtual cut-through.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/noc/buffer_space.h"
#include "platform/noc/link_calendar.h"
#include "platform/noc/link_sender.h"
#include "platform/noc/noc_context.h"
#include "tlm_utils/simple_initiator_socket.h"
#include "tlm_utils/simple_target_socket.h"

namespace crosstile {

/// Each input is a first-in first-out buffer with one read port, each output a link that carries a flit a
/// cycle. A packet whose head arrived in cycle a asks for its output from cycle max(a + routerCycles, the
/// cycle after the tail of the packet before it has left the buffer). In the middle of each cycle, every
/// output that is free picks one of the inputs that ask for it: the first after the one it picked last
/// (round-robin). The output stays with that packet until its tail has left, also while the packet waits for
/// room in the buffer behind the link.
///
/// Nothing toggles: the router wakes only in cycles in which an output has something to decide, and since a
/// decision fixes when the packet's tail leaves, buffer and link are free again without further events.
class Router : public sc_core::sc_module {
 public:
  using In = tlm_utils::simple_target_socket_tagged_optional<Router>;
  using Out = tlm_utils::simple_initiator_socket_tagged_optional<Router>;

  sc_core::sc_vector<In> in{"in"};  ///< by RouterSide: neighbours, then local ports
  sc_core::sc_vector<Out> out{"out"};

  /// @param links  index in the statistics of every output's link
  Router(const sc_core::sc_module_name& moduleName, NocContext& context, int id, std::vector<int> links);

  bool idle() const;
  /// Hardware reset: arbitration begins anew.
  void reset();
  /// One line a packet in an input buffer, or at the door of one: what it waits for.
  std::vector<std::string> waiting() const;

 private:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  struct Resident {
    PacketRef packet;
    int output;
    std::uint64_t ready;  // head routed
  };
  struct Request {  // a packet whose head may not leave its sender yet
    tlm::tlm_generic_payload* payload = nullptr;
    PacketRef packet;
    std::uint64_t cycle = 0;  // in which the head wanted to leave
  };
  struct Input {
    explicit Input(int flits) : space(flits) {}
    BufferSpace space;
    std::deque<Resident> fifo;
    std::uint64_t readFree = 0;  // the buffer's read port
    bool granted = false;        // the first packet has its output, but no room beyond it yet
    Request request;
  };
  struct Output {
    explicit Output(NocContext& context, int statisticsLink) : sender(context), link(statisticsLink) {}
    LinkSender sender;
    LinkCalendar calendar;  // loose mode
    int link;
    std::uint64_t free = 0;  // the link
    int holder = -1;         // input whose packet waits for room beyond this output
    int last = -1;           // input picked last
  };

  tlm::tlm_sync_enum receive(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  tlm::tlm_sync_enum respond(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void receiveLoose(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  bool routable(const PacketRef& packet) const;
  std::optional<std::uint64_t> admit(Input& input, const PacketRef& packet, std::uint64_t cycle);
  sc_core::sc_time tailArrival(const Packet& packet, std::uint64_t start) const;
  void decide();
  void pick(std::uint64_t cycle);
  void leave(int output, int input, std::uint64_t start);
  void answerRequest(int input);
  std::uint64_t asksFrom(const Input& input) const;
  void schedule();

  NocContext& context_;
  int id_;
  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
  std::vector<int> picked_;  // input picked by each output in this cycle, -1: none
  std::uint64_t wakeCycle_ = kNever;
  sc_core::sc_event wake_{"wake"};
};

}  // namespace crosstile
