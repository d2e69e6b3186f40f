#include "rewards/math/canonical.h"

#include <algorithm>

namespace hone::rewards::math {
namespace {

std::size_t bits(const mpq_class& value) {
  return mpz_sizeinbase(value.get_num_mpz_t(), 2) + mpz_sizeinbase(value.get_den_mpz_t(), 2);
}

bool by_hash(const Expr& a, const Expr& b) { return a->hash < b->hash; }

Expr fold_sum_or_product(Kind kind, const std::vector<Expr>& given, Budget& budget) {
  const bool sum = kind == Kind::kAdd;
  mpq_class total = sum ? 0 : 1;
  bool decimal = false, any = false;
  std::vector<Expr> rest;
  const auto take = [&](const Expr& arg) {
    budget.spend(1);
    if (arg->is(Kind::kNumber) && bits(total) + bits(*arg->number) <= 2 * kMaxBits) {
      budget.spend(static_cast<std::int64_t>((bits(total) + bits(*arg->number)) / 64));
      if (sum) {
        total += *arg->number;
      } else {
        total *= *arg->number;
      }
      decimal |= arg->flags == kDecimal;
      any = true;
    } else {
      rest.push_back(arg);
    }
  };
  for (const Expr& arg : given) {
    if (arg->is(kind)) {
      for (const Expr& inner : arg->args) take(inner);
    } else {
      take(arg);
    }
  }
  if (!sum && any && total == 0) return number(0);
  // 3(x+1) = 3x+3: a number is multiplied into a sum, so that both come out the same.
  if (!sum && rest.size() == 1 && rest[0]->is(Kind::kAdd) && any && total != 1) {
    std::vector<Expr> terms;
    for (const Expr& term : rest[0]->args) {
      terms.push_back(fold_sum_or_product(Kind::kMul, {number(total, decimal), term}, budget));
    }
    return fold_sum_or_product(Kind::kAdd, terms, budget);
  }
  const bool neutral = total == (sum ? 0 : 1);
  if (any && (!neutral || rest.empty())) rest.push_back(number(total, decimal));
  if (rest.size() == 1) return rest[0];
  std::sort(rest.begin(), rest.end(), by_hash);
  return make(kind, std::move(rest));
}

/// An exact root, where there is one.
std::optional<mpq_class> exact_root(const mpq_class& value, unsigned long degree) {
  if (value < 0 && degree % 2 == 0) return std::nullopt;
  mpz_class above, below;
  if (mpz_root(above.get_mpz_t(), value.get_num_mpz_t(), degree) == 0) return std::nullopt;
  if (mpz_root(below.get_mpz_t(), value.get_den_mpz_t(), degree) == 0) return std::nullopt;
  return mpq_class(above, below);
}

Expr fold_power(const Expr& base, const Expr& exponent, Budget& budget) {
  if (exponent->is(Kind::kNumber)) {
    const mpq_class& power = *exponent->number;
    if (power == 1) return base;
    if (base->is(Kind::kNumber)) {
      const mpq_class& value = *base->number;
      if (value == 0 && power <= 0) {
        throw Unreadable{power == 0 ? "zero to the power zero" : "a division by zero"};
      }
      const bool small =
          power.get_num().fits_slong_p() && power.get_den().fits_ulong_p() && power.get_den() <= 64;
      const long times = small ? power.get_num().get_si() : 0;
      const auto size = static_cast<double>(bits(value)) * std::abs(static_cast<double>(times));
      if (small && (value == 1 || size <= kMaxBits)) {
        std::optional<mpq_class> root = value;
        if (power.get_den() != 1) root = exact_root(value, power.get_den().get_ui());
        if (root) {
          budget.spend(static_cast<std::int64_t>(size / 64) + 1);
          mpz_class above, below;
          const auto count = static_cast<unsigned long>(std::abs(times));
          mpz_pow_ui(above.get_mpz_t(), root->get_num_mpz_t(), count);
          mpz_pow_ui(below.get_mpz_t(), root->get_den_mpz_t(), count);
          mpq_class result = times < 0 ? mpq_class(below, above) : mpq_class(above, below);
          result.canonicalize();
          return number(result, base->flags == kDecimal);
        }
      }
    } else if (power == 0) {
      return number(1);
    } else if (power.get_den() == 1 && base->is(Kind::kPow) && (*base)[1]->is(Kind::kNumber)) {
      const mpq_class both = power * *(*base)[1]->number;
      // (x^2)^(1/2) is no x, but (x^(1/2))^2 is; the inner root must not be lost by an even power.
      return fold_power((*base)[0], number(both), budget);
    } else if (power.get_den() == 1 && base->is(Kind::kMul)) {
      std::vector<Expr> factors;
      for (const Expr& factor : base->args) factors.push_back(fold_power(factor, exponent, budget));
      return fold_sum_or_product(Kind::kMul, factors, budget);
    }
  }
  return make(Kind::kPow, {base, exponent});
}

bool is_container(const Node& node) {
  switch (node.kind) {
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kSet:
    case Kind::kBuilder:
    case Kind::kInterval:
    case Kind::kUnion:
    case Kind::kIntersection:
    case Kind::kDifference:
    case Kind::kMatrix:
    case Kind::kRelation:
    case Kind::kMember:
    case Kind::kRatio:
      return true;
    default:
      return false;
  }
}

Expr canonical_at(const Expr& expr, bool outer, Budget& budget);

std::vector<Expr> canonical_args(const Node& node, bool outer, Budget& budget) {
  std::vector<Expr> args;
  args.reserve(node.args.size());
  for (const Expr& arg : node.args) args.push_back(canonical_at(arg, outer, budget));
  return args;
}

bool has_matrix(const std::vector<Expr>& args) {
  return std::any_of(args.begin(), args.end(),
                     [](const Expr& arg) { return arg->is(Kind::kMatrix); });
}

/// What is written twice in a set is in it once.
std::vector<Expr> unique(std::vector<Expr> items) {
  std::vector<Expr> kept;
  for (Expr& item : items) {
    const bool known = std::any_of(kept.begin(), kept.end(),
                                   [&](const Expr& other) { return identical(*other, *item); });
    if (!known) kept.push_back(std::move(item));
  }
  return kept;
}

Expr canonical_at(const Expr& expr, bool outer, Budget& budget) {
  const Node& node = *expr;
  budget.spend(1);
  if (node.args.empty()) return expr;
  if (is_container(node)) {
    std::vector<Expr> args = canonical_args(node, true, budget);
    if (node.is(Kind::kSet) || node.is(Kind::kList)) {
      std::vector<Expr> flat;
      for (Expr& arg : args) {
        if (arg->is(Kind::kList)) {
          flat.insert(flat.end(), arg->args.begin(), arg->args.end());
        } else {
          flat.push_back(std::move(arg));
        }
      }
      if (flat.size() <= 256) flat = unique(std::move(flat));
      budget.spend(static_cast<std::int64_t>(flat.size() * flat.size() / 16));
      if (flat.size() == 1 && node.is(Kind::kList)) return flat[0];
      return with_args(node, std::move(flat));
    }
    return with_args(node, std::move(args));
  }
  std::vector<Expr> args = canonical_args(node, false, budget);
  switch (node.kind) {
    case Kind::kAdd:
    case Kind::kMul:
    case Kind::kPow:
      if (has_matrix(args)) {
        if (Expr folded = fold_matrices(*with_args(node, args), budget)) return folded;
      }
      if (node.is(Kind::kPow)) return fold_power(args[0], args[1], budget);
      return fold_sum_or_product(node.kind, args, budget);
    case Kind::kPercent:
      if (outer) return with_args(node, std::move(args));
      return fold_sum_or_product(Kind::kMul, {args[0], number(mpq_class(1, 100))}, budget);
    case Kind::kQuantity: {
      if (outer) return with_args(node, std::move(args));
      Expr unit = symbol(node.name);
      if (node.name == "degree") unit = divide(symbol("pi"), number(180));
      return canonical_at(make(Kind::kMul, {args[0], unit}), false, budget);
    }
    case Kind::kFunction:
      if (Expr folded = fold_function(node.name, args, budget)) return folded;
      return with_args(node, std::move(args));
    default:
      return with_args(node, std::move(args));
  }
}

Expr choose_sign(const Expr& expr, bool upper) {
  if (!contains(*expr, Kind::kPlusMinus)) return expr;
  if (expr->is(Kind::kPlusMinus)) {
    const Expr inside = choose_sign((*expr)[0], upper);
    return upper == ((expr->flags & kOpposite) == 0) ? inside : negate(inside);
  }
  std::vector<Expr> args;
  for (const Expr& arg : expr->args) args.push_back(choose_sign(arg, upper));
  return with_args(*expr, std::move(args));
}

}  // namespace

Expr canonical(const Expr& expr, Budget& budget) { return canonical_at(expr, true, budget); }

std::vector<Expr> signs_expanded(const Expr& expr, Budget& budget) {
  budget.spend(4);
  if (!contains(*expr, Kind::kPlusMinus)) return {expr};
  if (expr->is(Kind::kSet) || expr->is(Kind::kList)) {
    std::vector<Expr> args;
    for (const Expr& arg : expr->args) {
      for (Expr& reading : signs_expanded(arg, budget)) args.push_back(std::move(reading));
    }
    return {with_args(*expr, std::move(args))};
  }
  return {choose_sign(expr, true), choose_sign(expr, false)};
}

}  // namespace hone::rewards::math
