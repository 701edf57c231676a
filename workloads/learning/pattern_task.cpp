// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/pattern_task.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"

namespace crosstile::learning {
namespace {

constexpr unsigned kT = 0b111010010, kX = 0b101010101, kO = 0b111101111, kL = 0b100100111;

const std::vector<std::pair<std::string, PatternTask>>& tasks() {
  static const std::vector<std::pair<std::string, PatternTask>> all{
      {"X/O", {{kX}, {kO}}}, {"T/X", {{kT}, {kX}}}, {"TL/XO", {{kT, kL}, {kX, kO}}}};
  return all;
}

void addClass(const std::vector<unsigned>& prototypes, double flips, std::array<double, kImages>& odds) {
  const double share = 0.5 / static_cast<double>(prototypes.size());
  for (const unsigned prototype : prototypes) {
    for (unsigned image = 0; image < kImages; ++image) {
      double p = share;
      for (int i = 0; i < kPixels; ++i) p *= pixelOf(image, i) == pixelOf(prototype, i) ? 1.0 - flips : flips;
      odds[image] += p;
    }
  }
}

}  // namespace

std::vector<std::string> patternTaskNames() {
  std::vector<std::string> names;
  for (const auto& [name, task] : tasks()) names.push_back(name);
  return names;
}

PatternTask patternTask(const std::string& name) {
  std::string known;
  for (const auto& [candidate, task] : tasks()) {
    if (candidate == name) return task;
    known += (known.empty() ? "" : ", ") + candidate;
  }
  throw BadInput("task.name = \"{}\": must be one of {}", name, known);
}

ImageOdds oddsOf(const PatternTask& task, double flips) {
  ImageOdds odds;
  addClass(task.first, flips, odds.first);
  addClass(task.second, flips, odds.second);
  return odds;
}

double bayesLimit(const ImageOdds& odds) {
  double sum = 0.0;
  for (unsigned image = 0; image < kImages; ++image) sum += std::max(odds.first[image], odds.second[image]);
  return sum;
}

double accuracyOf(const ImageOdds& odds, const std::function<double(unsigned)>& decide) {
  double sum = 0.0;
  for (unsigned image = 0; image < kImages; ++image) {
    const double first = decide(image);
    sum += first * odds.first[image] + (1.0 - first) * odds.second[image];
  }
  return sum;
}

}  // namespace crosstile::learning
