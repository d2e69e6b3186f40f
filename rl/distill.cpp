#include "rl/distill.h"

#include <algorithm>
#include <span>

#include "model/durable.h"
#include "rl/clock.h"
#include "rl/lengths.h"
#include "rl/policy.h"
#include "rl/rejection.h"
#include "rl/rollout_metrics.h"
#include "rl/run_log.h"
#include "rl/selection.h"
#include "rl/stopped_batch.h"
#include "rl/supervised.h"
#include "rl/train_state.h"
#include "rollout/rollout_io.h"
#include "rollout/shuffle.h"

namespace hone::rl {
namespace {

namespace fs = std::filesystem;

Selection verified(const DistillConfig& config, std::vector<rollout::Rollout> samples,
                   const std::string& whose, const StageContext& stage) {
  const std::size_t drawn = samples.size();
  SelectionConfig select;
  select.min_reward = config.min_reward;
  Selection selection = select_samples(std::move(samples), select);
  const auto different = static_cast<std::int64_t>(selection.kept.size());
  stage.observer.note(whose + ": " + std::to_string(drawn) + " samples, " +
                      std::to_string(different + selection.dropped_as("duplicate")) +
                      " verified, " + std::to_string(different) + " of them different");
  return selection;
}

std::vector<rollout::Rollout> read_all(const fs::path& path) {
  std::vector<rollout::Rollout> all;
  for (const fs::path& file : rollout::rollout_files(path)) {
    for (rollout::LoggedRollout& logged : rollout::read_rollouts(file)) {
      all.push_back(std::move(logged.rollout));
    }
  }
  return all;
}

/// The samples kept in teacher/rollouts.jsonl, drawn first where they are not there yet; or those
/// of the traces that are given.
std::vector<rollout::Rollout> teacher_samples(const DistillConfig& config,
                                              const StageContext& stage) {
  std::vector<rollout::Rollout> samples;
  if (!config.traces.empty()) {
    samples =
        verified(config, read_all(stage.resolve_rollouts(config.traces)), "traces", stage).kept;
  } else {
    const fs::path folder = stage.folder / "teacher";
    if (!model::is_complete(folder)) {
      const DrawConfig draw{config.data,    config.reward,         config.problems,
                            config.samples, config.max_new_tokens, config.temperature};
      auto drawn = draw_samples(open_policy(stage.resolve(config.teacher)), draw, stage);
      write_samples(verified(config, std::move(drawn), "teacher", stage).kept, config.reward,
                    folder);
    }
    samples = read_all(folder / "rollouts.jsonl");
  }
  if (samples.empty()) {
    throw GuardError("none of the teacher's samples reached a reward of " +
                     std::to_string(config.min_reward) + ": there is nothing to learn from");
  }
  return samples;
}

}  // namespace

void run_distill(const DistillConfig& config, StageContext& stage) {
  const fs::path result = stage.folder / "model";
  if (model::is_complete(result)) return;
  const auto samples = teacher_samples(config, stage);
  const auto examples_for = [&](const Policy& policy, std::size_t count) {
    std::vector<rollout::Rollout> examples;
    for (const rollout::Rollout& sample : std::span(samples).first(count)) {
      examples.push_back(example_of(policy, {sample.prompt, sample.completion, sample.chat}));
    }
    return examples;
  };
  const StartingMaterial material{
      .tokenizer = [&] { return model::load_tokenizer(stage.resolve(config.teacher)); },
      .examples =
          [&](const Policy& whole) {
            return examples_for(whole, std::min<std::size_t>(samples.size(), kLayerExamples));
          }};
  Policy student = starting_policy(config, stage, material);
  const std::vector<rollout::Rollout> examples = examples_for(student, samples.size());
  check_rollout_lengths(examples, student.decoder.config.max_position_embeddings,
                        "the student's context");
  model::require_gradients(student.decoder);
  AdamW optimizer(student.decoder.trainable_parameters(), config.optimizer);
  Progress progress = resume(stage.folder, student, optimizer, stage.observer.note);
  RunLog log(stage.folder, progress.step);

  while (progress.step < config.steps) {
    const Stopwatch step_clock;
    std::vector<rollout::Rollout> batch;
    for (std::int64_t i = 0; i < config.batch_size; ++i) {
      batch.push_back(examples[rollout::shuffled(progress.cursor++, examples.size(), stage.seed)]);
    }
    const double rate = learning_rate_at(config.optimizer, progress.step, config.steps);
    Metrics trained;
    try {
      trained = supervised_step(student, optimizer, batch, config.micro_batch_tokens, rate,
                                {.gradient_checkpointing = config.gradient_checkpointing},
                                config.mtp_loss_weight);
    } catch (const GuardError& error) {
      stop_with_batch(stage, progress.step + 1, batch, {}, error);
    }
    const double seconds = step_clock.seconds();
    ++progress.step;
    progress.tokens += count_tokens(batch);
    progress.seconds += seconds;
    const Metrics metrics =
        supervised_metrics(trained, progress.tokens, count_tokens(batch), seconds);
    log.step(progress.step, metrics);
    stage.observer.step(progress.step, config.steps, metrics);

    const bool stop = stage.stop != nullptr && stage.stop->load();
    const bool last = progress.step == config.steps;
    if (!last && (stop || progress.step % config.checkpoint_every == 0)) {
      log.sync();
      save_checkpoint(stage.folder, student, optimizer, progress);
    }
    if (stop && !last) throw Interrupted("saved after step " + std::to_string(progress.step));
  }
  log.sync();
  save_policy(student, result);
  drop_checkpoints(stage.folder);
}

}  // namespace hone::rl
