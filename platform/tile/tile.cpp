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
  for (const std::string& line : output_.blocked()) lines.push_back(fmt::format("{}: {}", name(), line));
  bool begun = nextPosition_ > 0;
  std::string arrived;
  for (std::size_t k = 0; k < inflows_.size(); ++k) {
    const auto positions = static_cast<std::uint64_t>(stage().streams[k].positions);
    const std::uint64_t here = inflows_[k].tracker.arrived() - std::min(inflows_[k].tracker.arrived(), nextImage_ * positions);
    begun = begun || here > 0;
    arrived += fmt::format("{}{} of {}", k == 0 ? "" : ", ", here, positions);
  }
  if (begun) {
    lines.push_back(
        fmt::format("{}: image {}, position {} of {} (layer \"{}\"): {} input positions have arrived", name(), nextImage_,
                    nextPosition_, stage().input.positions(), stage().name, arrived));
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
      output_.credit(packet->source, address::streamOf(packet->address), address::atOf(packet->address), cycle);
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
  std::vector<OutputQueue::Target> targets;
  for (const TileProgram::Target& target : p.targets)
    targets.push_back({target.nodes, target.stream, target.ringBytes, target.imageBytes});
  output_.configure(targets);
  digital.configure(p);
  runs_.clear();
  for (int q = 0; q < p.stage.input.positions(); ++q) runs_.push_back(windowRuns(p.stage.input, q));
  mirror_.assign(static_cast<std::size_t>(p.stage.streams.front().imageBytes), 0);
  inflows_.clear();
  std::uint64_t base = 0;
  for (std::size_t k = 0; k < p.stage.streams.size(); ++k) {
    Inflow inflow;
    inflow.base = base;
    inflow.use = useOf(p.stage, digital.order(), static_cast<int>(k));
    base += static_cast<std::uint64_t>(p.stage.streams[k].ringBytes);
    for (const TileProgram::Source& source : p.sources) {
      if (source.stream == static_cast<int>(k)) inflow.sources.push_back(source.node);
    }
    inflows_.push_back(std::move(inflow));
  }
  sc_core::sc_time longest;
  const auto elements = clockwork_.loose() ? StageAnalog::windowElements(p.stage) : nullptr;
  replicas_.assign(static_cast<std::size_t>(p.stage.replicas), {});
  for (Replica& replica : replicas_) replica.wanted.assign(p.stage.rowBlocks.size(), 0);
  for (std::size_t c = 0; c < cores.size(); ++c) {
    longest = std::max(longest, cores[c]->configure(p, static_cast<int>(c), elements));
    if (!cores[c]->active()) continue;
    Replica& replica = replicas_.at(static_cast<std::size_t>(cores[c]->replica()));
    replica.cores.push_back(c);
    for (const int rowBlock : cores[c]->rowBlocks()) replica.wanted[static_cast<std::size_t>(rowBlock)] |= 1U << c;
  }
  setTrace(std::move(trace_));
  restart();
  return longest;
}

void Tile::restart() {
  fetching_ = false;
  nextImage_ = 0;
  nextPosition_ = 0;
  finished_ = 0;
  firstImage_ = {0, 0};
  for (Inflow& inflow : inflows_) {
    inflow.tracker = StreamTracker(inflow.sources.size());
    inflow.given = 0;
  }
  for (Replica& replica : replicas_) {
    replica.registerFree.clear();
    replica.loading = 0;
    replica.lastFreed = {0, -1};
  }
  inOrder_.clear();
  lastFetchNode_ = -1;
  lastFetch_ = 0;
  if (program_ != nullptr && clockwork_.loose()) configureLoose();
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
  restart();
}

/// A stream's ring goes round at a line, and so does every access.
std::uint64_t Tile::accessBuffer(tlm::tlm_command command, std::size_t stream, std::uint64_t at, std::uint8_t* data,
                                 std::size_t size) {
  const auto ring = static_cast<std::uint64_t>(stage().streams[stream].ringBytes);
  sc_core::sc_time delay;
  while (size > 0) {
    const std::uint64_t offset = at % ring;
    const std::size_t now = std::min<std::uint64_t>(size, ring - offset);
    delay = transact(toBuffer, command, inflows_[stream].base + offset, data, now, delay);
    at += now;
    data += now;
    size -= now;
  }
  return cyclesOf(delay);
}

void Tile::arrived(const PacketRef& packet, std::uint64_t cycle) {
  if (program_ == nullptr) throw RunFailure("{}: an activation came before a program", name());
  const auto k = static_cast<std::size_t>(address::streamOf(packet->address));
  if (k >= inflows_.size()) throw RunFailure("{}: nothing takes in stream {}", name(), k);
  const std::uint64_t at = address::atOf(packet->address);
  const auto write = [this, packet, k, at] {
    return accessBuffer(tlm::TLM_WRITE_COMMAND, k, at, packet->data.data(), packet->data.size());
  };
  bufferPort_.acquire(kFromNetwork, cycle, write, [this, packet, k, at, cycle](std::uint64_t end) {
    Inflow& inflow = inflows_[k];
    const Stream& stream = stage().streams[k];
    int node = -1;
    if (packet->cause >= 0) {
      const int came = path_.add(packet->cause, PathPart::network, packet->layer, cycle);
      node = path_.add(came, PathPart::buffer, stage().ledgerLayer(), end);
    }
    const auto image = at / static_cast<std::uint64_t>(stream.imageBytes);
    const auto bytes = static_cast<std::uint64_t>(stream.bytes) * static_cast<std::uint64_t>(stream.channels);
    const auto before = image * static_cast<std::uint64_t>(stream.positions);
    const std::uint64_t inImage = at % static_cast<std::uint64_t>(stream.imageBytes);
    if (stream.fromHost()) {
      inflow.tracker.arriveUpTo(before + (inImage + packet->data.size()) / bytes, {end, node});
    } else {
      const auto who = std::find(inflow.sources.begin(), inflow.sources.end(), packet->source) - inflow.sources.begin();
      inflow.tracker.arrive(static_cast<std::size_t>(who), before + inImage / bytes, {end, node});
    }
    tryFetch(end);
  });
}

/// Nothing of the stream before the address is needed any more: its sources may send more.
void Tile::giveBack(std::size_t stream, std::uint64_t before, std::uint64_t cycle) {
  Inflow& inflow = inflows_[stream];
  if (before <= inflow.given) return;
  inflow.given = before;
  for (const int source : inflow.sources) {
    PacketRef credit = port.makePacket(source, PacketKind::credit, stage().ledgerLayer());
    credit->address = address::inStream(static_cast<int>(stream), before);
    if (clockwork_.loose()) {
      port.sendLoose(std::move(credit), clockwork_.delayTo(cycle));
    } else {
      port.send(std::move(credit));
    }
  }
}

}  // namespace crosstile
