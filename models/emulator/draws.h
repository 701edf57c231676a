// SPDX-License-Identifier: Apache-2.0
// What emulators are trained and judged on: arrays, inputs, and what the circuit makes of them.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "models/crossbar/emulator.h"

namespace crosstile {

/// One array with some input vectors and their currents.
struct EmulatorSample {
  std::vector<double> conductance;  ///< S, rows x columns, row by row
  Eigen::MatrixXd voltages;         ///< V, rows x vectors
  Eigen::MatrixXd current;          ///< A, columns x vectors: the circuit's; empty until solved
};

/// Which draws a stream is for; they are independent of one another.
enum class DrawSet : std::uint32_t { training = 0, test = 1 };

/// Random arrays and inputs as in GENIEx: a density from U(0, 1) for every matrix and for every vector. With
/// the matrix's probability a cell is at one of `levels` - 1 levels above G_off, else at G_off; with the
/// vector's probability a word line is driven, by V_max in binary vectors, else by one of `digits` - 1
/// voltages up to it.
struct DrawPlan {
  EmulatorTechnology technology;
  int levels = 4;
  int digits = 16;
  double binaryShare = 0.0;  ///< of the vectors
  int vectors = 64;          ///< of each matrix
  DrawSet set = DrawSet::training;
  std::uint64_t seed = 1;
};

/// Sample number `matrix` of the plan, not yet solved: depends on nothing else.
EmulatorSample drawSample(const DrawPlan& plan, std::uint32_t matrix);

/// An array of the technology with these conductances, as programmed without errors.
std::shared_ptr<const ProgrammedArray> plainArray(const EmulatorTechnology& technology,
                                                  Span<const double> conductance);

/// The circuit: currents (A, columns x batch) of voltages (V, rows x batch).
using CircuitFunction =
    std::function<Eigen::MatrixXd(std::shared_ptr<const ProgrammedArray>, const Eigen::MatrixXd& voltages)>;

/// The circuit of the technology's wires by CircuitSolver, to a residual of `tolerance`.
CircuitFunction exactCircuit(const EmulatorTechnology& technology, double tolerance);

/// Fills in the currents.
void solveSample(const EmulatorTechnology& technology, const CircuitFunction& circuit,
                 EmulatorSample& sample);

/// I_ideal = sum_i G_ij V_i, A, columns x vectors.
Eigen::MatrixXd idealCurrents(const EmulatorTechnology& technology, const EmulatorSample& sample);
/// f_R = I_ideal/I counts where I_ideal is above this: half of the current of one level of four at one digit
/// of four bits.
double leastIdealCurrent(const EmulatorTechnology& technology);

}  // namespace crosstile
