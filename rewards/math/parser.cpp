#include "rewards/math/parser.h"

#include <algorithm>
#include <array>

#include "rewards/math/parser_state.h"
#include "rewards/math/units.h"

namespace hone::rewards::math {

Expr parse(std::string_view text, Budget& budget) {
  if (text.size() > kMaxFormula) throw Unreadable{"a formula that is too long"};
  budget.spend(static_cast<std::int64_t>(text.size() / 4));
  return Parser(tokenize(text), budget).parse_all();
}

namespace {

/// Commands that stand between operands or end them.
constexpr std::array<std::string_view, 23> kOperators = {"cup",
                                                         "cap",
                                                         "setminus",
                                                         "backslash",
                                                         "in",
                                                         "notin",
                                                         "pm",
                                                         "mp",
                                                         "Rightarrow",
                                                         "implies",
                                                         "iff",
                                                         "rfloor",
                                                         "rceil",
                                                         "rangle",
                                                         "pmod",
                                                         "bmod",
                                                         "over",
                                                         "choose",
                                                         "smallsetminus",
                                                         "to",
                                                         "rightarrow",
                                                         "Leftrightarrow",
                                                         "Longrightarrow"};

/// p=5, q=2, p=7, q=2: each time the first name comes again, another solution begins.
std::vector<Expr> group_solutions(std::vector<Expr> items) {
  const auto name = [](const Expr& item) -> std::string_view {
    if (!item->is(Kind::kRelation) || item->name != "=") return {};
    return (*item)[0]->is(Kind::kSymbol) ? std::string_view((*item)[0]->name) : std::string_view();
  };
  std::size_t period = 1;
  if (items.size() < 4 || name(items[0]).empty()) return items;
  while (period < items.size() && name(items[period]) != name(items[0])) ++period;
  if (period < 2 || items.size() % period != 0) return items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (name(items[i]).empty() || name(items[i]) != name(items[i % period])) return items;
  }
  std::vector<Expr> solutions;
  for (std::size_t i = 0; i < items.size(); i += period) {
    solutions.push_back(
        make(Kind::kTuple, {items.begin() + static_cast<std::ptrdiff_t>(i),
                            items.begin() + static_cast<std::ptrdiff_t>(i + period)}));
  }
  return solutions;
}

}  // namespace

bool Parser::at_list_end() const {
  const Token& token = peek();
  return token.type == Type::kEnd || token.sign(")") || (token.sign("]") && brackets_ > 0) ||
         token.sign("}") || token.sign("E") || token.sign(",") || token.sign(";") ||
         token.type == Type::kSeparator || token.type == Type::kFinish ||
         token.type == Type::kRow || token.sign("&");
}

Expr Parser::parse_all() {
  Expr result = list();
  if (peek().type != Type::kEnd) throw Unreadable{"more than one formula"};
  return result;
}

Parser::Items Parser::commas() {
  Items result;
  while (true) {
    const auto separator = [&] {
      if (take_sign(",")) return true;
      if (peek().type != Type::kSeparator) return false;
      result.any_or |= peek().text == "or";
      ++at_;
      return true;
    };
    bool any = false;
    while (separator()) any = true;
    result.separated |= any && !result.items.empty();
    if (at_list_end() && !peek().sign(",")) break;
    if (!result.items.empty() && !any) break;
    result.items.push_back(relation());
  }
  return result;
}

Parser::Items Parser::sequence() {
  Items first = commas();
  if (!peek().sign(";")) return first;
  Items groups;
  groups.separated = true;
  const auto add = [&](Items&& items) {
    if (items.items.empty()) return;
    groups.items.push_back(items.items.size() == 1 ? items.items[0]
                                                   : make(Kind::kTuple, std::move(items.items)));
  };
  add(std::move(first));
  while (take_sign(";")) add(commas());
  return groups;
}

Expr Parser::list() {
  Items items = sequence();
  if (items.items.empty()) throw Unreadable{"nothing where a formula should be"};
  if (items.items.size() == 1) return items.items[0];
  return make(Kind::kList, group_solutions(std::move(items.items)), {}, items.any_or ? kOr : 0);
}

Expr Parser::relation() {
  const Nest nest(*this);
  std::vector<Expr> sides{peek().type == Type::kRelation ? nullptr : set_operation()};
  std::string signs;
  for (int links = 0;; ++links) {
    if (links > kMaxNesting) throw Unreadable{"nested too deep"};
    const Token& token = peek();
    if (!sides[0] && token.type == Type::kCommand) throw Unreadable{"nothing on the left"};
    if (token.type == Type::kCommand && (token.text == "in" || token.text == "notin")) {
      if (sides.size() != 1) throw Unreadable{"a chain with a set in it"};
      const bool in = token.text == "in";
      ++at_;
      const Expr set = set_operation();
      sides[0] = in ? make(Kind::kMember, {sides[0], set})
                    : make(Kind::kFunction, {sides[0], set}, "notin");
      continue;
    }
    if (token.type == Type::kCommand &&
        (token.text == "Rightarrow" || token.text == "implies" || token.text == "Longrightarrow" ||
         token.text == "to" || token.text == "rightarrow" || token.text == "iff" ||
         token.text == "Leftrightarrow")) {
      if (token.text == "to" || token.text == "rightarrow") throw Unreadable{"an arrow"};
      // What follows is the conclusion.
      ++at_;
      return relation();
    }
    if (token.type == Type::kCommand && (token.text == "choose" || token.text == "over")) {
      if (sides.size() != 1) throw Unreadable{"a relation above a line"};
      const bool over = token.text == "over";
      ++at_;
      const Expr below = set_operation();
      sides[0] =
          over ? divide(sides[0], below) : make(Kind::kFunction, {sides[0], below}, "binomial");
      continue;
    }
    if (token.type != Type::kRelation) break;
    const std::string sign = token.text;
    ++at_;
    if (sign == "~" && !signs.empty()) {  // x = 1/3, which is about 0.3
      set_operation();
      continue;
    }
    if (at_list_end()) {
      if (sides[0]) throw Unreadable{"a relation without a right side"};
      break;
    }
    Expr side = set_operation();
    if (sign == "e") {
      const bool modulus = peek().type == Type::kCommand &&
                           (peek().text == "pmod" || peek().text == "mod" || peek().text == "bmod");
      if (!modulus) {
        signs += '=';
        sides.push_back(side);
        continue;
      }
      ++at_;
      sides[0] = make(Kind::kFunction, {sides[0], side, argument()}, "congruent");
      continue;
    }
    if (!sides[0]) {
      sides[0] = side;  // "= 5"
      continue;
    }
    signs += sign == "~" ? '=' : sign[0];
    sides.push_back(side);
  }
  if (!sides[0]) throw Unreadable{"a relation without a left side"};
  if (signs.empty()) return sides[0];
  return make(Kind::kRelation, std::move(sides), signs);
}

Expr Parser::set_operation() {
  Expr left = ratio();
  for (int links = 0; peek().type == Type::kCommand; ++links) {
    if (links > kMaxNesting) throw Unreadable{"nested too deep"};
    const std::string& name = peek().text;
    const bool join = name == "cup" || name == "bigcup", meet = name == "cap" || name == "bigcap";
    if (!join && !meet && name != "setminus" && name != "backslash" && name != "smallsetminus") {
      break;
    }
    ++at_;
    Expr right = ratio();
    const Kind kind = join ? Kind::kUnion : meet ? Kind::kIntersection : Kind::kDifference;
    if (left->is(kind) && kind != Kind::kDifference) {
      std::vector<Expr> args = left->args;
      args.push_back(right);
      left = make(kind, std::move(args));
    } else {
      left = make(kind, {left, right});
    }
  }
  return left;
}

Expr Parser::ratio() {
  Expr first = sum();
  if (builder_ || !peek().sign(":")) return first;
  std::vector<Expr> parts{first};
  while (take_sign(":")) parts.push_back(sum());
  return make(Kind::kRatio, std::move(parts));
}

Expr Parser::sum() {
  std::vector<Expr> terms;
  while (true) {
    int sign = 1;
    bool any = terms.empty();
    Expr spread;
    std::uint8_t opposite = kNoFlags;
    bool plus_minus = false;
    while (true) {
      if (take_sign("+")) {
        any = true;
      } else if (take_sign("-")) {
        any = true;
        sign = -sign;
      } else if (peek().type == Type::kCommand && (peek().text == "pm" || peek().text == "mp")) {
        plus_minus = any = true;
        opposite = peek().text == "mp" ? kOpposite : kNoFlags;
        ++at_;
      } else {
        break;
      }
    }
    if (!any) break;
    Expr term = product();
    if (sign < 0) term = negate(term);
    if (plus_minus) term = make(Kind::kPlusMinus, {term}, {}, opposite);
    terms.push_back(std::move(term));
    budget_.spend(1);
    const Token& next = peek();
    const bool goes_on = next.sign("+") || next.sign("-") ||
                         (next.type == Type::kCommand && (next.text == "pm" || next.text == "mp"));
    if (!goes_on) break;
  }
  return terms.size() == 1 ? terms[0] : make(Kind::kAdd, std::move(terms));
}

bool Parser::starts_operand() const {
  const Token& token = peek();
  switch (token.type) {
    case Type::kLetter:
    case Type::kBegin:
      return true;
    case Type::kNumber:
      return at_ > 0 && tokens_[at_ - 1].type != Type::kNumber;
    case Type::kSign:
      return token.text == "(" || token.text == "{" || token.text == "S" ||
             (token.text == "|" && bars_ == 0 && !builder_);
    case Type::kCommand:
      return std::find(kOperators.begin(), kOperators.end(), token.text) == kOperators.end();
    default:
      return false;
  }
}

Expr Parser::product() {
  std::vector<Expr> factors{power()};
  int remainders = 0;
  while (true) {
    budget_.spend(1);
    if (take_sign("*")) {
      factors.push_back(power());
    } else if (take_sign("/")) {
      Expr below = power();
      factors.push_back(make(Kind::kPow, {below, number(-1)}));
    } else if (peek().type == Type::kCommand && peek().text == "bmod") {
      if (++remainders > kMaxNesting) throw Unreadable{"nested too deep"};
      ++at_;
      Expr left = factors.size() == 1 ? factors[0] : make(Kind::kMul, std::move(factors));
      factors = {make(Kind::kFunction, {left, power()}, "mod")};
    } else if (starts_operand()) {
      factors.push_back(power());
    } else {
      break;
    }
  }
  return with_unit(factors.size() == 1 ? factors[0] : make(Kind::kMul, std::move(factors)));
}

Expr Parser::with_unit(Expr value) {
  std::string unit;
  const auto exponent_text = [&] {
    if (!peek().sign("^")) return;
    const std::size_t next = peek(1).sign("{") ? 2 : 1;
    if (peek(next).type != Type::kNumber) return;
    unit += "^" + peek(next).text;
    at_ += next + 1 + (next == 2 ? 1 : 0);
  };
  while (peek().type == Type::kWord) {
    // "5 if x > 0" is no number with a label.
    for (const std::string_view word : {"if", "when", "for", "where", "otherwise", "mod"}) {
      if (peek().text.starts_with(word)) throw Unreadable{"a formula with a condition"};
    }
    unit += (unit.empty() ? "" : " ") + peek().text;
    ++at_;
    exponent_text();
    if (peek().sign("/") && peek(1).type == Type::kWord) {
      unit += "/";
      ++at_;
    } else if (peek().sign("*") && peek(1).type == Type::kWord) {
      ++at_;
    }
  }
  if (unit.empty()) return value;
  const bool degrees = value->is(Kind::kQuantity) && value->name == "degree";
  if (degrees && (unit == "C" || unit == "F")) {
    return make(Kind::kQuantity, {(*value)[0]}, unit == "C" ? "celsius" : "fahrenheit");
  }
  if (value->is(Kind::kText)) return make(Kind::kText, {}, value->name + " " + unit);
  std::erase(unit, '.');  // a.m.
  const auto known = parse_unit(unit);
  if (!known) return value;  // words that name no unit are a label: 12 ways
  return make(Kind::kQuantity, {value}, known->base == "degree^1 " ? "degree" : unit);
}

Expr Parser::power() {
  const Nest nest(*this);
  // A sign in front of a factor, as in 2 * -3.
  bool minus = false;
  while (peek().sign("-") || peek().sign("+")) {
    minus ^= peek().sign("-");
    ++at_;
  }
  Expr value = postfix(operand());
  return minus ? negate(value) : value;
}

}  // namespace hone::rewards::math
