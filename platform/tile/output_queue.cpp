// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/output_queue.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/error.h"

namespace crosstile {

void OutputQueue::configure(const std::vector<Target>& targets) {
  lines_.clear();
  for (const Target& target : targets) {
    lines_.emplace_back();
    lines_.back().target = target;
  }
}

void OutputQueue::reset() {
  for (Line& line : lines_) {
    const Target target = line.target;
    line = Line{};
    line.target = target;
  }
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
      lines.push_back(fmt::format("{} packets wait for room at node {}", line.queue.size(), line.target.node));
  }
  return lines;
}

void OutputQueue::push(std::size_t target, PacketRef packet, std::uint64_t end, std::uint64_t cycle) {
  Line& line = lines_.at(target);
  line.queue.push_back({std::move(packet), end, cycle});
  pump(line, cycle);
}

void OutputQueue::sendImage(std::size_t target, PacketRef packet, std::uint64_t image,
                            const std::vector<std::size_t>& partBytes) {
  const Line& line = lines_.at(target);
  std::uint64_t from = 0;
  if (line.target.ringBytes > 0) {
    const std::uint64_t slots = std::max<std::uint64_t>(line.target.ringBytes / line.target.imageBytes, 1);
    if (image >= slots) {
      if (line.imageFreed.size() <= image - slots)
        throw RunFailure("loose timing: no room at node {} for image {}", packet->destination, image);
      from = line.imageFreed[image - slots];
    }
  }
  const NocConfig& noc = port_.config();
  const int routers = MeshShape(noc).routersBetween(port_.node(), packet->destination);
  for (std::size_t i = 0; i < partBytes.size(); ++i) {
    const int flits = flitsOf(partBytes[i], noc.flitBits);
    const std::uint64_t ready = packet->partCycles[i];
    if (from > std::max(ready, portFree_)) stallCycles_ += from - std::max(ready, portFree_);
    const std::uint64_t leave = std::max({ready, from, portFree_});
    portFree_ = leave + static_cast<std::uint64_t>(flits);
    packet->partCycles[i] = leave + zeroLoadCycles(noc, routers, flits);
  }
  const std::uint64_t first = packet->partCycles.front();
  port_.sendLoose(std::move(packet), clockwork_.delayTo(first));
}

void OutputQueue::credit(int node, int stream, std::uint64_t freed, std::uint64_t cycle) {
  const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const Line& l) {
    return l.target.node == node && l.target.stream == stream;
  });
  if (line == lines_.end()) throw RunFailure("credit from node {}, which gets nothing from here", node);
  line->freed = std::max(line->freed, freed);
  if (clockwork_.loose())
    line->imageFreed.push_back(cycle);
  else
    pump(*line, cycle);
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
