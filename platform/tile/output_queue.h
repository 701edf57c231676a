// SPDX-License-Identifier: Apache-2.0
// A sender's side of the agreement on buffer room: outputs wait for their consumer's credit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "platform/noc/network_port.h"
#include "platform/tile/clockwork.h"

namespace crosstile {

/// Each target has a queue of its own and holds a stream in a ring of its buffer. Addresses in the stream are
/// counted on from image to image: what ends at address e may be sent when the target has given back all before
/// e - ring, which it says with credit packets.
class OutputQueue {
 public:
  struct Target {
    std::vector<int> nodes;       ///< several: one multicast packet, when all of them have room
    int stream = 0;               ///< which of the target's
    std::uint64_t ringBytes = 0;  ///< 0: always has room
    std::uint64_t imageBytes = 0;
  };

  OutputQueue(NetworkPort& port, Clockwork& clockwork) : port_(port), clockwork_(clockwork) {}

  void configure(const std::vector<Target>& targets);
  /// Queues a packet whose bytes in the stream end at `end`; it leaves at `cycle` or when there is room. Packets
  /// to one target leave in order.
  void push(std::size_t target, PacketRef packet, std::uint64_t end, std::uint64_t cycle);
  /// Loose timing: sends all of an image in one packet a node, whose partCycles say when each part could leave; they
  /// become the cycles of arrival in an otherwise idle network. Part by part, targets take turns at the port. Room is
  /// that of whole images, at least one.
  /// @param make  a packet for a target   @param partBytes  by target
  void sendImage(const std::function<PacketRef(std::size_t)>& make, std::uint64_t image,
                 const std::vector<std::vector<std::size_t>>& partBytes);
  /// A target gave back all of a stream before `freed`.
  void credit(int node, int stream, std::uint64_t freed, std::uint64_t cycle);
  /// Packets that wait, of the target that holds back most.
  std::size_t waiting() const;
  /// Cycles that the first packet of a target waited for room.
  std::uint64_t creditStallCycles() const { return stallCycles_; }
  void clearStatistics() { stallCycles_ = 0; }
  void reset();
  /// Called in cycle mode after packets have left, when room may have come.
  void onDrained(std::function<void(std::uint64_t)> handler) { drained_ = std::move(handler); }
  /// A line for each target that packets wait for.
  std::vector<std::string> blocked() const;

 private:
  struct Entry {
    PacketRef packet;
    std::uint64_t end;
    std::uint64_t cycle;
  };
  struct Line {
    Target target;
    std::deque<Entry> queue;
    std::uint64_t headSince = 0;       // the cycle in which the packet before the first left
    std::vector<std::uint64_t> freed;  // by node
    std::vector<std::vector<std::uint64_t>> imageFreed;  // loose timing, by node: cycle in which each image's room came back
  };
  static Line lineOf(const Target& target);
  static bool hasRoom(const Line& line) {
    return line.target.ringBytes == 0 ||
           line.queue.front().end <= *std::min_element(line.freed.begin(), line.freed.end()) + line.target.ringBytes;
  }
  /// Loose timing: the cycle from which an image may go to a node.
  static std::uint64_t roomFrom(const Line& line, std::size_t node, std::uint64_t image);
  void pump(Line& line, std::uint64_t cycle);

  NetworkPort& port_;
  Clockwork& clockwork_;
  std::vector<Line> lines_;
  std::uint64_t stallCycles_ = 0;
  std::uint64_t portFree_ = 0;  // loose timing
  std::function<void(std::uint64_t)> drained_;
};

}  // namespace crosstile
