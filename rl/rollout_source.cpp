#include "rl/rollout_source.h"

#include "rl/advantage.h"
#include "rl/sampling.h"
#include "rl/scoring.h"

namespace hone::rl {
namespace {

void score(const GrpoRun& run, Rollouts& rollouts, RolloutCost& cost) {
  const RewardSeconds seconds = score_rollouts(run.rewards, rollouts);
  cost.sampled += static_cast<std::int64_t>(rollouts.size());
  cost.reward_seconds.resize(seconds.size());
  for (std::size_t i = 0; i < seconds.size(); ++i) cost.reward_seconds[i] += seconds[i];
}

/// Rewards are given anew, by the recipe's own; the log-probabilities stay those of the policy that
/// sampled. The text is made again from the ids: in the file, broken UTF-8 has become U+FFFD.
Rollouts replayed(const GrpoRun& run, std::int64_t step, RolloutCost& cost) {
  if (run.stage.stop != nullptr && run.stage.stop->load()) throw rollout::Stopped{};
  Rollouts rollouts = run.replay->at(step);
  for (rollout::Rollout& rollout : rollouts) {
    const auto end = rollout.tokens.end() - (rollout.finish == rollout::Finish::kStop ? 1 : 0);
    const auto begin = rollout.tokens.begin() + rollout.prompt_length;
    rollout.completion = model::decode_drawn(*run.policy.tokenizer, {begin, end});
  }
  score(run, rollouts, cost);
  return rollouts;
}

}  // namespace

Rollouts sample(const GrpoRun& run, const rollout::ProblemSource& problems,
                std::uint64_t stream_step, std::uint64_t first, std::int64_t count,
                std::int64_t samples, RolloutCost* cost, std::int64_t max_activation_bytes) {
  rollout::EngineConfig engine = engine_for(run.config, run.policy, run.stage, stream_step);
  engine.max_activation_bytes = max_activation_bytes;
  Rollouts rollouts = rollout::generate_for_problems(run.policy.decoder, *run.policy.tokenizer,
                                                     problems, first, count, samples, engine);
  RolloutCost own;
  score(run, rollouts, cost != nullptr ? *cost : own);
  return rollouts;
}

Rollouts rollouts_of_step(const GrpoRun& run, Progress& progress, std::int64_t policy_version,
                          RolloutCost& cost) {
  if (run.replay != nullptr) return replayed(run, progress.step, cost);
  const std::int64_t wanted = run.config.prompts_per_step;
  const std::int64_t group = run.config.group_size;
  // Now and then training computes everything anew: is it what sampling computed?
  const bool compare =
      progress.step == run.first_step || progress.step % run.config.checkpoint_every == 0;
  const bool recompute = compare || run.config.gradient_checkpointing;
  const std::int64_t reused = recompute ? 0 : run.config.reuse_activations_mb << 20;
  Rollouts kept;
  Rollouts equal;  // groups that teach nothing: they fill up a step that found too few others
  const std::int64_t rounds = run.config.dynamic_sampling ? run.config.max_resamples + 1 : 1;
  for (std::int64_t round = 0; round < rounds; ++round) {
    const std::int64_t missing = wanted - static_cast<std::int64_t>(kept.size()) / group;
    if (missing == 0) break;
    Rollouts fresh = sample(run, run.problems, static_cast<std::uint64_t>(progress.step),
                            progress.cursor, missing, group, &cost, round == 0 ? reused : 0);
    progress.cursor += static_cast<std::uint64_t>(missing);
    const std::vector<bool> mixed = mixed_groups(rewards_of(fresh), static_cast<int>(group));
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      const bool keep = mixed[i / group] || !run.config.dynamic_sampling;
      (keep ? kept : equal).push_back(std::move(fresh[i]));
    }
  }
  const std::size_t left = static_cast<std::size_t>(wanted * group) - kept.size();
  std::move(equal.begin(), equal.begin() + std::min(left, equal.size()), std::back_inserter(kept));
  for (rollout::Rollout& rollout : kept) rollout.policy_version = policy_version;
  return kept;
}

}  // namespace hone::rl
