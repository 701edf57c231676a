// SPDX-License-Identifier: Apache-2.0
#include "models/programming/landing_cells.h"

#include <algorithm>
#include <cmath>

#include "models/device/nonideality.h"

namespace crosstile {

LandingCells::LandingCells(const DeviceConfig& device, const NonidealityConfig& nonideality,
                           const ArrayConfig& array, const ProgrammingConfig& programming, int rows,
                           int columns, const StreamOwner& owner)
    : rows_(rows),
      columns_(columns),
      device_(device),
      nonideality_(nonideality),
      array_(array),
      path_(programming.path()),
      model_(programmingSigma(nonideality.programmingModel)),
      error_(owner, Purpose::programmingError),
      variability_(owner, Purpose::deviceVariability),
      sense_(programming, device, owner),
      cells_(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {
  for (Cell& cell : cells_) cell.conductance = device.gOff.value;
}

void LandingCells::stick(std::size_t cell, double g) {
  cells_[cell].conductance = g;
  cells_[cell].stuck = true;
}

double LandingCells::land(double aim, std::size_t c) {
  const NonidealityConfig& n = nonideality_;
  double g = aim;
  double sigma = std::hypot(n.programmingErrorOfG * g,
                            n.programmingErrorOfRange * (device_.gOn.value - device_.gOff.value));
  if (model_ != nullptr) sigma = std::hypot(sigma, model_(g, device_.gOn.value));
  if (sigma > 0.0) g = std::max(0.0, g + sigma * error_.normal(c, cells_[c].drawn++));
  return withDeviceVariability(g, device_, n.d2dSigmaOn, n.d2dSigmaOff, variability_, c);
}

PulseCost LandingCells::write(std::size_t c, const WritePulse& pulse, double aim) {
  Cell& cell = cells_[c];
  if (!cell.stuck) cell.conductance = land(aim, c);
  now_ += pulse.width.value;
  PulseCost cost;
  if (cell.conductance <= 0.0) return cost;
  double ampere = device_.writeVoltage.value / (1.0 / cell.conductance + path_.resistance());
  if (path_.compliance.value > 0.0) ampere = std::min(ampere, path_.compliance.value);
  const double square = ampere * ampere * pulse.width.value;
  PulseEnergy& e = cost.selected;
  e.device = square / cell.conductance;
  e.series = square * path_.series.value;
  e.accessSwitch = square * path_.accessSwitch.value;
  if (path_.compliance.value > 0.0)
    e.limiter = std::max(0.0, device_.writeVoltage.value * ampere * pulse.width.value - e.total());
  return cost;
}

double LandingCells::sense(std::size_t c, double& energy) {
  Cell& cell = cells_[c];
  const double volt = array_.readVoltage.value;
  energy += volt * volt * cell.conductance * array_.readTime.value;
  now_ += array_.readTime.value;
  return sense_.measure(cell.conductance, c, cell.sensed);
}

}  // namespace crosstile
