// SPDX-License-Identifier: Apache-2.0
#include "tests/tlm/base_protocol_checker.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

namespace crosstile::testing {

using sc_core::sc_time;
using sc_core::sc_time_stamp;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;

namespace {

std::uint64_t hashBytes(std::uint64_t hash, const unsigned char* bytes, unsigned int count) {
  for (unsigned int i = 0; bytes != nullptr && i < count; ++i) hash = (hash ^ bytes[i]) * 1099511628211ULL;
  return hash;
}

}  // namespace

BaseProtocolChecker::BaseProtocolChecker(const sc_core::sc_module_name& moduleName)
    : sc_module(moduleName),
      place_(name()),
      direct_([this](const char* rule, const std::string& text) { violate(rule, text); }) {
  target.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
  initiator.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
}

BaseProtocolChecker::~BaseProtocolChecker() {
  const char* file = std::getenv("CROSSTILE_TLM_CHECKS");
  if (file == nullptr) return;
  const std::string line =
      fmt::format("{} {} {} {}\n", transactions_, checks(), direct_.debugs(), direct_.requests());
  std::ofstream(file, std::ios::app) << line;
}

void BaseProtocolChecker::violate(const char* rule, const std::string& text) {
  violations_.push_back({rule, fmt::format("{} at {}: {}", place_, sc_time_stamp().to_string(), text)});
}

// ---- forwarding ----

tlm_sync_enum BaseProtocolChecker::nb_transport_fw(Payload& payload, tlm_phase& phase, sc_time& delay) {
  const sc_time time = sc_time_stamp() + delay;
  const tlm_phase sent = phase;
  if (phase == tlm::BEGIN_REQ) {
    beginRequest(payload, time);
  } else if (phase == tlm::END_RESP) {
    endResponse(payload, time);
  } else if (check(phase == tlm::END_REQ || phase == tlm::BEGIN_RESP)) {
    violate("wrong-path", fmt::format("{} on the forward path", phase.get_name()));
  }
  const tlm_sync_enum answer = initiator->nb_transport_fw(payload, phase, delay);
  checkReturn(sent, phase, answer, time, sc_time_stamp() + delay);
  forwardReturned(payload, sent, phase, answer, sc_time_stamp() + delay);
  return answer;
}

tlm_sync_enum BaseProtocolChecker::nb_transport_bw(Payload& payload, tlm_phase& phase, sc_time& delay) {
  const sc_time time = sc_time_stamp() + delay;
  const tlm_phase sent = phase;
  if (phase == tlm::END_REQ) {
    endRequest(payload, time);
  } else if (phase == tlm::BEGIN_RESP) {
    beginResponse(payload, time);
  } else if (check(phase == tlm::BEGIN_REQ || phase == tlm::END_RESP)) {
    violate("wrong-path", fmt::format("{} on the backward path", phase.get_name()));
  }
  const tlm_sync_enum answer = target->nb_transport_bw(payload, phase, delay);
  checkReturn(sent, phase, answer, time, sc_time_stamp() + delay);
  backwardReturned(payload, sent, phase, answer, sc_time_stamp() + delay);
  return answer;
}

void BaseProtocolChecker::b_transport(Payload& payload, sc_time& delay) {
  ++transactions_;
  if (check(flights_.count(&payload) != 0 || !blocking_.insert(&payload).second)) {
    violate("payload-reused", "b_transport of a payload that is in flight");
  }
  if (payload.has_mm()) checkReferences(payload);
  checkStart(payload);
  const Attributes before = attributesOf(payload);
  const sc_time time = sc_time_stamp() + delay;
  initiator->b_transport(payload, delay);
  checkUnchanged(payload, before);
  if (check(payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE)) {
    violate("no-response", "b_transport returned without a response status");
  }
  if (check(sc_time_stamp() + delay < time))
    violate("time-went-back", "b_transport returned an earlier time");
  if (payload.is_response_ok()) direct_.transported(payload);
  blocking_.erase(&payload);
}

unsigned int BaseProtocolChecker::transport_dbg(Payload& payload) {
  return direct_.debug(payload, [&] { return initiator->transport_dbg(payload); });
}

bool BaseProtocolChecker::get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) {
  return direct_.request(payload, dmi, [&] { return initiator->get_direct_mem_ptr(payload, dmi); });
}

void BaseProtocolChecker::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
  direct_.invalidate(start, end);
  target->invalidate_direct_mem_ptr(start, end);
}

// ---- phases ----

void BaseProtocolChecker::beginRequest(Payload& payload, const sc_time& time) {
  ++transactions_;
  if (check(!payload.has_mm())) {
    violate("no-memory-manager", "BEGIN_REQ of a payload without a memory manager");
  } else {
    checkReferences(payload);
  }
  if (check(flights_.count(&payload) != 0 || blocking_.count(&payload) != 0)) {
    violate("payload-reused", "BEGIN_REQ of a payload that is in flight");
  }
  if (check(request_ != nullptr)) violate("request-exclusion", "BEGIN_REQ before the last request ended");
  if (check(time < lastRequestEnd_))
    violate("time-went-back", "BEGIN_REQ at a time before the end of the last request");
  checkTime("BEGIN_REQ", time, lastRequest_);
  checkStart(payload);
  request_ = &payload;
  flights_[&payload] = Flight{attributesOf(payload), State::request, time, tlm::TLM_INCOMPLETE_RESPONSE};
}

void BaseProtocolChecker::endRequest(Payload& payload, const sc_time& time) {
  Flight* flight = flightOf(payload, "END_REQ");
  if (flight == nullptr) return;
  if (check(flight->state != State::request)) violate("phase-order", "END_REQ of a request that had ended");
  checkTime("END_REQ", time, flight->last);
  lastRequestEnd_ = std::max(lastRequestEnd_, time);
  if (flight->state == State::request) flight->state = State::requestEnded;
  if (request_ == &payload) request_ = nullptr;
}

void BaseProtocolChecker::beginResponse(Payload& payload, const sc_time& time) {
  Flight* flight = flightOf(payload, "BEGIN_RESP");
  if (flight == nullptr) return;
  if (check(flight->state == State::response)) violate("phase-order", "BEGIN_RESP twice");
  if (check(response_ != nullptr && response_ != &payload)) {
    violate("response-exclusion", "BEGIN_RESP before the last response ended");
  }
  if (flight->state == State::request) lastRequestEnd_ = std::max(lastRequestEnd_, time);  // implies END_REQ
  if (request_ == &payload) request_ = nullptr;
  checkTime("BEGIN_RESP", time, flight->last);
  checkTime("BEGIN_RESP", time, lastResponse_);
  flight->status = payload.get_response_status();
  if (check(flight->status == tlm::TLM_INCOMPLETE_RESPONSE))
    violate("no-response", "BEGIN_RESP without a response status");
  flight->state = State::response;
  response_ = &payload;
}

void BaseProtocolChecker::endResponse(Payload& payload, const sc_time& time) {
  Flight* flight = flightOf(payload, "END_RESP");
  if (flight == nullptr) return;
  if (check(flight->state != State::response)) {
    violate("phase-order", "END_RESP before BEGIN_RESP");
  } else if (check(payload.get_response_status() != flight->status)) {
    violate("status-changed", "response status changed after BEGIN_RESP");
  }
  checkTime("END_RESP", time, flight->last);
  if (response_ == &payload) response_ = nullptr;
  if (request_ == &payload) request_ = nullptr;
  flights_.erase(&payload);
}

/// TLM_COMPLETED in answer to BEGIN_REQ: all phases that are left happen at once.
void BaseProtocolChecker::complete(Payload& payload, const sc_time& time) {
  Flight* flight = flightOf(payload, "TLM_COMPLETED");
  if (flight == nullptr) return;
  if (check(payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE)) {
    violate("no-response", "TLM_COMPLETED without a response status");
  }
  checkTime("TLM_COMPLETED", time, flight->last);
  checkTime("TLM_COMPLETED", time, lastResponse_);
  if (request_ == &payload) request_ = nullptr;
  if (response_ == &payload) response_ = nullptr;
  flights_.erase(&payload);
}

void BaseProtocolChecker::forwardReturned(Payload& payload, tlm_phase sent, tlm_phase phase,
                                          tlm_sync_enum answer, const sc_time& time) {
  if (check(sent == tlm::END_RESP && answer == tlm::TLM_UPDATED))
    violate("illegal-return", "TLM_UPDATED to END_RESP");
  if (sent != tlm::BEGIN_REQ) return;
  if (answer == tlm::TLM_COMPLETED) {
    complete(payload, time);
  } else if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
    endRequest(payload, time);
  } else if (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
    beginResponse(payload, time);
  } else if (check(answer == tlm::TLM_UPDATED)) {
    violate("illegal-return", fmt::format("TLM_UPDATED to BEGIN_REQ with phase {}", phase.get_name()));
  }
}

void BaseProtocolChecker::backwardReturned(Payload& payload, tlm_phase sent, tlm_phase phase,
                                           tlm_sync_enum answer, const sc_time& time) {
  if (check(sent == tlm::END_REQ && answer != tlm::TLM_ACCEPTED)) {
    violate("illegal-return", "END_REQ answered with other than TLM_ACCEPTED");
  }
  if (sent != tlm::BEGIN_RESP) return;
  if (answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP)) {
    endResponse(payload, time);
  } else if (check(answer == tlm::TLM_UPDATED)) {
    violate("illegal-return", fmt::format("TLM_UPDATED to BEGIN_RESP with phase {}", phase.get_name()));
  }
}

// ---- rules ----

void BaseProtocolChecker::checkReturn(tlm_phase sent, tlm_phase phase, tlm_sync_enum answer,
                                      const sc_time& sentTime, const sc_time& time) {
  if (check(answer == tlm::TLM_ACCEPTED && (phase != sent || time != sentTime))) {
    violate("accepted-changed", fmt::format("TLM_ACCEPTED to {} changed phase or time", sent.get_name()));
  }
  if (check(answer != tlm::TLM_ACCEPTED && time < sentTime)) {
    violate("time-went-back", fmt::format("the answer to {} is earlier than the call", sent.get_name()));
  }
}

BaseProtocolChecker::Flight* BaseProtocolChecker::flightOf(const Payload& payload, const char* phase) {
  const auto found = flights_.find(&payload);
  if (check(found == flights_.end())) {
    violate("unknown-transaction", fmt::format("{} of a payload that isn't in flight", phase));
    return nullptr;
  }
  checkReferences(payload);
  checkUnchanged(payload, found->second.attributes);
  return &found->second;
}

void BaseProtocolChecker::checkTime(const char* what, const sc_time& time, sc_time& last) {
  if (check(time < last)) {
    violate("time-went-back", fmt::format("{} at {}, after {}", what, time.to_string(), last.to_string()));
  }
  last = std::max(last, time);
}

void BaseProtocolChecker::checkReferences(const Payload& payload) {
  if (check(payload.has_mm() && payload.get_ref_count() < 1))
    violate("released", "a payload in flight has no references");
}

void BaseProtocolChecker::checkStart(const Payload& p) {
  if (check(p.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE)) {
    violate("initial-status", "response status set before the transaction");
  }
  if (check(p.is_dmi_allowed())) violate("initial-status", "DMI allowed set before the transaction");
  if (p.get_command() == tlm::TLM_IGNORE_COMMAND) return;  // moves no bytes: the rest has no meaning
  if (check(p.get_data_ptr() == nullptr || p.get_data_length() == 0))
    violate("no-data", "read or write without data");
  if (check(p.get_streaming_width() == 0)) violate("streaming-width", "streaming width is zero");
  const unsigned char* enables = p.get_byte_enable_ptr();
  if (enables == nullptr) return;
  if (check(p.get_byte_enable_length() == 0)) violate("byte-enables", "byte enables of length zero");
  for (unsigned int i = 0; i < p.get_byte_enable_length(); ++i) {
    if (check(enables[i] != TLM_BYTE_ENABLED && enables[i] != TLM_BYTE_DISABLED)) {
      violate("byte-enables", fmt::format("byte enable {} is 0x{:02x}", i, enables[i]));
    }
  }
}

BaseProtocolChecker::Attributes BaseProtocolChecker::attributesOf(const Payload& p) {
  std::uint64_t contents =
      hashBytes(14695981039346656037ULL, p.get_byte_enable_ptr(), p.get_byte_enable_length());
  if (p.get_command() == tlm::TLM_WRITE_COMMAND)
    contents = hashBytes(contents, p.get_data_ptr(), p.get_data_length());
  return {p.get_command(),         p.get_address(),         p.get_data_ptr(),           p.get_data_length(),
          p.get_streaming_width(), p.get_byte_enable_ptr(), p.get_byte_enable_length(), contents};
}

void BaseProtocolChecker::checkUnchanged(const Payload& payload, const Attributes& before) {
  const char* what = nullptr;
  if (payload.get_command() != before.command) {
    what = "command";
  } else if (payload.get_address() != before.address) {
    what = "address";
  } else if (payload.get_data_ptr() != before.data || payload.get_data_length() != before.length) {
    what = "data pointer or length";
  } else if (payload.get_streaming_width() != before.streamingWidth) {
    what = "streaming width";
  } else if (payload.get_byte_enable_ptr() != before.byteEnables ||
             payload.get_byte_enable_length() != before.byteEnableLength) {
    what = "byte enables";
  } else if (attributesOf(payload).contents != before.contents) {
    what = "bytes of a write, or byte enables,";
  }
  if (check(what != nullptr)) violate("attributes-changed", fmt::format("{} changed in flight", what));
}

}  // namespace crosstile::testing
