// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/output_queue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/base/error.h"

namespace crosstile {

OutputQueue::Line OutputQueue::lineOf(const Target& target) {
  Line line;
  line.target = target;
  line.freed.assign(target.nodes.size(), 0);
  line.imageFreed.resize(target.nodes.size());
  return line;
}

void OutputQueue::configure(const std::vector<Target>& targets) {
  lines_.clear();
  for (const Target& target : targets) lines_.push_back(lineOf(target));
}

void OutputQueue::reset() {
  for (Line& line : lines_) line = lineOf(Target(line.target));
  portFree_ = 0;
}

std::size_t OutputQueue::waiting() const {
  std::size_t most = 0;
  for (const Line& line : lines_) most = std::max(most, line.queue.size());
  return most;
}

std::vector<std::string> OutputQueue::blocked() const {
  std::vector<std::string> lines;
  for (const Line& line : lines_) {
    if (!line.queue.empty())
      lines.push_back(fmt::format("{} packets wait for room at node {}", line.queue.size(), fmt::join(line.target.nodes, ", ")));
  }
  return lines;
}

void OutputQueue::push(std::size_t target, PacketRef packet, std::uint64_t end, std::uint64_t cycle) {
  Line& line = lines_.at(target);
  packet->destination = line.target.nodes.front();
  if (line.target.nodes.size() > 1) packet->destinations = line.target.nodes;
  line.queue.push_back({std::move(packet), end, cycle});
  pump(line, cycle);
}

std::uint64_t OutputQueue::roomFrom(const Line& line, std::size_t node, std::uint64_t image) {
  if (line.target.ringBytes == 0) return 0;
  const std::uint64_t slots = std::max<std::uint64_t>(line.target.ringBytes / line.target.imageBytes, 1);
  if (image < slots) return 0;
  if (line.imageFreed[node].size() <= image - slots)
    throw RunFailure("loose timing: no room at node {} for image {}", line.target.nodes[node], image);
  return line.imageFreed[node][image - slots];
}

void OutputQueue::sendImage(const std::function<PacketRef(std::size_t)>& make, std::uint64_t image,
                            const std::vector<std::vector<std::size_t>>& partBytes) {
  const NocConfig& noc = port_.config();
  std::vector<PacketRef> packets;  // to the first node of each target
  std::vector<std::vector<std::uint64_t>> leave(lines_.size());
  for (std::size_t k = 0; k < lines_.size(); ++k) packets.push_back(make(k));
  for (std::size_t i = 0; i < partBytes.front().size(); ++i) {
    for (std::size_t k = 0; k < lines_.size(); ++k) {
      std::uint64_t from = 0;  // a multicast waits for the room of all
      for (std::size_t n = 0; n < lines_[k].target.nodes.size(); ++n) from = std::max(from, roomFrom(lines_[k], n, image));
      const std::uint64_t ready = packets[k]->partCycles[i];
      if (from > std::max(ready, portFree_)) stallCycles_ += from - std::max(ready, portFree_);
      leave[k].push_back(std::max({ready, from, portFree_}));
      portFree_ = leave[k].back() + static_cast<std::uint64_t>(flitsOf(partBytes[k][i], noc.flitBits));
    }
  }
  for (std::size_t k = 0; k < packets.size(); ++k) {
    const std::vector<int> nodes = lines_[k].target.nodes;
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      PacketRef packet = n == 0 ? packets[k] : make(k);
      packet->destination = nodes[n];
      const int routers = MeshShape(noc).routersBetween(port_.node(), nodes[n]);
      for (std::size_t i = 0; i < leave[k].size(); ++i)
        packet->partCycles[i] = leave[k][i] + zeroLoadCycles(noc, routers, flitsOf(partBytes[k][i], noc.flitBits));
      const std::uint64_t first = packet->partCycles.front();
      port_.sendLoose(std::move(packet), clockwork_.delayTo(first));
    }
  }
}

void OutputQueue::credit(int node, int stream, std::uint64_t freed, std::uint64_t cycle) {
  for (Line& line : lines_) {
    if (line.target.stream != stream) continue;
    const auto found = std::find(line.target.nodes.begin(), line.target.nodes.end(), node);
    if (found == line.target.nodes.end()) continue;
    const auto n = static_cast<std::size_t>(found - line.target.nodes.begin());
    line.freed[n] = std::max(line.freed[n], freed);
    if (clockwork_.loose())
      line.imageFreed[n].push_back(cycle);
    else
      pump(line, cycle);
    return;
  }
  throw RunFailure("credit from node {}, which gets nothing from here", node);
}

void OutputQueue::pump(Line& line, std::uint64_t cycle) {
  bool sent = false;
  while (!line.queue.empty() && hasRoom(line)) {
    stallCycles_ += cycle - std::max(line.queue.front().cycle, line.headSince);
    line.headSince = cycle;
    port_.send(std::move(line.queue.front().packet));
    line.queue.pop_front();
    sent = true;
  }
  if (sent && drained_) drained_(cycle);
}

}  // namespace crosstile
