#include "rewards/math/lexer.h"

#include <algorithm>
#include <array>

#include "rewards/math/budget.h"
#include "rewards/math/lexer_state.h"
#include "rewards/math/names.h"
#include "rewards/math/units.h"
#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

constexpr std::array<std::string_view, 15> kPlainFunctions = {
    "sqrt",     "sin", "cos",    "tan",    "log",    "ln",   "exp", "pi",
    "infinity", "inf", "arcsin", "arccos", "arctan", "frac", "cot"};

}  // namespace

std::vector<Token> Lexer::run() {
  tokens_.reserve(rest_.size() / 2 + 2);
  while (!rest_.empty()) step();
  add(Type::kEnd, "");
  return std::move(tokens_);
}

void Lexer::add(Type type, std::string_view text) {
  tokens_.push_back({type, std::string(text), {}, spaced_});
  spaced_ = false;
}

bool Lexer::take(std::string_view token) {
  if (!rest_.starts_with(token)) return false;
  rest_.remove_prefix(token.size());
  return true;
}

std::string_view Lexer::run_of(bool (*test)(char)) {
  std::size_t size = 0;
  while (size < rest_.size() && test(rest_[size])) ++size;
  const std::string_view run = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return run;
}

void Lexer::skip_space() {
  while (!rest_.empty() && is_space(rest_.front())) {
    rest_.remove_prefix(1);
    spaced_ = true;
  }
}

void Lexer::step() {
  const char c = rest_.front();
  if (is_space(c)) return skip_space();
  if (is_digit(c) || (c == '.' && rest_.size() > 1 && is_digit(rest_[1]))) return lex_number();
  if (is_letter(c)) return lex_letters();
  if (c == '\\') return lex_backslash();
  if (static_cast<unsigned char>(c) >= 0x80) return lex_unicode();
  lex_sign(c);
}

void Lexer::lex_unicode() {
  const auto spelling = unicode_spelling(rest_);
  if (!spelling) throw Unreadable{"a character that is no mathematics"};
  rest_.remove_prefix(spelling->bytes);
  Lexer inner(spelling->latex);
  for (Token& token : inner.run()) {
    if (token.type != Type::kEnd) tokens_.push_back(std::move(token));
  }
}

void Lexer::lex_sign(char c) {
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

void Lexer::lex_letters() {
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

std::vector<Token> tokenize(std::string_view text) { return Lexer(text).run(); }

}  // namespace hone::rewards::math
