// SPDX-License-Identifier: Apache-2.0
#include "platform/hardware/toml_value.h"

#include <algorithm>
#include <sstream>

#include "models/base/error.h"

namespace crosstile::hardware {

Value valueOf(const toml::node& node) {
  if (const auto* v = node.as_boolean()) return v->get();
  if (const auto* v = node.as_integer()) return std::int64_t{v->get()};
  if (const auto* v = node.as_floating_point()) return v->get();
  if (const auto* v = node.as_string()) return v->get();
  if (const auto* list = node.as_array()) {
    std::vector<double> numbers;
    for (const toml::node& item : *list) {
      if (!item.is_number()) return {};
      numbers.push_back(item.value<double>().value());
    }
    return numbers;
  }
  return {};
}

std::string shownAs(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (const auto* text = node.as_string()) return "\"" + text->get() + "\"";
  std::ostringstream out;
  node.visit([&](const auto& value) {
    if constexpr (!toml::is_table<decltype(value)>) out << value;
  });
  std::string text = out.str();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

toml::table parseToml(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& e) {
    throw BadInput("{}:{}: {}", name, e.source().begin.line, e.description());
  }
}

}  // namespace crosstile::hardware
