#include "rewards/tasks/simple_equations.h"

#include <cstdlib>
#include <numeric>

#include "rewards/math/equal.h"
#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

std::int64_t sum(const std::vector<std::int64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0});
}

/// `7` of `x = 7`.
std::string_view without_variable(std::string_view found) {
  if (found.front() < 'a' || found.front() > 'z') return found;
  const std::string_view rest = trim(found.substr(1));
  return rest.starts_with('=') ? rest.substr(1) : found;
}

constexpr std::string_view kSimpleEquationsPhrasings[] = {
    "Solve the equation {equation} for {variable}. Answer with a single whole number.",
    "If {equation}, what is {variable}? Give only the number.",
    "Find the value of {variable} for which {equation}. The answer is a single whole number.",
    "Which whole number must {variable} be so that {equation}? Reply with just the number."};

class SimpleEquations final : public Task {
 public:
  explicit SimpleEquations(const SimpleEquationsConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of(
            {"*+-/0123456789:;=abcdefghijklmnopqrstuvwxyz", SimpleEquationsConfig::kType})) {
    require_range("terms", config.min_terms, config.max_terms);
    require_range("value", config.min_value, config.max_value);
  }

  std::string_view name() const override { return SimpleEquationsConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const char variable = static_cast<char>('a' + random.below(26));
    const auto solution = random.between(config_.min_value, config_.max_value);
    const auto terms = random.between(config_.min_terms, config_.max_terms);
    std::vector<std::int64_t> coefficients, numbers;
    std::string left;
    for (std::int64_t coefficient_sum = 0; coefficient_sum == 0;) {
      coefficients.clear();
      numbers.clear();
      left.clear();
      for (std::int64_t i = 0; i < terms; ++i) {
        const auto size = random.between(config_.min_value, config_.max_value);
        const bool minus = i > 0 && random.chance(0.5),
                   variable_here = i == 0 || random.chance(0.5);
        (variable_here ? coefficients : numbers).push_back(minus ? -size : size);
        if (i > 0) left += minus ? '-' : '+';
        left += std::to_string(size);
        if (variable_here) left += concat("*", variable);
      }
      coefficient_sum = sum(coefficients);
    }
    const std::int64_t right = sum(coefficients) * solution + sum(numbers);
    const nlohmann::json metadata = {{"task", SimpleEquationsConfig::kType},
                                     {"coefficients", coefficients},
                                     {"numbers", numbers},
                                     {"right", right}};
    return {concat(SimpleEquationsConfig::kType, ":", variable, ":", left, "=", right, ":"),
            std::to_string(solution), metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const Collected worked = collect(problem, options, random);
    std::string think;
    for (const auto* sums : {&worked.coefficients, &worked.numbers}) {
      for (const auto& [before, number, after] : *sums)
        add_step(think, before, number < 0 ? '-' : '+', std::abs(number), "=", after);
    }
    add_step(think, worked.right, "/", worked.coefficient, "=", worked.solution);
    return completion_text(think, std::to_string(worked.solution));
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      return judge_whole(without_variable(found), sample.answer);
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const std::string question = question_of(*this, problem);
    return phrased(kSimpleEquationsPhrasings, number,
                   {{"variable", question.substr(0, 1)}, {"equation", spaced(question.substr(2))}});
  }

  /// `Terms with x: 3 - 1 = 2. Numbers: 19 - 5 = 14. So 2 * x = 14. 14 / 2 = 7. So x = 7.`
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto variable = question_of(*this, problem).substr(0, 1);
    const Collected worked = collect(problem, options, random);
    std::string think;
    const auto say_sums = [&](const std::string& what, const std::vector<Sum>& sums) {
      for (const auto& [before, number, after] : sums) {
        say(think, &sums.front().before == &before ? what : "", before, number < 0 ? " - " : " + ",
            std::abs(number), " = ", after);
      }
    };
    say_sums(concat("Terms with ", variable, ": "), worked.coefficients);
    say_sums("Numbers: ", worked.numbers);
    say(think, "So ", worked.coefficient, " * ", variable, " = ", worked.right);
    say(think, worked.right, " / ", worked.coefficient, " = ", worked.solution);
    say(think, "So ", variable, " = ", worked.solution);
    return completion_text(think, std::to_string(worked.solution));
  }

  struct Sum {
    std::int64_t before = 0, number = 0, after = 0;
  };

  /// The equation worked out: both sides' sums, then `coefficient * x = right` and its solution.
  struct Collected {
    std::vector<Sum> coefficients, numbers;
    std::int64_t coefficient = 0, right = 0, solution = 0;
  };

  Collected collect(const TaskProblem& problem, const TraceOptions& options, Random& random) const {
    const auto coefficients =
        metadata_of<std::vector<std::int64_t>>(*this, problem, "coefficients");
    const auto numbers = metadata_of<std::vector<std::int64_t>>(*this, problem, "numbers");
    Collected worked;
    const auto add = [&](std::int64_t before, std::int64_t number, std::vector<Sum>& sums) {
      sums.push_back({before, number, slip(before + number, options.wrong_steps, random)});
      return sums.back().after;
    };
    worked.coefficient = coefficients.at(0);
    for (std::size_t i = 1; i < coefficients.size(); ++i)
      worked.coefficient = add(worked.coefficient, coefficients[i], worked.coefficients);
    worked.right = metadata_of<std::int64_t>(*this, problem, "right");
    for (const std::int64_t number : numbers)
      worked.right = add(worked.right, -number, worked.numbers);
    const std::int64_t quotient = worked.coefficient == 0 ? 0 : worked.right / worked.coefficient;
    worked.solution = slip(quotient, options.wrong_steps, random);
    return worked;
  }

  SimpleEquationsConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const SimpleEquationsConfig& config) {
  return std::make_unique<SimpleEquations>(config);
}

}  // namespace hone::rewards
