#include "rl/gkd.h"

#include <ATen/TensorOperators.h>

#include "model/adapters.h"
#include "model/divergence.h"
#include "model/durable.h"
#include "rl/clock.h"
#include "rl/evaluate.h"
#include "rl/experts.h"
#include "rl/gradients.h"
#include "rl/lengths.h"
#include "rl/policy.h"
#include "rl/rollout_metrics.h"
#include "rl/run_log.h"
#include "rl/sampling.h"
#include "rl/scoring.h"
#include "rl/stopped_batch.h"
#include "rl/streams.h"
#include "rl/train_state.h"
#include "rl/vocabulary.h"
#include "rollout/pack.h"
#include "rollout/rollout_io.h"

namespace hone::rl {
namespace {

using Rollouts = std::vector<rollout::Rollout>;

/// Whether the student writes this step's completions.
bool student_writes(const GkdConfig& config, const StageContext& stage, std::int64_t step) {
  const rollout::StreamKey key{stage.seed, stage.index, kWriterStep, 0, 0};
  return rollout::uniform_at(key, static_cast<std::uint64_t>(step)) < config.lmbda;
}

/// One completion of each of the next problems.
Rollouts completions(const Policy& writer, const GkdConfig& config,
                     const rollout::ProblemSource& problems, const StageContext& stage,
                     const Progress& progress) {
  const auto step = static_cast<std::uint64_t>(progress.step);
  return rollout::generate_for_problems(writer.decoder, *writer.tokenizer, problems,
                                        progress.cursor, config.batch_size, 1,
                                        engine_for(config, writer, stage, step));
}

/// One optimizer step of the divergence, the mean over all tokens of the step.
Metrics divergence_step(const Policy& student, const Policy& teacher, AdamW& optimizer,
                        const Rollouts& rollouts, const GkdConfig& config, std::int64_t vocab_size,
                        double learning_rate) {
  double tokens = 0;
  for (const rollout::Rollout& rollout : rollouts) tokens += rollout.completion_length();
  double loss_sum = 0;
  model::ExpertLoad load;
  reset_gradients(optimizer.parameters());
  for (const rollout::MicroBatch& micro : rollout::pack(rollouts, config.micro_batch_tokens)) {
    const at::Tensor divergence =
        model::token_divergence(student.decoder, teacher.decoder, micro.batch, micro.sources,
                                vocab_size, config.temperature, config.beta,
                                {.kv_type = config.kv_cache,
                                 .gradient_checkpointing = config.gradient_checkpointing,
                                 .expert_load = &load});
    const at::Tensor loss = divergence.sum() / tokens;
    loss.backward();
    loss_sum += loss.item<double>();
  }
  const GradientNorm norm = gradient_norm(optimizer.parameters());
  check_finite(loss_sum, norm, optimizer.parameters());
  optimizer.step(learning_rate, clip_factor(norm.norm, config.optimizer.max_grad_norm));
  model::merge_adapters(student.decoder);
  balance_experts(student.decoder, load, config.optimizer.bias_update_speed);
  Metrics metrics = {
      {"loss", loss_sum}, {"grad_norm", norm.norm}, {"learning_rate", learning_rate}};
  add_expert_metrics(load, metrics);
  return metrics;
}

}  // namespace

void run_gkd(const GkdConfig& config, StageContext& stage) {
  const std::filesystem::path result = stage.folder / "model";
  if (model::is_complete(result)) return;
  const Policy teacher = open_policy(stage.resolve(config.teacher));
  Policy student = starting_policy(
      config, stage, {.tokenizer = [&] { return teacher.tokenizer; }, .examples = {}});
  const std::int64_t vocab_size =
      shared_vocabulary(*teacher.tokenizer, *student.tokenizer, stage.name + ": the student");
  const auto problems = open_problems(config.data, rewards::Split::kTrain, stage.seed,
                                      student.folder.empty() ? teacher.folder : student.folder);
  const auto verifier = verifier_of(config.data);
  std::optional<rewards::RewardSum> rewards;
  if (!config.reward.empty()) rewards.emplace(config.reward);
  const std::vector<std::string> names = rewards ? rewards->names() : std::vector<std::string>();
  model::require_gradients(student.decoder);
  AdamW optimizer(student.decoder.trainable_parameters(), config.optimizer);
  Progress progress = resume(stage.folder, student, optimizer, stage.observer.note);
  RunLog log(stage.folder, progress.step);

  try {
    while (progress.step < config.steps) {
      const Stopwatch step_clock;
      const bool on_policy = student_writes(config, stage, progress.step);
      Rollouts rollouts =
          completions(on_policy ? student : teacher, config, *problems, stage, progress);
      check_rollout_lengths(rollouts, student.decoder.config.max_position_embeddings,
                            "the student's context");
      RewardSeconds reward_seconds;
      if (rewards) reward_seconds = score_rollouts(*rewards, rollouts);
      const double rollout_seconds = step_clock.seconds();

      const double rate = learning_rate_at(config.optimizer, progress.step, config.steps);
      Metrics trained;
      try {
        trained = divergence_step(student, teacher, optimizer, rollouts, config, vocab_size, rate);
      } catch (const GuardError& error) {
        stop_with_batch(stage, progress.step + 1, rollouts, names, error);
      }
      const double seconds = step_clock.seconds();
      ++progress.step;
      progress.cursor += static_cast<std::uint64_t>(config.batch_size);
      progress.tokens += count_tokens(rollouts);
      progress.seconds += seconds;
      Metrics metrics =
          rollout_metrics({rollouts, names, verdicts_of(*verifier, rollouts), 1, progress.tokens,
                           rewards ? rewards->weights() : std::vector<double>()});
      // There are no groups, and without a reward nothing to say of it.
      std::erase_if(metrics, [&](const auto& metric) {
        return metric.first == "frac_reward_zero_std" || metric.first.starts_with("rollouts/") ||
               (!rewards && metric.first.starts_with("reward"));
      });
      metrics.insert(metrics.end(), trained.begin(), trained.end());
      metrics.emplace_back("on_policy", on_policy);
      metrics.emplace_back("time/step", seconds);
      metrics.emplace_back("time/rollout", rollout_seconds);
      metrics.emplace_back("time/train", seconds - rollout_seconds);
      add_reward_times(metrics, names, reward_seconds, config.batch_size);
      log.step(progress.step, metrics);
      const bool last = progress.step == config.steps;
      const std::int64_t every = config.log_rollouts_every;
      if (every > 0 && (last || (progress.step - 1) % every == 0)) {
        log.rollouts(progress.step, rollout::to_json_lines(rollouts, progress.step, names));
      }
      stage.observer.step(progress.step, config.steps, metrics);
      if (!last && progress.step % config.checkpoint_every == 0) {
        log.sync();
        save_checkpoint(stage.folder, student, optimizer, progress);
      }
    }
  } catch (const rollout::Stopped&) {
    if (progress.step > 0) {
      log.sync();
      save_checkpoint(stage.folder, student, optimizer, progress);
    }
    throw Interrupted(progress.step > 0 ? "saved after step " + std::to_string(progress.step)
                                        : "stopped before the first step was done");
  }
  log.sync();
  save_policy(student, result);
  drop_checkpoints(stage.folder);
}

}  // namespace hone::rl
