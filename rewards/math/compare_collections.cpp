#include "rewards/math/comparer.h"

namespace hone::rewards::math {

Same Comparer::in_order(const std::vector<Expr>& gold, const std::vector<Expr>& prediction,
                        std::string_view method) {
  if (gold.size() != prediction.size()) return found(false, method);
  Same all = Same::kYes;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    const Same one = nested(gold[i], prediction[i]);
    if (one == Same::kNo) return found(false, method);
    if (one == Same::kUnknown) all = one;
  }
  method_ = method;
  return all;
}

Same Comparer::in_any_order(const std::vector<Expr>& gold, const std::vector<Expr>& prediction) {
  if (gold.size() != prediction.size()) return found(false, "elements");
  std::vector<bool> used(prediction.size(), false);
  Same all = Same::kYes;
  for (const Expr& wanted : gold) {
    std::size_t match = prediction.size();
    bool unknown = false;
    for (std::size_t i = 0; i < prediction.size() && match == prediction.size(); ++i) {
      if (used[i]) continue;
      const Same one = nested(wanted, prediction[i]);
      if (one == Same::kYes) match = i;
      unknown |= one == Same::kUnknown;
    }
    if (match == prediction.size()) {
      if (!unknown) return found(false, "elements");
      all = Same::kUnknown;
    } else {
      used[match] = true;
    }
  }
  method_ = "elements";
  return all;
}

bool Comparer::is_open_pair(const Node& node) {
  return node.is(Kind::kInterval) && node.flags == (kLeftOpen | kRightOpen);
}

Same Comparer::collections(const Expr& gold, const Expr& prediction) {
  const Node& g = *gold;
  const Node& p = *prediction;
  const bool tuples =
      (g.is(Kind::kTuple) || is_open_pair(g)) && (p.is(Kind::kTuple) || is_open_pair(p));
  if (tuples) return in_order(g.args, p.args, "tuple");
  if (g.is(Kind::kInterval) && p.is(Kind::kInterval)) {
    return g.flags == p.flags ? in_order(g.args, p.args, "interval") : found(false, "interval");
  }
  if (is_list(g) && is_list(p)) return in_any_order(g.args, p.args);
  const bool ordered = (g.is(Kind::kTuple) || is_open_pair(g)) && is_list(p);
  if (ordered || (is_list(g) && (p.is(Kind::kTuple) || is_open_pair(p))))
    return in_order(g.args, p.args, "written order");
  if (g.is(Kind::kMatrix) || p.is(Kind::kMatrix)) return matrices(gold, prediction);
  const auto a = real_pieces(gold, budget_), b = real_pieces(prediction, budget_);
  if (a && b) return pieces(*a, *b);
  if (g.is(p.kind) && !g.is(Kind::kDifference)) return in_any_order(g.args, p.args);
  if (g.is(p.kind)) return in_order(g.args, p.args, "sets");
  return found(false, "different kinds");
}

Same Comparer::pieces(const std::vector<Piece>& gold, const std::vector<Piece>& prediction) {
  std::vector<Expr> a, b;
  if (gold.size() != prediction.size()) return found(false, "real set");
  for (std::size_t i = 0; i < gold.size(); ++i) {
    if (gold[i].low_open != prediction[i].low_open || gold[i].high_open != prediction[i].high_open)
      return found(false, "real set");
    a.insert(a.end(), {gold[i].low, gold[i].high});
    b.insert(b.end(), {prediction[i].low, prediction[i].high});
  }
  return in_order(a, b, "real set");
}

Same Comparer::matrices(const Expr& gold, const Expr& prediction) {
  const auto is_vector = [](const Node& node) {
    return node.is(Kind::kTuple) ||
           (node.is(Kind::kMatrix) && (node.columns == 1 || node.columns == node.args.size()));
  };
  const bool shapes = gold->is(Kind::kMatrix) && prediction->is(Kind::kMatrix) &&
                      gold->columns == prediction->columns;
  const bool vectors = is_vector(*gold) && is_vector(*prediction) && gold->kind != prediction->kind;
  if (!shapes && !vectors) return found(false, "matrix");
  return in_order(gold->args, prediction->args, "matrix");
}

Same Comparer::ratios(const Node& gold, const Node& prediction) {
  const Same written = in_order(gold.args, prediction.args, "ratio");
  if (written == Same::kYes || gold.args.size() != prediction.args.size()) return written;
  for (const auto& args : {gold.args, prediction.args}) {
    for (const Expr& arg : args) {
      if (arg->is(Kind::kNumber) && *arg->number == 0) return found(false, "ratio");
    }
  }
  for (std::size_t i = 1; i < gold.args.size(); ++i) {
    const Expr a = plain(make(Kind::kMul, {gold[0], prediction[i]})),
               b = plain(make(Kind::kMul, {gold[i], prediction[0]}));
    const Same one = same_value(a, b, options_.precision, budget_);
    if (one != Same::kYes) return one;
  }
  return found(true, "ratio");
}

}  // namespace hone::rewards::math
