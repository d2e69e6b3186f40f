#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "model/jinja/ast.h"
#include "model/jinja/lexer.h"

namespace hone::model::jinja {

/// A template as statements. What is not supported is refused here, by name: tags, filters and
/// tests. Throws: DataError with "PLACE:LINE".
/// Source: jinja2's parser.py (3.1.6).
Body parse(std::string_view source, const std::string& place);

/// Tokens with a place in them, and the errors of a parser.
class TokenStream {
 public:
  TokenStream(std::vector<Token> tokens, std::string place)
      : tokens_(std::move(tokens)), place_(std::move(place)) {}

  const Token& current() const { return tokens_[at_]; }
  const Token& next() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token take() { return at_ + 1 < tokens_.size() ? tokens_[at_++] : tokens_[at_]; }

  bool is(Token::Kind kind) const { return current().kind == kind; }
  bool is_operator(std::string_view text) const { return is(Token::Kind::kOperator, text); }
  bool is_name(std::string_view text) const { return is(Token::Kind::kName, text); }
  bool skip_operator(std::string_view text) { return is_operator(text) && (take(), true); }
  bool skip_name(std::string_view text) { return is_name(text) && (take(), true); }

  void expect_operator(std::string_view text);
  void expect_name(std::string_view text);
  void expect(Token::Kind kind, const std::string& what);
  std::string name();

  [[noreturn]] void fail(int line, const std::string& problem) const;
  [[noreturn]] void fail_here(const std::string& expected) const;

 private:
  bool is(Token::Kind kind, std::string_view text) const {
    return current().kind == kind && current().text == text;
  }

  std::vector<Token> tokens_;
  std::string place_;
  std::size_t at_ = 0;
};

/// Counts the levels of what is nested; as long as it lives it is one of them.
class Level {
 public:
  Level(int& level, const TokenStream& tokens);
  ~Level() { --level_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  int& level_;
};

/// Reads expressions off a stream.
class ExpressionParser {
 public:
  ExpressionParser(TokenStream& tokens, int& level) : tokens_(tokens), level_(level) {}

  ExpressionPtr expression(bool with_choice = true);
  /// Several with commas between them are a tuple. `until` is a name that ends it.
  ExpressionPtr tuple(bool with_choice = true, std::string_view until = {});
  /// What can be assigned to: a name, a namespace's attribute, or a tuple of them.
  ExpressionPtr target(std::string_view until = {});
  /// `| name(...) | ...` of what a block holds; null if there is none.
  ExpressionPtr block_filter(bool begun);

 private:
  using Parts = std::vector<ExpressionPtr>;

  ExpressionPtr make(Expression::Kind kind, int line, Parts parts, std::string text = {},
                     std::vector<std::string> names = {}) const;
  ExpressionPtr constant(int line, Value value) const;
  template <class Part>
  ExpressionPtr chain(Expression::Kind kind, std::initializer_list<std::string_view> operators,
                      Part part);

  ExpressionPtr disjunction();
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr unary(bool with_filter);
  ExpressionPtr primary();
  ExpressionPtr parenthesized(int line);
  ExpressionPtr list(int line);
  ExpressionPtr dict(int line);
  ExpressionPtr postfix(ExpressionPtr node);
  ExpressionPtr subscript(ExpressionPtr node, int line);
  ExpressionPtr call(ExpressionPtr node);
  ExpressionPtr filter(ExpressionPtr node);
  ExpressionPtr test(ExpressionPtr node);
  ExpressionPtr filters_and_tests(ExpressionPtr node);
  void arguments(Parts& parts, std::vector<std::string>& names);
  bool tuple_ends(std::string_view until) const;

  TokenStream& tokens_;
  int& level_;
};

}  // namespace hone::model::jinja
