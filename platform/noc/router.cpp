// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/router.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"

namespace crosstile {

using sc_core::sc_time;

Router::Router(const sc_core::sc_module_name& moduleName, NocContext& context, int id, std::vector<int> links)
    : sc_module(moduleName), context_(context), id_(id), picked_(links.size(), -1) {
  SC_HAS_PROCESS(Router);
  in.init(links.size());
  out.init(links.size());
  inputs_.reserve(links.size());
  outputs_.reserve(links.size());
  for (std::size_t port = 0; port < links.size(); ++port) {
    const int tag = static_cast<int>(port);
    in[port].register_nb_transport_fw(this, &Router::receive, tag);
    in[port].register_b_transport(this, &Router::receiveLoose, tag);
    out[port].register_nb_transport_bw(this, &Router::respond, tag);
    inputs_.emplace_back(context.config.bufferFlits);
    outputs_.emplace_back(context, links[port]);
  }
  SC_METHOD(decide);
  dont_initialize();
  sensitive << wake_;
}

tlm::tlm_sync_enum Router::receive(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
  Input& input = inputs_[static_cast<std::size_t>(port)];
  PacketRef packet = PacketPayloads::cargoOf(payload);
  if (!routable(packet) || input.request.payload != nullptr) {
    payload.set_response_status(input.request.payload != nullptr ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                                                 : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  const std::uint64_t headArrival = context_.clock.cycleFrom(sc_core::sc_time_stamp() + delay);
  const std::uint64_t cycle = headArrival - static_cast<std::uint64_t>(context_.config.linkCycles);
  if (const auto start = admit(input, packet, cycle)) {
    delay = tailArrival(*packet, *start);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    schedule();
    return tlm::TLM_COMPLETED;
  }
  payload.acquire();
  input.request = {&payload, std::move(packet), cycle};
  return tlm::TLM_ACCEPTED;
}

bool Router::routable(const PacketRef& packet) const {
  if (!packet || packet->destination < 0 || packet->destination >= context_.shape.nodes()) return false;
  return out[static_cast<std::size_t>(context_.shape.route(id_, packet->destination))].size() > 0;
}

/// Takes room for the packet and queues it, if the cycle in which its head may leave the sender is known.
std::optional<std::uint64_t> Router::admit(Input& input, const PacketRef& packet, std::uint64_t cycle) {
  const auto start = input.space.take(cycle, packet->flits);
  if (!start) return std::nullopt;
  const NocConfig& config = context_.config;
  const std::uint64_t ready = *start + static_cast<std::uint64_t>(config.linkCycles + config.routerCycles);
  input.fifo.push_back({packet, context_.shape.route(id_, packet->destination), ready});
  RouterStatistics& statistics = context_.statistics.routers[static_cast<std::size_t>(id_)];
  statistics.peakBufferFlits = std::max(statistics.peakBufferFlits, input.space.peak());
  return start;
}

sc_time Router::tailArrival(const Packet& packet, std::uint64_t start) const {
  const auto after = static_cast<std::uint64_t>(context_.config.linkCycles + packet.flits - 1);
  return context_.clock.edge(start + after) - sc_core::sc_time_stamp();
}

/// The cycle from which the input's first packet asks for its output; kNever if it has none or has got it
/// already.
std::uint64_t Router::asksFrom(const Input& input) const {
  if (input.fifo.empty() || input.granted) return kNever;
  return std::max(input.fifo.front().ready, input.readFree);
}

/// Wakes the router in the next cycle that has something to decide.
void Router::schedule() {
  std::uint64_t next = kNever;
  for (const Input& input : inputs_) {
    const std::uint64_t asks = asksFrom(input);
    if (asks >= next) continue;
    const Output& output = outputs_[static_cast<std::size_t>(input.fifo.front().output)];
    if (output.holder < 0) next = std::min(next, std::max(asks, output.free));
  }
  if (next >= wakeCycle_) return;
  wakeCycle_ = next;
  wake_.notify(context_.clock.middle(next) - sc_core::sc_time_stamp());
}

void Router::decide() {
  ++context_.statistics.routerWakes;
  const std::uint64_t cycle = wakeCycle_;
  wakeCycle_ = kNever;
  pick(cycle);
  for (std::size_t o = 0; o < outputs_.size(); ++o) {
    const int i = std::exchange(picked_[o], -1);
    if (i < 0) continue;
    Output& output = outputs_[o];
    Input& input = inputs_[static_cast<std::size_t>(i)];
    output.last = i;
    output.holder = i;
    input.granted = true;
    const PacketRef packet = input.fifo.front().packet;
    if (const auto start = output.sender.request(*out[o].operator->(), packet, cycle)) {
      leave(static_cast<int>(o), i, *start);
    }
  }
  schedule();
}

/// Round-robin, for all outputs at once: the asking input at the least distance after the one picked last.
void Router::pick(std::uint64_t cycle) {
  const int ports = static_cast<int>(inputs_.size());
  const auto distance = [ports](const Output& output, int input) {
    return (input - output.last - 1 + ports) % ports;
  };
  for (int i = 0; i < ports; ++i) {
    const Input& input = inputs_[static_cast<std::size_t>(i)];
    if (asksFrom(input) > cycle) continue;
    const auto o = static_cast<std::size_t>(input.fifo.front().output);
    const Output& output = outputs_[o];
    if (output.holder >= 0 || output.free > cycle) continue;
    if (picked_[o] < 0 || distance(output, i) < distance(output, picked_[o])) picked_[o] = i;
  }
}

/// The head of the input's first packet leaves in cycle `start`: from here on it is known when the tail
/// leaves, when link and read port are free, and when its room is back at the sender.
void Router::leave(int outputIndex, int inputIndex, std::uint64_t start) {
  Output& output = outputs_[static_cast<std::size_t>(outputIndex)];
  Input& input = inputs_[static_cast<std::size_t>(inputIndex)];
  const std::uint64_t ready = std::max(input.fifo.front().ready, input.readFree);
  const PacketRef packet = std::move(input.fifo.front().packet);
  input.fifo.pop_front();
  context_.recordTraversal(id_, *packet, ready, start);
  context_.recordTransfer(output.link, *packet, ready, start);
  const std::uint64_t tailGone = start + static_cast<std::uint64_t>(packet->flits);
  input.granted = false;
  input.readFree = tailGone;
  output.holder = -1;
  output.free = tailGone;
  input.space.giveBack(tailGone - 1 + static_cast<std::uint64_t>(context_.config.linkCycles), packet->flits);
  answerRequest(inputIndex);
}

/// Room is coming: tells the sender that waits at this input when its packet may leave.
void Router::answerRequest(int inputIndex) {
  const auto i = static_cast<std::size_t>(inputIndex);
  Request& request = inputs_[i].request;
  if (request.payload == nullptr) return;
  const auto start = admit(inputs_[i], request.packet, request.cycle);
  if (!start) return;
  tlm::tlm_generic_payload& payload = *std::exchange(request.payload, nullptr);
  const PacketRef packet = std::move(request.packet);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_time delay = tailArrival(*packet, *start);
  in[i]->nb_transport_bw(payload, phase, delay);
  payload.release();
}

tlm::tlm_sync_enum Router::respond(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_time& delay) {
  Output& output = outputs_[static_cast<std::size_t>(port)];
  const auto start = output.sender.respond(payload, phase, delay);
  if (!start) return tlm::TLM_ACCEPTED;
  leave(port, output.holder, *start);
  schedule();
  return tlm::TLM_COMPLETED;
}

void Router::receiveLoose(int, tlm::tlm_generic_payload& payload, sc_time& delay) {
  const PacketRef packet = PacketPayloads::cargoOf(payload);
  if (!routable(packet)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const auto o = static_cast<std::size_t>(context_.shape.route(id_, packet->destination));
  const NocConfig& config = context_.config;
  const std::uint64_t head = context_.clock.cycleFrom(sc_core::sc_time_stamp() + delay);
  const std::uint64_t ready = head + static_cast<std::uint64_t>(config.routerCycles);
  const std::uint64_t start = outputs_[o].calendar.book(ready, static_cast<std::uint64_t>(packet->flits));
  context_.recordTraversal(id_, *packet, ready, start);
  context_.recordTransfer(outputs_[o].link, *packet, ready, start);
  delay = outputs_[o].sender.transport(*out[o].operator->(), packet,
                                       start + static_cast<std::uint64_t>(config.linkCycles));
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Router::reset() {
  for (Output& output : outputs_) output.last = -1;
}

bool Router::idle() const {
  return std::all_of(inputs_.begin(), inputs_.end(), [](const Input& input) {
    return input.fifo.empty() && input.request.payload == nullptr;
  });
}

std::vector<std::string> Router::waiting() const {
  std::vector<std::string> lines;
  const MeshShape& shape = context_.shape;
  const auto line = [&](const Packet& p, std::size_t input, const std::string& why) {
    static constexpr const char* kSides[] = {"north", "east", "south", "west"};
    const int port = static_cast<int>(input);
    const std::string side = port < kFirstLocal ? kSides[input] : shape.nodeName(shape.nodeAt(id_, port));
    lines.push_back(fmt::format("{}: {} packet {} -> {} (layer {}, {} flits) from {} waits {}",
                                shape.routerName(id_), crosstile::name(p.kind), shape.nodeName(p.source),
                                shape.nodeName(p.destination), p.layer, p.flits, side, why));
  };
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Input& input = inputs_[i];
    for (std::size_t k = 0; k < input.fifo.size(); ++k) {
      const Output& output = outputs_[static_cast<std::size_t>(input.fifo[k].output)];
      const std::string& link = context_.statistics.links[static_cast<std::size_t>(output.link)].name;
      const std::string why = k > 0           ? "behind others in the buffer"
                              : input.granted ? fmt::format("for room beyond {}", link)
                                              : fmt::format("for {}", link);
      line(*input.fifo[k].packet, i, why);
    }
    if (input.request.payload != nullptr) line(*input.request.packet, i, "for room in this router");
  }
  return lines;
}

}  // namespace crosstile
