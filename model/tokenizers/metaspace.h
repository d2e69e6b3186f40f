#pragma once

#include <string>
#include <string_view>

#include "model/json_fields.h"

namespace hone::model {

/// sentencepiece's way with spaces, as a pre-tokenizer and as a decoder: a visible character stands
/// for each, and for one in front of the text.
struct Metaspace {
  enum class Prepend { kFirst, kAlways, kNever };

  /// Throws: DataError naming a field.
  explicit Metaspace(const Fields& fields);

  /// Adds the text with its spaces replaced, and with one in front where the scheme wants it.
  void append(std::string_view text, bool at_start, std::string& out) const;
  /// A token's text with spaces again; the first one's are left out, unless none was prepended.
  std::string decode(std::string_view token, bool first) const;

  std::string replacement;  // one character
  Prepend prepend = Prepend::kAlways;
  bool split = true;  // a piece begins at every replacement
};

}  // namespace hone::model
