#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/evaluate_stats.h"
#include "rollout/rollout.h"

namespace hone::rl {

struct Policy;
struct Observer;

/// How every stage's model is measured, on the same held-out problems.
struct EvalConfig {
  DataConfig data;
  std::int64_t problems = 256;
  std::int64_t samples = 4;
  std::int64_t max_new_tokens = 64;
  double temperature = 1.0;
  double top_p = 1.0;
  std::vector<rewards::WeightedReward> reward;

  template <class V>
  void fields(V& v) {
    v("data", data, "held-out problems");
    v("problems", problems, "problems measured", 1, 1 << 24);
    v("samples", samples, "completions a problem", 1, 4096);
    v("max_new_tokens", max_new_tokens, "longest completion", 1, 1 << 20);
    v("temperature", temperature, "sampling temperature", 0.01, 100.0);
    v("top_p", top_p, "draw from the likeliest tokens of this much probability", 0.01, 1.0);
    v("reward", reward, "further rewards whose means are reported, without a weight");
  }
};

/// Judges answers to problems of this data: a task's own verifier, for a file that of its
/// `gold_type`; in a mixture that of the source which a problem came from. Throws: DataError for a
/// file without answers; std::invalid_argument for programs where this machine cannot run them in
/// isolation.
std::unique_ptr<rewards::Reward> verifier_of(const DataConfig& data);

/// The reward that compares answers with a reference answer of this type.
rewards::RewardConfig verifier_of_gold(rollout::GoldType type);

/// What is measured of sampled completions, as many for every problem, problem after problem.
/// Greedy decoding is not looked at; `further` rewards may be null.
std::vector<ProblemVerdicts> judge(const std::vector<rollout::Rollout>& rollouts,
                                   std::int64_t samples, const rewards::Reward& verifier,
                                   const rewards::RewardSum* further = nullptr);

/// Measures a model: sampled and greedy completions of the first problems of the held-out split.
/// The seed and the settings alone decide the problems and the draws, so that models are compared
/// on the same ones; which problems are whose in a mixture goes by its sources. Throws: DataError
/// for bad data; Interrupted if `stop` is set.
EvalResult evaluate(const Policy& policy, const EvalConfig& config, std::uint64_t seed,
                    const std::atomic<bool>* stop);

/// The same for a checkpoint folder.
EvalResult evaluate_model(const EvalConfig& config, const std::filesystem::path& model,
                          std::uint64_t seed, const Observer& observer,
                          const std::atomic<bool>* stop);

}  // namespace hone::rl
