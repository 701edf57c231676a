// SPDX-License-Identifier: Apache-2.0
// What every mapping keeps: each weight in one place, each array at one place, row blocks together, errors
// that name what is short.
#include "workloads/mapping/mapper.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "models/base/error.h"
#include "tests/unit/mapping/random_network.h"
#include "workloads/encoding/quantise.h"
#include "workloads/mapping/placement.h"
#include "workloads/mapping/traffic.h"

namespace crosstile::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A network mapped onto a chip, with all that the mapping came from.
struct Mapped {
  Network network;
  IntegerNetwork integer;
  MappingRequest request;
  ChipProgram program;
};

std::unique_ptr<Mapped> mapped(Network network, const MappingRequest& request, Dice& dice) {
  auto m = std::make_unique<Mapped>();
  m->network = std::move(network);
  m->request = request;
  const auto images = randomImages(m->network, 2, true, dice);
  m->integer = quantise(m->network, request.encoding, images.data(), 2);
  m->request.network = &m->integer;
  m->program = mapNetwork(m->request);
  return m;
}

MappingRequest randomRequest(Dice& dice) {
  MappingRequest r;
  r.encoding = randomEncoding(dice);
  r.array.rows = dice.oneOf<int>({16, 32, 64, 128});
  r.array.columns = dice.between(2 * static_cast<int>(slicesOf(r.encoding).size()), 128);
  r.array.referenceColumn = dice.chance(0.5);
  r.chip.meshColumns = dice.between(2, 6);
  r.chip.meshRows = 40;
  r.chip.concentration = dice.between(1, 4);
  r.chip.coresPerTile = dice.between(3, 12);
  r.chip.arraysPerCore = 8;
  return r;
}

std::unique_ptr<Mapped> randomMapped(std::uint64_t seed) {
  Dice dice(seed);
  const MappingRequest request = randomRequest(dice);
  return mapped(randomNetwork(dice), request, dice);
}

constexpr std::uint64_t kSeeds = 60;

/// Weight of a layer's matrix by the definition of a (grouped) convolution or dense layer.
std::int64_t weightAt(const Layer& l, const IntegerLayer& values, int row, int output) {
  const int kernel = l.window.kernelH * l.window.kernelW;
  const int channels = l.weights.shape[1];
  const int group = output / (l.weights.shape[0] / l.groups);
  const int channel = row / kernel;
  if (channel == channels * l.groups) return values.biasWeights[static_cast<std::size_t>(output)];
  if (channel / channels != group) return 0;
  return values
      .weights[static_cast<std::size_t>((output * channels + channel % channels) * kernel + row % kernel)];
}

/// The matrix that the levels of a stage's blocks stand for.
std::map<std::pair<int, int>, std::int64_t> matrixOf(const Mapped& m, const Stage& stage) {
  std::map<std::pair<int, int>, std::int64_t> weight;
  const int top = maxLevel(m.request.encoding);
  for (const ArrayBlock& b : stage.blocks) {
    std::map<int, std::int64_t> slices;
    for (const ColumnCode& c : b.columns) ++slices[c.output];
    for (const auto& [output, count] : slices) {
      EXPECT_EQ(count, static_cast<std::int64_t>(slicesOf(m.request.encoding).size()));
      for (int r = 0; r < b.rowCount; ++r) {
        const bool isNew =
            weight.emplace(std::make_pair(b.rowBegin + r, output), -m.program.weightOffset).second;
        EXPECT_TRUE(isNew) << "row " << b.rowBegin + r << " of output " << output << " is in two arrays";
      }
    }
    for (const ColumnCode& c : b.columns) {
      for (int r = 0; r < b.rowCount; ++r) {
        const int level = (*b.levels)[static_cast<std::size_t>(r * b.physicalColumns + c.column)];
        weight[{b.rowBegin + r, c.output}] +=
            c.sign * (std::int64_t{c.flipped ? top - level : level} << c.shift);
      }
    }
  }
  return weight;
}

TEST(Mapper, everyWeightIsInOnePlace) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto m = randomMapped(seed);
    for (const Stage& stage : m->program.stages) {
      if (stage.layer < 0) continue;
      const Layer& layer = m->network.layers[static_cast<std::size_t>(stage.layer)];
      const auto weight = matrixOf(*m, stage);
      for (int row = 0; row < stage.input.rows(); ++row) {
        for (int o = 0; o < stage.outputs; ++o) {
          if (weight.count({row, o}) == 1) continue;
          // Between the groups of a convolution there is nothing to hold.
          ASSERT_GT(layer.groups, 1) << "seed " << seed;
          ASSERT_EQ(weightAt(layer, m->integer.layers[static_cast<std::size_t>(stage.layer)], row, o), 0);
        }
      }
      for (const auto& [at, w] : weight) {
        ASSERT_EQ(
            w, weightAt(layer, m->integer.layers[static_cast<std::size_t>(stage.layer)], at.first, at.second))
            << "seed " << seed << ", " << layer.name << ", row " << at.first << ", output " << at.second;
      }
    }
  }
}

TEST(Mapper, noTwoArraysShareAPlaceAndAllAreOnTheChip) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto m = randomMapped(seed);
    std::set<std::tuple<int, int, int>> places;
    std::set<std::pair<int, int>> cores;
    std::set<int> ids, tiles;
    for (const Stage& stage : m->program.stages) {
      for (const int t : stage.tiles) EXPECT_TRUE(tiles.insert(t).second) << "a tile of two stages";
      for (const ArrayBlock& b : stage.blocks) {
        EXPECT_TRUE(places.emplace(b.tile, b.core, b.slot).second);
        EXPECT_TRUE(ids.insert(b.id).second);
        cores.emplace(b.tile, b.core);
        EXPECT_TRUE(b.tile >= 0 && b.tile < m->request.chip.tiles());
        EXPECT_TRUE(b.core >= 0 && b.core < m->request.chip.coresPerTile);
        EXPECT_TRUE(b.slot >= 0 && b.slot < m->request.chip.arraysPerCore);
        EXPECT_NE(std::find(stage.tiles.begin(), stage.tiles.end(), b.tile), stage.tiles.end());
      }
    }
    EXPECT_EQ(m->program.arrays, static_cast<int>(ids.size()));
    EXPECT_EQ(m->program.cores, static_cast<int>(cores.size()));
    EXPECT_EQ(m->program.tiles, static_cast<int>(tiles.size()));
    EXPECT_EQ(*ids.rbegin() + 1, m->program.arrays);
  }
}

TEST(Mapper, rowBlocksOfAnOutputShareATile) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto m = randomMapped(seed);
    for (const Stage& stage : m->program.stages) {
      std::map<int, std::set<int>> tileOf, rowBlocksOf;
      for (const ArrayBlock& b : stage.blocks) {
        EXPECT_EQ(b.rowBegin, stage.rowBlocks.at(static_cast<std::size_t>(b.rowBlock)).begin);
        EXPECT_EQ(b.rowCount, stage.rowBlocks.at(static_cast<std::size_t>(b.rowBlock)).count);
        for (int o = b.outputBegin; o < b.outputBegin + b.outputCount; ++o) {
          tileOf[o].insert(b.tile);
          rowBlocksOf[o].insert(b.rowBlock);
        }
      }
      for (const auto& [output, tiles] : tileOf) {
        EXPECT_EQ(tiles.size(), 1U) << "output " << output;
        const bool grouped = m->network.layers[static_cast<std::size_t>(stage.layer)].groups > 1;
        EXPECT_TRUE(grouped || rowBlocksOf[output].size() == stage.rowBlocks.size());
      }
    }
  }
}

TEST(Mapper, columnsFitTheirArrayAndLeaveTheSpecialOnesAlone) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto m = randomMapped(seed);
    const ArrayConfig& array = m->request.array;
    for (const Stage& stage : m->program.stages) {
      for (const ArrayBlock& b : stage.blocks) {
        std::set<int> used;
        for (const ColumnCode& c : b.columns) {
          EXPECT_TRUE(used.insert(c.column).second);
          EXPECT_TRUE(c.column >= 0 && c.column < b.physicalColumns);
        }
        EXPECT_LE(static_cast<int>(used.size()), array.columns);
        EXPECT_EQ(b.referenceColumn >= 0, array.referenceColumn);
        EXPECT_EQ(b.offsetColumn >= 0, hasOffsetColumn(m->request.encoding));
        EXPECT_EQ(b.physicalColumns,
                  array.columns + (b.offsetColumn >= 0 ? 1 : 0) + (b.referenceColumn >= 0 ? 1 : 0));
        EXPECT_EQ(b.levels->size(), static_cast<std::size_t>(array.rows * b.physicalColumns));
        EXPECT_EQ(used.count(b.offsetColumn) + used.count(b.referenceColumn), 0U);
        for (int r = 0; r < array.rows; ++r) {
          const auto* row = b.levels->data() + static_cast<std::ptrdiff_t>(r) * b.physicalColumns;
          const int offset = b.offsetColumn < 0 ? 0 : r < b.rowCount ? 1 : 0;
          ASSERT_EQ(row[std::max(b.offsetColumn, 0)], b.offsetColumn < 0 ? row[0] : offset);
          ASSERT_EQ(row[std::max(b.referenceColumn, 0)], b.referenceColumn < 0 ? row[0] : 0);
          if (r < b.rowCount) continue;
          for (int c = 0; c < b.physicalColumns; ++c) ASSERT_EQ(row[c], 0) << "an unused row";
        }
      }
    }
  }
}

TEST(Mapper, withFlippedColumnsNoWorstCaseSumExceedsHalf) {
  int flipped = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto m = randomMapped(seed);
    for (const Stage& stage : m->program.stages) {
      for (const ArrayBlock& b : stage.blocks) {
        for (const ColumnCode& c : b.columns) {
          std::int64_t sum = 0;
          for (int r = 0; r < b.rowCount; ++r)
            sum += (*b.levels)[static_cast<std::size_t>(r * b.physicalColumns + c.column)];
          if (!m->request.encoding.flippedColumns) {
            ASSERT_FALSE(c.flipped);
            continue;
          }
          flipped += c.flipped ? 1 : 0;
          ASSERT_LE(2 * sum, std::int64_t{b.rowCount} * maxLevel(m->request.encoding));
        }
      }
    }
  }
  EXPECT_GT(flipped, 100);  // or the test saw nothing
}

TEST(Mapper, snakeVisitsEveryTileOnceAndNeighboursAreNear) {
  ChipShape chip;
  chip.meshColumns = 5;
  chip.meshRows = 3;
  chip.concentration = 2;
  std::set<int> seen;
  int previous = -1;
  for (int k = 0; k < chip.tiles(); ++k) {
    const int tile = snakeTile(chip, k);
    EXPECT_TRUE(seen.insert(tile).second);
    const int router = tile / chip.concentration;
    if (previous >= 0) {
      const int distance = std::abs(router % 5 - previous % 5) + std::abs(router / 5 - previous / 5);
      EXPECT_EQ(distance, k % chip.concentration == 0 ? 1 : 0);
    }
    previous = router;
  }
  EXPECT_EQ(static_cast<int>(seen.size()), chip.tiles());
  EXPECT_EQ(*seen.rbegin(), chip.tiles() - 1);
}

/// The message of mapping one dense layer of 300 inputs and 40 outputs with a request changed by `change`.
template <typename Change>
std::string refusal(const Change& change) {
  Dice dice(1);
  NetworkBuilder b({300});
  b.dense(40, dice);
  MappingRequest request;
  request.encoding.inputBits = request.encoding.weightBits = 8;
  change(request);
  try {
    mapped(b.build(), request, dice);
  } catch (const BadInput& e) {
    return e.what();
  }
  return "mapped";
}

TEST(Mapper, refusalsNameTheNodeAndWhatIsShort) {
  EXPECT_EQ(refusal([](MappingRequest&) {}), "mapped");
  EXPECT_THAT(refusal([](MappingRequest& r) { r.array.columns = 3; }),
              AllOf(HasSubstr("array.columns = 3"), HasSubstr("at least 4")));
  // 300 codes of 1 byte in lines of 32.
  EXPECT_EQ(refusal([](MappingRequest& r) { r.chip.bufferSize = Bytes{320}; }), "mapped");
  EXPECT_THAT(refusal([](MappingRequest& r) { r.chip.bufferSize = Bytes{319}; }),
              AllOf(HasSubstr("dense_0"), HasSubstr("320 B"), HasSubstr("319 B"), HasSubstr("buffer.size")));
  // 32 outputs fit an array (128 columns, 4 slices): two groups of three row blocks, two tiles of one core.
  const auto twoTiles = [](MappingRequest& r) {
    r.chip.coresPerTile = 1;
    r.chip.arraysPerCore = 3;
    r.chip.concentration = 1;
    r.chip.meshRows = 1;
    r.chip.meshColumns = 2;
  };
  EXPECT_EQ(refusal(twoTiles), "mapped");
  EXPECT_THAT(
      refusal([&](MappingRequest& r) {
        twoTiles(r);
        r.chip.meshColumns = 1;
      }),
      AllOf(HasSubstr("built"), HasSubstr("needs 2 tiles"), HasSubstr("6 arrays"), HasSubstr("has 1")));
}

/// A network, mapped with a request changed by `change`.
template <typename Change>
std::unique_ptr<Mapped> mappedWith(const Network& network, const Change& change) {
  Dice dice(1);
  MappingRequest request;
  request.encoding.inputBits = request.encoding.weightBits = 8;
  change(request);
  return mapped(network, request, dice);
}

TEST(Mapper, rowsThatATileCannotHoldAreDividedAmongStages) {
  Dice dice(1);
  NetworkBuilder b({300});
  b.dense(40, dice);
  // 300 rows are three row blocks of 128; a tile of one core with two arrays holds two of them.
  const auto m = mappedWith(b.build(), [](MappingRequest& r) {
    r.chip.coresPerTile = 1;
    r.chip.arraysPerCore = 2;
  });
  ASSERT_EQ(m->program.stages.size(), 2U);
  const Stage& first = m->program.stages[0];
  const Stage& last = m->program.stages[1];
  EXPECT_TRUE(first.partial);
  EXPECT_EQ(first.input.rows(), 256);
  EXPECT_EQ(last.input.rows(), 44);
  ASSERT_EQ(last.sumStream, 1);
  EXPECT_EQ(last.streams[1].parts.at(0).stage, 0);
  EXPECT_EQ(last.streams[1].bytes, 8);
  EXPECT_EQ(last.ledgerLayer(), first.ledgerLayer());
}

TEST(Mapper, copiesEvenOutThePipelineAsFarAsTheCoresGo) {
  Dice dice(1);
  NetworkBuilder b({1, 16, 16});
  Window w;
  w.kernelH = w.kernelW = 3;
  b.conv(4, w, 1, dice);  // 196 positions, one array
  b.conv(4, w, 1, dice);  // 144
  b.dense(4, dice);
  const Network network = b.build();
  const auto replicas = [&](const std::string& replication, const std::string& byHand) {
    const auto m = mappedWith(network, [&](MappingRequest& r) {
      r.chip.coresPerTile = 4;
      r.mapping.replication = replication;
      r.mapping.replicas = byHand;
    });
    std::vector<int> counts;
    for (const Stage& s : m->program.stages) counts.push_back(s.replicas);
    return counts;
  };
  EXPECT_THAT(replicas("none", ""), testing::ElementsAre(1, 1, 1));
  // Four copies need 49 rounds for 196 positions; the second layer needs three for its 144; one position, one
  // copy.
  EXPECT_THAT(replicas("balanced", ""), testing::ElementsAre(4, 3, 1));
  EXPECT_THAT(replicas("none", "conv_1 = 2"), testing::ElementsAre(1, 2, 1));
  EXPECT_THROW(replicas("none", "conv_1=5"), BadInput);
  EXPECT_THROW(replicas("none", "conv_7=2"), BadInput);
  EXPECT_THROW(replicas("none", "conv_1=many"), BadInput);
}

TEST(Mapper, packedStagesShareTilesButNoCoreStreamOrByte) {
  int saved = 0, shared = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Dice dice(seed);
    const Network network = randomNetwork(dice);
    const auto with = [&](const std::string& packing) {
      return mappedWith(network, [&](MappingRequest& r) {
        r.chip.coresPerTile = 4;
        r.chip.meshRows = 40;
        r.chip.bufferSize = Bytes{4096};
        r.mapping.packing = packing;
      });
    };
    const auto apart = with("none"), together = with("tile");
    saved += apart->program.tiles - together->program.tiles;
    std::map<int, std::set<int>> slots, cores, streams;
    std::map<int, std::int64_t> bytes;
    for (const Stage& stage : together->program.stages) {
      const int tile = stage.tiles.front();
      EXPECT_TRUE(slots[tile].insert(stage.slot).second);
      for (std::size_t k = 0; k < stage.streams.size(); ++k) {
        EXPECT_TRUE(streams[tile].insert(stage.firstStream + static_cast<int>(k)).second);
        EXPECT_GE(stage.streams[k].ringBytes, stage.streams[k].leastBytes);
        bytes[tile] += stage.streams[k].ringBytes;
      }
      std::set<std::pair<int, int>> own;
      for (const ArrayBlock& b : stage.blocks) own.emplace(b.tile, b.core);
      for (const auto& [t, c] : own) {
        EXPECT_TRUE(cores[t].insert(c).second) << "a core of two stages";
        EXPECT_LT(c, 4);
      }
    }
    for (const auto& [tile, used] : slots) {
      EXPECT_EQ(*used.rbegin() + 1, static_cast<int>(used.size()));
      EXPECT_LE(bytes[tile], 4096);
      shared += used.size() > 1;
    }
    for (std::size_t s = 0; s < apart->program.stages.size();
         ++s) {  // the same arrays, with the same random draws
      const auto &a = apart->program.stages[s].blocks, &b = together->program.stages[s].blocks;
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].id, b[i].id);
        EXPECT_EQ(*a[i].levels, *b[i].levels);
      }
    }
  }
  EXPECT_GT(saved, 0);
  EXPECT_GT(shared, 0);
}

TEST(Mapper, packingHoldsNetworksThatNeedMoreTilesWithoutIt) {
  Dice dice(1);
  NetworkBuilder b({20});
  for (int i = 0; i < 4; ++i) b.dense(8, dice);
  const Network network = b.build();
  const auto tilesWith = [&](const std::string& packing, double buffer) {
    return mappedWith(network,
                      [&](MappingRequest& r) {
                        r.chip.meshColumns = r.chip.meshRows = 1;
                        r.chip.concentration = 1;
                        r.chip.bufferSize = Bytes{buffer};
                        r.mapping.packing = packing;
                      })
        ->program.tiles;
  };
  EXPECT_EQ(tilesWith("tile", 1024), 1);
  EXPECT_THROW(tilesWith("none", 1024), BadInput);
  EXPECT_EQ(tilesWith("tile", 128), 1);  // a line for each layer
  EXPECT_THROW(tilesWith("tile", 127), BadInput);
}

TEST(Mapper, annealedTilesSendNoFurtherThanTheSnakesDo) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Dice dice(seed);
    const Network network = randomNetwork(dice);
    const auto cost = [&](const std::string& placement) {
      const auto m = mappedWith(network, [&](MappingRequest& r) {
        r.chip.concentration = 1;
        r.chip.coresPerTile = 2;
        r.array.columns = 32;
        r.chip.meshRows = 40;
        r.mapping.placement = placement;
      });
      double sum = 0.0;
      TrafficConfig config;
      config.chip = m->request.chip;
      for (const StageTraffic& t : trafficPerImage(m->program, config))
        sum += static_cast<double>(t.flitLinks);
      return sum;
    };
    EXPECT_LE(cost("annealed"), 1.05 * cost("snake") + 2) << "seed " << seed;  // credits aren't weighed
  }
}

}  // namespace
}  // namespace crosstile::test
