#pragma once

#include <string_view>
#include <vector>

#include "rewards/math/canonical.h"
#include "rewards/math/compare.h"
#include "rewards/math/shape.h"
#include "rewards/math/solve.h"

namespace hone::rewards::math {

/// The rules of comparison: compare.cpp decides by which, compare_collections.cpp takes elements
/// one by one, compare_values.cpp compares relations, numbers and units.
class Comparer {
 public:
  Comparer(const CompareOptions& options, Budget& budget) : options_(options), budget_(budget) {}

  Comparison run(Expr gold, Expr prediction);

 private:
  /// With both signs of every \pm, as a list where there are two.
  Expr readings(const Expr& expr);

  Same found(bool yes, std::string_view method);

  Expr plain(const Expr& expr) { return canonical(expr, budget_); }

  Same same(Expr gold, Expr prediction);

  /// 5 = x is x = 5.
  static void turn_assignment(Expr& expr);

  /// An equation whose sides are constants, and equal.
  bool holds(const Node& equation);

  void relations_to_sets(Expr& gold, Expr& prediction);

  Same same_kind(const Expr& gold, const Expr& prediction);

  /// \text{odd} and odd, E and e, but not d and D. Asked before letters are put in order.
  std::optional<Same> words(const Node& gold, const Node& prediction);

  Same relations(const Node& gold, const Node& prediction);

  static char flip(char sign);

  Same in_order(const std::vector<Expr>& gold, const std::vector<Expr>& prediction,
                std::string_view method);

  Same nested(const Expr& gold, const Expr& prediction);

  Same in_any_order(const std::vector<Expr>& gold, const std::vector<Expr>& prediction);

  static bool is_list(const Node& node) { return node.is(Kind::kSet) || node.is(Kind::kList); }
  static bool is_open_pair(const Node& node);

  Same collections(const Expr& gold, const Expr& prediction);

  Same pieces(const std::vector<Piece>& gold, const std::vector<Piece>& prediction);

  Same matrices(const Expr& gold, const Expr& prediction);

  /// 7:32 and 14:64, but 12:00 is a time of day.
  Same ratios(const Node& gold, const Node& prediction);

  Same values(const Expr& gold, const Expr& prediction);

  /// Percent signs and units: one that is left out is understood, one that is there must be right.
  Same quantities(const Expr& gold, const Expr& prediction);

  const CompareOptions& options_;
  Budget& budget_;
  std::string_view method_;
  int depth_ = 0;
};

}  // namespace hone::rewards::math
