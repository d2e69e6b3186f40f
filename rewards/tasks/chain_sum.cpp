#include "rewards/tasks/chain_sum.h"

#include <cstdlib>

#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kChainSumExplanation = "What is the sum?";

class ChainSum final : public Task {
 public:
  explicit ChainSum(const ChainSumConfig& config)
      : config_(config),
        explanation_(config.explain ? kChainSumExplanation : ""),
        alphabet_(characters_of({"+-0123456789:;=", ChainSumConfig::kType, explanation_})) {
    require_range("terms", config.min_terms, config.max_terms);
    require_range("digits", config.min_digits, config.max_digits);
  }

  std::string_view name() const override { return ChainSumConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto digits = random.between(config_.min_digits, config_.max_digits);
    const auto count = random.between(config_.min_terms, config_.max_terms);
    std::vector<std::int64_t> terms;
    std::string question = concat(ChainSumConfig::kType, ":");
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const bool minus = i > 0 && random.chance(0.5);
      const std::int64_t size = number_with_digits(digits, random);
      terms.push_back(minus ? -size : size);
      sum += terms.back();
      if (i > 0) question += minus ? '-' : '+';
      question += std::to_string(size);
    }
    const nlohmann::json metadata = {{"task", ChainSumConfig::kType}, {"terms", terms}};
    return {asked(explanation_, question, "="), std::to_string(sum), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto terms = metadata_of<std::vector<std::int64_t>>(*this, problem, "terms");
    std::string think;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::int64_t before = total;
      total += terms[i];
      if (i == 0) continue;
      total = slip(total, options.wrong_steps, random);
      add_step(think, before, terms[i] < 0 ? '-' : '+', std::abs(terms[i]), "=", total);
    }
    return completion_text(think, std::to_string(total));
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  ChainSumConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const ChainSumConfig& config) {
  return std::make_unique<ChainSum>(config);
}

}  // namespace hone::rewards
