// SPDX-License-Identifier: Apache-2.0
// Checks of option values, with errors that say what is allowed.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace crosstile::app {

/// A whole number in decimal digits, from `least` to `most`.
inline CLI::Validator wholeNumber(std::uint64_t least, std::uint64_t most = std::numeric_limits<int>::max()) {
  const auto check = [least, most](const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number = error == std::errc{} && end == text.data() + text.size();
    if (number && value >= least && value <= most) return std::string();
    return fmt::format("{}: must be a whole number from {} to {}", text, least, most);
  };
  return CLI::Validator(check, "", "WHOLE");
}

/// A finite number that satisfies `allowed`.
template <typename Predicate>
CLI::Validator finiteNumber(const char* what, Predicate allowed) {
  const auto check = [what, allowed](const std::string& text) {
    float value = NAN;
    const bool number = CLI::detail::lexical_cast(text, value);
    if (number && std::isfinite(value) && allowed(value)) return std::string();
    return fmt::format("{}: must be a finite number{}", text, what);
  };
  return CLI::Validator(check, "", "NUMBER");
}

}  // namespace crosstile::app
