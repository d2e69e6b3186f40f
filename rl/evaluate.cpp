#include "rl/evaluate.h"

#include "rewards/math/equal.h"
#include "rewards/math/extract.h"
#include "rl/policy.h"
#include "rl/scoring.h"
#include "rl/stage.h"
#include "rl/streams.h"
#include "rollout/engine.h"

namespace hone::rl {
namespace {

using Verifier = std::unique_ptr<rewards::Reward>;

Verifier verifier_of_source(const ProblemsConfig& source) {
  if (source.task) return rewards::make_reward(rewards::TaskRewardConfig{*source.task});
  return rewards::make_reward(rewards::AnswerConfig{});
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

Verifier verifier_of(const DataConfig& data) {
  if (data.mix.empty()) return verifier_of_source(data);
  std::vector<Verifier> verifiers;
  for (const ProblemsConfig& source : data.mix) verifiers.push_back(verifier_of_source(source));
  return std::make_unique<MixedVerifier>(std::move(verifiers));
}

EvalResult evaluate(const Policy& policy, const EvalConfig& config, std::uint64_t seed,
                    const std::atomic<bool>* stop) {
  const auto source = open_problems(config.data, rewards::Split::kHeldOut, seed);
  // A file has an end: more problems than it holds would only repeat them.
  const std::int64_t count =
      source->size() == 0 ? config.problems
                          : std::min(config.problems, static_cast<std::int64_t>(source->size()));
  const auto verifier = verifier_of(config.data);
  const auto format = rewards::make_reward(rewards::FormatConfig{});

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
    std::vector<ProblemVerdicts> verdicts(count);
    for (std::size_t i = 0; i < sampled.size(); ++i) {
      const rollout::Rollout& r = sampled[i];
      verdicts[i / config.samples].samples.push_back(
          {verifier->score(sample_of(r)).status == rewards::Status::kCorrect,
           rewards::answer_key(rewards::extract_answer(r.completion).text),
           format->score(sample_of(r)).status == rewards::Status::kCorrect, r.completion_length(),
           r.finish == rollout::Finish::kLength});
    }
    for (std::size_t i = 0; i < greedy.size(); ++i) {
      verdicts[i].greedy_correct =
          verifier->score(sample_of(greedy[i])).status == rewards::Status::kCorrect;
    }
    return summarize(verdicts);
  } catch (const rollout::Stopped&) {
    throw Interrupted("stopped while evaluating");
  }
}

EvalResult evaluate_model(const EvalConfig& config, const std::filesystem::path& model,
                          std::uint64_t seed, const Observer&, const std::atomic<bool>* stop) {
  return evaluate(load_policy(model), config, seed, stop);
}

}  // namespace hone::rl
