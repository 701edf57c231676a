// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/buffer_ports.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace crosstile {
namespace {

constexpr Resource::Kinds kRead = 1, kWrite = 2;

/// Ports for one kind first, so that those for both are left to whoever has no other.
std::vector<Resource::Kinds> portsOf(const BufferPorts::Config& config) {
  std::vector<Resource::Kinds> ports(static_cast<std::size_t>(config.readPorts), kRead);
  ports.insert(ports.end(), static_cast<std::size_t>(config.writePorts), kWrite);
  ports.insert(ports.end(), static_cast<std::size_t>(config.readWritePorts), kRead | kWrite);
  return ports;
}

}  // namespace

BufferPorts::BufferPorts(const Config& config, Clockwork& clockwork) : config_(config) {
  for (int b = 0; b < config.banks; ++b) {
    const std::string name = config.banks == 1 ? "buffer" : "buffer.bank" + std::to_string(b);
    banks_.push_back(
        std::make_unique<Resource>(name, std::vector<Resource::Requester>{}, clockwork, portsOf(config)));
  }
  setReaders(1);
}

void BufferPorts::setReaders(std::size_t readers) {
  std::vector<Resource::Requester> requesters(1 + readers, {"window", kRead});
  requesters.front() = {"write", kWrite};
  for (auto& bank : banks_) bank->setRequesters(requesters);
}

void BufferPorts::addLines(Lines& lines, std::uint64_t address, std::uint64_t bytes) const {
  if (bytes == 0) return;
  lines.resize(banks_.size(), 0);
  const auto size = static_cast<std::uint64_t>(config_.lineBytes);
  const std::uint64_t first = address / size, count = (address + bytes - 1) / size - first + 1;
  for (std::size_t b = 0; b < lines.size(); ++b) lines[b] += count / lines.size();
  for (std::uint64_t i = 0; i < count % lines.size(); ++i) ++lines[(first + i) % lines.size()];
}

void BufferPorts::acquire(int requester, std::uint64_t ready, const Lines& lines, Resource::Work work,
                          Resource::Done done, int layer) {
  if (!banked()) {
    banks_.front()->acquire(requester, ready, std::move(work), std::move(done), layer);
    return;
  }
  auto transfer = std::make_shared<Transfer>();
  transfer->work = std::move(work);
  transfer->done = std::move(done);
  transfer->evenCycles = cyclesOf(std::accumulate(lines.begin(), lines.end(), std::uint64_t{0}));
  Lines parts = lines;
  if (parts.empty()) parts = {1};  // a window of padding alone: the first bank, as one bank would
  transfer->parts = static_cast<std::size_t>(
      std::count_if(parts.begin(), parts.end(), [](std::uint64_t own) { return own > 0; }));
  for (std::size_t b = 0; b < parts.size(); ++b) {
    if (parts[b] == 0) continue;
    const std::uint64_t cycles =
        lines.empty() ? 1 : parts[b] * static_cast<std::uint64_t>(config_.accessCycles);
    const auto serve = [transfer, cycles] {
      if (!std::exchange(transfer->begun, true)) transfer->work();
      return cycles;
    };
    banks_[b]->acquire(
        requester, ready, serve,
        [this, transfer, cycles](std::uint64_t end) { partDone(*transfer, end - cycles, end); }, layer);
  }
}

void BufferPorts::partDone(Transfer& transfer, std::uint64_t start, std::uint64_t end) {
  transfer.start = std::min(transfer.start, start);
  transfer.end = std::max(transfer.end, end);
  if (--transfer.parts > 0) return;
  conflictCycles_ += transfer.end - transfer.start - transfer.evenCycles;
  transfer.done(transfer.end);
}

std::uint64_t BufferPorts::cyclesOf(std::uint64_t lines) const {
  const std::uint64_t most = (lines + banks_.size() - 1) / banks_.size();
  return std::max<std::uint64_t>(most * static_cast<std::uint64_t>(config_.accessCycles), 1);
}

void BufferPorts::book(int requester, std::uint64_t ready, std::uint64_t start, std::uint64_t cycles,
                       int layer) {
  for (auto& bank : banks_) bank->book(requester, ready, start, cycles, layer);
}

void BufferPorts::setTrace(const BusyTrace* trace, const std::string& owner) {
  for (auto& bank : banks_) bank->setTrace(trace, PowerTrace::Part::buffer, owner);
}

void BufferPorts::clearStatistics() {
  conflictCycles_ = 0;
  for (auto& bank : banks_) bank->clearStatistics();
}

void BufferPorts::reset() {
  for (auto& bank : banks_) bank->reset();
}

}  // namespace crosstile
