// SPDX-License-Identifier: Apache-2.0
// Networks with branches on random chips: residual additions, concats, grouped convolutions, copies of
// weights, rings of a few rows, tiles of several stages, banks. They run to their end, with the functional
// engine's values, in both timing modes.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/base/error.h"
#include "tests/tlm/machine_checks.h"
#include "tests/unit/network/random_graph.h"

namespace crosstile::testing {
namespace {

using ::testing::HasSubstr;

/// A random chip for graphs; some have copies of weights, and buffers that hold a few rows only.
Hardware graphHardware(Dice& dice) {
  Hardware hardware = randomHardware(dice);
  hardware.encoding.biasRow = false;
  hardware.mapping.replication = dice.chance(0.5) ? "balanced" : "none";
  hardware.mapping.placement = dice.chance(0.5) ? "annealed" : "snake";
  hardware.chip.meshRows = 40;
  if (dice.chance(0.6)) hardware.chip.bufferSize = Bytes{static_cast<double>(32 * dice.between(4, 60))};
  hardware.mapping.packing = dice.chance(0.5) ? "tile" : "none";
  hardware.timing.bufferBanks = dice.oneOf<int>({1, 1, 2, 5});
  hardware.timing.bufferWritePorts = dice.between(0, 1);
  return hardware;
}

std::unique_ptr<Model> graphModel(std::uint64_t seed, int images) {
  Dice dice(seed);
  Network network = test::randomGraph(dice);
  const Hardware hardware = graphHardware(dice);
  return std::make_unique<Model>(std::move(network), hardware, images);
}

class RandomGraphMachines : public SimulationTest, public ::testing::WithParamInterface<int> {};

TEST_P(RandomGraphMachines, EqualTheFunctionalEngine) {
  try {
    expectSameAsFunctional(*graphModel(static_cast<std::uint64_t>(GetParam()), 3));
  } catch (const BadInput& e) {
    EXPECT_THAT(e.what(), HasSubstr("buffer.size"));  // the mapper says so beforehand
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraphMachines, ::testing::Range(0, 60));

class RandomLooseGraphs : public SimulationTest, public ::testing::WithParamInterface<int> {};

TEST_P(RandomLooseGraphs, GiveTheSameValues) {
  try {
    const auto model = graphModel(static_cast<std::uint64_t>(GetParam()), 3);
    Machine machine(*model, TimingMode::loose);
    machine.run();
    ASSERT_TRUE(machine.driver.done());
    EXPECT_EQ(machine.driver.results(), model->expected());
  } catch (const BadInput& e) {
    EXPECT_THAT(e.what(), HasSubstr("buffer.size"));
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomLooseGraphs, ::testing::Range(0, 30));

class MachineGraphs : public SimulationTest {};

// 300 rows are ten row blocks of 32; a tile of four arrays holds four of them: three stages, whose sums
// travel.
TEST_F(MachineGraphs, SumsOfRowsThatOtherTilesHold) {
  const Hardware hardware =
      smallHardware({"chip.mesh_columns=3", "chip.mesh_rows=4", "router.virtual_channels=4"});
  const Model model(denseNetwork({300, 12, 5}), hardware, 3);
  const auto partial = std::count_if(model.program.stages.begin(), model.program.stages.end(),
                                     [](const Stage& stage) { return stage.partial; });
  ASSERT_EQ(partial, 2);
  expectSameAsFunctional(model);
}

TEST_F(MachineGraphs, SumsOfRowsThatOtherTilesHoldInLooseTiming) {
  const Model model(denseNetwork({300, 12, 5}), smallHardware({"chip.mesh_columns=3", "chip.mesh_rows=4"}),
                    3);
  Machine machine(model, TimingMode::loose);
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  EXPECT_EQ(machine.driver.results(), model.expected());
}

/// Flits over links for one image of a network whose second layer lies on several tiles.
std::int64_t flitLinksWith(const std::string& multicast) {
  const Hardware hardware = smallHardware(
      {"chip.mesh_columns=3", "chip.mesh_rows=4", "router.multicast=" + multicast, "tile.cores=1"});
  const Model model(denseNetwork({40, 40, 5}), hardware, 2);
  expectSameAsFunctional(model);
  std::int64_t flits = 0;
  for (const StageTraffic& t : trafficPerImage(model.program, trafficConfig(hardware))) flits += t.flitLinks;
  return flits;
}

TEST_F(MachineGraphs, UnicastsToTheTilesOfALayer) {
  EXPECT_GT(flitLinksWith("false"), 0);
}

TEST_F(MachineGraphs, AMulticastTakesEveryLinkOnce) {
  const std::int64_t multicast = flitLinksWith("true");
  const Hardware unicast =
      smallHardware({"chip.mesh_columns=3", "chip.mesh_rows=4", "router.multicast=false", "tile.cores=1"});
  const Model model(denseNetwork({40, 40, 5}), unicast, 2);
  std::int64_t flits = 0;
  for (const StageTraffic& t : trafficPerImage(model.program, trafficConfig(unicast))) flits += t.flitLinks;
  EXPECT_LT(multicast, flits);
}

// Copies of the first layer's weights take its positions in turn.
TEST_F(MachineGraphs, CopiesShortenThePeriod) {
  const auto periodWith = [](int copies) {
    const Hardware hardware = smallHardware({"chip.mesh_rows=3", "tile.cores=4", "core.input_registers=2",
                                             "mapping.replicas=conv_0=" + std::to_string(copies)});
    return std::make_unique<Model>(convolutionalNetwork(), hardware, 6);
  };
  const auto one = periodWith(1), two = periodWith(2);
  Machine slow(*one, TimingMode::cycle, "slow"), fast(*two, TimingMode::cycle, "fast");
  sc_core::sc_start();
  EXPECT_EQ(slow.driver.results(), one->expected());
  EXPECT_EQ(fast.driver.results(), two->expected());
  EXPECT_LT(fast.result(5) - fast.result(4), slow.result(5) - slow.result(4));
}

/// What became of one seed, in a process of its own: every machine needs a fresh kernel.
enum Outcome { kRan = 0, kRefused = 1, kWrong = 2 };
Outcome outcomeOf(std::uint64_t seed) {
  try {
    const auto model = graphModel(seed, 3);
    Machine machine(*model), loose(*model, TimingMode::loose, "loose");
    machine.run();
    const auto expected = model->expected();
    const bool right = machine.driver.done() && loose.driver.done() && machine.driver.results() == expected &&
                       loose.driver.results() == expected && machine.binder.violations().empty();
    return right ? kRan : kWrong;
  } catch (const BadInput& e) {
    return std::string(e.what()).find("buffer.size") != std::string::npos ? kRefused : kWrong;
  } catch (...) {
    return kWrong;
  }
}

class ThousandGraphs : public ::testing::TestWithParam<int> {};

TEST_P(ThousandGraphs, RunToTheirEndWithTheSameValuesOrAreRefused) {
  std::array<int, 3> count{};
  const auto first = static_cast<std::uint64_t>(1000 + 100 * GetParam());
  for (std::uint64_t seed = first; seed < first + 100; ++seed) {
    const pid_t child = fork();
    if (child == 0) _exit(outcomeOf(seed));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    const int outcome = WIFEXITED(status) ? std::min(WEXITSTATUS(status), 2) : 2;
    EXPECT_NE(outcome, kWrong) << "seed " << seed;
    ++count[static_cast<std::size_t>(outcome)];
  }
  EXPECT_GT(count[kRan], 60);
  EXPECT_GT(count[kRefused], 0);  // or the buffers were never short
}
INSTANTIATE_TEST_SUITE_P(Hundreds, ThousandGraphs, ::testing::Range(0, 10));

}  // namespace
}  // namespace crosstile::testing
