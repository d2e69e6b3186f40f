#include "rewards/tasks/polynomial_equations.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "rewards/math/number.h"
#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kPolynomialEquationsExplanation =
    "Which numbers are solutions of the equation? Answer with all of them, commas between "
    "them.";

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
  for (const std::string_view item : split_list(text, ',')) {
    const auto key = number_key(item);
    if (!key) return std::nullopt;
    keys.insert(*key);
  }
  return keys;
}

class PolynomialEquations final : public Task {
 public:
  explicit PolynomialEquations(const PolynomialEquationsConfig& config)
      : config_(config),
        explanation_(config.explain ? kPolynomialEquationsExplanation : ""),
        alphabet_(
            characters_of({"*+,-0123456789:=^x", PolynomialEquationsConfig::kType, explanation_})) {
    require_range("degree", config.min_degree, config.max_degree);
  }

  std::string_view name() const override { return PolynomialEquationsConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

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
    return {asked(explanation_, PolynomialEquationsConfig::kType, ":", equation, ":"),
            join(roots, ","), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
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
  PolynomialEquationsConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const PolynomialEquationsConfig& config) {
  return std::make_unique<PolynomialEquations>(config);
}

}  // namespace hone::rewards
