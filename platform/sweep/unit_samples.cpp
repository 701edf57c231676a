// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/random/sobol.hpp>
#include <boost/random/uniform_01.hpp>
#include <numeric>

#include "models/base/error.h"
#include "models/base/random.h"
#include "platform/sweep/points.h"

namespace crosstile {
namespace {

using Samples = std::vector<std::vector<double>>;

/// Draw `index` of dimension `d`; Latin hypercubes have their permutations from part 1.
double draw(const RandomStream& stream, std::size_t d, std::size_t index, std::uint32_t part) {
  return stream.uniform((static_cast<std::uint64_t>(d) << 32U) | index, part);
}

/// One point in each of as many equal slices of every axis (McKay, Beckman, Conover 1979).
void latinHypercube(Samples& samples, std::size_t dimensions, const RandomStream& stream) {
  const std::size_t n = samples.size();
  std::vector<std::size_t> slice(n);
  for (std::size_t d = 0; d < dimensions; ++d) {
    std::iota(slice.begin(), slice.end(), std::size_t{0});
    for (std::size_t i = n; i > 1; --i) {  // Fisher-Yates
      const auto other = static_cast<std::size_t>(draw(stream, d, i, 1) * static_cast<double>(i));
      std::swap(slice[i - 1], slice[std::min(other, i - 1)]);
    }
    for (std::size_t p = 0; p < n; ++p)
      samples[p][d] = (static_cast<double>(slice[p]) + draw(stream, d, p, 0)) / static_cast<double>(n);
  }
}

void sobol(Samples& samples, std::size_t dimensions) {
  constexpr std::size_t kMost = 3667;  // of its table
  if (dimensions > kMost)
    throw BadInput("sampling.method = \"sobol\": {} axes: must be at most {}", dimensions, kMost);
  boost::random::sobol engine(dimensions);
  boost::random::uniform_01<double> uniform;
  for (auto& sample : samples) {
    for (double& x : sample) x = uniform(engine);
  }
}

}  // namespace

Samples unitSamples(const std::string& method, int points, std::size_t dimensions, std::uint64_t seed) {
  Samples samples(static_cast<std::size_t>(points), std::vector<double>(dimensions));
  if (dimensions == 0) return samples;
  const RandomStream stream(StreamOwner{seed}, Purpose::sampling);
  if (method == "sobol") {
    sobol(samples, dimensions);
  } else if (method == "latin_hypercube") {
    latinHypercube(samples, dimensions, stream);
  } else {
    for (std::size_t p = 0; p < samples.size(); ++p) {
      for (std::size_t d = 0; d < dimensions; ++d) samples[p][d] = draw(stream, d, p, 0);
    }
  }
  return samples;
}

}  // namespace crosstile
