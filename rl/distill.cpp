#include "rl/distill.h"

#include <set>

#include "model/durable.h"
#include "rl/clock.h"
#include "rl/policy.h"
#include "rl/rollout_metrics.h"
#include "rl/run_log.h"
#include "rl/scoring.h"
#include "rl/streams.h"
#include "rl/supervised.h"
#include "rl/train_state.h"
#include "rollout/engine.h"
#include "rollout/rollout_io.h"
#include "rollout/shuffle.h"

namespace hone::rl {
namespace {

namespace fs = std::filesystem;

/// The teacher's samples that are good enough, each once.
std::vector<rollout::Rollout> verified_samples(const DistillConfig& config, const Policy& teacher,
                                               const rewards::RewardSum& rewards,
                                               const StageContext& stage) {
  const auto problems = open_problems(config.data, rewards::Split::kTrain, stage.seed);
  rollout::EngineConfig engine;
  engine.sampling.temperature = config.temperature;
  engine.sampling.max_new_tokens = config.max_new_tokens;
  engine.key = {stage.seed, stage.index, kTeacherStep, 0, 0};
  engine.end_ids = teacher.end_ids();
  engine.stop = stage.stop;
  std::vector<rollout::Rollout> samples;
  try {
    samples = rollout::generate_for_problems(teacher.decoder, *teacher.tokenizer, *problems, 0,
                                             config.problems, config.samples, engine);
  } catch (const rollout::Stopped&) {
    throw Interrupted("stopped before the teacher had answered");
  }
  score_rollouts(rewards, samples);
  std::set<std::vector<std::int32_t>> seen;
  std::vector<rollout::Rollout> kept;
  std::size_t right = 0;
  for (rollout::Rollout& sample : samples) {
    if (sample.reward < config.min_reward || sample.finish == rollout::Finish::kLength) continue;
    ++right;
    if (seen.insert(sample.tokens).second) kept.push_back(std::move(sample));
  }
  stage.observer.note("teacher: " + std::to_string(samples.size()) + " samples, " +
                      std::to_string(right) + " verified, " + std::to_string(kept.size()) +
                      " of them different");
  return kept;
}

/// The samples kept in teacher/rollouts.jsonl, drawn first where they are not there yet.
std::vector<rollout::LoggedRollout> teacher_samples(const DistillConfig& config,
                                                    const StageContext& stage) {
  const fs::path folder = stage.folder / "teacher";
  if (!model::is_complete(folder)) {
    const rewards::RewardSum rewards(config.reward);
    const auto kept =
        verified_samples(config, load_policy(stage.resolve(config.teacher)), rewards, stage);
    model::write_folder(folder, [&](const fs::path& temporary) {
      model::write_file_atomic(temporary / "rollouts.jsonl",
                               rollout::to_json_lines(kept, 0, rewards.names()));
    });
  }
  auto samples = rollout::read_rollouts(folder / "rollouts.jsonl");
  if (samples.empty()) {
    throw GuardError("none of the teacher's samples reached a reward of " +
                     std::to_string(config.min_reward) + ": there is nothing to learn from");
  }
  return samples;
}

Policy starting_student(const DistillConfig& config, const StageContext& stage) {
  if (!config.init) return load_policy(stage.resolve(config.from));
  const auto tokenizer = model::load_tokenizer(stage.resolve(config.teacher));
  return new_policy(*config.init, tokenizer, stage.seed + stage.index);
}

}  // namespace

void run_distill(const DistillConfig& config, StageContext& stage) {
  const fs::path result = stage.folder / "model";
  if (model::is_complete(result)) return;
  const auto samples = teacher_samples(config, stage);
  Policy student = starting_student(config, stage);
  std::vector<rollout::Rollout> examples;
  for (const rollout::LoggedRollout& sample : samples) {
    examples.push_back(example_of(student, sample.rollout.prompt, sample.rollout.completion));
  }
  model::require_gradients(student.decoder);
  AdamW optimizer(student.decoder.named_parameters(), config.optimizer);
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
                                {.gradient_checkpointing = config.gradient_checkpointing});
    } catch (const GuardError& error) {
      stop_with_batch(stage, progress.step + 1, batch, error);
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
