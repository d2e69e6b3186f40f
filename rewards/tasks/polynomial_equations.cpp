#include "rewards/tasks/polynomial_equations.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "rewards/math/number.h"
#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

/// `2*x^2-6*x+4=0` of 2 and the solutions 1 and 2.
std::string equation_of(std::int64_t leading, const std::vector<std::int64_t>& roots) {
  std::vector<std::int64_t> coefficients = {leading};  // of 1, x, x^2, ...
  for (const std::int64_t root : roots) {
    coefficients.insert(coefficients.begin(), 0);
    for (std::size_t i = 0; i + 1 < coefficients.size(); ++i)
      coefficients[i] -= root * coefficients[i + 1];
  }
  std::string text;
  for (std::size_t power = coefficients.size(); power-- > 0;) {
    const std::int64_t coefficient = coefficients[power];
    if (coefficient == 0) continue;
    if (coefficient < 0 || !text.empty()) text += coefficient < 0 ? '-' : '+';
    const std::string size = std::to_string(std::abs(coefficient));
    if (power == 0) text += size;
    if (power > 0) text += size == "1" ? "x" : concat(size, "*x");
    if (power > 1) text += concat("^", power);
  }
  return concat(text, "=0");
}

/// Each number once, in whatever order they were. Absence means: not a list of numbers.
std::optional<std::set<std::string>> number_keys(std::string_view text) {
  std::set<std::string> keys;
  for (std::string_view item : split_list(text, ',')) {
    if (item.starts_with("x")) {  // x = 3
      item = trim(item.substr(1));
      if (!item.starts_with('=')) return std::nullopt;
      item = trim(item.substr(1));
    }
    const auto key = number_key(item);
    if (!key) return std::nullopt;
    keys.insert(*key);
  }
  return keys;
}

constexpr std::string_view kPolynomialEquationsPhrasings[] = {
    "Find all real solutions of the equation {equation}. Answer with the numbers, separated by "
    "commas.",
    "For which values of x is {equation}? Give all of them, separated by commas.",
    "Solve {equation} for x. List every real solution, with commas between them, and nothing else.",
    "What are the real roots of the equation {equation}? Reply with the roots only, separated by "
    "commas."};

class PolynomialEquations final : public Task {
 public:
  explicit PolynomialEquations(const PolynomialEquationsConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"*+,-0123456789:=^x", PolynomialEquationsConfig::kType})) {
    require_range("degree", config.min_degree, config.max_degree);
  }

  std::string_view name() const override { return PolynomialEquationsConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto degree =
        static_cast<std::size_t>(random.between(config_.min_degree, config_.max_degree));
    std::vector<std::int64_t> roots;
    while (roots.size() < degree) {
      const auto root = random.between(-config_.max_root, config_.max_root);
      if (std::find(roots.begin(), roots.end(), root) == roots.end()) roots.push_back(root);
    }
    std::sort(roots.begin(), roots.end());
    const std::string equation = equation_of(random.between(1, config_.max_coefficient), roots);
    const nlohmann::json metadata = {{"task", PolynomialEquationsConfig::kType},
                                     {"equation", equation}};
    return {concat(PolynomialEquationsConfig::kType, ":", equation, ":"), join(roots, ","),
            metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      const auto keys = number_keys(found);
      if (!keys) return wrong_answer(found, "not numbers with commas between them");
      return judged(found, *keys == number_keys(sample.answer), sample.answer);
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kPolynomialEquationsPhrasings, number,
                   {{"equation", spaced(question_of(*this, problem))}});
  }

  std::string words_answer(std::string answer) const override {
    return replaced(answer, ",", ", ");
  }

  PolynomialEquationsConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const PolynomialEquationsConfig& config) {
  return std::make_unique<PolynomialEquations>(config);
}

}  // namespace hone::rewards
