// SPDX-License-Identifier: Apache-2.0
// The one chip of the process, and how its exceptions become statuses.
#pragma once

#include <memory>
#include <string>

#include "platform/cosim/axi/axi_targets.h"
#include "platform/cosim/dpi/cosim_chip.h"
#include "platform/cosim/dpi/crosstile_cosim.h"

namespace crosstile::cosim {

/// What lives as long as the process.
struct Bench {
  std::unique_ptr<CosimChip> chip;
  bool opened = false;   // once: SystemC has one elaboration a process
  std::string lastError;
  // the Verilog AXI module
  axi::LiteTarget lite;
  axi::FullTarget full;
  axi::Stream stream;
  bool inReset = false;
};
Bench& bench();

/// The status of the exception that is being handled; lastError says what it says.
int statusOfException();
/// That no call can be served: there is no chip, or it has failed.
int statusWithoutChip(const char* what);

/// Runs `call` on the chip. @return its status, or that of what it throws; lastError says why
template <typename Call>
int guarded(const char* what, const Call& call) {
  Bench& b = bench();
  if (!b.chip || b.chip->failed()) return statusWithoutChip(what);
  try {
    return call(*b.chip);
  } catch (...) {
    return statusOfException();
  }
}

}  // namespace crosstile::cosim
