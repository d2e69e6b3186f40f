#include "rl/grpo.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>

#include "model/durable.h"
#include "rl/advantage.h"
#include "rl/clock.h"
#include "rl/evaluate.h"
#include "rl/grpo_update.h"
#include "rl/policy.h"
#include "rl/rollout_metrics.h"
#include "rl/run_log.h"
#include "rl/scoring.h"
#include "rl/streams.h"
#include "rl/train_state.h"
#include "rollout/engine.h"
#include "rollout/rollout_io.h"

// Group relative policy optimization (DeepSeekMath, 2402.03300; DeepSeek-R1, 2501.12948), from top
// to bottom: sample a group of completions for each problem, score them by rule, take each one's
// advantage over its group, and follow the policy gradient. run_grpo() at the foot is the loop.
namespace hone::rl {
namespace {

using Rollouts = std::vector<rollout::Rollout>;

/// What every part of the loop looks at and none changes.
struct Run {
  const GrpoConfig& config;
  const StageContext& stage;
  const Policy& policy;
  const rollout::ProblemSource& problems;
  const rewards::RewardSum& rewards;
};

/// `samples` scored completions for each of `count` problems of a source.
Rollouts sample(const Run& run, const rollout::ProblemSource& problems, std::uint64_t stream_step,
                std::uint64_t first, std::int64_t count, std::int64_t samples) {
  rollout::EngineConfig engine;
  engine.sampling.temperature = run.config.temperature;
  engine.sampling.max_new_tokens = run.config.max_new_tokens;
  engine.key = {run.stage.seed, run.stage.index, stream_step, 0, 0};
  engine.end_ids = run.policy.end_ids();
  engine.kv_type = run.config.kv_cache;
  engine.stop = run.stage.stop;
  Rollouts rollouts = rollout::generate_for_problems(run.policy.decoder, *run.policy.tokenizer,
                                                     problems, first, count, samples, engine);
  score_rollouts(run.rewards, rollouts);
  return rollouts;
}

std::vector<double> rewards_of(const Rollouts& rollouts) {
  std::vector<double> rewards;
  for (const rollout::Rollout& r : rollouts) rewards.push_back(r.reward);
  return rewards;
}

/// Before anything is trained: is there something that RL could tell apart?
void check_starting_model(const Run& run) {
  const PreflightConfig& config = run.config.preflight;
  const std::int64_t group = run.config.group_size;
  const Rollouts rollouts = sample(run, run.problems, kPreflightStep, 0, config.problems, group);
  double solved = 0;
  for (const double weight : run.rewards.weights()) solved += std::max(weight, 0.0);
  const PreflightResult result = preflight(rollouts, group, solved);
  run.stage.observer.note(describe(result, group));
  if (result.mixed_groups >= config.min_mixed_groups) {
    if (result.pass_at_group == 0) {
      run.stage.observer.note(
          "no completion reached the full reward: only partial rewards can be learnt from");
    }
    return;
  }
  throw GuardError("RL cannot learn from this: " + describe(result, group) + "; at least " +
                   std::to_string(config.min_mixed_groups) +
                   " of the groups must hold both better and worse completions. " +
                   (result.pass_at_1 > 0.5 ? "The problems are too easy for this model"
                                           : "The problems are too hard for this model: teach it "
                                             "more first, or take easier ones") +
                   " (preflight.min_mixed_groups sets the bound).");
}

/// The rollouts of one step. With dynamic sampling, groups whose rewards are all equal are replaced
/// by groups of the next problems (DAPO, 2503.14476, section 3.2); `sampled` counts the cost.
Rollouts rollouts_of_step(const Run& run, Progress& progress, std::int64_t& sampled) {
  const std::int64_t wanted = run.config.prompts_per_step;
  const std::int64_t group = run.config.group_size;
  Rollouts kept;
  Rollouts equal;  // groups that teach nothing: they fill up a step that found too few others
  const std::int64_t rounds = run.config.dynamic_sampling ? run.config.max_resamples + 1 : 1;
  for (std::int64_t round = 0; round < rounds; ++round) {
    const std::int64_t missing = wanted - static_cast<std::int64_t>(kept.size()) / group;
    if (missing == 0) break;
    Rollouts fresh = sample(run, run.problems, static_cast<std::uint64_t>(progress.step),
                            progress.cursor, missing, group);
    progress.cursor += static_cast<std::uint64_t>(missing);
    sampled += missing * group;
    const std::vector<bool> mixed = mixed_groups(rewards_of(fresh), static_cast<int>(group));
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      const bool keep = mixed[i / group] || !run.config.dynamic_sampling;
      (keep ? kept : equal).push_back(std::move(fresh[i]));
    }
  }
  const std::size_t left = static_cast<std::size_t>(wanted * group) - kept.size();
  std::move(equal.begin(), equal.begin() + std::min(left, equal.size()), std::back_inserter(kept));
  return kept;
}

void set_advantages(Rollouts& rollouts, const GrpoConfig& config, std::int64_t policy_version) {
  const std::vector<double> values =
      advantages(rewards_of(rollouts), static_cast<int>(config.group_size),
                 resolve(config.loss).advantage_scale);
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    rollouts[i].advantage = values[i];
    rollouts[i].policy_version = policy_version;
  }
}

std::string to_lines(const Rollouts& rollouts, std::int64_t step,
                     const std::vector<std::string>& reward_names) {
  std::string lines;
  for (const rollout::Rollout& r : rollouts) {
    lines += rollout::to_json_line(r, step, reward_names) + "\n";
  }
  return lines;
}

/// Where the held-out problems come from; null if there are none to look at.
std::shared_ptr<const rollout::ProblemSource> held_out_problems(const GrpoConfig& config,
                                                                std::uint64_t seed) {
  if (config.held_out.every == 0) return nullptr;
  if (config.held_out.data) {
    return open_problems(*config.held_out.data, rewards::Split::kHeldOut, seed);
  }
  // A file has no split of its own: what is held out must be said.
  return config.data.task ? open_problems(config.data, rewards::Split::kHeldOut, seed) : nullptr;
}

/// How the policy, as it stands before this step, does on the held-out problems. The first of them
/// are written to probes/.
Metrics look_at_held_out(const Run& run, const rollout::ProblemSource& held_out,
                         std::int64_t step) {
  constexpr std::int64_t kProbes = 4;
  const HeldOutConfig& config = run.config.held_out;
  const Rollouts rollouts = sample(run, held_out, kHeldOutStep, 0, config.problems, config.samples);
  const auto verifier = verifier_of(config.data.value_or(run.config.data));
  double correct = 0;
  double length = 0;
  for (const rollout::Rollout& r : rollouts) {
    correct += verifier->score(sample_of(r)).status == rewards::Status::kCorrect;
    length += r.completion_length();
  }
  const std::int64_t probes = std::min(kProbes, config.problems) * config.samples;
  model::write_file_atomic(
      run.stage.folder / "probes" / step_file(step),
      to_lines({rollouts.begin(), rollouts.begin() + probes}, step, run.rewards.names()));
  const double count = static_cast<double>(rollouts.size());
  return {{"eval/pass@1", correct / count}, {"eval/mean_length", length / count}};
}

/// The optimizer steps on one batch of rollouts; the last one's metrics, but the first one's
/// difference between sampled and recomputed log-probabilities, which is 0 as both use the same
/// arithmetic.
Metrics train_on(const Run& run, const model::Decoder* reference, AdamW& optimizer,
                 const Rollouts& rollouts, double rate) {
  Metrics metrics;
  for (std::int64_t update = 0; update < run.config.updates_per_rollout; ++update) {
    Metrics now = policy_step(run.policy, reference, optimizer, rollouts, run.config, rate);
    for (std::size_t i = 0; i < now.size(); ++i) {
      const bool sampling = now[i].first.starts_with("sampling/");
      if (update > 0 && sampling) now[i].second = metrics[i].second;
      TORCH_CHECK(!sampling || now[i].second == 0 || std::isnan(now[i].second),
                  "[grpo] sampled and recomputed log-probabilities differ: ", now[i].first, " ",
                  now[i].second);
    }
    metrics = std::move(now);
  }
  return metrics;
}

/// train_on(), which leaves the rollouts behind where a guard stops it.
Metrics train_or_keep_batch(const Run& run, const model::Decoder* reference, AdamW& optimizer,
                            const Rollouts& rollouts, std::int64_t step) {
  const double rate = learning_rate_at(run.config.optimizer, step, run.config.steps);
  try {
    return train_on(run, reference, optimizer, rollouts, rate);
  } catch (const GuardError& error) {
    const std::filesystem::path batch = run.stage.folder / "stopped_batch.jsonl";
    model::write_file_atomic(batch, to_lines(rollouts, step + 1, run.rewards.names()));
    throw GuardError("step " + std::to_string(step + 1) + ": " + error.what() +
                     "; its rollouts are in " + batch.string());
  }
}

/// What a step took.
struct StepCost {
  std::int64_t sampled = 0;  // rollouts, those that dynamic sampling dropped included
  double rollout_seconds = 0;
  double train_seconds = 0;
  double seconds = 0;
};

/// Everything a step has to say, in the order it is logged.
Metrics step_metrics(const Run& run, const Rollouts& rollouts, const Metrics& trained,
                     const Metrics& evaluated, std::int64_t tokens_seen, const StepCost& cost) {
  Metrics metrics = rollout_metrics(rollouts, run.rewards.names(),
                                    static_cast<int>(run.config.group_size), tokens_seen);
  metrics.insert(metrics.end(), trained.begin(), trained.end());
  metrics.insert(metrics.end(), evaluated.begin(), evaluated.end());
  if (run.config.dynamic_sampling) {
    metrics.emplace_back("dynamic_sampling/rollouts", static_cast<double>(cost.sampled));
  }
  double completion_tokens = 0;
  for (const rollout::Rollout& r : rollouts) completion_tokens += r.completion_length();
  const double all_tokens = static_cast<double>(count_tokens(rollouts));
  metrics.emplace_back("time/step", cost.seconds);
  metrics.emplace_back("time/rollout", cost.rollout_seconds);
  metrics.emplace_back("time/train", cost.train_seconds);
  metrics.emplace_back("perf/rollout_tokens_per_s", completion_tokens / cost.rollout_seconds);
  metrics.emplace_back("perf/train_tokens_per_s", all_tokens / cost.train_seconds);
  return metrics;
}

}  // namespace

void run_grpo(const GrpoConfig& config, StageContext& stage) {
  const std::filesystem::path result = stage.folder / "model";
  if (model::is_complete(result)) return;
  Policy policy = load_policy(stage.resolve(config.from));
  std::optional<model::Decoder> reference;
  if (resolve(config.loss).kl_coef != 0) reference = model::frozen_copy(policy.decoder);
  const auto problems = open_problems(config.data, rewards::Split::kTrain, stage.seed);
  const auto held_out = held_out_problems(config, stage.seed);
  const rewards::RewardSum rewards(config.reward);
  model::require_gradients(policy.decoder);
  AdamW optimizer(policy.decoder.named_parameters(), config.optimizer);
  Progress progress = resume(stage.folder, policy, optimizer, stage.observer.note);
  RunLog log(stage.folder, progress.step);
  std::filesystem::create_directories(stage.folder / "probes");
  const Run run{config, stage, policy, *problems, rewards};
  const auto save = [&](const Progress& at) {
    log.sync();
    save_checkpoint(stage.folder, policy, optimizer, at);
  };

  Progress before = progress;  // where a step that is broken off is begun anew
  try {
    if (progress.step == 0 && config.preflight.enabled) check_starting_model(run);

    while (progress.step < config.steps) {
      before = progress;
      const Stopwatch step_clock;
      StepCost cost;
      Metrics evaluated;
      if (held_out && progress.step % config.held_out.every == 0) {
        evaluated = look_at_held_out(run, *held_out, progress.step + 1);
      }

      const Stopwatch rollout_clock;
      Rollouts rollouts = rollouts_of_step(run, progress, cost.sampled);
      set_advantages(rollouts, config, optimizer.steps());
      cost.rollout_seconds = rollout_clock.seconds();

      const Stopwatch train_clock;
      const Metrics trained = train_or_keep_batch(run, reference ? &*reference : nullptr, optimizer,
                                                  rollouts, progress.step);
      cost.train_seconds = train_clock.seconds();

      ++progress.step;
      progress.tokens += count_tokens(rollouts);
      cost.seconds = step_clock.seconds();
      progress.seconds += cost.seconds;
      const Metrics metrics =
          step_metrics(run, rollouts, trained, evaluated, progress.tokens, cost);
      log.step(progress.step, metrics);
      const bool last = progress.step == config.steps;
      const std::int64_t every = config.log_rollouts_every;
      if (every > 0 && (last || (progress.step - 1) % every == 0)) {
        log.rollouts(progress.step, to_lines(rollouts, progress.step, rewards.names()));
      }
      stage.observer.step(progress.step, config.steps, metrics);
      if (!last && progress.step % config.checkpoint_every == 0) save(progress);
    }
  } catch (const rollout::Stopped&) {
    if (before.step > 0) save(before);
    throw Interrupted(before.step > 0 ? "saved after step " + std::to_string(before.step)
                                      : "stopped before the first step was done");
  }
  log.sync();
  save_policy(policy, result);
  drop_checkpoints(stage.folder);
}

}  // namespace hone::rl
