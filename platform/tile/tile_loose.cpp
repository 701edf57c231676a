// SPDX-License-Identifier: Apache-2.0
// A tile in loose timing: an image comes in one packet and leaves in one; the times of its positions follow
// from recurrences over the same durations that cycle timing uses, with every shared resource in the order of
// positions.
#include <algorithm>

#include "models/base/error.h"
#include "platform/tile/address_map.h"
#include "platform/tile/tile.h"
#include "platform/tile/wire.h"

namespace crosstile {

void Tile::configureLoose() {
  const TileProgram& p = *program_;
  loose_ = {};
  for (const Stream& stream : p.stage.streams) {
    loose_.inflows.emplace_back();
    loose_.inflows.back().arrival.assign(static_cast<std::size_t>(stream.positions), {});
    loose_.inflows.back().codes.resize(static_cast<std::size_t>(stream.elements()));
  }
  loose_.input.resize(loose_.inflows.front().codes.size());
  loose_.sums.resize(static_cast<std::size_t>(p.outputCount));
  loose_.outputCycle.resize(static_cast<std::size_t>(p.stage.outPositions));
  loose_.outputCause.assign(static_cast<std::size_t>(p.stage.outPositions), -1);
  for (int q = 0; q < p.stage.input.positions(); ++q) {
    std::uint64_t lines = 0;
    for (const auto& [first, last] : runs_[static_cast<std::size_t>(q)])
      lines += linesOf(p.stage.streams.front(), first, last);
    loose_.windowLines.push_back(lines);
  }
  const auto bits = static_cast<std::uint64_t>(config_.busBits);
  const auto bytes = static_cast<std::uint64_t>(p.stage.inputBytes());
  const auto rows = static_cast<std::uint64_t>(p.stage.input.rows());
  if (p.stage.rowBlocks.empty()) loose_.loadCycles = (8 * (24 + 8 * rows) + bits - 1) / bits;
  for (std::size_t b = 0; b < p.stage.rowBlocks.size(); ++b) {
    if (replicas_.front().wanted[b] == 0) continue;
    loose_.loadCycles += (8 * bytes * static_cast<std::uint64_t>(p.stage.rowBlocks[b].count) + bits - 1) / bits;
  }
  for (const Replica& replica : replicas_) {
    loose_.moveCycles.emplace_back();
    for (const std::size_t c : replica.cores)
      loose_.moveCycles.back().push_back((64 * static_cast<std::uint64_t>(cores[c]->outputCount()) + bits - 1) / bits);
  }
}

/// All of an image that one source sends: a share of the channels of every position, or (from the host) everything.
void Tile::imageArrived(const Packet& packet) {
  const TileProgram& p = *program_;
  const auto k = static_cast<std::size_t>(address::streamOf(packet.address));
  if (k >= inflows_.size()) throw RunFailure("{}: nothing takes in stream {}", name(), k);
  const Stream& stream = p.stage.streams[k];
  Loose::Inflow& inflow = loose_.inflows[k];
  const bool fromHost = stream.fromHost();
  const auto code = static_cast<std::size_t>(stream.bytes);
  const std::size_t parts = packet.partCycles.size();
  const std::size_t begin = address::atOf(packet.address) % static_cast<std::uint64_t>(stream.imageBytes) / code;
  // A tile's parts are one position each, apart when neighbours send the other channels; the host's are pieces of it all.
  const std::size_t size = packet.partBytes / code;
  const std::size_t stride = fromHost ? size : static_cast<std::size_t>(stream.channels);
  for (std::size_t i = 0; i < parts; ++i) {
    const std::size_t first = begin + i * stride;
    const std::size_t count = std::min(size, packet.data.size() / code - i * size);
    for (std::size_t c = 0; c < count; ++c)
      inflow.codes.at(first + c) = wire::decode(packet.data.data() + (i * size + c) * code, stream.bytes, stream.format.isSigned);
  }
  for (std::size_t q = 0; q < inflow.arrival.size(); ++q) {
    const std::size_t part = fromHost ? std::min(q / size, parts - 1) : q;
    const std::uint64_t end = packet.partCycles[part] + 2;  // arbitration and one access
    StreamTracker::Arrival& arrival = inflow.arrival[q];
    if (end < arrival.cycle) continue;
    arrival.cycle = end;
    if (packet.partCauses.empty()) continue;
    const int came =
        path_.add(packet.partCauses[part], PathPart::network, packet.layer, packet.partCycles[part]);
    arrival.node = path_.add(came, PathPart::buffer, p.stage.ledgerLayer(), end);
  }
  ++inflow.arrivedFrom;
  for (std::size_t s = 0; s < inflows_.size(); ++s) {
    if (loose_.inflows[s].arrivedFrom < inflows_[s].sources.size()) return;
  }
  runImage();
}

void Tile::runImage() {
  const TileProgram& p = *program_;
  const std::uint64_t image = nextImage_++;
  std::copy(loose_.inflows.front().codes.begin(), loose_.inflows.front().codes.end(), loose_.input.begin());
  for (std::size_t k = 1; k < loose_.inflows.size(); ++k) {  // its own channels
    auto& operands = digital.operandsOf(image, static_cast<int>(k));
    const auto channels = static_cast<std::size_t>(p.outputCount);
    for (std::size_t i = 0; i < operands.size(); ++i)
      operands[i] = loose_.inflows[k].codes[i / channels * static_cast<std::size_t>(p.stage.outputs) +
                                            static_cast<std::size_t>(p.outputBegin) + i % channels];
  }
  const int positions = p.stage.input.positions();
  for (int q = 0; q < positions; ++q) {
    int node = -1;
    const std::uint64_t end = runPosition(q, node);
    for (const int ready : digital.ready()) {
      loose_.outputCycle[static_cast<std::size_t>(ready)] = end;
      loose_.outputCause[static_cast<std::size_t>(ready)] = node;
    }
    if (image == 0) firstImage_.second = std::max(firstImage_.second, end);
  }
  finished_ += static_cast<std::uint64_t>(positions);
  for (std::size_t k = 0; k < inflows_.size(); ++k) {
    Loose::Inflow& inflow = loose_.inflows[k];
    inflow.arrival.assign(inflow.arrival.size(), {});
    inflow.arrivedFrom = 0;
    giveBack(k, (image + 1) * static_cast<std::uint64_t>(p.stage.streams[k].imageBytes), lastFetch_);
  }
  sendOutputs(image);
}

/// One position: window, bus, cores, bus, digital unit. @return the cycle at which it is finished
std::uint64_t Tile::runPosition(int position, int& node) {
  const TileProgram& p = *program_;
  const std::uint64_t image = nextImage_ - 1;
  const int layer = p.stage.ledgerLayer();
  const auto add = [&](int cause, PathPart part, std::uint64_t cycle) {
    return image == 0 ? path_.add(cause, part, layer, cycle) : -1;
  };
  // What the window waits for: its inputs, the read before it, an input register.
  StreamTracker::Arrival from;
  std::uint64_t lines = loose_.windowLines[static_cast<std::size_t>(position)];
  std::uint64_t operandCycles = 0;
  const auto bits = static_cast<std::uint64_t>(config_.busBits);
  for (std::size_t k = 0; k < inflows_.size(); ++k) {
    const Stream& stream = p.stage.streams[k];
    const std::int64_t last = inflows_[k].use.last[static_cast<std::size_t>(position)];
    if (last >= 0) {
      const StreamTracker::Arrival& arrival = loose_.inflows[k].arrival[static_cast<std::size_t>(last / stream.channels)];
      if (arrival.cycle >= from.cycle) from = arrival;
    }
    if (k == 0) continue;
    for (const auto& [first, end] : streamRuns(p.stage, digital.order(), static_cast<int>(k), position)) {
      lines += linesOf(stream, first + p.outputBegin, first + p.outputBegin + p.outputCount - 1);
      const auto bytes = static_cast<std::uint64_t>(24 + p.outputCount * stream.bytes);
      operandCycles += (8 * bytes + bits - 1) / bits;
    }
  }
  Replica& replica = replicaOf(position);
  if (lastFetch_ >= from.cycle) from = {lastFetch_, lastFetchNode_};
  while (replica.registerFree.size() >= static_cast<std::size_t>(config_.inputRegisters)) {
    if (replica.registerFree.front().first >= from.cycle)
      from = {replica.registerFree.front().first, replica.registerFree.front().second};
    replica.registerFree.pop_front();
  }
  if (image == 0 && position == 0) firstImage_.first = from.cycle;
  const std::uint64_t window = std::max<std::uint64_t>(lines * static_cast<std::uint64_t>(config_.buffer.accessCycles), 1);
  bufferPort_.book(kWindow, from.cycle, from.cycle + 1, window);
  lastFetch_ = from.cycle + 1 + window;
  lastFetchNode_ = add(from.node, PathPart::buffer, lastFetch_);
  const std::uint64_t load = loose_.loadCycles + operandCycles;
  busArbiter_.book(0, lastFetch_, lastFetch_ + 1, load);
  const std::uint64_t loaded = lastFetch_ + 1 + load;
  const int loadedNode = add(lastFetchNode_, PathPart::bus, loaded);

  std::fill(loose_.sums.begin(), loose_.sums.end(), std::int64_t{0});
  std::uint64_t moved = loaded;
  int last = loadedNode;
  std::uint64_t registersFree = 0;
  const std::vector<std::uint64_t>& moveCycles = loose_.moveCycles[static_cast<std::size_t>(position % p.stage.replicas)];
  for (std::size_t i = 0; i < replica.cores.size(); ++i) {
    Core& core = *cores[replica.cores[i]];
    const Core::Schedule schedule = core.schedule(clockwork_.clock().edge(loaded).value());
    core.accumulate(loose_.input.data(), position, image,
                    loose_.sums.data() + (core.outputBegin() - p.outputBegin));
    const std::uint64_t ready =
        clockwork_.clock().cycleFrom(sc_core::sc_time::from_value(schedule.outputReady));
    registersFree = std::max(registersFree,
                             clockwork_.clock().cycleFrom(sc_core::sc_time::from_value(schedule.inputFree)));
    const std::uint64_t start = std::max(ready + 1, i == 0 ? 0 : moved);
    busArbiter_.book(static_cast<int>(replica.cores[i]) + 1, ready, start, moveCycles[i]);
    moved = start + moveCycles[i];
    last = add(add(loadedNode, PathPart::core, ready), PathPart::bus, moved);
  }
  if (!replica.cores.empty()) {
    replica.registerFree.emplace_back(registersFree, add(loadedNode, PathPart::core, registersFree));
  } else {
    for (int o = 0; o < p.outputCount; ++o) {
      const auto row = static_cast<std::size_t>(o * p.stage.input.positions() + position);
      const auto element = static_cast<std::size_t>(p.stage.input.elementOf[row]);
      loose_.sums[static_cast<std::size_t>(o)] =
          std::int64_t{loose_.input[element]} * (std::int64_t{1} << kGainBits);
    }
  }
  const std::uint64_t cycles = digital.finishNow(image, position, loose_.sums.data());
  const std::uint64_t start = std::max(moved + 1, loose_.digitalFree);
  digitalArbiter_.book(0, moved, start, cycles);
  loose_.digitalFree = start + cycles;
  node = add(last, PathPart::digital, loose_.digitalFree);
  return loose_.digitalFree;
}

void Tile::sendOutputs(std::uint64_t image) {
  const TileProgram& p = *program_;
  const auto bytes = static_cast<std::size_t>(p.stage.outputBytes);
  const auto parts = static_cast<std::size_t>(p.stage.outPositions);
  std::vector<std::vector<std::size_t>> partBytes;
  for (const TileProgram::Target& target : p.targets)
    partBytes.emplace_back(parts, static_cast<std::size_t>(target.outputs) * bytes);
  const auto make = [&](std::size_t k) {
    const TileProgram::Target& target = p.targets[k];
    const std::size_t share = static_cast<std::size_t>(target.outputs) * bytes;
    PacketRef packet = port.makePacket(target.nodes.front(), p.toHost ? PacketKind::result : PacketKind::activation,
                                       p.stage.ledgerLayer());
    packet->address = address::inStream(
        target.stream, image * target.imageBytes + static_cast<std::uint64_t>(target.channelBegin) * bytes);
    packet->data.resize(share * parts);
    for (std::size_t q = 0; q < parts; ++q) {
      const std::int64_t* codes = digital.codes(static_cast<int>(q)) + (target.firstOutput - p.outputBegin);
      for (std::size_t o = 0; o * bytes < share; ++o) {
        wire::encode(codes[o], static_cast<int>(bytes), packet->data.data() + q * share + o * bytes);
      }
    }
    packet->partBytes = share;
    packet->partCycles = loose_.outputCycle;
    if (image == 0) packet->partCauses = loose_.outputCause;
    return packet;
  };
  output_.sendImage(make, image, partBytes);
}

}  // namespace crosstile
