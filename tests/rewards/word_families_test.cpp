// Each family's answers, found again from the prompt alone in another way.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "rewards/tasks/common.h"
#include "rewards/tasks/words.h"
#include "tests/rewards/families.h"

using namespace hone::rewards;
using namespace hone::tests;

namespace {

/// The parts of a prompt between its colons, the end mark left out.
std::vector<std::string> parts_of(const TaskProblem& problem) {
  std::vector<std::string> parts;
  for (const auto part :
       split_list(std::string_view(problem.prompt).substr(0, problem.prompt.size() - 1), ':'))
    parts.emplace_back(part);
  return parts;
}

template <class Config, class Check>
void each(const Config& config, Check check) {
  const auto task = make_task(config);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    Random random{62, i};
    const TaskProblem problem = task->generate(random);
    INFO(problem.prompt);
    check(problem, parts_of(problem));
  }
}

}  // namespace

TEST_CASE("the words are in order, in lower case, and each letter can be counted") {
  const auto words = common_words();
  CHECK(words.size() > 500);
  CHECK(std::is_sorted(words.begin(), words.end()));
  CHECK(std::set<std::string_view>(words.begin(), words.end()).size() == words.size());
  for (const auto word : words)
    CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos);
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    // Counting up to any number needs words that have it once.
    const auto once = std::count_if(words.begin(), words.end(), [&](std::string_view word) {
      return std::count(word.begin(), word.end(), letter) == 1;
    });
    CHECK(once >= 3);
  }
  const auto names = first_names();
  CHECK(names.size() == 26);
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(names[i][0] == static_cast<char>('A' + i));
}

TEST_CASE("letters are counted") {
  std::map<std::string, int> counts;
  each(LetterCountingConfig{},
       [&](const TaskProblem& problem, const std::vector<std::string>& parts) {
         REQUIRE(std::to_string(std::count(parts[2].begin(), parts[2].end(), parts[1][0])) ==
                 problem.answer);
         ++counts[problem.answer];
       });
  CHECK(counts.size() == 12);
}

TEST_CASE("words are sorted") {
  const auto task = make_task(WordSortingConfig{});
  each(WordSortingConfig{}, [&](const TaskProblem& problem, const std::vector<std::string>& parts) {
    const auto items = split_list(parts[1], ',');
    const std::set<std::string> sorted(items.begin(), items.end());
    REQUIRE(sorted.size() == items.size());
    const std::vector<std::string> expected(sorted.begin(), sorted.end());
    REQUIRE(problem.answer == join(expected, ","));
    REQUIRE(task->verify(sample_of(problem, join(expected, " , "))).value == 1);
    REQUIRE(task->verify(sample_of(problem, join(expected, " "))).value == 0);
  });
}

TEST_CASE("secret words are told by their rotation") {
  each(CaesarCipherConfig{}, [](const TaskProblem& problem, const std::vector<std::string>& parts) {
    static const std::string ring = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    const auto rotation = std::stoul(parts[1]);
    std::string secret;
    for (const char c : problem.answer) secret += c == ' ' ? ' ' : ring[ring.find(c) + rotation];
    REQUIRE(secret == parts[2]);
  });
}

TEST_CASE("strings are changed rule by rule") {
  each(StringManipulationConfig{.max_rules = 6},
       [](const TaskProblem& problem, const std::vector<std::string>& parts) {
         std::string text = parts[1];
         for (const auto rule : split_list(parts[2], ',')) {
           std::string next;
           if (rule == "rev") next.assign(text.rbegin(), text.rend());
           if (rule == "rot") next = text.substr(1) + text[0];
           if (rule == "dup") next = text + text[0];
           if (rule == "swap") {
             next = text;
             next.front() = text.back();
             next.back() = text.front();
           }
           for (const char c : text) {
             if (rule.starts_with("del") && c != rule[4]) next += c;
             if (rule.starts_with("rep")) next += c == rule[4] ? rule[6] : c;
           }
           text = next;
           REQUIRE(!text.empty());
         }
         REQUIRE(text == problem.answer);
         REQUIRE(text != parts[1]);
       });
}
