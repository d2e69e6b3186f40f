#include "model/tokenizers/metaspace.h"

#include "model/error.h"
#include "model/utf8.h"

namespace hone::model {

Metaspace::Metaspace(const Fields& fields)
    : replacement(fields.text("replacement")), split(fields.flag("split", true)) {
  std::size_t end = 0;
  if (!replacement.empty()) next_code_point(replacement, end);
  if (end == 0 || end != replacement.size()) {
    throw DataError(fields.place("replacement"), "one character", "\"" + replacement + "\"");
  }
  const std::string scheme = fields.text("prepend_scheme", "always");
  if (scheme == "first") {
    prepend = Prepend::kFirst;
  } else if (scheme == "never") {
    prepend = Prepend::kNever;
  } else if (scheme != "always") {
    throw DataError(fields.place("prepend_scheme"), "first, always or never", "\"" + scheme + "\"");
  }
  // What the field was called before.
  if (!fields.flag("add_prefix_space", true)) {
    if (fields.has("prepend_scheme") && prepend != Prepend::kNever) {
      throw DataError(fields.place("add_prefix_space"), "what prepend_scheme says", "false");
    }
    prepend = Prepend::kNever;
  }
}

void Metaspace::append(std::string_view text, bool at_start, std::string& out) const {
  const bool wanted = prepend == Prepend::kAlways || (prepend == Prepend::kFirst && at_start);
  if (wanted && !text.starts_with(' ') && !text.starts_with(replacement)) out += replacement;
  for (const char c : text) {
    if (c == ' ') {
      out += replacement;
    } else {
      out += c;
    }
  }
}

std::string Metaspace::decode(std::string_view token, bool first) const {
  const bool dropped = first && prepend != Prepend::kNever;
  std::string text;
  for (std::size_t at = 0; at < token.size();) {
    const std::size_t start = at;
    next_code_point(token, at);
    const auto character = token.substr(start, at - start);
    if (character != replacement) {
      text += character;
    } else if (!dropped) {
      text += ' ';
    }
  }
  return text;
}

}  // namespace hone::model
