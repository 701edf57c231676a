// SPDX-License-Identifier: Apache-2.0
// The checker itself: silent on every legal course of a transaction, and each rule caught when broken.
#include "tests/tlm/base_protocol_checker.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "tests/tlm/simulation.h"

namespace crosstile::testing {
namespace {

using sc_core::sc_time;
using sc_core::SC_ZERO_TIME;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;
using Payload = tlm::tlm_generic_payload;

/// Counts references and keeps payloads: they are the tests' own.
struct KeepingManager final : tlm::tlm_mm_interface {
  void free(Payload*) override { ++freed; }
  int freed = 0;
};

/// An initiator that answers backward calls as told.
struct Initiator : sc_core::sc_module, tlm::tlm_bw_transport_if<> {
  tlm::tlm_initiator_socket<32> socket{"socket"};
  std::function<tlm_sync_enum(Payload&, tlm_phase&, sc_time&)> answer;
  explicit Initiator(const sc_core::sc_module_name& n) : sc_module(n) { socket.bind(*this); }
  tlm_sync_enum nb_transport_bw(Payload& p, tlm_phase& phase, sc_time& t) override {
    return answer(p, phase, t);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
};

/// A target that answers forward calls as told.
struct Target : sc_core::sc_module, tlm::tlm_fw_transport_if<> {
  tlm::tlm_target_socket<32> socket{"socket"};
  std::function<tlm_sync_enum(Payload&, tlm_phase&, sc_time&)> answer;
  std::function<void(Payload&, sc_time&)> blocking;
  explicit Target(const sc_core::sc_module_name& n) : sc_module(n) { socket.bind(*this); }
  tlm_sync_enum nb_transport_fw(Payload& p, tlm_phase& phase, sc_time& t) override {
    return answer(p, phase, t);
  }
  void b_transport(Payload& p, sc_time& t) override { blocking(p, t); }
  unsigned int transport_dbg(Payload&) override { return 0; }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi&) override { return false; }
};

class CheckerTest : public SimulationTest {
 protected:
  CheckerTest() {
    initiator.socket.bind(checker.target);
    checker.initiator.bind(target.socket);
    accept();
    initiator.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
    for (Payload* p : {&a, &b}) prepare(*p);
    sc_core::sc_start(SC_ZERO_TIME);
  }

  void prepare(Payload& p) {
    p.set_mm(&manager);
    p.acquire();
    p.set_command(tlm::TLM_WRITE_COMMAND);
    p.set_address(0x100);
    p.set_data_ptr(bytes);
    p.set_data_length(sizeof bytes);
    p.set_streaming_width(sizeof bytes);
    p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }

  void accept() {
    target.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  }
  void completeWith(std::function<void(Payload&, sc_time&)> effect) {
    target.answer = [effect](Payload& p, tlm_phase&, sc_time& t) {
      p.set_response_status(tlm::TLM_OK_RESPONSE);
      effect(p, t);
      return tlm::TLM_COMPLETED;
    };
  }
  tlm_sync_enum forward(Payload& p, tlm_phase phase, double delayPs = 0) {
    sc_time t = ps(delayPs);
    return initiator.socket->nb_transport_fw(p, phase, t);
  }
  tlm_sync_enum backward(Payload& p, tlm_phase phase, double delayPs = 0) {
    if (phase == tlm::BEGIN_RESP && p.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) {
      p.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    sc_time t = ps(delayPs);
    return target.socket->nb_transport_bw(p, phase, t);
  }
  void block(Payload& p, double delayPs = 0) {
    sc_time t = ps(delayPs);
    initiator.socket->b_transport(p, t);
  }
  std::set<std::string> rules() const {
    std::set<std::string> names;
    for (const Violation& v : checker.violations()) names.insert(v.rule);
    return names;
  }
  void expectRule(const std::string& rule) const { EXPECT_THAT(rules(), ::testing::ElementsAre(rule)); }
  void expectClean() const {
    EXPECT_THAT(rules(), ::testing::IsEmpty());
    EXPECT_EQ(checker.outstanding(), 0u);
  }

  unsigned char bytes[4] = {1, 2, 3, 4};
  KeepingManager manager;
  Payload a, b;
  Initiator initiator{"initiator"};
  BaseProtocolChecker checker{"checker"};
  Target target{"target"};
};

// ---- legal courses ----

TEST_F(CheckerTest, FourPhasesAreLegal) {
  initiator.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  forward(a, tlm::BEGIN_REQ, 10);
  backward(a, tlm::END_REQ, 20);
  forward(b, tlm::BEGIN_REQ, 20);  // pipelined: the request has ended, the response not begun
  backward(a, tlm::BEGIN_RESP, 30);
  forward(a, tlm::END_RESP, 40);
  backward(b, tlm::BEGIN_RESP, 50);  // END_REQ implied
  forward(b, tlm::END_RESP, 60);
  expectClean();
  EXPECT_EQ(checker.transactions(), 2u);
}

TEST_F(CheckerTest, EarlyCompletionIsLegal) {
  completeWith([](Payload&, sc_time& t) { t += ps(5); });
  EXPECT_EQ(forward(a, tlm::BEGIN_REQ, 10), tlm::TLM_COMPLETED);
  EXPECT_EQ(forward(b, tlm::BEGIN_REQ, 20), tlm::TLM_COMPLETED);
  expectClean();
}

TEST_F(CheckerTest, ReturnPathPhasesAreLegal) {
  target.answer = [](Payload& p, tlm_phase& phase, sc_time& t) {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    phase = tlm::BEGIN_RESP;
    t += ps(10);
    return tlm::TLM_UPDATED;
  };
  EXPECT_EQ(forward(a, tlm::BEGIN_REQ), tlm::TLM_UPDATED);
  forward(a, tlm::END_RESP, 10);
  expectClean();
}

TEST_F(CheckerTest, BlockingIsLegal) {
  target.blocking = [](Payload& p, sc_time& t) {
    t += ps(100);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  block(a, 10);
  a.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  block(a, 10);
  expectClean();
}

TEST_F(CheckerTest, EmptyIgnoreCommandIsLegal) {
  completeWith([](Payload&, sc_time&) {});
  a.set_command(tlm::TLM_IGNORE_COMMAND);
  a.set_data_ptr(nullptr);
  a.set_data_length(0);
  a.set_streaming_width(0);
  forward(a, tlm::BEGIN_REQ);
  expectClean();
}

TEST_F(CheckerTest, UnfinishedTransactionIsCounted) {
  forward(a, tlm::BEGIN_REQ);
  EXPECT_EQ(checker.outstanding(), 1u);
}

// ---- seeded violations: each caught, and nothing else ----

TEST_F(CheckerTest, CatchesSecondRequest) {
  forward(a, tlm::BEGIN_REQ);
  forward(b, tlm::BEGIN_REQ);
  expectRule("request-exclusion");
}

TEST_F(CheckerTest, CatchesSecondResponse) {
  initiator.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  forward(a, tlm::BEGIN_REQ);
  backward(a, tlm::END_REQ);
  forward(b, tlm::BEGIN_REQ);
  backward(a, tlm::BEGIN_RESP);
  backward(b, tlm::BEGIN_RESP);
  expectRule("response-exclusion");
}

TEST_F(CheckerTest, CatchesReuse) {
  initiator.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  forward(a, tlm::BEGIN_REQ);
  backward(a, tlm::END_REQ);
  forward(a, tlm::BEGIN_REQ);
  expectRule("payload-reused");
}

TEST_F(CheckerTest, CatchesBlockingReuse) {
  target.blocking = [](Payload& p, sc_time&) { p.set_response_status(tlm::TLM_OK_RESPONSE); };
  forward(a, tlm::BEGIN_REQ);
  block(a);
  expectRule("payload-reused");
}

TEST_F(CheckerTest, CatchesBlockingReentry) {
  int depth = 0;
  target.blocking = [&](Payload& p, sc_time& t) {
    if (depth++ == 0) initiator.socket->b_transport(p, t);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  block(a);
  expectRule("payload-reused");
}

TEST_F(CheckerTest, CatchesUnknownTransaction) {
  backward(a, tlm::BEGIN_RESP);
  expectRule("unknown-transaction");
}

TEST_F(CheckerTest, CatchesEndReqTwice) {
  initiator.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  forward(a, tlm::BEGIN_REQ);
  backward(a, tlm::END_REQ);
  backward(a, tlm::END_REQ);
  expectRule("phase-order");
}

TEST_F(CheckerTest, CatchesBeginRespTwice) {
  initiator.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  forward(a, tlm::BEGIN_REQ);
  backward(a, tlm::BEGIN_RESP);
  backward(a, tlm::BEGIN_RESP);
  expectRule("phase-order");
}

TEST_F(CheckerTest, CatchesEndRespTooEarly) {
  forward(a, tlm::BEGIN_REQ);
  forward(a, tlm::END_RESP);
  expectRule("phase-order");
}

TEST_F(CheckerTest, CatchesPhaseOnTheWrongPath) {
  forward(a, tlm::BEGIN_RESP);
  expectRule("wrong-path");
  initiator.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  backward(a, tlm::BEGIN_REQ);
  EXPECT_EQ(checker.violations().size(), 2u);
}

TEST_F(CheckerTest, CatchesIllegalReturns) {
  target.answer = [](Payload&, tlm_phase& phase, sc_time&) {
    phase = tlm::END_RESP;
    return tlm::TLM_UPDATED;
  };
  forward(a, tlm::BEGIN_REQ);
  expectRule("illegal-return");
  backward(a, tlm::END_REQ);  // this initiator answers TLM_COMPLETED
  EXPECT_EQ(checker.violations().size(), 2u);
  expectRule("illegal-return");
}

TEST_F(CheckerTest, CatchesAcceptedWithChanges) {
  target.answer = [](Payload&, tlm_phase&, sc_time& t) {
    t += ps(1);
    return tlm::TLM_ACCEPTED;
  };
  forward(a, tlm::BEGIN_REQ);
  expectRule("accepted-changed");
}

TEST_F(CheckerTest, CatchesMissingMemoryManager) {
  Payload bare;
  bare.set_command(tlm::TLM_READ_COMMAND);
  bare.set_data_ptr(bytes);
  bare.set_data_length(4);
  bare.set_streaming_width(4);
  forward(bare, tlm::BEGIN_REQ);
  expectRule("no-memory-manager");
}

TEST_F(CheckerTest, CatchesReleaseInFlight) {
  forward(a, tlm::BEGIN_REQ);
  a.release();
  backward(a, tlm::BEGIN_RESP);
  expectRule("released");
}

TEST_F(CheckerTest, CatchesMissingData) {
  a.set_data_ptr(nullptr);
  a.set_command(tlm::TLM_READ_COMMAND);
  forward(a, tlm::BEGIN_REQ);
  expectRule("no-data");
}

TEST_F(CheckerTest, CatchesZeroStreamingWidth) {
  a.set_streaming_width(0);
  forward(a, tlm::BEGIN_REQ);
  expectRule("streaming-width");
}

TEST_F(CheckerTest, CatchesBadByteEnables) {
  unsigned char enables[2] = {0xff, 0x0f};
  a.set_byte_enable_ptr(enables);
  a.set_byte_enable_length(2);
  forward(a, tlm::BEGIN_REQ);
  b.set_byte_enable_ptr(enables);
  b.set_byte_enable_length(0);
  backward(a, tlm::BEGIN_RESP);
  forward(b, tlm::BEGIN_REQ);
  expectRule("byte-enables");
  EXPECT_EQ(checker.violations().size(), 2u);
}

TEST_F(CheckerTest, CatchesStatusSetByInitiator) {
  a.set_response_status(tlm::TLM_OK_RESPONSE);
  forward(a, tlm::BEGIN_REQ);
  expectRule("initial-status");
}

TEST_F(CheckerTest, CatchesDmiHintSetByInitiator) {
  a.set_dmi_allowed(true);
  forward(a, tlm::BEGIN_REQ);
  expectRule("initial-status");
}

TEST_F(CheckerTest, CatchesEveryAttributeChange) {
  using Change = std::function<void(Payload&)>;
  unsigned char enables[1] = {0xff};
  const std::vector<Change> changes = {
      [](Payload& p) { p.set_command(tlm::TLM_READ_COMMAND); },
      [](Payload& p) { p.set_address(p.get_address() + 4); },
      [](Payload& p) { p.set_data_length(2); },
      [this](Payload& p) { p.set_data_ptr(bytes + 1); },
      [](Payload& p) { p.set_streaming_width(2); },
      [&](Payload& p) { p.set_byte_enable_ptr(enables); },
      [this](Payload&) { bytes[2] ^= 1; },
  };
  std::size_t caught = 0;
  for (const Change& change : changes) {
    prepare(a);
    completeWith([&](Payload& p, sc_time&) { change(p); });
    forward(a, tlm::BEGIN_REQ);
    EXPECT_EQ(checker.violations().size(), ++caught);
    a.set_byte_enable_ptr(nullptr);
  }
  expectRule("attributes-changed");
}

TEST_F(CheckerTest, CatchesMissingResponseStatus) {
  target.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_COMPLETED; };
  forward(a, tlm::BEGIN_REQ);
  expectRule("no-response");
  target.blocking = [](Payload&, sc_time&) {};
  block(b);
  EXPECT_EQ(checker.violations().size(), 2u);
  expectRule("no-response");
}

TEST_F(CheckerTest, CatchesStatusChangedAfterResponse) {
  initiator.answer = [](Payload&, tlm_phase&, sc_time&) { return tlm::TLM_ACCEPTED; };
  forward(a, tlm::BEGIN_REQ);
  backward(a, tlm::BEGIN_RESP);
  a.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  forward(a, tlm::END_RESP);
  expectRule("status-changed");
}

TEST_F(CheckerTest, CatchesTimeGoingBack) {
  completeWith([](Payload&, sc_time& t) { t = SC_ZERO_TIME; });
  forward(a, tlm::BEGIN_REQ, 10);  // answered earlier than asked
  expectRule("time-went-back");
}

TEST_F(CheckerTest, CatchesRequestsOutOfTime) {
  completeWith([](Payload&, sc_time&) {});
  forward(a, tlm::BEGIN_REQ, 20);
  forward(b, tlm::BEGIN_REQ, 10);
  expectRule("time-went-back");
}

TEST_F(CheckerTest, CatchesResponseBeforeRequest) {
  forward(a, tlm::BEGIN_REQ, 20);
  backward(a, tlm::BEGIN_RESP, 10);
  expectRule("time-went-back");
}

TEST_F(CheckerTest, CatchesBlockingTimeGoingBack) {
  target.blocking = [](Payload& p, sc_time& t) {
    t = SC_ZERO_TIME;
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  block(a, 10);
  expectRule("time-went-back");
}

}  // namespace
}  // namespace crosstile::testing
