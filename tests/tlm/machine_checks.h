// SPDX-License-Identifier: Apache-2.0
// What every machine must keep: the functional engine's values and facts, the model's counts, the protocol.
#pragma once

#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {

/// Runs the model through a checked machine and compares values, counts, facts and protocol.
void expectSameAsFunctional(const Model& model);

/// A small chip of random shape, timing and encoding.
Hardware randomHardware(Dice& dice);

}  // namespace crosstile::testing
