#include "rewards/math/names.h"
#include "rewards/math/parser_state.h"

namespace hone::rewards::math {

Expr Parser::command() {
  const Nest nest(*this);
  const std::string name = peek().text;
  ++at_;
  if (name.ends_with("frac")) return fraction();
  if (name == "sqrt") return root();
  if (name.ends_with("binom")) return binomial();
  if (is_function(name)) return function(name);
  if (is_list_function(name)) {
    Expr inside = function_argument();
    std::vector<Expr> args{inside};
    if (inside->is(Kind::kTuple) || inside->is(Kind::kSet) || inside->is(Kind::kList))
      args = inside->args;
    return make(Kind::kFunction, std::move(args), name);
  }
  if (name == "sum") return big_operator(Kind::kSum);
  if (name == "prod") return big_operator(Kind::kProduct);
  if (name == "lfloor") return floor_or_ceil("floor", "rfloor");
  if (name == "lceil") return floor_or_ceil("ceil", "rceil");
  if (name == "overline" || name == "bar") return make(Kind::kFunction, {argument()}, "overline");
  if (name == "langle") {
    Items items = sequence();
    if (peek().text != "rangle" || items.items.empty()) throw Unreadable{"a bracket"};
    ++at_;
    return make(Kind::kTuple, std::move(items.items));
  }
  if (is_wrapper_command(name)) return argument();
  if (name == "pm" || name == "mp") {
    return make(Kind::kPlusMinus, {power()}, {}, name == "mp" ? kOpposite : kNoFlags);
  }
  throw Unreadable{"a command that is not known"};
}

Expr Parser::fraction() {
  Expr above = argument();
  // \frac1{2}, \frac12 and \frac123, which people mean as 1/23.
  if (peek().type == Type::kNumber) {
    Expr below = number(
        mpq_class(peek().text.find_first_of(".eE") == std::string::npos ? peek().text : "0", 10));
    if (*below->number == 0) throw Unreadable{"a fraction without a denominator"};
    ++at_;
    return divide(above, below);
  }
  return divide(above, argument());
}

Expr Parser::root() {
  Expr degree = number(2);
  if (peek().sign("[")) {
    ++at_;
    degree = sum();
    want_sign("]");
  }
  // sqrt(2) and \sqrt2; \sqrt12 is meant as the root of 12.
  Expr inside;
  if (peek().type == Type::kNumber) {
    inside = number_literal();
  } else {
    inside = peek().sign("(") ? bracket() : argument();
  }
  return make(Kind::kPow, {inside, divide(number(1), degree)});
}

Expr Parser::binomial() {
  const Expr above = argument(), below = argument();
  return make(Kind::kFunction, {above, below}, "binomial");
}

Expr Parser::function_argument() {
  if (peek().sign("(") || peek().sign("[")) return bracket();
  if (peek().sign("{")) return braces(false);
  if (peek().sign("S")) return braces(true);
  std::vector<Expr> factors{power()};
  // sin 2x cos y: what follows belongs to it up to the next function.
  while (starts_operand() && !peek().sign("(")) {
    if (peek().type == Type::kCommand &&
        (is_function(peek().text) || is_list_function(peek().text)))
      break;
    factors.push_back(power());
  }
  return factors.size() == 1 ? factors[0] : make(Kind::kMul, std::move(factors));
}

Expr Parser::function(const std::string& name) {
  Expr base, power_of;
  std::string called = name == "lg" ? "log" : name;
  for (int i = 0; i < 2; ++i) {
    if (take_sign("_")) {
      base = peek().type == Type::kNumber ? number_literal() : argument();
    } else if (take_sign("^")) {
      power_of = exponent();
    }
  }
  if (name == "lg") base = number(10);
  if (power_of && power_of->is(Kind::kNumber) && *power_of->number == -1) {
    if (const auto inverse = inverse_of(name); !inverse.empty()) {
      called = inverse;
      power_of = nullptr;
    }
  }
  const Expr inside = function_argument();
  Expr value;
  if (called == "log" || called == "ln") {
    value = make(Kind::kFunction, {inside}, "log");
    if (base) value = divide(value, make(Kind::kFunction, {base}, "log"));
  } else if (called == "exp") {
    value = make(Kind::kPow, {symbol("e"), inside});
  } else {
    if (base) throw Unreadable{"a function with an index"};
    value = make(Kind::kFunction, {inside}, called);
  }
  return power_of ? make(Kind::kPow, {value, power_of}) : value;
}

Expr Parser::big_operator(Kind kind) {
  Expr lower, upper;
  std::string index;
  for (int i = 0; i < 2; ++i) {
    if (take_sign("_")) {
      const Expr bound = argument();
      if (!bound->is(Kind::kRelation) || bound->name != "=" || !(*bound)[0]->is(Kind::kSymbol)) {
        throw Unreadable{"a sum over something else than an index"};
      }
      index = (*bound)[0]->name;
      lower = (*bound)[1];
    } else if (take_sign("^")) {
      upper = exponent();
    }
  }
  if (!lower || !upper) throw Unreadable{"a sum without bounds"};
  return make(kind, {lower, upper, product()}, index);
}

Expr Parser::floor_or_ceil(const char* name, const char* close) {
  const Expr inside = sum();
  if (peek().type != Type::kCommand || peek().text != close) throw Unreadable{"a bracket"};
  ++at_;
  return make(Kind::kFunction, {inside}, name);
}

Expr Parser::environment() {
  const Nest nest(*this);
  const std::string name = peek().text;
  ++at_;
  const bool matrix = name.ends_with("matrix") || name == "array";
  if (!matrix) {  // aligned and the like: one formula, unless it has rows
    const Expr inside = list();
    while (peek().type == Type::kRow) ++at_;
    if (peek().type != Type::kFinish) throw Unreadable{"an environment of several lines"};
    ++at_;
    return inside;
  }
  std::vector<Expr> cells;
  std::size_t columns = 0, row = 0;
  const auto end_row = [&] {
    if (row == 0) return;
    if (columns != 0 && row != columns) throw Unreadable{"a matrix with rows of different lengths"};
    columns = row;
    row = 0;
  };
  const int bars = bars_;
  bars_ = 0;
  while (peek().type != Type::kFinish) {
    if (peek().type == Type::kEnd) throw Unreadable{"a matrix that is never closed"};
    if (peek().type == Type::kRow) {
      ++at_;
      end_row();
    } else if (take_sign("&")) {
      continue;
    } else {
      cells.push_back(relation());
      ++row;
    }
  }
  bars_ = bars;
  ++at_;
  end_row();
  if (cells.empty() || columns > 100) throw Unreadable{"a matrix without cells"};
  Expr result =
      make(Kind::kMatrix, std::move(cells), {}, kNoFlags, static_cast<std::uint16_t>(columns));
  return name == "vmatrix" ? make(Kind::kFunction, {result}, "det") : result;
}

}  // namespace hone::rewards::math
