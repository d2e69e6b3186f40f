#pragma once

#include <span>
#include <string_view>

namespace hone::rewards {

/// A few hundred common English words, lower case, each once, in alphabetical order.
std::span<const std::string_view> common_words();

/// First names, each of another initial, in alphabetical order.
std::span<const std::string_view> first_names();

}  // namespace hone::rewards
