#include <algorithm>

#include "rewards/math/names.h"
#include "rewards/math/parser_state.h"
#include "rewards/math/units.h"
#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

mpz_class power_of_ten(std::size_t exponent) {
  mpz_class value;
  mpz_ui_pow_ui(value.get_mpz_t(), 10, exponent);
  return value;
}

}  // namespace

mpq_class Parser::decimal_value(const Token& token) {
  std::string digits = token.text;
  std::size_t places = 0;
  if (const auto point = digits.find('.'); point != std::string::npos) {
    places = digits.size() - point - 1;
    digits.erase(point, 1);
  }
  budget_.spend(static_cast<std::int64_t>(digits.size()));
  mpq_class value(mpz_class(digits.empty() ? "0" : digits, 10), power_of_ten(places));
  if (!token.repeating.empty()) {
    mpq_class rest(mpz_class(token.repeating, 10),
                   (power_of_ten(token.repeating.size()) - 1) * power_of_ten(places));
    rest.canonicalize();
    value.canonicalize();
    return value + rest;
  }
  value.canonicalize();
  return value;
}

Expr Parser::number_literal() {
  Token token = peek();
  ++at_;
  if (const auto e = token.text.find_first_of("eE"); e != std::string::npos) {
    const std::string power = token.text.substr(e + 1);
    token.text.resize(e);
    const bool plus = power.front() == '+';
    Expr ten =
        make(Kind::kPow, {number(10), number(mpq_class(plus ? power.substr(1) : power, 10))});
    return make(Kind::kMul, {number(decimal_value(token), true), ten});
  }
  const bool whole = token.text.find('.') == std::string::npos && token.repeating.empty();
  // 101_2: digits in another base.
  if (whole && peek().sign("_")) {
    const std::size_t next = peek(1).sign("{") ? 2 : 1;
    const Token& base = peek(next);
    const bool closed = next == 1 || peek(3).sign("}");
    if (base.type == Type::kNumber && base.text.size() <= 2 && closed) {
      const int radix = std::stoi(base.text);
      mpz_class value;
      if (radix < 2 || radix > 36 || value.set_str(token.text, radix) != 0) {
        throw Unreadable{"digits that are not of their base"};
      }
      at_ += next == 1 ? 2 : 4;
      return number(value);
    }
    throw Unreadable{"a number with an index"};
  }
  const mpq_class value = decimal_value(token);
  const bool repeats = !token.repeating.empty();
  if (!whole) return number(value, !repeats);
  // 3\frac{1}{2} and 3 1/2.
  if (peek().type == Type::kCommand && peek().text.ends_with("frac")) {
    const std::size_t before = at_;
    const Expr part = command();
    const bool proper = part->is(Kind::kMul) && part->args.size() == 2 &&
                        (*part)[0]->is(Kind::kNumber) && (*part)[1]->is(Kind::kPow) &&
                        (*(*part)[1])[0]->is(Kind::kNumber) && (*part)[0]->number->get_den() == 1 &&
                        *(*part)[0]->number > 0 && *(*part)[0]->number < *(*(*part)[1])[0]->number;
    if (proper) return number(value + *(*part)[0]->number / *(*(*part)[1])[0]->number);
    at_ = before;
  }
  if (peek().type == Type::kNumber && peek().spaced && peek(1).sign("/") &&
      peek(2).type == Type::kNumber) {
    const mpq_class above = decimal_value(peek()), below = decimal_value(peek(2));
    if (above.get_den() == 1 && below.get_den() == 1 && above < below) {
      at_ += 3;
      return number(value + above / below);
    }
  }
  return number(value);
}

Expr Parser::operand() {
  const Nest nest(*this);
  const Token& token = peek();
  switch (token.type) {
    case Type::kNumber:
      return number_literal();
    case Type::kLetter: {
      const std::string name = token.text;
      ++at_;
      return named(name);
    }
    case Type::kWord: {
      const std::string words = token.text;
      ++at_;
      // "Answer: 5" and "the value is 5".
      if ((words.ends_with(":") || words.ends_with(" is")) && starts_operand()) return power();
      // (C)
      const bool bracketed = words.size() > 2 && words.front() == '(' && words.back() == ')';
      return make(Kind::kText, {}, bracketed ? words.substr(1, words.size() - 2) : words);
    }
    case Type::kCommand:
      return command();
    case Type::kBegin:
      return environment();
    case Type::kSign:
      if (token.text == "(" || token.text == "[") return bracket();
      if (token.text == "]") return reversed_bracket();
      if (token.text == "{") return braces(false);
      if (token.text == "S") return braces(true);
      if (token.text == "|") return bars();
      break;
    default:
      break;
  }
  throw Unreadable{"a sign where a number or a letter should be"};
}

Expr Parser::named(const std::string& name) {
  std::string full = name;
  std::vector<Expr> index;
  if (take_sign("_")) {
    const Expr sub = argument();
    if (sub->is(Kind::kNumber) || sub->is(Kind::kSymbol)) {
      full += "_" + to_text(*sub);
    } else if (sub->is(Kind::kText)) {
      full += "_" + sub->name;
    } else {
      bool letters = sub->is(Kind::kMul);
      for (const Expr& arg : sub->args) letters &= arg->is(Kind::kSymbol);
      if (letters) {
        full += "_";
        for (const Expr& arg : sub->args) full += arg->name;
      } else {
        index.push_back(sub);
      }
    }
    // F_k is a member of the same sequence as F_{n-k-1}.
    if (index.empty() && name.size() == 1 && is_function_letter(name)) {
      index.push_back(sub);
    }
  }
  if (!index.empty()) return make(Kind::kFunction, std::move(index), name + "_");
  std::string plain = name;
  while (!plain.empty() && plain.back() == '\'') plain.pop_back();
  const bool function = is_function_letter(plain) || plain != name;
  if ((function && peek().sign("(")) || (name == "Gamma" && peek().sign("("))) {
    ++at_;
    Items items = sequence();
    want_sign(")");
    if (items.items.empty()) throw Unreadable{"a function of nothing"};
    return make(Kind::kFunction, std::move(items.items), full);
  }
  return symbol(full);
}

Expr Parser::bracket() {
  const bool round = take_sign("(");
  if (!round) want_sign("[");
  const int bars = bars_;
  const bool builder = builder_;
  bars_ = 0;
  builder_ = false;
  ++brackets_;
  Items items = sequence();
  --brackets_;
  bars_ = bars;
  builder_ = builder;
  const bool round_close = peek().sign(")");
  if (!round_close && !peek().sign("]")) throw Unreadable{"a bracket that is never closed"};
  ++at_;
  if (items.items.empty()) throw Unreadable{"brackets around nothing"};
  if (items.items.size() == 2 && !(round && round_close)) {
    return make(
        Kind::kInterval, std::move(items.items), {},
        static_cast<std::uint8_t>((round ? kLeftOpen : 0) | (round_close ? kRightOpen : 0)));
  }
  if (round != round_close) throw Unreadable{"brackets that do not match"};
  if (items.items.size() == 1) return items.items[0];
  return make(Kind::kTuple, std::move(items.items));
}

Expr Parser::reversed_bracket() {
  want_sign("]");
  ++brackets_;
  Items items = sequence();
  --brackets_;
  const bool open = peek().sign("[");
  if ((!open && !peek().sign("]")) || items.items.size() != 2) throw Unreadable{"a bracket"};
  ++at_;
  return make(Kind::kInterval, std::move(items.items), {},
              static_cast<std::uint8_t>(kLeftOpen | (open ? kRightOpen : 0)));
}

Expr Parser::braces(bool escaped) {
  const char* const close = escaped ? "E" : "}";
  ++at_;
  const int bars = bars_;
  const bool builder = builder_;
  bars_ = 0;
  builder_ = escaped;
  if (take_sign(close)) {
    bars_ = bars;
    builder_ = builder;
    if (!escaped) throw Unreadable{"an empty group"};
    return symbol("emptyset");
  }
  Items items = sequence();
  if (escaped && (peek().sign("|") || peek().sign(":")) && !items.items.empty()) {
    ++at_;
    builder_ = false;
    const Expr condition = list();
    bars_ = bars;
    builder_ = builder;
    want_sign(close);
    const Expr element =
        items.items.size() == 1 ? items.items[0] : make(Kind::kTuple, std::move(items.items));
    return make(Kind::kBuilder, {element, condition});
  }
  bars_ = bars;
  builder_ = builder;
  // \{ ... } happens, and so does { ... \}.
  if (!take_sign(close) && !take_sign(escaped ? "}" : "E"))
    throw Unreadable{"a brace that is never closed"};
  if (items.items.empty()) throw Unreadable{"an empty group"};
  if (!escaped && items.items.size() == 1) return items.items[0];
  return make(Kind::kSet, std::move(items.items));
}

Expr Parser::bars() {
  want_sign("|");
  const bool norm = peek().sign("|");
  if (norm) ++at_;
  const int before = bars_;
  bars_ = before + 1;
  const bool builder = builder_;
  builder_ = false;
  const Expr inside = sum();
  builder_ = builder;
  bars_ = before;
  want_sign("|");
  if (norm) want_sign("|");
  return make(Kind::kFunction, {inside}, "abs");
}

Expr Parser::exponent() {
  const Nest nest(*this);
  if (peek().sign("-") || peek().sign("+")) {
    const bool minus = peek().sign("-");
    ++at_;
    const Expr value = exponent();
    return minus ? negate(value) : value;
  }
  if (peek().sign("{")) return braces(false);
  if (peek().type == Type::kLetter) {
    const Expr value = symbol(peek().text);
    ++at_;
    return peek().sign("^") ? postfix(value) : value;
  }
  const Expr value = operand();
  // 2^3^4 as programs read it.
  return peek().sign("^") ? postfix(value) : value;
}

Expr Parser::postfix(Expr value) {
  int count = 0;
  while (true) {
    if (++count > kMaxNesting) throw Unreadable{"nested too deep"};
    budget_.spend(1);
    if (peek().sign("!")) {
      ++at_;
      value = make(Kind::kFunction, {value}, "factorial");
    } else if (peek().type == Type::kPercent) {
      ++at_;
      value = make(Kind::kPercent, {value});
    } else if (peek().type == Type::kDegree) {
      ++at_;
      value = make(Kind::kQuantity, {value}, "degree");
    } else if (peek().sign("^")) {
      ++at_;
      const bool braced = peek().sign("{");
      const std::size_t inner = braced ? 1 : 0;
      if (peek(inner).type == Type::kDegree) {
        at_ += 1 + inner;
        if (braced) want_sign("}");
        value = make(Kind::kQuantity, {value}, "degree");
        continue;
      }
      if (peek(inner).type == Type::kCommand && peek(inner).text == "prime") {
        at_ += 1 + inner;
        if (braced) want_sign("}");
        value = make(Kind::kFunction, {value}, "prime");
        continue;
      }
      if (value->is(Kind::kText)) throw Unreadable{"a power of words"};
      value = make(Kind::kPow, {value, exponent()});
    } else {
      return value;
    }
  }
}

Expr Parser::one_digit() {
  Token& token = tokens_[at_];
  const Expr digit = number(mpq_class(token.text.substr(0, 1), 10));
  if (token.text.size() == 1) {
    ++at_;
  } else {
    token.text.erase(0, 1);
  }
  return digit;
}

Expr Parser::argument() {
  const Nest nest(*this);
  if (peek().sign("{")) return braces(false);
  if (peek().type == Type::kNumber && is_digit(peek().text.front())) return one_digit();
  if (peek().type == Type::kLetter) {
    const Expr value = symbol(peek().text);
    ++at_;
    return value;
  }
  if (peek().sign("-")) {
    ++at_;
    return negate(argument());
  }
  return operand();
}

}  // namespace hone::rewards::math
