// SPDX-License-Identifier: Apache-2.0
// report.html, and the writing of both reports.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "platform/record/report_assets.h"
#include "platform/record/run_record.h"
#include "platform/record/whole_file.h"

namespace crosstile {
namespace {

/// JSON inside a <script>: no "</script>" can end it early.
std::string embedded(const nlohmann::ordered_json& report) {
  const std::string text = report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

/// Appends the page up to `place`, then `content`; what follows the place remains.
void fill(std::string& out, std::string_view& page, std::string_view place, std::string_view content) {
  const auto at = page.find(place);
  out += page.substr(0, at);
  out += content;
  page.remove_prefix(at + place.size());
}

}  // namespace

std::string pageOf(std::string_view title, std::string_view parts, const nlohmann::ordered_json& report) {
  std::string_view page = pageFrame();
  std::string out;
  fill(out, page, "{{TITLE}}", title);
  fill(out, page, "{{CHARTS}}", chartLibrary());
  fill(out, page, "{{DATA}}", embedded(report));
  fill(out, page, "{{PARTS}}", parts);
  out += page;
  return out;
}

std::string toHtml(const nlohmann::ordered_json& report) {
  return pageOf("CrossTile report", runParts(), report);
}

void writeReport(const std::string& folder, const RunRecord& record) {
  const nlohmann::ordered_json report = toJson(record);
  const std::filesystem::path base(folder);
  const std::string text = report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::string page = toHtml(report);
  writeWhole((base / "report.json").string(), text);
  writeWhole((base / "report.html").string(), page);
}

}  // namespace crosstile
