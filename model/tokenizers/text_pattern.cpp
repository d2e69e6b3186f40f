#include "model/tokenizers/text_pattern.h"

#include "model/error.h"
#include "model/tokenizers/split.h"

namespace hone::model {

TextPattern::TextPattern(const Fields& owner) {
  const Fields pattern = owner.object("pattern");
  if (pattern.has("Regex")) {
    regex_.emplace(pattern.text("Regex"), pattern.place("Regex"));
  } else {
    text_ = pattern.text("String");
    // As a pattern it would match everywhere, between all characters.
    if (text_.empty()) throw DataError(pattern.place("String"), "is empty");
  }
}

void TextPattern::find_all(std::string_view text, Regex::Scratch& scratch,
                           std::vector<RegexMatch>& out) const {
  if (regex_) {
    regex_->find_all(text, scratch, out);
    return;
  }
  find_text(text, text_, out);
}

}  // namespace hone::model
