// SPDX-License-Identifier: Apache-2.0
#include "platform/host/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "models/base/error.h"
#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"

namespace crosstile {
namespace {

constexpr std::uint32_t kVersionCode = 0 << 16 | 1 << 8 | 0;

/// Whether a register says where images come from or results go to.
bool describesImages(Register r) {
  return (r >= Register::routeAddress && r <= Register::inputStride) || r == Register::resultAddress ||
         r == Register::resultBytes;
}

}  // namespace

Host::Host(const sc_core::sc_module_name& moduleName, const Config& config, CriticalPath& path)
    : sc_module(moduleName),
      config_(config),
      path_(path),
      clockwork_("clockwork", config.period, config.mode),
      link_("host link", {{"in"}, {"out"}}, clockwork_),
      inputs_(port, clockwork_),
      registers_(kRegisterBytes / 4, 0),
      memory_(config.memoryBytes) {
  fromSystem.register_b_transport(this, &Host::transport);
  fromSystem.register_transport_dbg(this, &Host::debug);
  port.onPacket(
      [this](PacketRef packet) { receive(packet, clockwork_.clock().cycleFrom(sc_core::sc_time_stamp())); });
  port.onPacketLoose([this](PacketRef packet, sc_core::sc_time& delay) {
    if (packet->partCycles.empty())
      receive(packet, clockwork_.clock().cycleFrom(sc_core::sc_time_stamp() + delay));
    else
      receiveImageLoose(*packet);
  });
}

// --- the system's side
// ------------------------------------------------------------------------------------------------

unsigned int Host::debug(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const unsigned int length = payload.get_data_length();
  std::uint8_t* data = payload.get_data_ptr();
  if (data == nullptr) return 0;
  if (address >= kMemoryBase) {
    if (!inMemory(address - kMemoryBase, length)) return 0;
    std::uint8_t* at = memory_.data() + (address - kMemoryBase);
    if (payload.is_read()) std::memcpy(data, at, length);
    if (payload.is_write()) std::memcpy(at, data, length);
    return length;
  }
  std::uint32_t value = 0;
  if (!payload.is_read() || length != 4 || !readRegister(static_cast<std::uint32_t>(address), value))
    return 0;
  std::memcpy(data, &value, 4);
  return 4;
}

void Host::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (payload.get_streaming_width() < payload.get_data_length()) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (payload.get_data_ptr() == nullptr || payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  bool ok = false;
  if (address < kRegisterBytes && payload.is_write()) {
    // A register write takes effect at the next edge.
    ok = payload.get_data_length() == 4 &&
         writeRegister(static_cast<std::uint32_t>(address), wire::load<std::uint32_t>(payload.get_data_ptr()),
                       clockwork_.clock().cycleFrom(sc_core::sc_time_stamp() + delay));
  } else {
    ok = debug(payload) == payload.get_data_length();
  }
  delay += config_.period;
  payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

std::uint32_t Host::status() const {
  std::uint32_t bits = 0;
  if (transfers_ > 0 || commitsDone_ < commits_ || imagesUnderWay()) bits |= kStatusBusy;
  if (commits_ > 0 && commitsDone_ == commits_) bits |= kStatusProgrammed;
  return bits;
}

bool Host::readRegister(std::uint32_t offset, std::uint32_t& value) const {
  const auto found = std::find_if(kRegisters.begin(), kRegisters.end(), [&](const RegisterInfo& r) {
    return static_cast<std::uint32_t>(r.offset) == offset;
  });
  if (found == kRegisters.end() || std::strcmp(found->access, "WO") == 0) return false;
  switch (found->offset) {
    case Register::id:
      value = kChipId;
      break;
    case Register::version:
      value = kVersionCode;
      break;
    case Register::status:
      value = status();
      break;
    case Register::results:
      value = static_cast<std::uint32_t>(resultCycles_.size());
      break;
    default:
      value = registers_[offset / 4];
      break;
  }
  return true;
}

bool Host::writeRegister(std::uint32_t offset, std::uint32_t value, std::uint64_t cycle) {
  const auto found = std::find_if(kRegisters.begin(), kRegisters.end(), [&](const RegisterInfo& r) {
    return static_cast<std::uint32_t>(r.offset) == offset;
  });
  if (found == kRegisters.end() || std::strcmp(found->access, "RO") == 0) return false;
  switch (found->offset) {
    case Register::control:
      if ((value & kControlReset) != 0) {
        resetSelf();
        if (reset_) reset_();
      }
      return true;
    case Register::interruptStatus:
      registers_[offset / 4] &= ~value;
      updateInterrupt();
      return true;
    case Register::interruptEnable:
      registers_[offset / 4] = value;
      updateInterrupt();
      return true;
    case Register::dmaStart:
      return startTransfer(cycle);
    case Register::imageSubmit:
      return submitImage(cycle);
    default:
      if (describesImages(found->offset) && imagesUnderWay()) return false;
      registers_[offset / 4] = value;
      return true;
  }
}

void Host::updateInterrupt() {
  interrupt.write((reg(Register::interruptStatus) & reg(Register::interruptEnable)) != 0);
}

void Host::raise(std::uint32_t bit) {
  reg(Register::interruptStatus) |= bit;
  updateInterrupt();
}

void Host::resetSelf() {
  clockwork_.reset();
  link_.reset();
  inputs_.reset();
  commits_ = commitsDone_;
  transfers_ = 0;
  programs_.clear();
  outgoing_.clear();
  images_ = 0;
  partial_.clear();
  resultCycles_.clear();
  submitCycles_.clear();
  resultNode_ = looseNode_ = -1;
  looseFree_ = {0, 0};
  reg(Register::interruptStatus) = 0;
  interrupt.write(false);
}

// --- the chip's side
// --------------------------------------------------------------------------------------------------

bool Host::startTransfer(std::uint64_t cycle) {
  const Transfer transfer{
      reg(Register::dmaSource), reg(Register::dmaNode), reg(Register::dmaKind), reg(Register::dmaLength),
      reg(Register::dmaAddress) | static_cast<std::uint64_t>(reg(Register::dmaAddressHigh)) << 32};
  if (transfer.kind > kDmaCommit || transfer.node >= static_cast<std::uint32_t>(port.node())) return false;
  if (transfer.kind == kDmaProgramme && !inMemory(transfer.source, transfer.length)) return false;
  if (imagesUnderWay() && programmed_.count(static_cast<int>(transfer.node)) != 0) return false;
  if (transfer.kind == kDmaCommit) ++commits_;
  if (clockwork_.loose()) {
    sendProgram(transfer, cycle);
  } else {
    clockwork_.atEdge(cycle, [this, transfer, cycle] { sendProgram(transfer, cycle); });
  }
  return true;
}

void Host::sendProgram(const Transfer& transfer, std::uint64_t cycle) {
  if (transfer.kind == kDmaProgramme && transfer.length == 0) return;
  if (clockwork_.loose()) {  // one packet
    PacketRef packet = programPacket(transfer, 0, std::max(transfer.length, 1U));
    statistics_.bytesIn += packet->data.size();
    const std::uint64_t sent = bookLoose(0, cycle, packet->data.size());
    port.sendLoose(std::move(packet), clockwork_.delayTo(sent));
    return;
  }
  ++transfers_;
  programs_.push_back({transfer, cycle, 0});
  if (programs_.size() == 1) requestProgramPacket();
}

PacketRef Host::programPacket(const Transfer& transfer, std::uint32_t at, std::uint32_t most) {
  const bool commit = transfer.kind == kDmaCommit;
  const std::uint32_t size = commit ? 8 : std::min(most, transfer.length - at);
  PacketRef packet = port.makePacket(static_cast<int>(transfer.node),
                                     commit ? PacketKind::control : PacketKind::programme, -1);
  packet->address = commit ? address::kCommit : transfer.address + at;
  packet->data.resize(size);
  if (commit)
    wire::encode(transfer.length, 8, packet->data.data());
  else
    std::memcpy(packet->data.data(), memory_.data() + transfer.source + at, size);
  return packet;
}

/// A packet is made when the interface takes it, and the next one asks before this one is through: the
/// interface never idles, and a network's weights don't lie in packets all at once.
void Host::requestProgramPacket() {
  const auto take = [this] {
    ProgramTransfer& first = programs_.front();
    const auto most = static_cast<std::uint32_t>(config_.programPacketBytes);
    PacketRef packet = programPacket(first.transfer, first.sent, most);
    const auto size = static_cast<std::uint64_t>(packet->data.size());
    first.sent += static_cast<std::uint32_t>(size);
    const bool last = first.transfer.kind == kDmaCommit || first.sent >= first.transfer.length;
    outgoing_.push_back({std::move(packet), last});
    if (last) programs_.pop_front();
    if (!programs_.empty()) requestProgramPacket();
    return (8 * size + static_cast<std::uint64_t>(config_.bits) - 1) /
           static_cast<std::uint64_t>(config_.bits);
  };
  link_.acquire(0, programs_.front().cycle, take, [this](std::uint64_t) {
    Outgoing& first = outgoing_.front();
    if (first.last) --transfers_;
    statistics_.bytesIn += first.packet->data.size();
    port.send(std::move(first.packet));
    outgoing_.pop_front();
  });
}

std::vector<Host::Route> Host::routes() const {
  std::vector<Route> routes;
  for (std::uint32_t r = 0; r < reg(Register::routeCount); ++r) {
    const std::uint8_t* at = memory_.data() + reg(Register::routeAddress) + kRouteBytes * r;
    routes.push_back({static_cast<int>(wire::load<std::uint32_t>(at)),
                      static_cast<int>(wire::load<std::uint32_t>(at + 4)),
                      wire::load<std::uint32_t>(at + 8)});
  }
  return routes;
}

std::vector<OutputQueue::Target> Host::inputTargets() const {
  std::vector<OutputQueue::Target> targets;
  for (const Route& route : routes()) {
    const bool joins = config_.multicast && !targets.empty() && targets.back().stream == route.stream &&
                       targets.back().ringBytes == route.ringBytes;
    if (joins)
      targets.back().nodes.push_back(route.node);
    else
      targets.push_back({{route.node}, route.stream, route.ringBytes, reg(Register::inputStride)});
  }
  return targets;
}

bool Host::submitImage(std::uint64_t cycle) {
  const std::uint64_t source = reg(Register::imageAddress);
  if (reg(Register::routeCount) == 0 ||
      !inMemory(reg(Register::routeAddress), std::uint64_t{kRouteBytes} * reg(Register::routeCount)))
    return false;
  if (!inMemory(source, reg(Register::inputBytes)) || reg(Register::inputStride) < reg(Register::inputBytes))
    return false;
  if (images_ == 0) {
    for (const Route& route : routes()) {
      if (route.node < 0 || route.node >= port.node() || route.ringBytes == 0) return false;
      if (programmed_.count(route.node) == 0) return false;
    }
    targets_ = inputTargets();
    inputs_.configure(targets_);
  }
  const std::uint64_t image = images_++;
  submitCycles_.push_back(cycle);
  if (clockwork_.loose()) {
    sendImageLoose(image, source, cycle);
  } else {
    clockwork_.atEdge(cycle, [this, image, source, cycle] { sendImage(image, source, cycle); });
  }
  return true;
}

void Host::sendImage(std::uint64_t image, std::uint64_t source, std::uint64_t cycle) {
  const std::uint64_t bytes = reg(Register::inputBytes);
  const std::uint64_t begin = image * reg(Register::inputStride);
  const int start = image == 0 ? path_.add(-1, PathPart::host, -1, cycle) : -1;
  const auto most = static_cast<std::uint64_t>(config_.packetBytes);
  for (std::uint64_t at = 0; at < bytes; at += most) {
    const std::uint64_t size = std::min(most, bytes - at);
    const auto cycles = [this, size] {
      return (8 * size + static_cast<std::uint64_t>(config_.bits) - 1) /
             static_cast<std::uint64_t>(config_.bits);
    };
    link_.acquire(
        0, cycle, cycles, [this, from = source + at, to = begin + at, size, start](std::uint64_t end) {
          const int node = start < 0 ? -1 : path_.add(start, PathPart::host, -1, end);
          statistics_.bytesIn += size;
          for (std::size_t target = 0; target < targets_.size(); ++target) {
            PacketRef packet = port.makePacket(targets_[target].nodes.front(), PacketKind::activation, -1);
            packet->address = address::inStream(targets_[target].stream, to);
            packet->cause = node;
            packet->data.assign(memory_.begin() + static_cast<std::ptrdiff_t>(from),
                                memory_.begin() + static_cast<std::ptrdiff_t>(from + size));
            inputs_.push(target, std::move(packet), to + size, end);
          }
        });
  }
}

/// Loose timing: the interface is used in the order of the calls.
std::uint64_t Host::bookLoose(int direction, std::uint64_t ready, std::size_t bytes) {
  const auto bits = static_cast<std::uint64_t>(config_.bits);
  const std::uint64_t cycles = std::max<std::uint64_t>((8 * bytes + bits - 1) / bits, 1);
  std::uint64_t& free = looseFree_[static_cast<std::size_t>(direction)];
  const std::uint64_t start = std::max(ready + 1, free);
  link_.book(direction, ready, start, cycles);
  return free = start + cycles;
}

/// Loose timing: an image goes to each tile in one packet, which knows when its parts could leave.
void Host::sendImageLoose(std::uint64_t image, std::uint64_t source, std::uint64_t cycle) {
  const std::uint64_t bytes = reg(Register::inputBytes);
  const auto most = static_cast<std::uint64_t>(config_.packetBytes);
  std::vector<std::uint64_t> leave;
  std::vector<std::size_t> parts;
  std::vector<int> causes;
  const int start = image == 0 ? path_.add(-1, PathPart::host, -1, cycle) : -1;
  for (std::uint64_t at = 0; at < bytes; at += most) {
    parts.push_back(std::min(most, bytes - at));
    leave.push_back(bookLoose(0, cycle, parts.back()));
    if (start >= 0) causes.push_back(path_.add(start, PathPart::host, -1, leave.back()));
  }
  statistics_.bytesIn += bytes;
  const auto make = [&](std::size_t target) {
    PacketRef packet = port.makePacket(targets_[target].nodes.front(), PacketKind::activation, -1);
    packet->address = address::inStream(targets_[target].stream, image * reg(Register::inputStride));
    packet->partBytes = most;
    packet->partCycles = leave;
    packet->partCauses = causes;
    const std::uint8_t* from = memory_.data() + source;
    packet->data.assign(from, from + bytes);
    return packet;
  };
  inputs_.sendImage(make, image, std::vector<std::vector<std::size_t>>(targets_.size(), parts));
}

void Host::receiveImageLoose(const Packet& packet) {
  std::uint64_t end = 0;
  const std::size_t size = packet.partBytes;
  for (std::size_t i = 0; i < packet.partCycles.size(); ++i) {
    end = bookLoose(1, packet.partCycles[i], size);
    if (i + 1 < packet.partCycles.size() || packet.partCauses.empty()) continue;
    const int came = path_.add(packet.partCauses[i], PathPart::network, packet.layer, packet.partCycles[i]);
    looseNode_ = path_.add(came, PathPart::host, -1, end);
  }
  // The tile's outputs of every position, as they lie among those of its neighbours.
  const std::uint64_t perImage = std::max<std::uint32_t>(reg(Register::resultBytes), 1);
  const std::uint64_t perPosition = perImage / packet.partCycles.size();
  for (std::size_t i = 0; i < packet.partCycles.size(); ++i) {
    const std::uint64_t to = reg(Register::resultAddress) + packet.address + i * perPosition;
    if (!inMemory(to, size)) continue;
    std::copy_n(packet.data.begin() + static_cast<std::ptrdiff_t>(i * size), size,
                memory_.begin() + static_cast<std::ptrdiff_t>(to));
  }
  resultArrived(packet.address / perImage, packet.data.size(), end, looseNode_);
}

void Host::receive(const PacketRef& packet, std::uint64_t cycle) {
  switch (packet->kind) {
    case PacketKind::credit:
      if (!inputs_.credit(packet->source, address::streamOf(packet->address), address::atOf(packet->address),
                          cycle))
        throw RunFailure("credit from node {}, which gets nothing from here", packet->source);
      return;
    case PacketKind::control:
      ++commitsDone_;
      programmed_.insert(packet->source);
      programmedCycle_ = std::max(programmedCycle_, cycle);
      if (status() & kStatusProgrammed) raise(kInterruptProgrammed);
      return;
    default:
      break;
  }
  const auto bits = static_cast<std::uint64_t>(config_.bits);
  const auto cycles = [packet, bits] { return (8 * packet->data.size() + bits - 1) / bits; };
  link_.acquire(1, cycle, cycles, [this, packet, cycle](std::uint64_t end) {
    if (packet->cause >= 0) {
      const int came = path_.add(packet->cause, PathPart::network, packet->layer, cycle);
      packet->cause = path_.add(came, PathPart::host, -1, end);
    }
    receiveResult(*packet, end);
  });
}

void Host::receiveResult(const Packet& packet, std::uint64_t cycle) {
  const std::uint64_t to = reg(Register::resultAddress) + packet.address;
  const std::uint64_t perImage = std::max<std::uint32_t>(reg(Register::resultBytes), 1);
  if (inMemory(to, packet.data.size()))
    std::copy(packet.data.begin(), packet.data.end(), memory_.begin() + static_cast<std::ptrdiff_t>(to));
  resultArrived(packet.address / perImage, packet.data.size(), cycle, packet.cause);
}

void Host::resultArrived(std::uint64_t image, std::size_t bytes, std::uint64_t cycle, int node) {
  statistics_.bytesOut += bytes;
  std::uint64_t& received = partial_[image];
  received += bytes;
  if (received < reg(Register::resultBytes)) return;
  partial_.erase(image);
  if (image == 0) resultNode_ = node;
  resultCycles_.push_back(cycle);
  raise(kInterruptResult);
}

void Host::setTrace(BusyTrace trace) {
  trace_ = std::move(trace);
  link_.setTrace(&trace_, PowerTrace::Part::host, "");
}

void Host::traceStates(sc_core::sc_trace_file* file) const {
  const std::string at = std::string(name()) + ".";
  sc_core::sc_trace(file, images_, at + "images");
  sc_core::sc_trace(file, transfers_, at + "transfers");
  sc_core::sc_trace(file, interrupt, at + "interrupt");
}

void Host::clearStatistics() {
  statistics_ = {};
  link_.clearStatistics();
  inputs_.clearStatistics();
}

std::vector<std::string> Host::waiting() const {
  std::vector<std::string> lines;
  for (const std::string& line : inputs_.blocked()) lines.push_back(fmt::format("host: {}", line));
  if (imagesUnderWay()) {
    lines.push_back(fmt::format("host: {} of {} results have come", resultCycles_.size(), images_));
  }
  return lines;
}

}  // namespace crosstile
