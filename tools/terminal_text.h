#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hone::tools {

/// Untrusted text for a terminal: control characters, those that turn the direction of writing, and
/// bytes that are no UTF-8 are written as \x1b, \u202e and the like. Lines and tabs stay.
std::string terminal_text(std::string_view text);

/// The same in one line, quoted, and cut where it is longer than so many characters.
std::string terminal_line(std::string_view text, std::size_t characters);

}  // namespace hone::tools
