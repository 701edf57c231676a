// SPDX-License-Identifier: Apache-2.0
#include "models/emulator/draws.h"

#include <algorithm>
#include <cmath>

#include "models/crossbar/circuit_solver.h"

namespace crosstile {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Parts of a matrix's stream: what a uniform number is for.
enum Part : std::uint32_t { kMatrixDensity, kCellActive, kCellLevel, kVectorKind, kRowActive, kRowDigit };

/// One of 1 .. n, each with the same probability.
int pick(double uniform, int n) {
  return 1 + std::min(n - 1, static_cast<int>(uniform * n));
}

}  // namespace

EmulatorSample drawSample(const DrawPlan& plan, std::uint32_t matrix) {
  const EmulatorTechnology& t = plan.technology;
  const RandomStream stream({plan.seed, static_cast<std::uint32_t>(plan.set), matrix}, Purpose::emulator);
  const auto rows = static_cast<std::size_t>(t.rows), columns = static_cast<std::size_t>(t.columns);
  EmulatorSample sample;
  sample.conductance.resize(rows * columns);
  const double low = t.device.gOff.value, step = (t.device.gOn.value - low) / (plan.levels - 1);
  const double density = stream.uniform(0, kMatrixDensity);
  for (std::size_t c = 0; c < sample.conductance.size(); ++c) {
    const bool active = stream.uniform(c, kCellActive) < density;
    sample.conductance[c] =
        low + (active ? step * pick(stream.uniform(c, kCellLevel), plan.levels - 1) : 0.0);
  }
  for (std::size_t i = 0; i < rows && t.referenceColumn >= 0; ++i)
    sample.conductance[i * columns + static_cast<std::size_t>(t.referenceColumn)] = low;
  sample.voltages.resize(t.rows, plan.vectors);
  for (int v = 0; v < plan.vectors; ++v) {
    const auto vector = static_cast<std::uint64_t>(v);
    const double driven = stream.uniform(2 * vector, kVectorKind);
    const bool binary = stream.uniform(2 * vector + 1, kVectorKind) < plan.binaryShare;
    for (int i = 0; i < t.rows; ++i) {
      const std::uint64_t index = vector * rows + static_cast<std::uint64_t>(i);
      const bool active = stream.uniform(index, kRowActive) < driven;
      const int last = plan.digits - 1;
      const int digit = binary ? last : pick(stream.uniform(index, kRowDigit), last);
      sample.voltages(i, v) = active ? t.voltage * digit / last : 0.0;
    }
  }
  return sample;
}

std::shared_ptr<const ProgrammedArray> plainArray(const EmulatorTechnology& technology,
                                                  Span<const double> conductance) {
  auto array = std::make_shared<ProgrammedArray>();
  array->rows = technology.rows;
  array->columns = technology.columns;
  array->conductance.assign(conductance.begin(), conductance.end());
  array->law = makeDeviceLaw(technology.device);
  array->cellParameters.resize(array->law->parameterCount() * conductance.size());
  array->law->prepare(array->conductance, nullptr, array->cellParameters);
  return array;
}

CircuitFunction exactCircuit(const EmulatorTechnology& technology, double tolerance) {
  return [wires = technology.wires, tolerance](std::shared_ptr<const ProgrammedArray> array,
                                               const Eigen::MatrixXd& voltages) {
    CircuitOptions options;
    options.tolerance = tolerance;
    return CircuitSolver(std::move(array), wires).solve(voltages, options).current;
  };
}

void solveSample(const EmulatorTechnology& technology, const CircuitFunction& circuit,
                 EmulatorSample& sample) {
  sample.current = circuit(plainArray(technology, sample.conductance), sample.voltages);
}

Eigen::MatrixXd idealCurrents(const EmulatorTechnology& technology, const EmulatorSample& sample) {
  const Eigen::Map<const RowMajor> g(sample.conductance.data(), technology.rows, technology.columns);
  return g.transpose() * sample.voltages;
}

double leastIdealCurrent(const EmulatorTechnology& technology) {
  return 0.5 * (technology.device.gOn.value - technology.device.gOff.value) / 3.0 * technology.voltage / 15.0;
}

}  // namespace crosstile
