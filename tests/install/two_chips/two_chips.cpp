// SPDX-License-Identifier: Apache-2.0
// Two chips of different hardware and timing mode beside an initiator of the user's own, which finds both by
// their ID register, and that what it writes into one doesn't reach the other.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <systemc>
#include <tlm>

#include "platform/chip/chip.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace {

using crosstile::Register;

class Probe : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Probe> toSmall{"toSmall"};
  tlm_utils::simple_initiator_socket<Probe> toLarge{"toLarge"};

  explicit Probe(const sc_core::sc_module_name& moduleName) : sc_module(moduleName) {
    SC_HAS_PROCESS(Probe);
    SC_THREAD(run);
  }

  bool finished() const { return finished_; }
  int failures() const { return failures_; }

 private:
  template <class Socket>
  std::uint32_t access(Socket& socket, tlm::tlm_command command, Register which, std::uint32_t value) {
    unsigned char bytes[4];
    for (int i = 0; i < 4; ++i) bytes[i] = static_cast<unsigned char>(value >> (8 * i));
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(static_cast<std::uint64_t>(which));
    payload.set_data_ptr(bytes);
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    expect("response", payload.get_response_status(), tlm::TLM_OK_RESPONSE);
    wait(delay);
    value = 0;
    for (int i = 0; i < 4; ++i) value |= std::uint32_t{bytes[i]} << (8 * i);
    return value;
  }
  template <class Socket>
  std::uint32_t read(Socket& socket, Register which) {
    return access(socket, tlm::TLM_READ_COMMAND, which, 0);
  }

  void expect(const char* what, std::int64_t found, std::int64_t expected) {
    if (found == expected) return;
    std::printf("%s: found %lld, expected %lld\n", what, static_cast<long long>(found),
                static_cast<long long>(expected));
    ++failures_;
  }

  void run() {
    expect("ID of the small chip", read(toSmall, Register::id), crosstile::kChipId);
    expect("ID of the large chip", read(toLarge, Register::id), crosstile::kChipId);
    const std::uint32_t both = crosstile::kInterruptResult | crosstile::kInterruptProgrammed;
    access(toSmall, tlm::TLM_WRITE_COMMAND, Register::interruptEnable, both);
    expect("what was written into the small chip", read(toSmall, Register::interruptEnable), both);
    expect("the same register of the large chip", read(toLarge, Register::interruptEnable), 0);
    finished_ = true;
  }

  bool finished_ = false;
  int failures_ = 0;
};

int elaborateAndRun() {
  const auto smallHardware = crosstile::loadHardware("isaac", {"chip.mesh_columns=2", "chip.mesh_rows=1"});
  const auto largeHardware = crosstile::loadHardware("isaac");
  auto store = [](const crosstile::Hardware& hardware) {
    return std::make_shared<crosstile::ArrayStore>(crosstile::analogConfig(hardware));
  };
  crosstile::Chip small("small", smallHardware, crosstile::TimingMode::cycle, store(smallHardware));
  crosstile::Chip large("large", largeHardware, crosstile::TimingMode::loose, store(largeHardware));
  Probe probe("probe");
  probe.toSmall.bind(small.host.fromSystem);
  probe.toLarge.bind(large.host.fromSystem);
  sc_core::sc_start(1, sc_core::SC_MS);

  std::printf("tiles: %zu and %zu\n", small.tiles.size(), large.tiles.size());
  const bool sizes = small.tiles.size() == 8 && large.tiles.size() == 168;
  return probe.finished() && probe.failures() == 0 && sizes ? 0 : 1;
}

}  // namespace

int sc_main(int, char**) {
  try {
    const int code = elaborateAndRun();
    std::printf("two chips: %s\n", code == 0 ? "passed" : "failed");
    return code;
  } catch (const std::exception& e) {
    std::printf("two chips: %s\n", e.what());
    return 1;
  }
}
