// SPDX-License-Identifier: Apache-2.0
#include "platform/hardware/nearest.h"

#include <algorithm>
#include <cstddef>

namespace crosstile {
namespace {

/// Optimal string alignment distance.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

std::string lastName(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

}  // namespace

std::string nearest(const std::string& written, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = static_cast<std::size_t>(-1);
  for (const std::string& candidate : candidates) {
    std::size_t d = 2 * distance(written, candidate);
    // "bits" or "converter.bits" for "adc.bits": the right name in the wrong place is one step away.
    if (lastName(candidate) == lastName(written)) d = std::min<std::size_t>(d, 3);
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace crosstile
