// SPDX-License-Identifier: Apache-2.0
// The keys that a sweep can set: those of the hardware file and options of `run`.
#include <algorithm>

#include "platform/hardware/schema.h"
#include "platform/sweep/sweep_file.h"

namespace crosstile {
namespace {

using hardware::KeyForm;
using hardware::Kind;
using hardware::Value;

KeyForm textOption(const char* name, std::vector<std::string> choices = {}) {
  KeyForm form;
  form.name = name;
  form.kind = Kind::text;
  form.choices = std::move(choices);
  return form;
}

KeyForm countOption(const char* name, double low) {
  KeyForm form;
  form.name = name;
  form.kind = Kind::integer;
  form.low = low;
  form.high = 1e9;
  return form;
}

KeyForm flagOption(const char* name) {
  KeyForm form;
  form.name = name;
  form.kind = Kind::flag;
  return form;
}

const std::vector<KeyForm>& runOptions() {
  static const std::vector<KeyForm> options{textOption("hardware"),
                                            textOption("network"),
                                            textOption("weights", {"file", "random"}),
                                            textOption("images"),
                                            textOption("labels"),
                                            textOption("input_layout", {"nchw", "nhwc"}),
                                            textOption("timing", {"functional", "loose", "cycle"}),
                                            textOption("arrivals"),
                                            countOption("count", 1),
                                            countOption("timed_count", 1),
                                            countOption("draws", 1),
                                            flagOption("force")};
  return options;
}

}  // namespace

bool isRunOption(const std::string& key) {
  return std::any_of(runOptions().begin(), runOptions().end(),
                     [&](const KeyForm& form) { return form.name == key; });
}

std::vector<std::string> runOptionNames() {
  std::vector<std::string> names;
  for (const KeyForm& form : runOptions()) names.push_back(form.name);
  return names;
}

std::optional<KeyForm> sweepKey(const std::string& path) {
  for (const KeyForm& form : runOptions()) {
    if (form.name == path) return form;
  }
  if (const auto key = hardware::findKey(path)) return static_cast<KeyForm>(*key);
  return std::nullopt;
}

std::string settingText(const KeyForm& form, const Value& value) {
  if (form.kind == Kind::text) return std::get<std::string>(value);
  const std::string printed = form.print(value);
  return form.kind == Kind::quantity ? printed.substr(1, printed.size() - 2) : printed;
}

}  // namespace crosstile
