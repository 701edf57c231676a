// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/output_queue.h"

#include <algorithm>

#include "models/base/error.h"

namespace crosstile {

void OutputQueue::configure(const std::vector<int>& consumers, int slots, bool unlimited) {
  credits_.clear();
  for (const int consumer : consumers) credits_[consumer];
  slots_ = slots;
  unlimited_ = unlimited;
  queue_.clear();
}

void OutputQueue::reset() {
  queue_.clear();
  for (auto& [consumer, cycles] : credits_) cycles.clear();
  portFree_ = headSince_ = 0;
}

bool OutputQueue::creditFor(int consumer, std::uint64_t image, std::uint64_t& from) const {
  from = 0;
  const auto slots = static_cast<std::uint64_t>(slots_);
  if (unlimited_ || image < slots) return true;
  const auto& cycles = credits_.at(consumer);
  if (cycles.size() <= image - slots) return false;
  from = cycles[image - slots];
  return true;
}

void OutputQueue::push(PacketRef packet, std::uint64_t image, std::uint64_t cycle) {
  queue_.push_back({std::move(packet), image, cycle});
  pump(cycle);
}

void OutputQueue::sendImage(PacketRef packet, std::uint64_t image,
                            const std::vector<std::size_t>& partBytes) {
  std::uint64_t from = 0;
  if (!creditFor(packet->destination, image, from)) {
    throw RunFailure("loose timing: no room at node {} for image {}", packet->destination, image);
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

void OutputQueue::credit(int consumer, std::uint64_t cycle) {
  const auto found = credits_.find(consumer);
  if (found == credits_.end())
    throw RunFailure("credit from node {}, which gets nothing from here", consumer);
  found->second.push_back(cycle);
  if (!clockwork_.loose()) pump(cycle);
}

void OutputQueue::pump(std::uint64_t cycle) {
  bool sent = false;
  std::uint64_t from = 0;
  while (!queue_.empty() && creditFor(queue_.front().packet->destination, queue_.front().image, from)) {
    stallCycles_ += cycle - std::max(queue_.front().cycle, headSince_);
    headSince_ = cycle;
    port_.send(std::move(queue_.front().packet));
    queue_.pop_front();
    sent = true;
  }
  if (sent && drained_) drained_(cycle);
}

}  // namespace crosstile
