#pragma once

#include <string>
#include <string_view>

namespace hone::rewards {

/// ASCII white space. Not std::isspace, which asks the locale.
bool is_space(char c);
/// '0' to '9' and nothing else: digits of other scripts are text.
bool is_digit(char c);

/// The text without white space at either end.
std::string_view trim(std::string_view text);

/// Where the token begins last in the text, or npos: std's rfind, but quick on long texts.
std::size_t find_last(std::string_view text, std::string_view token);

/// Untrusted text for a one-line message: quoted, escaped, valid UTF-8, cut after `limit` bytes.
std::string shown(std::string_view text, std::size_t limit = 60);

}  // namespace hone::rewards
