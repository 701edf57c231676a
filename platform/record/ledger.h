// SPDX-License-Identifier: Apache-2.0
// The energy ledger: counts x cost + facts, every joule booked to one component, one layer (or shared) and
// one phase.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/cost/cost_table.h"

namespace crosstile {

/// `programming`: writing the cells. `inference`: work for an input. `idle`: leakage over time.
enum class Phase { programming, inference, idle, count_ };
inline constexpr int kPhases = static_cast<int>(Phase::count_);
const char* toString(Phase phase);

/// The layer index of energy that belongs to no layer.
inline constexpr int kShared = -1;

/// Energies are kept as integers of 2^-100 J (8e-31 J), so that sums are exact: they depend neither on the
/// order of bookings nor on threads, and by component, by layer and by phase they are sums of the same cells.
/// A booking is rounded to that quantum once; up to 6.7e7 J fit.
class Ledger {
 public:
  /// @param layers  number of layers that can be booked to, beside kShared
  explicit Ledger(int layers);

  int layers() const { return layers_; }
  /// `count` operations of `each` joule. @throws RunFailure when the energy isn't finite, negative or beyond
  /// the range
  void add(Component component, int layer, Phase phase, std::uint64_t count, Joules each);
  /// `count` operations at their tabulated cost.
  void count(const CostTable& cost, Component component, int layer, Phase phase, std::uint64_t operations) {
    add(component, layer, phase, operations, cost[component].energy);
  }
  /// A data-dependent energy (a fact of a read): no operation, so many joule.
  void addFact(Component component, int layer, Phase phase, Joules energy);
  /// Adds every cell of another ledger of the same layers (one a thread, one a draw).
  void merge(const Ledger& other);

  Joules total() const;
  Joules of(Component component) const;
  Joules ofLayer(int layer) const;
  Joules of(Phase phase) const;
  Joules of(Component component, int layer) const;
  Joules of(Component component, int layer, Phase phase) const;
  /// Operations counted by add(), all layers.
  std::uint64_t operations(Component component, Phase phase) const;
  std::uint64_t operations(Component component, int layer, Phase phase) const;

 private:
  __extension__ using Quanta = __int128;
  struct Cell {
    Quanta energy = 0;
    std::uint64_t operations = 0;
  };
  Cell& cell(Component component, int layer, Phase phase);
  const Cell& cell(Component component, int layer, Phase phase) const;
  static void increase(Quanta& sum, Quanta energy);
  static Quanta toQuanta(Joules energy);
  static Joules toJoules(Quanta energy);
  template <typename Chosen>
  Quanta sum(Chosen chosen) const;

  int layers_;
  std::vector<Cell> cells_;  ///< [layer, shared last][component][phase]
};

}  // namespace crosstile
