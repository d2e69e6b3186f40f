#include "rewards/tasks/string_manipulation.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kStringLetters = "abcdef";

std::string random_rule(Random& random) {
  constexpr std::string_view kStringRules[] = {"rev", "rot", "swap", "dup", "del", "rep"};
  const std::string_view rule = pick(kStringRules, random);
  const std::size_t at = random.below(kStringLetters.size());
  const char x = kStringLetters[at],
             y = kStringLetters[(at + 1 + random.below(kStringLetters.size() - 1)) %
                                kStringLetters.size()];
  if (rule == "del") return concat("del ", x);
  return rule == "rep" ? concat("rep ", x, " ", y) : std::string(rule);
}

/// A string that is empty stays empty.
std::string changed_by(std::string_view rule, std::string text) {
  if (text.empty()) return text;
  if (rule == "rev") std::reverse(text.begin(), text.end());
  if (rule == "rot") std::rotate(text.begin(), text.begin() + 1, text.end());
  if (rule == "swap") std::swap(text.front(), text.back());
  if (rule == "dup") text += text.front();
  if (rule.starts_with("del ")) std::erase(text, rule.back());
  if (rule.starts_with("rep ")) std::replace(text.begin(), text.end(), rule[4], rule.back());
  return text;
}

constexpr std::string_view kStringManipulationPhrasings[] = {
    "Start with the string \"{start}\" and do the following in order: {rules}. What is the "
    "resulting string? Answer with the string alone.",
    "Take the letters {start}. Apply these steps one after the other: {rules}. Give only the final "
    "string.",
    "Change the string \"{start}\" step by step: {rules}. Reply with nothing but the string you "
    "end "
    "up with.",
    "What does \"{start}\" become after these steps, done in order: {rules}? The answer is the "
    "final "
    "string alone."};

/// What a rule does, in words.
std::string rule_in_words(std::string_view rule) {
  if (rule == "rev") return "reverse it";
  if (rule == "rot") return "move the first letter to the end";
  if (rule == "swap") return "swap the first and the last letter";
  if (rule == "dup") return "add a copy of the first letter at the end";
  if (rule.starts_with("del ")) return concat("remove every ", rule.back());
  return concat("replace every ", rule[4], " with ", rule.back());
}

class StringManipulation final : public Task {
 public:
  explicit StringManipulation(const StringManipulationConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of(
            {",:;= revrotswapdupdelrep", kStringLetters, StringManipulationConfig::kType})) {
    require_range("length", config.min_length, config.max_length);
    require_range("rules", config.min_rules, config.max_rules);
  }

  std::string_view name() const override { return StringManipulationConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (;;) {
      const auto length = random.between(config_.min_length, config_.max_length);
      std::string start;
      for (std::int64_t i = 0; i < length; ++i) start += pick(kStringLetters, random);
      std::vector<std::string> rules;
      const auto count = random.between(config_.min_rules, config_.max_rules);
      for (std::int64_t i = 0; i < count; ++i) rules.push_back(random_rule(random));
      std::string end = start;
      for (const std::string& rule : rules) end = changed_by(rule, end);
      if (end.empty() || end == start) continue;
      const nlohmann::json metadata = {
          {"task", StringManipulationConfig::kType}, {"start", start}, {"rules", rules}};
      return {concat(StringManipulationConfig::kType, ":", start, ":", join(rules, ","), "="), end,
              metadata.dump()};
    }
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    auto text = metadata_of<std::string>(*this, problem, "start");
    std::string think;
    for (const auto& rule : metadata_of<std::vector<std::string>>(*this, problem, "rules")) {
      text = changed_with_slips(rule, text, options, random);
      add_step(think, rule, ":", text);
    }
    return completion_text(think, text);
  }

  Score verify(const Sample& sample) const override { return verify_exact(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    std::vector<std::string> rules;
    for (const auto& rule : metadata_of<std::vector<std::string>>(*this, problem, "rules"))
      rules.push_back(rule_in_words(rule));
    return phrased(kStringManipulationPhrasings, number,
                   {{"start", metadata_of<std::string>(*this, problem, "start")},
                    {"rules", join(rules, "; ")}});
  }

  /// The letters after each rule: `Start: a b c. reverse it: c b a.`
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    auto text = metadata_of<std::string>(*this, problem, "start");
    std::string think;
    say(think, "Start: ", spelled(text));
    for (const auto& rule : metadata_of<std::vector<std::string>>(*this, problem, "rules")) {
      text = changed_with_slips(rule, text, options, random);
      std::string what = rule_in_words(rule);
      what[0] = static_cast<char>(what[0] - 'a' + 'A');
      say(think, what, ": ", text.empty() ? "nothing" : spelled(text));
    }
    say(think, "So the string is ", text);
    return completion_text(think, text);
  }

  static std::string changed_with_slips(const std::string& rule, const std::string& before,
                                        const TraceOptions& options, Random& random) {
    std::string text = changed_by(rule, before);
    if (!text.empty() && random.chance(options.wrong_steps)) {
      char& c = text[random.below(text.size())];
      const std::size_t place =
          kStringLetters.find(c) + 1 + random.below(kStringLetters.size() - 1);
      c = kStringLetters[place % kStringLetters.size()];
    }
    return text;
  }

  StringManipulationConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const StringManipulationConfig& config) {
  return std::make_unique<StringManipulation>(config);
}

}  // namespace hone::rewards
