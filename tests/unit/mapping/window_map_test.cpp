// SPDX-License-Identifier: Apache-2.0
// im2col by index: every row of a layer's matrix sees the element that the convolution's definition says.
#include "workloads/mapping/window_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/unit/mapping/random_network.h"
#include "workloads/mapping/stage_builder.h"
#include "workloads/network/integer_network.h"

namespace crosstile::test {
namespace {

/// Plain im2col of an image in CHW: [position][row], `padding` outside.
std::vector<std::vector<std::int32_t>> im2col(const Layer& l, const std::vector<std::int32_t>& chw,
                                              std::int32_t padding) {
  std::vector<std::vector<std::int32_t>> patches;
  for (int oy = 0; oy < l.outputShape[1]; ++oy) {
    for (int ox = 0; ox < l.outputShape[2]; ++ox) {
      std::vector<std::int32_t> patch;
      for (int c = 0; c < l.inputShape[0]; ++c) {
        for (int ky = 0; ky < l.window.kernelH; ++ky) {
          for (int kx = 0; kx < l.window.kernelW; ++kx) {
            const int y = oy * l.window.strideH + ky - l.window.padTop;
            const int x = ox * l.window.strideW + kx - l.window.padLeft;
            const bool inside = y >= 0 && y < l.inputShape[1] && x >= 0 && x < l.inputShape[2];
            patch.push_back(
                inside ? chw[static_cast<std::size_t>((c * l.inputShape[1] + y) * l.inputShape[2] + x)]
                       : padding);
          }
        }
      }
      patches.push_back(std::move(patch));
    }
  }
  return patches;
}

TEST(WindowMap, gathersWhatIm2colCopies) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Dice dice(seed);
    NetworkBuilder b({dice.between(1, 5), dice.between(3, 11), dice.between(3, 11)});
    const Layer layer = b.conv(1, randomWindow(b.shape(), 5, dice), 1, dice);
    const WindowMap map = makeWindowMap(layer, {});
    ASSERT_EQ(map.positions(), layer.outputShape[1] * layer.outputShape[2]);
    // The buffer holds the image in HWC; each element's value is its place there.
    std::vector<std::int32_t> place(static_cast<std::size_t>(elementCount(layer.inputShape)));
    const int channels = layer.inputShape[0];
    const int pixels = static_cast<int>(place.size()) / channels;
    for (int c = 0; c < channels; ++c) {
      for (int p = 0; p < pixels; ++p) place[static_cast<std::size_t>(c * pixels + p)] = p * channels + c;
    }
    const auto expected = im2col(layer, place, -1);
    for (int position = 0; position < map.positions(); ++position) {
      std::vector<std::int32_t> seen(static_cast<std::size_t>(map.rows()));
      map.gather(position, 0, map.rows(), seen.data());
      ASSERT_EQ(seen, expected[static_cast<std::size_t>(position)])
          << "seed " << seed << ", position " << position;
      EXPECT_EQ(map.lastElement(position), *std::max_element(seen.begin(), seen.end()));
    }
  }
}

TEST(WindowMap, gathersAnyRangeOfRows) {
  Dice dice(7);
  NetworkBuilder b({4, 6, 5});
  const Layer layer = b.conv(1, randomWindow(b.shape(), 3, dice), 1, dice);
  const WindowMap map = makeWindowMap(layer, {});
  std::vector<std::int32_t> all(static_cast<std::size_t>(map.rows()));
  for (int position = 0; position < map.positions(); ++position) {
    map.gather(position, 0, map.rows(), all.data());
    for (int begin = 0; begin < map.rows(); ++begin) {
      const int count = dice.between(1, map.rows() - begin);
      std::vector<std::int32_t> some(static_cast<std::size_t>(count));
      map.gather(position, begin, count, some.data());
      ASSERT_TRUE(std::equal(some.begin(), some.end(), all.begin() + begin)) << begin << " + " << count;
    }
  }
}

TEST(WindowMap, paddingAloneNeedsNoElement) {
  Layer layer;
  layer.kind = LayerKind::conv;
  layer.inputShape = {1, 2, 2};
  layer.window.padTop = 1;
  layer.outputShape = {1, 3, 2};
  const WindowMap map = makeWindowMap(layer, {});
  EXPECT_EQ(map.lastElement(0), -1);
  EXPECT_EQ(map.lastElement(2), 0);
}

/// Runs a network's stages' maps against the codes that its layers see: the buffer of a stage is its
/// producer's output in HWC.
void expectMapsLeadThroughMoves(const Network& network, std::uint64_t seed) {
  IntegerNetwork integer;
  integer.network = &network;
  integer.layers.resize(network.layers.size());
  const ChipProgram program = buildStages(integer, EncodingConfig{});
  // Every value of the network's input is told from the others by its own CHW index; moves carry them along.
  std::vector<std::int32_t> chw(static_cast<std::size_t>(elementCount(network.inputShape)));
  std::iota(chw.begin(), chw.end(), 0);
  std::vector<std::int32_t> buffer(chw.size());
  for (std::size_t i = 0; i < chw.size(); ++i)
    buffer[static_cast<std::size_t>(program.inputElement[i])] = chw[i];
  for (const Layer& l : network.layers) {
    if (l.kind == LayerKind::transpose) {
      std::vector<std::int32_t> out(chw.size());
      const auto& in = l.inputShape;
      const auto& to = l.outputShape;
      for (int a = 0; a < to[0]; ++a) {
        for (int b = 0; b < to[1]; ++b) {
          for (int c = 0; c < to[2]; ++c) {
            int at[3];
            at[l.permutation[0]] = a;
            at[l.permutation[1]] = b;
            at[l.permutation[2]] = c;
            out[static_cast<std::size_t>((a * to[1] + b) * to[2] + c)] =
                chw[static_cast<std::size_t>((at[0] * in[1] + at[1]) * in[2] + at[2])];
          }
        }
      }
      chw = out;
    }
    if (!l.isMvm()) continue;
    const WindowMap& map = program.stages.at(0).input;
    for (std::size_t i = 0; i < chw.size(); ++i) {
      ASSERT_EQ(buffer[static_cast<std::size_t>(map.elementOf[i])], chw[i])
          << "seed " << seed << ", index " << i;
    }
    return;
  }
}

TEST(WindowMap, leadsThroughTransposesAndReshapes) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Dice dice(seed);
    NetworkBuilder b({dice.between(1, 4), dice.between(2, 6), dice.between(2, 6)});
    const int moves = dice.between(0, 3);
    for (int k = 0; k < moves; ++k) {
      if (dice.chance(0.6)) {
        b.transpose(dice.oneOf<std::vector<int>>({{0, 2, 1}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}}));
      } else {
        const Shape s = b.shape();
        b.add(LayerKind::reshape, {s[0] * s[1], 1, s[2]});
      }
    }
    if (dice.chance(0.5)) {
      b.dense(3, dice);
    } else {
      b.conv(2, randomWindow(b.shape(), 2, dice), 1, dice);
    }
    expectMapsLeadThroughMoves(b.build(), seed);
  }
}

}  // namespace
}  // namespace crosstile::test
