#include "rl/no_answer.h"

#include <catch2/catch.hpp>

#include "rl/evaluate.h"
#include "rl/preflight.h"
#include "rollout/rollout.h"

namespace hone::rl {
namespace {

rollout::Rollout wrote(const std::string& completion, const std::string& answer,
                       bool cut_off = false) {
  rollout::Rollout rollout;
  rollout.prompt = "Q";
  rollout.completion = completion;
  rollout.answer = answer;
  rollout.finish = cut_off ? rollout::Finish::kLength : rollout::Finish::kStop;
  return rollout;
}

DataConfig file() {
  DataConfig data;
  data.dataset.emplace().path = "none.jsonl";
  return data;
}

DataConfig parity() {
  DataConfig data;
  data.task = rewards::ParityConfig{};
  return data;
}

NoAnswer explained(const std::vector<rollout::Rollout>& rollouts, const DataConfig& data,
                   rewards::Reading used = rewards::Reading::kAuto) {
  return explain_no_answer(rollouts, scores_of(*verifier_of(data, used), rollouts), data, used);
}

std::string described(const NoAnswer& result) {
  return describe(result, [](const std::string& reading) { return "--answer " + reading; });
}

}  // namespace

TEST_CASE("the reading with most right answers is named") {
  const std::vector<rollout::Rollout> rollouts = {
      wrote("It is 4.", "4"), wrote("It is 5.", "4", true), wrote("no idea", "4"),
      wrote("<answer>4</answer>", "4"), wrote("<answer>5</answer>", "4")};
  const NoAnswer result = explained(rollouts, file());
  CHECK(result.completions == 5);
  CHECK(result.without == std::vector<std::size_t>{0, 1, 2});
  CHECK(result.cut_off == 1);
  CHECK(result.better == rewards::Reading::kLastNumber);
  CHECK(result.found == 2);
  CHECK(result.right == 1);
  CHECK(described(result) ==
        "no answer was found in 3 of 5 completions; 1 of them were cut off at the limit of tokens; "
        "--answer last_number finds one in 2, 1 of them right");
}

TEST_CASE("of equal readings the strictest, and never the one that was used") {
  const std::vector<rollout::Rollout> boxed = {wrote("\\boxed{4}", "4")};
  CHECK(explained(boxed, file(), rewards::Reading::kTagged).better == rewards::Reading::kBoxed);
  const std::vector<rollout::Rollout> hashes = {wrote("#### 4", "4")};
  CHECK(explained(hashes, file()).better == rewards::Reading::kHash);
  const NoAnswer none = explained({wrote("no idea", "4")}, file(), rewards::Reading::kLastNumber);
  CHECK_FALSE(none.better);
  CHECK(described(none) == "no answer was found in 1 of 1 completions; no other reading finds one");
}

TEST_CASE("a mention is named only where no other reading is ever right") {
  const NoAnswer facts =
      explained({wrote("Paris it is", "Paris"), wrote("12 of them", "Rome")}, file());
  CHECK(facts.better == rewards::Reading::kMentioned);
  CHECK(described(facts) ==
        "no answer was found in 2 of 2 completions; the right answer is mentioned in 1 of them "
        "(--answer mentioned, for measuring only)");
  CHECK(explained({wrote("4, no, 5", "5"), wrote("4 or 5", "4")}, file()).better ==
        rewards::Reading::kLastNumber);
}

TEST_CASE("a task that judges the whole completion says so") {
  const std::vector<rollout::Rollout> rollouts = {wrote("1", "1"), wrote("The parity is 1.", "1"),
                                                  wrote("<answer>0</answer>", "1")};
  const NoAnswer result = explained(rollouts, parity());
  CHECK(result.without == std::vector<std::size_t>{1});
  CHECK(described(result) ==
        "1 of 3 completions have no <answer>: each was judged as a whole, and is wrong; --answer "
        "last_number finds one in 1, 1 of them right");
  CHECK(lacks_answer(parity(), rewards::Reading::kAuto, rollouts[1], rewards::Status::kWrong));
  CHECK_FALSE(
      lacks_answer(parity(), rewards::Reading::kTagged, rollouts[1], rewards::Status::kWrong));
  CHECK_FALSE(lacks_answer(file(), rewards::Reading::kAuto, rollouts[1], rewards::Status::kWrong));
}

TEST_CASE("where every completion has an answer there is nothing to say") {
  const NoAnswer result = explained({wrote("<answer>5</answer>", "4")}, file());
  CHECK(result.without.empty());
  CHECK_FALSE(result.better);
  CHECK(described(result).empty());
}

TEST_CASE("programs are read in one way only") {
  DataConfig code = file();
  code.dataset->gold_type = rollout::GoldType::kCode;
  CHECK_THROWS_WITH(verifier_of(code, rewards::Reading::kLastNumber),
                    Catch::Contains("programs") && Catch::Contains("last_number"));
}

TEST_CASE("each source of a mixture is read by its own verifier") {
  DataConfig data;
  data.mix.resize(2);
  data.mix[0].task = rewards::ParityConfig{};
  data.mix[1].dataset = file().dataset;
  rollout::Rollout of_task = wrote("It is 1", "1"), of_file = wrote("It is 1", "1");
  of_task.metadata = R"({"mix": 0})";
  of_file.metadata = R"({"mix": 1})";
  const std::vector<rollout::Rollout> rollouts = {of_task, of_file};
  for (const auto& score : scores_of(*verifier_of(data, rewards::Reading::kLastNumber), rollouts)) {
    CHECK(score.status == rewards::Status::kCorrect);
  }
  CHECK(explained(rollouts, data).without == std::vector<std::size_t>{0, 1});
}

TEST_CASE("the pre-flight says which reading the reward should have") {
  const std::vector<rollout::Rollout> rollouts = {wrote("It is\n4.", "4"), wrote("It is 5.", "4")};
  CHECK(
      unread_note(rollouts, {{rewards::FormatConfig{}, 0.1}, {rewards::AnswerConfig{}, 1.0}}) ==
      "reward answer: no answer was found in 2 of 2 completions; reading = \"last_number\" of the "
      "reward answer finds one in 2, 1 of them right; e.g. \"It is\\n4.\", \"It is 5.\"");
  CHECK_THAT(
      unread_note(rollouts, {{rewards::TaskRewardConfig{rewards::ParityConfig{}}, 1.0, "own"}}),
      Catch::Contains("reward own: 2 of 2 completions have no <answer>"));
  CHECK(unread_note(rollouts, {{rewards::AnswerConfig{rewards::Reading::kLastNumber}}}).empty());
  CHECK(unread_note(rollouts, {{rewards::FormatConfig{}}}).empty());
}

}  // namespace hone::rl
