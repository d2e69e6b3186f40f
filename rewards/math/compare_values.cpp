#include <algorithm>

#include "rewards/math/comparer.h"
#include "rewards/math/units.h"

namespace hone::rewards::math {

Same Comparer::relations(const Node& gold, const Node& prediction) {
  if (gold.name.size() != prediction.name.size()) return found(false, "relations");
  if (gold.args.size() > 2) {
    const bool straight = gold.name == prediction.name &&
                          in_order(gold.args, prediction.args, "relations") == Same::kYes;
    if (straight) return found(true, "relations");
    std::vector<Expr> reversed(prediction.args.rbegin(), prediction.args.rend());
    std::string signs(prediction.name.rbegin(), prediction.name.rend());
    for (char& sign : signs) sign = flip(sign);
    return found(gold.name == signs && in_order(gold.args, reversed, "relations") == Same::kYes,
                 "relations");
  }
  const char sign = prediction.name[0];
  if (gold.name[0] != sign && gold.name[0] != flip(sign)) return found(false, "relations");
  // a = b where neither side is a formula: (p, q) = (3, 2).
  if (gold.name[0] == sign) {
    const bool sides = in_order(gold.args, prediction.args, "relations") == Same::kYes;
    if (sides) return found(true, "relations");
  }
  for (const Expr& side : {gold[0], gold[1], prediction[0], prediction[1]}) {
    if (is_collection(*side) || side->is(Kind::kMatrix) || side->is(Kind::kText))
      return found(false, "relations");
  }
  const auto left_less_right = [&](const Node& relation, bool turned) {
    return plain(make(Kind::kAdd, {relation[turned ? 1 : 0], negate(relation[turned ? 0 : 1])}));
  };
  const bool turned = gold.name[0] != sign;
  const Expr a = left_less_right(gold, false), b = left_less_right(prediction, turned);
  const bool either_way = sign == '=' || sign == 'n';
  const Same scaled = same_up_to_scale(a, b, !either_way, budget_);
  method_ = "relation up to scale";
  return scaled;
}

char Comparer::flip(char sign) {
  constexpr std::string_view kFrom = "<>lg", kTo = "><gl";
  const auto at = kFrom.find(sign);
  return at == std::string_view::npos ? sign : kTo[at];
}

Same Comparer::values(const Expr& gold, const Expr& prediction) {
  method_ = gold->is(Kind::kNumber) && prediction->is(Kind::kNumber) ? "exact" : "evaluated";
  return same_value(gold, prediction, options_.precision, budget_);
}

Same Comparer::quantities(const Expr& gold, const Expr& prediction) {
  const bool gold_percent = gold->is(Kind::kPercent), percent = prediction->is(Kind::kPercent);
  if (gold_percent || percent) {
    const Expr a = gold_percent ? (*gold)[0] : gold, b = percent ? (*prediction)[0] : prediction;
    const auto is_whole = [](const Node& node) {
      return node.is(Kind::kNumber) && node.number->get_den() == 1;
    };
    const bool bare =
        gold_percent == percent || (gold_percent && !percent) || (is_whole(*a) && is_whole(*b));
    if (bare && values(a, b) == Same::kYes) return found(true, "percent");
    const auto scaled = [&](const Expr& expr) {
      return plain(make(Kind::kAdd, {number(0), expr}));
    };
    return values(scaled(gold), scaled(prediction));
  }
  const bool gold_unit = gold->is(Kind::kQuantity), unit = prediction->is(Kind::kQuantity);
  if (!gold_unit && !unit) return values(gold, prediction);
  if (gold_unit && unit) {
    const auto a = parse_unit(gold->name), b = parse_unit(prediction->name);
    if (!a || !b || a->base != b->base) return found(false, "unit");
    const auto in_base = [&](const Expr& value, const mpq_class& factor) {
      return plain(make(Kind::kMul, {value, number(factor)}));
    };
    if (a->factor == b->factor) return values((*gold)[0], (*prediction)[0]);
    return values(in_base((*gold)[0], a->factor), in_base((*prediction)[0], b->factor));
  }
  const Expr a = gold_unit ? (*gold)[0] : gold, b = unit ? (*prediction)[0] : prediction;
  const Same without = values(a, b);
  const std::string& name = gold_unit ? gold->name : prediction->name;
  if (without == Same::kYes || name != "degree") return without;
  const auto radians = [&](const Expr& expr) { return plain(make(Kind::kAdd, {number(0), expr})); };
  return values(radians(gold), radians(prediction));
}

}  // namespace hone::rewards::math
