// SPDX-License-Identifier: Apache-2.0
#include "platform/app/ages.h"

#include <algorithm>

#include "models/base/error.h"
#include "models/base/quantity.h"

namespace crosstile::app {

std::vector<Age> parseAges(const std::string& list) {
  constexpr double kOldestS = 1e12;  // as nonideality.age
  std::vector<Age> ages;
  for (std::size_t begin = 0; !list.empty() && begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string text = list.substr(begin, end - begin);
    double seconds = 0.0;
    try {
      seconds = parseQuantity(text, Unit::second);
    } catch (const BadInput&) {
      throw BadInput("--age {}: \"{}\": must be times with a unit of s, min, h, d or y, as in 1s,1h,1d,1y",
                     list, text);
    }
    if (seconds < 0.0 || seconds > kOldestS)
      throw BadInput("--age {}: \"{}\": must be from 0 s to {:g} s", list, text, kOldestS);
    ages.push_back({text, seconds});
    begin = end + 1;
  }
  return ages;
}

}  // namespace crosstile::app
