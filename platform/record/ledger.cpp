// SPDX-License-Identifier: Apache-2.0
#include "platform/record/ledger.h"

#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr int kQuantumExponent = -100;
constexpr double kLargestBooking = 67108864.0;  // 2^26 J: 2^126 quanta
constexpr std::array<const char*, kPhases> kPhaseNames{"programming", "inference", "idle"};

}  // namespace

const char* toString(Phase phase) {
  return kPhaseNames[static_cast<std::size_t>(phase)];
}

Ledger::Ledger(int layers)
    : layers_(layers), cells_(static_cast<std::size_t>(layers + 1) * kComponents * kPhases) {}

const Ledger::Cell& Ledger::cell(Component component, int layer, Phase phase) const {
  if (layer < kShared || layer >= layers_) {
    throw RunFailure("energy ledger: layer {} doesn't exist, there are {}", layer, layers_);
  }
  const auto row = static_cast<std::size_t>(layer == kShared ? layers_ : layer);
  return cells_[(row * kComponents + static_cast<std::size_t>(component)) * kPhases +
                static_cast<std::size_t>(phase)];
}

Ledger::Cell& Ledger::cell(Component component, int layer, Phase phase) {
  return const_cast<Cell&>(static_cast<const Ledger&>(*this).cell(component, layer, phase));
}

Ledger::Quanta Ledger::toQuanta(Joules energy) {
  if (!(energy.value >= 0.0 && energy.value <= kLargestBooking)) {
    throw RunFailure("energy ledger: {} J can't be booked: must be from 0 to {:.3g} J", energy.value,
                     kLargestBooking);
  }
  // Below 2^-47 J the double has digits beyond the quantum: round once, to nearest.
  return static_cast<Quanta>(std::nearbyint(std::ldexp(energy.value, -kQuantumExponent)));
}

Joules Ledger::toJoules(Quanta energy) {
  return Joules{std::ldexp(static_cast<double>(energy), kQuantumExponent)};
}

void Ledger::add(Component component, int layer, Phase phase, std::uint64_t count, Joules each) {
  Quanta energy = 0;
  Cell& target = cell(component, layer, phase);
  if (__builtin_mul_overflow(toQuanta(each), static_cast<Quanta>(count), &energy)) {
    throw RunFailure("energy ledger: {} operations of {} J of {} are beyond its range", count, each.value,
                     toString(component));
  }
  increase(target.energy, energy);
  target.operations += count;
}

void Ledger::increase(Quanta& sum, Quanta energy) {
  if (__builtin_add_overflow(sum, energy, &sum)) {
    throw RunFailure("energy ledger: the sum is beyond its range of {:.3g} J", 2.0 * kLargestBooking);
  }
}

void Ledger::addFact(Component component, int layer, Phase phase, Joules energy) {
  increase(cell(component, layer, phase).energy, toQuanta(energy));
}

void Ledger::merge(const Ledger& other) {
  if (other.layers_ != layers_) {
    throw RunFailure("energy ledger: can't merge {} layers into {}", other.layers_, layers_);
  }
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    increase(cells_[i].energy, other.cells_[i].energy);
    cells_[i].operations += other.cells_[i].operations;
  }
}

template <typename Chosen>
Ledger::Quanta Ledger::sum(Chosen chosen) const {
  Quanta energy = 0;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const int row = static_cast<int>(i / (kComponents * kPhases));
    const auto component = static_cast<Component>(i / kPhases % kComponents);
    const auto phase = static_cast<Phase>(i % kPhases);
    if (chosen(component, row == layers_ ? kShared : row, phase)) increase(energy, cells_[i].energy);
  }
  return energy;
}

Joules Ledger::total() const {
  return toJoules(sum([](Component, int, Phase) { return true; }));
}
Joules Ledger::of(Component component) const {
  return toJoules(sum([=](Component c, int, Phase) { return c == component; }));
}
Joules Ledger::ofLayer(int layer) const {
  return toJoules(sum([=](Component, int l, Phase) { return l == layer; }));
}
Joules Ledger::of(Phase phase) const {
  return toJoules(sum([=](Component, int, Phase p) { return p == phase; }));
}
Joules Ledger::of(Component component, int layer) const {
  return toJoules(sum([=](Component c, int l, Phase) { return c == component && l == layer; }));
}
Joules Ledger::of(Component component, int layer, Phase phase) const {
  return toJoules(cell(component, layer, phase).energy);
}

std::uint64_t Ledger::operations(Component component, int layer, Phase phase) const {
  return cell(component, layer, phase).operations;
}

std::uint64_t Ledger::operations(Component component, Phase phase) const {
  std::uint64_t count = 0;
  for (int layer = kShared; layer < layers_; ++layer) count += operations(component, layer, phase);
  return count;
}

}  // namespace crosstile
