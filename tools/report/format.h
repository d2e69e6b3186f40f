#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone::tools {

/// Text as HTML shows it, in an element or in a quoted attribute. Control characters become
/// visible: model output is not trusted to be harmless.
std::string escape_html(std::string_view text);

/// A number for a person: 4 significant digits at most, 12.3k and 1.24M for large ones.
std::string short_number(double value);

/// A share as a percentage with one decimal.
std::string percent(double share);

/// Seconds as "42 s", "8 min 12 s", "3 h 05 min".
std::string duration(double seconds);

/// A parameter count, "416k", "1.24B".
std::string count_text(double count);

/// Round tick positions (1, 2 or 5 times a power of ten apart), about `wanted` of them, all of them
/// in [low, high].
std::vector<double> round_ticks(double low, double high, int wanted);

}  // namespace hone::tools
