// SPDX-License-Identifier: Apache-2.0
// The files behind report.html, embedded at build time.
#pragma once

namespace crosstile {

/// assets/report.html; holds the places {{CHARTS}} and {{DATA}}.
const char* reportPage();
/// Apache ECharts 5.6.0, its "common" build.
const char* chartLibrary();

}  // namespace crosstile
