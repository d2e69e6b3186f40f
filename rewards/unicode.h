#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What the rewards ask of Unicode; ICU answers.

namespace hone::rewards {

/// A code point, or kBroken for bytes that are no UTF-8.
using CodePoint = std::int32_t;
constexpr CodePoint kBroken = -1;

/// The code point at `at`, which moves past it, by at least one byte. Never throws.
CodePoint next_code_point(std::string_view text, std::size_t& at);

CodePoint lower_case(CodePoint c);
bool is_white_space(CodePoint c);
/// A mark that belongs to the letter before it: an accent, a vowel sign.
bool is_mark(CodePoint c);

/// What a word is written in: an ICU script code, or one of the two below.
using Script = int;
constexpr Script kNoScript = -2;  // what is written in no language's letters
constexpr Script kDigits = -3;    // decimal digits

/// The script of a letter; kDigits for a decimal digit; kNoScript for everything else, and for the
/// few letters that several scripts share.
Script script_of(CodePoint c);
/// Han, Hiragana and Katakana put no space between words.
bool stands_alone(Script script);

/// "latin", "han", "Cyrl" and so on as Unicode names them, in any case, or "digits".
std::optional<Script> script_by_name(const std::string& name);
std::string script_name(Script script);

}  // namespace hone::rewards
