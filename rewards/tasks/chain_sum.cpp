#include "rewards/tasks/chain_sum.h"

#include <cstdlib>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kChainSumPhrasings[] = {
    "What is {sum}? Answer with a single number.",
    "Work out {sum}. Give only the resulting number.",
    "Calculate {sum} step by step. The answer is a single whole number.",
    "Find the value of {sum}. Reply with just the number.",
    "Add and subtract from left to right: {sum}. Answer with the final number alone."};

class ChainSum final : public Task {
 public:
  explicit ChainSum(const ChainSumConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"+-0123456789:;=", ChainSumConfig::kType})) {
    require_range("terms", config.min_terms, config.max_terms);
    require_range("digits", config.min_digits, config.max_digits);
  }

  std::string_view name() const override { return ChainSumConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

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
    return {concat(question, "="), std::to_string(sum), metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto totals = running_totals(problem, options, random);
    std::string think;
    for (std::size_t i = 1; i < totals.size(); ++i) {
      add_step(think, totals[i - 1].value, totals[i].term < 0 ? '-' : '+', std::abs(totals[i].term),
               "=", totals[i].value);
    }
    return completion_text(think, std::to_string(totals.back().value));
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kChainSumPhrasings, number, {{"sum", spaced(question_of(*this, problem))}});
  }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto totals = running_totals(problem, options, random);
    std::string think;
    for (std::size_t i = 1; i < totals.size(); ++i) {
      say(think, totals[i - 1].value, totals[i].term < 0 ? " - " : " + ", std::abs(totals[i].term),
          " = ", totals[i].value);
    }
    say(think, "So the answer is ", totals.back().value);
    return completion_text(think, std::to_string(totals.back().value));
  }

  struct Total {
    std::int64_t term = 0, value = 0;
  };

  /// The terms, and behind each what they come to so far.
  std::vector<Total> running_totals(const TaskProblem& problem, const TraceOptions& options,
                                    Random& random) const {
    std::vector<Total> totals;
    for (const auto term : metadata_of<std::vector<std::int64_t>>(*this, problem, "terms")) {
      const bool first = totals.empty();
      const std::int64_t value = first ? term : totals.back().value + term;
      totals.push_back({term, first ? value : slip(value, options.wrong_steps, random)});
    }
    return totals;
  }

  ChainSumConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const ChainSumConfig& config) {
  return std::make_unique<ChainSum>(config);
}

}  // namespace hone::rewards
