#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone::model::jinja {

struct Token {
  enum class Kind {
    kText,
    kOutputBegin,
    kOutputEnd,
    kBlockBegin,
    kBlockEnd,
    kName,
    kString,  // `text` is what it says, escapes resolved
    kInteger,
    kFloat,
    kOperator,
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string text;
  int line = 0;
};

/// A template's text as tokens, with trim_blocks and lstrip_blocks as transformers sets them. White
/// space, comments and the tags of raw blocks are left out. Throws: DataError with "PLACE:LINE".
/// Source: jinja2's lexer.py (3.1.6).
std::vector<Token> tokenize(std::string_view source, const std::string& place);

}  // namespace hone::model::jinja
