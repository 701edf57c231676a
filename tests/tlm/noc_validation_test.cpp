// SPDX-License-Identifier: Apache-2.0
// The mesh against theory (docs/validation.md): queueing at low load, bounds on the throughput. 8x8 routers
// of one tile each, packets of 4 flits.
#include <gmock/gmock.h>

#include <iostream>

#include "tests/tlm/mesh_experiment.h"
#include "tests/tlm/simulation.h"

namespace crosstile::testing {
namespace {

constexpr int kSide = 8;
constexpr int kTiles = kSide * kSide;
constexpr int kFlits = 4;
constexpr std::uint64_t kCycles = 30000;

Load loadOf(double offered) {
  Load load;
  load.flitsPerTileAndCycle = offered;
  load.flits = kFlits;
  load.warmUpCycles = kCycles / 5;
  return load;
}

struct Measured {
  double accepted, latency, waiting;
};

class MeshTheory : public SimulationTest {
 protected:
  static Measured measure(double offered, int channels, int bufferFlits, const Pattern& pattern) {
    Measured result{};
    {
      MeshExperiment experiment(sc_core::sc_gen_unique_name("experiment"),
                                squareMesh(kSide, channels, bufferFlits), loadOf(offered), pattern);
      experiment.run(kCycles);
      result = {experiment.accepted(), experiment.meanLatency(), experiment.meanWaiting()};
    }
    restart();
    return result;
  }
};

/// Uniform traffic in the limit of low load. A packet that goes from input i to output o of a router meets a
/// packet of another input, or its rest, with probability rho_jo and waits F/2 for it in the mean; packets of
/// its own input follow it without collision, since they came over one link:
///     W = F/2 (rho_o - rho_io) / (1 - rho_o),
/// the waiting time of M/D/1 (Pollaczek-Khinchine) but for the packets that can't collide. At the source, a
/// Bernoulli process with a deterministic server (Geo/D/1): W = rho (F - 1) / (2 (1 - rho)).
class LowLoadTheory {
 public:
  explicit LowLoadTheory(double offered) : offered_(offered) {
    const NocConfig config = squareMesh(kSide, 1, 64);
    const MeshShape shape(config);
    forEachHop(shape, [&](int router, int input, int output) {
      flow_[router][input][output] += offered / kTiles;
      out_[router][output] += offered / kTiles;
    });
    double waits = 0, empty = 0;
    forEachHop(shape, [&](int router, int input, int output) {
      const double rho = out_[router][output];
      waits += kFlits / 2.0 * (rho - flow_[router][input][output]) / (1 - rho);
    });
    for (int from = 0; from < kTiles; ++from)
      for (int to = 0; to < kTiles; ++to)
        empty += static_cast<double>(zeroLoadCycles(config, shape.routersBetween(from, to), kFlits));
    zeroLoad = empty / (kTiles * kTiles);
    waiting = waits / (kTiles * kTiles) + offered_ * (kFlits - 1) / (2 * (1 - offered_));
  }
  double zeroLoad, waiting;  ///< means, cycles

 private:
  template <typename Visit>
  static void forEachHop(const MeshShape& shape, const Visit& visit) {
    for (int from = 0; from < kTiles; ++from) {
      for (int to = 0; to < kTiles; ++to) {
        int input = kFirstLocal;
        for (int router = from;;) {
          const int output = shape.route(router, to);
          visit(router, input, output);
          if (output >= kFirstLocal) break;
          router = shape.neighbour(router, output);
          input = (output + 2) % 4;
        }
      }
    }
  }
  double offered_;
  double flow_[kTiles][6][6] = {};
  double out_[kTiles][6] = {};
};

TEST_F(MeshTheory, LatencyAtLowLoadIsThatOfQueueing) {
  for (const double offered : {0.02, 0.05, 0.1}) {
    const LowLoadTheory theory(offered);
    const Measured mesh = measure(offered, 1, 64, uniformPattern(kTiles));
    std::cout << "offered " << offered << ": latency " << mesh.latency << " (theory "
              << theory.zeroLoad + theory.waiting << "), waiting " << mesh.waiting << " (theory "
              << theory.waiting << ")\n";
    EXPECT_NEAR(mesh.latency, theory.zeroLoad + theory.waiting, 0.02 * mesh.latency) << offered;
    EXPECT_NEAR(mesh.waiting, theory.waiting, 0.15 * theory.waiting) << offered;
  }
}

TEST_F(MeshTheory, UniformTrafficSaturatesBelowTheBisectionBound) {
  // Half of the traffic crosses the middle, half of that in each direction, over k links:
  // k^2 lambda / 4 <= k, so lambda <= 4 / k.
  const double bound = 4.0 / kSide;
  struct Row {
    int channels, flits;
    double least;  // share of the bound
  };
  for (const Row& row : {Row{1, 8, 0.55}, Row{1, 32, 0.7}, Row{4, 8, 0.78}}) {
    const Measured over = measure(1.3 * bound, row.channels, row.flits, uniformPattern(kTiles));
    const double share = over.accepted / bound;
    std::cout << row.channels << " channels of " << row.flits << " flits: accepts " << over.accepted << " = "
              << share << " of the bound " << bound << '\n';
    EXPECT_LE(share, 1.0);
    EXPECT_GE(share, row.least);
  }
  const Measured stable = measure(0.7 * bound, 4, 8, uniformPattern(kTiles));
  EXPECT_NEAR(stable.accepted, 0.7 * bound, 0.01 * bound);
}

TEST_F(MeshTheory, ChannelsBeatOneBufferOfTheSameSize) {
  const Measured one = measure(0.65, 1, 32, uniformPattern(kTiles));
  const Measured four = measure(0.65, 4, 8, uniformPattern(kTiles));
  std::cout << "one channel of 32 flits accepts " << one.accepted << ", four of 8 " << four.accepted << '\n';
  EXPECT_GT(four.accepted, 1.05 * one.accepted);
}

TEST_F(MeshTheory, TransposeSaturatesAtItsBusiestLink) {
  // Row y sends x -> y along the row: k - 1 tiles share the last link of the longest row, lambda <= 1/(k-1).
  const double bound = 1.0 / (kSide - 1);
  const double senders = (kTiles - kSide) / static_cast<double>(kTiles);
  const Measured below = measure(0.93 * bound, 4, 8, transposePattern(kSide));
  const Measured above = measure(1.2 * bound, 4, 8, transposePattern(kSide));
  std::cout << "bound " << bound << ": offered " << 0.93 * bound << " accepts " << below.accepted / senders
            << ", offered " << 1.2 * bound << " accepts " << above.accepted / senders << '\n';
  EXPECT_NEAR(below.accepted / senders, 0.93 * bound, 0.01 * bound);
  EXPECT_LT(above.accepted / senders, 1.17 * bound);
}

TEST_F(MeshTheory, AHotSpotTakesAFlitACycle) {
  const Measured below = measure(0.95 / kTiles, 1, 8, hotSpotPattern(kTiles / 2 + kSide / 2));
  const Measured above = measure(2.0 / kTiles, 1, 8, hotSpotPattern(kTiles / 2 + kSide / 2));
  std::cout << "accepts " << below.accepted * kTiles << " of 0.95, " << above.accepted * kTiles << " of 2\n";
  EXPECT_NEAR(below.accepted * kTiles, 0.95, 0.03);
  EXPECT_NEAR(above.accepted * kTiles, 1.0, 0.002);
}

}  // namespace
}  // namespace crosstile::testing
