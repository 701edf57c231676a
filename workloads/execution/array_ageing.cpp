// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/array_ageing.h"

#include "models/crossbar/readout.h"
#include "models/programming/array_programming.h"

namespace crosstile {
namespace {

double referenceRead(const AnalogConfig& config, std::shared_ptr<const ProgrammedArray> array) {
  const int rows = array->rows;
  return makeReadout(config.readout, std::move(array), config.array)
      ->read(Eigen::MatrixXd::Constant(rows, 1, config.array.readVoltage.value))
      .sum();
}

}  // namespace

AnalogConfig justProgrammed(AnalogConfig config) {
  config.nonideality.age = Seconds{0.0};
  config.nonideality.reads = 0.0;
  return config;
}

std::shared_ptr<const ProgrammedArray> programAndAge(const AnalogConfig& config, Span<const double> target,
                                                     int columns, const StreamOwner& owner) {
  auto array = programArray(config.programming, config.array, config.device, config.nonideality, target,
                            config.array.rows, columns, owner);
  const double reads = config.nonideality.reads;
  if (reads == 0.0) return array;
  const std::vector<double> voltage(array->conductance.size(), config.array.readVoltage.value);
  return disturbed(*array, voltage, Seconds{reads * config.array.readTime.value});
}

double driftScale(const AnalogConfig& config, Span<const double> target, const StreamOwner& owner,
                  const std::shared_ptr<const ProgrammedArray>& aged) {
  const bool trimmedWhenAged = config.adc.range == "calibrated" && config.adc.calibratedAt == "age";
  const bool isFresh = config.nonideality.age.value == 0.0 && config.nonideality.reads == 0.0;
  if (!config.nonideality.driftCompensation || trimmedWhenAged || isFresh) return 1.0;
  const double fresh =
      referenceRead(config, programAndAge(justProgrammed(config), target, aged->columns, owner));
  const double now = referenceRead(config, aged);
  return now > 0.0 ? fresh / now : 1.0;
}

}  // namespace crosstile
