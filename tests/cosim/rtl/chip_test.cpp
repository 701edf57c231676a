// SPDX-License-Identifier: Apache-2.0
// RTL in the machine: the same answers in the same cycles, layer by layer; and a bug in the RTL changes them.
#include "VCoreBackendLateBug.h"
#include "VCoreBackendValueBug.h"
#include "VRouterDataBug.h"
#include "models/base/error.h"
#include "platform/cosim/rtl/rtl_core_backend.h"
#include "platform/cosim/rtl/rtl_router.h"
#include "tests/cosim/rtl/chip_equality.h"

namespace crosstile::testing {
namespace {

const std::vector<std::string> kRtl{"router.implementation=rtl", "core.backend=rtl"};

class RtlChip : public SimulationTest {
 protected:
  static void compare(const Network& network, std::vector<std::string> settings, int images) {
    const ChipRun model = runChip(Model(network, smallHardware(settings), images));
    restart();
    settings.insert(settings.end(), kRtl.begin(), kRtl.end());
    expectSame(runChip(Model(network, smallHardware(settings), images)), model);
  }
};

TEST_F(RtlChip, DenseLayersOverSeveralTiles) { compare(denseNetwork({100, 30, 12}), {"chip.mesh_rows=3"}, 2); }

TEST_F(RtlChip, AConvolutionalNetworkWithImagesInFlight) {
  compare(convolutionalNetwork(), {"chip.mesh_rows=2"}, 2);
}

TEST_F(RtlChip, ANetworkWithReadNoiseVirtualChannelsAndShallowBuffers) {
  compare(convolutionalNetwork(), {"chip.mesh_rows=2", "readout=ohmic", "nonideality.read_noise_of_g=0.05",
                                   "router.virtual_channels=3", "router.buffer_flits=24", "clock.period=833 ps",
                                   "adc.per_core=3", "array.read_time=20 ns"}, 2);
}

TEST_F(RtlChip, SixteenBitSignedOperandsInPairs) {
  compare(denseNetwork({40, 12, 6}), {"encoding.input_bits=16", "encoding.weight_bits=16", "chip.mesh_rows=4",
                                      "encoding.scheme=differential", "encoding.flipped_columns=false"}, 2);
}

class RtlBug : public RtlChip {
 protected:
  const Model model{convolutionalNetwork(), smallHardware({"chip.mesh_rows=2"}), 1};
  const ChipRun right = runChip(model);
  RtlBug() { restart(); }
};

template <typename Verilated>
CoreBackendFactory backendsOf() {
  return [](const std::string& name, const CoreTiming& timing) {
    return std::make_unique<RtlCoreBackend<Verilated>>(name, timing, "");
  };
}

TEST_F(RtlBug, OfValuesInTheBackEndShowsInTheLogits) {
  const ChipRun wrong = runChip(model, {{}, backendsOf<VCoreBackendValueBug>()});
  EXPECT_NE(wrong.results, right.results);
  EXPECT_EQ(wrong.resultCycles, right.resultCycles);
}

TEST_F(RtlBug, OfTimeInTheBackEndShowsInTheCycles) {
  const ChipRun wrong = runChip(model, {{}, backendsOf<VCoreBackendLateBug>()});
  EXPECT_EQ(wrong.results, right.results);
  EXPECT_GT(wrong.resultCycles.front(), right.resultCycles.front());
}

// Bits that the router flips are in the packets: programs and weights too, so the chip may not even be programmed.
TEST_F(RtlBug, OfDataInTheRouterShowsInWhatArrives) {
  const ChipParts parts{[](const char* name, NocContext& context, int id, const std::vector<int>& links) {
                          return std::make_unique<RtlRouter<VRouterDataBug>>(name, context, id, links, "");
                        },
                        {}};
  bool shows = false;
  try {
    Machine machine(model, TimingMode::cycle, "chip", parts);
    machine.run();
    shows = !machine.driver.done() || machine.driver.results() != right.results;
  } catch (const std::exception&) {  // of what can't be read any more
    shows = true;
  }
  EXPECT_TRUE(shows);
}

TEST_F(RtlChip, LooseTimingIsRefused) {
  const Model model(denseNetwork({20, 5}), smallHardware(kRtl), 1);
  try {
    Machine machine(model, TimingMode::loose);
    FAIL();
  } catch (const BadInput& e) {
    EXPECT_STREQ(e.what(), "router.implementation = rtl: RTL has no loose timing: run with cycle timing");
  }
}

}  // namespace
}  // namespace crosstile::testing
