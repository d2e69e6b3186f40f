#include "rl/evaluate.h"

#include <limits>
#include <optional>

#include "model/error.h"
#include "rewards/math/equal.h"
#include "rewards/math/extract.h"
#include "rl/policy.h"
#include "rl/sampling.h"
#include "rl/scoring.h"
#include "rl/stage.h"
#include "rl/streams.h"
#include "rollout/dataset_presets.h"

namespace hone::rl {
namespace {

using Verifier = std::unique_ptr<rewards::Reward>;

Verifier verifier_of_source(const ProblemsConfig& source) {
  if (source.task) return rewards::make_reward(rewards::TaskRewardConfig{*source.task});
  if (!source.dataset->answers) {
    throw DataError(source.dataset->path + ": answers", "true, as completions are judged by them",
                    "false");
  }
  return rewards::make_reward(verifier_of_gold(rollout::preset_of(*source.dataset).gold_type));
}

/// Each problem's verifier is that of its source.
class MixedVerifier : public rewards::Reward {
 public:
  explicit MixedVerifier(std::vector<Verifier> verifiers) : verifiers_(std::move(verifiers)) {}

  rewards::Score score(const rewards::Sample& sample) const override {
    const std::size_t source = source_of(std::string(sample.metadata));
    if (source < verifiers_.size()) return verifiers_[source]->score(sample);
    return {0, rewards::Status::kAbstain, "a problem of no source of the mixture"};
  }

 private:
  std::vector<Verifier> verifiers_;
};

}  // namespace

rewards::RewardConfig verifier_of_gold(rollout::GoldType type) {
  constexpr std::int64_t kLetters = 26;
  if (type == rollout::GoldType::kChoice) return rewards::ChoiceConfig{.choices = kLetters};
  if (type == rollout::GoldType::kText) return rewards::ExactConfig{};
  if (type == rollout::GoldType::kLatex) return rewards::MathConfig{};
  if (type == rollout::GoldType::kList) {
    return rewards::MathConfig{.gold_type = rewards::math::GoldType::kList};
  }
  if (type == rollout::GoldType::kCode) return rewards::CodeConfig{};
  return rewards::AnswerConfig{};
}

Verifier verifier_of(const DataConfig& data) {
  if (data.mix.empty()) return verifier_of_source(data);
  std::vector<Verifier> verifiers;
  for (const ProblemsConfig& source : data.mix) verifiers.push_back(verifier_of_source(source));
  return std::make_unique<MixedVerifier>(std::move(verifiers));
}

std::vector<ProblemVerdicts> judge(const std::vector<rollout::Rollout>& rollouts,
                                   std::int64_t samples, const rewards::Reward& verifier,
                                   const rewards::RewardSum* further) {
  const auto format = rewards::make_reward(rewards::FormatConfig{});
  std::vector<ProblemVerdicts> problems;
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    const rollout::Rollout& r = rollouts[i];
    if (i % static_cast<std::size_t>(samples) == 0) {
      problems.emplace_back().source = source_of(r.metadata);
    }
    const rewards::Sample sample = sample_of(r);
    problems.back().samples.push_back(
        {verifier.score(sample).status == rewards::Status::kCorrect,
         rewards::answer_key(
             rewards::extract_answer(r.completion, rewards::opens_reasoning(r.prompt)).text),
         format->score(sample).status == rewards::Status::kCorrect, r.completion_length(),
         r.finish == rollout::Finish::kLength});
  }
  if (further == nullptr) return problems;
  for (std::size_t problem = 0; problem < problems.size(); ++problem) {
    std::vector<SampleVerdict>& judged = problems[problem].samples;
    std::vector<rewards::Sample> group;
    for (std::size_t i = 0; i < judged.size(); ++i) {
      group.push_back(sample_of(rollouts[problem * static_cast<std::size_t>(samples) + i]));
    }
    const auto breakdowns = further->score_group(group);
    for (std::size_t i = 0; i < judged.size(); ++i) {
      for (const rewards::Score& score : breakdowns[i].scores) {
        const bool given = score.status != rewards::Status::kAbstain;
        judged[i].rewards.push_back(given ? score.value : std::numeric_limits<double>::quiet_NaN());
      }
    }
  }
  return problems;
}

EvalResult evaluate(const Policy& policy, const EvalConfig& config, std::uint64_t seed,
                    const std::atomic<bool>* stop) {
  const auto source = open_problems(config.data, rewards::Split::kHeldOut, seed, policy.folder);
  const std::int64_t count = at_most_all(*source, config.problems);
  const auto verifier = verifier_of(config.data);
  std::optional<rewards::RewardSum> further;
  if (!config.reward.empty()) further.emplace(config.reward);

  rollout::EngineConfig engine;
  engine.sampling.temperature = config.temperature;
  engine.sampling.top_p = config.top_p;
  engine.sampling.max_new_tokens = config.max_new_tokens;
  engine.key = {seed, kEvaluationStream, 0, 0, 0};
  engine.end_ids = policy.end_ids();
  engine.stop = stop;
  try {
    const auto sampled = rollout::generate_for_problems(policy.decoder, *policy.tokenizer, *source,
                                                        0, count, config.samples, engine);
    engine.sampling.greedy = true;
    const auto greedy = rollout::generate_for_problems(policy.decoder, *policy.tokenizer, *source,
                                                       0, count, 1, engine);
    std::vector<ProblemVerdicts> verdicts =
        judge(sampled, config.samples, *verifier, further ? &*further : nullptr);
    for (std::size_t i = 0; i < greedy.size(); ++i) {
      verdicts[i].greedy_correct =
          verifier->score(sample_of(greedy[i])).status == rewards::Status::kCorrect;
    }
    EvalNames names;
    if (further) names.rewards = further->names();
    if (!config.data.mix.empty()) names.sources = source_names(config.data);
    return summarize(verdicts, names);
  } catch (const rollout::Stopped&) {
    throw Interrupted("stopped while evaluating");
  }
}

EvalResult evaluate_model(const EvalConfig& config, const std::filesystem::path& model,
                          std::uint64_t seed, const Observer&, const std::atomic<bool>* stop) {
  return evaluate(open_policy(model), config, seed, stop);
}

}  // namespace hone::rl
