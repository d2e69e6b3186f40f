#include "rewards/math/compare.h"

#include <algorithm>

#include "rewards/math/comparer.h"

namespace hone::rewards::math {
namespace {

std::string lowered_words(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

Comparison Comparer::run(Expr gold, Expr prediction) {
  if (!options_.strict) {
    gold = by_position(gold);
    prediction = by_position(prediction);
  }
  return {same(readings(gold), readings(prediction)), method_};
}

Expr Comparer::readings(const Expr& expr) {
  std::vector<Expr> all = signs_expanded(expr, budget_);
  return all.size() == 1 ? all[0] : make(Kind::kList, std::move(all));
}

Same Comparer::found(bool yes, std::string_view method) {
  method_ = method;
  return yes ? Same::kYes : Same::kNo;
}

Same Comparer::same(Expr gold, Expr prediction) {
  budget_.spend(8);
  // A set's only element stands for it, and what x is in for x.
  const auto unwrap = [](Expr& expr) {
    while (true) {
      const bool single = (expr->is(Kind::kSet) || expr->is(Kind::kList)) && expr->args.size() == 1;
      if (single && !is_collection(*(*expr)[0])) {
        expr = (*expr)[0];
      } else if (expr->is(Kind::kMember) && only_symbols(*(*expr)[0])) {
        expr = (*expr)[1];
      } else if (expr->is(Kind::kRelation) && expr->name == "=" && only_symbols(*(*expr)[0]) &&
                 expr->args.size() == 2 && (*expr)[1]->is(Kind::kRelation)) {
        expr = (*expr)[1];
      } else {
        return;
      }
    }
  };
  unwrap(gold);
  unwrap(prediction);
  turn_assignment(gold);
  turn_assignment(prediction);
  const bool gold_assigns = is_assignment(*gold), prediction_assigns = is_assignment(*prediction);
  if (gold_assigns && gold->args.size() > 2)
    gold = make(Kind::kRelation, {gold->args.front(), gold->args.back()}, "=");
  if (prediction_assigns && prediction->args.size() > 2) {
    prediction = make(Kind::kRelation, {prediction->args.front(), prediction->args.back()}, "=");
  }
  if (is_equation(*prediction) && !is_equation(*gold)) {
    // 5 = 6 = 7 is no way to say 7.
    if (!prediction_assigns && !holds(*prediction)) return found(false, "false equation");
    prediction = prediction->args.back();
  } else if (gold_assigns && !is_equation(*prediction)) {
    gold = gold->args.back();
  }
  if (const auto result = words(*gold, *prediction)) return *result;
  gold = readings(gold);
  prediction = readings(prediction);
  relations_to_sets(gold, prediction);
  gold = plain(gold);
  prediction = plain(prediction);
  if (identical(*gold, *prediction)) return found(true, "same form");
  return same_kind(gold, prediction);
}

void Comparer::turn_assignment(Expr& expr) {
  const bool turned = expr->is(Kind::kRelation) && expr->name == "=" &&
                      !only_symbols(*(*expr)[0]) && (*expr)[1]->is(Kind::kSymbol) &&
                      only_symbols(*(*expr)[1]);
  if (turned) expr = make(Kind::kRelation, {(*expr)[1], (*expr)[0]}, "=");
}

bool Comparer::holds(const Node& equation) {
  const Expr last = plain(equation.args.back());
  return std::all_of(equation.args.begin(), equation.args.end(), [&](const Expr& side) {
    const Expr value = plain(side);
    return !symbols_of(value).empty() ||
           same_value(value, last, options_.precision, budget_) != Same::kNo;
  });
}

void Comparer::relations_to_sets(Expr& gold, Expr& prediction) {
  const auto is_relations = [](const Node& node) {
    return (node.is(Kind::kRelation) && !is_equation(node)) ||
           (node.is(Kind::kList) &&
            std::all_of(node.args.begin(), node.args.end(), [](const Expr& arg) {
              return arg->is(Kind::kRelation) && !is_equation(*arg);
            }));
  };
  const auto is_set = [](const Node& node) {
    return node.is(Kind::kInterval) || node.is(Kind::kUnion) || node.is(Kind::kSet) ||
           node.is(Kind::kTuple) || node.is(Kind::kIntersection) || node.is(Kind::kDifference);
  };
  const bool gold_relation = is_relations(*gold), prediction_relation = is_relations(*prediction);
  if (gold_relation && is_set(*prediction)) {
    if (Expr set = solution_set(gold, budget_)) gold = std::move(set);
  } else if (options_.allow_set_relation_comp && prediction_relation && is_set(*gold)) {
    if (Expr set = solution_set(prediction, budget_)) prediction = std::move(set);
  } else if (gold_relation && prediction_relation &&
             (gold->is(Kind::kList) != prediction->is(Kind::kList) ||
              gold->name.size() != prediction->name.size())) {
    // x > 1 and x < 3 is 1 < x < 3.
    Expr a = solution_set(gold, budget_), b = solution_set(prediction, budget_);
    if (a && b) {
      gold = std::move(a);
      prediction = std::move(b);
    }
  }
}

Same Comparer::same_kind(const Expr& gold, const Expr& prediction) {
  if (gold->is(Kind::kRelation) && prediction->is(Kind::kRelation))
    return relations(*gold, *prediction);
  if (gold->is(Kind::kRelation) || prediction->is(Kind::kRelation))
    return found(false, "one is a relation");
  if (is_collection(*gold) || is_collection(*prediction)) return collections(gold, prediction);
  if (gold->is(Kind::kMatrix) || prediction->is(Kind::kMatrix)) return matrices(gold, prediction);
  if (gold->is(Kind::kBuilder) || gold->is(Kind::kMember))
    return in_order(gold->args,
                    prediction->kind == gold->kind ? prediction->args : std::vector<Expr>{},
                    "parts");
  if (gold->is(Kind::kRatio) && prediction->is(Kind::kRatio)) return ratios(*gold, *prediction);
  const bool parts = (gold->is(Kind::kRatio) && gold->args.size() > 2) ||
                     (prediction->is(Kind::kRatio) && prediction->args.size() > 2);
  if (parts) return found(false, "ratio");
  return quantities(gold, prediction);
}

std::optional<Same> Comparer::words(const Node& gold, const Node& prediction) {
  if (!gold.is(Kind::kText) && !prediction.is(Kind::kText)) return std::nullopt;
  const std::string a = spelling(gold), b = spelling(prediction);
  if (a.size() > 1 || lowered_words(a) == "e")
    return found(lowered_words(a) == lowered_words(b), "words");
  return found(!a.empty() && a == b, "words");
}

Same Comparer::nested(const Expr& gold, const Expr& prediction) {
  if (++depth_ > kMaxNesting) throw Exhausted{};
  const Same result = same(gold, prediction);
  --depth_;
  return result;
}

Comparison compare(const Expr& gold, const Expr& prediction, const CompareOptions& options,
                   Budget& budget) {
  return Comparer(options, budget).run(gold, prediction);
}

}  // namespace hone::rewards::math
