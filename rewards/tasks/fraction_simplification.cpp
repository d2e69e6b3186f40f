#include "rewards/tasks/fraction_simplification.h"

#include <array>
#include <numeric>
#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/euclid.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr int kMaxFractionSimplificationDraws = 10'000;

constexpr std::string_view kFractionSimplificationPhrasings[] = {
    "Simplify the fraction {fraction} to lowest terms. Answer in the form numerator/denominator.",
    "Write {fraction} in lowest terms. Give only the fraction, as numerator/denominator.",
    "Reduce {fraction} as far as possible. The answer is a fraction of two whole numbers with a "
    "slash between them.",
    "What is {fraction} in its simplest form? Reply with just the fraction, as "
    "numerator/denominator."};

class FractionSimplification final : public Task {
 public:
  explicit FractionSimplification(const FractionSimplificationConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"%/0123456789:;=", FractionSimplificationConfig::kType})) {
    require_range("value", config.min_value, config.max_value);
    require_range("factor", config.min_factor, config.max_factor);
  }

  std::string_view name() const override { return FractionSimplificationConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    std::int64_t numerator = 0, denominator = 0;
    for (int draw = 0; denominator < 2 || std::gcd(numerator, denominator) != 1; ++draw) {
      if (draw == kMaxFractionSimplificationDraws)
        throw std::invalid_argument("fraction_simplification: no such fraction");
      numerator = random.between(config_.min_value, config_.max_value);
      denominator = random.between(config_.min_value, config_.max_value);
    }
    const auto factor = random.between(config_.min_factor, config_.max_factor);
    const std::vector<std::int64_t> parts = {numerator * factor, denominator * factor};
    const nlohmann::json metadata = {{"task", FractionSimplificationConfig::kType},
                                     {"parts", parts}};
    return {concat(FractionSimplificationConfig::kType, ":", join(parts, "/"), "="),
            concat(numerator, "/", denominator), metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto parts = metadata_of<std::array<std::int64_t, 2>>(*this, problem, "parts");
    std::string think, answer;
    const std::int64_t divisor =
        euclid_steps(think, parts[0], parts[1], options.wrong_steps, random);
    for (const std::int64_t part : parts) {
      const std::string quotient =
          std::to_string(slip(part / divisor, options.wrong_steps, random, 0));
      add_step(think, part, "/", divisor, "=", quotient);
      answer += concat(answer.empty() ? "" : "/", quotient);
    }
    return completion_text(think, answer);
  }

  Score verify(const Sample& sample) const override { return verify_list(sample, '/'); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kFractionSimplificationPhrasings, number,
                   {{"fraction", question_of(*this, problem)}});
  }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto parts = metadata_of<std::array<std::int64_t, 2>>(*this, problem, "parts");
    std::string think;
    const std::int64_t divisor =
        euclid_in_words(think, parts[0], parts[1], options.wrong_steps, random);
    say(think, "The greatest common divisor is ", divisor);
    std::vector<std::int64_t> reduced;
    for (const std::int64_t part : parts) {
      reduced.push_back(slip(part / divisor, options.wrong_steps, random, 0));
      say(think, part, " / ", divisor, " = ", reduced.back());
    }
    const std::string answer = join(reduced, "/");
    say(think, "So the fraction is ", answer);
    return completion_text(think, answer);
  }

  FractionSimplificationConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const FractionSimplificationConfig& config) {
  return std::make_unique<FractionSimplification>(config);
}

}  // namespace hone::rewards
