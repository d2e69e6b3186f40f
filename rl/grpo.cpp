#include "rl/grpo.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "model/adapters.h"
#include "model/durable.h"
#include "rl/best.h"
#include "rl/clock.h"
#include "rl/evaluate.h"
#include "rl/grpo_update.h"
#include "rl/presets.h"
#include "rl/reference.h"
#include "rl/reward_audit.h"
#include "rl/rollout_advantages.h"
#include "rl/rollout_metrics.h"
#include "rl/rollout_source.h"
#include "rl/run_log.h"
#include "rl/scoring.h"
#include "rl/stopped_batch.h"
#include "rl/streams.h"
#include "rollout/engine.h"
#include "rollout/rollout_io.h"

// Group relative policy optimization (DeepSeekMath, 2402.03300; DeepSeek-R1, 2501.12948), from top
// to bottom: sample a group of completions for each problem, score them by rule, take each one's
// advantage over its group, and follow the policy gradient. run_grpo() at the foot is the loop.
namespace hone::rl {
namespace {

/// Before anything is trained: is there something that RL could tell apart?
void check_starting_model(const GrpoRun& run) {
  const PreflightConfig& config = run.config.preflight;
  const std::int64_t group = run.config.group_size;
  for (const std::string& note : blind_reward_notes(run.config.reward, run.problems)) {
    run.stage.observer.note(note);
  }
  const Rollouts rollouts = sample(run, run.problems, kPreflightStep, 0, config.problems, group);
  const PreflightResult result = preflight(rollouts, group, run.rewards.weights());
  run.stage.observer.note(describe(result, group));
  const std::string unread = unread_note(rollouts, run.config.reward);
  if (!unread.empty()) run.stage.observer.note(unread);
  if (result.mixed_groups >= config.min_mixed_groups) {
    if (result.pass_at_group == 0) {
      run.stage.observer.note(
          "no completion reached the full reward: only partial rewards can be learnt from");
    }
    return;
  }
  const bool easy = result.pass_at_1 > 0.5;
  throw GuardError("RL cannot learn from this: " + describe(result, group) + "; at least " +
                   std::to_string(config.min_mixed_groups) +
                   " of the groups must hold both better and worse completions. " +
                   (easy ? "The problems are too easy for this model"
                         : "The problems are too hard for this model: teach it "
                           "more first, or take easier ones") +
                   (easy || unread.empty() ? "" : ", or its answers are not found (see the note)") +
                   " (preflight.min_mixed_groups sets the bound).");
}

/// The optimizer steps on one batch of rollouts; the last one's metrics, but the first one's
/// difference between sampled and trained log-probabilities. It is 0, as both use the same weights
/// and arithmetic, and mostly the same activations (rl/rollout_source.cpp). Recorded rollouts come
/// from weights that nothing is known of: there the difference is only reported, and 0 says that
/// this replay is still the recorded run.
Metrics train_on(const GrpoRun& run, const model::Decoder* reference, AdamW& optimizer,
                 EntropyControl& entropy, Rollouts& rollouts, double rate) {
  PolicyUpdate batch{run.policy, reference, rollouts, run.config};
  if (run.config.loss.importance_sampling != ImportanceSampling::kNone) {
    batch.old = token_values(run.policy.decoder, rollouts, run.config);
  }
  Metrics metrics;
  for (std::int64_t update = 0; update < run.config.updates_per_rollout; ++update) {
    Metrics now = policy_step(batch, optimizer, entropy, rate);
    for (std::size_t i = 0; i < now.size(); ++i) {
      const bool sampling = now[i].first.starts_with("sampling/sampling_logp_difference");
      if (update > 0 && sampling) now[i].second = metrics[i].second;
      const bool must_agree = sampling && run.replay == nullptr;
      TORCH_CHECK(!must_agree || now[i].second == 0 || std::isnan(now[i].second),
                  "[grpo] sampled and recomputed log-probabilities differ: ", now[i].first, " ",
                  now[i].second);
    }
    metrics = std::move(now);
  }
  return metrics;
}

/// train_on(), which leaves the rollouts behind where a guard stops it.
Metrics train_or_keep_batch(const GrpoRun& run, const model::Decoder* reference, AdamW& optimizer,
                            EntropyControl& entropy, Rollouts& rollouts, std::int64_t step) {
  const double rate = learning_rate_at(run.config.optimizer, step, run.config.steps);
  try {
    return train_on(run, reference, optimizer, entropy, rollouts, rate);
  } catch (const GuardError& error) {
    stop_with_batch(run.stage, step + 1, rollouts, run.rewards.names(), error);
  }
}

/// Sums over completions as a mean over all their tokens.
double mean_over_tokens(const std::vector<double>& sums, const Rollouts& rollouts) {
  double total = 0;
  double tokens = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    total += sums[i];
    tokens += rollouts[i].completion_length();
  }
  return total / tokens;
}

std::optional<Replay> open_replay(const GrpoConfig& config, const Policy& policy) {
  if (config.replay.empty()) return std::nullopt;
  const model::ModelConfig& model = policy.decoder.config;
  return Replay(config.replay, {config.steps, config.group_size, model.max_position_embeddings,
                                model.vocab_size, policy.tokenizer});
}

/// What a step took.
struct StepCost {
  RolloutCost rollouts;
  double rollout_seconds = 0;
  double train_seconds = 0;
  double seconds = 0;
};

/// Everything a step has to say, in the order it is logged.
Metrics step_metrics(const GrpoRun& run, const Rollouts& rollouts, const Metrics& trained,
                     const Metrics& evaluated, std::int64_t tokens_seen, const StepCost& cost) {
  Metrics metrics = rollout_metrics(
      {rollouts, run.rewards.names(), verdicts_of(run.verifier, rollouts),
       static_cast<int>(run.config.group_size), tokens_seen, run.rewards.weights()});
  metrics.insert(metrics.end(), trained.begin(), trained.end());
  metrics.insert(metrics.end(), evaluated.begin(), evaluated.end());
  if (run.config.dynamic_sampling) {
    metrics.emplace_back("dynamic_sampling/rollouts", static_cast<double>(cost.rollouts.sampled));
  }
  double completion_tokens = 0;
  for (const rollout::Rollout& r : rollouts) completion_tokens += r.completion_length();
  const double all_tokens = static_cast<double>(count_tokens(rollouts));
  metrics.emplace_back("time/step", cost.seconds);
  metrics.emplace_back("time/rollout", cost.rollout_seconds);
  metrics.emplace_back("time/train", cost.train_seconds);
  add_reward_times(metrics, run.rewards.names(), cost.rollouts.reward_seconds,
                   cost.rollouts.sampled);
  metrics.emplace_back("perf/rollout_tokens_per_s", completion_tokens / cost.rollout_seconds);
  metrics.emplace_back("perf/train_tokens_per_s", all_tokens / cost.train_seconds);
  return metrics;
}

/// Looks at held-out problems, and keeps what is the best so far. Metrics of the step to come.
Metrics take_held_out_look(const GrpoRun& run, const rollout::ProblemSource& held_out,
                           Progress& progress) {
  Metrics metrics = look_at_held_out(run, held_out, progress.step + 1);
  const bool new_best = take_look(progress.best, metrics.front().second, progress.step);
  if (new_best && run.config.held_out.keep_best) {
    save_best(run.stage.folder, run.policy, progress.step);
  }
  return metrics;
}

/// Whether the looks say that it is time to end.
bool out_of_patience(const GrpoRun& run, const Progress& progress, const Metrics& look) {
  const std::int64_t patience = run.config.held_out.patience;
  if (patience == 0 || progress.best.since < patience) return false;
  run.stage.observer.note(
      ending_note(progress.best, look.front().second, progress.step, progress.reward));
  return true;
}

}  // namespace

void run_grpo(const GrpoConfig& config, StageContext& stage) {
  const std::filesystem::path result = stage.folder / "model";
  if (model::is_complete(result)) return;
  Policy policy = policy_to_train(stage.resolve(config.from), config.lora, stage);
  const LossPieces pieces = resolve(config.loss);
  std::optional<model::Decoder> reference;
  const bool reference_moves = pieces.needs_reference() && config.ref_model_sync_steps > 0;
  if (pieces.needs_reference()) {
    reference =
        reference_moves ? model::frozen_copy(policy.decoder) : model::frozen_view(policy.decoder);
  }
  const auto problems = config.replay.empty() ? training_problems(config, policy, stage)
                                              : open_problems(config.data, rewards::Split::kTrain,
                                                              stage.seed, policy.folder);
  const auto held_out = held_out_problems(config, stage.seed, policy.folder);
  std::optional<Replay> replay = open_replay(config, policy);
  const rewards::RewardSum rewards(config.reward);
  const auto verifier = verifier_of(config.data);
  model::require_gradients(policy.decoder);
  AdamW optimizer(policy.decoder.trainable_parameters(), config.optimizer);
  Progress progress =
      resume(stage.folder, policy, optimizer, stage.observer.note,
             {.entropy = {config.loss.entropy_coef}}, reference_moves ? &*reference : nullptr);
  RunLog log(stage.folder, progress.step);
  std::filesystem::create_directories(stage.folder / "probes");
  const GrpoRun run{
      config,       stage, policy, *problems, rewards, *verifier, replay ? &*replay : nullptr,
      progress.step};
  const auto save = [&](const Progress& at) {
    log.sync();
    save_checkpoint(stage.folder, policy, optimizer, at, reference_moves ? &*reference : nullptr);
  };

  Metrics last_look;           // at the last weights: no step comes after it
  Progress before = progress;  // where a step that is broken off is begun anew
  try {
    if (progress.step == 0 && config.preflight.enabled && !replay) check_starting_model(run);

    while (progress.step < config.steps) {
      before = progress;
      const Stopwatch step_clock;
      StepCost cost;
      Metrics evaluated;
      if (held_out && progress.step % config.held_out.every == 0) {
        evaluated = take_held_out_look(run, *held_out, progress);
        if (out_of_patience(run, progress, evaluated)) {
          last_look = evaluated;
          break;
        }
      }

      const Stopwatch rollout_clock;
      Rollouts rollouts = rollouts_of_step(run, progress, optimizer.steps(), cost.rollouts);
      std::vector<double> kls;
      if (pieces.kl_in_reward()) kls = completion_kls(*reference, rollouts, config);
      set_advantages(rollouts, rewards, kls, config);
      cost.rollout_seconds = rollout_clock.seconds();

      const Stopwatch train_clock;
      Metrics trained = train_or_keep_batch(run, reference ? &*reference : nullptr, optimizer,
                                            progress.entropy, rollouts, progress.step);
      if (!kls.empty()) trained.emplace_back("kl", mean_over_tokens(kls, rollouts));
      cost.train_seconds = train_clock.seconds();

      ++progress.step;
      if (reference_moves && progress.step % config.ref_model_sync_steps == 0) {
        sync_reference(*reference, policy.decoder, config.ref_model_mixup_alpha);
      }
      progress.tokens += count_tokens(rollouts);
      cost.seconds = step_clock.seconds();
      progress.seconds += cost.seconds;
      const Metrics metrics =
          step_metrics(run, rollouts, trained, evaluated, progress.tokens, cost);
      progress.reward = metrics.front().second;
      if (progress.best.any() && progress.best.step == progress.step - 1) {
        progress.best.reward = progress.reward;
      }
      log.step(progress.step, metrics);
      const bool last = progress.step == config.steps;
      const std::int64_t every = config.log_rollouts_every;
      if (every > 0 && (last || (progress.step - 1) % every == 0)) {
        log.rollouts(progress.step,
                     rollout::to_json_lines(rollouts, progress.step, rewards.names()));
      }
      stage.observer.step(progress.step, config.steps, metrics);
      if (!last && progress.step % config.checkpoint_every == 0) save(progress);
    }
    if (held_out && config.held_out.keep_best && last_look.empty()) {
      before = progress;
      last_look = take_held_out_look(run, *held_out, progress);
    }
  } catch (const rollout::Stopped&) {
    if (before.step > 0) save(before);
    throw Interrupted(before.step > 0 ? "saved after step " + std::to_string(before.step)
                                      : "stopped before the first step was done");
  }
  if (!last_look.empty()) log.step(progress.step + 1, last_look);
  log.sync();
  if (config.held_out.keep_best && progress.best.step < progress.step) {
    policy = load_best(stage.folder, progress.best.step);
    stage.observer.note("the model is that after step " + std::to_string(progress.best.step) +
                        ", the best on held-out problems");
  }
  save_policy(policy, result);
  drop_checkpoints(stage.folder);
}

}  // namespace hone::rl
