#include "rl/no_answer.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "rl/evaluate.h"
#include "rl/scoring.h"
#include "rollout/dataset_presets.h"
#include "rollout/rollout.h"

namespace hone::rl {
namespace {

using rewards::Reading;
using rewards::Status;

// The strictest first.
constexpr std::array<Reading, 5> kCandidates = {Reading::kTagged, Reading::kBoxed, Reading::kHash,
                                                Reading::kLastNumber, Reading::kMath};

bool has_tags_or_box(const rollout::Rollout& r) {
  return rewards::extract_answer(r.completion, rewards::opens_reasoning(r.prompt)).kind ==
         rewards::Extracted::Kind::kFound;
}

bool is_unread(Reading reading, bool task, const rollout::Rollout& rollout, Status status) {
  if (status == Status::kMalformed) return true;
  return task && reading == Reading::kAuto && status == Status::kWrong && !has_tags_or_box(rollout);
}

bool judges_programs(const DataConfig& data) {
  const auto sources = sources_of(data);
  return std::any_of(sources.begin(), sources.end(), [](const ProblemsConfig& source) {
    return source.dataset &&
           rollout::preset_of(*source.dataset).gold_type == rollout::GoldType::kCode;
  });
}

/// How often a reading finds an answer, and the right one.
std::pair<std::int64_t, std::int64_t> found_and_right(const rewards::Reward& verifier,
                                                      const std::vector<rollout::Rollout>& rollouts,
                                                      const std::vector<std::size_t>& which) {
  std::int64_t found = 0, right = 0;
  for (const std::size_t i : which) {
    const Status status = verifier.score(sample_of(rollouts[i])).status;
    found += status == Status::kCorrect || status == Status::kWrong;
    right += status == Status::kCorrect;
  }
  return {found, right};
}

/// Makes the same verifier with another reading; null where there is only one.
using MakeVerifier = std::function<std::unique_ptr<rewards::Reward>(Reading)>;

/// Of readings the one with most right answers among those without one, of several the strictest.
void try_others(NoAnswer& result, const std::vector<rollout::Rollout>& rollouts, Reading used,
                const MakeVerifier& make) {
  for (const Reading reading : kCandidates) {
    if (reading == used) continue;
    const auto [found, right] = found_and_right(*make(reading), rollouts, result.without);
    if (std::tie(right, found) <= std::tie(result.right, result.found)) continue;
    std::tie(result.better, result.found, result.right) = std::tuple(reading, found, right);
  }
  if (result.right > 0 || used == Reading::kMentioned) return;
  // It finds nothing but right answers.
  const auto right = found_and_right(*make(Reading::kMentioned), rollouts, result.without).second;
  if (right == 0) return;
  std::tie(result.better, result.found, result.right) =
      std::tuple(Reading::kMentioned, right, right);
}

template <class Unread>
NoAnswer explain(const std::vector<rollout::Rollout>& rollouts, const std::vector<Status>& verdicts,
                 Reading used, const MakeVerifier& make, const Unread& unread) {
  NoAnswer result;
  result.completions = static_cast<std::int64_t>(rollouts.size());
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    if (!unread(i)) continue;
    result.without.push_back(i);
    result.cut_off += rollouts[i].finish == rollout::Finish::kLength;
    result.judged_whole = result.judged_whole || verdicts[i] == Status::kWrong;
  }
  if (make && !result.without.empty()) try_others(result, rollouts, used, make);
  return result;
}

}  // namespace

bool lacks_answer(const DataConfig& data, Reading reading, const rollout::Rollout& rollout,
                  Status status) {
  const auto& mix = data.mix;
  const std::size_t source = mix.empty() ? 0 : source_of(rollout.metadata);
  const bool task =
      mix.empty() ? data.task.has_value() : source < mix.size() && mix[source].task.has_value();
  return is_unread(reading, task, rollout, status);
}

NoAnswer explain_no_answer(const std::vector<rollout::Rollout>& rollouts,
                           const std::vector<rewards::Score>& scores, const DataConfig& data,
                           Reading used) {
  std::vector<Status> verdicts;
  for (const rewards::Score& score : scores) verdicts.push_back(score.status);
  MakeVerifier make = [&](Reading reading) { return verifier_of(data, reading); };
  if (judges_programs(data)) make = nullptr;
  return explain(rollouts, verdicts, used, make,
                 [&](std::size_t i) { return lacks_answer(data, used, rollouts[i], verdicts[i]); });
}

std::optional<NoAnswer> explain_no_answer(const std::vector<rollout::Rollout>& rollouts,
                                          const rewards::WeightedReward& reward) {
  const auto* answer = std::get_if<rewards::AnswerConfig>(&reward.config);
  const auto* task = std::get_if<rewards::TaskRewardConfig>(&reward.config);
  if (answer == nullptr && task == nullptr) return std::nullopt;
  const Reading used = answer != nullptr ? answer->reading : task->reading;
  const auto make = [&](Reading reading) {
    if (answer != nullptr) return rewards::make_reward(rewards::AnswerConfig{reading});
    return rewards::make_reward(rewards::TaskRewardConfig{task->task, reading});
  };
  const auto verdicts = verdicts_of(*make(used), rollouts);
  return explain(rollouts, verdicts, used, make, [&](std::size_t i) {
    return is_unread(used, task != nullptr, rollouts[i], verdicts[i]);
  });
}

std::string describe(const NoAnswer& result,
                     const std::function<std::string(const std::string&)>& option) {
  if (result.without.empty()) return {};
  const std::string many = std::to_string(result.without.size());
  std::string text = "no answer was found in " + many + " of " +
                     std::to_string(result.completions) + " completions";
  if (result.judged_whole) {
    text = many + " of " + std::to_string(result.completions) +
           " completions have no <answer>: each was judged as a whole, and is wrong";
  }
  if (result.cut_off > 0) {
    text += "; " + std::to_string(result.cut_off) + " of them were cut off at the limit of tokens";
  }
  if (!result.better) return text + "; no other reading finds one";
  const std::string name(rewards::reading_name(*result.better));
  if (*result.better == Reading::kMentioned) {
    return text + "; the right answer is mentioned in " + std::to_string(result.right) +
           " of them (" + option(name) + ", for measuring only)";
  }
  return text + "; " + option(name) + " finds one in " + std::to_string(result.found) + ", " +
         std::to_string(result.right) + " of them right";
}

}  // namespace hone::rl
