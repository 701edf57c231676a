// SPDX-License-Identifier: Apache-2.0
// The host interface: what it answers to good and bad accesses, how it cuts transfers into packets, and
// reset.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <tuple>

#include "platform/tile/address_map.h"
#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kRead = tlm::TLM_READ_COMMAND;
constexpr auto kWrite = tlm::TLM_WRITE_COMMAND;

/// Accesses the host interface by hand, beside the driver.
class HostTest : public SimulationTest {
 protected:
  struct Answer {
    tlm::tlm_response_status status;
    sc_core::sc_time delay;
  };
  static Answer access(Machine& machine, tlm::tlm_command command, std::uint64_t at, void* data,
                       unsigned int size, sc_core::sc_time delay = sc_core::SC_ZERO_TIME) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(at);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    machine.driver.toChip->b_transport(payload, delay);
    return {payload.get_response_status(), delay};
  }
  static Answer write(Machine& machine, Register r, std::uint32_t value,
                      sc_core::sc_time delay = sc_core::SC_ZERO_TIME) {
    return access(machine, kWrite, static_cast<std::uint64_t>(r), &value, 4, delay);
  }
  static std::uint32_t read(Machine& machine, Register r) {
    std::uint32_t value = 0;
    EXPECT_EQ(access(machine, kRead, static_cast<std::uint64_t>(r), &value, 4).status, tlm::TLM_OK_RESPONSE);
    return value;
  }
};

TEST_F(HostTest, AnswersEveryAccess) {
  const Model model(denseNetwork({20, 4}), smallHardware(), 1);
  Machine machine(model);
  machine.run();
  constexpr std::uint64_t kEnd = kMemoryBase + (64ULL << 20);
  const auto at = [](Register r) { return static_cast<std::uint64_t>(r); };
  struct Case {
    const char* what;
    tlm::tlm_command command;
    std::uint64_t address;
    unsigned int size;
    tlm::tlm_response_status status;
  };
  const auto good = tlm::TLM_OK_RESPONSE;
  const auto bad = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  std::uint8_t bytes[64] = {};
  for (const Case& c : {
           Case{"read of a register", kRead, at(Register::id), 4, good},
           Case{"write of a register", kWrite, at(Register::dmaLength), 4, good},
           Case{"read of an unknown register", kRead, 0x18, 4, bad},
           Case{"write of an unknown register", kWrite, 0x18, 4, bad},
           Case{"write of a read-only register", kWrite, at(Register::results), 4, bad},
           Case{"read of a write-only register", kRead, at(Register::control), 4, bad},
           Case{"misaligned read", kRead, 0x02, 4, bad},
           Case{"misaligned write", kWrite, 0x02, 4, bad},
           Case{"two bytes of a register", kRead, at(Register::id), 2, bad},
           Case{"two bytes into a register", kWrite, at(Register::dmaLength), 2, bad},
           Case{"two registers at once", kRead, at(Register::id), 8, bad},
           Case{"between registers and memory", kRead, 0x2000, 4, bad},
           Case{"between registers and memory", kWrite, 0x2000, 4, bad},
           Case{"first bytes of memory", kRead, kMemoryBase, 64, good},
           Case{"last bytes of memory", kWrite, kEnd - 64, 64, good},
           Case{"over the end of memory", kWrite, kEnd - 63, 64, bad},
           Case{"behind memory", kRead, kEnd, 1, bad},
           Case{"the end of the address space", kRead, ~0ULL - 3, 4, bad},
       }) {
    const Answer answer = access(machine, c.command, c.address, bytes, c.size, ps(500));
    EXPECT_EQ(answer.status, c.status) << c.what;
    EXPECT_EQ(answer.delay, ps(1500)) << c.what << " takes a cycle";
  }
  EXPECT_THAT(machine.binder.violations(), IsEmpty());
}

TEST(RegisterTable, IsTheOneInTheDocumentation) {
  std::ifstream file(CROSSTILE_SOURCE_DIR "/docs/architecture.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(page.find(registerDocumentation()), std::string::npos) << "docs/architecture.md must hold:\n"
                                                                   << registerDocumentation();
}

std::string sourceText(const std::string& name) {
  std::ifstream file(CROSSTILE_SOURCE_DIR "/" + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// `crosstile describe --registers c|sv|ipxact` writes these files.
TEST(RegisterTable, IsTheOneInTheGeneratedFiles) {
  const std::string folder = "platform/host/registers/";
  EXPECT_EQ(sourceText(folder + "crosstile_registers.h"), registerHeader());
  EXPECT_EQ(sourceText(folder + "crosstile_registers_pkg.sv"), registerPackage());
  EXPECT_EQ(sourceText(folder + "crosstile.ipxact.xml"), registerIpXact());
}

/// Offsets and masks are said once; a register that can only be written has no field that could be read.
TEST(RegisterTable, HoldsEachOffsetAndFieldOnce) {
  for (std::size_t i = 1; i < kRegisters.size(); ++i)
    EXPECT_LT(kRegisters[i - 1].offset, kRegisters[i].offset);
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    for (std::size_t k = i + 1; k < kFields.size(); ++k) {
      if (kFields[i].offset == kFields[k].offset) {
        EXPECT_EQ(kFields[i].mask & kFields[k].mask, 0U);
      }
    }
  }
}

TEST_F(HostTest, RefusesByteEnablesStreamingAndAccessesWithoutData) {
  const Model model(denseNetwork({20, 4}), smallHardware(), 1);
  Machine machine(model);
  machine.run();
  std::uint32_t value = 0xAAAAAAAA;
  std::uint8_t enables[4] = {0xff, 0, 0xff, 0};
  sc_core::sc_time delay;
  tlm::tlm_generic_payload payload;
  payload.set_command(kRead);
  payload.set_address(static_cast<std::uint64_t>(Register::id));
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  payload.set_byte_enable_ptr(enables);
  payload.set_byte_enable_length(4);
  machine.driver.toChip->b_transport(payload, delay);
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_streaming_width(2);
  machine.driver.toChip->b_transport(payload, delay);
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(value, 0xAAAAAAAA) << "a refused read leaves its data alone";
  EXPECT_EQ(access(machine, kRead, kMemoryBase, nullptr, 4).status, tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_EQ(access(machine, tlm::TLM_IGNORE_COMMAND, kMemoryBase, &value, 4).status,
            tlm::TLM_COMMAND_ERROR_RESPONSE);
}

TEST_F(HostTest, RefusesTransfersAndImagesThatCannotBe) {
  const Model model(denseNetwork({20, 4}), smallHardware(), 1);
  Machine machine(model);
  machine.run();
  const auto start = [&](std::uint32_t node, std::uint32_t kind, std::uint32_t source, std::uint32_t length) {
    write(machine, Register::dmaNode, node);
    write(machine, Register::dmaKind, kind);
    write(machine, Register::dmaSource, source);
    write(machine, Register::dmaLength, length);
    return write(machine, Register::dmaStart, 1).status;
  };
  EXPECT_EQ(start(4, kDmaProgramme, 0, 64), tlm::TLM_ADDRESS_ERROR_RESPONSE) << "tiles are 0 to 3";
  EXPECT_EQ(start(0xFFFFFFFF, kDmaProgramme, 0, 64), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(start(0, 2, 0, 64), tlm::TLM_ADDRESS_ERROR_RESPONSE) << "no such kind";
  EXPECT_EQ(start(0, kDmaProgramme, (64U << 20) - 10, 11), tlm::TLM_ADDRESS_ERROR_RESPONSE)
      << "beyond memory";
  const auto submit = [&](Register r, std::uint32_t value) {
    const std::uint32_t before = read(machine, r);
    write(machine, r, value);
    const auto status = write(machine, Register::imageSubmit, 1).status;
    write(machine, r, before);
    return status;
  };
  for (const auto& [r, value] : {std::pair<Register, std::uint32_t>{Register::routeCount, 0},
                                 {Register::routeCount, 1U << 30},
                                 {Register::inputStride, 3},
                                 {Register::imageAddress, (64U << 20) - 1}}) {
    EXPECT_EQ(submit(r, value), tlm::TLM_ADDRESS_ERROR_RESPONSE) << static_cast<std::uint32_t>(r);
  }
  EXPECT_EQ(read(machine, Register::status), kStatusProgrammed) << "nothing was started";
}

TEST_F(HostTest, RefusesImagesBeforeTheirTilesAreProgrammed) {
  const Model model(denseNetwork({20, 4}), smallHardware(), 1);
  Machine machine(model);
  machine.runTo(1);  // the driver has started to load
  const std::uint32_t route[3] = {0, 0, 64};
  std::uint32_t copy[3] = {route[0], route[1], route[2]};
  EXPECT_EQ(access(machine, kWrite, kMemoryBase + (1 << 20), copy, 12).status, tlm::TLM_OK_RESPONSE);
  write(machine, Register::routeAddress, 1 << 20);
  write(machine, Register::routeCount, 1);
  EXPECT_EQ(write(machine, Register::imageSubmit, 1).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  machine.run();
  EXPECT_EQ(machine.driver.results(), model.expected()) << "the refused image has left nothing";
}

TEST_F(HostTest, RefusesToChangeWhatImagesUnderWayNeed) {
  const Model model(denseNetwork({20, 4}), smallHardware(), 2);
  Machine machine(model);
  while (machine.chip.host.submitCycles().size() < 2) machine.runTo(machine.cycleNow() + 1);
  for (const Register r :
       {Register::routeAddress, Register::routeCount, Register::inputBytes, Register::inputStride,
        Register::resultAddress, Register::resultBytes, Register::dmaStart})
    EXPECT_EQ(write(machine, r, 1).status, tlm::TLM_ADDRESS_ERROR_RESPONSE) << static_cast<std::uint32_t>(r);
  EXPECT_EQ(write(machine, Register::dmaLength, 0).status, tlm::TLM_OK_RESPONSE) << "what no image needs";
  machine.run();
  EXPECT_EQ(machine.driver.results(), model.expected());
  EXPECT_EQ(write(machine, Register::resultBytes, 32).status, tlm::TLM_OK_RESPONSE) << "nothing is under way";
}

/// No pointers into host memory: what DMA reads and writes goes through the interface.
TEST_F(HostTest, GrantsNoPointersAndDebugAccessesTakeNoTime) {
  const Model model(denseNetwork({20, 4}), smallHardware(), 1);
  Machine machine(model);
  machine.run();
  std::uint32_t value = 0x12345678;
  tlm::tlm_generic_payload payload;
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  for (const auto command : {kWrite, kRead}) {
    for (const std::uint64_t address : {kMemoryBase + 64, std::uint64_t{0}}) {
      payload.set_command(command);
      payload.set_address(address);
      tlm::tlm_dmi dmi;
      EXPECT_FALSE(machine.driver.toChip->get_direct_mem_ptr(payload, dmi));
    }
    payload.set_address(kMemoryBase + 64);
    EXPECT_EQ(machine.driver.toChip->transport_dbg(payload), 4U);
    EXPECT_EQ(value, 0x12345678U);
  }
  payload.set_address(kMemoryBase + (64ULL << 20) - 3);
  EXPECT_EQ(machine.driver.toChip->transport_dbg(payload), 0U) << "over the end";
  EXPECT_THAT(machine.binder.violations(), IsEmpty());
}

TEST_F(HostTest, RegistersKeepWhatTheyAreToldAndTheInterruptFollowsItsMask) {
  const Model model(denseNetwork({20, 4}), smallHardware(), 2);
  Machine machine(model);
  machine.run();
  EXPECT_EQ(read(machine, Register::id), kChipId);
  EXPECT_EQ(read(machine, Register::results), 2U);
  EXPECT_EQ(read(machine, Register::status), kStatusProgrammed);
  write(machine, Register::dmaAddressHigh, 0x12345678);
  EXPECT_EQ(read(machine, Register::dmaAddressHigh), 0x12345678U);
  // The driver took its interrupts; the last result's one it may have left.
  write(machine, Register::interruptStatus, 3);
  write(machine, Register::interruptEnable, 0);
  machine.runTo(machine.cycleNow() + 1);
  EXPECT_FALSE(machine.chip.host.interrupt.read());
  write(machine, Register::imageSubmit, 1);
  machine.run();
  EXPECT_EQ(read(machine, Register::results), 3U);
  EXPECT_EQ(read(machine, Register::interruptStatus), kInterruptResult);
  EXPECT_FALSE(machine.chip.host.interrupt.read()) << "masked";
  write(machine, Register::interruptEnable, kInterruptResult);
  machine.runTo(machine.cycleNow() + 1);
  EXPECT_TRUE(machine.chip.host.interrupt.read()) << "raised when unmasked";
  write(machine, Register::interruptStatus, kInterruptResult);
  machine.runTo(machine.cycleNow() + 1);
  EXPECT_FALSE(machine.chip.host.interrupt.read());
}

// 100 B: a packet of 64 B and one of 36 B; 8 B a cycle through the interface.
TEST_F(HostTest, CutsImagesIntoPacketsAtTheRateOfItsInterface) {
  const Model model(denseNetwork({100, 4}), smallHardware({"router.flit_bits=512"}), 1);
  Machine machine(model);
  std::vector<std::pair<std::uint64_t, std::size_t>> inputs;
  std::vector<std::uint64_t> cycles;
  machine.chip.mesh.setTap([&](Packet& packet) {
    if (packet.kind != PacketKind::activation) return;
    inputs.emplace_back(packet.address, packet.data.size());
    cycles.push_back(machine.cycleNow() - machine.submitted());
  });
  machine.run();
  EXPECT_THAT(inputs, ElementsAre(std::pair(0U, 64U), std::pair(64U, 36U)));
  EXPECT_THAT(cycles, ElementsAre(1U + 8U, 1U + 8U + 5U));
  EXPECT_EQ(machine.chip.host.statistics().bytesIn, 100U);
  EXPECT_EQ(machine.chip.host.statistics().bytesOut, 32U);
}

// Programs go in packets that fit a router's buffer.
TEST_F(HostTest, CutsProgramsIntoPacketsThatFitTheRouters) {
  const Model model(denseNetwork({20, 4}), smallHardware({"router.buffer_flits=17"}), 1);
  Machine machine(model);
  std::size_t bytes = 0, longest = 0;
  machine.chip.mesh.setTap([&](Packet& packet) {
    if (packet.kind != PacketKind::programme) return;
    bytes += packet.data.size();
    longest = std::max(longest, packet.data.size());
  });
  machine.run();
  EXPECT_EQ(longest, 64U);  // 16 flits of 4 B behind the header
  EXPECT_EQ(bytes, machine.driver.programBytes());
  EXPECT_EQ(machine.driver.results(), model.expected());
}

class Reset : public HostTest {
 protected:
  /// Writes the chip's reset bit, waits until what was on its way has come to its end, and submits the images
  /// that the driver has put into memory again, as many cycles apart as the driver did.
  static void resetAndRunAgain(Machine& machine, std::size_t images) {
    EXPECT_EQ(write(machine, Register::control, kControlReset).status, tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(read(machine, Register::results), 0U);
    EXPECT_EQ(read(machine, Register::status), kStatusProgrammed);
    machine.runTo(machine.cycleNow() + 2000);
    EXPECT_TRUE(machine.chip.mesh.idle());
    EXPECT_THAT(machine.chip.waiting(), IsEmpty());
    machine.chip.clearStatistics();
    const std::uint32_t last = read(machine, Register::imageAddress);
    const std::uint32_t size = (read(machine, Register::inputBytes) + 63) / 64 * 64;
    machine.runTo(machine.cycleNow() + 1);
    const sc_core::sc_time edge =
        machine.chip.mesh.clock().edge(machine.cycleNow()) - sc_core::sc_time_stamp();
    for (std::size_t i = 0; i < images; ++i) {
      write(machine, Register::imageAddress, last - static_cast<std::uint32_t>(images - 1 - i) * size);
      write(machine, Register::imageSubmit, 1, edge + machine.chip.mesh.clock().edge(3 * i));
    }
  }
};

class ResetAt : public Reset, public ::testing::WithParamInterface<std::tuple<int, const char*>> {};

/// In the middle of anything: inputs on their way, arrays busy, results on their way.
TEST_P(ResetAt, AnyMomentLosesTheImagesAndNothingElse) {
  const auto [moment, packing] = GetParam();
  const Model model(convolutionalNetwork(),
                    smallHardware({"chip.mesh_rows=2", "array.read_time=2 ns", "adc.period=0.2 ns",
                                   "tile.cores=4", packing}),
                    4);
  Machine reference(model, TimingMode::cycle, "reference"), machine(model);
  while (machine.chip.host.submitCycles().size() < 4) machine.runTo(machine.cycleNow() + 1);
  machine.runTo(machine.submitted(3) + static_cast<std::uint64_t>(moment));
  ASSERT_FALSE(machine.driver.done());
  resetAndRunAgain(machine, 4);
  machine.run();
  ASSERT_TRUE(reference.driver.done());
  ASSERT_TRUE(machine.driver.done()) << ::testing::PrintToString(machine.chip.waiting());
  EXPECT_EQ(machine.driver.results(), model.expected());
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(machine.submitted(i) - machine.submitted(), reference.submitted(i) - reference.submitted());
    EXPECT_EQ(machine.result(i) - machine.submitted(), reference.result(i) - reference.submitted())
        << "image " << i;
  }
  const auto perImage = trafficPerImage(model.program, trafficConfig(model.hardware));
  const auto measured = machine.measured();
  for (std::size_t s = 0; s < measured.size(); ++s) {
    EXPECT_EQ(measured[s].traffic.mvms, 4 * perImage[s].mvms)
        << "arrays work only for the images of the second run";
    EXPECT_EQ(measured[s].traffic.bufferWrites, 4 * perImage[s].bufferWrites);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Moments, ResetAt,
    ::testing::Combine(::testing::Values(1, 9, 20, 33, 34, 35, 36, 50, 137, 500, 1001, 2002, 4003, 5555),
                       ::testing::Values("mapping.packing=none", "mapping.packing=tile")));

}  // namespace
}  // namespace crosstile::testing
