#pragma once

#include <optional>
#include <string_view>

namespace hone::rewards::math {

/// Is it a function of one argument, such as sin?
bool is_function(std::string_view name);
/// Is it a function of a list of arguments in brackets, such as gcd?
bool is_list_function(std::string_view name);
/// The inverse that sin^{-1} means, or empty.
std::string_view inverse_of(std::string_view function);
/// Greek letters and other commands that stand for a symbol; the symbol's name, or empty.
std::string_view symbol_command(std::string_view command);
/// A command that stands for a sign: what the sign is, as in Token (`<` for \lt), or empty.
std::string_view relation_command(std::string_view command);
/// Does it only change the looks of a formula?
bool is_style_command(std::string_view command);
/// Does it take an argument that stands for itself, as \mathbf{x} does?
bool is_wrapper_command(std::string_view command);
/// Does it take words, as \text{} does?
bool is_text_command(std::string_view command);
/// May it be followed by arguments in brackets, as in f(x)?
bool is_function_letter(std::string_view letter);
/// A character outside ASCII that stands for LaTeX, at the start of the text: how many bytes it has
/// and what it stands for.
struct Spelling {
  std::size_t bytes;
  std::string_view latex;
};
std::optional<Spelling> unicode_spelling(std::string_view text);

}  // namespace hone::rewards::math
