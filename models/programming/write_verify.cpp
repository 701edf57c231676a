// SPDX-License-Identifier: Apache-2.0
#include "models/programming/write_verify.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

/// Amplitudes of the pulses in one direction, V.
struct Ramp {
  double start;
  int pulses = 0;  ///< since the last turn

  double next(double step, double largest) { return std::min(start + pulses++ * step, largest); }
  /// The cell has gone beyond its target. If one pulse did it, the ramp begins too high.
  void turn(double step) {
    if (pulses == 1) start = std::max(start - 2.0 * step, std::min(start, step));
    pulses = 0;
  }
};

}  // namespace

WriteVerify::WriteVerify(const ProgrammingConfig& config, const DeviceConfig& device)
    : config_(config), device_(device) {
  config_.method = "write-verify";
  checkProgramming(config_, device);
}

void WriteVerify::write(WritableCells& cells, std::size_t cell, double volt, Seconds width, double aim,
                        CellReport& report) const {
  const PulseCost cost = cells.write(cell, {Volts{volt}, width}, aim);
  cells.rest(config_.gap);
  report.write.selected += cost.selected;
  report.write.unselected += cost.unselected;
  report.seconds += width.value + config_.gap.value;
  ++report.pulses;
}

void WriteVerify::tune(WritableCells& cells, std::size_t cell, double target, CellReport& report) const {
  const double tolerance = toleranceOf(config_, device_, target);
  double aim = target;
  Ramp up{config_.setVoltage.value}, down{config_.resetVoltage.value};
  Ramp* last = nullptr;
  report.target = target;
  report.reached = false;
  for (int n = 0;; ++n) {
    const double error = target - cells.sense(cell, report.readJ);
    ++report.reads;
    report.seconds += cells.readTime().value;
    report.reached = std::abs(error) <= tolerance;
    if (report.reached || n == config_.pulseBudget) return;
    Ramp& ramp = error > 0.0 ? up : down;
    if (last != nullptr && last != &ramp) last->turn(config_.voltageStep.value);
    last = &ramp;
    const double amplitude = ramp.next(config_.voltageStep.value, config_.largestVoltage.value);
    // The mean of what the pulses so far were off by: the cell's own stays in it, chance averages out.
    if (n > 0) aim = std::clamp(aim + error / n, 0.0, 2.0 * device_.gOn.value);
    write(cells, cell, error > 0.0 ? amplitude : -amplitude, device_.writeTime, aim, report);
  }
}

void WriteVerify::resetAll(WritableCells& cells, ArrayReport& report) const {
  if (!config_.initialReset) return;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (report.cells[c].target > 0.0)
      write(cells, c, -config_.largestVoltage.value, config_.initialResetTime, device_.gOff.value,
            report.cells[c]);
  }
}

void WriteVerify::pass(WritableCells& cells, bool first, ArrayReport& report) const {
  const auto columns = static_cast<std::size_t>(cells.columns());
  const bool together = config_.parallel == "row";
  for (std::size_t begin = 0; begin < cells.size(); begin += columns) {
    const double start = cells.now();
    double end = start;
    for (std::size_t c = begin; c < begin + columns; ++c) {
      CellReport& cell = report.cells[c];
      if (cell.target == 0.0) continue;
      const double off = std::abs(cells.conductance(c) - cell.target);
      if (!first && (!cell.reached || off <= toleranceOf(config_, device_, cell.target))) continue;
      if (together) cells.setNow(start);
      tune(cells, c, cell.target, cell);
      end = std::max(end, cells.now());
    }
    cells.setNow(end);
  }
}

ArrayReport WriteVerify::tuneAll(WritableCells& cells, Span<const double> target) const {
  if (target.size() != cells.size())
    throw BadInput("{} target conductances for an array of {}x{} = {} cells", target.size(), cells.rows(),
                   cells.columns(), cells.size());
  ArrayReport report;
  report.cells.resize(cells.size());
  const double start = cells.now();
  for (std::size_t c = 0; c < cells.size(); ++c) {
    report.cells[c].target = target[c];
    report.cells[c].reached = target[c] == 0.0;
  }
  resetAll(cells, report);
  for (int k = 0; k < config_.passes; ++k) pass(cells, k == 0, report);
  report.seconds = cells.now() - start;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    CellReport& cell = report.cells[c];
    cell.conductance = cells.conductance(c);
    report.pulses += cell.pulses;
    report.reads += cell.reads;
    report.write.selected += cell.write.selected;
    report.write.unselected += cell.write.unselected;
    report.readJ += cell.readJ;
    if (cell.target == 0.0) continue;
    const bool within =
        std::abs(cell.conductance - cell.target) <= toleranceOf(config_, device_, cell.target);
    report.unreached += cell.reached ? 0 : 1;
    report.left += cell.reached && !within ? 1 : 0;
  }
  return report;
}

}  // namespace crosstile
