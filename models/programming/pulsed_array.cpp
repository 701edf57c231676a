// SPDX-License-Identifier: Apache-2.0
#include "models/programming/pulsed_array.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr double kLongestLife = 4e9;  // pulses: beyond what a run can count

const DeviceConfig& switches(const DeviceConfig& device) {
  if (device.law != "mean_metastable_switch")
    throw BadInput("device.law = \"{}\": pulses move the state of mean_metastable_switch alone", device.law);
  return device;
}

}  // namespace

PulsedArray::PulsedArray(const DeviceConfig& device, const ArrayConfig& array,
                         const ProgrammingConfig& programming, int rows, int columns,
                         const StreamOwner& owner)
    : rows_(rows),
      columns_(columns),
      select_(programming.select == "half"    ? Select::half
              : programming.select == "third" ? Select::third
                                              : Select::isolated),
      rated_(device.ratedVoltage),
      readVoltage_(array.readVoltage),
      readTime_(array.readTime),
      law_(switches(device).mms, device.temperature),
      pulser_(law_, programming.path()),
      direct_(law_, {}),
      cycle_(owner, Purpose::switchCycle),
      counts_(owner, Purpose::switchCounts),
      chance_(device.mms, cycle_, counts_),
      sense_(programming, device, owner) {
  checkProgramming(programming, device);
  if (rows < 1 || columns < 1)
    throw BadInput("an array of {}x{} cells: must have at least 1x1", rows, columns);
  cells_.resize(size());
  const MetastableSwitchConfig& m = device.mms;
  const bool alike = m.d2dROn == 0.0 && m.d2dROff == 0.0 && m.d2dTau == 0.0 && m.d2dThreshold.value == 0.0;
  const RandomStream own(owner, Purpose::switchDevice), life(owner, Purpose::endurance);
  for (std::size_t c = 0; c < (alike ? 1 : size()); ++c) {
    devices_.emplace_back(alike ? m : variedSwitch(m, own, c), device.temperature);
    atRest_.push_back(devices_.back().motion(0.0));
  }
  if (device.endurance <= 0.0) return;
  for (std::size_t c = 0; c < size(); ++c) {
    const double spread =
        device.enduranceSigma > 0.0 ? std::exp(device.enduranceSigma * life.normal(c)) : 1.0;
    cells_[c].life = static_cast<std::uint32_t>(std::clamp(device.endurance * spread, 0.0, kLongestLife));
  }
}

void PulsedArray::settle(std::size_t c) {
  Cell& cell = cells_[c];
  const double idle = now_ - cell.since;
  cell.since = now_;
  if (!(idle > 0.0) || cell.stuckAt >= 0.0 || isWorn(c)) return;
  const MetastableSwitch::Motion& rest = atRest_[atRest_.size() > 1 ? c : 0];
  if (rest.rate == 0.0) return;
  cell.state = chance_.hasCounts() ? chance_.state(rest, cell.state, idle, c, cell.drawn)
                                   : rest.state(cell.state, idle);
}

PulseEnergy PulsedArray::apply(std::size_t c, double volt, double second, const SwitchPulser& pulser) {
  Cell& cell = cells_[c];
  const MetastableSwitch& own = device(c);
  if (cell.stuckAt >= 0.0 || isWorn(c)) {  // it carries current, and stays where it is
    if (cell.stuckAt == 0.0) return {};
    const double x = cell.stuckAt > 0.0 ? own.stateOf(cell.stuckAt) : cell.state;
    const CellPoint at = pulser.operate(own, x, volt);
    const PulseEnergy power = pulser.powerAt(at, volt);
    return {power.device * second, power.series * second, power.accessSwitch * second,
            power.limiter * second};
  }
  const auto run = [&](const MetastableSwitch& d) {
    const PulseResult result =
        chance_.hasCounts()
            ? pulser.stochasticPulse(d, cell.state, volt, Seconds{second}, chance_, c, cell.drawn)
            : pulser.pulse(d, cell.state, volt, Seconds{second});
    cell.state = result.state;
    return result.energy;
  };
  return chance_.hasCycles() ? run(chance_.cycle(own, c, cell.drawn)) : run(own);
}

PulseEnergy PulsedArray::bias(std::size_t c, double volt, Seconds width) {
  settle(c);
  const PulseEnergy energy = apply(c, volt, width.value, direct_);
  cells_[c].since = now_ + width.value;
  return energy;
}

double PulsedArray::disturbOthers(std::size_t selected, const WritePulse& pulse) {
  const auto columns = static_cast<std::size_t>(columns_);
  const std::size_t row = selected / columns, column = selected % columns;
  const double volt = pulse.amplitude.value / (select_ == Select::half ? 2.0 : 3.0);
  double energy = 0.0;
  const auto see = [&](std::size_t c, double v) { energy += bias(c, v, pulse.width).device; };
  if (select_ == Select::third) {
    for (std::size_t c = 0; c < size(); ++c) {
      if (c != selected) see(c, c / columns == row || c % columns == column ? volt : -volt);
    }
    return energy;
  }
  for (std::size_t k = 0; k < columns; ++k) {
    if (k != column) see(row * columns + k, volt);
  }
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows_); ++r) {
    if (r != row) see(r * columns + column, volt);
  }
  return energy;
}

PulseCost PulsedArray::pulse(std::size_t c, const WritePulse& pulse) {
  const double volt = pulse.amplitude.value;
  if (rated_.value > 0.0 && std::abs(volt) > rated_.value)
    throw BadInput("a pulse of {}: above device.rated_voltage ({})", formatQuantity(volt, Unit::volt),
                   formatQuantity(rated_.value, Unit::volt));
  PulseCost cost;
  settle(c);
  cost.selected = apply(c, volt, pulse.width.value, pulser_);
  if (cells_[c].writes < UINT32_MAX) ++cells_[c].writes;
  if (select_ != Select::isolated) cost.unselected = disturbOthers(c, pulse);
  now_ += pulse.width.value;
  cells_[c].since = now_;
  return cost;
}

double PulsedArray::conductance(std::size_t c) {
  if (cells_[c].stuckAt >= 0.0) return cells_[c].stuckAt;
  return device(c).conductance(state(c));
}

double PulsedArray::state(std::size_t c) {
  settle(c);
  return cells_[c].stuckAt > 0.0 ? device(c).stateOf(cells_[c].stuckAt) : cells_[c].state;
}

void PulsedArray::setState(std::size_t c, double state) {
  cells_[c].state = std::clamp(state, 0.0, 1.0);
  cells_[c].since = now_;
}

void PulsedArray::setConductance(std::size_t c, double g) {
  if (g == 0.0) return stick(c, 0.0);
  setState(c, device(c).stateOf(g));
}

void PulsedArray::stick(std::size_t c, double g) {
  cells_[c].stuckAt = g;
}

double PulsedArray::sense(std::size_t c, double& energy) {
  const double g = conductance(c);
  energy += bias(c, readVoltage_.value, readTime_).total();
  now_ += readTime_.value;
  return sense_.measure(g, c, cells_[c].drawn);
}

}  // namespace crosstile
