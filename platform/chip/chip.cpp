// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/chip.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "platform/cosim/rtl/rtl_blocks.h"

namespace crosstile {
namespace {

sc_core::sc_time picoseconds(Seconds t) {
  return sc_core::sc_time(std::round(t.value * 1e12), sc_core::SC_PS);
}

Host::Config hostConfig(const Hardware& hardware, TimingMode mode) {
  Host::Config config;
  config.mode = mode;
  config.period = picoseconds(hardware.timing.clockPeriod);
  config.bits = hardware.timing.hostBits;
  const auto longest = static_cast<int>(nocConfig(hardware).longestBufferedPacketBytes());
  config.packetBytes = kHostPacketBytes;
  config.multicast = hardware.timing.multicast;
  config.programPacketBytes = std::max(std::min(longest, 256) / 8 * 8, 8);
  return config;
}

TileConfig tileConfig(const Hardware& hardware, TimingMode mode) {
  const TimingConfig& timing = hardware.timing;
  const sc_core::sc_time period = picoseconds(timing.clockPeriod);
  TileConfig config;
  config.mode = mode;
  config.cores = hardware.chip.coresPerTile;
  config.busBits = timing.busBits;
  config.inputRegisters = timing.inputRegisters;
  config.buffer.bytes = static_cast<std::uint64_t>(hardware.chip.bufferSize.value);
  config.buffer.accessBits = timing.bufferAccessBits;
  config.buffer.accessCycles = timing.bufferAccessCycles;
  config.buffer.banks = timing.bufferBanks;
  config.buffer.period = period;
  config.ports.readWritePorts = timing.bufferReadWritePorts;
  config.ports.readPorts = timing.bufferReadPorts;
  config.ports.writePorts = timing.bufferWritePorts;
  config.digital.period = period;
  config.digital.lanes = timing.digitalLanes;
  config.digital.depth = timing.digitalCycles;
  config.core.period = period;
  config.core.readTime = picoseconds(hardware.array.readTime);
  config.core.adcPeriod = picoseconds(hardware.adc.period);
  config.core.adcs = hardware.adc.perCore;
  config.core.arrays = hardware.chip.arraysPerCore;
  config.core.dacCycles = timing.dacCycles;
  config.core.shiftAddCycles = timing.shiftAddCycles;
  config.core.dataColumns = hardware.array.columns;
  config.core.skipUnusedColumns = hardware.adc.skipUnusedColumns;
  return config;
}

/// Fills in what the description says about parts that nobody gave.
ChipParts completed(ChipParts parts, const Hardware& hardware, TimingMode mode) {
  const TimingConfig& timing = hardware.timing;
  if (!parts.router && timing.routerImplementation == "rtl") parts.router = rtlRouters();
  if (!parts.coreBackend && timing.coreBackend == "rtl") parts.coreBackend = rtlCoreBackends();
  if (mode == TimingMode::loose && (parts.router || parts.coreBackend)) {
    throw BadInput("{} = rtl: RTL has no loose timing: run with cycle timing",
                   parts.router ? "router.implementation" : "core.backend");
  }
  return parts;
}

}  // namespace

AnalogConfig analogConfig(const Hardware& hardware) {
  return {hardware.readout,    hardware.array, hardware.device,   hardware.nonideality, hardware.dac,
          hardware.sampleHold, hardware.adc,   hardware.encoding, hardware.programming,
          nullptr};
}

TrafficConfig trafficConfig(const Hardware& hardware) {
  return {hardware.chip, hardware.timing.bufferAccessBits, hardware.timing.flitBits, kHostPacketBytes,
          hardware.timing.multicast};
}

NocConfig nocConfig(const Hardware& hardware) {
  NocConfig config;
  config.meshColumns = hardware.chip.meshColumns;
  config.meshRows = hardware.chip.meshRows;
  config.concentration = hardware.chip.concentration;
  config.clockPeriod = picoseconds(hardware.timing.clockPeriod);
  config.routerCycles = hardware.timing.routerCycles;
  config.linkCycles = hardware.timing.linkCycles;
  config.flitBits = hardware.timing.flitBits;
  config.virtualChannels = hardware.timing.virtualChannels;
  config.bufferFlits = hardware.timing.routerBufferFlits;
  return config;
}

Chip::Chip(const sc_core::sc_module_name& moduleName, const Hardware& hardware, TimingMode mode,
           std::shared_ptr<ArrayStore> store, Binder& binder, ChipParts parts)
    : sc_module(moduleName),
      host("host", hostConfig(hardware, mode), path),
      mesh("mesh", nocConfig(hardware), binder, (parts = completed(std::move(parts), hardware, mode)).router),
      hardware_(hardware),
      mode_(mode),
      store_(std::move(store)) {
  build(binder, parts);
}

Chip::Chip(const sc_core::sc_module_name& moduleName, const Hardware& hardware, TimingMode mode,
           std::shared_ptr<ArrayStore> store)
    : Chip(moduleName, hardware, mode, std::move(store), *std::make_unique<Binder>()) {}

void Chip::build(Binder& binder, const ChipParts& parts) {
  if (hardware_.chip.coresPerTile > 31) {
    throw BadInput("tile.cores = {}: the tile's bus selects at most 31 cores", hardware_.chip.coresPerTile);
  }
  TileConfig config = tileConfig(hardware_, mode_);
  config.core.backend = parts.coreBackend;
  for (int t = 0; t < hardware_.chip.tiles(); ++t) {
    tiles.push_back(
        std::make_unique<Tile>(("tile" + std::to_string(t)).c_str(), config, *store_, path, binder));
    mesh.connect(t, tiles.back()->port, binder);
  }
  mesh.connect(hardware_.chip.tiles(), host.port, binder);
  host.onReset([this] {
    for (auto& tile : tiles) tile->reset();
    mesh.reset();
    path.clear();
  });
}

void Chip::setTrace(const BusyTrace& trace) {
  host.setTrace(trace);
  for (auto& tile : tiles) {
    if (tile->configured()) tile->setTrace(trace);
  }
  std::vector<BusyPlace> links;
  for (const LinkStatistics& link : mesh.statistics().links)
    links.push_back({PowerTrace::Part::network, "network/" + link.name});
  mesh.setTrace([trace, links = std::move(links)](int link, const sc_core::sc_time& from,
                                                  const sc_core::sc_time& to, int layer) {
    trace(links[static_cast<std::size_t>(link)], "packet", from, to, layer);
  });
}

void Chip::clearStatistics() {
  host.clearStatistics();
  mesh.clearStatistics();
  for (auto& tile : tiles) tile->clearStatistics();
}

std::vector<std::string> Chip::waiting() const {
  std::vector<std::string> lines = host.waiting();
  if (lines.empty()) return lines;
  for (const auto& tile : tiles) {
    for (auto& line : tile->waiting()) lines.push_back(std::move(line));
  }
  for (auto& line : mesh.waiting()) lines.push_back(std::move(line));
  return lines;
}

std::uint64_t Chip::kernelEvents() const {
  return host.clockwork().wakes() + mesh.statistics().kernelEvents + tileEvents();
}

std::uint64_t Chip::tileEvents() const {
  std::uint64_t events = 0;
  for (const auto& tile : tiles) events += tile->clockwork().wakes();
  return events;
}

}  // namespace crosstile
