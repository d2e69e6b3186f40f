#include "rewards/math/compare.h"

#include <algorithm>

#include "rewards/math/canonical.h"
#include "rewards/math/solve.h"
#include "rewards/math/units.h"
#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

/// Letters only, as in A, AB, |AB|, (p, q), A : B, f(x): what a value can be given to.
bool only_symbols(const Node& node) {
  if (node.is(Kind::kSymbol)) return node.name != "pi" && node.name != "infty";
  if (node.is(Kind::kText)) return true;
  if (node.is(Kind::kPow)) {
    return node[1]->is(Kind::kNumber) && *node[1]->number == -1 && only_symbols(*node[0]);
  }
  if (node.is(Kind::kFunction) && node.args.size() == 1 && node[0]->is(Kind::kNumber))
    return node.name.size() <= 2;  // f(2)
  if (node.args.empty() || node.is(Kind::kAdd)) return false;
  return std::all_of(node.args.begin(), node.args.end(),
                     [](const Expr& arg) { return only_symbols(*arg); });
}

bool is_equation(const Node& node) {
  return node.is(Kind::kRelation) && node.name.find_first_not_of('=') == std::string::npos;
}

bool is_assignment(const Node& node) { return is_equation(node) && only_symbols(*node[0]); }

/// The letters that words or a product of letters are spelt with, without spaces and punctuation.
std::string spelling(const Node& node) {
  std::string out;
  if (node.is(Kind::kText) || node.is(Kind::kSymbol)) {
    for (const char c : node.name) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (letter || is_digit(c) || static_cast<unsigned char>(c) >= 0x80) out += c;
    }
  } else if (node.is(Kind::kMul)) {
    for (const Expr& arg : node.args) {
      const std::string part = spelling(*arg);
      if (part.empty()) return {};
      out += part;
    }
  }
  return out;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

void rename(const Expr& expr, std::vector<std::string>& order) {
  if (expr->is(Kind::kSymbol) && expr->name != "pi" && expr->name != "e" && expr->name != "i" &&
      std::find(order.begin(), order.end(), expr->name) == order.end()) {
    order.push_back(expr->name);
  }
  for (const Expr& arg : expr->args) rename(arg, order);
}

Expr renamed(const Expr& expr, const std::vector<std::string>& order) {
  if (expr->is(Kind::kSymbol)) {
    const auto found = std::find(order.begin(), order.end(), expr->name);
    return found == order.end() ? expr : symbol("#" + std::to_string(found - order.begin()));
  }
  std::vector<Expr> args;
  for (const Expr& arg : expr->args) args.push_back(renamed(arg, order));
  return args.empty() ? expr : with_args(*expr, std::move(args));
}

Expr by_position(const Expr& expr) {
  std::vector<std::string> order;
  rename(expr, order);
  return renamed(expr, order);
}

class Comparer {
 public:
  Comparer(const CompareOptions& options, Budget& budget) : options_(options), budget_(budget) {}

  Comparison run(Expr gold, Expr prediction) {
    if (!options_.strict) {
      gold = by_position(gold);
      prediction = by_position(prediction);
    }
    return {same(readings(gold), readings(prediction)), method_};
  }

 private:
  /// With both signs of every \pm, as a list where there are two.
  Expr readings(const Expr& expr) {
    std::vector<Expr> all = signs_expanded(expr, budget_);
    return all.size() == 1 ? all[0] : make(Kind::kList, std::move(all));
  }

  Same found(bool yes, std::string_view method) {
    method_ = method;
    return yes ? Same::kYes : Same::kNo;
  }

  Expr plain(const Expr& expr) { return canonical(expr, budget_); }

  Same same(Expr gold, Expr prediction) {
    budget_.spend(8);
    // A set's only element stands for it, and what x is in for x.
    const auto unwrap = [](Expr& expr) {
      while (true) {
        const bool single =
            (expr->is(Kind::kSet) || expr->is(Kind::kList)) && expr->args.size() == 1;
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

  /// 5 = x is x = 5.
  static void turn_assignment(Expr& expr) {
    const bool turned = expr->is(Kind::kRelation) && expr->name == "=" &&
                        !only_symbols(*(*expr)[0]) && (*expr)[1]->is(Kind::kSymbol) &&
                        only_symbols(*(*expr)[1]);
    if (turned) expr = make(Kind::kRelation, {(*expr)[1], (*expr)[0]}, "=");
  }

  /// An equation whose sides are constants, and equal.
  bool holds(const Node& equation) {
    const Expr last = plain(equation.args.back());
    return std::all_of(equation.args.begin(), equation.args.end(), [&](const Expr& side) {
      const Expr value = plain(side);
      std::vector<std::string> names;
      rename(value, names);
      return !names.empty() || same_value(value, last, options_.precision, budget_) != Same::kNo;
    });
  }

  void relations_to_sets(Expr& gold, Expr& prediction) {
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

  Same same_kind(const Expr& gold, const Expr& prediction) {
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
    return quantities(gold, prediction);
  }

  /// \text{odd} and odd, E and e, but not d and D. Asked before letters are put in order.
  std::optional<Same> words(const Node& gold, const Node& prediction) {
    if (!gold.is(Kind::kText) && !prediction.is(Kind::kText)) return std::nullopt;
    const std::string a = spelling(gold), b = spelling(prediction);
    if (a.size() > 1 || lower(a) == "e") return found(lower(a) == lower(b), "words");
    return found(!a.empty() && a == b, "words");
  }

  // ---- relations ----

  Same relations(const Node& gold, const Node& prediction) {
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

  static char flip(char sign) {
    constexpr std::string_view kFrom = "<>lg", kTo = "><gl";
    const auto at = kFrom.find(sign);
    return at == std::string_view::npos ? sign : kTo[at];
  }

  // ---- collections ----

  Same in_order(const std::vector<Expr>& gold, const std::vector<Expr>& prediction,
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

  Same nested(const Expr& gold, const Expr& prediction) {
    if (++depth_ > kMaxNesting) throw Exhausted{};
    const Same result = same(gold, prediction);
    --depth_;
    return result;
  }

  Same in_any_order(const std::vector<Expr>& gold, const std::vector<Expr>& prediction) {
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

  static bool is_list(const Node& node) { return node.is(Kind::kSet) || node.is(Kind::kList); }
  static bool is_open_pair(const Node& node) {
    return node.is(Kind::kInterval) && node.flags == (kLeftOpen | kRightOpen);
  }

  Same collections(const Expr& gold, const Expr& prediction) {
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

  Same pieces(const std::vector<Piece>& gold, const std::vector<Piece>& prediction) {
    std::vector<Expr> a, b;
    if (gold.size() != prediction.size()) return found(false, "real set");
    for (std::size_t i = 0; i < gold.size(); ++i) {
      if (gold[i].low_open != prediction[i].low_open ||
          gold[i].high_open != prediction[i].high_open)
        return found(false, "real set");
      a.insert(a.end(), {gold[i].low, gold[i].high});
      b.insert(b.end(), {prediction[i].low, prediction[i].high});
    }
    return in_order(a, b, "real set");
  }

  Same matrices(const Expr& gold, const Expr& prediction) {
    const auto is_vector = [](const Node& node) {
      return node.is(Kind::kTuple) ||
             (node.is(Kind::kMatrix) && (node.columns == 1 || node.columns == node.args.size()));
    };
    const bool shapes = gold->is(Kind::kMatrix) && prediction->is(Kind::kMatrix) &&
                        gold->columns == prediction->columns;
    const bool vectors =
        is_vector(*gold) && is_vector(*prediction) && gold->kind != prediction->kind;
    if (!shapes && !vectors) return found(false, "matrix");
    return in_order(gold->args, prediction->args, "matrix");
  }

  /// 7:32 and 14:64, but 12:00 is a time of day.
  Same ratios(const Node& gold, const Node& prediction) {
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

  // ---- values ----

  Same values(const Expr& gold, const Expr& prediction) {
    method_ = gold->is(Kind::kNumber) && prediction->is(Kind::kNumber) ? "exact" : "evaluated";
    return same_value(gold, prediction, options_.precision, budget_);
  }

  /// Percent signs and units: one that is left out is understood, one that is there must be right.
  Same quantities(const Expr& gold, const Expr& prediction) {
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
    const auto radians = [&](const Expr& expr) {
      return plain(make(Kind::kAdd, {number(0), expr}));
    };
    return values(radians(gold), radians(prediction));
  }

  const CompareOptions& options_;
  Budget& budget_;
  std::string_view method_;
  int depth_ = 0;
};

}  // namespace

bool is_collection(const Node& node) {
  switch (node.kind) {
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kSet:
    case Kind::kInterval:
    case Kind::kUnion:
    case Kind::kIntersection:
    case Kind::kDifference:
      return true;
    default:
      return node.is_symbol("\\R") || node.is_symbol("emptyset");
  }
}

Comparison compare(const Expr& gold, const Expr& prediction, const CompareOptions& options,
                   Budget& budget) {
  return Comparer(options, budget).run(gold, prediction);
}

}  // namespace hone::rewards::math
