#include "rewards/tasks/lastdigit.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
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

constexpr std::string_view kLastdigitPhrasings[] = {
    "Start with {start}. Then, in this order: {steps}. What is the last digit of the result? "
    "Answer "
    "with a single digit.",
    "Take the number {start} and do the following, one after the other: {steps}. Give only the "
    "last digit of what you get.",
    "Begin with {start} and apply these steps in turn: {steps}. Which digit does the result end "
    "in? "
    "Answer with that digit alone.",
    "From {start}, go through these operations in order: {steps}. The answer is the last digit of "
    "the final number, a single digit."};

constexpr std::string_view kLettersWanted =
    " In your reasoning, write the letters a to j for the digits 0 to 9.";

/// `3*7+4` as `multiply by 7, add 4`.
std::string operations_in_words(std::string_view question) {
  std::vector<std::string> steps;
  for (std::size_t i = 1; i + 1 < question.size(); i += 2)
    steps.push_back(concat(question[i] == '+' ? "add " : "multiply by ", question[i + 1]));
  return join(steps, ", ");
}

class Lastdigit final : public Task {
 public:
  explicit Lastdigit(const LastdigitConfig& config) : Task(config.prompts), config_(config) {
    require_range("operations", config.min_operations, config.max_operations);
  }

  std::string_view name() const override { return LastdigitConfig::kType; }
  std::string_view code_alphabet() const override {
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

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    const bool letters = in_letters_too(problem);
    const std::string_view prompt = question_in(problem);
    if (!random.chance(options.long_share)) return guessed(random);
    std::string think;
    int value = prompt[0] - '0';
    for (std::size_t i = 1; i + 1 < prompt.size(); i += 2) {
      const int next =
          with_slips(apply_to_digit(value, prompt[i], prompt[i + 1] - '0'), options, random);
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
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const std::string_view question = question_in(problem);
    const std::string text =
        phrased(kLastdigitPhrasings, number,
                {{"start", std::string(1, question[0])}, {"steps", operations_in_words(question)}});
    return in_letters_too(problem) ? concat(text, kLettersWanted) : text;
  }

  /// `3 * 7 = 21, last digit 1. 1 + 4 = 5, last digit 5.` Where there are two languages of steps,
  /// no English stands between them.
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!one_language()) return code_trace(problem, options, random);
    const std::string_view question = question_in(problem);
    if (!random.chance(options.long_share)) return guessed(random);
    std::string think;
    int value = question[0] - '0';
    for (std::size_t i = 1; i + 1 < question.size(); i += 2) {
      const int operand = question[i + 1] - '0';
      const int whole = question[i] == '+' ? value + operand : value * operand;
      const int next = with_slips(whole % 10, options, random);
      say(think, value, ' ', question[i], ' ', operand, " = ", whole, ", last digit ", next);
      value = next;
    }
    say(think, "So the last digit is ", value);
    return completion_text(think, std::to_string(value));
  }

  static std::string guessed(Random& random) {
    return completion_text("", std::string(1, digit_char(random.below(10))));
  }

  static int with_slips(int digit, const TraceOptions& options, Random& random) {
    if (!random.chance(options.wrong_steps)) return digit;
    return (digit + 1 + static_cast<int>(random.below(9))) % 10;
  }

  bool in_letters_too(const TaskProblem& problem) const {
    return !one_language() && problem.short_form().starts_with(kLettersMark);
  }

  /// Without the mark.
  std::string_view question_in(const TaskProblem& problem) const {
    const std::string_view code = problem.short_form();
    const std::string_view question = code.substr(in_letters_too(problem) ? 1 : 0);
    check(question);
    return question;
  }

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
