// SPDX-License-Identifier: Apache-2.0
// The AXI front end in SystemC, driven by axi_bench, which Verilator has made a SystemC module of (--sc
// --timing); the TLM checker sits behind it.
//   axi_systemc +scenario=axi_... +vectors=DIR +hardware=PRESET      ends with PASS or FAIL
#include <verilated.h>

#include <iostream>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "VAxiBench.h"
#include "models/base/error.h"
#include "platform/chip/chip.h"
#include "platform/cosim/axi/axi_front_end.h"
#include "tests/tlm/base_protocol_checker.h"

namespace {

using crosstile::axi::AxiFrontEnd;
using crosstile::testing::BaseProtocolChecker;

template <typename T>
using Signal = sc_core::sc_signal<T>;

/// The bench's pins, the front end's, and the signals between them.
struct Wiring : sc_core::sc_module {
  AxiFrontEnd front{"front"};
  VAxiBench bench{"bench"};
  sc_core::sc_clock aclk{"aclk", 1, sc_core::SC_NS, 0.5, 0.5, sc_core::SC_NS};
  Signal<bool> done{"done"};
  Signal<std::uint32_t> errors{"errors"};

  explicit Wiring(const sc_core::sc_module_name& moduleName) : sc_module(moduleName) {
    front.aclk.bind(aclk);
    bench.aclk.bind(aclk);
    bench.done.bind(done);
    bench.errors.bind(errors);
#define WIRE(pin) connect(front.pin, bench.pin)
    WIRE(aresetn), WIRE(irq);
    WIRE(s_axil_awvalid), WIRE(s_axil_awaddr), WIRE(s_axil_awready), WIRE(s_axil_wvalid), WIRE(s_axil_wdata);
    WIRE(s_axil_wstrb), WIRE(s_axil_wready), WIRE(s_axil_bvalid), WIRE(s_axil_bresp), WIRE(s_axil_bready);
    WIRE(s_axil_arvalid), WIRE(s_axil_araddr), WIRE(s_axil_arready), WIRE(s_axil_rvalid), WIRE(s_axil_rdata);
    WIRE(s_axil_rresp), WIRE(s_axil_rready);
    WIRE(s_axi_awvalid), WIRE(s_axi_awid), WIRE(s_axi_awaddr), WIRE(s_axi_awlen), WIRE(s_axi_awsize);
    WIRE(s_axi_awburst), WIRE(s_axi_awready), WIRE(s_axi_wvalid), WIRE(s_axi_wdata), WIRE(s_axi_wstrb);
    WIRE(s_axi_wlast), WIRE(s_axi_wready), WIRE(s_axi_bvalid), WIRE(s_axi_bid), WIRE(s_axi_bresp),
        WIRE(s_axi_bready);
    WIRE(s_axi_arvalid), WIRE(s_axi_arid), WIRE(s_axi_araddr), WIRE(s_axi_arlen), WIRE(s_axi_arsize);
    WIRE(s_axi_arburst), WIRE(s_axi_arready), WIRE(s_axi_rvalid), WIRE(s_axi_rid), WIRE(s_axi_rdata),
        WIRE(s_axi_rresp);
    WIRE(s_axi_rlast), WIRE(s_axi_rready);
    WIRE(s_axis_tvalid), WIRE(s_axis_tdata), WIRE(s_axis_tkeep), WIRE(s_axis_tlast), WIRE(s_axis_tready);
    WIRE(s_axis_error), WIRE(m_axis_tvalid), WIRE(m_axis_tdata), WIRE(m_axis_tkeep), WIRE(m_axis_tlast);
    WIRE(m_axis_tready);
#undef WIRE
  }

 private:
  template <typename One, typename Other>
  void connect(One& one, Other& other) {
    using T = typename One::data_type;
    auto signal = std::make_shared<Signal<T>>(sc_core::sc_gen_unique_name("pin"));
    one.bind(*signal);
    other.bind(*signal);
    signals_.push_back(signal);
  }
  std::vector<std::shared_ptr<void>> signals_;
};

std::string option(int argc, char** argv, const std::string& name, const std::string& otherwise) {
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]).rfind("+" + name + "=", 0) == 0) return argv[i] + name.size() + 2;
  }
  return otherwise;
}

int run(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
  const crosstile::Hardware hardware = crosstile::loadHardware(option(argc, argv, "hardware", "isaac"), {});
  auto store = std::make_shared<crosstile::ArrayStore>(crosstile::analogConfig(hardware));
  crosstile::Chip chip("chip", hardware, crosstile::TimingMode::cycle, std::move(store));
  Wiring wiring("wiring");
  BaseProtocolChecker checker("checker");
  wiring.front.toChip.bind(checker.target);
  checker.initiator.bind(chip.host.fromSystem);
  wiring.front.chipInterrupt.bind(chip.host.interrupt);
  while (!wiring.done.read() && !Verilated::gotFinish()) {
    sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_US));
    if (sc_core::sc_time_stamp() > sc_core::sc_time(1, sc_core::SC_SEC)) return 1;
  }
  const auto& results = chip.host.resultCycles();
  if (option(argc, argv, "scenario", "") == "axi_run") {
    for (std::size_t n = 0; n < results.size(); ++n)
      std::cout << "image " << n << ": " << results[n] - chip.host.submitCycles()[n] << " cycles\n";
  }
  for (const auto& violation : checker.violations())
    std::cout << violation.rule << ": " << violation.text << '\n';
  const bool good = wiring.done.read() && wiring.errors.read() == 0 && checker.violations().empty() &&
                    checker.transactions() > 0;
  std::cout << checker.transactions() << " transactions of TLM\n" << (good ? "PASS" : "FAIL") << std::endl;
  return good ? 0 : 1;
}

}  // namespace

int sc_main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cout << error.what() << "\nFAIL" << std::endl;
    return 1;
  }
}
