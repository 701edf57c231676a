// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/programmed_array.h"

#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

#include "models/base/error.h"
#include "models/device/ageing.h"
#include "models/device/nonideality.h"
#include "models/device/stuck.h"

namespace crosstile {
namespace {

/// FNV-1a over the bytes of what makes an array what it is.
class Hash {
 public:
  void bytes(const void* data, std::size_t count) {
    const auto* p = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < count; ++i) state_ = (state_ ^ p[i]) * 0x100000001b3ULL;
  }
  template <typename T>
  void value(T x) {
    bytes(&x, sizeof x);
  }
  void values(const std::vector<double>& v) { bytes(v.data(), v.size() * sizeof(double)); }
  std::uint64_t result() const { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

std::uint64_t hashOf(const ProgrammedArray& a, const DeviceConfig& device) {
  Hash hash;
  hash.value(a.rows);
  hash.value(a.columns);
  hash.values(a.conductance);
  hash.bytes(device.law.data(), device.law.size());
  hash.value(device.sinhB);
  hash.values(device.tableVoltage);
  hash.values(device.tableCurrent);
  hash.value(device.tableReadVoltage.value);
  const MetastableSwitchConfig& mms = device.mms;
  for (const double x :
       {mms.rOn.value, mms.rOff.value, mms.vOn.value, mms.vOff.value, mms.tau.value, mms.vT.value, mms.phi,
        mms.forwardCurrent.value, mms.reverseCurrent.value, mms.forwardB, mms.reverseB, mms.holdBelow.value})
    hash.value(x);
  hash.value(device.temperature.value);
  hash.values(a.cellParameters);
  hash.value(a.pulses);
  hash.value(a.programmingTimeS);
  hash.value(a.programmingEnergyJ);
  hash.value(a.detail.reads);
  hash.value(a.detail.readJ);
  hash.value(a.owner.seed);
  for (const std::uint32_t id : {a.owner.draw, a.owner.array, a.owner.replica, a.owner.epoch}) hash.value(id);
  return hash.result();
}

void checkTarget(Span<const double> target, int rows, int columns) {
  if (rows < 1 || columns < 1)
    throw BadInput("an array of {}x{} cells: must have at least 1x1", rows, columns);
  const std::size_t cells = static_cast<std::size_t>(rows) * columns;
  if (target.size() != cells)
    throw BadInput("{} target conductances for an array of {}x{} = {} cells", target.size(), rows, columns,
                   cells);
  for (std::size_t i = 0; i < cells; ++i) {
    if (!std::isfinite(target[i]) || target[i] < 0.0)
      throw BadInput("target conductance of cell ({}, {}) = {} S: must be a finite number >= 0", i / columns,
                     i % columns, target[i]);
  }
}

/// From just after programming to the declared age, reads and temperature.
void age(Span<double> g, const DeviceConfig& device, const NonidealityConfig& n, const StreamOwner& owner) {
  const std::vector<double> programmed(n.readNoiseModel == "pcm" ? g.begin() : g.end(), g.end());
  const RandomStream drift(owner, Purpose::drift);
  if (n.driftModel == "pcm") {
    addPcmDrift(g, device.gOn, n.driftT0, n.age, drift);
  } else {
    addDrift(g, n.driftNu, n.driftNuSigma, n.driftT0, n.age, drift);
  }
  relax(g, device, n);
  disturbByReads(g, n.reads, n.readDisturbOfG, n.readDisturbExponent);
  applyTemperature(g, device);
  if (!programmed.empty())
    addPcmReadNoise(g, programmed, device.gOn, n.driftT0, n.age,
                    RandomStream(owner, Purpose::lowFrequencyNoise));
}

}  // namespace

ProgrammingDetail& ProgrammingDetail::operator+=(const ProgrammingDetail& o) {
  reads += o.reads, unreached += o.unreached, left += o.left;
  cellsJ += o.cellsJ, unselectedJ += o.unselectedJ, seriesJ += o.seriesJ, switchJ += o.switchJ;
  limiterJ += o.limiterJ, readJ += o.readJ;
  return *this;
}

std::shared_ptr<ProgrammedArray> startProgramming(const DeviceConfig& device,
                                                  const NonidealityConfig& nonideality,
                                                  Span<const double> target, int rows, int columns,
                                                  const StreamOwner& owner) {
  checkTarget(target, rows, columns);
  checkNonideality(device, nonideality);
  auto array = std::make_shared<ProgrammedArray>();
  array->rows = rows;
  array->columns = columns;
  array->owner = owner;
  array->conductance.assign(target.begin(), target.end());
  snapToLevels(array->conductance, device, nonideality.levels);
  return array;
}

std::shared_ptr<const ProgrammedArray> programOneShot(const DeviceConfig& device,
                                                      const NonidealityConfig& nonideality,
                                                      Span<const double> target, int rows, int columns,
                                                      const StreamOwner& owner) {
  auto array = startProgramming(device, nonideality, target, rows, columns, owner);
  Span<double> g(array->conductance);
  const auto stream = [&](Purpose purpose) { return RandomStream(owner, purpose); };
  addProgrammingError(g, device, nonideality.programmingErrorOfG, nonideality.programmingErrorOfRange,
                      stream(Purpose::programmingError), programmingSigma(nonideality.programmingModel));
  stickCells(g, device, nonideality, stream(Purpose::stuckCell));
  if (nonideality.yieldCells != nullptr)
    applyYieldMap(g, rows, columns, *nonideality.yieldCells, owner.array);
  addDeviceVariability(g, device, nonideality.d2dSigmaOn, nonideality.d2dSigmaOff,
                       stream(Purpose::deviceVariability));

  const double pulseS = device.writeTime.value;
  const double square = device.writeVoltage.value * device.writeVoltage.value;
  for (const double x : array->conductance) array->programmingEnergyJ += square * x * pulseS;
  array->pulses = static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(columns);
  array->programmingTimeS = rows * pulseS;
  return finishProgramming(std::move(array), device, nonideality);
}

std::shared_ptr<const ProgrammedArray> finishProgramming(std::shared_ptr<ProgrammedArray> array,
                                                         const DeviceConfig& device,
                                                         const NonidealityConfig& nonideality) {
  age(array->conductance, device, nonideality, array->owner);

  array->law = makeDeviceLaw(device);
  array->cellParameters.resize(array->law->parameterCount() * array->conductance.size());
  const RandomStream residual(array->owner, Purpose::lawResidual);
  array->law->prepare(array->conductance, nonideality.lawResidual ? &residual : nullptr,
                      array->cellParameters);
  array->hash = hashOf(*array, device);
  return array;
}

std::shared_ptr<const ProgrammedArray> disturbed(const ProgrammedArray& array, Span<const double> cellVoltage,
                                                 Seconds duration) {
  if (cellVoltage.size() != array.conductance.size())
    throw BadInput("{} cell voltages for an array of {}x{} cells", cellVoltage.size(), array.rows,
                   array.columns);
  if (!(duration.value >= 0.0) || !std::isfinite(duration.value))
    throw BadInput("a read of {} s: must take a finite time >= 0", duration.value);
  for (const double v : cellVoltage) {
    if (!std::isfinite(v)) throw BadInput("cell voltage {} V: must be a finite number", v);
  }
  auto after = std::make_shared<ProgrammedArray>(array);
  ++after->owner.epoch;
  after->law->disturb(cellVoltage, duration, after->conductance);
  // Laws whose cells can't move keep their parameters, residuals among them.
  if (after->conductance != array.conductance)
    after->law->prepare(after->conductance, nullptr, after->cellParameters);
  Hash hash;
  hash.value(array.hash);
  hash.values(after->conductance);
  hash.value(after->owner.epoch);
  after->hash = hash.result();
  return after;
}

}  // namespace crosstile
