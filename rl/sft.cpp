#include "rl/sft.h"

#include <cmath>
#include <limits>

#include "model/durable.h"
#include "model/error.h"
#include "rl/clock.h"
#include "rl/lengths.h"
#include "rl/policy.h"
#include "rl/rollout_metrics.h"
#include "rl/run_log.h"
#include "rl/sft_data.h"
#include "rl/stopped_batch.h"
#include "rl/supervised.h"
#include "rl/train_state.h"

namespace hone::rl {
namespace {

std::int64_t longest(const SftConfig& config, const Policy& policy) {
  return std::min(config.max_length, policy.decoder.config.max_position_embeddings);
}

/// Seconds of training after which the stage ends; infinite where only its steps are counted.
double time_limit(const SftConfig& config, const StageContext& stage) {
  if (!config.minutes_of.empty()) return stage.training_seconds(config.minutes_of);
  return config.max_minutes > 0 ? config.max_minutes * 60 : std::numeric_limits<double>::infinity();
}

/// How many steps there will be if they go on as they did: for the learning rate, and for whoever
/// waits.
std::int64_t expected_steps(const SftConfig& config, const Progress& progress, double limit) {
  if (progress.step == 0) return config.steps;
  const double steps = static_cast<double>(progress.step) * limit / progress.seconds;
  if (!(steps < static_cast<double>(config.steps))) return config.steps;
  return std::max(progress.step, static_cast<std::int64_t>(std::ceil(steps)));
}

std::vector<rollout::Rollout> batch_of(const SftConfig& config, const Policy& policy,
                                       const TextPairs& pairs, std::uint64_t first,
                                       std::int64_t count) {
  std::vector<rollout::Rollout> batch;
  for (std::int64_t i = 0; i < count; ++i) {
    const TextPair pair = pairs.at(first + static_cast<std::uint64_t>(i));
    batch.push_back(example_of(policy, pair));
    const std::int64_t length = static_cast<std::int64_t>(batch.back().tokens.size());
    const std::int64_t limit = longest(config, policy);
    if (length > limit) {
      throw DataError("example \"" + pair.prompt.substr(0, 60) + "\"",
                      "at most " + std::to_string(limit) + " tokens (max_length, or the context)",
                      std::to_string(length));
    }
  }
  return batch;
}

}  // namespace

void run_sft(const SftConfig& config, StageContext& stage) {
  const std::filesystem::path result = stage.folder / "model";
  if (model::is_complete(result)) return;
  const auto pairs = open_text_pairs(with_rollouts(config.data, stage.resolve_rollouts), stage.seed,
                                     starting_folder(config, stage));
  const StartingMaterial material{
      .tokenizer =
          [&] {
            return model::train_tokenizer(config.init->tokenizer.value_or(model::TokenizerConfig{}),
                                          tokenizer_texts(*pairs));
          },
      .examples =
          [&](const Policy& whole) { return batch_of(config, whole, *pairs, 0, kLayerExamples); }};
  Policy policy = starting_policy(config, stage, material);
  // What an earlier stage drew could not be looked through before.
  check_example_lengths(*pairs, longest(config, policy), [&] { return policy.tokenizer; });
  model::require_gradients(policy.decoder);
  AdamW optimizer(policy.decoder.trainable_parameters(), config.optimizer);
  Progress progress = resume(stage.folder, policy, optimizer, stage.observer.note);
  RunLog log(stage.folder, progress.step);

  const double limit = time_limit(config, stage);
  while (progress.step < config.steps && progress.seconds < limit) {
    const Stopwatch step_clock;
    const auto batch = batch_of(config, policy, *pairs,
                                static_cast<std::uint64_t>(config.skip_examples) + progress.cursor,
                                config.batch_size);
    const double rate =
        learning_rate_at(config.optimizer, progress.step, expected_steps(config, progress, limit));
    Metrics trained;
    try {
      trained = supervised_step(policy, optimizer, batch, config.micro_batch_tokens, rate,
                                {.gradient_checkpointing = config.gradient_checkpointing},
                                config.mtp_loss_weight);
    } catch (const GuardError& error) {
      stop_with_batch(stage, progress.step + 1, batch, {}, error);
    }
    const double seconds = step_clock.seconds();
    ++progress.step;
    progress.cursor += static_cast<std::uint64_t>(config.batch_size);
    progress.tokens += count_tokens(batch);
    progress.seconds += seconds;
    const Metrics metrics =
        supervised_metrics(trained, progress.tokens, count_tokens(batch), seconds);
    log.step(progress.step, metrics);
    stage.observer.step(progress.step, expected_steps(config, progress, limit), metrics);

    const bool stop = stage.stop != nullptr && stage.stop->load();
    const bool last = progress.step == config.steps;
    if (!last && (stop || progress.step % config.checkpoint_every == 0)) {
      log.sync();
      save_checkpoint(stage.folder, policy, optimizer, progress);
    }
    if (stop && !last) throw Interrupted("saved after step " + std::to_string(progress.step));
  }
  log.sync();
  save_policy(policy, result);
  drop_checkpoints(stage.folder);
}

}  // namespace hone::rl
