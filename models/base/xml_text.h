// SPDX-License-Identifier: Apache-2.0
// Text inside of XML and SVG.
#pragma once

#include <string>

namespace crosstile {

/// The text with the characters escaped that would be markup between tags.
inline std::string xmlText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  }
  return out;
}

}  // namespace crosstile
