#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rewards/rewards.h"

using namespace hone::rewards;
using nlohmann::json;

// tests/parity/reward_formulas.json holds what TRL's functions and open-r1's formulas say.

namespace {

const json& cases(const char* name) {
  static const json all =
      json::parse(std::ifstream(HONE_SOURCE_DIR "/tests/parity/reward_formulas.json"));
  return all.at(name);
}

Sample sample_of(std::string_view completion, int tokens = 0) {
  return {.prompt = "1+1=",
          .completion = completion,
          .answer = "2",
          .metadata = {},
          .completion_tokens = tokens};
}

constexpr const char* kRight = "<answer>2</answer>";
constexpr const char* kWrong = "<answer>3</answer>";

}  // namespace

TEST_CASE("rewards of a text are those of TRL and open-r1") {
  for (const char* name : {"think_format", "tag_count", "reasoning_steps"}) {
    const auto reward = reward_by_name(name, nullptr);
    REQUIRE(cases(name).size() >= 10);
    for (const json& item : cases(name)) {
      INFO(name << ": " << item.dump());
      const auto completion = item.at("completion").get<std::string>();
      CHECK(reward->score(sample_of(completion)).value == Approx(item.at("score").get<double>()));
    }
  }
}

TEST_CASE("the punishment of length is TRL's") {
  for (const json& item : cases("soft_overlong_punishment")) {
    INFO(item.dump());
    const auto reward = reward_by_name("soft_overlong_punishment",
                                       {{"max_completion_len", item.at("max_completion_len")},
                                        {"soft_punish_cache", item.at("soft_punish_cache")}});
    const Score score = reward->score(sample_of("text", item.at("tokens").get<int>()));
    CHECK(score.value == item.at("score").get<double>());
  }
}

TEST_CASE("the cosine is TRL's") {
  for (const json& item : cases("cosine_scaled")) {
    INFO(item.dump());
    const json& bounds = item.at("bounds");
    const auto reward = reward_by_name("cosine_scaled", {{"max_len", item.at("max_len")},
                                                         {"min_value_wrong", bounds[0]},
                                                         {"max_value_wrong", bounds[1]},
                                                         {"min_value_correct", bounds[2]},
                                                         {"max_value_correct", bounds[3]}});
    const bool right = item.at("right").get<bool>();
    const Score score =
        reward->score(sample_of(right ? kRight : kWrong, item.at("tokens").get<int>()));
    CHECK(std::abs(score.value - item.at("score").get<double>()) < 1e-12);
    CHECK((score.status == Status::kCorrect) == right);
  }
}

TEST_CASE("the penalty for repetition is that of TRL for tokens and of open-r1 for words") {
  for (const json& item : cases("repetition_tokens")) {
    INFO(item.dump());
    const auto reward = reward_by_name(
        "repetition_penalty",
        {{"unit", "tokens"}, {"ngram_size", item.at("ngram_size")}, {"max_penalty", -2}});
    const auto ids = item.at("ids").get<std::vector<std::int32_t>>();
    Sample sample = sample_of("text");
    sample.completion_ids = ids;
    CHECK(std::abs(reward->score(sample).value - item.at("score").get<double>()) < 1e-12);
  }
  for (const json& item : cases("repetition_words")) {
    INFO(item.dump());
    const auto reward = reward_by_name(
        "repetition_penalty", {{"ngram_size", item.at("ngram_size")}, {"max_penalty", -1.5}});
    const auto completion = item.at("completion").get<std::string>();
    CHECK(std::abs(reward->score(sample_of(completion)).value - item.at("score").get<double>()) <
          1e-12);
  }
}

TEST_CASE("the reward of length beside others is open-r1's") {
  for (const json& item : cases("length")) {
    INFO(item.dump());
    std::vector<Sample> group;
    for (std::size_t i = 0; i < item.at("tokens").size(); ++i) {
      group.push_back(sample_of(item.at("right")[i].get<bool>() ? kRight : kWrong,
                                item.at("tokens")[i].get<int>()));
    }
    const auto scores = reward_by_name("length", nullptr)->score_group(group);
    for (std::size_t i = 0; i < group.size(); ++i) {
      CHECK(std::abs(scores[i].value - item.at("scores")[i].get<double>()) < 1e-12);
    }
  }
}
