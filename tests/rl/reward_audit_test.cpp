#include "rl/reward_audit.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "rl/data.h"

namespace hone::rl {
namespace {

class FewAnswers : public rollout::ProblemSource {
 public:
  explicit FewAnswers(std::uint64_t usual) : usual_(usual) {}
  rollout::Problem at(std::uint64_t position) const override {
    const std::uint64_t answer = position % 4 < usual_ ? 7 : 1000 + position;
    return {"question " + std::to_string(position), std::to_string(answer), ""};
  }
  std::uint64_t size() const override { return 400; }

 private:
  std::uint64_t usual_;  // of four problems, so many have the answer 7
};

std::vector<rewards::WeightedReward> answer_and_format() {
  return {{rewards::AnswerConfig{}, 1.0}, {rewards::FormatConfig{}, 0.5}};
}

}  // namespace

TEST_CASE("a reward that one answer collects is told before training") {
  const auto notes = blind_reward_notes(answer_and_format(), FewAnswers(2));
  REQUIRE(notes.size() == 1);
  CHECK(
      notes[0].find("warning: the reward answer pays 0.50 on average over 128 problems to a model "
                    "that always gives one answer (7, tagged), more than the 0.10") == 0);
  CHECK(blind_reward_notes(answer_and_format(), FewAnswers(0)).empty());
  // What only records, and what looks at form alone, teaches no answer.
  CHECK(blind_reward_notes({{rewards::AnswerConfig{}, 0.0}, {rewards::FormatConfig{}, 1.0}},
                           FewAnswers(2))
            .empty());
}

TEST_CASE("a reward that pays for mentions is told before training") {
  const rewards::AnswerConfig mentioned{rewards::Reading::kMentioned};
  const auto notes = blind_reward_notes({{mentioned, 1.0}}, FewAnswers(0));
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find(
            "warning: the reward answer pays every completion that mentions the answer") == 0);
  CHECK(blind_reward_notes({{mentioned, 0.0}}, FewAnswers(0)).empty());
}

TEST_CASE("the tasks may be guessed at, and no more") {
  for (const char* name : {"lastdigit", "addition", "parity"}) {
    DataConfig data;
    data.task = rewards::task_config_by_name(name, nullptr);
    INFO(name);
    CHECK(blind_reward_notes(answer_and_format(), *open_problems(data, rewards::Split::kTrain, 1))
              .empty());
  }
}

TEST_CASE("a small file is asked once") {
  CHECK(audit_problems(FewAnswers(1), 1000).size() == 400);
  CHECK(audit_problems(FewAnswers(1), 10).size() == 10);
}

}  // namespace hone::rl
