// SPDX-License-Identifier: Apache-2.0
// A monitor that sits between an initiator and a target socket, forwards everything and checks the TLM-2.0
// base protocol (IEEE 1666-2011, clauses 11, 14 and 15), blocking and non-blocking. Violations are recorded,
// never printed.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "tests/tlm/direct_access_rules.h"

namespace crosstile::testing {

struct Violation {
  std::string rule;
  std::string text;
};

/// Rules, by name:
///   request-exclusion     BEGIN_REQ before the last request ended (END_REQ, BEGIN_RESP or TLM_COMPLETED)
///   response-exclusion    BEGIN_RESP before the last response ended
///   payload-reused        BEGIN_REQ or b_transport with a payload that is still in flight here
///   unknown-transaction   a later phase of a payload that isn't in flight
///   phase-order           END_REQ twice or after BEGIN_RESP, BEGIN_RESP twice, END_RESP before BEGIN_RESP
///   wrong-path            END_REQ or BEGIN_RESP forward, BEGIN_REQ or END_RESP backward
///   illegal-return        a return value or returned phase that the call doesn't allow
///   accepted-changed      TLM_ACCEPTED, but phase or time was changed
///   no-memory-manager     non-blocking transport of a payload without one
///   released              a payload in flight without references
///   no-data               read or write with a null data pointer or no bytes
///   streaming-width       read or write with streaming width zero
///   byte-enables          byte enables of length zero, or a value other than 0x00 and 0xff
///   initial-status        response status not TLM_INCOMPLETE_RESPONSE, or DMI allowed, at the start
///   attributes-changed    command, address, pointers, lengths, byte enables or the data of a write changed
///                         in flight
///   no-response           TLM_INCOMPLETE_RESPONSE at the response
///   status-changed        response status changed after the response
///   time-went-back        an annotated time before that of the call, of the transaction's last phase, or of the
///                         last request or response on this socket
/// and those of DirectAccessRules. Every comparison with a rule is counted; when the environment names a file in
/// CROSSTILE_TLM_CHECKS, each checker adds a line with its counts to it (scripts/count_checks).
class BaseProtocolChecker : public sc_core::sc_module,
                            public tlm::tlm_fw_transport_if<>,
                            public tlm::tlm_bw_transport_if<> {
 public:
  tlm::tlm_target_socket<32> target{"target"};           ///< bound to the initiator under test
  tlm::tlm_initiator_socket<32> initiator{"initiator"};  ///< bound to the target under test

  explicit BaseProtocolChecker(const sc_core::sc_module_name& moduleName);
  ~BaseProtocolChecker() override;
  /// How violations name this connection; the module's name if never called.
  void describe(const std::string& place) { place_ = place; }
  const std::string& place() const { return place_; }

  const std::vector<Violation>& violations() const { return violations_; }
  std::size_t outstanding() const { return flights_.size() + blocking_.size(); }
  std::uint64_t transactions() const { return transactions_; }  ///< started
  std::uint64_t checks() const { return checks_ + direct_.checks(); }

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  unsigned int transport_dbg(tlm::tlm_generic_payload& payload) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) override;

 private:
  using Payload = tlm::tlm_generic_payload;
  enum class State { request, requestEnded, response };

  /// What may not change from the start to the end of a transaction.
  struct Attributes {
    tlm::tlm_command command;
    sc_dt::uint64 address;
    const unsigned char* data;
    unsigned int length;
    unsigned int streamingWidth;
    const unsigned char* byteEnables;
    unsigned int byteEnableLength;
    std::uint64_t contents;  // hash of byte enables, and of the data of a write
  };
  struct Flight {
    Attributes attributes;
    State state = State::request;
    sc_core::sc_time last;
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  };

  void violate(const char* rule, const std::string& text);
  /// Counts a check. @return bad
  bool check(bool bad) {
    ++checks_;
    return bad;
  }
  static Attributes attributesOf(const Payload& payload);
  void checkStart(const Payload& payload);
  void checkUnchanged(const Payload& payload, const Attributes& before);
  void checkReferences(const Payload& payload);
  void checkTime(const char* what, const sc_core::sc_time& time, sc_core::sc_time& last);
  Flight* flightOf(const Payload& payload, const char* phase);

  void beginRequest(Payload& payload, const sc_core::sc_time& time);
  void endRequest(Payload& payload, const sc_core::sc_time& time);
  void beginResponse(Payload& payload, const sc_core::sc_time& time);
  void endResponse(Payload& payload, const sc_core::sc_time& time);
  void complete(Payload& payload, const sc_core::sc_time& time);
  void forwardReturned(Payload& payload, tlm::tlm_phase sent, tlm::tlm_phase phase, tlm::tlm_sync_enum answer,
                       const sc_core::sc_time& time);
  void backwardReturned(Payload& payload, tlm::tlm_phase sent, tlm::tlm_phase phase,
                        tlm::tlm_sync_enum answer, const sc_core::sc_time& time);
  void checkReturn(tlm::tlm_phase sent, tlm::tlm_phase phase, tlm::tlm_sync_enum answer,
                   const sc_core::sc_time& sentTime, const sc_core::sc_time& time);

  std::string place_;
  std::vector<Violation> violations_;
  std::uint64_t transactions_ = 0, checks_ = 0;
  DirectAccessRules direct_;
  std::map<const Payload*, Flight> flights_;
  std::set<const Payload*> blocking_;
  const Payload* request_ = nullptr;   // begun and not ended
  const Payload* response_ = nullptr;  // begun and not ended
  sc_core::sc_time lastRequest_, lastRequestEnd_, lastResponse_;
};

}  // namespace crosstile::testing
