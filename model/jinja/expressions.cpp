#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "model/jinja/library.h"
#include "model/jinja/parser.h"

namespace hone::model::jinja {
namespace {

using ExpressionKind = Expression::Kind;

constexpr int kMaxExpressionDepth = 400;

Value number_value(const Token& token, const TokenStream& tokens) {
  if (token.kind == Token::Kind::kFloat) return {std::strtod(token.text.c_str(), nullptr)};
  std::int64_t number = 0;
  const char* end = token.text.data() + token.text.size();
  if (std::from_chars(token.text.data(), end, number).ptr != end || token.text.size() > 18) {
    tokens.fail(token.line, "a whole number of at most 18 digits, got " + token.text);
  }
  return {number};
}

}  // namespace

ExpressionPtr ExpressionParser::make(ExpressionKind kind, int line, Parts parts, std::string text,
                                     std::vector<std::string> names) const {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->line = line;
  for (const ExpressionPtr& part : parts) {
    if (part != nullptr) node->depth = std::max(node->depth, part->depth + 1);
  }
  if (node->depth > kMaxExpressionDepth)
    tokens_.fail(line, "an expression of too many parts in a row");
  node->parts = std::move(parts);
  node->text = std::move(text);
  node->names = std::move(names);
  return node;
}

ExpressionPtr ExpressionParser::constant(int line, Value value) const {
  auto node = std::make_unique<Expression>();
  node->line = line;
  node->constant = std::move(value);
  return node;
}

namespace {

std::vector<ExpressionPtr> parts_of(ExpressionPtr a) {
  std::vector<ExpressionPtr> parts;
  parts.push_back(std::move(a));
  return parts;
}
std::vector<ExpressionPtr> parts_of(ExpressionPtr a, ExpressionPtr b) {
  std::vector<ExpressionPtr> parts = parts_of(std::move(a));
  parts.push_back(std::move(b));
  return parts;
}

}  // namespace

/// Operators of one rank, from left to right.
template <class Part>
ExpressionPtr ExpressionParser::chain(ExpressionKind kind,
                                      std::initializer_list<std::string_view> operators,
                                      Part part) {
  ExpressionPtr left = (this->*part)();
  while (true) {
    const auto found = std::find_if(operators.begin(), operators.end(), [&](std::string_view text) {
      return tokens_.is_operator(text) || tokens_.is_name(text);
    });
    if (found == operators.end()) return left;
    const Token sign = tokens_.take();
    ExpressionPtr right = (this->*part)();
    left = make(kind, sign.line, parts_of(std::move(left), std::move(right)), sign.text);
  }
}

ExpressionPtr ExpressionParser::expression(bool with_choice) {
  const Level level(level_, tokens_);
  ExpressionPtr node = disjunction();
  while (with_choice && tokens_.is_name("if")) {
    const int line = tokens_.take().line;
    Parts parts = parts_of(disjunction(), std::move(node));
    parts.push_back(tokens_.skip_name("else") ? expression() : nullptr);
    node = make(ExpressionKind::kChoice, line, std::move(parts));
  }
  return node;
}

ExpressionPtr ExpressionParser::disjunction() {
  return chain(ExpressionKind::kOr, {"or"}, &ExpressionParser::conjunction);
}
ExpressionPtr ExpressionParser::conjunction() {
  return chain(ExpressionKind::kAnd, {"and"}, &ExpressionParser::negation);
}

ExpressionPtr ExpressionParser::negation() {
  if (!tokens_.is_name("not")) return comparison();
  const Level level(level_, tokens_);
  const int line = tokens_.take().line;
  return make(ExpressionKind::kNot, line, parts_of(negation()));
}

ExpressionPtr ExpressionParser::comparison() {
  constexpr std::string_view kOperators[] = {"==", "!=", ">", ">=", "<", "<="};
  const int line = tokens_.current().line;
  Parts parts = parts_of(sum());
  std::vector<std::string> names;
  while (true) {
    const bool sign = std::any_of(std::begin(kOperators), std::end(kOperators),
                                  [&](std::string_view text) { return tokens_.is_operator(text); });
    if (sign || tokens_.is_name("in")) {
      names.push_back(tokens_.take().text);
    } else if (tokens_.is_name("not") && tokens_.next().kind == Token::Kind::kName &&
               tokens_.next().text == "in") {
      tokens_.take();
      tokens_.take();
      names.push_back("not in");
    } else {
      break;
    }
    parts.push_back(sum());
  }
  if (names.empty()) return std::move(parts.front());
  return make(ExpressionKind::kCompare, line, std::move(parts), {}, std::move(names));
}

ExpressionPtr ExpressionParser::sum() {
  return chain(ExpressionKind::kArithmetic, {"+", "-"}, &ExpressionParser::concatenation);
}

ExpressionPtr ExpressionParser::concatenation() {
  const int line = tokens_.current().line;
  Parts parts = parts_of(product());
  while (tokens_.skip_operator("~")) parts.push_back(product());
  return parts.size() == 1 ? std::move(parts.front())
                           : make(ExpressionKind::kConcat, line, std::move(parts));
}

ExpressionPtr ExpressionParser::product() {
  return chain(ExpressionKind::kArithmetic, {"*", "/", "//", "%"}, &ExpressionParser::power);
}

ExpressionPtr ExpressionParser::power() {
  ExpressionPtr left = unary(true);
  while (tokens_.is_operator("**")) {
    const int line = tokens_.take().line;
    ExpressionPtr right = unary(true);
    left =
        make(ExpressionKind::kArithmetic, line, parts_of(std::move(left), std::move(right)), "**");
  }
  return left;
}

ExpressionPtr ExpressionParser::unary(bool with_filter) {
  const Level level(level_, tokens_);
  const int line = tokens_.current().line;
  ExpressionPtr node;
  if (tokens_.skip_operator("-")) {
    node = make(ExpressionKind::kNegative, line, parts_of(unary(false)));
  } else if (tokens_.skip_operator("+")) {
    node = make(ExpressionKind::kPositive, line, parts_of(unary(false)));
  } else {
    node = primary();
  }
  node = postfix(std::move(node));
  return with_filter ? filters_and_tests(std::move(node)) : std::move(node);
}

ExpressionPtr ExpressionParser::primary() {
  const Token token = tokens_.take();
  const std::string& text = token.text;
  switch (token.kind) {
    case Token::Kind::kName:
      if (text == "true" || text == "True") return constant(token.line, {true});
      if (text == "false" || text == "False") return constant(token.line, {false});
      if (text == "none" || text == "None") return constant(token.line, {None{}});
      return make(ExpressionKind::kName, token.line, {}, text);
    case Token::Kind::kString: {
      std::string whole = text;
      while (tokens_.is(Token::Kind::kString)) whole += tokens_.take().text;
      return constant(token.line, text_value(std::move(whole)));
    }
    case Token::Kind::kInteger:
    case Token::Kind::kFloat:
      return constant(token.line, number_value(token, tokens_));
    case Token::Kind::kOperator:
      if (text == "(") return parenthesized(token.line);
      if (text == "[") return list(token.line);
      if (text == "{") return dict(token.line);
      break;
    default:
      break;
  }
  tokens_.fail(token.line,
               "expected an expression, got " + (text.empty() ? "the tag's end" : text));
}

ExpressionPtr ExpressionParser::parenthesized(int line) {
  if (tokens_.skip_operator(")")) return make(ExpressionKind::kTuple, line, {});
  ExpressionPtr node = tuple();
  tokens_.expect_operator(")");
  return node;
}

ExpressionPtr ExpressionParser::list(int line) {
  Parts parts;
  while (!tokens_.is_operator("]")) {
    parts.push_back(expression());
    if (!tokens_.skip_operator(",")) break;
  }
  tokens_.expect_operator("]");
  return make(ExpressionKind::kList, line, std::move(parts));
}

ExpressionPtr ExpressionParser::dict(int line) {
  Parts parts;
  while (!tokens_.is_operator("}")) {
    parts.push_back(expression());
    tokens_.expect_operator(":");
    parts.push_back(expression());
    if (!tokens_.skip_operator(",")) break;
  }
  tokens_.expect_operator("}");
  return make(ExpressionKind::kDict, line, std::move(parts));
}

bool ExpressionParser::tuple_ends(std::string_view until) const {
  return tokens_.is(Token::Kind::kOutputEnd) || tokens_.is(Token::Kind::kBlockEnd) ||
         tokens_.is_operator(")") || (!until.empty() && tokens_.is_name(until));
}

ExpressionPtr ExpressionParser::tuple(bool with_choice, std::string_view until) {
  const int line = tokens_.current().line;
  Parts parts = parts_of(expression(with_choice));
  if (!tokens_.is_operator(",")) return std::move(parts.front());
  while (tokens_.skip_operator(",") && !tuple_ends(until)) parts.push_back(expression(with_choice));
  return make(ExpressionKind::kTuple, line, std::move(parts));
}

ExpressionPtr ExpressionParser::target(std::string_view until) {
  const auto one = [&] {
    const int line = tokens_.current().line;
    if (tokens_.skip_operator("(")) {
      const Level level(level_, tokens_);
      ExpressionPtr inner = target();
      tokens_.expect_operator(")");
      return inner;
    }
    ExpressionPtr node = make(ExpressionKind::kName, line, {}, tokens_.name());
    if (!tokens_.skip_operator(".")) return node;
    return make(ExpressionKind::kAttribute, line, parts_of(std::move(node)), tokens_.name());
  };
  const int line = tokens_.current().line;
  Parts parts = parts_of(one());
  if (!tokens_.is_operator(",")) return std::move(parts.front());
  while (tokens_.skip_operator(",") && !tuple_ends(until)) parts.push_back(one());
  return make(ExpressionKind::kTuple, line, std::move(parts));
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr node) {
  while (true) {
    const int line = tokens_.current().line;
    if (tokens_.skip_operator(".")) {
      if (tokens_.is(Token::Kind::kInteger)) {
        ExpressionPtr index = constant(line, number_value(tokens_.take(), tokens_));
        node = make(ExpressionKind::kItem, line, parts_of(std::move(node), std::move(index)));
      } else {
        std::string name = tokens_.name();
        node = make(ExpressionKind::kAttribute, line, parts_of(std::move(node)), std::move(name));
      }
    } else if (tokens_.skip_operator("[")) {
      node = subscript(std::move(node), line);
    } else if (tokens_.is_operator("(")) {
      node = call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr node, int line) {
  const auto ends = [&] { return tokens_.is_operator(":") || tokens_.is_operator("]"); };
  Parts parts = parts_of(std::move(node), ends() ? nullptr : expression());
  if (tokens_.is_operator("]") && parts[1] != nullptr) {
    tokens_.take();
    return make(ExpressionKind::kItem, line, std::move(parts));
  }
  tokens_.expect_operator(":");
  parts.push_back(ends() ? nullptr : expression());
  parts.push_back(tokens_.skip_operator(":") && !ends() ? expression() : nullptr);
  tokens_.expect_operator("]");
  return make(ExpressionKind::kSlice, line, std::move(parts));
}

void ExpressionParser::arguments(Parts& parts, std::vector<std::string>& names) {
  tokens_.expect_operator("(");
  while (!tokens_.is_operator(")")) {
    if (tokens_.is_operator("*") || tokens_.is_operator("**")) {
      tokens_.fail(tokens_.current().line, "arguments by * or **, which are not supported");
    }
    const bool named = tokens_.is(Token::Kind::kName) &&
                       tokens_.next().kind == Token::Kind::kOperator && tokens_.next().text == "=";
    if (named) {
      names.push_back(tokens_.take().text);
      tokens_.take();
    } else if (!names.empty()) {
      tokens_.fail_here("an argument by name");
    }
    parts.push_back(expression());
    if (!tokens_.skip_operator(",")) break;
  }
  tokens_.expect_operator(")");
}

ExpressionPtr ExpressionParser::call(ExpressionPtr node) {
  const int line = tokens_.current().line;
  Parts parts = parts_of(std::move(node));
  std::vector<std::string> names;
  arguments(parts, names);
  return make(ExpressionKind::kCall, line, std::move(parts), {}, std::move(names));
}

ExpressionPtr ExpressionParser::filter(ExpressionPtr node) {
  const int line = tokens_.current().line;
  const std::string name = tokens_.name();
  if (!has_filter(name)) tokens_.fail(line, "the filter \"" + name + "\" is not supported");
  Parts parts = parts_of(std::move(node));
  std::vector<std::string> names;
  if (tokens_.is_operator("(")) arguments(parts, names);
  return make(ExpressionKind::kFilter, line, std::move(parts), name, std::move(names));
}

ExpressionPtr ExpressionParser::block_filter(bool begun) {
  ExpressionPtr node = begun || tokens_.is_operator("|")
                           ? make(ExpressionKind::kBlock, tokens_.current().line, {})
                           : nullptr;
  if (begun) node = filter(std::move(node));
  while (tokens_.skip_operator("|")) node = filter(std::move(node));
  return node;
}

ExpressionPtr ExpressionParser::test(ExpressionPtr node) {
  const int line = tokens_.current().line;
  const bool negated = tokens_.skip_name("not");
  const std::string name = tokens_.name();
  if (!has_test(name)) tokens_.fail(line, "the test \"" + name + "\" is not supported");
  Parts parts = parts_of(std::move(node));
  std::vector<std::string> names;
  const Token& next = tokens_.current();
  const bool word = next.kind == Token::Kind::kName && next.text != "else" && next.text != "or" &&
                    next.text != "and";
  if (tokens_.is_operator("(")) {
    arguments(parts, names);
  } else if (word || next.kind == Token::Kind::kString || next.kind == Token::Kind::kInteger ||
             next.kind == Token::Kind::kFloat || tokens_.is_operator("[") ||
             tokens_.is_operator("{")) {
    if (tokens_.is_name("is")) tokens_.fail(next.line, "tests cannot be chained");
    parts.push_back(postfix(primary()));
  }
  ExpressionPtr result =
      make(ExpressionKind::kTest, line, std::move(parts), name, std::move(names));
  return negated ? make(ExpressionKind::kNot, line, parts_of(std::move(result)))
                 : std::move(result);
}

ExpressionPtr ExpressionParser::filters_and_tests(ExpressionPtr node) {
  while (true) {
    if (tokens_.skip_operator("|")) {
      node = filter(std::move(node));
    } else if (tokens_.skip_name("is")) {
      node = test(std::move(node));
    } else if (tokens_.is_operator("(")) {
      node = call(std::move(node));
    } else {
      return node;
    }
  }
}

}  // namespace hone::model::jinja
