// SPDX-License-Identifier: Apache-2.0
// A sweep file's points: where they lie, what they set, and the names by which results are kept.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/sweep/sweep_file.h"

namespace crosstile {

/// Where a point lies: of every axis the index of a choice or, if it is continuous, a fraction from 0 to 1.
using SweepCoordinates = std::vector<double>;

struct SweepPoint {
  SweepSettings values;  ///< base and axes together
  std::vector<std::pair<std::string, std::string>> settings;  ///< of the axes that count here, in their order
  std::uint64_t seed = 1;
  /// 128-bit names. `hash`: of everything that decides the report: the effective hardware description, the bytes of all
  /// files, the options, the seed, the program's version. `config`: the same without the seed. `group`: of what decides
  /// what the arrays are programmed to (arrayIdentity): points of a group can share solved arrays.
  std::string hash, config, group;
};

/// The points that the file's sampling asks for, or those at given coordinates; each once, seed by seed.
std::vector<SweepPoint> sweepPoints(const SweepFile& sweep);
/// @param configs  null, or gets the name of the configuration at each of the coordinates, of which some may be the same
std::vector<SweepPoint> sweepPointsAt(const SweepFile& sweep, const std::vector<SweepCoordinates>& coordinates,
                                      std::vector<std::string>* configs = nullptr);

/// Coordinates in the unit cube: `points` of them, by method random, latin_hypercube or sobol, one a dimension.
/// Random and Latin hypercube come from counter-based streams of `seed`; Sobol's sequence is
/// Boost's (Joe and Kuo 2008), which leaves out the origin.
std::vector<std::vector<double>> unitSamples(const std::string& method, int points, std::size_t dimensions,
                                             std::uint64_t seed);

}  // namespace crosstile
