// SPDX-License-Identifier: Apache-2.0
// A router in RTL (router.sv) in the place of the model's: the same sockets, transactions and statistics, but what is
// decided when, and the bytes that travel on, are the RTL's.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "platform/cosim/rtl/flits.h"
#include "platform/cosim/rtl/rtl_clock.h"
#include "platform/noc/link_sender.h"
#include "platform/noc/router_module.h"

namespace crosstile {

/// Packets become flits on the RTL's input wires in the cycles in which they arrive, and flits of its outputs become
/// packets: a head begins the transaction of the next hop, and every flit writes its bytes into the packet. So a packet's
/// bytes are final only when its tail has left, which is before anybody uses them (cut-through announces a packet before
/// its tail exists). In the middle of a cycle the RTL's outputs are looked at, then its clock ticks.
///
/// The clock stands still while the router is empty, and when for longer than the routing delay nothing has come in or
/// gone out: the state is a fixed point then.
/// @tparam Verilated  the verilated router
template <typename Verilated>
class RtlRouter final : public RouterModule, private CycleWheel::Sleeper {
  static constexpr int kPorts = sizeof(Verilated::out_valid) / sizeof(Verilated::out_valid[0]);
  static constexpr int kChannels = sizeof(Verilated::credit_in[0]) / sizeof(Verilated::credit_in[0][0]);

 public:
  /// @param waves  where its waveform goes; empty: none   @throws BadInput for a mesh that the RTL isn't made for
  RtlRouter(const char* moduleName, NocContext& context, int id, const std::vector<int>& links,
            const std::string& waves)
      : RouterModule(moduleName, links.size()), context_(context), id_(id), sender_(context), rtl_(name(), waves, context.clock.edge(1).value()) {
    check(static_cast<int>(links.size()));
    for (std::size_t port = 0; port < links.size(); ++port) outputs_[port].link = links[port];
    const int tile = context.config.concentration * id;
    Verilated& rtl = rtl_.model();
    rtl.column = static_cast<std::uint8_t>(context.places[static_cast<std::size_t>(tile)].column);
    rtl.row = static_cast<std::uint8_t>(context.places[static_cast<std::size_t>(tile)].row);
    rtl.router_cycles = static_cast<std::uint8_t>(context.config.routerCycles);
    rtl.buffer_flits = static_cast<std::uint16_t>(context.config.bufferFlits);
  }

  void setFeeder(int port, int link) override { inputs_[port].feeder = link; }
  void setRoomBeyond(int port, int flits) override {
    outputs_[port].bound = true;
    outputs_[port].beyond = flits;
    rtl_.model().beyond_flits[port] = static_cast<std::uint16_t>(flits);
  }
  bool idle() const override { return here_ == 0; }
  void reset() override { rtl_.model().restart = 1; }

  std::vector<std::string> waiting() const override {
    std::vector<std::string> lines;
    for (int i = 0; i < kPorts; ++i)
      for (const auto& channel : inputs_[i].channels)
        for (const int tag : channel) lines.push_back(describe(residents_[static_cast<std::size_t>(tag)]));
    return lines;
  }

 private:
  struct Resident {
    tlm::tlm_generic_payload* payload = nullptr;  // the hop's transaction, open until the packet has left
    Packet* packet = nullptr;                     // held by the payload
    std::uint64_t head = 0;                       // arrives
    PortSet branches = 0;
  };
  struct Input {
    int feeder = -1;
    tlm::tlm_bw_transport_if<>* initiator = nullptr;
    std::deque<int> coming;                  // tags of packets whose flits aren't all in
    std::deque<int> channels[kChannels];     // tags of packets in the buffers
    std::uint64_t free[kChannels] = {};      // the tail of the packet before has left
  };
  struct Output {
    int link = -1, beyond = 0;
    bool bound = false;
    tlm::tlm_fw_transport_if<>* target = nullptr;
    int tag = -1, flit = 0;                  // that is on its way out
    std::array<std::uint64_t, kChannels> held, roomy;  // by a packet, since; with room for it beyond, since
    std::array<int, kChannels> reserved{};             // flits of the buffer beyond
    Output() {
      held.fill(kNever);
      roomy.fill(kNever);
    }
  };
  struct Credit {
    std::uint64_t cycle;
    int port, channel, flits;
  };

  void check(int ports) const {
    const NocConfig& c = context_.config;
    const auto most = [](const char* key, int value, int least, int limit) {
      if (value < least || value > limit)
        throw BadInput("{} = {}: the RTL of the router is made for {} to {}", key, value, least, limit);
    };
    most("chip.concentration (ports of a router)", ports, 1, kPorts);
    most("router.virtual_channels", c.virtualChannels, 1, kChannels);
    most("router.cycles", c.routerCycles, 1, 8);
    most("router.buffer_flits", c.bufferFlits, 1, flits::kDepth);
    most("router.flit_bits", c.flitBits, 8, flits::kBits);
    if (c.flitBits % 8 != 0) throw BadInput("router.flit_bits = {}: the RTL of the router carries whole bytes", c.flitBits);
  }

  void end_of_elaboration() override {
    for (std::size_t port = 0; port < out.size(); ++port) {
      if (!outputs_[port].bound) continue;
      outputs_[port].target = out[port].operator->();
      inputs_[port].initiator = in[port].operator->();
    }
  }

  /// Whether the packet's ways exist; which of them it takes is the RTL's business, but for a multicast: the group's table.
  PortSet branchesOf(const Packet& packet) const {
    if (packet.channel < 0 || packet.channel >= context_.config.virtualChannels) return 0;
    if (!packet.multicast() && (packet.destination < 0 || packet.destination >= context_.shape.nodes())) return 0;
    const PortSet branches = context_.shape.branches(id_, packet);
    for (PortSet rest = branches; rest != 0; rest &= rest - 1) {
      const int port = lowestPort(rest);
      if (port >= kPorts || !outputs_[port].bound) return 0;
    }
    return branches;
  }

  tlm::tlm_sync_enum receive(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay) override {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
    Packet* packet = PacketPayloads::cargo(payload);
    const PortSet branches = packet == nullptr ? 0 : branchesOf(*packet);
    if (branches == 0) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return tlm::TLM_COMPLETED;
    }
    if (packet->flits > flits::kDepth)
      throw RunFailure("{}: a packet of {} flits: the RTL of the router holds {}", name(), packet->flits, flits::kDepth);
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    const std::uint64_t head = context_.clock.cycleFrom(now + delay);
    payload.acquire();
    const int tag = takeTag({&payload, packet, head, branches});
    inputs_[port].coming.push_back(tag);
    inputs_[port].channels[packet->channel].push_back(tag);
    schedule(head);
    phase = tlm::END_REQ;
    delay = context_.clock.edge(head + static_cast<std::uint64_t>(packet->flits - 1)) - now;
    return tlm::TLM_UPDATED;
  }

  tlm::tlm_sync_enum respond(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay) override {
    if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
    const LinkSender::Credit credit = sender_.credit(payload, delay);
    if (outputs_[port].beyond > 0) {
      credits_.push_back({credit.cycle, port, credit.channel, std::min(credit.packetFlits, outputs_[port].beyond)});
      if (here_ > 0) schedule(credit.cycle);
    }
    return tlm::TLM_COMPLETED;
  }

  void receiveLoose(int, tlm::tlm_generic_payload&, sc_core::sc_time&) override {
    throw RunFailure("{}: RTL has no loose timing", name());
  }

  int takeTag(const Resident& resident) {
    ++here_;
    if (idleTags_.empty()) {
      residents_.push_back(resident);
      return static_cast<int>(residents_.size()) - 1;
    }
    const int tag = idleTags_.back();
    idleTags_.pop_back();
    residents_[static_cast<std::size_t>(tag)] = resident;
    return tag;
  }

  // ---- a cycle ----

  void wake(std::uint64_t cycle) override {
    if (cycle != wakeCycle_) return;  // moved to an earlier cycle since
    ++context_.statistics.routerWakes;
    wakeCycle_ = kNever;
    undecided_ = cycle + 1;
    bool quiet = !driveFlits(cycle);
    quiet = !driveCredits(cycle) && quiet;
    rtl_.settle(cycle * context_.clock.edge(1).value());
    noteHolders(cycle);
    for (int o = 0; o < kPorts; ++o) {
      if (rtl_.model().out_valid[o] == 0) continue;
      quiet = false;
      leave(o, cycle);
    }
    for (int i = 0; i < kPorts; ++i) giveBack(i, cycle);
    rtl_.tick();
    rtl_.model().restart = 0;
    quietCycles_ = quiet ? quietCycles_ + 1 : 0;
    if (here_ > 0) schedule(quietCycles_ <= context_.config.routerCycles + 1 ? cycle + 1 : nextInput());
  }

  bool driveFlits(std::uint64_t cycle) {
    Verilated& rtl = rtl_.model();
    bool any = false;
    for (int i = 0; i < kPorts; ++i) {
      rtl.in_valid[i] = 0;
      std::deque<int>& coming = inputs_[i].coming;
      if (coming.empty()) continue;
      const int tag = coming.front();
      const Resident& r = residents_[static_cast<std::size_t>(tag)];
      if (r.head > cycle) continue;
      const auto flit = static_cast<int>(cycle - r.head);
      any = true;
      rtl.in_valid[i] = 1;
      rtl.in_channel[i] = static_cast<std::uint8_t>(r.packet->channel);
      rtl.in_flit[i] = flit == 0 ? header(r, tag) : flits::load(*r.packet, flit, context_.config.flitBits);
      if (flit + 1 == r.packet->flits) coming.pop_front();
    }
    return any;
  }

  std::uint64_t header(const Resident& r, int tag) const {
    const Packet& p = *r.packet;
    if (p.multicast()) return flits::multicastHeader(r.branches, p.flits, tag);
    const NodePlace& to = context_.places[static_cast<std::size_t>(p.destination)];
    return flits::header(to.column, to.row, to.localPort - kFirstLocal, p.flits, tag);
  }

  bool driveCredits(std::uint64_t cycle) {
    Verilated& rtl = rtl_.model();
    for (auto& port : rtl.credit_in) std::fill(std::begin(port), std::end(port), std::uint16_t{0});
    bool any = false;
    std::size_t kept = 0;
    for (const Credit& credit : credits_) {
      if (credit.cycle > cycle) {
        credits_[kept++] = credit;
        continue;
      }
      any = true;
      std::uint16_t& wires = rtl.credit_in[credit.port][credit.channel];
      wires = static_cast<std::uint16_t>(wires + credit.flits);
      outputs_[credit.port].reserved[credit.channel] -= credit.flits;
    }
    credits_.resize(kept);
    return any;
  }

  void noteHolders(std::uint64_t cycle) {
    for (int o = 0; o < kPorts; ++o) {
      const unsigned held = rtl_.model().held_channels[o], roomy = rtl_.model().roomy_channels[o];
      for (int v = 0; held >> v != 0; ++v) {
        if ((held >> v & 1U) == 0) continue;
        if (outputs_[o].held[v] == kNever) outputs_[o].held[v] = cycle;
        if ((roomy >> v & 1U) != 0 && outputs_[o].roomy[v] == kNever) outputs_[o].roomy[v] = cycle;
      }
    }
  }

  /// A flit is on the wires of output `o`.
  void leave(int o, std::uint64_t cycle) {
    const Verilated& rtl = rtl_.model();
    Output& output = outputs_[o];
    if (rtl.out_head[o] != 0) begin(o, cycle);
    if (output.tag < 0) broken("sends a flit without a head", o);
    Packet& packet = *residents_[static_cast<std::size_t>(output.tag)].packet;
    if (output.flit >= packet.flits) broken("sends more flits than the packet has", o);
    if (output.flit > 0) flits::store(packet, output.flit, context_.config.flitBits, rtl.out_flit[o]);
    ++output.flit;
    if (rtl.out_tail[o] == 0) return;
    output.held[rtl.out_channel[o]] = output.roomy[rtl.out_channel[o]] = kNever;
    output.tag = -1;
  }

  void begin(int o, std::uint64_t cycle) {
    const Verilated& rtl = rtl_.model();
    Output& output = outputs_[o];
    output.tag = flits::tagOf(rtl.out_flit[o]);
    output.flit = 0;
    if (output.tag >= static_cast<int>(residents_.size())) broken("sends the head of no packet", o);
    const Resident& r = residents_[static_cast<std::size_t>(output.tag)];
    const int v = rtl.out_channel[o];
    if (r.payload == nullptr || r.packet->channel != v) broken("sends the head of no packet of this channel", o);
    if (!output.bound) broken("sends a packet where no link is", o);
    const std::uint64_t ready = std::max(r.head + static_cast<std::uint64_t>(context_.config.routerCycles),
                                         inputs_[rtl.out_from[o]].free[v]);
    const Departure departure{ready, output.held[v], output.roomy[v], cycle};
    context_.recordTraversal(id_, *r.packet, departure);
    context_.recordTransfer(output.link, *r.packet, departure);
    if (output.beyond > 0) output.reserved[v] += std::min(r.packet->flits, output.beyond);
    context_.recordReserved(output.link, v, output.reserved[v]);
    sender_.send(*output.target, PacketPayloads::cargoOf(*r.payload), cycle);
  }

  /// The tail of the first packet of a channel has left for good: its transaction ends with the credit.
  void giveBack(int i, std::uint64_t cycle) {
    for (int v = 0; v < kChannels; ++v) {
      if (rtl_.model().credit_out[i][v] == 0) continue;
      std::deque<int>& channel = inputs_[i].channels[v];
      if (channel.empty()) broken("gives back room that nobody took", i);
      const int tag = channel.front();
      channel.pop_front();
      Resident& r = residents_[static_cast<std::size_t>(tag)];
      const auto flits = static_cast<std::uint64_t>(r.packet->flits);
      context_.recordOccupancy(inputs_[i].feeder, v, flits * (cycle + 1 - flits - r.head));
      inputs_[i].free[v] = cycle + 1;
      const std::uint64_t back = cycle + static_cast<std::uint64_t>(context_.config.linkCycles);
      tlm::tlm_phase phase = tlm::BEGIN_RESP;
      sc_core::sc_time delay = context_.clock.edge(back) - sc_core::sc_time_stamp();
      r.payload->set_response_status(tlm::TLM_OK_RESPONSE);
      inputs_[i].initiator->nb_transport_bw(*r.payload, phase, delay);
      r.payload->release();
      r = {};
      idleTags_.push_back(tag);
      --here_;
    }
  }

  std::uint64_t nextInput() const {
    std::uint64_t next = kNever;
    for (const Input& input : inputs_)
      if (!input.coming.empty()) next = std::min(next, residents_[static_cast<std::size_t>(input.coming.front())].head);
    for (const Credit& credit : credits_) next = std::min(next, credit.cycle);
    return next;
  }

  void schedule(std::uint64_t cycle) {
    if (cycle == kNever) return;
    const std::uint64_t next = std::max(cycle, undecided_);
    if (next >= wakeCycle_) return;
    wakeCycle_ = next;
    context_.wheel.inMiddle(next, *this);
  }

  std::string describe(const Resident& r) const {
    const Packet& p = *r.packet;
    return fmt::format("{}: {} packet {} -> {} (layer {}, {} flits) waits in the RTL", context_.shape.routerName(id_),
                       crosstile::name(p.kind), context_.shape.nodeName(p.source), context_.shape.nodeName(p.destination),
                       p.layer, p.flits);
  }
  [[noreturn]] void broken(const char* what, int port) const {
    throw RunFailure("{}: the RTL {} (port {})", context_.shape.routerName(id_), what, port);
  }

  NocContext& context_;
  int id_;
  LinkSender sender_;
  RtlClock<Verilated> rtl_;
  Input inputs_[kPorts];
  Output outputs_[kPorts];
  std::vector<Resident> residents_;  // by tag
  std::vector<int> idleTags_;
  std::vector<Credit> credits_;      // on their way
  int here_ = 0;                     // packets
  int quietCycles_ = 0;
  std::uint64_t wakeCycle_ = kNever;
  std::uint64_t undecided_ = 0;      // first cycle that isn't decided
};

}  // namespace crosstile
