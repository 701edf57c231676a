// SPDX-License-Identifier: Apache-2.0
// What `crosstile emulator` trains and judges on: random draws, and slices and planes of a mapped network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/emulator/draws.h"
#include "platform/app/session.h"

namespace crosstile::app {

/// The arrays of a hardware: physical columns, reference column, cell, wires and read voltage.
EmulatorTechnology technologyOf(const Hardware& hardware);

/// `matrices` random draws of `vectors` inputs each, not yet solved.
std::vector<EmulatorSample> randomSamples(const DrawPlan& plan, int matrices);

/// `matrices` blocks of the network's arrays with `vectors` planes each that their rows see when the images
/// run (exact integers, no ADC), blocks and planes chosen at random; fewer when the network has less. Planes
/// without an active row are left out.
/// @throws BadInput as Session, or when there are no planes at all
std::vector<EmulatorSample> networkSamples(const SessionOptions& options, int matrices, int vectors);

/// Solves the samples in parallel, and keeps what is solved in `folder` (empty: nowhere), so that an
/// interrupted run goes on where it was. The same currents either way.
void solveSamples(const EmulatorTechnology& technology, double tolerance, const std::string& folder,
                  bool quiet, std::vector<EmulatorSample>& samples);

/// Identity of samples, solved or not: FNV-1a of their bytes, going on from `state`.
inline constexpr std::uint64_t kHashStart = 0xcbf29ce484222325ULL;
std::uint64_t hashOf(const void* data, std::size_t count, std::uint64_t state = kHashStart);
std::uint64_t hashOf(const EmulatorSample& sample, std::uint64_t state = kHashStart);

/// A file that is only good for the run with the same hash; nothing when there is none.
std::optional<std::string> readCheckpoint(const std::string& path, std::uint64_t hash);
void writeCheckpoint(const std::string& path, std::uint64_t hash, const std::string& bytes);

}  // namespace crosstile::app
