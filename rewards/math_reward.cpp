#include "rewards/math_reward.h"

#include <stdexcept>

#include "rewards/math/extract.h"
#include "rewards/math/verify.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::size_t kTail = std::size_t{1} << 16;

math::LocateOptions locate_options(const MathConfig& config) {
  math::LocateOptions options{false, false, config.gold_type == math::GoldType::kChoice,
                              static_cast<int>(config.boxed_match_priority)};
  for (const std::string& target : config.extract) {
    if (target == "latex") {
      options.latex = true;
    } else if (target == "expr") {
      options.expr = true;
    } else if (target == "string") {
      options.string = true;
    } else {
      throw std::invalid_argument("extract: expected latex, expr or string, got " + shown(target));
    }
  }
  if (config.extract.empty())
    throw std::invalid_argument("extract: expected at least one of latex, expr, string");
  return options;
}

std::string described(const std::string& text, const math::Expr& expr) {
  return shown(text) + (expr ? " = " + math::to_text(*expr) : " (as text)");
}

class MathReward final : public Reward {
 public:
  explicit MathReward(const MathConfig& config)
      : gold_type_(config.gold_type),
        locate_(locate_options(config)),
        compare_{
            {static_cast<int>(config.float_rounding), static_cast<int>(config.numeric_precision)},
            config.strict,
            config.allow_set_relation_comp} {}

  Score score(const Sample& sample) const override {
    const math::Gold gold = math::read_gold(sample.answer, gold_type_);
    const bool usable =
        gold.problem.empty() || (!gold.text.empty() && gold_type_ == math::GoldType::kLatex);
    if (!usable)
      return {0, Status::kAbstain,
              "the reference answer " + shown(gold.text) + " cannot serve: " + gold.problem};
    const bool opened = opens_reasoning(sample.prompt);
    std::string_view text = final_part(sample.completion, opened);
    const Extracted tagged = extract_tagged(sample.completion, opened);
    if (tagged.kind == Extracted::Kind::kBroken)
      return {0, Status::kMalformed, std::string(tagged.problem)};
    if (tagged.kind == Extracted::Kind::kFound) text = tagged.text;
    if (text.size() > kTail) text.remove_prefix(text.size() - kTail);
    const math::Prediction prediction = math::read_prediction(text, locate_, gold_type_);
    const math::Verdict verdict = math::verify(gold, prediction, compare_);
    if (verdict.status == Status::kMalformed || prediction.exhausted)
      return {0, verdict.status, prediction.problem};
    std::string detail = std::string(verdict.method) + ": found " +
                         described(prediction.text, prediction.expr) + ", expected " +
                         described(gold.text, gold.expr);
    return {verdict.status == Status::kCorrect ? 1.0 : 0.0, verdict.status, std::move(detail)};
  }

 private:
  math::GoldType gold_type_;
  math::LocateOptions locate_;
  math::CompareOptions compare_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const MathConfig& config) {
  return std::make_unique<MathReward>(config);
}

}  // namespace hone::rewards
