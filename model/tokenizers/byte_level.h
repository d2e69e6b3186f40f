#pragma once

#include <string>
#include <string_view>

namespace hone::model {

/// Adds GPT-2's writing of the bytes: each as a printable character, so that any text is made of
/// 256 characters. Source: encoder.py of GPT-2, bytes_to_unicode().
void append_byte_level(std::string_view text, std::string& out);

/// The bytes that the characters stand for; false, and nothing added, if one of them stands for
/// none.
bool append_from_byte_level(std::string_view characters, std::string& bytes);

}  // namespace hone::model
