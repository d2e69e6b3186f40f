#include "rewards/audit.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "rewards/rewards.h"

using namespace hone::rewards;

namespace {

std::vector<AuditProblem> task_problems(const char* name, std::uint64_t count,
                                        const char* prompts = "codes") {
  const auto task = task_by_name(name, {{"prompts", prompts}});
  std::vector<AuditProblem> problems;
  for (std::uint64_t i = 0; i < count; ++i) {
    const TaskProblem problem = task_problem(*task, Split::kTrain, 3, i);
    problems.push_back({problem.prompt, problem.answer, problem.metadata});
  }
  return problems;
}

AuditRow best_of(const Reward& reward, const std::vector<AuditProblem>& problems) {
  AuditRow best;
  best.mean = -1e9;
  for (const BlindPolicy& policy : blind_policies(problems)) {
    const AuditRow row = pay(reward, policy, problems);
    if (row.judged > 0 && row.mean > best.mean) best = row;
  }
  return best;
}

/// A reward as they have been found elsewhere: any answer that holds the right one is right.
class SubstringReward final : public Reward {
 public:
  Score score(const Sample& sample) const override {
    const bool found = sample.completion.find(sample.answer) != std::string_view::npos;
    return {found ? 1.0 : 0.0, found ? Status::kCorrect : Status::kWrong, ""};
  }
};

}  // namespace

TEST_CASE("what a policy is paid, worked by hand") {
  const std::vector<AuditProblem> problems = {
      {"1+1=", "2", ""}, {"1+2=", "3", ""}, {"0+2=", "2", ""}, {"?", "", ""}};
  const auto answer = reward_by_name("answer", nullptr);
  const BlindPolicy two{"constant", "2", [](const auto&) { return "<answer>2</answer>"; }};
  const AuditRow row = pay(*answer, two, problems);
  CHECK(row.judged == 3);
  CHECK(row.mean == Approx(2.0 / 3));
  CHECK(row.best == 1.0);
  CHECK(row.standard_error == Approx(1.0 / 3));  // s^2 = 1/3, over 3
  CHECK(blind_bound(problems) == 0.55);
  CHECK_FALSE(pays_blindly(row, 0.55));  // three problems say little
  CHECK(std::isnan(pay(*answer, two, {{"?", "", ""}}).mean));
  CHECK_FALSE(pays_blindly(pay(*answer, two, {{"?", "", ""}}), 0.1));
}

TEST_CASE("the bound is that of a guess, and 0.1 where there are many answers") {
  std::vector<AuditProblem> problems;
  CHECK(blind_bound(problems) == 0.1);
  for (int i = 0; i < 5; ++i) problems.push_back({"?", std::to_string(i), ""});
  CHECK(blind_bound(problems) == Approx(0.22));
  problems.push_back({"?", "1.0", ""});  // 1 again
  CHECK(blind_bound(problems) == Approx(0.22));
  for (int i = 0; i < 50; ++i) problems.push_back({"?", std::to_string(i), ""});
  CHECK(blind_bound(problems) == 0.1);
}

TEST_CASE("no blind policy gains from our verifiers more than a guess") {
  const char* prompts = GENERATE("words", "codes");
  for (const char* name : {"lastdigit", "addition", "parity", "spell_backward", "number_sorting"}) {
    const auto problems = task_problems(name, 40, prompts);
    for (const std::string& reward :
         {std::string("answer"), std::string("exact"), "task:" + std::string(name)}) {
      const AuditRow best = best_of(*reward_by_name(reward, nullptr), problems);
      INFO(name << ", " << reward << ": " << best.kind << " " << best.name << " " << best.mean);
      CHECK_FALSE(pays_blindly(best, blind_bound(problems)));
    }
  }
}

TEST_CASE("a reward that can be fooled is found out") {
  const auto problems = task_problems("addition", 60);
  const AuditRow best = best_of(SubstringReward(), problems);
  CHECK(best.mean > 0.1);
  CHECK(pays_blindly(best, blind_bound(problems)));
  // Echoing pays where the problem's answer stands in the prompt.
  const std::vector<AuditProblem> told(50, {"Say 17.", "17", ""});
  std::vector<std::string> kinds;
  for (const BlindPolicy& policy : blind_policies(told)) {
    const AuditRow row = pay(*reward_by_name("answer", nullptr), policy, told);
    if (row.mean == 1.0) kinds.push_back(row.kind);
  }
  CHECK(std::count(kinds.begin(), kinds.end(), "echo") > 0);
  CHECK(std::count(kinds.begin(), kinds.end(), "common") > 0);
}

TEST_CASE("a reward of mentions pays whoever lists every candidate") {
  const auto problems = task_problems("lastdigit", 60);
  const auto paid = [&](const char* reading) {
    return best_of(*reward_by_name("answer", {{"reading", reading}}), problems);
  };
  CHECK(pays_blindly(paid("mentioned"), blind_bound(problems)));
  for (const char* reading : {"auto", "tags", "boxed", "math", "last_number", "hash"}) {
    INFO(reading);
    CHECK_FALSE(pays_blindly(paid(reading), blind_bound(problems)));
  }
}

TEST_CASE("what is paid for form alone is told as it is") {
  const auto problems = task_problems("addition", 20);
  CHECK(best_of(*reward_by_name("format", nullptr), problems).mean == 1.0);
  CHECK(best_of(*reward_by_name("reasoning_steps", nullptr), problems).mean == 1.0);
  CHECK(best_of(*reward_by_name("length", nullptr), problems).judged == 0);
}
