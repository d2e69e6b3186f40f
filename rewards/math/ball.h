#pragma once

#include <cmath>
#include <utility>

#include "rewards/math/real.h"

namespace hone::rewards::math {

/// Thrown while one point is evaluated: the expression has no value there.
struct Undefined {};
/// The same: this precision cannot tell.
struct Unclear {};
/// The same, because the number is too large for the type.
struct Huge : Unclear {};

/// A complex number and how far off it may be, to first order. T is double or Real.
template <class T>
struct Ball {
  T re = 0, im = 0, error = 0;
  bool real() const { return im == T(0); }
};

template <class T>
T magnitude(const Ball<T>& a) {
  using std::fabs, std::hypot;
  return a.real() ? fabs(a.re) : hypot(a.re, a.im);
}

/// Zero because the type has nothing smaller: no zero at all.
template <class T>
Ball<T> not_zero(Ball<T> result) {
  if (result.re == T(0) && result.im == T(0)) throw Unclear{};
  return result;
}

/// A result, and what rounding it may have cost on top of what its arguments were off by.
template <class T>
Ball<T> rounded(T re, T im, T error) {
  using std::isfinite;
  Ball<T> result{std::move(re), std::move(im), std::move(error)};
  result.error = result.error + magnitude(result) * Arithmetic<T>::unit() * T(4);
  if (!isfinite(result.re) || !isfinite(result.im) || !isfinite(result.error)) throw Unclear{};
  // So small that digits are lost.
  const T size = magnitude(result);
  if (size < T(Arithmetic<T>::smallest()) && size > T(0)) throw Unclear{};
  return result;
}

template <class T>
Ball<T> operator+(const Ball<T>& a, const Ball<T>& b) {
  return rounded<T>(a.re + b.re, a.im + b.im, a.error + b.error);
}

template <class T>
Ball<T> operator-(const Ball<T>& a) {
  return {-a.re, a.real() ? T(0) : -a.im, a.error};
}

template <class T>
Ball<T> operator-(const Ball<T>& a, const Ball<T>& b) {
  return a + -b;
}

template <class T>
Ball<T> operator*(const Ball<T>& a, const Ball<T>& b) {
  const T error = magnitude(a) * b.error + magnitude(b) * a.error + a.error * b.error;
  if (a.real() && b.real()) {
    Ball<T> result = rounded<T>(a.re * b.re, T(0), error);
    return a.re == T(0) || b.re == T(0) ? result : not_zero(std::move(result));
  }
  return rounded<T>(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re, error);
}

template <class T>
bool is_zero(const Ball<T>& a) {
  return a.re == T(0) && a.im == T(0) && a.error == T(0);
}

/// May it be zero?
template <class T>
bool near_zero(const Ball<T>& a) {
  return magnitude(a) <= a.error * T(2);
}

template <class T>
Ball<T> inverse(const Ball<T>& a) {
  if (is_zero(a)) throw Undefined{};
  if (near_zero(a)) throw Unclear{};
  const T size = magnitude(a);
  const T error = a.error / size / size * T(2);
  if (a.real()) return not_zero(rounded<T>(T(1) / a.re, T(0), error));
  return rounded<T>(a.re / size / size, -a.im / size / size, error);
}

template <class T>
Ball<T> exponential(const Ball<T>& a) {
  using std::exp, std::sin, std::cos, std::isfinite;
  if (a.error > T(0.25)) throw Unclear{};
  const T size = exp(a.re);
  if (!isfinite(size)) throw Huge{};
  const T error = size * a.error * T(2);
  if (a.real()) return not_zero(rounded<T>(size, T(0), error));
  return rounded<T>(size * cos(a.im), size * sin(a.im), error);
}

/// The principal value.
template <class T>
Ball<T> logarithm(const Ball<T>& a) {
  using std::log, std::atan2;
  if (is_zero(a)) throw Undefined{};
  if (near_zero(a)) throw Unclear{};
  const T size = magnitude(a);
  const T error = a.error / size * T(2) + Arithmetic<T>::unit();
  const T angle = a.real() ? (a.re < T(0) ? Arithmetic<T>::pi() : T(0)) : atan2(a.im, a.re);
  return rounded<T>(log(size), angle, error);
}

template <class T>
Ball<T> sine(const Ball<T>& a) {
  using std::sin, std::cos, std::sinh, std::cosh;
  if (a.real()) return rounded<T>(sin(a.re), T(0), a.error + Arithmetic<T>::unit());
  const T error = a.error * cosh(a.im) * T(2) + Arithmetic<T>::unit();
  return rounded<T>(sin(a.re) * cosh(a.im), cos(a.re) * sinh(a.im), error);
}

template <class T>
Ball<T> cosine(const Ball<T>& a) {
  using std::sin, std::cos, std::sinh, std::cosh;
  if (a.real()) return rounded<T>(cos(a.re), T(0), a.error + Arithmetic<T>::unit());
  const T error = a.error * cosh(a.im) * T(2) + Arithmetic<T>::unit();
  return rounded<T>(cos(a.re) * cosh(a.im), -(sin(a.re) * sinh(a.im)), error);
}

}  // namespace hone::rewards::math
