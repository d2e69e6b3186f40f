#include "rewards/math/lexer.h"

#include <algorithm>
#include <array>

#include "rewards/math/budget.h"
#include "rewards/math/names.h"
#include "rewards/math/units.h"
#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

using Type = Token::Type;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

constexpr std::array<std::string_view, 15> kPlainFunctions = {
    "sqrt",     "sin", "cos",    "tan",    "log",    "ln",   "exp", "pi",
    "infinity", "inf", "arcsin", "arccos", "arctan", "frac", "cot"};

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

class Lexer {
 public:
  explicit Lexer(std::string_view text)
      : rest_(text), matrix_(text.find("\\begin") != std::string_view::npos) {}

  std::vector<Token> run() {
    while (!rest_.empty()) step();
    add(Type::kEnd, "");
    return std::move(tokens_);
  }

 private:
  void add(Type type, std::string_view text) {
    tokens_.push_back({type, std::string(text), {}, spaced_});
    spaced_ = false;
  }

  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string_view run_of(bool (*test)(char)) {
    std::size_t size = 0;
    while (size < rest_.size() && test(rest_[size])) ++size;
    const std::string_view run = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return run;
  }

  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) {
      rest_.remove_prefix(1);
      spaced_ = true;
    }
  }

  void step() {
    const char c = rest_.front();
    if (is_space(c)) return skip_space();
    if (is_digit(c) || (c == '.' && rest_.size() > 1 && is_digit(rest_[1]))) return lex_number();
    if (is_letter(c)) return lex_letters();
    if (c == '\\') return lex_backslash();
    if (static_cast<unsigned char>(c) >= 0x80) return lex_unicode();
    lex_sign(c);
  }

  void lex_unicode() {
    const auto spelling = unicode_spelling(rest_);
    if (!spelling) throw Unreadable{"a character that is no mathematics"};
    rest_.remove_prefix(spelling->bytes);
    Lexer inner(spelling->latex);
    for (Token& token : inner.run()) {
      if (token.type != Type::kEnd) tokens_.push_back(std::move(token));
    }
  }

  void lex_sign(char c) {
    rest_.remove_prefix(1);
    switch (c) {
      case '$':
      case '~':
      case '"':
      case '`':
        spaced_ = true;
        return;
      case '.': {
        // The end of a sentence, or dots that go on.
        const bool dots = take("..");
        if (dots) add(Type::kLetter, "dots");
        return;
      }
      case '\'':
        if (!tokens_.empty() && tokens_.back().type == Type::kLetter) tokens_.back().text += '\'';
        return;
      case '=':
        take("=");
        return add(Type::kRelation, "=");
      case '<':
        return add(Type::kRelation, take("=") ? "l" : take(">") ? "n" : "<");
      case '>':
        return add(Type::kRelation, take("=") ? "g" : ">");
      case '%':
        return add(Type::kPercent, "");
      case '!':
        if (take("=")) return add(Type::kRelation, "n");
        return add(Type::kSign, "!");
      case '*':
        return add(Type::kSign, take("*") ? "^" : "*");
      case '(':
      case '[':
        ++depth_;
        return add(Type::kSign, std::string_view(&c, 1));
      case ')':
      case ']':
        --depth_;
        return add(Type::kSign, std::string_view(&c, 1));
      default:
        if (std::string_view("+-/^_{}|,;:&").find(c) == std::string_view::npos) {
          throw Unreadable{"a character that is no mathematics"};
        }
        add(Type::kSign, std::string_view(&c, 1));
    }
  }

  /// Thousands: a comma that cannot be anything else, as three digits follow and it joins no list
  /// in brackets; or one that LaTeX keeps from being a list's.
  bool take_group(std::string& digits, bool plain) {
    std::string_view ahead = rest_;
    bool certain = false;
    const auto skip = [&ahead](std::string_view sign) {
      while (ahead.starts_with(" ")) ahead.remove_prefix(1);
      if (!ahead.starts_with(sign)) return false;
      ahead.remove_prefix(sign.size());
      return true;
    };
    if (skip("{") && skip(",") && skip("}")) {
      certain = true;
    } else if (ahead = rest_; ahead.empty()) {
      return false;
    } else if (ahead.starts_with("\\,") || ahead.starts_with("\\!")) {
      ahead.remove_prefix(2);
      certain = true;
    } else if (ahead.starts_with(",")) {
      ahead.remove_prefix(1);
      if (ahead.starts_with("\\!") || ahead.starts_with("\\,")) {
        certain = ahead[1] == '!';
        ahead.remove_prefix(2);
        while (certain && ahead.starts_with(" ")) ahead.remove_prefix(1);
      }
    } else {
      return false;
    }
    if (!certain && (!plain || depth_ > 0)) return false;
    for (std::size_t i = 0; i < 3; ++i) {
      if (i >= ahead.size() || !is_digit(ahead[i])) return false;
    }
    if (ahead.size() > 3 && is_digit(ahead[3])) return false;
    digits += ahead.substr(0, 3);
    rest_ = ahead.substr(3);
    return true;
  }

  void lex_number() {
    std::string digits(run_of(is_digit));
    const bool plain = !digits.empty() && digits.size() <= 3 && digits.front() != '0';
    while (digits.size() <= kMaxFormula && !digits.empty() && take_group(digits, plain)) {
    }
    std::string repeating;
    if (rest_.size() > 1 && rest_[0] == '.' &&
        (is_digit(rest_[1]) || rest_.starts_with(".\\overline{") || rest_.starts_with(".\\bar{"))) {
      rest_.remove_prefix(1);
      digits += '.';
      digits += run_of(is_digit);
      if (take("\\overline{") || take("\\bar{") || take("\\dot{")) {
        repeating = run_of(is_digit);
        if (repeating.empty() || !take("}")) throw Unreadable{"a bar over no digits"};
      }
    }
    // 1e5, but not 2e^x.
    if (repeating.empty() && rest_.size() > 1 && (rest_[0] == 'e' || rest_[0] == 'E')) {
      std::string_view ahead = rest_.substr(1);
      const bool sign = ahead[0] == '-' || ahead[0] == '+';
      if (sign) ahead.remove_prefix(1);
      std::size_t size = 0;
      while (size < ahead.size() && is_digit(ahead[size])) ++size;
      const bool ends = size == ahead.size() || !(is_letter(ahead[size]) || ahead[size] == '^');
      if (size > 0 && size <= 17 && ends) {
        digits += "e" + std::string(rest_.substr(1, size + (sign ? 1 : 0)));
        rest_ = ahead.substr(size);
      }
    }
    add(Type::kNumber, digits);
    tokens_.back().repeating = std::move(repeating);
  }

  void lex_letters() {
    const std::string_view run = run_of(is_letter);
    if (run == "and" || run == "or") return add(Type::kSeparator, run);
    if (run == "percent" || run == "percentage" || run == "pct" || run == "Percent") {
      return add(Type::kPercent, "");
    }
    if (std::find(kPlainFunctions.begin(), kPlainFunctions.end(), run) != kPlainFunctions.end()) {
      return add_command(run);
    }
    const bool after_number =
        !tokens_.empty() && (tokens_.back().type == Type::kNumber || tokens_.back().sign("}"));
    if (run.size() > 1 && after_number && is_unit(run)) return add(Type::kWord, run);
    // "1orW": a word of the list between what else is letters.
    if (run.size() > 2 && after_number && run.starts_with("or")) {
      add(Type::kSeparator, "or");
      for (const char& c : run.substr(2)) add(Type::kLetter, std::string_view(&c, 1));
      return;
    }
    // Prose between the signs of a formula is no formula.
    if (run.size() > 2 && ++words_ > 6) throw Unreadable{"a sentence"};
    for (const char& c : run) add(Type::kLetter, std::string_view(&c, 1));
  }

  void lex_backslash() {
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

  /// What stands between the braces that come next.
  std::string_view group() {
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

  void add_command(std::string_view name) {
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

  /// \text{...}: a separator, a percent sign, a formula, or words.
  void add_words(std::string_view words, bool upright) {
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

  std::string_view rest_;
  const bool matrix_;
  bool spaced_ = false;
  int depth_ = 0, nested_ = 0, words_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) { return Lexer(text).run(); }

}  // namespace hone::rewards::math
