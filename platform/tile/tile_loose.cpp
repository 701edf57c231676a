// SPDX-License-Identifier: Apache-2.0
// A tile in loose timing: an image comes in one packet and leaves in one; the times of its positions follow
// from recurrences over the same durations that cycle timing uses, with every shared resource in the order of
// positions.
#include <algorithm>

#include "platform/memory/transaction.h"
#include "platform/tile/tile.h"
#include "platform/tile/wire.h"

namespace crosstile {

void Tile::configureLoose() {
  const TileProgram& p = *program_;
  loose_ = {};
  loose_.arrival.assign(static_cast<std::size_t>(input_.positions()), {});
  loose_.sums.resize(static_cast<std::size_t>(p.outputCount));
  loose_.outputCycle.resize(static_cast<std::size_t>(p.stage.outPositions));
  loose_.outputCause.assign(static_cast<std::size_t>(p.stage.outPositions), -1);
  const auto bytes = static_cast<std::uint64_t>(p.stage.inputBytes);
  const auto line = static_cast<std::uint64_t>(config_.buffer.accessBits) / 8;
  for (const auto& runs : runs_) {
    std::uint64_t lines = 0;
    for (const auto& [first, last] : runs) {
      lines += ((static_cast<std::uint64_t>(last) + 1) * bytes - 1) / line -
               static_cast<std::uint64_t>(first) * bytes / line + 1;
    }
    loose_.windowCycles.push_back(
        std::max<std::uint64_t>(lines * static_cast<std::uint64_t>(config_.buffer.accessCycles), 1));
  }
  const auto bits = static_cast<std::uint64_t>(config_.busBits);
  const auto rows = static_cast<std::uint64_t>(p.stage.input.rows());
  const auto block = static_cast<std::uint64_t>(config_.arrayRows);
  if (p.stage.rowBlocks == 0) loose_.loadCycles = (8 * (24 + 8 * rows) + bits - 1) / bits;
  for (std::uint64_t at = 0; p.stage.rowBlocks > 0 && at < rows; at += block) {
    loose_.loadCycles += (8 * bytes * std::min(block, rows - at) + bits - 1) / bits;
  }
  for (const std::size_t c : activeCores_) {
    loose_.moveCycles.push_back((64 * static_cast<std::uint64_t>(cores[c]->outputCount()) + bits - 1) / bits);
  }
}

/// All of an image that one producer sends: a share of the channels of every position, or (from the host)
/// everything.
void Tile::imageArrived(const Packet& packet) {
  const TileProgram& p = *program_;
  const bool fromHost = p.stage.source < 0;
  const auto code = static_cast<std::size_t>(p.stage.inputBytes);
  const std::size_t parts = packet.partCycles.size();
  const auto positions = static_cast<std::size_t>(input_.positions());
  const std::size_t stride = static_cast<std::size_t>(p.inputChannels) * code;
  // The host's parts end anywhere; a tile's are one position each, apart when neighbours send the other
  // channels.
  const std::size_t writeBytes = fromHost ? packet.data.size() : packet.partBytes;
  const std::size_t writes = fromHost ? 1 : parts;
  for (std::size_t i = 0; i < writes; ++i) {
    transact(toBuffer, tlm::TLM_WRITE_COMMAND, packet.address + i * stride,
             const_cast<std::uint8_t*>(packet.data.data()) + i * writeBytes, writeBytes,
             sc_core::SC_ZERO_TIME);
  }
  for (std::size_t q = 0; q < positions; ++q) {
    const std::size_t part = fromHost ? std::min(((q + 1) * stride - 1) / packet.partBytes, parts - 1) : q;
    const std::uint64_t end = packet.partCycles[part] + 2;  // arbitration and one access
    InputTracker::Arrival& arrival = loose_.arrival[q];
    if (end < arrival.cycle) continue;
    arrival.cycle = end;
    if (packet.partCauses.empty()) continue;
    const int came =
        path_.add(packet.partCauses[part], PathPart::network, packet.layer, packet.partCycles[part]);
    arrival.node = path_.add(came, PathPart::buffer, p.stage.ledgerLayer(), end);
  }
  if (++loose_.producersArrived < p.producers.size()) return;
  loose_.producersArrived = 0;
  runImage();
}

void Tile::runImage() {
  const TileProgram& p = *program_;
  const std::uint64_t image = nextImage_++;
  std::vector<std::uint8_t> bytes(p.slotBytes);
  transact(toBuffer, tlm::TLM_READ_COMMAND, image % static_cast<std::uint64_t>(p.inputSlots) * p.slotBytes,
           bytes.data(), bytes.size(), sc_core::SC_ZERO_TIME);
  wire::decodeCodes(bytes.data(), bytes.size(), p.stage.inputFormat, p.stage.inputBytes, loose_.input);
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
  loose_.arrival.assign(loose_.arrival.size(), {});
  releaseSlot(image, lastFetch_);
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
  const int need = input_.need(position);
  InputTracker::Arrival from =
      need < 0 ? InputTracker::Arrival{} : loose_.arrival[static_cast<std::size_t>(need)];
  if (lastFetch_ >= from.cycle) from = {lastFetch_, lastFetchNode_};
  while (registerFree_.size() >= static_cast<std::size_t>(config_.inputRegisters)) {
    if (registerFree_.front().first >= from.cycle)
      from = {registerFree_.front().first, registerFree_.front().second};
    registerFree_.pop_front();
  }
  if (image == 0 && position == 0) firstImage_.first = from.cycle;
  const std::uint64_t window = loose_.windowCycles[static_cast<std::size_t>(position)];
  bufferPort_.book(kWindow, from.cycle, from.cycle + 1, window);
  lastFetch_ = from.cycle + 1 + window;
  lastFetchNode_ = add(from.node, PathPart::buffer, lastFetch_);
  busArbiter_.book(0, lastFetch_, lastFetch_ + 1, loose_.loadCycles);
  const std::uint64_t loaded = lastFetch_ + 1 + loose_.loadCycles;
  const int loadedNode = add(lastFetchNode_, PathPart::bus, loaded);

  std::fill(loose_.sums.begin(), loose_.sums.end(), std::int64_t{0});
  std::uint64_t moved = loaded;
  int last = loadedNode;
  std::uint64_t registersFree = 0;
  for (std::size_t i = 0; i < activeCores_.size(); ++i) {
    Core& core = *cores[activeCores_[i]];
    const Core::Schedule schedule = core.schedule(clockwork_.clock().edge(loaded).value());
    core.accumulate(loose_.input.data(), position, image,
                    loose_.sums.data() + (core.outputBegin() - p.outputBegin));
    const std::uint64_t ready =
        clockwork_.clock().cycleFrom(sc_core::sc_time::from_value(schedule.outputReady));
    registersFree = std::max(registersFree,
                             clockwork_.clock().cycleFrom(sc_core::sc_time::from_value(schedule.inputFree)));
    const std::uint64_t start = std::max(ready + 1, i == 0 ? 0 : moved);
    busArbiter_.book(static_cast<int>(activeCores_[i]) + 1, ready, start, loose_.moveCycles[i]);
    moved = start + loose_.moveCycles[i];
    last = add(add(loadedNode, PathPart::core, ready), PathPart::bus, moved);
  }
  if (!activeCores_.empty()) {
    registerFree_.emplace_back(registersFree, add(loadedNode, PathPart::core, registersFree));
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
  const std::size_t share = static_cast<std::size_t>(p.outputCount) * bytes;
  const auto parts = static_cast<std::size_t>(p.stage.outPositions);
  for (const int consumer : p.consumers) {
    PacketRef packet = port.makePacket(consumer, p.toHost ? PacketKind::result : PacketKind::activation,
                                       p.stage.ledgerLayer());
    packet->address = image % static_cast<std::uint64_t>(p.consumerSlots) * p.consumerSlotBytes +
                      static_cast<std::uint64_t>(p.outputBegin) * bytes;
    packet->data.resize(share * parts);
    for (std::size_t q = 0; q < parts; ++q) {
      const std::int64_t* codes = digital.codes(static_cast<int>(q));
      for (std::size_t o = 0; o * bytes < share; ++o) {
        wire::encode(codes[o], static_cast<int>(bytes), packet->data.data() + q * share + o * bytes);
      }
    }
    packet->partBytes = share;
    packet->partCycles = loose_.outputCycle;
    if (image == 0) packet->partCauses = loose_.outputCause;
    output_.sendImage(std::move(packet), image, std::vector<std::size_t>(parts, share));
  }
}

}  // namespace crosstile
