// SPDX-License-Identifier: Apache-2.0
// A node's end of the network: every tile and the host has one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/noc/link_calendar.h"
#include "platform/noc/link_sender.h"
#include "platform/noc/noc_context.h"
#include "tlm_utils/simple_initiator_socket.h"
#include "tlm_utils/simple_target_socket.h"

namespace crosstile {

/// Sends packets in the order of its calls, one flit a cycle, and hands over those that arrive. It always
/// takes what arrives (tiles agree on room among themselves, with credit packets), so the network cannot
/// deadlock on it.
class NetworkPort : public sc_core::sc_module {
 public:
  using PacketHandler = std::function<void(PacketRef)>;
  using LoosePacketHandler = std::function<void(PacketRef, sc_core::sc_time&)>;

  tlm_utils::simple_initiator_socket_optional<NetworkPort> toRouter{"toRouter"};   ///< packets sent
  tlm_utils::simple_target_socket_optional<NetworkPort> fromRouter{"fromRouter"};  ///< packets that arrive

  explicit NetworkPort(const sc_core::sc_module_name& moduleName);

  /// A fresh packet; fill its data and send it. The port must be connected (Mesh::connect).
  PacketRef makePacket(int destination, PacketKind kind, int layer);

  /// Cycle mode: queues the packet; its head leaves at this edge (or the next one, between edges) if the link
  /// is idle.
  /// @throws RunFailure when the destination is no node
  void send(PacketRef packet);
  /// Cycle mode: called at the edge at which the tail flit has arrived; may call send().
  void onPacket(PacketHandler handler) { onPacket_ = std::move(handler); }

  /// Loose mode: carries the packet to its destination in this call, starting `delay` from now.
  /// @return the delay after which the receiver is done with it
  sc_core::sc_time sendLoose(PacketRef packet, const sc_core::sc_time& delay);
  /// Loose mode: called with the delay of the tail's arrival, to which the receiver may add its own. The
  /// transactions of all hops are still open: the handler reads the data and leaves them as they are.
  void onPacketLoose(LoosePacketHandler handler) { onPacketLoose_ = std::move(handler); }

  int node() const { return node_; }
  const NocConfig& config() const { return context_->config; }
  const CycleClock& clock() const { return context_->clock; }
  bool idle() const { return queue_.empty() && !sender_->waiting() && arrivals_.empty(); }
  /// One line a packet that is queued, waits for room, or is on its way in.
  std::vector<std::string> waiting() const;

 private:
  friend class Mesh;
  struct Queued {
    PacketRef packet;
    std::uint64_t ready;  // first cycle in which it could leave
  };
  struct Arrival {
    std::uint64_t cycle;
    PacketRef packet;
  };

  void attach(NocContext& context, int node, int link);
  void checkConnected() const;
  void reset();
  void inject(Packet& packet);
  void linkIsFree();
  void pump();
  void leave(std::uint64_t start);
  void deliver();
  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  tlm::tlm_sync_enum respond(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void receiveLoose(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  NocContext* context_ = nullptr;
  std::unique_ptr<LinkSender> sender_;
  LinkCalendar calendar_;
  int node_ = -1;
  int link_ = -1;  // to the router, in the statistics
  std::deque<Queued> queue_;
  std::uint64_t linkFree_ = 0;
  std::deque<Arrival> arrivals_;
  sc_core::sc_event linkFreeEvent_{"linkFree"};
  sc_core::sc_event arrivalEvent_{"arrival"};
  PacketHandler onPacket_;
  LoosePacketHandler onPacketLoose_;
};

}  // namespace crosstile
