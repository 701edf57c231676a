// SPDX-License-Identifier: Apache-2.0
// The files behind the pages report.html, embedded at build time.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace crosstile {

/// assets/page.html: style and building blocks; holds the places {{TITLE}}, {{CHARTS}}, {{DATA}} and
/// {{PARTS}}.
const char* pageFrame();
/// What goes to {{PARTS}}: the sections of a run's page (assets/run_report.js), of a learning experiment's,
/// of a tuning experiment's.
const char* runParts();
const char* learningParts();
const char* tuningParts();
/// Apache ECharts 5.6.0, its "common" build.
const char* chartLibrary();

/// A page of one file that needs no network. @param title  plain text   @param parts  one of the above
std::string pageOf(std::string_view title, std::string_view parts, const nlohmann::ordered_json& report);

}  // namespace crosstile
