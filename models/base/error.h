// SPDX-License-Identifier: Apache-2.0
// Errors: every failure a user can cause or meet is one of these, and is turned into text in platform/app
// alone.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace crosstile {

/// Base of all errors. `what()` is one line that names the file, key or node, what was found and what is
/// allowed.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The user's input is wrong: a file, shape, key, node, unit or a network that doesn't fit. Exit code 2.
class BadInput : public Error {
 public:
  using Error::Error;
  template <typename... Args>
  explicit BadInput(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// The run itself failed: deadlock, no convergence, disk full. Exit code 1.
class RunFailure : public Error {
 public:
  using Error::Error;
  template <typename... Args>
  explicit RunFailure(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

}  // namespace crosstile
