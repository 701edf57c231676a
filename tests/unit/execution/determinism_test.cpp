// SPDX-License-Identifier: Apache-2.0
// Values depend on the seed and the image's index, on nothing else: not on threads, batches or what ran
// before.
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "tests/unit/execution/value_chip.h"

namespace crosstile::test {
namespace {

Network convolutional() {
  Dice dice(11);
  NetworkBuilder b({2, 8, 8});
  Window w;
  w.kernelH = w.kernelW = 3;
  w.padTop = w.padLeft = 1;
  b.conv(5, w, 1, dice);
  b.add(LayerKind::relu, b.shape());
  Window two;
  two.kernelH = two.kernelW = two.strideH = two.strideW = 2;
  b.pool(LayerKind::maxPool, two, false);
  b.dense(6, dice);
  return b.build();
}

AnalogConfig noisyConfig() {
  AnalogConfig c = isaacConfig(8, "ir_drop");
  c.array.rows = 32;
  c.array.columns = 32;
  c.nonideality.programmingErrorOfRange = 0.05;
  c.nonideality.readNoiseOfRange = 0.01;
  c.adc.noiseLsb = 0.3;
  c.adc.dnlLsb = 0.1;
  c.adc.range = "calibrated";
  return c;
}

struct Case {
  std::unique_ptr<ValueChip> chip;
  std::vector<Codes> codes;
};

Case makeCase(const AnalogConfig& config, std::uint64_t seed) {
  Dice dice(5);
  const Network network = convolutional();
  const auto images = randomImages(network, 4, false, dice);
  Case c;
  c.chip = std::make_unique<ValueChip>(network, config, images, seed);
  Dice more(6);
  for (int i = 0; i < 60; ++i) c.codes.push_back(c.chip->randomCodes(more));
  return c;
}

void expectSameFacts(const std::vector<ReadFacts>& a, const std::vector<ReadFacts>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t s = 0; s < a.size(); ++s) {
    EXPECT_EQ(a[s].mvms, b[s].mvms);
    EXPECT_EQ(a[s].reads, b[s].reads);
    EXPECT_EQ(a[s].zeroPlanes, b[s].zeroPlanes);
    EXPECT_EQ(a[s].activeRows, b[s].activeRows);
    EXPECT_EQ(a[s].conversions, b[s].conversions);
    EXPECT_EQ(a[s].deviceEnergyJ, b[s].deviceEnergyJ);  // to the bit
  }
}

TEST(Determinism, threadsChangeNothing) {
  for (const bool noise : {false, true}) {
    AnalogConfig config = noisyConfig();
    if (!noise) config.nonideality.readNoiseOfRange = config.adc.noiseLsb = 0.0;
    FunctionalResult result[2];
    for (int threads = 1; threads <= 2; ++threads) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                      static_cast<std::size_t>(threads));
      const Case c = makeCase(config, 7);  // programming and calibration included
      result[threads - 1] = runFunctional(*c.chip->engine, c.codes);
    }
    EXPECT_EQ(result[0].outputs, result[1].outputs);
    expectSameFacts(result[0].totals(), result[1].totals());
  }
}

TEST(Determinism, batchesChangeNothing) {
  const Case c = makeCase(noisyConfig(), 7);
  const FunctionalResult whole = runFunctional(*c.chip->engine, c.codes);
  std::vector<std::int64_t> outputs;
  std::vector<std::vector<ReadFacts>> facts;
  std::size_t at = 0;
  for (const std::size_t size : {1U, 2U, 17U, 40U}) {
    const std::vector<Codes> part(c.codes.begin() + static_cast<std::ptrdiff_t>(at),
                                  c.codes.begin() + static_cast<std::ptrdiff_t>(at + size));
    const FunctionalResult r = runFunctional(*c.chip->engine, part, at);
    outputs.insert(outputs.end(), r.outputs.begin(), r.outputs.end());
    facts.insert(facts.end(), r.facts.begin(), r.facts.end());
    at += size;
  }
  ASSERT_EQ(at, c.codes.size());
  EXPECT_EQ(outputs, whole.outputs);
  for (std::size_t i = 0; i < facts.size(); ++i) expectSameFacts(facts[i], whole.facts[i]);
}

TEST(Determinism, scratchCarriesNothingOver) {
  const Case c = makeCase(noisyConfig(), 7);
  ValueEngine::Scratch used;
  std::vector<ReadFacts> facts;
  Codes output;
  for (std::size_t i = 0; i < c.codes.size(); ++i) {
    c.chip->engine->run(c.codes[i].data(), i, used, facts, output);
    ASSERT_EQ(output, c.chip->run(c.codes[i], i)) << "image " << i;
  }
}

TEST(Determinism, sameSeedSameBitsOtherSeedOthers) {
  for (const char* what : {"programming", "read noise", "converter noise"}) {
    AnalogConfig config = isaacConfig(8, "ohmic");
    const std::string kind = what;
    if (kind == "programming") config.nonideality.programmingErrorOfRange = 0.1;
    if (kind == "read noise") config.nonideality.readNoiseOfRange = 0.05;
    if (kind == "converter noise") config.adc.noiseLsb = 1.0;
    const auto outputs = [&](std::uint64_t seed) {
      const Case c = makeCase(config, seed);
      return runFunctional(*c.chip->engine, c.codes).outputs;
    };
    const auto first = outputs(1);
    EXPECT_EQ(first, outputs(1)) << what;
    EXPECT_NE(first, outputs(2)) << what;
  }
}

TEST(Determinism, noiseIsNewInEveryImageAndPosition) {
  AnalogConfig config = isaacConfig(8, "ohmic");
  config.nonideality.readNoiseOfRange = 0.05;
  const Case c = makeCase(config, 1);
  const Codes flat(c.codes[0].size(), 255);
  EXPECT_NE(c.chip->run(flat, 0), c.chip->run(flat, 1));
  ValueDump dump;
  dump[0];
  ValueEngine::Scratch scratch;
  std::vector<ReadFacts> facts;
  Codes output;
  c.chip->engine->run(flat.data(), 0, scratch, facts, output, &dump);
  // Inner positions of a flat image see the same inputs; only noise tells them apart.
  const auto& sums = dump[0].sums;
  const auto outputs = static_cast<std::size_t>(c.chip->program.stages[0].outputs);
  const Codes a(sums.begin() + static_cast<std::ptrdiff_t>(9 * outputs),
                sums.begin() + static_cast<std::ptrdiff_t>(10 * outputs));
  const Codes b(sums.begin() + static_cast<std::ptrdiff_t>(10 * outputs),
                sums.begin() + static_cast<std::ptrdiff_t>(11 * outputs));
  EXPECT_NE(a, b);
}

TEST(Determinism, storeSharesOneProgrammingAndEqualsAFreshOne) {
  const Case c = makeCase(noisyConfig(), 7);
  StreamOwner owner;
  owner.seed = 7;
  owner.array = 0;
  const ArrayBlock& block = c.chip->program.stages[0].blocks[0];
  const auto again = c.chip->store->get(block, block.levels, owner);
  EXPECT_EQ(again, c.chip->engine->analog(0)->arrays()[0].analog);
  const auto fresh = makeAnalogArray(c.chip->store->config(), block, block.levels, owner);
  EXPECT_EQ(fresh->programmed->hash, again->programmed->hash);
  std::vector<std::uint8_t> flipped = *block.levels;
  flipped[0] ^= 1U;
  EXPECT_NE(c.chip->store->get(block, std::make_shared<const std::vector<std::uint8_t>>(flipped), owner),
            again);
  owner.draw = 1;
  EXPECT_NE(c.chip->store->get(block, block.levels, owner)->programmed->hash, again->programmed->hash);
}

}  // namespace
}  // namespace crosstile::test
