#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "rewards/rewards.h"
#include "rl/evaluate_config.h"
#include "rl/evaluate_stats.h"
#include "rollout/rollout.h"

namespace hone::rl {

struct Policy;
struct Observer;

/// Judges answers to problems of this data: a task's own verifier, for a file that of its
/// `gold_type`; in a mixture that of the source which a problem came from. Each is given what the
/// reading finds. Throws: std::invalid_argument for programs where this machine cannot run them in
/// isolation; DataError for a file without answers, and for a reading of programs, which have none
/// but kAuto.
std::unique_ptr<rewards::Reward> verifier_of(const DataConfig& data,
                                             rewards::Reading reading = rewards::Reading::kAuto);

/// The reward that compares answers with a reference answer of this type.
rewards::RewardConfig verifier_of_gold(rollout::GoldType type);

/// What is measured of sampled completions, as many for every problem, problem after problem.
/// Greedy decoding is not looked at; `further` rewards may be null.
std::vector<ProblemVerdicts> judge(const std::vector<rollout::Rollout>& rollouts,
                                   std::int64_t samples, const rewards::Reward& verifier,
                                   const rewards::RewardSum* further = nullptr);

/// What a model wrote, to be judged in one way or several.
struct Completions {
  std::vector<rollout::Rollout> sampled;  // problem after problem
  std::vector<rollout::Rollout> greedy;   // one a problem
};

/// Draws the completions of the first problems of the held-out split. The seed and the settings
/// alone decide the problems and the draws, so that models are compared on the same ones.
/// Throws: DataError for bad data; Interrupted if `stop` is set.
Completions complete(const Policy& policy, const MeasureConfig& config, std::uint64_t seed,
                     const std::atomic<bool>* stop);

/// The verdict on each completion, in their order.
std::vector<rewards::Score> scores_of(const rewards::Reward& verifier,
                                      const std::vector<rollout::Rollout>& rollouts);

/// The readings beside the first. Throws: DataError for an unknown one, with what is known.
std::vector<rewards::Reading> further_readings(const MeasureConfig& config);

/// The first, and those beside it.
std::vector<rewards::Reading> all_readings(const MeasureConfig& config);

/// What the settings of a measurement are called in its result.
EvalSettings settings_of(const MeasureConfig& config, std::uint64_t seed);

/// Judges completions by the first reading of the settings and by all further ones; `further`
/// rewards may be null.
EvalResult judge_completions(const Completions& completions, const MeasureConfig& config,
                             const rewards::RewardSum* further = nullptr);

/// Measures a model: sampled and greedy completions of the first problems of the held-out split,
/// the further measurements, and the text. Which problems are whose in a mixture goes by its
/// sources. Throws: DataError for bad data; Interrupted if `stop` is set.
EvalResult evaluate(const Policy& policy, const EvalConfig& config, std::uint64_t seed,
                    const std::atomic<bool>* stop);

/// The same for a checkpoint folder.
EvalResult evaluate_model(const EvalConfig& config, const std::filesystem::path& model,
                          std::uint64_t seed, const Observer& observer,
                          const std::atomic<bool>* stop);

}  // namespace hone::rl
