#include "rewards/tasks/lastdigit.h"

#include <nlohmann/json.hpp>

#include "rewards/tasks/common.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kFactors = "379";
constexpr char kLettersMark = '@';  // begins a prompt that asks for steps in letters

char digit_char(std::uint64_t digit) { return static_cast<char>('0' + digit); }

int apply_to_digit(int left, char operation, int right) {
  return (operation == '+' ? left + right : left * right) % 10;
}

/// The text in the other language: digits become letters.
std::string in_letters(std::string text) {
  for (char& c : text) {
    if (is_digit(c)) c = static_cast<char>('a' + (c - '0'));
  }
  return text;
}

class Lastdigit final : public Task {
 public:
  explicit Lastdigit(const LastdigitConfig& config) : config_(config) {
    require_range("operations", config.min_operations, config.max_operations);
  }

  std::string_view name() const override { return LastdigitConfig::kType; }
  std::string_view alphabet() const override {
    return one_language() ? "0123456789+*=;" : "0123456789+*=;@abcdefghij";
  }

  TaskProblem generate(Random& random) const override {
    const std::int64_t operations = random.between(config_.min_operations, config_.max_operations);
    int value = static_cast<int>(random.below(10));
    std::string prompt(1, digit_char(static_cast<std::uint64_t>(value)));
    for (std::int64_t i = 0; i < operations; ++i) {
      const char operation = random.chance(0.5) ? '+' : '*';
      const char operand = operation == '+' ? digit_char(1 + random.below(9))
                                            : kFactors[random.below(kFactors.size())];
      value = apply_to_digit(value, operation, operand - '0');
      prompt += operation;
      prompt += operand;
    }
    nlohmann::json metadata = {{"task", name()}, {"operations", operations}};
    if (!one_language()) {
      const bool letters = draw_letters(random);
      if (letters) prompt.insert(prompt.begin(), kLettersMark);
      metadata["script"] = letters ? "latin" : "digits";
    }
    return {prompt + "=", std::to_string(value), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    const bool letters = !one_language() && problem.prompt.starts_with(kLettersMark);
    const std::string_view prompt = std::string_view(problem.prompt).substr(letters ? 1 : 0);
    check(prompt);
    if (!random.chance(options.long_share)) {
      return completion_text("", std::string(1, digit_char(random.below(10))));
    }
    std::string think;
    int value = prompt[0] - '0';
    for (std::size_t i = 1; i + 1 < prompt.size(); i += 2) {
      int next = apply_to_digit(value, prompt[i], prompt[i + 1] - '0');
      if (random.chance(options.wrong_steps))
        next = (next + 1 + static_cast<int>(random.below(9))) % 10;
      const std::string step =
          std::to_string(value) + prompt[i] + prompt[i + 1] + "=" + std::to_string(next);
      const bool mixed = !one_language() && random.chance(options.mixed_steps);
      add_step(think, letters != mixed ? in_letters(step) : step);
      value = next;
    }
    return completion_text(think, std::to_string(value));
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  bool one_language() const { return config_.languages == LastdigitLanguages::kDigits; }

  bool draw_letters(Random& random) const {
    return config_.languages == LastdigitLanguages::kLetters || random.chance(0.5);
  }

  void check(std::string_view prompt) const {
    bool good = prompt.size() >= 2 && prompt.size() % 2 == 0 && prompt.back() == '=';
    for (std::size_t i = 0; good && i + 1 < prompt.size(); ++i) {
      good = i % 2 == 0 ? is_digit(prompt[i]) : prompt[i] == '+' || prompt[i] == '*';
    }
    if (!good) not_a_problem_of(name(), prompt);
  }

  LastdigitConfig config_;
};

}  // namespace

std::unique_ptr<Task> make_task(const LastdigitConfig& config) {
  return std::make_unique<Lastdigit>(config);
}

}  // namespace hone::rewards
