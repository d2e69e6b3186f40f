#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone::recipes {

/// The name most like `word` by edit distance; empty if none is near enough to be a slip of the
/// pen.
std::string nearest(std::string_view word, const std::vector<std::string_view>& names);

/// "a, b, c; did you mean b?": the names, and the nearest one if there is one.
std::string names_and_nearest(std::string_view word, const std::vector<std::string_view>& names);

}  // namespace hone::recipes
