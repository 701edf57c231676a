// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/tile.h"

#include <algorithm>
#include <cstring>

#include "models/base/error.h"
#include "platform/memory/transaction.h"
#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"

namespace crosstile {

Tile::Tile(const sc_core::sc_module_name& moduleName, const TileConfig& config, ArrayStore& store,
           CriticalPath& path, Binder& binder)
    : sc_module(moduleName),
      buffer("buffer", config.buffer),
      bus("bus", config.cores, config.busBits, config.core.period),
      digital("digital", config.digital),
      config_(config),
      path_(path),
      clockwork_("clockwork", config.core.period, config.mode),
      bufferPort_("buffer", {"write", "window"}, clockwork_),
      busArbiter_("bus", std::vector<const char*>(static_cast<std::size_t>(config.cores) + 1, "transfer"),
                  clockwork_),
      digitalArbiter_("digital", {"finish"}, clockwork_),
      output_(port, clockwork_) {
  for (int c = 0; c < config.cores; ++c) {
    cores.push_back(std::make_unique<Core>(("core" + std::to_string(c)).c_str(), config.core, store));
  }
  bind(binder);
  port.onPacket(
      [this](PacketRef packet) { receive(packet, clockwork_.clock().cycleFrom(sc_core::sc_time_stamp())); });
  port.onPacketLoose([this](PacketRef packet, sc_core::sc_time& delay) {
    const std::uint64_t cycle = clockwork_.clock().cycleFrom(sc_core::sc_time_stamp() + delay);
    if (packet->partCycles.empty())
      receive(packet, cycle);
    else
      imageArrived(*packet);
  });
  output_.onDrained([this](std::uint64_t cycle) { tryFetch(cycle); });
}

void Tile::bind(Binder& binder) {
  binder.bind(toBuffer, buffer.fromTile);
  binder.bind(toBus, bus.fromTile);
  binder.bind(toDigital, digital.fromTile);
  binder.bind(bus.toDigital, digital.fromBus);
  for (std::size_t c = 0; c < cores.size(); ++c) binder.bind(*bus.toCores[c], cores[c]->fromBus);
}

void Tile::setTrace(BusyTrace trace) {
  trace_ = std::move(trace);
  const int layer = program_ == nullptr ? -1 : program_->stage.ledgerLayer();
  for (Resource* r : {&bufferPort_, &busArbiter_, &digitalArbiter_}) r->setTrace(&trace_, layer);
}

void Tile::traceStates(sc_core::sc_trace_file* file) const {
  const std::string at = std::string(name()) + ".";
  sc_core::sc_trace(file, nextImage_, at + "image");
  sc_core::sc_trace(file, nextPosition_, at + "position");
  sc_core::sc_trace(file, finished_, at + "finished");
  for (const auto& core : cores)
    sc_core::sc_trace(file, core->statistics().mvms, std::string(core->name()) + ".mvms");
}

void Tile::clearStatistics() {
  buffer.clearStatistics();
  bus.clearStatistics();
  digital.clearStatistics();
  for (auto& core : cores) core->clearStatistics();
  for (Resource* r : {&bufferPort_, &busArbiter_, &digitalArbiter_}) r->clearStatistics();
  output_.clearStatistics();
}

std::vector<std::string> Tile::waiting() const {
  std::vector<std::string> lines;
  if (program_ == nullptr) return lines;
  if (output_.waiting() > 0) {
    lines.push_back(fmt::format("{}: {} packets wait for room at node {}", name(), output_.waiting(),
                                output_.blockedBy()));
  }
  const std::size_t slot = nextImage_ % static_cast<std::uint64_t>(program_->inputSlots);
  if (input_.watermark(slot) > 0 || nextPosition_ > 0) {
    lines.push_back(
        fmt::format("{}: image {}, position {} of {} (layer \"{}\"): {} of {} input positions have arrived",
                    name(), nextImage_, nextPosition_, program_->stage.input.positions(),
                    program_->stage.name, input_.watermark(slot), input_.positions()));
  }
  return lines;
}

// --- packets
// ----------------------------------------------------------------------------------------------------------

void Tile::receive(const PacketRef& packet, std::uint64_t cycle) {
  switch (packet->kind) {
    case PacketKind::programme:
      receiveProgram(*packet, cycle);
      break;
    case PacketKind::control:
      commit(*packet, cycle);
      break;
    case PacketKind::credit:
      output_.credit(packet->source, cycle);
      break;
    default:
      arrived(packet, cycle);
      break;
  }
}

void Tile::receiveProgram(Packet& packet, std::uint64_t cycle) {
  if (packet.address >= address::kLevels) {
    const std::uint64_t array = (packet.address - address::kLevels) / address::kArrayStride;
    const std::uint64_t at = (packet.address - address::kLevels) % address::kArrayStride;
    const auto perCore = static_cast<std::uint64_t>(config_.core.arrays);
    if (array >= perCore * cores.size()) throw RunFailure("{}: no array at 0x{:x}", name(), packet.address);
    const std::uint64_t offset = address::kCoreLevels + array % perCore * address::kArrayStride + at;
    transact(toBus, tlm::TLM_WRITE_COMMAND, address::select(1U << (array / perCore), offset),
             packet.data.data(), packet.data.size(), clockwork_.delayTo(cycle));
    return;
  }
  const std::uint64_t at = packet.address - address::kProgram;
  if (packet.address < address::kProgram || at + packet.data.size() > address::kCommit - address::kProgram) {
    throw RunFailure("{}: no program memory at 0x{:x}", name(), packet.address);
  }
  programBytes_.resize(std::max<std::size_t>(programBytes_.size(), at + packet.data.size()));
  std::copy(packet.data.begin(), packet.data.end(), programBytes_.begin() + static_cast<std::ptrdiff_t>(at));
}

void Tile::commit(const Packet& packet, std::uint64_t cycle) {
  if (packet.data.size() != 8)
    throw RunFailure("{}: a commit carries 8 bytes, not {}", name(), packet.data.size());
  programBytes_.resize(wire::load<std::uint64_t>(packet.data.data()));
  program_ = std::make_unique<TileProgram>(tileProgramFromWire(programBytes_));
  programBytes_.clear();
  const sc_core::sc_time longest = configure();
  // The arrays are written in parallel; the host hears of it when the slowest is done.
  PacketRef done = port.makePacket(packet.source, PacketKind::control, program_->stage.ledgerLayer());
  done->address = address::kCommit;
  const std::uint64_t ready = cycle + clockwork_.clock().cycleFrom(longest);
  if (clockwork_.loose()) {
    port.sendLoose(std::move(done), clockwork_.delayTo(ready));
  } else {
    clockwork_.atEdge(ready, [this, done] { port.send(done); });
  }
}

sc_core::sc_time Tile::configure() {
  const TileProgram& p = *program_;
  input_.configure(p);
  output_.configure(p.consumers, p.consumerSlots, p.toHost);
  digital.configure(p);
  runs_.clear();
  for (int q = 0; q < p.stage.input.positions(); ++q) runs_.push_back(windowRuns(p.stage.input, q));
  mirror_.assign(p.slotBytes, 0);
  sc_core::sc_time longest;
  activeCores_.clear();
  wanted_.assign(static_cast<std::size_t>(p.stage.rowBlocks), 0);
  for (std::size_t c = 0; c < cores.size(); ++c) {
    longest = std::max(longest, cores[c]->configure(p, static_cast<int>(c)));
    if (!cores[c]->active()) continue;
    activeCores_.push_back(c);
    for (const int rowBlock : cores[c]->rowBlocks()) wanted_[static_cast<std::size_t>(rowBlock)] |= 1U << c;
  }
  setTrace(std::move(trace_));
  if (clockwork_.loose()) configureLoose();
  restart();
  return longest;
}

void Tile::restart() {
  fetching_ = false;
  nextImage_ = 0;
  nextPosition_ = 0;
  finished_ = 0;
  firstImage_ = {0, 0};
  registerFree_.clear();
  registersLoading_ = 0;
  lastFreed_ = {0, -1};
  lastFetchNode_ = -1;
  lastFetch_ = 0;
  loose_.restart();
}

void Tile::reset() {
  clockwork_.reset();
  for (Resource* r : {&bufferPort_, &busArbiter_, &digitalArbiter_}) r->reset();
  idleJobs_.clear();
  for (auto& job : jobs_) idleJobs_.push_back(job.get());
  programBytes_.clear();
  buffer.clear();
  digital.reset();
  for (auto& core : cores) core->reset();
  output_.reset();
  if (program_ != nullptr) input_.configure(*program_);
  restart();
}

void Tile::arrived(const PacketRef& packet, std::uint64_t cycle) {
  if (program_ == nullptr) throw RunFailure("{}: an activation came before a program", name());
  const auto write = [this, packet] {
    return cyclesOf(transact(toBuffer, tlm::TLM_WRITE_COMMAND, packet->address, packet->data.data(),
                             packet->data.size(), sc_core::SC_ZERO_TIME));
  };
  bufferPort_.acquire(kFromNetwork, cycle, write, [this, packet, cycle](std::uint64_t end) {
    const TileProgram& p = *program_;
    int node = -1;
    if (packet->cause >= 0) {
      const int came = path_.add(packet->cause, PathPart::network, packet->layer, cycle);
      node = path_.add(came, PathPart::buffer, p.stage.ledgerLayer(), end);
    }
    const std::size_t slot = packet->address / p.slotBytes;
    const auto bytes = static_cast<std::uint64_t>(p.stage.inputBytes);
    if (p.stage.source < 0) {
      input_.arriveInOrder(slot, static_cast<std::int64_t>(packet->data.size() / bytes), {end, node});
    } else {
      const std::uint64_t element = packet->address % p.slotBytes / bytes;
      input_.arrive(slot, packet->source,
                    static_cast<int>(element / static_cast<std::uint64_t>(p.inputChannels)), {end, node});
    }
    if (input_.finished(slot)) releaseSlot(slot, end);
    tryFetch(end);
  });
}

/// The last window of an image has been read and its last input has come: its producers may send another
/// image's inputs.
void Tile::releaseSlot(std::uint64_t image, std::uint64_t cycle) {
  if (!clockwork_.loose()) input_.clear(image % static_cast<std::uint64_t>(program_->inputSlots));
  for (const int producer : program_->producers) {
    PacketRef credit = port.makePacket(producer, PacketKind::credit, program_->stage.ledgerLayer());
    if (clockwork_.loose()) {
      port.sendLoose(std::move(credit), clockwork_.delayTo(cycle));
    } else {
      port.send(std::move(credit));
    }
  }
}

}  // namespace crosstile
