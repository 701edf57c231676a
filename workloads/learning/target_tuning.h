// SPDX-License-Identifier: Apache-2.0
// Target-weight tuning (Eslami et al. 2024, arXiv 2408.14680): a network of memristors and comparators gets
// its weights from software training and is tuned to them by write and verify, device by device.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/programming/pulsed_array.h"
#include "models/programming/write_verify.h"
#include "workloads/learning/target_training.h"

namespace crosstile::learning {

/// The experiment, beside the hardware's device, array and programming.
struct TuningConfig {
  std::string task = "X/O";  ///< one of patternTaskNames()
  SoftwareTraining software;
  std::vector<double> testFlips{0.05, 0.1,
                                0.15};  ///< probabilities of a pixel's flip that are tested; the first counts
  double gaussian = 0.0;      ///< tested too: noise on the inputs, standard deviation of a pixel from 0 to 1
  double errorOfG = 0.0;      ///< error of every conductance behind tuning, standard deviation, of its G ...
  double errorOfRange = 0.0;  ///< ... and of G_on - G_off
  Seconds age{0.0};           ///< at 0 V between tuning and test
  int draws = 1;              ///< device draws a seed
  /// Of a comparator's decision. The publication names none; assumed: 0.1 pJ, the order of a clocked latch.
  Joules comparatorEnergy{1e-13};
};

struct TuningDevice {
  DeviceConfig device;
  ArrayConfig array;
  ProgrammingConfig programming;
  /// The fixed reference, (G_on + G_off)/2 on every input line: w = (G - G_ref)/((G_on - G_off)/2).
  double reference() const { return 0.5 * (device.gOn.value + device.gOff.value); }
  double halfRange() const { return 0.5 * (device.gOn.value - device.gOff.value); }
};

/// @throws BadInput naming the key: what has no state to tune, sizes, probabilities
void checkTuning(const TuningConfig& config, const TuningDevice& device);

/// The conductances that the weights ask for, S: inputs x hidden, then hidden x 1.
struct TargetConductances {
  std::vector<double> first, second;
};
TargetConductances targetsOf(const ThresholdWeights& weights, const TuningDevice& device);

/// One write during tuning, on cell `cell` of layer `layer`.
struct TuningStep {
  int layer = 0;
  std::size_t cell = 0;
  double second = 0.0;  ///< when it was over
  double volt = 0.0;
  double conductance = 0.0;  ///< S, behind it
};

/// A draw: its devices, tuned and tested.
struct TuningDraw {
  std::vector<double> accuracy;  ///< exact, one for each of testFlips
  double gaussianAccuracy = 0.0;
  ArrayReport first, second;
  double inferenceJ = 0.0;   ///< one image read by both layers: cells, mean over the images of testFlips[0]
  double referenceJ = 0.0;   ///< the same in the reference resistors ...
  double comparatorJ = 0.0;  ///< ... and in the comparators, a decision each
  double machineSeconds = 0.0;  ///< in simulated time, with bus, drivers and converters; 0: a functional run
  std::vector<TuningStep> steps;    ///< only when asked for
  std::vector<double> afterDevice;  ///< accuracy after each device, only then

  double seconds() const { return first.seconds + second.seconds; }
  std::uint64_t pulses() const { return first.pulses + second.pulses; }
  std::uint64_t reads() const { return first.reads + second.reads; }
  std::uint64_t unreached() const { return first.unreached + second.unreached; }
};

/// The two arrays of a draw in their initial states.
struct TuningArrays {
  std::unique_ptr<PulsedArray> first, second;  ///< 9 x hidden, hidden x 1
};
TuningArrays makeArrays(const TuningConfig& config, const TuningDevice& device, std::uint64_t seed,
                        std::uint32_t draw);

/// Tunes the first layer, then the second, device by device, and tests. A test takes the conductances as they
/// are; an input of 1 is +V_read on its line, of -1 -V_read, and so are the hidden comparators' outputs:
///     I_j = sum_i I(G_ij, V_i) - G_ref V_i     compared with threshold (G_on - G_off)/2 V_read
/// @param cells    how tuning reaches the arrays: themselves, or what stands before them
/// @param record   steps and accuracy after each device as well
TuningDraw tuneNetwork(const TuningConfig& config, const TuningDevice& device,
                       const TargetConductances& targets, TuningArrays& arrays, WritableCells& first,
                       WritableCells& second, const StreamOwner& owner, bool record);

struct TuningSeed {
  std::uint64_t seed = 0;
  SoftwareResult software;
  std::vector<double> softwareAccuracy;  ///< the exact weights' at each of testFlips
  std::vector<TuningDraw> draws;
};
/// How tuning reaches the arrays of a draw; null: straight. Called with the arrays and what is to be done
/// with the cells that stand before them. @return simulated seconds
using TuningMachine =
    std::function<double(TuningArrays&, const std::function<void(WritableCells&, WritableCells&)>&)>;
/// Software training, then `draws` draws, the first recorded if asked for. Deterministic in `seed`.
TuningSeed runTuning(const TuningConfig& config, const TuningDevice& device, std::uint64_t seed, bool record,
                     const TuningMachine& machine = {});

}  // namespace crosstile::learning
