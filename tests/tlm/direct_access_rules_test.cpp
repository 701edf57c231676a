// SPDX-License-Identifier: Apache-2.0
// Rules of debug accesses and direct memory pointers: silent on what is legal, each caught when broken.
#include "tests/tlm/direct_access_rules.h"

#include <gmock/gmock.h>

#include <functional>
#include <numeric>
#include <set>

#include "tests/tlm/simulation.h"

namespace crosstile::testing {
namespace {

using Payload = tlm::tlm_generic_payload;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A memory at 0x100 that can be reached every way, and misbehaves as told.
struct Memory : sc_core::sc_module, tlm::tlm_fw_transport_if<> {
  tlm::tlm_target_socket<32> socket{"socket"};
  std::vector<unsigned char> bytes = std::vector<unsigned char>(64);
  std::function<void(Payload&)> misbehave = [](Payload&) {};
  std::function<void(tlm::tlm_dmi&)> grant;  // none: refuses
  unsigned int extra = 0;                    // bytes that a debug access claims beside those moved
  explicit Memory(const sc_core::sc_module_name& n) : sc_module(n) {
    socket.bind(*this);
    std::iota(bytes.begin(), bytes.end(), 0);
  }
  unsigned int move(Payload& p) {
    unsigned char* at = bytes.data() + (p.get_address() - 0x100);
    if (p.get_data_ptr() == nullptr) return 0;
    if (p.is_read()) std::copy_n(at, p.get_data_length(), p.get_data_ptr());
    if (p.is_write()) std::copy_n(p.get_data_ptr(), p.get_data_length(), at);
    return p.is_read() || p.is_write() ? p.get_data_length() : 0;
  }
  tlm::tlm_sync_enum nb_transport_fw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;
  }
  void b_transport(Payload& p, sc_core::sc_time&) override {
    move(p);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned int transport_dbg(Payload& p) override {
    const unsigned int moved = move(p);
    misbehave(p);
    return moved + extra;
  }
  bool get_direct_mem_ptr(Payload& p, tlm::tlm_dmi& dmi) override {
    misbehave(p);
    if (!grant) return false;
    dmi.set_dmi_ptr(bytes.data());
    dmi.set_start_address(0x100);
    dmi.set_end_address(0x100 + bytes.size() - 1);
    dmi.allow_read_write();
    grant(dmi);
    return true;
  }
};

struct Master : sc_core::sc_module, tlm::tlm_bw_transport_if<> {
  tlm::tlm_initiator_socket<32> socket{"socket"};
  std::function<void()> thread;
  explicit Master(const sc_core::sc_module_name& n) : sc_module(n) {
    socket.bind(*this);
    SC_HAS_PROCESS(Master);
    SC_THREAD(run);
  }
  void run() { thread(); }
  tlm::tlm_sync_enum nb_transport_bw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
};

class DirectAccess : public SimulationTest {
 protected:
  DirectAccess() {
    master.socket.bind(checker.target);
    checker.initiator.bind(memory.socket);
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(0x110);
    payload.set_data_ptr(data);
    payload.set_data_length(4);
    payload.set_streaming_width(4);
  }
  /// Runs in a process: targets that misbehave can wait.
  void run(std::function<void()> what) {
    master.thread = std::move(what);
    sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
  }
  unsigned int debug() { return master.socket->transport_dbg(payload); }
  bool pointer() { return master.socket->get_direct_mem_ptr(payload, dmi); }
  void transport() {
    sc_core::sc_time delay;
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    master.socket->b_transport(payload, delay);
  }
  std::set<std::string> rules() const {
    std::set<std::string> names;
    for (const Violation& v : checker.violations()) names.insert(v.rule);
    return names;
  }

  Master master{"master"};
  BaseProtocolChecker checker{"checker"};
  Memory memory{"memory"};
  Payload payload;
  tlm::tlm_dmi dmi;
  unsigned char data[4] = {9, 9, 9, 9};
};

TEST_F(DirectAccess, LegalAccessesAreSilentAndCounted) {
  run([&] {
    EXPECT_EQ(debug(), 4U);
    EXPECT_FALSE(pointer());
    memory.grant = [](tlm::tlm_dmi&) {};
    EXPECT_TRUE(pointer());
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    transport();
    debug();
    payload.set_command(tlm::TLM_IGNORE_COMMAND);
    EXPECT_EQ(debug(), 0U);
  });
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_GT(checker.checks(), 15U);
}

TEST_F(DirectAccess, CatchesTimeThatPasses) {
  memory.misbehave = [](Payload&) { sc_core::wait(sc_core::SC_ZERO_TIME); };
  run([&] { debug(); });
  EXPECT_THAT(rules(), ElementsAre("debug-time"));
}

TEST_F(DirectAccess, CatchesTimeThatPassesForAPointer) {
  memory.misbehave = [](Payload&) { sc_core::wait(sc_core::sc_time(1, sc_core::SC_NS)); };
  run([&] { pointer(); });
  EXPECT_THAT(rules(), ElementsAre("dmi-time"));
}

TEST_F(DirectAccess, CatchesChangedRequests) {
  const std::vector<std::function<void(Payload&)>> changes = {
      [](Payload& p) { p.set_address(0); }, [](Payload& p) { p.set_command(tlm::TLM_READ_COMMAND); },
      [](Payload& p) { p.set_data_length(1); }, [](Payload& p) { p.set_data_ptr(nullptr); },
      [](Payload& p) { p.get_data_ptr()[0] ^= 1; }};
  run([&] {
    std::size_t caught = 0;
    for (const auto& change : changes) {
      for (const bool byPointer : {false, true}) {
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(0x110);
        payload.set_data_ptr(data);
        payload.set_data_length(4);
        memory.misbehave = change;
        if (byPointer)
          pointer();
        else
          debug();
        EXPECT_EQ(checker.violations().size(), ++caught);
      }
    }
  });
  EXPECT_THAT(rules(), ElementsAre("debug-attributes", "dmi-attributes"));
}

TEST_F(DirectAccess, CatchesBytesThatWereNotThere) {
  memory.extra = 1;
  run([&] { debug(); });
  EXPECT_THAT(rules(), ElementsAre("debug-length"));
}

TEST_F(DirectAccess, CatchesBytesForNoCommand) {
  memory.extra = 1;
  payload.set_command(tlm::TLM_IGNORE_COMMAND);
  run([&] { debug(); });
  EXPECT_THAT(rules(), ElementsAre("debug-data"));
}

TEST_F(DirectAccess, CatchesAPointerForNoCommand) {
  payload.set_command(tlm::TLM_IGNORE_COMMAND);
  run([&] { pointer(); });
  EXPECT_THAT(rules(), ElementsAre("dmi-command"));
}

TEST_F(DirectAccess, CatchesBadRegions) {
  const std::vector<std::function<void(tlm::tlm_dmi&)>> grants = {
      [](tlm::tlm_dmi& d) { d.set_dmi_ptr(nullptr); }, [](tlm::tlm_dmi& d) { d.set_start_address(0x111); },
      [](tlm::tlm_dmi& d) { d.set_end_address(0x10F); }};
  run([&] {
    std::size_t caught = 0;
    for (const auto& grant : grants) {
      memory.grant = grant;
      pointer();
      EXPECT_EQ(checker.violations().size(), ++caught);
    }
  });
  EXPECT_THAT(rules(), ElementsAre("dmi-region"));
}

TEST_F(DirectAccess, CatchesAnotherAccessThanAskedFor) {
  memory.grant = [](tlm::tlm_dmi& d) { d.allow_read(); };
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  run([&] { pointer(); });
  EXPECT_THAT(rules(), ElementsAre("dmi-access"));
}

TEST_F(DirectAccess, CatchesAnInvalidationOfNothing) {
  run([&] { memory.socket->invalidate_direct_mem_ptr(8, 7); });
  EXPECT_THAT(rules(), ElementsAre("dmi-range"));
}

/// The memory moves away from under a granted pointer.
TEST_F(DirectAccess, CatchesContentsThatChangeWithoutInvalidation) {
  std::vector<unsigned char> old;
  memory.grant = [](tlm::tlm_dmi&) {};
  run([&] {
    pointer();
    old.swap(memory.bytes);
    memory.bytes.assign(64, 7);
    memory.socket->invalidate_direct_mem_ptr(0x200, 0x2FF);  // elsewhere
    transport();
    EXPECT_EQ(checker.violations().size(), 1U);
    debug();
    EXPECT_EQ(checker.violations().size(), 2U);
    memory.socket->invalidate_direct_mem_ptr(0x100, 0x100);
    transport();
    debug();
  });
  EXPECT_EQ(checker.violations().size(), 2U) << "an invalidated pointer is no promise";
  EXPECT_THAT(rules(), ElementsAre("dmi-stale"));
}

}  // namespace
}  // namespace crosstile::testing
