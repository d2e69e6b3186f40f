#include "rewards/tasks/spell_backward.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kAskBackward = "back:";
constexpr std::uint64_t kAlphabetSize = 26;

char letter(std::uint64_t number) { return static_cast<char>('a' + number % kAlphabetSize); }

constexpr std::string_view kSpellBackwardPhrasings[] = {
    "Spell the word \"{word}\" backward. Answer with the reversed word alone.",
    "Write \"{word}\" with its letters in reverse order. Give only the result.",
    "What is \"{word}\" spelled from its last letter to its first? Answer with a single word.",
    "Reverse the letters of \"{word}\". Reply with nothing but the reversed word."};

char another_letter(char c, Random& random) {
  return letter(static_cast<std::uint64_t>(c - 'a') + 1 + random.below(kAlphabetSize - 1));
}

class SpellBackward final : public Task {
 public:
  explicit SpellBackward(const SpellBackwardConfig& config)
      : Task(config.prompts), config_(config) {
    require_range("length", config.min_length, config.max_length);
  }

  std::string_view name() const override { return SpellBackwardConfig::kType; }
  std::string_view code_alphabet() const override { return "abcdefghijklmnopqrstuvwxyz:="; }

  TaskProblem generate(Random& random) const override {
    const std::int64_t length = random.between(config_.min_length, config_.max_length);
    std::string word;
    for (std::int64_t i = 0; i < length; ++i) word += letter(random.below(kAlphabetSize));
    const nlohmann::json metadata = {{"task", name()}, {"length", length}};
    return {std::string(kAskBackward) + word + "=", backward(word), metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    std::string answer = backward(word_of(problem.short_form()));
    if (random.chance(options.wrong_steps)) {
      char& c = answer[random.below(answer.size())];
      c = another_letter(c, random);
    }
    return completion_text("", answer);
  }

  Score verify(const Sample& sample) const override { return verify_exact(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kSpellBackwardPhrasings, number,
                   {{"word", std::string(word_of(problem.short_form()))}});
  }

  /// `Letters: a b c. From the end: c b a.`; each letter written is wrong with the given chance.
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const std::string_view word = word_of(problem.short_form());
    std::string answer = backward(word), think;
    for (char& c : answer) {
      if (random.chance(options.wrong_steps)) c = another_letter(c, random);
    }
    say(think, "Letters: ", spelled(word));
    say(think, "From the end: ", spelled(answer));
    return completion_text(think, answer);
  }

  static std::string backward(std::string_view word) { return {word.rbegin(), word.rend()}; }

  std::string_view word_of(std::string_view prompt) const {
    const bool framed = prompt.size() > kAskBackward.size() + 1 && prompt.starts_with(kAskBackward);
    if (!framed || prompt.back() != '=') not_a_problem_of(name(), prompt);
    const std::string_view word =
        prompt.substr(kAskBackward.size(), prompt.size() - kAskBackward.size() - 1);
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (!std::all_of(word.begin(), word.end(), is_letter)) not_a_problem_of(name(), prompt);
    return word;
  }

  SpellBackwardConfig config_;
};

}  // namespace

std::unique_ptr<Task> make_task(const SpellBackwardConfig& config) {
  return std::make_unique<SpellBackward>(config);
}

}  // namespace hone::rewards
