// SPDX-License-Identifier: Apache-2.0
// Core and digital unit one by one: when an MVM is ready, when its registers and arrays are free, and what
// comes out.
#include <gmock/gmock.h>

#include "platform/tile/address_map.h"
#include "tests/tlm/machine_probe.h"

namespace crosstile::testing {
namespace {

using sc_core::SC_ZERO_TIME;
using ::testing::ElementsAre;

// --- core ---

/// One dense layer of 20 inputs and 8 outputs: one array with 32 data columns and an offset column, 33
/// conversions.
class CoreTest : public TileParts {
 protected:
  CoreTest()
      : model(denseNetwork({20, 8}), smallHardware({"clock.period=833 ps"}), 2), image(model.chipImage()) {
    config.period = ps(833);
    config.readTime = ps(100000);
    config.adcPeriod = ps(775);
    config.adcs = 1;
    config.arrays = 2;
  }
  void build() {
    core = std::make_unique<Core>("core", config, *model.store);
    binder.bind(probe.out, core->fromBus);
    sc_core::sc_start(SC_ZERO_TIME);
    ArrayBlock block = *image.tiles.at(0).blocks.at(0);
    ASSERT_EQ(block.conversions(), 33);
    std::vector<std::uint8_t> levels = *block.levels;
    write(address::kCoreLevels, levels.data(), levels.size());
    core->configure(image.tiles.at(0).programs.at(0), 0);
    for (const std::int64_t code : model.images.at(0)) input.push_back(static_cast<std::uint8_t>(code));
  }
  void write(std::uint64_t at, void* data, std::size_t size) {
    ASSERT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, at, data, size).second, tlm::TLM_OK_RESPONSE);
  }
  /// Starts the next vector at an edge. @return when its sums are in the output register, ps
  std::uint64_t start(std::uint64_t edge) {
    std::uint8_t command[16] = {};
    const auto now = ps(833.0 * static_cast<double>(edge));
    const auto [delay, status] = probe.access(tlm::TLM_WRITE_COMMAND, address::kStart, command, 16, now);
    EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
    return delay.value();
  }
  std::uint64_t inputFree() {
    std::uint64_t time = 0;
    EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, address::kStatus, &time, 8).second, tlm::TLM_OK_RESPONSE);
    return time;
  }
  Model model;
  ChipImage image;
  Core::Config config;
  std::unique_ptr<Core> core;
  std::vector<std::uint8_t> input;
};

// 8 planes of 100 ns; 33 conversions of 775 ps on one ADC (25,575 ps) are hidden behind the next read:
// 10 edges + DAC: 9,163; last read ends 809,163; converted 834,738, at the edge 835,499 (1003); shift-add:
// edge 1004.
TEST_F(CoreTest, AnMvmIsReadyExactlyWhenItsLastConversionIsAdded) {
  build();
  write(address::kInput, input.data(), input.size());
  EXPECT_EQ(start(10), 1004U * 833U);
  EXPECT_EQ(inputFree(), 809163U);
  EXPECT_EQ(core->statistics().busy, 800000U);
}

TEST_F(CoreTest, TheNextMvmWaitsForTheArrays) {
  build();
  write(address::kInput, input.data(), input.size());
  write(address::kInput, input.data(), input.size());
  start(10);
  // Its reads begin when those before end: 809,163; the last ends at 1,609,163; converted 1,634,738 -> edge
  // 1963; + 1.
  EXPECT_EQ(start(200), 1964U * 833U);
  EXPECT_EQ(inputFree(), 1609163U);
}

TEST_F(CoreTest, AnMvmAfterThatFindsThemFree) {
  build();
  write(address::kInput, input.data(), input.size());
  write(address::kInput, input.data(), input.size());
  start(10);
  // Edge 971 + DAC = 809,676 > 809,163.
  EXPECT_EQ(start(971), (809676U + 800000U + 25575U + 832U) / 833U * 833U + 833U);
}

// 4 ns a conversion: 132 ns a plane, longer than a read.
TEST_F(CoreTest, SlowAdcsSetThePace) {
  config.adcPeriod = ps(4000);
  build();
  write(address::kInput, input.data(), input.size());
  const std::uint64_t lastRead = 9163 + 7 * 132000 + 100000;
  EXPECT_EQ(start(10), (lastRead + 132000 + 832) / 833 * 833 + 833);
  EXPECT_EQ(inputFree(), lastRead);
  EXPECT_EQ(core->statistics().busy, 8U * 132000U);
  write(address::kInput, input.data(), input.size());
  EXPECT_EQ(start(11), (9163 + 8 * 132000 + 7 * 132000 + 100000 + 132000 + 832U) / 833 * 833 + 833);
}

TEST_F(CoreTest, EveryParameterCounts) {
  config.adcs = 4;  // 9 conversions on the busiest
  config.dacCycles = 5;
  config.shiftAddCycles = 3;
  config.readTime = ps(6000);
  build();
  write(address::kInput, input.data(), input.size());
  // plane: max(6,000, 6,975) ps
  const std::uint64_t lastRead = 15 * 833 + 7 * 6975 + 6000;
  EXPECT_EQ(start(10), (lastRead + 6975 + 832) / 833 * 833 + 3 * 833);
}

TEST_F(CoreTest, AllColumnsAreConvertedWhenUnusedOnesAreNotSkipped) {
  config.skipUnusedColumns = false;
  config.dataColumns = 128;
  build();
  write(address::kInput, input.data(), input.size());
  EXPECT_EQ(start(10), (809163U + 129U * 775U + 832U) / 833U * 833U + 833U);
}

TEST_F(CoreTest, ReadsItsSumsInTheOrderOfTheStarts) {
  build();
  std::vector<std::uint8_t> zero(input.size(), 0);
  write(address::kInput, input.data(), input.size());
  write(address::kInput, zero.data(), zero.size());
  start(10);
  start(11);
  const IntegerLayer& layer = model.integer.layers.at(0);
  std::vector<std::int64_t> sums(8), expected(8, 0);
  for (std::size_t o = 0; o < 8; ++o) {
    for (std::size_t i = 0; i < 20; ++i)
      expected[o] += layer.weights[o * 20 + i] * model.images[0][i] * (1 << kGainBits);
  }
  probe.access(tlm::TLM_READ_COMMAND, address::kOutput, sums.data(), 64);
  EXPECT_EQ(sums, expected);
  probe.access(tlm::TLM_READ_COMMAND, address::kOutput, sums.data(), 64);
  EXPECT_EQ(sums, std::vector<std::int64_t>(8, 0));
  EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, address::kOutput, sums.data(), 64).second,
            tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(core->statistics().inputBytes, 40U);
  EXPECT_EQ(core->statistics().outputBytes, 128U);
}

TEST_F(CoreTest, RefusesAStartWithoutAVectorAndARowBlockThatIsNotItsOwn) {
  build();
  std::uint8_t command[16] = {};
  EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::kStart, command, 16).second,
            tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(
      probe.access(tlm::TLM_WRITE_COMMAND, address::kInput + address::kInputStride, input.data(), 20).second,
      tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

// --- digital unit ---

/// 8 outputs with a ReLU: 16 operations a position.
class DigitalTest : public TileParts, public ::testing::WithParamInterface<std::tuple<int, int, int>> {};

TEST_P(DigitalTest, APositionTakesTheDepthAndTheOperationsOverTheLanes) {
  const auto [lanes, depth, cycles] = GetParam();
  const Model model(denseNetwork({20, 8, 3}), smallHardware(), 1);
  const ChipImage image = model.chipImage();
  DigitalUnit::Config config;
  config.period = ps(1000);
  config.lanes = lanes;
  config.depth = depth;
  DigitalUnit unit("unit", config);
  Probe other("other");
  binder.bind(probe.out, unit.fromBus);
  binder.bind(other.out, unit.fromTile);
  sc_core::sc_start(SC_ZERO_TIME);
  unit.configure({&image.tiles.at(0).programs.at(0)});
  // Partial sums of two cores, outputs 0 to 7 and 4 to 7.
  constexpr std::int64_t one = std::int64_t{1} << kGainBits;
  std::vector<std::int64_t> first{0, 0, 0}, second{0, 0, 4}, codes;
  for (int o = 0; o < 8; ++o) first.push_back((o - 3) * one * 1000);
  for (int o = 0; o < 4; ++o) second.push_back(one * 500);
  EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::kSums, first.data(), 8 * first.size()).first,
            SC_ZERO_TIME);
  EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::kSums, second.data(), 8 * second.size()).first,
            SC_ZERO_TIME);
  std::int64_t command[2] = {0, 0};
  const auto [delay, status] = other.access(tlm::TLM_WRITE_COMMAND, address::kFinish, command, 16);
  EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(delay, ps(1000.0 * cycles));
  EXPECT_THAT(unit.ready(0), ElementsAre(0));
  EXPECT_EQ(unit.operations(0), 8U + 4U + 16U);
  std::uint8_t result[8];
  EXPECT_EQ(other.access(tlm::TLM_READ_COMMAND, address::kResult, result, 8).second, tlm::TLM_OK_RESPONSE);
  const IntegerLayer& layer = model.integer.layers.at(0);
  for (std::size_t o = 0; o < 8; ++o) {
    const std::int64_t sum = (static_cast<std::int64_t>(o) - 3) * 1000 + (o >= 4 ? 500 : 0) + layer.bias[o];
    const Requantise& r = layer.requantise;
    const auto scaled = static_cast<std::int64_t>(
        (static_cast<__int128>(sum) * r.multiplier + (static_cast<__int128>(1) << (r.shift - 1))) >> r.shift);
    EXPECT_EQ(result[o], std::max<std::int64_t>(std::min(scaled, r.high), 0)) << o;
  }
  EXPECT_EQ(other.access(tlm::TLM_WRITE_COMMAND, address::kFinish, command, 16).second,
            tlm::TLM_ADDRESS_ERROR_RESPONSE)
      << "a position is finished once";
}
// lanes, depth, cycles = depth + ceil(16 / lanes) - 1
INSTANTIATE_TEST_SUITE_P(Shapes, DigitalTest,
                         ::testing::Values(std::tuple(16, 2, 2), std::tuple(15, 2, 3), std::tuple(4, 2, 5),
                                           std::tuple(1, 2, 17), std::tuple(32, 7, 7), std::tuple(5, 1, 4)));

}  // namespace
}  // namespace crosstile::testing
