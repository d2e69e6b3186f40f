#pragma once

#include <vector>

#include "rewards/math/ast.h"
#include "rewards/math/budget.h"
#include "rewards/math/lexer.h"

namespace hone::rewards::math {

/// A parser by recursive descent, one function for each level of binding: parser.cpp holds lists to
/// factors, parser_operand.cpp what stands between the signs, parser_command.cpp LaTeX's commands.
class Parser {
 public:
  Parser(std::vector<Token> tokens, Budget& budget) : tokens_(std::move(tokens)), budget_(budget) {}
  Expr parse_all();

 private:
  using Type = Token::Type;

  // parser.cpp
  struct Items {
    std::vector<Expr> items;
    bool any_or = false, separated = false;
  };
  Items commas();
  Items sequence();
  Expr list();
  Expr relation();
  Expr set_operation();
  Expr ratio();
  Expr sum();
  Expr product();
  Expr with_unit(Expr value);
  Expr power();

  // parser_operand.cpp
  Expr operand();
  Expr number_literal();
  Expr named(const std::string& name);
  Expr bracket();
  Expr reversed_bracket();
  Expr braces(bool escaped);
  Expr bars();
  Expr postfix(Expr value);
  Expr exponent();
  /// The argument of a command: a group in braces, or one character.
  Expr argument();
  Expr one_digit();
  mpq_class decimal_value(const Token& token);

  // parser_command.cpp
  Expr command();
  Expr fraction();
  Expr root();
  Expr binomial();
  Expr function(const std::string& name);
  Expr function_argument();
  Expr big_operator(Kind kind);
  Expr environment();
  Expr floor_or_ceil(const char* name, const char* close);

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool take_sign(const char* sign) {
    if (!peek().sign(sign)) return false;
    ++at_;
    return true;
  }
  void want_sign(const char* sign) {
    if (!take_sign(sign)) throw Unreadable{"a bracket that is never closed"};
  }
  bool at_list_end() const;
  bool starts_operand() const;

  /// Counts the levels of nesting.
  struct Nest {
    explicit Nest(Parser& parser) : parser_(parser) {
      parser_.budget_.spend(1);
      if (++parser_.depth_ > kMaxNesting) throw Unreadable{"nested too deep"};
    }
    ~Nest() { --parser_.depth_; }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;
    Parser& parser_;
  };

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  Budget& budget_;
  int depth_ = 0;
  int brackets_ = 0;      // open ( and [ now: outside of them a ] begins an interval
  int bars_ = 0;          // open | now, which a | in the place of an operator closes
  bool builder_ = false;  // inside { }, where : and | separate
};

}  // namespace hone::rewards::math
