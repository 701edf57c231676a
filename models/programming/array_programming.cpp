// SPDX-License-Identifier: Apache-2.0
#include "models/programming/array_programming.h"

#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "models/device/nonideality.h"
#include "models/device/stuck.h"
#include "models/programming/landing_cells.h"
#include "models/programming/pulsed_array.h"
#include "models/programming/write_verify.h"

namespace crosstile {
namespace {

constexpr std::uint32_t kInitialState = 10;  // part of the devices' stream

void refuseLandingErrors(const NonidealityConfig& n) {
  const bool error =
      n.programmingErrorOfG > 0.0 || n.programmingErrorOfRange > 0.0 || n.programmingModel != "none";
  if (!error && n.d2dSigmaOn == 0.0 && n.d2dSigmaOff == 0.0) return;
  throw BadInput(
      "nonideality.{}: of cells without dynamics; metastable switches in programming.method = "
      "\"write-verify\" have "
      "device.mms_{}",
      error ? "programming_error_*, programming_model" : "d2d_sigma_*", error ? "c2c_*" : "d2d_*");
}

/// Where the cells are that don't obey, S; NaN for those that do.
std::vector<double> faultsOf(const DeviceConfig& device, const NonidealityConfig& n, int rows, int columns,
                             const StreamOwner& owner) {
  std::vector<double> faults(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns),
                             std::numeric_limits<double>::quiet_NaN());
  stickCells(faults, device, n, RandomStream(owner, Purpose::stuckCell));
  if (n.yieldCells != nullptr) applyYieldMap(faults, rows, columns, *n.yieldCells, owner.array);
  return faults;
}

template <class Cells>
void stickAll(Cells& cells, Span<const double> target, Span<const double> faults) {
  for (std::size_t c = 0; c < target.size(); ++c) {
    if (target[c] == 0.0) {
      cells.stick(c, 0.0);
    } else if (!std::isnan(faults[c])) {
      cells.stick(c, faults[c]);
    }
  }
}

void setInitialStates(PulsedArray& cells, const std::string& which, const StreamOwner& owner) {
  const RandomStream stream(owner, Purpose::switchDevice);
  for (std::size_t c = 0; c < cells.size(); ++c)
    cells.setState(c, which == "off" ? 0.0 : which == "on" ? 1.0 : stream.uniform(c, kInitialState));
}

void take(ProgrammedArray& to, WritableCells& cells, const ArrayReport& report) {
  for (std::size_t c = 0; c < cells.size(); ++c) to.conductance[c] = cells.conductance(c);
  const PulseEnergy& e = report.write.selected;
  to.pulses = report.pulses;
  to.programmingTimeS = report.seconds;
  to.programmingEnergyJ = e.total() + report.write.unselected;
  to.detail = {report.reads, report.unreached, report.left, e.device,    report.write.unselected,
               e.series,     e.accessSwitch,   e.limiter,   report.readJ};
}

}  // namespace

std::shared_ptr<const ProgrammedArray> programArray(const ProgrammingConfig& programming,
                                                    const ArrayConfig& array, const DeviceConfig& device,
                                                    const NonidealityConfig& nonideality,
                                                    Span<const double> target, int rows, int columns,
                                                    const StreamOwner& owner) {
  if (programming.method == "one-shot")
    return programOneShot(device, nonideality, target, rows, columns, owner);
  auto result = startProgramming(device, nonideality, target, rows, columns, owner);
  const std::vector<double> aimed = result->conductance;
  const std::vector<double> faults = faultsOf(device, nonideality, rows, columns, owner);
  const WriteVerify controller(programming, device);
  if (device.law == "mean_metastable_switch") {
    refuseLandingErrors(nonideality);
    PulsedArray cells(device, array, programming, rows, columns, owner);
    setInitialStates(cells, programming.initialState, owner);
    stickAll(cells, aimed, faults);
    take(*result, cells, controller.tuneAll(cells, aimed));
  } else {
    LandingCells cells(device, nonideality, array, programming, rows, columns, owner);
    stickAll(cells, aimed, faults);
    take(*result, cells, controller.tuneAll(cells, aimed));
  }
  return finishProgramming(std::move(result), device, nonideality);
}

}  // namespace crosstile
