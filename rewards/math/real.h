#pragma once

#include <gmpxx.h>
#include <mpfr.h>

#include <cmath>

namespace hone::rewards::math {

/// A floating-point number of kBits bits with the range of MPFR, behind the operators and functions
/// that double has, so that one evaluator serves both.
template <int kBits>
class Real {
 public:
  Real(double value = 0) {  // NOLINT: a constant becomes a number as it does for double
    mpfr_init2(value_, kBits);
    mpfr_set_d(value_, value, MPFR_RNDN);
  }
  explicit Real(const mpq_class& value) {
    mpfr_init2(value_, kBits);
    mpfr_set_q(value_, value.get_mpq_t(), MPFR_RNDN);
  }
  Real(const Real& other) {
    mpfr_init2(value_, kBits);
    mpfr_set(value_, other.value_, MPFR_RNDN);
  }
  Real(Real&& other) noexcept : Real() { mpfr_swap(value_, other.value_); }
  Real& operator=(const Real& other) {
    mpfr_set(value_, other.value_, MPFR_RNDN);
    return *this;
  }
  Real& operator=(Real&& other) noexcept {
    mpfr_swap(value_, other.value_);
    return *this;
  }
  ~Real() { mpfr_clear(value_); }

  mpfr_ptr get() { return value_; }
  mpfr_srcptr get() const { return value_; }

  template <class F>
  static Real unary(F f, const Real& a) {
    Real result;
    f(result.value_, a.value_, MPFR_RNDN);
    return result;
  }
  template <class F>
  static Real binary(F f, const Real& a, const Real& b) {
    Real result;
    f(result.value_, a.value_, b.value_, MPFR_RNDN);
    return result;
  }

  friend Real operator+(const Real& a, const Real& b) { return binary(mpfr_add, a, b); }
  friend Real operator-(const Real& a, const Real& b) { return binary(mpfr_sub, a, b); }
  friend Real operator*(const Real& a, const Real& b) { return binary(mpfr_mul, a, b); }
  friend Real operator/(const Real& a, const Real& b) { return binary(mpfr_div, a, b); }
  friend Real operator-(const Real& a) { return unary(mpfr_neg, a); }
  friend bool operator<(const Real& a, const Real& b) {
    return mpfr_less_p(a.value_, b.value_) != 0;
  }
  friend bool operator>(const Real& a, const Real& b) { return b < a; }
  friend bool operator<=(const Real& a, const Real& b) {
    return mpfr_lessequal_p(a.value_, b.value_) != 0;
  }
  friend bool operator>=(const Real& a, const Real& b) { return b <= a; }
  friend bool operator==(const Real& a, const Real& b) {
    return mpfr_equal_p(a.value_, b.value_) != 0;
  }

 private:
  mpfr_t value_;
};

// The functions of <cmath> by the same names.
#define HONE_REAL_FUNCTION(name, function)  \
  template <int kBits>                      \
  Real<kBits> name(const Real<kBits>& a) {  \
    return Real<kBits>::unary(function, a); \
  }
HONE_REAL_FUNCTION(fabs, mpfr_abs)
HONE_REAL_FUNCTION(sqrt, mpfr_sqrt)
HONE_REAL_FUNCTION(exp, mpfr_exp)
HONE_REAL_FUNCTION(log, mpfr_log)
HONE_REAL_FUNCTION(sin, mpfr_sin)
HONE_REAL_FUNCTION(cos, mpfr_cos)
HONE_REAL_FUNCTION(sinh, mpfr_sinh)
HONE_REAL_FUNCTION(cosh, mpfr_cosh)
HONE_REAL_FUNCTION(asin, mpfr_asin)
HONE_REAL_FUNCTION(acos, mpfr_acos)
HONE_REAL_FUNCTION(atan, mpfr_atan)
HONE_REAL_FUNCTION(asinh, mpfr_asinh)
HONE_REAL_FUNCTION(acosh, mpfr_acosh)
HONE_REAL_FUNCTION(atanh, mpfr_atanh)
HONE_REAL_FUNCTION(lgamma, mpfr_lngamma)
#undef HONE_REAL_FUNCTION

template <int kBits>
Real<kBits> floor(const Real<kBits>& a) {
  Real<kBits> result;
  mpfr_floor(result.get(), a.get());
  return result;
}
template <int kBits>
Real<kBits> hypot(const Real<kBits>& a, const Real<kBits>& b) {
  return Real<kBits>::binary(mpfr_hypot, a, b);
}
template <int kBits>
Real<kBits> atan2(const Real<kBits>& a, const Real<kBits>& b) {
  return Real<kBits>::binary(mpfr_atan2, a, b);
}
template <int kBits>
bool isfinite(const Real<kBits>& a) {
  return mpfr_number_p(a.get()) != 0;
}
template <int kBits>
double to_double(const Real<kBits>& a) {
  return mpfr_get_d(a.get(), MPFR_RNDN);
}
inline double to_double(double a) { return a; }

/// What evaluating in a type of number costs and how exact it is.
template <class T>
struct Arithmetic;
template <>
struct Arithmetic<double> {
  static constexpr int kCost = 1, kFunctionCost = 2;
  static double unit() { return 0x1p-52; }
  static double smallest() { return 1e-290; }
  static double pi() { return 3.14159265358979323846; }
  static double from(const mpq_class& value) { return value.get_d(); }
};
template <int kBits>
struct Arithmetic<Real<kBits>> {
  static constexpr int kCost = 15, kFunctionCost = kBits;
  static Real<kBits> unit() {
    Real<kBits> result(1);
    mpfr_div_2ui(result.get(), result.get(), kBits - 1, MPFR_RNDN);
    return result;
  }
  static double smallest() { return 0; }
  static Real<kBits> pi() {
    Real<kBits> result;
    mpfr_const_pi(result.get(), MPFR_RNDN);
    return result;
  }
  static Real<kBits> from(const mpq_class& value) { return Real<kBits>(value); }
};

}  // namespace hone::rewards::math
