// SPDX-License-Identifier: Apache-2.0
// The known name nearest to a mistyped one, for error messages.
#pragma once

#include <string>
#include <vector>

namespace crosstile {

/// The candidate with the least edit distance (insert, delete, replace, swap neighbours) to `written`; when
/// the section is wrong but the key's name is known elsewhere, that one. Empty when there are no candidates.
std::string nearest(const std::string& written, const std::vector<std::string>& candidates);

}  // namespace crosstile
