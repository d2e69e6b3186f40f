#include "rl/evaluate.h"

#include <limits>
#include <optional>

#include "model/error.h"
#include "model/hub_cache.h"
#include "rewards/math/equal.h"
#include "rewards/math/extract.h"
#include "rl/no_answer.h"
#include "rl/policy.h"
#include "rl/sampling.h"
#include "rl/scoring.h"
#include "rl/stage.h"
#include "rl/streams.h"
#include "rollout/dataset_presets.h"

namespace hone::rl {
namespace {

using Verifier = std::unique_ptr<rewards::Reward>;

Verifier verifier_of_source(const ProblemsConfig& source, rewards::Reading reading) {
  if (source.task) return rewards::make_reward(rewards::TaskRewardConfig{*source.task, reading});
  if (!source.dataset->answers) {
    throw DataError(source.dataset->path + ": answers", "true, as completions are judged by them",
                    "false");
  }
  const rollout::GoldType gold = rollout::preset_of(*source.dataset).gold_type;
  if (gold == rollout::GoldType::kCode && reading != rewards::Reading::kAuto) {
    throw DataError(source.dataset->path, "the reading auto, as its answers are programs",
                    std::string(rewards::reading_name(reading)));
  }
  return rewards::with_reading(rewards::make_reward(verifier_of_gold(gold)), reading);
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

/// A reading's answer as votes count it; where a wrong text was judged as a whole, that text.
std::string voted_answer(const rollout::Rollout& r, rewards::Reading reading,
                         rewards::Status status) {
  const bool opened = rewards::opens_reasoning(r.prompt);
  const std::string found = rewards::find_answer(reading, r.completion, r.answer, opened).text;
  if (!found.empty() || status != rewards::Status::kWrong) return rewards::answer_key(found);
  return rewards::answer_key(rewards::final_part(r.completion, opened));
}

using Rollouts = std::vector<rollout::Rollout>;

std::vector<ProblemVerdicts> verdicts_by_problem(const Rollouts& rollouts, std::int64_t samples,
                                                 const std::vector<rewards::Score>& scores,
                                                 rewards::Reading reading) {
  const auto format = rewards::make_reward(rewards::FormatConfig{});
  std::vector<ProblemVerdicts> problems;
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    const rollout::Rollout& r = rollouts[i];
    if (i % static_cast<std::size_t>(samples) == 0) {
      problems.emplace_back().source = source_of(r.metadata);
    }
    problems.back().samples.push_back(
        {scores[i].status == rewards::Status::kCorrect, voted_answer(r, reading, scores[i].status),
         format->score(sample_of(r)).status == rewards::Status::kCorrect, r.completion_length(),
         r.finish == rollout::Finish::kLength});
  }
  return problems;
}

void add_further_rewards(std::vector<ProblemVerdicts>& problems, const Rollouts& rollouts,
                         std::int64_t samples, const rewards::RewardSum& further) {
  for (std::size_t problem = 0; problem < problems.size(); ++problem) {
    std::vector<SampleVerdict>& judged = problems[problem].samples;
    std::vector<rewards::Sample> group;
    for (std::size_t i = 0; i < judged.size(); ++i) {
      group.push_back(sample_of(rollouts[problem * static_cast<std::size_t>(samples) + i]));
    }
    const auto breakdowns = further.score_group(group);
    for (std::size_t i = 0; i < judged.size(); ++i) {
      for (const rewards::Score& score : breakdowns[i].scores) {
        const bool given = score.status != rewards::Status::kAbstain;
        judged[i].rewards.push_back(given ? score.value : std::numeric_limits<double>::quiet_NaN());
      }
    }
  }
}

EvalResult judge_by(rewards::Reading reading, const Completions& completions,
                    const MeasureConfig& config, const rewards::RewardSum* further) {
  const auto verifier = verifier_of(config.data, reading);
  const Rollouts& sampled = completions.sampled;
  const auto scores = scores_of(*verifier, sampled);
  std::vector<ProblemVerdicts> verdicts =
      verdicts_by_problem(sampled, config.samples, scores, reading);
  if (further) add_further_rewards(verdicts, sampled, config.samples, *further);
  for (std::size_t i = 0; i < sampled.size(); ++i) {
    const std::size_t problem = i / static_cast<std::size_t>(config.samples);
    verdicts[problem].samples[i % static_cast<std::size_t>(config.samples)].no_answer =
        lacks_answer(config.data, reading, sampled[i], scores[i].status);
  }
  for (std::size_t i = 0; i < completions.greedy.size(); ++i) {
    verdicts[i].greedy_correct =
        verifier->score(sample_of(completions.greedy[i])).status == rewards::Status::kCorrect;
  }
  EvalNames names;
  if (further) names.rewards = further->names();
  if (!config.data.mix.empty()) names.sources = source_names(config.data);
  return summarize(verdicts, names);
}

EvalResult measure_once(const Policy& policy, const MeasureConfig& config, std::uint64_t seed,
                        const std::vector<rewards::WeightedReward>& reward,
                        const std::atomic<bool>* stop) {
  std::optional<rewards::RewardSum> further;
  if (!reward.empty()) further.emplace(reward);
  EvalResult result = judge_completions(complete(policy, config, seed, stop), config,
                                        further ? &*further : nullptr);
  result.settings = settings_of(config, seed);
  return result;
}

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

Verifier verifier_of(const DataConfig& data, rewards::Reading reading) {
  if (data.mix.empty()) return verifier_of_source(data, reading);
  std::vector<Verifier> verifiers;
  for (const ProblemsConfig& source : data.mix) {
    verifiers.push_back(verifier_of_source(source, reading));
  }
  return std::make_unique<MixedVerifier>(std::move(verifiers));
}

std::vector<ProblemVerdicts> judge(const Rollouts& rollouts, std::int64_t samples,
                                   const rewards::Reward& verifier,
                                   const rewards::RewardSum* further) {
  std::vector<ProblemVerdicts> problems = verdicts_by_problem(
      rollouts, samples, scores_of(verifier, rollouts), rewards::Reading::kAuto);
  if (further) add_further_rewards(problems, rollouts, samples, *further);
  return problems;
}

std::vector<rewards::Score> scores_of(const rewards::Reward& verifier, const Rollouts& rollouts) {
  std::vector<rewards::Score> scores;
  for (const rollout::Rollout& r : rollouts) scores.push_back(verifier.score(sample_of(r)));
  return scores;
}

Completions complete(const Policy& policy, const MeasureConfig& config, std::uint64_t seed,
                     const std::atomic<bool>* stop) {
  const auto source = open_problems(config.data, rewards::Split::kHeldOut, seed, policy.folder);
  const std::int64_t count = at_most_all(*source, config.problems);
  rollout::EngineConfig engine;
  engine.sampling.temperature = config.temperature;
  engine.sampling.top_p = config.top_p;
  engine.sampling.max_new_tokens = config.max_new_tokens;
  engine.key = {seed, kEvaluationStream, 0, 0, 0};
  engine.end_ids = policy.end_ids();
  engine.stop = stop;
  // One more sample of each prompt, which so runs through the model once.
  engine.greedy_from = static_cast<std::int32_t>(config.samples);
  try {
    Completions completions;
    for (rollout::Rollout& one : rollout::generate_for_problems(
             policy.decoder, *policy.tokenizer, *source, 0, count, config.samples + 1, engine)) {
      const bool greedy = one.sample == engine.greedy_from;
      if (greedy) one.sample = 0;
      (greedy ? completions.greedy : completions.sampled).push_back(std::move(one));
    }
    return completions;
  } catch (const rollout::Stopped&) {
    throw Interrupted("stopped while evaluating");
  }
}

EvalSettings settings_of(const MeasureConfig& config, std::uint64_t seed) {
  EvalSettings settings;
  settings.temperature = config.temperature;
  settings.top_p = config.top_p;
  settings.max_new_tokens = config.max_new_tokens;
  settings.seed = seed;
  settings.reading = rewards::reading_name(config.reading);
  for (const ProblemsConfig& source : sources_of(config.data)) {
    settings.data += (settings.data.empty() ? "" : " + ") +
                     std::string(source.task ? "task:" : "") + source_name(source);
    settings.chat = settings.chat || source.chat.has_value();
    if (source.dataset && source.dataset->prompt_template != "{prompt}") {
      settings.prompt_template = source.dataset->prompt_template;
    }
  }
  return settings;
}

EvalResult judge_completions(const Completions& completions, const MeasureConfig& config,
                             const rewards::RewardSum* further) {
  EvalResult result = judge_by(config.reading, completions, config, further);
  for (const rewards::Reading reading : further_readings(config)) {
    result.readings.push_back({std::string(rewards::reading_name(reading)),
                               judge_by(reading, completions, config, nullptr)});
  }
  return result;
}

std::vector<rewards::Reading> further_readings(const MeasureConfig& config) {
  std::vector<rewards::Reading> readings;
  for (const std::string& name : config.more_readings) {
    const auto reading = rewards::reading_by_name(name);
    if (!reading) {
      throw DataError("more_readings", "readings, of " + rewards::reading_names(), name);
    }
    readings.push_back(*reading);
  }
  return readings;
}

std::vector<rewards::Reading> all_readings(const MeasureConfig& config) {
  std::vector<rewards::Reading> readings = further_readings(config);
  readings.insert(readings.begin(), config.reading);
  return readings;
}

EvalResult evaluate(const Policy& policy, const EvalConfig& config, std::uint64_t seed,
                    const std::atomic<bool>* stop) {
  EvalResult result = measure_once(policy, config, seed, config.reward, stop);
  for (const AlsoConfig& also : config.also) {
    result.also.push_back({also.name, measure_once(policy, also, seed, {}, stop)});
  }
  if (config.text) result.text = measure_text(policy, *config.text, stop);
  return result;
}

EvalResult evaluate_model(const EvalConfig& config, const std::filesystem::path& model,
                          std::uint64_t seed, const Observer&, const std::atomic<bool>* stop) {
  return evaluate(open_policy(model::resolve_model(model.string())), config, seed, stop);
}

}  // namespace hone::rl
