#pragma once

#include "rewards/math/ast.h"
#include "rewards/math/ball.h"
#include "rewards/math/budget.h"

namespace hone::rewards::math {

/// A place to evaluate at. What the variables are there depends on their names and the seed only.
struct Point {
  std::uint64_t seed = 0;
  bool integers = false;  // variables are small positive integers
  enum class Signs { kPositive, kNegative, kMixed } signs = Signs::kPositive;  // of the variables
};

/// The value of an expression at a point.
template <class T>
struct Evaluated {
  Ball<T> value;
  bool left_reals = false;  // a root or a logarithm of something negative was taken on the way
};

/// Throws: Undefined, Unclear, Exhausted
template <class T>
Evaluated<T> evaluate(const Node& node, const Point& point, Budget& budget);

extern template Evaluated<double> evaluate(const Node&, const Point&, Budget&);
extern template Evaluated<Real<192>> evaluate(const Node&, const Point&, Budget&);
extern template Evaluated<Real<768>> evaluate(const Node&, const Point&, Budget&);

}  // namespace hone::rewards::math
