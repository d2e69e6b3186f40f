#include "rewards/math/identity.h"

#include <algorithm>

#include "rewards/math/evaluate.h"
#include "rewards/math/modular.h"

namespace hone::rewards::math {
namespace {

bool is_constant(const Node& node) {
  if (node.is(Kind::kSum) || node.is(Kind::kProduct)) {
    return false;  // the index is no variable, but telling it from one is not worth it
  }
  if (node.is(Kind::kSymbol)) return node.name == "pi" || node.name == "e" || node.name == "i";
  if (node.is(Kind::kText) || node.is(Kind::kQuantity)) return false;
  return std::all_of(node.args.begin(), node.args.end(),
                     [](const Expr& arg) { return is_constant(*arg); });
}

bool holds_infinity(const Node& node) {
  return node.is_symbol("infty") ||
         std::any_of(node.args.begin(), node.args.end(),
                     [](const Expr& arg) { return holds_infinity(*arg); });
}

bool has_decimal(const Node& node) {
  if (node.is(Kind::kNumber)) return node.flags == kDecimal;
  return std::any_of(node.args.begin(), node.args.end(),
                     [](const Expr& arg) { return has_decimal(*arg); });
}

template <class T>
Same decide(const Ball<T>& a, const Ball<T>& b, double tolerance, bool last) {
  const Ball<T> difference = a - b;
  const T gap = magnitude(difference), error = difference.error;
  const T size = magnitude(a) > magnitude(b) ? magnitude(a) : magnitude(b);
  if (gap > error * T(4) && gap > size * T(tolerance)) return Same::kNo;
  if (gap <= size * T(tolerance) && error <= size * T(tolerance)) return Same::kYes;
  // Both are zero as far as this precision goes.
  return last && gap <= error * T(4) ? Same::kYes : Same::kUnknown;
}

/// One comparison at one point: kUnknown if the point says nothing.
struct PointComparison {
  Same same = Same::kUnknown;
  bool defined = true, left_reals = false;
};

template <class T>
PointComparison compare_in(const Node& a, const Node& b, const Point& point, double tolerance,
                           bool last, Budget& budget) {
  PointComparison result;
  std::optional<Evaluated<T>> sides[2];
  bool huge[2] = {false, false};
  for (const int side : {0, 1}) {
    try {
      sides[side] = evaluate<T>(side == 0 ? a : b, point, budget);
    } catch (const Undefined&) {
      result.defined = false;
      return result;
    } catch (const Huge&) {
      huge[side] = true;
    } catch (const Unclear&) {
      return result;
    }
  }
  // What is beyond MPFR's range is no number that has a value here.
  if (last && huge[0] != huge[1]) result.same = Same::kNo;
  if (huge[0] || huge[1]) return result;
  result.left_reals = sides[0]->left_reals || sides[1]->left_reals;
  try {
    result.same = decide(sides[0]->value, sides[1]->value, tolerance, last);
  } catch (const Unclear&) {
  }
  return result;
}

/// With more and more digits until it is clear. `confirm`: what doubles call equal is not believed.
PointComparison compare_at(const Node& a, const Node& b, const Point& point, double tolerance,
                           bool confirm, Budget& budget) {
  PointComparison result =
      compare_in<double>(a, b, point, std::max(tolerance, 1e-11), false, budget);
  if (!result.defined || result.same == Same::kNo) return result;
  if (result.same == Same::kYes && !confirm) return result;
  result = compare_in<Real<192>>(a, b, point, tolerance, false, budget);
  if (!result.defined || result.same != Same::kUnknown) return result;
  return compare_in<Real<768>>(a, b, point, tolerance, true, budget);
}

constexpr int kPoints = 4, kTries = 12;
constexpr double kExact = 1e-30;  // to which values agree that are called equal

/// All negative early on, as nothing else tells |x| from x.
Point::Signs signs_for(int i) {
  using Signs = Point::Signs;
  return i % 4 == 1 ? Signs::kNegative : i % 4 == 2 ? Signs::kMixed : Signs::kPositive;
}

/// Compares at points of one kind. kUnknown: fewer than three of them said anything.
Same compare_points(const Node& a, const Node& b, Point point, bool complex, double tolerance,
                    Budget& budget) {
  const std::uint64_t seed = a.hash ^ b.hash;  // the same either way round
  int agreed = 0;
  for (int i = 0; i < kTries && agreed < kPoints; ++i) {
    point.seed = mix(seed, static_cast<std::uint64_t>(i));
    point.signs = signs_for(i);
    const PointComparison result = compare_at(a, b, point, tolerance, agreed == 0, budget);
    if (!result.defined || (result.left_reals && !complex)) continue;
    if (result.same == Same::kNo) return Same::kNo;
    if (result.same == Same::kYes) ++agreed;
  }
  return agreed >= 3 ? Same::kYes : Same::kUnknown;
}

mpq_class round_to(const mpq_class& value, int places) {
  mpz_class scale;
  mpz_ui_pow_ui(scale.get_mpz_t(), 10, static_cast<unsigned long>(places));
  const mpq_class shifted = abs(value) * scale + mpq_class(1, 2);
  mpz_class whole;
  mpz_fdiv_q(whole.get_mpz_t(), shifted.get_num_mpz_t(), shifted.get_den_mpz_t());
  return value < 0 ? mpq_class(-whole) : mpq_class(whole);
}

/// The rational nearest to a constant's value, in 192 bits.
std::optional<mpq_class> rational_value(const Node& node, Budget& budget) {
  if (node.is(Kind::kNumber)) return *node.number;
  if (!is_constant(node)) return std::nullopt;
  try {
    const Evaluated<Real<192>> found = evaluate<Real<192>>(node, Point{}, budget);
    const double size = to_double(found.value.re);
    if (!found.value.real() || !(std::abs(size) < 1e300) || (size != 0 && std::abs(size) < 1e-300))
      return std::nullopt;
    mpq_class value;
    mpfr_get_q(value.get_mpq_t(), found.value.re.get());
    return value;
  } catch (const Undefined&) {
  } catch (const Unclear&) {
  }
  return std::nullopt;
}

/// A decimal number is as exact as it was written: equal if both round to the same. Places are
/// counted from the first digit that is not 0, so that tiny numbers are not all the same.
Same same_rounded(const mpq_class& a, const mpq_class& b, int places) {
  if (a == b) return Same::kYes;
  if (a == 0 || b == 0 || sgn(a) != sgn(b)) return Same::kNo;
  if (std::max(mpz_sizeinbase(a.get_num_mpz_t(), 2), mpz_sizeinbase(b.get_num_mpz_t(), 2)) >
      2 * kMaxBits)
    return Same::kNo;
  mpq_class size = std::min<mpq_class>(abs(a), abs(b));
  for (; size < mpq_class(1, 10) && places < 1000; size *= 10) ++places;
  return round_to(a, places) == round_to(b, places) ? Same::kYes : Same::kNo;
}

bool is_decimal(const Node& node) { return node.is(Kind::kNumber) && node.flags == kDecimal; }

double tolerance_for(const Node& a, const Node& b, const Precision& precision) {
  const bool decimal = has_decimal(a) || has_decimal(b);
  return decimal ? std::pow(10.0, -precision.numeric_precision) : kExact;
}

}  // namespace

std::optional<double> real_value(const Node& node, Budget& budget) {
  if (node.is(Kind::kNumber)) return node.number->get_d();
  if (!is_constant(node)) return std::nullopt;
  try {
    const Evaluated<double> found = evaluate<double>(node, Point{}, budget);
    if (found.value.real()) return found.value.re;
  } catch (const Undefined&) {
  } catch (const Unclear&) {
  }
  return std::nullopt;
}

Same same_value(const Expr& a, const Expr& b, const Precision& precision, Budget& budget) {
  budget.spend(4);
  if (is_decimal(*a) || is_decimal(*b)) {
    const auto left = rational_value(*a, budget), right = rational_value(*b, budget);
    if (left && right) return same_rounded(*left, *right, precision.float_rounding);
    if (a->is(Kind::kNumber) && b->is(Kind::kNumber)) return Same::kNo;
  }
  if (identical(*a, *b)) return Same::kYes;
  if (a->is(Kind::kNumber) && b->is(Kind::kNumber)) return Same::kNo;
  if (holds_infinity(*a) || holds_infinity(*b)) return Same::kNo;  // nothing else is the same
  const double tolerance = tolerance_for(*a, *b, precision);
  if (is_constant(*a) && is_constant(*b)) {
    const Same digits = compare_at(*a, *b, Point{}, tolerance, true, budget).same;
    if (digits != Same::kYes || tolerance != kExact) return digits;
    const auto left = modular_value(*a, budget), right = modular_value(*b, budget);
    return left && right && *left != *right ? Same::kNo : Same::kYes;
  }
  const bool series = contains(*a, Kind::kSum) || contains(*b, Kind::kSum) ||
                      contains(*a, Kind::kProduct) || contains(*b, Kind::kProduct);
  if (!series) {
    const Same reals = compare_points(*a, *b, Point{}, false, tolerance, budget);
    if (reals != Same::kUnknown) return reals;
  }
  const Same integers = compare_points(*a, *b, Point{.integers = true}, true, tolerance, budget);
  if (integers != Same::kUnknown) return integers;
  return compare_points(*a, *b, Point{}, true, tolerance, budget);
}

namespace {

/// a/b at several points: always the same?
template <class T>
Same constant_quotient(const Node& a, const Node& b, bool positive, bool last, Budget& budget) {
  std::optional<Ball<T>> first_a, first_b;
  int agreed = 0;
  const std::uint64_t seed = a.hash ^ b.hash;
  for (int i = 0; i < 2 * kTries && agreed < kPoints; ++i) {
    const Point point{.seed = mix(seed, static_cast<std::uint64_t>(i)), .signs = signs_for(i)};
    try {
      const Evaluated<T> left = evaluate<T>(a, point, budget),
                         right = evaluate<T>(b, point, budget);
      if (left.left_reals || right.left_reals) continue;
      if (near_zero(left.value) != near_zero(right.value)) return Same::kNo;
      if (near_zero(left.value)) continue;
      if (!first_a) {
        first_a = left.value;
        first_b = right.value;
        const bool same_sign = (left.value.re > T(0)) == (right.value.re > T(0));
        if (positive && !same_sign) return Same::kNo;
      } else {
        const Same same =
            decide<T>(*first_a * right.value, left.value * *first_b, last ? 1e-30 : 1e-11, false);
        if (same == Same::kNo) return same;
        if (same == Same::kYes) ++agreed;
      }
    } catch (const Undefined&) {
    } catch (const Unclear&) {
    }
  }
  return agreed >= 3 ? Same::kYes : Same::kUnknown;
}

}  // namespace

Same same_up_to_scale(const Expr& a, const Expr& b, bool positive, Budget& budget) {
  if (is_constant(*a) || is_constant(*b)) return Same::kUnknown;
  const Same quick = constant_quotient<double>(*a, *b, positive, false, budget);
  if (quick == Same::kNo) return quick;
  return constant_quotient<Real<192>>(*a, *b, positive, true, budget);
}

}  // namespace hone::rewards::math
