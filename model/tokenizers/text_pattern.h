#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/json_fields.h"
#include "model/tokenizers/regex.h"

namespace hone::model {

/// What Split and Replace look for: {"String": "..."} or {"Regex": "..."}.
class TextPattern {
 public:
  /// Throws: DataError naming the field "pattern".
  explicit TextPattern(const Fields& owner);

  /// All places in the text, from left to right.
  void find_all(std::string_view text, Regex::Scratch& scratch, std::vector<RegexMatch>& out) const;

 private:
  std::string text_;
  std::optional<Regex> regex_;
};

}  // namespace hone::model
