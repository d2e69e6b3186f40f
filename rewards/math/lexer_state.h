#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rewards/math/lexer.h"

namespace hone::rewards::math {

/// The state of tokenize(): lexer.cpp reads signs and letters, lexer_number.cpp numbers,
/// lexer_command.cpp what begins with a backslash.
class Lexer {
 public:
  explicit Lexer(std::string_view text)
      : rest_(text), matrix_(text.find("\\begin") != std::string_view::npos) {}

  std::vector<Token> run();

 private:
  using Type = Token::Type;
  void add(Type type, std::string_view text);

  bool take(std::string_view token);

  std::string_view run_of(bool (*test)(char));

  void skip_space();

  void step();

  void lex_unicode();

  void lex_sign(char c);

  /// Thousands: a comma that cannot be anything else, as three digits follow and it joins no list
  /// in brackets; or one that LaTeX keeps from being a list's.
  bool take_group(std::string& digits, bool plain);

  void lex_number();

  void lex_letters();

  void lex_backslash();

  /// What stands between the braces that come next.
  std::string_view group();

  void add_command(std::string_view name);

  /// \text{...}: a separator, a percent sign, a formula, or words.
  void add_words(std::string_view words, bool upright);

  std::string_view rest_;
  const bool matrix_;
  bool spaced_ = false;
  int depth_ = 0, nested_ = 0, words_ = 0;
  std::vector<Token> tokens_;
};

/// ASCII.
inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace hone::rewards::math
