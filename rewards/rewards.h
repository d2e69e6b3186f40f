#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rewards/answer.h"
#include "rewards/choice.h"
#include "rewards/code/code_reward.h"
#include "rewards/command/command_reward.h"
#include "rewards/cosine_scaled.h"
#include "rewards/exact.h"
#include "rewards/format.h"
#include "rewards/language.h"
#include "rewards/length.h"
#include "rewards/math_reward.h"
#include "rewards/random_reward.h"
#include "rewards/reasoning_steps.h"
#include "rewards/regex.h"
#include "rewards/repetition_penalty.h"
#include "rewards/reward.h"
#include "rewards/soft_overlong.h"
#include "rewards/tag_count.h"
#include "rewards/task_reward.h"
#include "rewards/think_format.h"

namespace hone::rewards {

/// Every reward there is.
using RewardConfig =
    std::variant<AnswerConfig, FormatConfig, RandomConfig, TaskRewardConfig, LanguageConfig,
                 RepetitionConfig, SoftOverlongConfig, ExactConfig, ChoiceConfig, RegexConfig,
                 TagCountConfig, ThinkFormatConfig, ReasoningStepsConfig, LengthConfig,
                 CosineScaledConfig, CodeConfig, CommandConfig, MathConfig>;

/// "answer, format, ...".
std::string reward_types();

/// Throws: std::invalid_argument for settings that contradict each other.
std::unique_ptr<Reward> make_reward(const RewardConfig& config);

/// True of rewards that look at form alone (their config says kIgnoresAnswer): they pay right and
/// wrong answers the same.
bool ignores_answer(const RewardConfig& config);

/// A reward by its name, as `hone reward` gives it: a type ("answer") or "task:NAME" with that
/// task's own settings. `config` is a JSON object of settings, or null. Throws:
/// std::invalid_argument for an unknown name or setting, with what is known.
std::unique_ptr<Reward> reward_by_name(std::string_view name, const nlohmann::json& config);

/// One part of the sum that is learnt from: a `[[stage.reward]]` table. The reward's own settings
/// stand beside these in the same table.
struct WeightedReward {
  RewardConfig config;
  double weight = 1.0;
  std::string name = {};  // empty: the type's name
  std::string gate = {};  // the name of another reward of the list; empty: none

  template <class V>
  void fields(V& v) {
    v("weight", weight, "factor in the sum; 0 only records it", -1e6, 1e6);
    v("name", name, "what the metrics call it; by default its type");
    v("gate", gate, "count this one only where the reward of that name is at its best, else 0");
  }
};

/// The name that metrics use.
std::string reward_name(const WeightedReward& reward);

/// A sample's total and where it comes from.
struct Breakdown {
  double total = 0;           // weighted sum over the parts that did not abstain
  std::vector<Score> scores;  // one a reward, in the order of the list
};

/// A list of rewards made ready to judge. Thread-safe.
class RewardSum {
 public:
  /// Throws: std::invalid_argument for an empty list, two rewards of one name, or a gate that is no
  /// other reward of the list.
  explicit RewardSum(const std::vector<WeightedReward>& rewards);

  Breakdown score(const Sample& sample) const;
  /// The completions of one problem.
  std::vector<Breakdown> score_group(std::span<const Sample> group) const;

  /// The two halves of that: one reward's own verdicts, and what the verdicts of all rewards on
  /// one sample add up to. A gate that is not at its best (by its own verdict, whatever gates it)
  /// makes a score 0; one that abstains makes it abstain.
  std::vector<Score> verdicts(std::size_t reward, std::span<const Sample> group) const;
  Breakdown sum(std::vector<Score> verdicts) const;

  /// Whether a reward's verdict takes so long that several samples should be judged side by side.
  bool runs_programs(std::size_t reward) const;
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<double>& weights() const { return weights_; }

 private:
  std::vector<std::string> names_;
  std::vector<double> weights_;
  std::vector<std::optional<std::size_t>> gates_;
  std::vector<std::unique_ptr<Reward>> rewards_;
};

}  // namespace hone::rewards
