// SPDX-License-Identifier: Apache-2.0
// A node's end of the network: every tile and the host has one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/memory/ring_queue.h"
#include "platform/noc/buffer_space.h"
#include "platform/noc/link_calendar.h"
#include "platform/noc/link_sender.h"
#include "platform/noc/noc_context.h"
#include "tlm_utils/simple_initiator_socket.h"
#include "tlm_utils/simple_target_socket.h"

namespace crosstile {

/// Sends packets, one flit a cycle, and hands over those that arrive. It has a queue for each virtual
/// channel, and sends the packet that was given to send() first among those that are first in their queue and
/// have room. Without an input buffer of its own it takes whatever arrives (tiles agree on room among
/// themselves, with credit packets), so the network cannot deadlock on it.
class NetworkPort : public sc_core::sc_module, private CycleWheel::Sleeper {
 public:
  using PacketHandler = std::function<void(PacketRef)>;
  using LoosePacketHandler = std::function<void(PacketRef, sc_core::sc_time&)>;

  tlm_utils::simple_initiator_socket_optional<NetworkPort> toRouter{"toRouter"};   ///< packets sent
  tlm_utils::simple_target_socket_optional<NetworkPort> fromRouter{"fromRouter"};  ///< packets that arrive

  /// @param receiveFlits  input buffer for each virtual channel; 0: takes all that comes. In cycle mode a
  ///                      packet stays in the buffer until it is handed over.
  explicit NetworkPort(const sc_core::sc_module_name& moduleName, int receiveFlits = 0);

  /// A fresh packet; fill its data and send it. The port must be connected (Mesh::connect).
  PacketRef makePacket(int destination, PacketKind kind, int layer);

  /// Cycle mode: queues the packet; its head leaves at this edge (or the next one, between edges) if the link
  /// is idle.
  /// A packet with `destinations` goes to all of them (its `destination` is set to the lowest).
  /// @throws RunFailure when a destination is no node
  void send(PacketRef packet);
  /// Cycle mode: called at the edge at which the tail flit has arrived; may call send().
  void onPacket(PacketHandler handler) { onPacket_ = std::move(handler); }
  /// Cycle mode, from the handler: the next packet is handed over in `cycle` or later.
  void takeNothingBefore(std::uint64_t cycle) { takesFrom_ = cycle; }

  /// Loose mode: carries the packet to its destination in this call, starting `delay` from now.
  /// @return the delay after which the receiver is done with it
  sc_core::sc_time sendLoose(PacketRef packet, const sc_core::sc_time& delay);
  /// Loose mode: called with the delay of the tail's arrival, to which the receiver may add its own. The
  /// transactions of all hops are still open: the handler reads the data and leaves them as they are.
  void onPacketLoose(LoosePacketHandler handler) { onPacketLoose_ = std::move(handler); }

  int node() const { return node_; }
  const NocConfig& config() const { return context_->config; }
  const CycleClock& clock() const { return context_->clock; }
  int receiveFlits() const { return receiveFlits_; }
  bool idle() const { return queued_ == 0 && arrivals_.empty(); }
  /// One line a packet that is queued, waits for room, or is on its way in.
  std::vector<std::string> waiting() const;

 private:
  friend class Mesh;
  struct Queued {
    PacketRef packet;
    std::uint64_t ready = 0;  // first cycle in which it could leave
    std::uint64_t order = 0;  // of send()
  };
  /// Packets that want one virtual channel of the link, and the room beyond.
  struct Queue {
    explicit Queue(int flits) : space(flits) {}
    RingQueue<Queued> packets;
    BufferSpace space;
    std::uint64_t free = 0;           // the tail of the one before has left
    std::uint64_t roomFrom = kNever;  // for the first
    std::uint64_t firstSince() const { return std::max(packets.front().ready, free); }
    void findRoom() {
      roomFrom = packets.empty() ? kNever : space.roomFrom(firstSince(), packets.front().packet->flits);
    }
  };
  struct Arrival {
    std::uint64_t cycle = 0;  // of the tail
    PacketRef packet;
    tlm::tlm_generic_payload* payload = nullptr;  // with an input buffer: open until handed over
  };

  void attach(NocContext& context, int node, int link);
  void checkConnected() const;
  void reset();
  void inject(Packet& packet);
  void setDestinations(Packet& packet) const;
  void wake(std::uint64_t cycle) override;
  void pump(std::uint64_t cycle);
  void leave(Queue& queue, std::uint64_t cycle);
  void deliver(std::uint64_t cycle);
  void handOver(const Arrival& arrival, std::uint64_t cycle);
  void scheduleSending(std::uint64_t notBefore);
  void scheduleDelivery();
  bool isHere(const Packet* packet) const;
  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  tlm::tlm_sync_enum respond(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void receiveLoose(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  NocContext* context_ = nullptr;
  std::unique_ptr<LinkSender> sender_;
  LinkCalendar calendar_;
  int receiveFlits_;
  int node_ = -1;
  int link_ = -1;              // to the router, in the statistics
  std::vector<Queue> queues_;  // by virtual channel
  std::size_t queued_ = 0;     // in all of them
  std::uint64_t sent_ = 0;
  std::uint64_t linkFree_ = 0;
  std::uint64_t takesFrom_ = 0;
  RingQueue<Arrival> arrivals_;
  std::uint64_t sendWake_ = kNever, deliverWake_ = kNever;  // pending in the wheel
  PacketHandler onPacket_;
  LoosePacketHandler onPacketLoose_;
};

}  // namespace crosstile
