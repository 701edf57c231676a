// SPDX-License-Identifier: Apache-2.0
// What a router decides in the middle of a cycle. Whatever it learns in a cycle concerns later ones, so
// neither the order of its calls nor that of the routers matters.
#include <algorithm>
#include <utility>

#include "platform/noc/router.h"

namespace crosstile {

void Router::wake(std::uint64_t cycle) {
  if (cycle != wakeCycle_) return;  // moved to an earlier cycle since
  ++context_.statistics.routerWakes;
  wakeCycle_ = kNever;
  undecided_ = cycle + 1;
  grantChannels(cycle);
  pickInputs(cycle);
  grantLinks(cycle);
  std::uint64_t next = kNever;
  for (const std::size_t c : active_) next = std::min(next, nextDecision(inChannels_[c]));
  schedule(next);
}

/// Cycles in the turn between the one after `last` and `input`: round-robin takes the least.
int Router::distance(int input, int last) const {
  const int d = input - last - 1;
  return d < 0 ? d + static_cast<int>(inputs_.size()) : d;
}

/// Step 1: free channels of outputs go to packets that ask for them.
void Router::grantChannels(std::uint64_t cycle) {
  touched_.clear();
  for (const std::size_t c : active_) {
    const InChannel& channel = inChannels_[c];
    if (channel.asking == 0 || channel.asksFrom() > cycle) continue;
    const int input = channel.port;
    for (PortSet rest = channel.asking; rest != 0; rest &= rest - 1) {
      const std::size_t o = at(lowestPort(rest), channel.channel);
      OutChannel& wanted = outChannels_[o];
      if (wanted.holder >= 0 || wanted.free > cycle) continue;
      if (wanted.picked < 0) touched_.push_back(o);
      if (wanted.picked < 0 || distance(input, wanted.last) < distance(wanted.picked, wanted.last))
        wanted.picked = input;
    }
  }
  for (const std::size_t o : touched_) grantChannel(outChannels_[o], cycle);
}

void Router::grantChannel(OutChannel& granted, std::uint64_t cycle) {
  const int input = std::exchange(granted.picked, -1);
  InChannel& channel = inChannels_[at(input, granted.channel)];
  const PortSet port = PortSet{1} << granted.port;
  channel.asking &= ~port;
  channel.held |= port;
  granted.holder = granted.last = input;
  granted.granted = cycle;
  granted.roomFrom = granted.space.roomFrom(cycle, channel.fifo.front().packet->flits);
}

/// Step 2: free input ports pick a packet that may leave.
void Router::pickInputs(std::uint64_t cycle) {
  touched_.clear();
  for (const std::size_t c : active_) {
    const InChannel& channel = inChannels_[c];
    if (channel.held == 0) continue;
    const auto i = static_cast<std::size_t>(channel.port);
    const int v = channel.channel;
    Input& input = inputs_[i];
    if (input.free > cycle) continue;
    const auto turn = [&](int x) { return x > input.last ? x - input.last : x - input.last + channels_; };
    if (input.channel >= 0 && turn(input.channel) < turn(v)) continue;
    for (PortSet rest = channel.held; rest != 0; rest &= rest - 1) {
      const int o = lowestPort(rest);
      if (outputs_[static_cast<std::size_t>(o)].free > cycle || outChannels_[at(o, v)].roomFrom > cycle)
        continue;
      if (input.channel < 0) touched_.push_back(i);
      input.channel = v;
      input.output = o;
      break;
    }
  }
}

/// Step 3: free links take one of the ports that picked them.
void Router::grantLinks(std::uint64_t cycle) {
  for (const std::size_t i : touched_) {
    Output& output = outputs_[static_cast<std::size_t>(inputs_[i].output)];
    const int input = static_cast<int>(i);
    if (output.picked < 0 || distance(input, output.last) < distance(output.picked, output.last))
      output.picked = input;
  }
  for (const std::size_t i : touched_) {
    Output& output = outputs_[static_cast<std::size_t>(inputs_[i].output)];
    if (output.picked != static_cast<int>(i)) {
      inputs_[i].channel = -1;
      continue;
    }
    leave(static_cast<int>(i), cycle);
    output.picked = -1;
    inputs_[i].channel = -1;
  }
}

/// The head of the packet that `input` picked leaves: from here on it is known when the tail leaves, and when
/// link, channel and input port are free.
void Router::leave(int inputIndex, std::uint64_t cycle) {
  Input& input = inputs_[static_cast<std::size_t>(inputIndex)];
  const int v = input.channel;
  InChannel& channel = inChannels_[at(inputIndex, v)];
  const Resident& resident = channel.fifo.front();
  Output& output = outputs_[static_cast<std::size_t>(input.output)];
  OutChannel& outChannel = outChannels_[at(input.output, v)];
  const Departure departure{channel.asksFrom(), outChannel.granted, outChannel.roomFrom, cycle};
  context_.recordTraversal(id_, *resident.packet, departure);
  context_.recordTransfer(output.link, *resident.packet, departure);
  const std::uint64_t tailGone = cycle + static_cast<std::uint64_t>(resident.packet->flits);
  context_.recordReserved(output.link, v, outChannel.space.take(cycle, resident.packet->flits));
  outChannel.holder = -1;
  outChannel.roomFrom = kNever;
  outChannel.free = output.free = input.free = tailGone;
  output.last = inputIndex;
  input.last = v;
  sender_.send(*output.target, PacketPayloads::cargoOf(*resident.payload), cycle);
  channel.held &= ~(PortSet{1} << input.output);
  if ((channel.asking | channel.held) == 0) leaveBuffer(inputIndex, v, cycle);
}

/// The last copy leaves: the transaction ends with the credit, and the next packet is the first.
void Router::leaveBuffer(int inputIndex, int v, std::uint64_t cycle) {
  const std::size_t c = at(inputIndex, v);
  InChannel& channel = inChannels_[c];
  const Resident resident = channel.fifo.pop();
  const auto flits = static_cast<std::uint64_t>(resident.packet->flits);
  const std::uint64_t headArrival = resident.ready - static_cast<std::uint64_t>(context_.config.routerCycles);
  context_.recordOccupancy(inputs_[static_cast<std::size_t>(inputIndex)].feeder, v,
                           flits * (cycle - headArrival));
  channel.free = cycle + flits;
  if (channel.fifo.empty()) {
    // Steps 1 and 2 are through the list for this cycle, so it may change.
    *std::find(active_.begin(), active_.end(), c) = active_.back();
    active_.pop_back();
  } else {
    channel.asking = channel.fifo.front().branches;
  }
  const std::uint64_t creditBack = cycle + flits - 1 + static_cast<std::uint64_t>(context_.config.linkCycles);
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = context_.clock.edge(creditBack) - sc_core::sc_time_stamp();
  resident.payload->set_response_status(tlm::TLM_OK_RESPONSE);
  inputs_[static_cast<std::size_t>(inputIndex)].initiator->nb_transport_bw(*resident.payload, phase, delay);
  resident.payload->release();
}

/// The first cycle, not decided yet, in which something may be decided about the first packet of a channel.
std::uint64_t Router::nextDecision(const InChannel& channel) const {
  const int v = channel.channel;
  std::uint64_t next = kNever;
  for (PortSet rest = channel.asking; rest != 0; rest &= rest - 1) {
    const OutChannel& wanted = outChannels_[at(lowestPort(rest), v)];
    if (wanted.holder < 0) next = std::min(next, std::max(channel.asksFrom(), wanted.free));
  }
  const std::uint64_t inputFree = inputs_[static_cast<std::size_t>(channel.port)].free;
  for (PortSet rest = channel.held; rest != 0; rest &= rest - 1) {
    const int o = lowestPort(rest);
    const std::uint64_t roomFrom = outChannels_[at(o, v)].roomFrom;
    if (roomFrom == kNever) continue;
    next = std::min(next, std::max({roomFrom, inputFree, outputs_[static_cast<std::size_t>(o)].free}));
  }
  return next;
}

/// Wakes the router in `cycle`, or in the next that isn't decided.
void Router::schedule(std::uint64_t cycle) {
  if (cycle == kNever) return;
  const std::uint64_t next = std::max(cycle, undecided_);
  if (next >= wakeCycle_) return;
  wakeCycle_ = next;
  context_.wheel.inMiddle(next, *this);
}

}  // namespace crosstile
