#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Python's str methods over UTF-8. Positions and lengths are in code points.

namespace hone::model::jinja {

std::int64_t length_of(std::string_view text);
/// Where each code point begins, and the end.
std::vector<std::size_t> code_points(std::string_view text);

/// What str.isspace() is true for; `at` moves past the code point.
bool space_at(std::string_view text, std::size_t& at);

/// str.strip() of white space, or of a set of characters, at either end.
std::string strip(std::string_view text, std::optional<std::string_view> characters, bool left,
                  bool right);

/// str.split() and rsplit() of white space, or at a separator that is not empty; at most `most`
/// times, -1 being always.
std::vector<std::string> split(std::string_view text, std::optional<std::string_view> separator,
                               std::int64_t most, bool from_right);

std::vector<std::string> split_lines(std::string_view text);

/// str.replace(); `most` -1: all.
std::string replace(std::string_view text, std::string_view from, std::string_view to,
                    std::int64_t most);

std::string upper(std::string_view text);
std::string lower(std::string_view text);
std::string capitalize(std::string_view text);
/// str.title(): a capital letter at the start of every run of letters.
std::string title(std::string_view text);

/// Python's repr() of a str.
std::string repr_of(std::string_view text);

/// Appends, within what a text may hold. Throws: Failure.
void append(std::string& text, std::string_view more);

}  // namespace hone::model::jinja
