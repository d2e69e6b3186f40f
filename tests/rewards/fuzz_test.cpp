#include <catch2/catch.hpp>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "rewards/json_fields.h"
#include "rewards/math/equal.h"
#include "rewards/math/number.h"
#include "rewards/rewards.h"

using namespace hone::rewards;

namespace {

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

/// Text made of the pieces that the code looks for, mixed with any bytes.
std::string random_text(Random& random) {
  static const std::vector<std::string> markers = {"<think>",
                                                   "</think>",
                                                   "<answer>",
                                                   "</answer>",
                                                   "\\boxed{",
                                                   "\\boxed",
                                                   "{",
                                                   "}",
                                                   "\\{",
                                                   "\\text{",
                                                   "\\frac{",
                                                   "}{",
                                                   "$",
                                                   "\\$",
                                                   ".",
                                                   ",",
                                                   "1",
                                                   "23",
                                                   "0",
                                                   "/",
                                                   "e",
                                                   "-",
                                                   "+",
                                                   " ",
                                                   "\n",
                                                   "\"",
                                                   "'",
                                                   "*",
                                                   "\\(",
                                                   "\\)",
                                                   "A",
                                                   "b",
                                                   "\xE2\x88\x92",
                                                   "\xC3",
                                                   "000",
                                                   "<",
                                                   "\\",
                                                   "{,}",
                                                   "%",
                                                   "!",
                                                   "\xE4\xBD\xA0",
                                                   "\xD0\xB4"};
  std::string text;
  const auto pieces = random.below(24);
  for (std::uint64_t i = 0; i < pieces; ++i) {
    if (random.chance(0.05)) {
      text += static_cast<char>(random.below(256));
    } else {
      text += markers[random.below(markers.size())];
    }
  }
  return text;
}

struct Bounded {
  std::unique_ptr<Reward> reward;
  double worst = 0, best = 1;
  bool graded = false;  // has values between the two
  bool judged = false;  // its status is another reward's, whatever the value
};

std::vector<Bounded> all_rewards() {
  std::vector<Bounded> rewards;
  for (const char* name :
       {"answer", "format", "math", "random", "exact", "choice", "regex", "think_format"}) {
    rewards.push_back({reward_by_name(name, nullptr)});
  }
  for_each_type(TaskConfig{}, [&](const auto& config) {
    rewards.push_back({reward_by_name("task:" + std::string(config.kType), nullptr)});
  });
  for (const char* scope : {"think", "completion"}) {
    rewards.push_back(
        {reward_by_name("language_consistency", {{"scope", scope}, {"target", "latin"}}), 0, 1,
         true});
  }
  rewards.push_back({reward_by_name("language_consistency", {{"count_digits", true}}), 0, 1, true});
  for (const char* name : {"tag_count", "reasoning_steps"}) {
    rewards.push_back({reward_by_name(name, nullptr), 0, 1, true});
  }
  for (const char* scope : {"answer", "think"}) {
    rewards.push_back({reward_by_name("regex", {{"scope", scope}, {"pattern", "(1|[^ ]+)+!"}})});
  }
  rewards.push_back({reward_by_name("exact", {{"whole_completion", true}, {"ignore_case", true}})});
  rewards.push_back({reward_by_name("cosine_scaled", {{"max_len", 20}}), -1, 1, true, true});
  rewards.push_back({reward_by_name("length", nullptr), -0.5, 0.5, true, true});
  for (const char* unit : {"words", "characters", "tokens"}) {
    rewards.push_back({reward_by_name("repetition_penalty", {{"unit", unit}}), -1, 0, true});
  }
  rewards.push_back({reward_by_name("soft_overlong_punishment",
                                    {{"max_completion_len", 24}, {"soft_punish_cache", 16}}),
                     -1, 0, true});
  return rewards;
}

}  // namespace

TEST_CASE("no model output makes a reward throw, or gives it two opinions") {
  const auto rewards = all_rewards();
  Random random{11};
  const std::vector<std::int32_t> ids = {1, 2, 1, 2, 3, 1, 2};
  for (int i = 0; i < 10'000; ++i) {
    const std::string prompt = random_text(random), completion = random_text(random),
                      answer = random_text(random);
    const std::string metadata = random.chance(0.5) ? R"({"script": "digits"})" : answer;
    const auto some_tokens = [&] { return static_cast<int>(random.below(40)); };
    const Sample sample{.prompt = prompt,
                        .completion = completion,
                        .answer = answer,
                        .metadata = metadata,
                        .completion_tokens = some_tokens(),
                        .completion_ids = std::span(ids).first(random.below(ids.size()))};
    Sample other = sample;  // of the same problem
    other.completion = answer;
    other.completion_tokens = some_tokens();
    for (const auto& [reward, worst, best, graded, judged] : rewards) {
      const Score score = reward->score_group(std::vector{sample, other}).front();
      REQUIRE((score.value >= worst && score.value <= best));
      if (!graded) REQUIRE((score.value == worst || score.value == best));
      if (score.status == Status::kAbstain) {
        REQUIRE(score.value == 0.0);
      } else if (!judged) {
        REQUIRE((score.value == best) == (score.status == Status::kCorrect));
      }
      REQUIRE(score.detail.find('\n') == std::string::npos);
      REQUIRE_NOTHROW(nlohmann::json(score.detail).dump());  // valid UTF-8
      REQUIRE(reward->score_group(std::vector{sample, other}).front().detail == score.detail);
    }
  }
}

TEST_CASE("normalizing any text twice is normalizing it once") {
  Random random{12};
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_text(random);
    const std::string once = normalize_text(text);
    INFO(text);
    REQUIRE(normalize_text(once) == once);
    REQUIRE(answer_key(once) == answer_key(text));
    REQUIRE(answer_key("  " + text + "\n") == answer_key(text));
  }
}

TEST_CASE("judging is symmetric, and an answer matches itself") {
  Random random{13};
  for (int i = 0; i < 10'000; ++i) {
    const std::string a = random_text(random), b = random_text(random);
    const bool full = !answer_key(a).empty() && !answer_key(b).empty();
    REQUIRE(judge_answer(a, a).value == (answer_key(a).empty() ? 0.0 : 1.0));
    if (full) REQUIRE(judge_answer(a, b).value == judge_answer(b, a).value);
  }
}

TEST_CASE("hostile completions are judged in no time") {
  constexpr int kMany = 100'000;
  const std::string digits(kMany, '7');
  const std::vector<std::string> attacks = {
      repeat("<answer>", kMany),
      repeat("</answer>", kMany),
      repeat("<think>", kMany),
      repeat("<answer>1</answer>", kMany),
      repeat("<", kMany),
      repeat("\\boxed", kMany),
      repeat("\\boxed{", kMany),
      repeat("\\boxed{", kMany) + repeat("}", kMany),
      repeat("\\boxed ", kMany),
      "\\boxed{" + repeat("{", kMany) + repeat("}", kMany) + "}",
      "<answer>" + repeat("\\text{", kMany) + "1" + repeat("}", kMany) + "</answer>",
      "<answer>" + repeat("\"'", kMany) + "1" + repeat("'\"", kMany) + "</answer>",
      "<answer>" + repeat("$*", kMany) + "1" + repeat("*$", kMany) + "</answer>",
      "<answer>" + repeat("\\(", kMany) + repeat("\\)", kMany) + "</answer>",
      "<answer>" + digits + "</answer>",
      "<answer>" + digits + "/" + digits + "1</answer>",
      "<answer>1/" + digits + "5e-99999999999999999</answer>",
      "<answer>1" + repeat(",000", kMany) + "</answer>",
      "<answer>1e99999999999999999</answer>",
      "<answer>9^9^9^9</answer>",
      "<answer>" + repeat(" ", kMany) + "</answer>",
      "<answer>x" + repeat(" ", kMany) + "x</answer>",
      "<answer>" + repeat(".", kMany) + "</answer>",
      "<answer>" + repeat("-", kMany) + "5</answer>",
      "<think>" + repeat("a ", kMany) + "</think>",
      "<think>" + repeat("\xE4\xBD\xA0", kMany) + "</think>",
      "<think>" + repeat("\xCC\x81", kMany) + "</think>",
      "<think>a" + repeat("\x80", kMany) + "</think>",
  };
  const auto rewards = all_rewards();
  const std::clock_t start = std::clock();
  for (const auto& attack : attacks) {
    for (const Bounded& bounded : rewards) {
      CHECK_NOTHROW(bounded.reward->score({.prompt = attack,
                                           .completion = attack,
                                           .answer = "1/3",
                                           .metadata = attack,
                                           .completion_tokens = kMany}));
    }
  }
  const double spent = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  // 2 s, many more with sanitizers; anything quadratic takes minutes.
  CHECK(spent < 30.0);
}

TEST_CASE("eight threads that share the rewards are given what one is") {
  const auto rewards = all_rewards();
  struct Case {
    std::string prompt, completion, answer;
  };
  std::vector<Case> cases;
  Random random{12};
  for (int i = 0; i < 400; ++i) {
    cases.push_back({random_text(random), random_text(random), random_text(random)});
  }
  for_each_type(TaskConfig{}, [&](const auto& config) {  // and answers that are right
    Random own{13};
    const TaskProblem problem = make_task(config)->generate(own);
    cases.push_back({problem.prompt, "<answer>" + problem.answer + "</answer>", problem.answer});
  });
  const auto scores = [&] {
    std::vector<std::string> all;
    for (const Case& one : cases) {
      const Sample sample{.prompt = one.prompt,
                          .completion = one.completion,
                          .answer = one.answer,
                          .metadata = "",
                          .completion_tokens = 20};
      for (const Bounded& bounded : rewards) {
        const Score score = bounded.reward->score(sample);
        all.push_back(std::to_string(score.value) + score.detail);
      }
    }
    return all;
  };
  const std::vector<std::string> expected = scores();
  std::vector<std::vector<std::string>> got(8);
  std::vector<std::thread> threads;
  for (auto& own : got) threads.emplace_back([&own, &scores] { own = scores(); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& own : got) CHECK(own == expected);
}
