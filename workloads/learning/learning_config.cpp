// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/learning_config.h"

#include "models/base/error.h"
#include "workloads/learning/pulse_trains.h"
#include "workloads/learning/update_rule.h"

namespace crosstile::learning {
namespace {

void checkNetwork(const NetworkConfig& network) {
  if (network.sizes.size() < 2) throw BadInput("network.sizes: must have inputs and outputs at least");
  for (const int size : network.sizes) {
    if (size < 1 || size > 1 << 20) throw BadInput("network.sizes: {}: must be from 1 to 1048576", size);
  }
  if (network.sizes.back() < 2)
    throw BadInput("network.sizes: {} outputs: must be classes, 2 or more", network.sizes.back());
}

void checkRead(const ReadConfig& read) {
  if (read.outputBits > 0 && read.outputBound <= 0.0)
    throw BadInput("read.output_bits = {}: needs read.output_bound, the ADC's full scale", read.outputBits);
  if (read.boundManagement > 0 && read.outputBound <= 0.0)
    throw BadInput("read.bound_management = {}: needs read.output_bound", read.boundManagement);
  if (read.inputBits == 1 || read.outputBits == 1)
    throw BadInput("read: bits: must be 0 or from 2 on: values have a sign");
}

}  // namespace

void checkLearning(const LearningConfig& config) {
  checkNetwork(config.network);
  checkRead(config.read);
  checkStepDevice(config.device);
  if (usesFastArray(config.rule.name)) checkStepDevice(config.fastDevice);
  if (config.rule.trainLength < 1 || config.rule.trainLength > PulseTrains::kMostSlots)
    throw BadInput("rule.train_length = {}: must be from 1 to {}", config.rule.trainLength,
                   PulseTrains::kMostSlots);
  if (config.rule.transferEvery < 1 || config.rule.refreshEvery < 1)
    throw BadInput("rule: transfer_every and refresh_every: must be 1 or more");
  if (config.epochs < 1) throw BadInput("training.epochs = {}: must be 1 or more", config.epochs);
}

}  // namespace crosstile::learning
