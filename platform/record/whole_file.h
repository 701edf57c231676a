// SPDX-License-Identifier: Apache-2.0
// Files that are written whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace crosstile {

/// Makes the folder (and its parents) and makes sure that files can be written in it; called before a run
/// starts.
/// @throws BadInput naming the folder and the reason
void prepareOutputFolder(const std::string& folder);

/// Writes `content` to a temporary file beside `path`, then renames it to `path`: readers see the old file or
/// the new one. @throws RunFailure naming the file and the reason (disk full, ...); the temporary file is
/// removed
void writeWhole(const std::string& path, std::string_view content);

}  // namespace crosstile
