// SPDX-License-Identifier: Apache-2.0
// Values of a sweep file's tables, with errors that name file, line and key.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

#include "platform/hardware/toml_value.h"
#include "platform/sweep/sweep_file.h"

namespace crosstile::sweep {

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  /// "sweep.toml:12"
  std::string at(const toml::source_region& source) const {
    return source.begin.line == 0 ? file_ : fmt::format("{}:{}", file_, source.begin.line);
  }
  const toml::table& table(const toml::node& node, const std::string& name) const;
  /// Every table of [[name]]; none if there is none.
  void eachTable(const toml::table& file, const char* name,
                 const std::function<void(const toml::table&)>& see) const;
  void allowOnly(const toml::table& table, const std::vector<std::string>& keys,
                 const std::string& section) const;

  double number(const toml::node& node, const std::string& key) const;
  std::int64_t whole(const toml::node& node, const std::string& key, double low, double high) const;
  std::string oneOf(const toml::node& node, const std::string& key,
                    const std::vector<std::string>& choices) const;
  std::string needText(const toml::table& table, const std::string& section, const char* key) const;
  std::vector<std::string> texts(const toml::node& node, const std::string& key) const;

  /// The value of a key of run or hardware, checked, as `--set` takes it; a file's name is relative to the sweep file.
  std::string setting(const std::string& key, const toml::node& node) const;
  /// The form of such a key. @throws BadInput with the nearest one
  hardware::KeyForm form(const std::string& key, const toml::source_region& where) const;
  /// Nested tables as in a hardware file.
  void flattenSettings(const toml::table& table, SweepSettings& into, const std::string& prefix = "") const;

  /// @param also  what else could have been meant
  [[noreturn]] void failUnknown(const toml::source_region& where, const std::string& key,
                                const std::vector<std::string>& also, const std::string& context) const;

 private:
  std::string file_;
};

/// One [[axis]]. @throws BadInput
SweepAxis readAxis(const Reader& reader, const toml::table& table);
/// What no axis can check alone. @throws BadInput
void checkAxes(const SweepFile& sweep);

}  // namespace crosstile::sweep
