#include "rewards/math/budget.h"
#include "rewards/math/lexer_state.h"
#include "rewards/math/names.h"
#include "rewards/math/units.h"
#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

/// Numbers and what joins them, as in \text{6 and 8}.
bool is_numeric(std::string_view words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view rest = words.substr(i);
    if (i > 0 && words[i - 1] == ' ' && (rest.starts_with("and ") || rest.starts_with("or "))) {
      i += rest[0] == 'a' ? 3 : 2;
    } else if (!is_digit(words[i]) &&
               std::string_view(" .-/,").find(words[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Lexer::lex_backslash() {
  rest_.remove_prefix(1);
  if (rest_.empty()) return;
  const char c = rest_.front();
  if (is_letter(c)) {
    return add_command(run_of(is_letter));
  }
  rest_.remove_prefix(1);
  switch (c) {
    case '\\':
      // A doubled backslash before a command, from text that was escaped once too often.
      if (!matrix_ && !rest_.empty() && is_letter(rest_.front()))
        return add_command(run_of(is_letter));
      if (!matrix_ && !rest_.empty() && (rest_.front() == '{' || rest_.front() == '}')) {
        const bool open = rest_.front() == '{';
        rest_.remove_prefix(1);
        return add(Type::kSign, open ? "S" : "E");
      }
      return add(Type::kRow, "");
    case '{':
      ++depth_;
      return add(Type::kSign, "S");
    case '}':
      --depth_;
      return add(Type::kSign, "E");
    case '%':
      return add(Type::kPercent, "");
    case '|':
      return add(Type::kSign, "|");
    default:
      // \, \; \! \: \$ \( \) \[ \] and a backslash before a space: looks only.
      spaced_ = true;
  }
}

std::string_view Lexer::group() {
  skip_space();
  if (rest_.empty() || rest_.front() != '{') {
    const std::string_view one = rest_.substr(0, std::min<std::size_t>(1, rest_.size()));
    rest_.remove_prefix(one.size());
    return one;
  }
  std::size_t depth = 0;
  for (std::size_t i = 0; i < rest_.size(); ++i) {
    if (rest_[i] == '\\') {
      ++i;
    } else if (rest_[i] == '{') {
      ++depth;
    } else if (rest_[i] == '}' && --depth == 0) {
      const std::string_view inside = rest_.substr(1, i - 1);
      rest_.remove_prefix(i + 1);
      return inside;
    }
  }
  throw Unreadable{"a brace that is never closed"};
}

void Lexer::add_command(std::string_view name) {
  if (name == "frac" || name == "sqrt") return add(Type::kCommand, name);  // most of them
  if (name.starts_with("quad") || name.starts_with("qquad")) {
    spaced_ = true;
    const std::string_view more = name.substr(name.find('d') + 1);
    for (const char& c : more) add(Type::kLetter, std::string_view(&c, 1));
    return;
  }
  if (name == "left" || name == "right") {
    spaced_ = true;
    skip_space();
    if (!rest_.empty() && rest_.front() == '.') rest_.remove_prefix(1);
    return;
  }
  if (is_style_command(name)) {
    spaced_ = true;
    return;
  }
  if (const auto relation = relation_command(name); !relation.empty()) {
    return add(Type::kRelation, relation);
  }
  if (name == "begin" || name == "end") {
    const std::string_view environment = trim(group());
    add(name == "begin" ? Type::kBegin : Type::kFinish, environment);
    if (name == "begin" && environment == "array") group();
    return;
  }
  if (is_text_command(name))
    return add_words(trim(group()), name == "mathrm" || name == "operatorname");
  if (name == "color" || name == "textcolor") {
    group();
    return;
  }
  if (name == "circ" || name == "degree") return add(Type::kDegree, "");
  if (name == "cdot" || name == "times" || name == "ast" || name == "bullet") {
    return add(Type::kSign, "*");
  }
  if (name == "div") return add(Type::kSign, "/");
  if (name == "lbrace") return add(Type::kSign, "S");
  if (name == "rbrace") return add(Type::kSign, "E");
  if (name == "colon") return add(Type::kSign, ":");
  if (name == "vert" || name == "mid" || name == "lvert" || name == "rvert" || name == "lVert" ||
      name == "rVert" || name == "Vert") {
    return add(Type::kSign, "|");
  }
  if (name == "lbrack") return add(Type::kSign, "[");
  if (name == "rbrack") return add(Type::kSign, "]");
  if (name == "ldots" || name == "dots" || name == "cdots" || name == "dotsc") {
    return add(Type::kLetter, "dots");
  }
  if (name == "land" || name == "wedge") return add(Type::kSeparator, "and");
  if (name == "lor" || name == "vee") return add(Type::kSeparator, "or");
  if (name == "mathbb") {
    add(Type::kLetter, "\\" + std::string(trim(group())));
    return;
  }
  if (const auto letter = symbol_command(name); !letter.empty()) {
    return add(Type::kLetter, letter);
  }
  add(Type::kCommand, name);
}

void Lexer::add_words(std::string_view words, bool upright) {
  while (!words.empty() && (words.back() == '.' || words.back() == ',')) words.remove_suffix(1);
  words = trim(words);
  if (words.empty()) {
    spaced_ = true;
    return;
  }
  std::string_view bare = words;
  if (bare.starts_with(",")) bare = trim(bare.substr(1));
  if (bare == "and" || bare == "or") return add(Type::kSeparator, bare);
  if (words == "%" || words == "\\%" || words == "percent" || words == "percentage" ||
      words == "pct") {
    return add(Type::kPercent, "");
  }
  if (words == "i" || words == "e") return add(Type::kLetter, words);
  if (upright && (is_function(words) || is_list_function(words))) {
    return add(Type::kCommand, words);
  }
  if (upright && words.size() == 1 && !is_unit(words)) return add(Type::kLetter, words);
  const bool numeric = is_numeric(words);
  if (numeric || words.find('$') != std::string_view::npos ||
      words.find('\\') != std::string_view::npos) {
    if (++nested_ > 8) throw Unreadable{"text in text in text"};
    // A formula in the middle of words.
    const std::string_view outside = rest_;
    rest_ = words;
    while (!rest_.empty()) step();
    rest_ = outside;
    --nested_;
    return;
  }
  add(Type::kWord, words);
}

}  // namespace hone::rewards::math
