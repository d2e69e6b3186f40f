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

/// Untrusted text for a one-line message: quoted, escaped, valid UTF-8, cut after `limit` bytes.
std::string shown(std::string_view text, std::size_t limit = 60);

}  // namespace hone::rewards
