#include "rewards/math/verify.h"

#include <algorithm>

#include "rewards/math/boxes.h"
#include "rewards/math/canonical.h"
#include "rewards/math/equal.h"
#include "rewards/math/parser.h"
#include "rewards/math/plain_number.h"
#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

/// A formula without what surrounds it: `$..$`, `\(..\)`, `\[..\]`.
std::string_view bare(std::string_view text) {
  text = trim(text);
  constexpr std::array<std::array<std::string_view, 2>, 4> kPairs = {
      {{"$$", "$$"}, {"$", "$"}, {"\\(", "\\)"}, {"\\[", "\\]"}}};
  for (const auto& [open, close] : kPairs) {
    if (text.size() <= open.size() + close.size() || !text.starts_with(open) ||
        !text.ends_with(close))
      continue;
    const std::string_view inside =
        text.substr(open.size(), text.size() - open.size() - close.size());
    if (inside.find(open) == std::string_view::npos) return inside;
  }
  return text;
}

/// One formula, from end to end; null if it is none.
Expr read_whole(std::string_view text, GoldType type, std::string& problem) {
  Budget budget(kSteps);
  try {
    // What people type as a number: "1 234" is no product, and "1,5" no list.
    const bool number = type == GoldType::kNumber || type == GoldType::kInt;
    const std::string plain = number ? normal_number(text) : std::string();
    Located found = read_formula(plain.empty() ? bare(text) : std::string_view(plain), budget);
    if (!found.expr) problem = std::string("it holds ") + found.why;
    return found.expr;
  } catch (const Exhausted&) {
    problem = "it is more work to read than the budget allows";
  }
  return nullptr;
}

Expr choice_letter(std::string_view text) {
  text = bare(text);
  while (!text.empty() && std::string_view("(*.:) ").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && std::string_view("(*.:) ").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  if (text.starts_with("\\text{") && text.ends_with("}"))
    return choice_letter(text.substr(6, text.size() - 7));
  // "B) because ..." and "B. 42"
  if (text.size() > 1 && std::string_view(".):").find(text[1]) == std::string_view::npos)
    return nullptr;
  if (text.empty()) return nullptr;
  char c = text[0];
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return c >= 'A' && c <= 'Z' ? symbol(std::string_view(&c, 1)) : nullptr;
}

/// A number without percent sign and unit, worked out.
Expr right_side_of(const Expr& expr) {
  Budget budget(kSteps);
  try {
    Expr value = expr;
    while (value->is(Kind::kPercent) || value->is(Kind::kQuantity)) value = (*value)[0];
    value = canonical(value, budget);
    return real_value(*value, budget) ? value : nullptr;
  } catch (const Exhausted&) {
  } catch (const Unreadable&) {
  }
  return nullptr;
}

}  // namespace

Gold read_gold(std::string_view text, GoldType type) {
  Gold gold{std::string(trim(text)), nullptr, {}, type};
  if (gold.text.empty()) {
    gold.problem = "it is empty";
    return gold;
  }
  if (type == GoldType::kText) return gold;
  if (type == GoldType::kChoice) {
    gold.expr = choice_letter(gold.text);
    if (!gold.expr) gold.problem = "it is not one letter";
    return gold;
  }
  const auto boxes = find_boxes(gold.text);
  if (boxes && !boxes->closed) {
    gold.problem = "its last \\boxed{ is never closed";
    return gold;
  }
  gold.expr = read_whole(boxes ? std::string_view(boxes->content) : std::string_view(gold.text),
                         type, gold.problem);
  if (!gold.expr) return gold;
  if (type == GoldType::kNumber || type == GoldType::kInt) {
    const Expr value = right_side_of(gold.expr);
    if (!value) gold.problem = "it is not a real number";
    const bool whole = value && value->is(Kind::kNumber) && value->number->get_den() == 1;
    if (type == GoldType::kInt && !whole) gold.problem = "it is not a whole number";
  }
  return gold;
}

Prediction read_prediction(std::string_view text, const LocateOptions& options, GoldType type) {
  Budget budget(kSteps);
  Prediction prediction;
  try {
    if (type == GoldType::kText || type == GoldType::kChoice) {
      // Words need not be a formula: the box's content is the answer, whatever it says.
      const auto boxes = find_boxes(text);
      if (boxes && boxes->closed) {
        prediction.text = boxes->content;
        prediction.expr = type == GoldType::kChoice ? choice_letter(boxes->content) : nullptr;
        return prediction;
      }
    }
    std::string_view problem;
    if (auto found = locate(text, options, budget, problem)) {
      prediction.text = std::move(found->text);
      prediction.expr = std::move(found->expr);
    } else {
      prediction.problem = problem;
    }
  } catch (const Exhausted&) {
    prediction.problem = "finding the answer is more work than the budget allows";
    prediction.exhausted = true;
  }
  return prediction;
}

Verdict verify(const Gold& gold, const Prediction& prediction, const CompareOptions& options) {
  if (gold.text.empty()) return {Status::kAbstain, "no gold"};
  if (prediction.exhausted) return {Status::kAbstain, "budget"};
  if (!prediction.problem.empty()) return {Status::kMalformed, "no answer"};
  if (gold.type == GoldType::kText || !gold.expr || !prediction.expr) {
    const std::string wanted = normalize_text(gold.text);
    const bool same = !wanted.empty() && wanted == normalize_text(prediction.text);
    return {same ? Status::kCorrect : Status::kWrong, "text"};
  }
  try {
    Budget budget(kSteps);
    const Comparison result = compare(gold.expr, prediction.expr, options, budget);
    switch (result.same) {
      case Same::kYes:
        return {Status::kCorrect, result.method};
      case Same::kNo:
        return {Status::kWrong, result.method};
      case Same::kUnknown:
        return {Status::kAbstain, result.method};
    }
  } catch (const Exhausted&) {
    return {Status::kAbstain, "budget"};
  } catch (const Unreadable&) {
    return {Status::kWrong, "no value"};
  }
  return {Status::kAbstain, "none"};
}

std::optional<std::string> lint_gold(std::string_view text, GoldType type) {
  const Gold gold = read_gold(text, type);
  if (!gold.problem.empty()) return gold.problem;
  const bool boxed = gold.text.find("\\boxed") != std::string::npos;
  const std::string answer = boxed ? gold.text : "\\boxed{" + std::string(bare(gold.text)) + "}";
  const Verdict verdict =
      verify(gold, read_prediction(answer, LocateOptions{}, type), CompareOptions{});
  if (verdict.status == Status::kCorrect) return std::nullopt;
  return "the same text as an answer is not accepted: " + std::string(status_name(verdict.status)) +
         ", by " + std::string(verdict.method);
}

}  // namespace hone::rewards::math
