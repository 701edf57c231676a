// SPDX-License-Identifier: Apache-2.0
// A fixture that gives each test a kernel of its own, also when one process runs many tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "platform/memory/binder.h"
#include "platform/noc/mesh.h"
#include "tests/tlm/base_protocol_checker.h"

namespace crosstile::testing {

inline sc_core::sc_time ps(double value) {
  return sc_core::sc_time(value, sc_core::SC_PS);
}

/// Derive tests from this. A test's modules are members or locals, hence gone before their kernel is.
class SimulationTest : public ::testing::Test {
 public:
  SimulationTest() { begin(); }
  ~SimulationTest() override { end(); }

 protected:
  /// A fresh kernel within a test, when the modules of the one before are gone.
  static void restart() {
    end();
    begin();
  }

 private:
  static void begin() {
    use(new sc_core::sc_simcontext);
    // Tests look at moments in which nothing happens; that isn't worth a warning.
    sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_, sc_core::SC_DO_NOTHING);
  }
  static void end() {
    delete sc_core::sc_curr_simcontext;
    use(nullptr);
  }
  static void use(sc_core::sc_simcontext* context) {
    sc_core::sc_curr_simcontext = context;
    sc_core::sc_default_global_context = context;
  }
};

/// Puts a checker into every connection it makes.
class CheckedBinder final : public Binder {
 public:
  void bind(InitiatorSocket& initiator, TargetSocket& target) override {
    const char* name = sc_core::sc_gen_unique_name("checker");
    checkers_.push_back(std::make_unique<BaseProtocolChecker>(name));
    checkers_.back()->describe(initiator.get_base_port().name());
    direct(initiator, checkers_.back()->target);
    direct(checkers_.back()->initiator, target);
  }

  /// What went wrong on any connection; with `quiescent`, transactions that never ended are wrong too.
  std::vector<std::string> violations(bool quiescent = true) const {
    std::vector<std::string> all;
    for (const auto& checker : checkers_) {
      for (const Violation& v : checker->violations()) all.push_back(v.rule + ": " + v.text);
      if (quiescent && checker->outstanding() > 0)
        all.push_back("unfinished transactions at " + checker->place());
    }
    return all;
  }
  std::size_t connections() const { return checkers_.size(); }
  std::uint64_t transactions() const {
    std::uint64_t sum = 0;
    for (const auto& checker : checkers_) sum += checker->transactions();
    return sum;
  }

 private:
  std::vector<std::unique_ptr<BaseProtocolChecker>> checkers_;
};

/// A mesh with a port on every node, all connections checked, that notes when each packet arrives.
class NocBench {
 public:
  struct Arrival {
    int node;
    std::uint64_t address;
    sc_core::sc_time time;
    bool operator==(const Arrival& o) const {
      return node == o.node && address == o.address && time == o.time;
    }
  };

  /// @param receiveFlits, serviceCycles  of the ports: input buffer, cycles that a packet keeps the node busy
  /// @param makeRouter  of other routers than the model's
  explicit NocBench(const NocConfig& config, bool checked = true, int receiveFlits = 0,
                    std::uint64_t serviceCycles = 0, const RouterFactory& makeRouter = {})
      : mesh(sc_core::sc_gen_unique_name("mesh"), config, checked ? binder : direct_, makeRouter) {
    for (int node = 0; node < mesh.shape().nodes(); ++node) {
      ports.push_back(std::make_unique<NetworkPort>(sc_core::sc_gen_unique_name("port"), receiveFlits));
      mesh.connect(node, *ports.back(), checked ? binder : direct_);
      ports.back()->onPacket([this, node, serviceCycles](const PacketRef& packet) {
        arrivals.push_back({node, packet->address, sc_core::sc_time_stamp()});
        const CycleClock& clock = mesh.clock();
        if (serviceCycles > 0)
          ports[static_cast<std::size_t>(node)]->takeNothingBefore(clock.cycleOf(sc_core::sc_time_stamp()) +
                                                                   serviceCycles);
        if (onArrival) onArrival(node, packet);
      });
    }
  }

  /// A packet of `flits` flits (32-bit), known by its address.
  PacketRef packet(int from, int to, int flits, std::uint64_t address, int layer = 0) {
    PacketRef p = ports[static_cast<std::size_t>(from)]->makePacket(to, PacketKind::activation, layer);
    const int bytes = (flits - 1) * mesh.config().flitBits / 8;
    p->data.assign(static_cast<std::size_t>(bytes), static_cast<std::uint8_t>(address));
    p->address = address;
    return p;
  }
  void send(int from, int to, int flits, std::uint64_t address, int layer = 0) {
    ports[static_cast<std::size_t>(from)]->send(packet(from, to, flits, address, layer));
  }
  /// When the packet of that address arrived; SC max time if it hasn't.
  sc_core::sc_time arrivalOf(std::uint64_t address) const {
    for (const Arrival& a : arrivals)
      if (a.address == address) return a.time;
    return sc_core::sc_max_time();
  }

  CheckedBinder binder;

 private:
  Binder direct_;

 public:
  Mesh mesh;
  std::vector<std::unique_ptr<NetworkPort>> ports;
  std::vector<Arrival> arrivals;
  std::function<void(int, const PacketRef&)> onArrival;
};

/// Runs functions at given times.
class Stimulus : public sc_core::sc_module {
 public:
  explicit Stimulus(const sc_core::sc_module_name& moduleName) : sc_module(moduleName) {
    SC_HAS_PROCESS(Stimulus);
    SC_METHOD(next);
  }
  /// Times in the order of the calls.
  void at(const sc_core::sc_time& time, std::function<void()> action) {
    actions_.push_back({time, std::move(action)});
  }

 private:
  void next() {
    while (done_ < actions_.size() && actions_[done_].first <= sc_core::sc_time_stamp())
      actions_[done_++].second();
    if (done_ < actions_.size()) next_trigger(actions_[done_].first - sc_core::sc_time_stamp());
  }
  std::vector<std::pair<sc_core::sc_time, std::function<void()>>> actions_;
  std::size_t done_ = 0;
};

}  // namespace crosstile::testing
