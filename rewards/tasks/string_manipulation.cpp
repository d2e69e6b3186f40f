#include "rewards/tasks/string_manipulation.h"

#include <algorithm>

#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kStringManipulationExplanation =
    "What is the string after the rules, one after the other? rev: backward; rot: the first "
    "letter goes to the end; swap: the first and the last letter change places; dup: the "
    "first letter once more at the end; del x: without all x; rep x y: each x becomes y.";

constexpr std::string_view kStringLetters = "abcdef";

std::string random_rule(Random& random) {
  constexpr std::string_view kRules[] = {"rev", "rot", "swap", "dup", "del", "rep"};
  const std::string_view rule = pick(kRules, random);
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

class StringManipulation final : public Task {
 public:
  explicit StringManipulation(const StringManipulationConfig& config)
      : config_(config),
        explanation_(config.explain ? kStringManipulationExplanation : ""),
        alphabet_(characters_of({",:;= revrotswapdupdelrep", kStringLetters,
                                 StringManipulationConfig::kType, explanation_})) {
    require_range("length", config.min_length, config.max_length);
    require_range("rules", config.min_rules, config.max_rules);
  }

  std::string_view name() const override { return StringManipulationConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

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
      return {asked(explanation_, StringManipulationConfig::kType, ":", start, ":",
                    join(rules, ","), "="),
              end, metadata.dump()};
    }
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    auto text = metadata_of<std::string>(*this, problem, "start");
    std::string think;
    for (const auto& rule : metadata_of<std::vector<std::string>>(*this, problem, "rules")) {
      text = changed_by(rule, text);
      if (!text.empty() && random.chance(options.wrong_steps)) {
        char& c = text[random.below(text.size())];
        const std::size_t place =
            kStringLetters.find(c) + 1 + random.below(kStringLetters.size() - 1);
        c = kStringLetters[place % kStringLetters.size()];
      }
      add_step(think, rule, ":", text);
    }
    return completion_text(think, text);
  }

  Score verify(const Sample& sample) const override { return verify_exact(sample); }

 private:
  StringManipulationConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const StringManipulationConfig& config) {
  return std::make_unique<StringManipulation>(config);
}

}  // namespace hone::rewards
