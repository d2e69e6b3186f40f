#include "rewards/tasks/number_sequence.h"

#include <algorithm>
#include <optional>

#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kNumberSequenceExplanation = "Which number comes next?";

/// What comes next by a rule. Absence means: the terms do not follow it.
using Terms = std::vector<std::int64_t>;
using Rule = std::optional<std::int64_t> (*)(const Terms& terms);

/// The next term if each is made from the ones before it by `next`, from the term `first` on.
template <class Next>
std::optional<std::int64_t> follow(const Terms& terms, std::size_t first, Next next) {
  for (std::size_t i = first; i < terms.size(); ++i) {
    if (terms[i] != next(i)) return std::nullopt;
  }
  return next(terms.size());
}

std::optional<std::int64_t> add_constant(const Terms& t) {
  return follow(t, 2, [&](std::size_t i) { return t[i - 1] + t[1] - t[0]; });
}

std::optional<std::int64_t> multiply_by_constant(const Terms& t) {
  if (t[0] == 0 || t[1] % t[0] != 0) return std::nullopt;
  return follow(t, 2, [&](std::size_t i) { return t[i - 1] * (t[1] / t[0]); });
}

std::optional<std::int64_t> add_in_turn(const Terms& t) {
  return follow(t, 3, [&](std::size_t i) { return t[i - 1] + t[i - 2] - t[i - 3]; });
}

std::optional<std::int64_t> add_growing(const Terms& t) {
  return follow(t, 3, [&](std::size_t i) { return 3 * t[i - 1] - 3 * t[i - 2] + t[i - 3]; });
}

std::optional<std::int64_t> add_last_two(const Terms& t) {
  return follow(t, 2, [&](std::size_t i) { return t[i - 1] + t[i - 2]; });
}

constexpr Rule kRules[] = {add_constant, multiply_by_constant, add_in_turn, add_growing,
                           add_last_two};

class NumberSequence final : public Task {
 public:
  explicit NumberSequence(const NumberSequenceConfig& config)
      : config_(config),
        explanation_(config.explain ? kNumberSequenceExplanation : ""),
        alphabet_(characters_of({",-0123456789:=?", NumberSequenceConfig::kType, explanation_})) {
    require_range("terms", config.min_terms, config.max_terms);
  }

  std::string_view name() const override { return NumberSequenceConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (;;) {
      const auto& rule = pick(kRules, random);
      std::vector<std::int64_t> terms = first_terms(rule, random);
      const auto count = random.between(config_.min_terms, config_.max_terms);
      while (static_cast<std::int64_t>(terms.size()) <= count) terms.push_back(rule(terms).value());
      const std::int64_t answer = terms.back();
      terms.pop_back();
      // No other rule may go on differently.
      const bool clear = std::all_of(std::begin(kRules), std::end(kRules), [&](Rule other) {
        return other(terms).value_or(answer) == answer;
      });
      if (!clear) continue;
      const nlohmann::json metadata = {{"task", NumberSequenceConfig::kType}, {"terms", terms}};
      return {asked(explanation_, NumberSequenceConfig::kType, ":", join(terms, ","), ",?="),
              std::to_string(answer), metadata.dump()};
    }
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::vector<std::int64_t> first_terms(Rule rule, Random& random) const {
    const auto number = [&](std::int64_t limit) {
      const std::int64_t size = random.between(1, limit);
      return random.chance(0.5) ? size : -size;
    };
    const std::int64_t a = number(config_.max_value), step = number(config_.max_step);
    if (rule == multiply_by_constant) {
      const std::int64_t small = number(config_.max_value / 10);
      return {small, small * pick(std::to_array<std::int64_t>({-3, -2, 2, 3}), random)};
    }
    if (rule == add_constant) return {a, a + step};
    if (rule == add_last_two) return {a, number(config_.max_value)};
    return {a, a + step, a + step + number(config_.max_step)};
  }
  NumberSequenceConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const NumberSequenceConfig& config) {
  return std::make_unique<NumberSequence>(config);
}

}  // namespace hone::rewards
