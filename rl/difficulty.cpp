#include "rl/difficulty.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "model/error.h"
#include "rl/evaluate.h"
#include "rl/grpo.h"
#include "rl/policy.h"
#include "rl/sampling.h"
#include "rl/scoring.h"
#include "rl/stage.h"
#include "rl/streams.h"
#include "rollout/shuffle.h"

namespace hone::rl {
namespace {

namespace fs = std::filesystem;

/// Some places of another source, in a new order each cycle.
class ChosenProblems : public rollout::ProblemSource {
 public:
  ChosenProblems(std::shared_ptr<const rollout::ProblemSource> source,
                 std::vector<std::uint64_t> places, std::uint64_t seed)
      : source_(std::move(source)), places_(std::move(places)), seed_(seed) {}

  rollout::Problem at(std::uint64_t position) const override { return source_->at(of(position)); }
  std::uint64_t size() const override { return places_.size(); }
  std::string place(std::uint64_t position) const override { return source_->place(of(position)); }

 private:
  std::uint64_t of(std::uint64_t position) const {
    return places_[rollout::shuffled(position, places_.size(), seed_)];
  }

  std::shared_ptr<const rollout::ProblemSource> source_;
  std::vector<std::uint64_t> places_;
  std::uint64_t seed_;
};

std::vector<double> measure(const GrpoConfig& config, const Policy& policy,
                            const rollout::ProblemSource& problems, std::int64_t count,
                            const StageContext& stage) {
  const rollout::EngineConfig engine = engine_for(config, policy, stage, kDifficultyStep);
  const std::int64_t samples = config.difficulty.samples;
  std::vector<rollout::Rollout> rollouts;
  try {
    rollouts = rollout::generate_for_problems(policy.decoder, *policy.tokenizer, problems, 0, count,
                                              samples, engine);
  } catch (const rollout::Stopped&) {
    throw Interrupted("stopped before the problems' difficulty was measured");
  }
  const auto verifier = verifier_of(config.data);
  std::vector<double> passed(static_cast<std::size_t>(count), 0.0);
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    passed[i / static_cast<std::size_t>(samples)] +=
        verifier->score(sample_of(rollouts[i])).status == rewards::Status::kCorrect;
  }
  // Divided once, so that 3 of 10 is the number that "0.3" is.
  for (double& count_of : passed) count_of /= static_cast<double>(samples);
  return passed;
}

/// The pass rates in difficulty.json, measured first where they are not there.
std::vector<double> pass_rates_of(const GrpoConfig& config, const Policy& policy,
                                  const rollout::ProblemSource& problems,
                                  const StageContext& stage) {
  const fs::path file = stage.folder / "difficulty.json";
  if (!fs::exists(file)) {
    const std::int64_t count = at_most_all(problems, config.difficulty.problems);
    const nlohmann::json json = {{"pass_rates", measure(config, policy, problems, count, stage)}};
    model::write_file_atomic(file, json.dump() + "\n");
  }
  try {
    return nlohmann::json::parse(std::ifstream(file)).at("pass_rates").get<std::vector<double>>();
  } catch (const nlohmann::json::exception& error) {
    throw DataError(file.string(), error.what());
  }
}

bool within(double pass_rate, const DifficultyConfig& config) {
  return pass_rate >= config.min_pass_rate && pass_rate <= config.max_pass_rate;
}

}  // namespace

std::vector<std::uint64_t> places_by_difficulty(const std::vector<double>& pass_rates,
                                                const DifficultyConfig& config) {
  constexpr double kMostTimes = 4;
  std::vector<std::uint64_t> places;
  for (std::size_t i = 0; i < pass_rates.size(); ++i) {
    const double p = pass_rates[i];
    if (!within(p, config)) continue;
    const double share = config.weight == DifficultyWeight::kVariance ? 4 * p * (1 - p) : 0;
    const auto times = static_cast<std::size_t>(std::max(1.0, std::round(kMostTimes * share)));
    places.insert(places.end(), times, static_cast<std::uint64_t>(i));
  }
  return places;
}

std::shared_ptr<const rollout::ProblemSource> training_problems(const GrpoConfig& config,
                                                                const Policy& policy,
                                                                const StageContext& stage) {
  auto problems = open_problems(config.data, rewards::Split::kTrain, stage.seed, policy.folder);
  if (config.difficulty.problems == 0) return problems;
  // With shuffled answers, a control, the same problems are chosen as without.
  DataConfig own_answers = config.data;
  own_answers.shuffled_answers = false;
  const auto measured =
      open_problems(own_answers, rewards::Split::kTrain, stage.seed, policy.folder);
  const std::vector<double> pass_rates = pass_rates_of(config, policy, *measured, stage);
  std::vector<std::uint64_t> places = places_by_difficulty(pass_rates, config.difficulty);
  const auto kept = std::count_if(pass_rates.begin(), pass_rates.end(),
                                  [&](double p) { return within(p, config.difficulty); });
  const std::string text = std::to_string(kept) + " of " + std::to_string(pass_rates.size()) +
                           " problems have a pass rate from " +
                           std::to_string(config.difficulty.min_pass_rate) + " to " +
                           std::to_string(config.difficulty.max_pass_rate);
  if (places.empty()) {
    throw GuardError("difficulty: " + text + ": there is nothing to train on");
  }
  stage.observer.note("difficulty: " + text);
  return std::make_shared<ChosenProblems>(std::move(problems), std::move(places), stage.seed);
}

}  // namespace hone::rl
