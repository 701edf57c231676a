// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/stage_controller.h"

#include <algorithm>

#include "models/base/error.h"
#include "platform/memory/transaction.h"
#include "platform/tile/address_map.h"
#include "platform/tile/tile.h"

namespace crosstile {

StageController::StageController(Tile& tile, TileProgram program, int slot, std::uint64_t bufferBase)
    : tile_(tile), program_(std::move(program)), slot_(slot), output_(tile.port, tile.clockwork_) {
  std::uint64_t base = bufferBase;
  for (std::size_t k = 0; k < stage().streams.size(); ++k) {
    Inflow inflow;
    inflow.base = base;
    base += static_cast<std::uint64_t>(stage().streams[k].ringBytes);
    for (const TileProgram::Source& source : program_.sources) {
      if (source.stream != static_cast<int>(k)) continue;
      inflow.shares.push_back(source.firstChannel);
      if (std::find(inflow.nodes.begin(), inflow.nodes.end(), source.node) == inflow.nodes.end())
        inflow.nodes.push_back(source.node);
    }
    inflows_.push_back(std::move(inflow));
  }
  output_.onDrained([this](std::uint64_t cycle) { tryFetch(cycle); });
  output_.onLocal([this](const PacketRef& packet, std::uint64_t cycle) {
    if (tile_.clockwork_.loose())
      tile_.receiveLoose(packet, cycle);
    else
      tile_.receive(packet, cycle);
  });
}

std::uint64_t StageController::bufferBytes() const {
  std::uint64_t bytes = 0;
  for (const Stream& stream : stage().streams) bytes += static_cast<std::uint64_t>(stream.ringBytes);
  return bytes;
}

sc_core::sc_time StageController::configure() {
  std::vector<OutputQueue::Target> targets;
  for (const TileProgram::Target& target : program_.targets)
    targets.push_back({target.nodes, target.stream, target.ringBytes, target.imageBytes});
  output_.configure(targets);
  runs_.clear();
  for (int q = 0; q < stage().input.positions(); ++q) runs_.push_back(windowRuns(stage().input, q));
  mirror_.assign(static_cast<std::size_t>(stage().streams.front().imageBytes), 0);
  for (std::size_t k = 0; k < inflows_.size(); ++k)
    inflows_[k].use = useOf(stage(), tile_.digital.order(slot_), static_cast<int>(k));
  sc_core::sc_time longest;
  const auto elements = tile_.clockwork_.loose() ? StageAnalog::windowElements(stage()) : nullptr;
  replicas_.assign(static_cast<std::size_t>(stage().replicas), {});
  for (Replica& replica : replicas_) replica.wanted.assign(stage().rowBlocks.size(), 0);
  std::vector<bool> mine(tile_.cores.size(), false);
  for (const ArrayBlock& block : stage().blocks) mine.at(static_cast<std::size_t>(block.core)) = true;
  for (std::size_t c = 0; c < mine.size(); ++c) {
    if (!mine[c]) continue;
    Core& core = *tile_.cores[c];
    longest = std::max(longest, core.configure(program_, static_cast<int>(c), elements));
    Replica& replica = replicas_.at(static_cast<std::size_t>(core.replica()));
    replica.cores.push_back(c);
    for (const int rowBlock : core.rowBlocks()) replica.wanted[static_cast<std::size_t>(rowBlock)] |= 1U << c;
  }
  restart();
  return longest;
}

std::vector<std::size_t> StageController::cores() const {
  std::vector<std::size_t> all;
  for (const Replica& replica : replicas_) all.insert(all.end(), replica.cores.begin(), replica.cores.end());
  return all;
}

void StageController::restart() {
  fetching_ = false;
  nextImage_ = 0;
  nextPosition_ = 0;
  finished_ = 0;
  firstImage_ = {0, 0};
  for (Inflow& inflow : inflows_) {
    inflow.tracker = StreamTracker(inflow.shares.size());
    inflow.given = inflow.end = 0;
  }
  for (Replica& replica : replicas_) {
    replica.registerFree.clear();
    replica.loading = 0;
    replica.lastFreed = {0, -1};
  }
  inOrder_.clear();
  lastFetchNode_ = -1;
  lastFetch_ = 0;
  if (tile_.clockwork_.loose()) configureLoose();
}

void StageController::reset() {
  idleJobs_.clear();
  for (auto& job : jobs_) idleJobs_.push_back(job.get());
  output_.reset();
  restart();
}

void StageController::clearStatistics() {
  counts_ = {};
  output_.clearStatistics();
}

std::vector<std::string> StageController::waiting() const {
  std::vector<std::string> lines;
  for (const std::string& line : output_.blocked())
    lines.push_back(fmt::format("{}: {}", tile_.name(), line));
  bool begun = nextPosition_ > 0;
  std::string arrived;
  for (std::size_t k = 0; k < inflows_.size(); ++k) {
    const auto positions = static_cast<std::uint64_t>(stage().streams[k].positions);
    const std::uint64_t here =
        inflows_[k].tracker.arrived() - std::min(inflows_[k].tracker.arrived(), nextImage_ * positions);
    begun = begun || here > 0;
    arrived += fmt::format("{}{} of {}", k == 0 ? "" : ", ", here, positions);
  }
  if (begun) {
    lines.push_back(fmt::format(
        "{}: image {}, position {} of {} (layer \"{}\"): {} input positions have arrived", tile_.name(),
        nextImage_, nextPosition_, stage().input.positions(), stage().name, arrived));
  }
  return lines;
}

/// A stream's ring goes round at a line, and so does every access.
std::uint64_t StageController::accessBuffer(tlm::tlm_command command, std::size_t stream, std::uint64_t at,
                                            std::uint8_t* data, std::size_t size) {
  const auto ring = static_cast<std::uint64_t>(stage().streams[stream].ringBytes);
  const std::uint64_t reads = tile_.buffer.readAccesses(), writes = tile_.buffer.writeAccesses();
  sc_core::sc_time delay;
  while (size > 0) {
    const std::uint64_t offset = at % ring;
    const std::size_t now = std::min<std::uint64_t>(size, ring - offset);
    delay = transact(tile_.toBuffer, command, inflows_[stream].base + offset, data, now, delay);
    at += now;
    data += now;
    size -= now;
  }
  counts_.bufferReads += tile_.buffer.readAccesses() - reads;
  counts_.bufferWrites += tile_.buffer.writeAccesses() - writes;
  return cyclesOf(delay);
}

void StageController::addLines(BufferPorts::Lines& lines, std::size_t stream, std::uint64_t at,
                               std::size_t size) const {
  const auto ring = static_cast<std::uint64_t>(stage().streams[stream].ringBytes);
  while (size > 0) {
    const std::size_t now = std::min<std::uint64_t>(size, ring - at % ring);
    tile_.bufferPorts_.addLines(lines, inflows_[stream].base + at % ring, now);
    at += now;
    size -= now;
  }
}

BufferPorts::Lines StageController::linesOfPacket(std::size_t stream, std::uint64_t at,
                                                  std::size_t size) const {
  BufferPorts::Lines lines;
  if (tile_.bufferPorts_.banked()) addLines(lines, stream, at, size);
  return lines;
}

BufferPorts::Lines StageController::linesOfWindow(const Job& job) const {
  BufferPorts::Lines lines;
  if (!tile_.bufferPorts_.banked()) return lines;
  for (std::size_t k = 0; k < inflows_.size(); ++k) {
    const Stream& stream = stage().streams[k];
    const std::uint64_t base = job.image * static_cast<std::uint64_t>(stream.imageBytes);
    const auto bytes = static_cast<std::uint64_t>(stream.bytes);
    const auto add = [&](std::int64_t first, std::int64_t last) {
      addLines(lines, k, base + static_cast<std::uint64_t>(first) * bytes,
               static_cast<std::size_t>(last - first + 1) * bytes);
    };
    if (k == 0) {
      for (const auto& [first, last] : runs_[static_cast<std::size_t>(job.position)]) add(first, last);
      continue;
    }
    for (const auto& run :
         streamRuns(stage(), tile_.digital.order(slot_), static_cast<int>(k), job.position)) {
      const std::int64_t first = run.first + program_.outputBegin;  // its own outputs' alone
      add(first, first + program_.outputCount - 1);
    }
  }
  return lines;
}

sc_core::sc_time StageController::overBus(tlm::tlm_command command, std::uint64_t address, void* data,
                                          std::size_t size, const sc_core::sc_time& delay) {
  const std::uint64_t before = tile_.bus.bitsMoved();
  const sc_core::sc_time after = transact(tile_.toBus, command, address, data, size, delay);
  counts_.busBits += tile_.bus.bitsMoved() - before;
  return after;
}

void StageController::arrived(const PacketRef& packet, std::size_t k, std::uint64_t cycle) {
  ++counts_.packets;
  const std::uint64_t at = address::atOf(packet->address);
  tile_.bufferPorts_.acquire(
      Tile::kFromNetwork, cycle, linesOfPacket(k, at, packet->data.size()),
      [this, packet, k, at] {
        return accessBuffer(tlm::TLM_WRITE_COMMAND, k, at, packet->data.data(), packet->data.size());
      },
      [this, packet, k, cycle](std::uint64_t end) { written(*packet, k, cycle, end); }, layer());
}

void StageController::written(const Packet& packet, std::size_t k, std::uint64_t came, std::uint64_t cycle) {
  Inflow& inflow = inflows_[k];
  const Stream& stream = stage().streams[k];
  const std::uint64_t at = address::atOf(packet.address);
  hold(inflow, inflow.given, std::max(inflow.end, at + packet.data.size()), cycle);
  int node = -1;
  if (packet.cause >= 0) {
    const int arrival = tile_.path_.add(packet.cause, PathPart::network, packet.layer, came);
    node = tile_.path_.add(arrival, PathPart::buffer, layer(), cycle);
  }
  const auto image = at / static_cast<std::uint64_t>(stream.imageBytes);
  const auto bytes = static_cast<std::uint64_t>(stream.bytes) * static_cast<std::uint64_t>(stream.channels);
  const auto before = image * static_cast<std::uint64_t>(stream.positions);
  const std::uint64_t inImage = at % static_cast<std::uint64_t>(stream.imageBytes);
  if (stream.fromHost()) {
    inflow.tracker.arriveUpTo(before + (inImage + packet.data.size()) / bytes, {cycle, node});
  } else {
    const auto channel = static_cast<int>(inImage % bytes / static_cast<std::uint64_t>(stream.bytes));
    const auto share = std::find(inflow.shares.begin(), inflow.shares.end(), channel) - inflow.shares.begin();
    inflow.tracker.arrive(static_cast<std::size_t>(share), before + inImage / bytes, {cycle, node});
  }
  tryFetch(cycle);
}

void StageController::hold(Inflow& inflow, std::uint64_t given, std::uint64_t end, std::uint64_t cycle) {
  const auto before = static_cast<std::int64_t>(inflow.held());
  inflow.given = given;
  inflow.end = end;
  if (!tile_.clockwork_.loose())
    tile_.occupancy_.change(static_cast<std::int64_t>(inflow.held()) - before, cycle);
}

/// Nothing of the stream before the address is needed any more: its sources may send more.
void StageController::giveBack(std::size_t stream, std::uint64_t before, std::uint64_t cycle) {
  Inflow& inflow = inflows_[stream];
  if (before <= inflow.given) return;
  hold(inflow, before, inflow.end, cycle);
  const std::uint64_t address = address::inStream(stage().firstStream + static_cast<int>(stream), before);
  for (const int node : inflow.nodes) tile_.sendCredit(node, address, layer(), cycle);
}

}  // namespace crosstile
