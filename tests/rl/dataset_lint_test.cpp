#include "rl/dataset_lint.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "rl/evaluate.h"
#include "tests/model/files.h"

namespace hone::rl {
namespace {

DatasetLint lint_of(const std::vector<std::pair<std::string, std::string>>& rows,
                    rollout::DatasetConfig config = {}) {
  const tests::TempFolder folder;
  std::string text;
  for (const auto& [question, answer] : rows) {
    text += nlohmann::json{{"question", question}, {"answer", answer}}.dump() + "\n";
  }
  config.path = (folder.path() / "data.jsonl").string();
  tests::put(config.path, text + "{}\n");
  return lint_dataset(config);
}

}  // namespace

TEST_CASE("lint counts what is wrong with a data set") {
  const DatasetLint lint = lint_of({{"a", "1/2"}, {"b", "7</answer> 8"}, {"A", "3"}, {"cc", "x"}});
  CHECK(lint.report.lines == 5);
  CHECK(lint.problems == 4);
  CHECK(lint.longest_prompt == 2);
  CHECK(lint.report.unusable.count == 1);
  CHECK(lint.report.duplicates.count == 1);
  CHECK(lint.report.conflicts.count == 1);
  CHECK(lint.report.contaminated.count == 0);
  // Whoever answers "7</answer> 8" is read as answering 7.
  CHECK(lint.unverified.count == 1);
  REQUIRE(lint.unverified.examples.size() == 1);
  CHECK(lint.unverified.examples[0].find(":2: found \"7\"") != std::string::npos);
  CHECK(lint.not_of_type.count == 0);
}

TEST_CASE("answers are held against the type that they are said to have") {
  rollout::DatasetConfig config;
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"a", "12"}, {"b", "1.5"}, {"c", "B"}, {"d", "$1,000"}};
  config.gold_type = rollout::GoldType::kInt;
  CHECK(lint_of(rows, config).not_of_type.count == 2);
  config.gold_type = rollout::GoldType::kNumber;
  CHECK(lint_of(rows, config).not_of_type.count == 1);
  config.gold_type = rollout::GoldType::kChoice;
  CHECK(lint_of(rows, config).unverified.count == 3);
  config.gold_type = rollout::GoldType::kText;
  CHECK(lint_of(rows, config).unverified.count == 0);
  config.gold_type = rollout::GoldType::kLatex;
  const std::vector<std::pair<std::string, std::string>> formulas = {
      {"a", "\\frac{1}{2}"}, {"b", "$[0, 1)$"}, {"c", "\\frac{1}{"}};
  const DatasetLint lint = lint_of(formulas, config);
  CHECK(lint.unverified.count == 1);
  CHECK(lint.unverified.examples[0].find(":3: ") != std::string::npos);
}

TEST_CASE("a file's problems are judged as the type of their answers asks") {
  DataConfig data;
  data.dataset.emplace().gold_type = rollout::GoldType::kChoice;
  const auto judge = [&](const char* completion, const char* answer) {
    return verifier_of(data)
        ->score({.prompt = "", .completion = completion, .answer = answer, .metadata = ""})
        .status;
  };
  CHECK(judge("Answer: B", "B") == rewards::Status::kCorrect);
  data.dataset->gold_type = rollout::GoldType::kText;
  CHECK(judge("<answer>0.5</answer>", "1/2") == rewards::Status::kWrong);
  data.dataset->gold_type = rollout::GoldType::kNumber;
  CHECK(judge("<answer>0.5</answer>", "1/2") == rewards::Status::kCorrect);
  CHECK(judge("\\boxed{\\sqrt{8}}", "2\\sqrt{2}") == rewards::Status::kWrong);
  data.dataset->gold_type = rollout::GoldType::kLatex;
  CHECK(judge("\\boxed{\\sqrt{8}}", "2\\sqrt{2}") == rewards::Status::kCorrect);
  data.dataset->gold_type = rollout::GoldType::kList;
  CHECK(judge("\\boxed{3, 1, 2}", "1, 2, 3") == rewards::Status::kCorrect);
  CHECK(judge("\\boxed{3, 1}", "1, 2, 3") == rewards::Status::kWrong);
}

}  // namespace hone::rl
