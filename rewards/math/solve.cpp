#include "rewards/math/solve.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rewards/math/canonical.h"

namespace hone::rewards::math {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

Expr infinity(bool minus) { return minus ? negate(symbol("infty")) : symbol("infty"); }

Expr interval(Expr low, Expr high, bool low_open, bool high_open) {
  return make(Kind::kInterval, {std::move(low), std::move(high)}, {},
              static_cast<std::uint8_t>((low_open ? kLeftOpen : 0) | (high_open ? kRightOpen : 0)));
}

Expr substituted(const Expr& expr, const Node& unknown, const Expr& value) {
  if (identical(*expr, unknown)) return value;
  if (expr->args.empty()) return expr;
  std::vector<Expr> args;
  for (const Expr& arg : expr->args) args.push_back(substituted(arg, unknown, value));
  return with_args(*expr, std::move(args));
}

/// The only thing in an expression that is not known: a variable, or a function of which only the
/// name is.
void find_unknown(const Expr& expr, Expr& unknown, bool& several) {
  const bool constant =
      expr->name == "pi" || expr->name == "e" || expr->name == "i" || expr->name == "infty";
  const bool opaque = expr->is(Kind::kFunction) && expr->name.size() == 1;
  if ((expr->is(Kind::kSymbol) && !constant) || opaque) {
    several |= unknown && !identical(*unknown, *expr);
    unknown = expr;
    return;
  }
  for (const Expr& arg : expr->args) find_unknown(arg, unknown, several);
}

bool is_infinity(const Node& node) {
  return contains(node, Kind::kSymbol) &&
         (node.is_symbol("infty") ||
          (node.is(Kind::kMul) &&
           std::any_of(node.args.begin(), node.args.end(),
                       [](const Expr& arg) { return arg->is_symbol("infty"); })));
}

std::optional<double> end_value(const Expr& end, Budget& budget) {
  if (end->is_symbol("infty")) return kInfinity;
  if (is_infinity(*end)) {
    double sign = 1;
    for (const Expr& arg : end->args) {
      if (arg->is(Kind::kNumber) && *arg->number < 0) sign = -sign;
    }
    return sign * kInfinity;
  }
  return real_value(*end, budget);
}

/// `unknown sign value` for sides of which the left less the right is linear in it.
struct Linear {
  Expr unknown, value;
  char sign;
};

char flipped(char sign) {
  switch (sign) {
    case '<':
      return '>';
    case '>':
      return '<';
    case 'l':
      return 'g';
    case 'g':
      return 'l';
    default:
      return sign;
  }
}

std::optional<Linear> solve_linear(const Expr& left, const Expr& right, char sign, Budget& budget) {
  Expr unknown;
  bool several = false;
  find_unknown(left, unknown, several);
  find_unknown(right, unknown, several);
  if (!unknown || several) {
    return std::nullopt;
  }
  // x < 1 with any ends, also those that have no value here.
  if (identical(*left, *unknown)) return Linear{unknown, right, sign};
  if (identical(*right, *unknown)) return Linear{unknown, left, flipped(sign)};
  const bool bars =
      left->is(Kind::kFunction) && left->name == "abs" && identical(*(*left)[0], *unknown);
  if (bars) return Linear{left, right, sign};
  const bool bars_right =
      right->is(Kind::kFunction) && right->name == "abs" && identical(*(*right)[0], *unknown);
  if (bars_right) return Linear{right, left, flipped(sign)};
  mpq_class at[3];
  for (int i = 0; i < 3; ++i) {
    const Expr difference = canonical(
        substituted(make(Kind::kAdd, {left, negate(right)}), *unknown, number(i + 2)), budget);
    if (!difference->is(Kind::kNumber)) return std::nullopt;
    at[i] = *difference->number;
  }
  const mpq_class slope = at[1] - at[0];
  if (slope == 0 || at[2] - at[1] != slope) return std::nullopt;
  return Linear{unknown, number(2 - at[0] / slope), slope > 0 ? sign : flipped(sign)};
}

Expr half_line(const Linear& found) {
  const Expr& value = found.value;
  const bool bars = found.unknown->is(Kind::kFunction) && found.unknown->name == "abs";
  switch (found.sign) {
    case '<':
    case 'l': {
      const bool open = found.sign == '<';
      if (bars) return interval(negate(value), value, open, open);
      return interval(infinity(true), value, true, open);
    }
    case '>':
    case 'g': {
      const bool open = found.sign == '>';
      const Expr above = interval(value, infinity(false), open, true);
      if (!bars) return above;
      return make(Kind::kUnion, {interval(infinity(true), negate(value), true, open), above});
    }
    case 'n':
      if (bars) return nullptr;
      return make(Kind::kUnion, {interval(infinity(true), value, true, true),
                                 interval(value, infinity(false), true, true)});
    case '=':
      if (bars) return nullptr;
      return make(Kind::kSet, {value});
    default:
      return nullptr;
  }
}

struct End {
  double value;
  Expr expr;
};

/// The number is equal to an end if they agree to rounding: ends are told apart by doubles.
bool near(double a, double b) {
  if (a == b) return true;
  return std::isfinite(a) && std::isfinite(b) &&
         std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

bool collect_ends(const Expr& set, std::vector<End>& ends, Budget& budget) {
  budget.spend(2);
  const auto add = [&](const Expr& end) {
    const auto value = end_value(end, budget);
    if (!value || std::isnan(*value)) return false;
    ends.push_back({*value, end});
    return true;
  };
  switch (set->kind) {
    case Kind::kInterval:
      return add((*set)[0]) && add((*set)[1]);
    case Kind::kTuple:
      return set->args.size() == 2 && add((*set)[0]) && add((*set)[1]);
    case Kind::kSet:
      return std::all_of(set->args.begin(), set->args.end(), add);
    case Kind::kUnion:
    case Kind::kIntersection:
    case Kind::kDifference:
      return std::all_of(set->args.begin(), set->args.end(),
                         [&](const Expr& arg) { return collect_ends(arg, ends, budget); });
    case Kind::kSymbol:
      return set->name == "\\R" || set->name == "emptyset";
    default:
      return false;
  }
}

/// Is the number in the set? `ends` hold its ends' values in the order of collect_ends().
bool is_in(const Expr& set, double x, const std::vector<double>& ends, std::size_t& next) {
  switch (set->kind) {
    case Kind::kInterval:
    case Kind::kTuple: {
      const double low = ends[next], high = ends[next + 1];
      next += 2;
      const bool tuple = set->is(Kind::kTuple);
      const bool low_open = tuple || (set->flags & kLeftOpen) != 0;
      const bool high_open = tuple || (set->flags & kRightOpen) != 0;
      const bool above = near(x, low) ? !low_open : x > low;
      const bool below = near(x, high) ? !high_open : x < high;
      return above && below;
    }
    case Kind::kSet: {
      bool in = false;
      for (std::size_t i = 0; i < set->args.size(); ++i) in |= near(x, ends[next++]);
      return in;
    }
    case Kind::kUnion:
    case Kind::kIntersection:
    case Kind::kDifference: {
      bool result = false;
      for (std::size_t i = 0; i < set->args.size(); ++i) {
        const bool in = is_in((*set)[i], x, ends, next);
        if (i == 0) {
          result = in;
        } else if (set->is(Kind::kUnion)) {
          result |= in;
        } else {
          result &= set->is(Kind::kIntersection) ? in : !in;
        }
      }
      return result;
    }
    default:
      return set->is_symbol("\\R");
  }
}

}  // namespace

Expr solution_set(const Expr& relation, Budget& budget) {
  if (relation->is(Kind::kList)) {
    std::vector<Expr> parts;
    for (const Expr& item : relation->args) {
      if (!item->is(Kind::kRelation)) return nullptr;
      Expr part = solution_set(item, budget);
      if (!part) return nullptr;
      parts.push_back(std::move(part));
    }
    // "x > 1, x < 3" are both true; "x < 1, x > 3" cannot be.
    if ((relation->flags & kOr) == 0) {
      Expr both = make(Kind::kIntersection, parts);
      const auto pieces = real_pieces(both, budget);
      if (pieces && !pieces->empty()) return both;
    }
    return make(Kind::kUnion, std::move(parts));
  }
  if (!relation->is(Kind::kRelation) || relation->name.size() > 2) return nullptr;
  std::vector<Expr> parts;
  for (std::size_t i = 0; i < relation->name.size(); ++i) {
    const auto found = solve_linear((*relation)[i], (*relation)[i + 1], relation->name[i], budget);
    if (!found) return nullptr;
    Expr part = half_line(*found);
    if (!part) return nullptr;
    parts.push_back(std::move(part));
  }
  if (parts.size() == 1) return parts[0];
  // 1 < x < 2 keeps its ends, whatever they are.
  const bool simple = parts[0]->is(Kind::kInterval) && parts[1]->is(Kind::kInterval);
  if (simple && is_infinity(*(*parts[0])[1]) && is_infinity(*(*parts[1])[0])) {
    return interval((*parts[0])[0], (*parts[1])[1], (parts[0]->flags & kLeftOpen) != 0,
                    (parts[1]->flags & kRightOpen) != 0);
  }
  if (simple && is_infinity(*(*parts[0])[0]) && is_infinity(*(*parts[1])[1])) {
    return interval((*parts[1])[0], (*parts[0])[1], (parts[1]->flags & kLeftOpen) != 0,
                    (parts[0]->flags & kRightOpen) != 0);
  }
  return make(Kind::kIntersection, std::move(parts));
}

std::optional<std::vector<Piece>> real_pieces(const Expr& set, Budget& budget) {
  std::vector<End> ends;
  if (!collect_ends(set, ends, budget)) return std::nullopt;
  std::vector<double> values;
  for (const End& end : ends) values.push_back(end.value);
  std::stable_sort(ends.begin(), ends.end(),
                   [](const End& a, const End& b) { return a.value < b.value; });
  std::vector<End> marks{{-kInfinity, infinity(true)}};
  for (const End& end : ends) {
    if (std::isfinite(end.value) && !near(end.value, marks.back().value)) marks.push_back(end);
  }
  marks.push_back({kInfinity, infinity(false)});
  budget.spend(static_cast<std::int64_t>(marks.size() * values.size() * 2));
  const auto in = [&](double x) {
    std::size_t next = 0;
    return is_in(set, x, values, next);
  };
  std::vector<Piece> pieces;
  bool open_piece = false;
  for (std::size_t i = 0; i + 1 < marks.size(); ++i) {
    const double low = marks[i].value, high = marks[i + 1].value;
    const bool at_low = i > 0 && in(low);
    if (open_piece && !at_low) {
      pieces.back().high = marks[i].expr;
      pieces.back().high_open = true;
      open_piece = false;
    }
    if (!open_piece && at_low) {
      pieces.push_back({marks[i].expr, nullptr, false, false});
      open_piece = true;
    }
    const double middle = std::isinf(low)    ? (std::isinf(high) ? 0 : high - 1 - std::abs(high))
                          : std::isinf(high) ? low + 1 + std::abs(low)
                                             : low + (high - low) / 2;
    const bool inside = in(middle);
    if (open_piece && !inside) {
      pieces.back().high = marks[i].expr;
      open_piece = false;
    } else if (!open_piece && inside) {
      pieces.push_back({marks[i].expr, nullptr, true, false});
      open_piece = true;
    }
  }
  if (open_piece) {
    pieces.back().high = infinity(false);
    pieces.back().high_open = true;
  }
  return pieces;
}

}  // namespace hone::rewards::math
