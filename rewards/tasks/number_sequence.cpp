#include "rewards/tasks/number_sequence.h"

#include <algorithm>
#include <optional>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

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

constexpr std::string_view kNumberSequencePhrasings[] = {
    "What number comes next in the sequence {terms}? Answer with a single number.",
    "Continue the sequence {terms} by one number. Give only that number.",
    "The numbers {terms} follow a rule. Which number comes after them? Reply with just the number.",
    "Find the pattern in {terms} and say what the next number is. The answer is a single number."};

/// `7`, and `(-7)` for what stands behind an operation.
std::string operand_text(std::int64_t number) {
  return number < 0 ? concat('(', number, ')') : std::to_string(number);
}

class NumberSequence final : public Task {
 public:
  explicit NumberSequence(const NumberSequenceConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({",-0123456789:=?", NumberSequenceConfig::kType})) {
    require_range("terms", config.min_terms, config.max_terms);
  }

  std::string_view name() const override { return NumberSequenceConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

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
      return {concat(NumberSequenceConfig::kType, ":", join(terms, ","), ",?="),
              std::to_string(answer), metadata.dump()};
    }
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kNumberSequencePhrasings, number, {{"terms", join(terms_of(problem), ", ")}});
  }

  /// First the differences, then what they show, then the next number.
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const Terms terms = terms_of(problem);
    std::vector<std::string> steps;
    Terms differences;
    for (std::size_t i = 1; i < terms.size(); ++i) {
      differences.push_back(slip(terms[i] - terms[i - 1], options.wrong_steps, random));
      steps.push_back(
          concat(terms[i], " - ", operand_text(terms[i - 1]), " = ", differences.back()));
    }
    std::string think;
    say(think, "Differences: ", join(steps, ", "));
    const std::int64_t next = continued(think, terms, differences, options, random);
    say(think, "So the next number is ", next);
    return completion_text(think, std::to_string(next));
  }

  Terms terms_of(const TaskProblem& problem) const {
    return metadata_of<Terms>(*this, problem, "terms");
  }

  /// The next number by the first rule that the terms follow.
  static std::int64_t continued(std::string& think, const Terms& terms, const Terms& differences,
                                const TraceOptions& options, Random& random) {
    const std::int64_t last = terms.back();
    const auto end = [&](std::int64_t value, auto... step) {
      const std::int64_t next = slip(value, options.wrong_steps, random);
      say(think, last, step..., " = ", next);
      return next;
    };
    const auto added = [&](std::int64_t step) {
      return end(last + step, " + ", operand_text(step));
    };
    if (add_constant(terms)) {
      say(think, "They are all the same");
      return added(differences.back());
    }
    if (multiply_by_constant(terms)) {
      const std::int64_t factor = terms[1] / terms[0];
      say(think, "Each number is the one before times ", factor);
      return end(last * factor, " * ", operand_text(factor));
    }
    if (add_in_turn(terms)) {
      say(think, "They take turns, so the next one is ", differences[differences.size() - 2]);
      return added(differences[differences.size() - 2]);
    }
    if (add_growing(terms)) {
      const std::int64_t change = differences[1] - differences[0];
      const std::int64_t step = slip(differences.back() + change, options.wrong_steps, random);
      say(think, "They change by ", change, " each time");
      say(think, "Next difference: ", differences.back(), " + ", operand_text(change), " = ", step);
      return added(step);
    }
    say(think, "Each number is the sum of the two before it");
    return end(last + terms[terms.size() - 2], " + ", operand_text(terms[terms.size() - 2]));
  }

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
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const NumberSequenceConfig& config) {
  return std::make_unique<NumberSequence>(config);
}

}  // namespace hone::rewards
