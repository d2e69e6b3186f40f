#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/math/gold.h"
#include "rewards/reward.h"

namespace hone::rewards {

/// Is the final answer mathematically the reference answer?
struct MathConfig {
  static constexpr std::string_view kType = "math";
  math::GoldType gold_type = math::GoldType::kLatex;
  std::vector<std::string> extract = {"latex", "expr"};
  std::int64_t boxed_match_priority = 0;
  std::int64_t float_rounding = 6;
  std::int64_t numeric_precision = 15;
  bool strict = true;
  bool allow_set_relation_comp = false;

  template <class V>
  void fields(V& v) {
    v("gold_type", gold_type,
      "what the reference answer is: latex, number, int, choice, text or list");
    v("extract", extract,
      "what is looked for in the completion: latex, expr (plain numbers), string (choice letters)");
    v("boxed_match_priority", boxed_match_priority,
      "0: \\boxed{} before all else; above: after \"final answer is\"; -1: never", -1, 1000);
    v("float_rounding", float_rounding, "places to which decimal numbers must agree", 0, 30);
    v("numeric_precision", numeric_precision,
      "digits to which expressions with decimals must agree", 1, 30);
    v("strict", strict, "variables must have the same names");
    v("allow_set_relation_comp", allow_set_relation_comp, "an inequality may answer for a set");
  }
};

/// 1 for an answer that is equal to the reference answer, else 0; abstains where the reference
/// answer cannot serve or equality cannot be told within the budget. Looks only at what follows the
/// reasoning, at most its last 64 kB; where there is an <answer>, only into that.
/// Throws: std::invalid_argument for an `extract` that does not exist.
/// Source: Math-Verify 0.9, whose rules and names these are; rewards/README.md lists what differs.
std::unique_ptr<Reward> make_reward(const MathConfig& config);

}  // namespace hone::rewards
