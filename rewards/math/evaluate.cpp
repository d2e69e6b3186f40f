#include "rewards/math/evaluate.h"

#include <algorithm>
#include <utility>

namespace hone::rewards::math {
namespace {

template <class T>
class Evaluator {
 public:
  Evaluator(const Point& point, Budget& budget) : point_(point), budget_(budget) {}

  Ball<T> at(const Node& node) {
    budget_.spend(Arithmetic<T>::kCost);
    switch (node.kind) {
      case Kind::kNumber:
        return exact(*node.number);
      case Kind::kSymbol:
      case Kind::kText:
        return variable(node.name);
      case Kind::kAdd: {
        Ball<T> total = at(*node[0]);
        for (std::size_t i = 1; i < node.args.size(); ++i) total = total + at(*node[i]);
        return total;
      }
      case Kind::kMul: {
        Ball<T> total = at(*node[0]);
        for (std::size_t i = 1; i < node.args.size(); ++i) total = total * at(*node[i]);
        return total;
      }
      case Kind::kPow:
        return power(node);
      case Kind::kPercent:
        return at(*node[0]) * exact(mpq_class(1, 100));
      case Kind::kQuantity: {
        const Ball<T> value = at(*node[0]);
        if (node.name == "degree") return value * pi() * exact(mpq_class(1, 180));
        return value * variable(node.name);
      }
      case Kind::kRatio:
        if (node.args.size() == 2) return at(*node[0]) * inverse(at(*node[1]));
        throw Undefined{};
      case Kind::kSum:
      case Kind::kProduct:
        return series(node);
      case Kind::kFunction:
        return function(node);
      default:
        throw Undefined{};
    }
  }

  bool left_reals = false;

 private:
  static constexpr int kFunctionCost = Arithmetic<T>::kFunctionCost;

  static Ball<T> exact(const mpq_class& value) {
    const T rounded_value = Arithmetic<T>::from(value);
    using std::isfinite, std::fabs;
    if (!isfinite(rounded_value) || (rounded_value == T(0) && value != 0)) throw Unclear{};
    const bool same = value.get_den() == 1 && mpz_sizeinbase(value.get_num_mpz_t(), 2) <= 52;
    return {rounded_value, T(0), same ? T(0) : fabs(rounded_value) * Arithmetic<T>::unit()};
  }

  static Ball<T> pi() {
    const T value = Arithmetic<T>::pi();
    return {value, T(0), value * Arithmetic<T>::unit()};
  }

  /// A number for each name: in steps of 1/64, so that it is the same in every type.
  Ball<T> variable(const std::string& name) {
    for (auto bound = bound_.rbegin(); bound != bound_.rend(); ++bound) {
      if (*bound->first == name) return {T(static_cast<double>(bound->second)), T(0), T(0)};
    }
    if (name == "pi") return pi();
    if (name == "e") return exponential(Ball<T>{T(1), T(0), T(0)});
    if (name == "i") return {T(0), T(1), T(0)};
    if (name == "infty" || name == "dots" || name == "emptyset" || name[0] == '\\')
      throw Undefined{};
    const std::uint64_t hash = mix(hash_text(name), point_.seed);
    if (point_.integers) return {T(static_cast<double>(2 + hash % 7)), T(0), T(0)};
    const double size = static_cast<double>(17 + hash % 239) / 64.0;
    const bool minus = point_.signs == Point::Signs::kNegative ||
                       (point_.signs == Point::Signs::kMixed && (hash >> 32U) % 2 == 1);
    return {T(minus ? -size : size), T(0), T(0)};
  }

  /// Of a function that nothing is known about: a polynomial that depends on its name.
  Ball<T> unknown(const Node& node) {
    std::uint64_t hash = hash_text(node.name);
    const auto coefficient = [&] {
      hash = mix(hash, point_.seed | 1U);
      return Ball<T>{T(static_cast<double>(8 + hash % 120) / 64.0), T(0), T(0)};
    };
    Ball<T> total = coefficient();
    for (const Expr& arg : node.args) {
      const Ball<T> x = at(*arg);
      total = total * coefficient() + x * (coefficient() + x * coefficient());
    }
    return total;
  }

  Ball<T> whole_power(Ball<T> base, unsigned long times) {
    Ball<T> result{T(1), T(0), T(0)};
    while (times > 0) {
      budget_.spend(Arithmetic<T>::kCost);
      if (times % 2 == 1) result = result * base;
      times /= 2;
      if (times > 0) base = base * base;
    }
    return result;
  }

  Ball<T> power(const Node& node) {
    const Node& exponent = *node[1];
    if (node[0]->is_symbol("e")) {
      budget_.spend(kFunctionCost);
      return exponential(at(exponent));
    }
    const Ball<T> base = at(*node[0]);
    if (exponent.is(Kind::kNumber)) {
      const mpq_class& value = *exponent.number;
      if (value.get_den() == 1 && abs(value.get_num()) <= 4096) {
        const long times = value.get_num().get_si();
        const auto count = static_cast<unsigned long>(std::abs(times));
        return times < 0 ? inverse(whole_power(base, count)) : whole_power(base, count);
      }
      if (value.get_num() == 1 && value.get_den() == 2) return root(base);
      // The real root of a negative number, where there is one.
      if (base.real() && base.re < T(0) && mpz_odd_p(value.get_den_mpz_t()) != 0 &&
          !near_zero(base)) {
        budget_.spend(2 * kFunctionCost);
        const Ball<T> size = exponential(exact(value) * logarithm(-base));
        return mpz_odd_p(value.get_num_mpz_t()) != 0 ? -size : size;
      }
    }
    const Ball<T> times = at(exponent);
    if (is_zero(base)) {
      if (times.real() && times.re > times.error) return base;
      throw Undefined{};
    }
    // A whole number that only turned out to be one at this point.
    if (times.real() && times.error == T(0) &&
        to_double(times.re) == std::floor(to_double(times.re)) &&
        std::abs(to_double(times.re)) <= 4096) {
      const auto count = static_cast<long>(to_double(times.re));
      const Ball<T> result = whole_power(base, static_cast<unsigned long>(std::abs(count)));
      return count < 0 ? inverse(result) : result;
    }
    note_negative(base);
    budget_.spend(2 * kFunctionCost);
    return exponential(times * logarithm(base));
  }

  void note_negative(const Ball<T>& value) { left_reals |= value.real() && value.re < T(0); }

  Ball<T> root(const Ball<T>& a) {
    using std::sqrt;
    budget_.spend(Arithmetic<T>::kCost);
    if (is_zero(a)) return a;
    if (near_zero(a)) {
      // Rounding must not make a root of zero complex.
      return {T(0), T(0), sqrt(magnitude(a) + a.error)};
    }
    note_negative(a);
    if (a.real()) {
      const T size = sqrt(magnitude(a));
      const T error = a.error / size;
      return a.re < T(0) ? rounded<T>(T(0), size, error) : rounded<T>(size, T(0), error);
    }
    budget_.spend(2 * kFunctionCost);
    return exponential(exact(mpq_class(1, 2)) * logarithm(a));
  }

  Ball<T> log_of(const Ball<T>& a) {
    budget_.spend(kFunctionCost);
    note_negative(a);
    return logarithm(a);
  }

  /// The whole number that a bound must be.
  long whole(const Node& node) {
    const Ball<T> value = at(node);
    const double rounded_value = std::round(to_double(value.re));
    if (!value.real() || std::abs(rounded_value) > 1e9) throw Undefined{};
    if (to_double(magnitude(value - Ball<T>{T(rounded_value), T(0), T(0)})) > 1e-9)
      throw Undefined{};
    return static_cast<long>(rounded_value);
  }

  Ball<T> series(const Node& node) {
    const long lower = whole(*node[0]), upper = whole(*node[1]);
    const bool sum = node.is(Kind::kSum);
    Ball<T> total{T(sum ? 0 : 1), T(0), T(0)};
    if (upper - lower > 100000) throw Exhausted{};
    bound_.emplace_back(&node.name, lower);
    for (long index = lower; index <= upper; ++index) {
      bound_.back().second = index;
      const Ball<T> term = at(*node[2]);
      total = sum ? total + term : total * term;
    }
    bound_.pop_back();
    return total;
  }

  /// The logarithm of the gamma function above zero; far out, where it must not be slow, Stirling's
  /// series is exact enough.
  Ball<T> log_gamma(const Ball<T>& a) {
    using std::lgamma, std::log, std::fabs;
    if (!a.real() || a.re <= T(0)) throw Undefined{};
    budget_.spend(kFunctionCost * 4);
    const T slope = fabs(log(a.re)) + T(1) / a.re + T(1);
    if (a.re > T(5000)) {
      const T x = a.re, square = x * x;
      const T tail =
          (T(1) / T(12) -
           (T(1) / T(360) - (T(1) / T(1260) - T(1) / T(1680) / square) / square) / square) /
          x;
      const T value = (x - T(0.5)) * log(x) - x + log(T(2) * Arithmetic<T>::pi()) / T(2) + tail;
      const T cut_off = T(1) / (square * square * square * square * x);
      return rounded<T>(value, T(0), a.error * slope + cut_off);
    }
    return rounded<T>(lgamma(a.re), T(0), a.error * slope + Arithmetic<T>::unit() * T(8));
  }

  Ball<T> factorial(const Ball<T>& a) {
    // Exact where a few factors do it.
    if (a.real() && a.error == T(0) && a.re >= T(0) && a.re <= T(64) &&
        std::floor(to_double(a.re)) == to_double(a.re)) {
      Ball<T> total{T(1), T(0), T(0)};
      for (int i = 2; i <= static_cast<int>(to_double(a.re)); ++i)
        total = total * Ball<T>{T(i), T(0), T(0)};
      budget_.spend(64 * Arithmetic<T>::kCost);
      return total;
    }
    return exponential(log_gamma(a + Ball<T>{T(1), T(0), T(0)}));
  }

  Ball<T> real_function(const Ball<T>& a, T value, T slope) {
    return rounded<T>(std::move(value), T(0), a.error * slope + Arithmetic<T>::unit());
  }

  Ball<T> function(const Node& node) {
    const std::string& name = node.name;
    const Ball<T> one{T(1), T(0), T(0)};
    if (node.args.size() == 2) {
      if (name == "binomial") {
        const Ball<T> n = at(*node[0]), k = at(*node[1]);
        return factorial(n) * inverse(factorial(k) * factorial(n - k));
      }
      if (name == "mod") {
        const Ball<T> a = at(*node[0]), b = at(*node[1]);
        return a - b * floor_of(a * inverse(b));
      }
    }
    if (name == "max" || name == "min") {
      Ball<T> best = at(*node[0]);
      for (std::size_t i = 1; i < node.args.size(); ++i) {
        const Ball<T> next = at(*node[i]);
        if (!best.real() || !next.real()) throw Undefined{};
        if ((next.re > best.re) == (name == "max")) best = next;
      }
      return best;
    }
    if (node.args.size() != 1) return unknown(node);
    if (is_known(name)) return known(name, at(*node[0]), one);
    return unknown(node);
  }

  static bool is_known(const std::string& name) {
    static constexpr std::string_view kKnown =
        " sin cos tan cot sec csc arcsin asin arccos acos arctan atan arccot sinh cosh tanh coth "
        "arsinh arcosh artanh log abs factorial Gamma floor ceil sgn sign Re Im overline arg ";
    return kKnown.find(" " + name + " ") != std::string_view::npos;
  }

  Ball<T> floor_of(const Ball<T>& a) {
    using std::floor, std::fabs;
    if (!a.real()) throw Undefined{};
    const T value = floor(a.re);
    if (a.error > T(0)) {
      const T near = floor(a.re + T(0.5));
      if (fabs(a.re - near) <= a.error) throw Unclear{};
    }
    return {value, T(0), T(0)};
  }

  Ball<T> known(const std::string& name, const Ball<T>& a, const Ball<T>& one) {
    using std::asin, std::acos, std::atan, std::sqrt, std::asinh, std::acosh, std::atanh,
        std::atan2, std::fabs;
    if (name == "abs") return {magnitude(a), T(0), a.error};
    if (name == "Re") return {a.re, T(0), a.error};
    if (name == "Im") return {a.im, T(0), a.error};
    if (name == "overline") return {a.re, a.real() ? T(0) : -a.im, a.error};
    if (name == "floor") return floor_of(a);
    if (name == "ceil") return -floor_of(-a);
    if (name == "log") return log_of(a);
    if (name == "factorial") return factorial(a);
    if (name == "Gamma") return factorial(a - one);
    budget_.spend(kFunctionCost * (a.real() ? 1 : 4));
    if (name == "sin") return sine(a);
    if (name == "cos") return cosine(a);
    if (name == "tan") return sine(a) * inverse(cosine(a));
    if (name == "cot") return cosine(a) * inverse(sine(a));
    if (name == "sec") return inverse(cosine(a));
    if (name == "csc") return inverse(sine(a));
    if (name == "sinh" || name == "cosh" || name == "tanh" || name == "coth") {
      const Ball<T> up = exponential(a), down = exponential(-a);
      const Ball<T> half = exact(mpq_class(1, 2));
      if (name == "sinh") return (up - down) * half;
      if (name == "cosh") return (up + down) * half;
      if (name == "tanh") return (up - down) * inverse(up + down);
      return (up + down) * inverse(up - down);
    }
    if (!a.real()) {
      if (name == "arg")
        return {atan2(a.im, a.re), T(0), a.error / magnitude(a) + Arithmetic<T>::unit() * T(4)};
      throw Undefined{};
    }
    if (name == "sgn" || name == "sign") {
      if (near_zero(a) && !is_zero(a)) throw Unclear{};
      return {T(a.re > T(0) ? 1 : a.re < T(0) ? -1 : 0), T(0), T(0)};
    }
    if (name == "arg")
      return {a.re < T(0) ? Arithmetic<T>::pi() : T(0), T(0), Arithmetic<T>::unit() * T(4)};
    if (name == "arctan" || name == "atan") return real_function(a, atan(a.re), T(1));
    if (name == "arccot") {
      if (is_zero(a)) return pi() * exact(mpq_class(1, 2));
      return real_function(a, atan(inverse(a).re), T(1));
    }
    if (name == "arsinh") return real_function(a, asinh(a.re), T(1));
    if (name == "arcosh") {
      if (a.re < T(1)) throw Undefined{};
      return real_function(a, acosh(a.re),
                           T(1) / sqrt(a.re * a.re - T(1) + a.error + Arithmetic<T>::unit()));
    }
    if (fabs(a.re) > T(1)) throw Undefined{};
    const T slope = T(1) / sqrt(T(1) - a.re * a.re + a.error + Arithmetic<T>::unit());
    if (name == "artanh") return real_function(a, atanh(a.re), slope * slope);
    if (name == "arcsin" || name == "asin") return real_function(a, asin(a.re), slope);
    return real_function(a, acos(a.re), slope);
  }

  const Point& point_;
  Budget& budget_;
  std::vector<std::pair<const std::string*, long>> bound_;
};

}  // namespace

template <class T>
Evaluated<T> evaluate(const Node& node, const Point& point, Budget& budget) {
  Evaluator<T> evaluator(point, budget);
  Ball<T> value = evaluator.at(node);
  return {std::move(value), evaluator.left_reals};
}

template Evaluated<double> evaluate(const Node&, const Point&, Budget&);
template Evaluated<Real<192>> evaluate(const Node&, const Point&, Budget&);
template Evaluated<Real<768>> evaluate(const Node&, const Point&, Budget&);

}  // namespace hone::rewards::math
