// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/tile.h"

#include <algorithm>
#include <cstring>

#include "models/base/error.h"
#include "platform/memory/transaction.h"
#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"

namespace crosstile {
namespace {

BufferPorts::Config portsOf(const TileConfig& config) {
  BufferPorts::Config ports = config.ports;
  ports.banks = config.buffer.banks;
  ports.lineBytes = config.buffer.accessBits / 8;
  ports.accessCycles = config.buffer.accessCycles;
  return ports;
}

}  // namespace

Tile::Tile(const sc_core::sc_module_name& moduleName, const TileConfig& config, ArrayStore& store,
           CriticalPath& path, Binder& binder)
    : sc_module(moduleName),
      buffer("buffer", config.buffer),
      bus("bus", config.cores, config.busBits, config.core.period),
      digital("digital", config.digital),
      config_(config),
      path_(path),
      clockwork_("clockwork", config.core.period, config.mode),
      bufferPorts_(portsOf(config), clockwork_),
      busArbiter_("bus", {}, clockwork_),
      digitalArbiter_("digital", {}, clockwork_) {
  for (int c = 0; c < config.cores; ++c) {
    cores.push_back(std::make_unique<Core>(("core" + std::to_string(c)).c_str(), config.core, store));
  }
  bind(binder);
  port.onPacket(
      [this](PacketRef packet) { receive(packet, clockwork_.clock().cycleFrom(sc_core::sc_time_stamp())); });
  port.onPacketLoose([this](PacketRef packet, sc_core::sc_time& delay) {
    const std::uint64_t cycle = clockwork_.clock().cycleFrom(sc_core::sc_time_stamp() + delay);
    receiveLoose(packet, cycle);
  });
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
  const std::string owner = std::string(basename()) + "/";
  bufferPorts_.setTrace(&trace_, owner);
  busArbiter_.setTrace(&trace_, PowerTrace::Part::bus, owner);
  digitalArbiter_.setTrace(&trace_, PowerTrace::Part::digital, owner);
  corePlaces_.clear();
  for (const auto& core : cores) corePlaces_.push_back({PowerTrace::Part::core, owner + core->basename()});
}

void Tile::traceStates(sc_core::sc_trace_file* file) const {
  const std::string at = std::string(name()) + ".";
  sc_core::sc_trace(file, progress_.image, at + "image");
  sc_core::sc_trace(file, progress_.position, at + "position");
  sc_core::sc_trace(file, progress_.finished, at + "finished");
  for (const auto& core : cores)
    sc_core::sc_trace(file, core->statistics().mvms, std::string(core->name()) + ".mvms");
}

void Tile::clearStatistics() {
  buffer.clearStatistics();
  bus.clearStatistics();
  digital.clearStatistics();
  for (auto& core : cores) core->clearStatistics();
  bufferPorts_.clearStatistics();
  busArbiter_.clearStatistics();
  digitalArbiter_.clearStatistics();
  occupancy_.clearStatistics(clockwork_.clock().cycleFrom(sc_core::sc_time_stamp()));
  for (auto& stage : stages_) stage->clearStatistics();
}

std::vector<const Resource*> Tile::resources() const {
  std::vector<const Resource*> all;
  for (const auto& bank : bufferPorts_.banks()) all.push_back(bank.get());
  all.insert(all.end(), {&busArbiter_, &digitalArbiter_});
  return all;
}

std::uint64_t Tile::creditStallCycles() const {
  std::uint64_t cycles = 0;
  for (const auto& stage : stages_) cycles += stage->creditStallCycles();
  return cycles;
}

std::vector<std::string> Tile::waiting() const {
  std::vector<std::string> lines;
  for (const auto& stage : stages_) {
    for (std::string& line : stage->waiting()) lines.push_back(std::move(line));
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
      credit(*packet, cycle);
      break;
    default: {
      const auto [stage, stream] = takerOf(*packet);
      stage->arrived(packet, stream, cycle);
      break;
    }
  }
}

void Tile::receiveLoose(const PacketRef& packet, std::uint64_t cycle) {
  if (packet->partCycles.empty()) {
    receive(packet, cycle);
    return;
  }
  const auto [stage, stream] = takerOf(*packet);
  stage->imageArrived(*packet, stream);
}

std::pair<StageController*, std::size_t> Tile::takerOf(const Packet& packet) {
  if (stages_.empty()) throw RunFailure("{}: an activation came before a program", name());
  const int number = address::streamOf(packet.address);
  for (const auto& stage : stages_) {
    const int own = number - stage->stage().firstStream;
    if (own >= 0 && own < static_cast<int>(stage->stage().streams.size()))
      return {stage.get(), static_cast<std::size_t>(own)};
  }
  throw RunFailure("{}: nothing takes in stream {}", name(), number);
}

/// One credit serves all stages here that send to the stream.
void Tile::credit(const Packet& packet, std::uint64_t cycle) {
  bool known = false;
  for (const auto& stage : stages_) {
    known |=
        stage->credit(packet.source, address::streamOf(packet.address), address::atOf(packet.address), cycle);
  }
  if (!known)
    throw RunFailure("{}: credit from node {}, which gets nothing from here", name(), packet.source);
}

void Tile::sendCredit(int node, std::uint64_t address, int layer, std::uint64_t cycle) {
  PacketRef packet = port.makePacket(node, PacketKind::credit, layer);
  packet->address = address;
  if (node == port.node()) {
    packet->source = node;
    credit(*packet, cycle);
  } else if (clockwork_.loose()) {
    port.sendLoose(std::move(packet), clockwork_.delayTo(cycle));
  } else {
    port.send(std::move(packet));
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
  const auto length = wire::load<std::uint64_t>(packet.data.data());
  if (length > programBytes_.size())
    throw RunFailure("{}: a commit of {} B, {} were written", name(), length, programBytes_.size());
  programBytes_.resize(length);
  std::vector<TileProgram> programs = tileProgramsFromWire(programBytes_);
  programBytes_.clear();
  const sc_core::sc_time longest = configure(std::move(programs));
  // The arrays are written in parallel; the host hears of it when the slowest is done.
  PacketRef done =
      port.makePacket(packet.source, PacketKind::control, stages_.front()->stage().ledgerLayer());
  done->address = address::kCommit;
  const std::uint64_t ready = cycle + clockwork_.clock().cycleFrom(longest);
  if (clockwork_.loose()) {
    port.sendLoose(std::move(done), clockwork_.delayTo(ready));
  } else {
    clockwork_.atEdge(ready, [this, done] { port.send(done); });
  }
}

sc_core::sc_time Tile::configure(std::vector<TileProgram> programs) {
  stages_.clear();
  const std::size_t count = programs.size();
  bufferPorts_.setReaders(count);
  busArbiter_.setRequesters(std::vector<Resource::Requester>(count + cores.size(), {"transfer"}));
  digitalArbiter_.setRequesters(std::vector<Resource::Requester>(count, {"finish"}));
  std::uint64_t base = 0;
  for (std::size_t slot = 0; slot < count; ++slot) {
    stages_.push_back(
        std::make_unique<StageController>(*this, std::move(programs[slot]), static_cast<int>(slot), base));
    base += stages_.back()->bufferBytes();
  }
  std::vector<const TileProgram*> own;
  for (const auto& stage : stages_) own.push_back(&stage->program());
  digital.configure(own);
  sc_core::sc_time longest;
  for (const auto& stage : stages_) longest = std::max(longest, stage->configure());
  setTrace(std::move(trace_));
  return longest;
}

void Tile::reset() {
  clockwork_.reset();
  bufferPorts_.reset();
  busArbiter_.reset();
  digitalArbiter_.reset();
  occupancy_ = {};
  occupancy_.clearStatistics(clockwork_.clock().cycleFrom(sc_core::sc_time_stamp()));
  programBytes_.clear();
  buffer.clear();
  digital.reset();
  for (auto& core : cores) core->reset();
  progress_ = {};
  for (const auto& stage : stages_) stage->reset();
}

}  // namespace crosstile
