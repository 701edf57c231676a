// SPDX-License-Identifier: Apache-2.0
#include "platform/sweep/pareto.h"

#include <algorithm>
#include <numeric>

namespace crosstile {
namespace {

bool dominates(const std::vector<double>& a, const std::vector<double>& b) {
  bool smaller = false;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] > b[k]) return false;
    smaller = smaller || a[k] < b[k];
  }
  return smaller;
}

}  // namespace

std::vector<std::size_t> paretoFront(const std::vector<std::vector<double>>& rows) {
  // In lexicographic order nothing is dominated by what comes later, so that each is compared with the front alone.
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rows[a] < rows[b]; });
  std::vector<std::size_t> front;
  for (const std::size_t candidate : order) {
    const bool beaten = std::any_of(front.begin(), front.end(),
                                    [&](std::size_t f) { return dominates(rows[f], rows[candidate]); });
    if (!beaten) front.push_back(candidate);
  }
  std::sort(front.begin(), front.end());
  return front;
}

}  // namespace crosstile
