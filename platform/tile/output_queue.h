// SPDX-License-Identifier: Apache-2.0
// A sender's side of the agreement on buffer room: outputs wait for the consumer's credit.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "platform/noc/network_port.h"
#include "platform/tile/clockwork.h"

namespace crosstile {

/// A consumer has room for the inputs of `slots` images. Image n may go to it when it has given back the room
/// of image n - slots, which it says with a credit packet.
class OutputQueue {
 public:
  OutputQueue(NetworkPort& port, Clockwork& clockwork) : port_(port), clockwork_(clockwork) {}

  void configure(const std::vector<int>& consumers, int slots, bool unlimited);
  /// Queues a packet of `image`; it leaves at `cycle` or when there is credit. Packets leave in order.
  void push(PacketRef packet, std::uint64_t image, std::uint64_t cycle);
  /// Loose timing: sends all of an image in one packet, whose partCycles say when each part could leave; they
  /// become the cycles of arrival in an otherwise idle network.
  void sendImage(PacketRef packet, std::uint64_t image, const std::vector<std::size_t>& partBytes);
  /// A consumer gave room back.
  void credit(int consumer, std::uint64_t cycle);
  std::size_t waiting() const { return queue_.size(); }
  std::uint64_t creditStallCycles() const { return stallCycles_; }
  void clearStatistics() { stallCycles_ = 0; }
  void reset();
  /// Called in cycle mode after packets have left, when room may have come.
  void onDrained(std::function<void(std::uint64_t)> handler) { drained_ = std::move(handler); }
  /// Node and image that the first packet waits for.
  int blockedBy() const { return queue_.empty() ? -1 : queue_.front().packet->destination; }

 private:
  struct Entry {
    PacketRef packet;
    std::uint64_t image;
    std::uint64_t cycle;
  };
  /// The cycle from which image may be sent; false when there is no credit yet.
  bool creditFor(int consumer, std::uint64_t image, std::uint64_t& from) const;
  void pump(std::uint64_t cycle);

  NetworkPort& port_;
  Clockwork& clockwork_;
  std::map<int, std::vector<std::uint64_t>>
      credits_;  // by consumer: cycle at which each image's room came back
  int slots_ = 2;
  bool unlimited_ = false;
  std::deque<Entry> queue_;
  std::uint64_t stallCycles_ = 0;  // of the packet at the head, for want of credit
  std::uint64_t headSince_ = 0;    // the cycle in which the packet before it left
  std::uint64_t portFree_ = 0;     // loose timing
  std::function<void(std::uint64_t)> drained_;
};

}  // namespace crosstile
