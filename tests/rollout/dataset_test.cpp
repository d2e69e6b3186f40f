#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "model/error.h"
#include "rollout/dataset_filter.h"
#include "rollout/dataset_row.h"
#include "rollout/problems.h"
#include "tests/model/files.h"

using namespace hone;
using namespace hone::rollout;
using nlohmann::json;

namespace {

DatasetRow row(const char* preset, const json& line) {
  DatasetConfig config;
  config.preset = preset;
  return read_row(line, preset_of(config), "here");
}

std::string refusal(const char* preset, const json& line) {
  try {
    row(preset, line);
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

struct File {
  tests::TempFolder folder;
  std::string path;
  explicit File(const std::string& text) : path((folder.path() / "data.jsonl").string()) {
    tests::put(path, text);
  }
};

std::string line_of(const std::string& question, const std::string& answer = "1") {
  return json{{"question", question}, {"answer", answer}}.dump() + "\n";
}

std::set<std::string> questions(const DatasetConfig& config, DatasetReport* report = nullptr) {
  const auto problems = read_dataset(config, 0, report);
  std::set<std::string> all;
  for (std::uint64_t i = 0; i < problems->size(); ++i) all.insert(problems->at(i).prompt);
  return all;
}

}  // namespace

TEST_CASE("published data sets are read as they are published") {
  const DatasetRow gsm8k = row(
      "gsm8k", {{"question", "How many?"}, {"answer", "She has 48/2=<<48/2=24>>24.\n#### 1,072"}});
  CHECK(gsm8k.question == "How many?");
  CHECK(gsm8k.answer == "1,072");
  CHECK(gsm8k.metadata == R"({"gold_type":"number"})");
  const DatasetRow math = row("math", {{"problem", "Find x."},
                                       {"level", "Level 5"},
                                       {"type", "Algebra"},
                                       {"solution", "So \\boxed{1} no, $\\boxed{\\frac{1}{2}}$."}});
  CHECK(math.answer == "\\frac{1}{2}");
  CHECK(json::parse(math.metadata) ==
        json({{"level", "Level 5"}, {"type", "Algebra"}, {"gold_type", "latex"}}));
  CHECK(row("math-500", {{"problem", "p"}, {"answer", "\\pi"}, {"solution", "s"}, {"level", 3}})
            .answer == "\\pi");
  CHECK(row("aime", {{"ID", "2024-I-1"}, {"Problem", "p"}, {"Answer", 33}}).answer == "33");
  CHECK(row("aime", {{"question", "p"}, {"answer", "033"}}).answer == "033");
  CHECK(
      row("deepscaler", {{"problem", "p"}, {"answer", "-\\frac{2}{3}"}, {"solution", ""}}).answer ==
      "-\\frac{2}{3}");
  CHECK(row("openr1-math", {{"problem", "p"}, {"answer", "2"}, {"uuid", "u"}}).metadata ==
        R"({"gold_type":"latex","uuid":"u"})");
  CHECK(row("numinamath-cot", {{"problem", "p"}, {"solution", "thus \\boxed{2}"}}).answer == "2");
  for (const char* none : {"proof", "notfound"}) {
    CHECK(refusal("numinamath", {{"problem", "p"}, {"answer", none}}) ==
          std::string("here: expected an answer, got \"") + none + "\"");
  }
}

TEST_CASE("verl's rows are conversations with their answer inside") {
  const json line = {{"data_source", "math_dapo"},
                     {"prompt", {{{"role", "user"}, {"content", "Solve. Answer: $Answer"}}}},
                     {"ability", "MATH"},
                     {"reward_model", {{"style", "rule"}, {"ground_truth", "34"}}},
                     {"extra_info", {{"index", "a-1"}}}};
  const DatasetRow dapo = row("dapo-17k", line);
  CHECK(dapo.question == "Solve. Answer: $Answer");
  CHECK(dapo.answer == "34");
  CHECK(json::parse(dapo.metadata)["extra_info"]["index"] == "a-1");
  CHECK(json::parse(row("verl", line).metadata).count("gold_type") == 0);
  json two = line;
  const json system = {{"role", "system"}, {"content", "Be brief."}};
  two["prompt"].insert(two["prompt"].begin(), system);
  CHECK(row("verl", two).question == "Be brief.\n\nSolve. Answer: $Answer");
  two["prompt"].push_back({{"role", "assistant"}, {"content", "34"}});
  CHECK(refusal("verl", two).find("one user message") != std::string::npos);
  two["prompt"] = json::array();
  CHECK(refusal("verl", two).find("no user message") != std::string::npos);
  two["prompt"] = {1, 2};
  CHECK(refusal("verl", two).find("something else") != std::string::npos);
}

TEST_CASE("tests of programs stay JSON") {
  const std::string tests = R"({"inputs": ["1\n"], "outputs": ["2\n"]})";
  const DatasetRow apps =
      row("apps", {{"problem_id", 7}, {"question", "q"}, {"input_output", tests}});
  CHECK(apps.answer == tests);
  CHECK(json::parse(apps.metadata) == json({{"problem_id", 7}, {"gold_type", "code"}}));
  CHECK(
      json::parse(row("taco", {{"question", "q"}, {"input_output", json::parse(tests)}}).answer) ==
      json::parse(tests));
  const DatasetRow live =
      row("livecodebench",
          {{"question_content", "q"},
           {"public_test_cases", R"([{"input": "1", "output": "2", "testtype": "functional"}])"},
           {"private_test_cases", R"([{"input": "3", "output": "4", "testtype": "functional"}])"},
           {"metadata", R"({"func_name": "f"})"}});
  CHECK(json::parse(live.answer).size() == 2);
  CHECK(json::parse(live.answer)[1]["output"] == "4");
  CHECK(json::parse(live.metadata)["func_name"] == "f");
  CHECK(refusal("livecodebench", {{"question_content", "q"},
                                  {"public_test_cases", "[]"},
                                  {"private_test_cases", "eJxrYJmayM"}})
            .find("pickle") != std::string::npos);
}

TEST_CASE("the last box of a solution, as MATH's authors read it") {
  const auto boxed = [](const std::string& text) {
    DatasetConfig config;
    config.extract = Extract::kLastBoxed;
    try {
      return read_row({{"prompt", "p"}, {"answer", text}}, preset_of(config), "here").answer;
    } catch (const DataError& error) {
      return std::string(error.what());
    }
  };
  CHECK(boxed("\\boxed{a} and \\boxed{\\text{b {c} \\} d}}.") == "\\text{b {c} \\} d}");
  CHECK(boxed("$x = \\boxed 5$.") == "5");
  CHECK(boxed("\\fbox{7}") == "7");
  const std::string none = "here: expected a final answer in \\boxed{}, got none";
  for (const char* bad : {"7", "\\boxed", "\\boxed{7", "\\boxed{\\frac{1}{2}"}) {
    CHECK(boxed(bad) == none);
  }
  DatasetConfig hash;
  hash.extract = Extract::kAfterHash;
  CHECK_THROWS_WITH(read_row({{"prompt", "p"}, {"answer", "7"}}, preset_of(hash), "here"),
                    "here: expected a final answer after \"####\", got none");
  hash.extract = Extract::kNone;
  CHECK(read_row({{"prompt", "p"}, {"answer", "a #### 7"}}, preset_of(hash), "here").answer ==
        "a #### 7");
}

TEST_CASE("what a recipe says goes before its preset") {
  DatasetConfig config;
  config.preset = "gsm8k";
  config.prompt_column = "task.text";
  config.extract = Extract::kNone;
  config.gold_type = GoldType::kText;
  config.metadata_columns = {"level", "absent"};
  const json line = {{"task", {{"text", "q"}}}, {"answer", "#### 5"}, {"level", 2}};
  const DatasetRow read = read_row(line, preset_of(config), "here");
  CHECK(read.question == "q");
  CHECK(read.answer == "#### 5");
  CHECK(read.metadata == R"({"gold_type":"text","level":2})");
  CHECK(read_row({{"task.text", "whole"}, {"answer", "5"}}, preset_of(config), "here").question ==
        "whole");
  config.preset = "gsm9k";
  CHECK_THROWS_WITH(preset_of(config), Catch::Contains("gsm8k, math, math-500"));
}

TEST_CASE("lines that cannot be used are refused, or left out if asked for") {
  const File file(line_of("a") + "{\"question\": \"b\"}\n" + line_of("c") + "no JSON\n" +
                  std::string(300, '[') + "\n" + R"({"question": "", "answer": "1"})" + "\n");
  DatasetConfig config;
  config.path = file.path;
  CHECK_THROWS_WITH(read_dataset(config, 0), Catch::Contains(":2: expected a column \"answer\""));
  config.skip_unusable = true;
  CHECK(questions(config) == std::set<std::string>{"a", "c"});
  config.skip_unusable = false;
  DatasetReport report;
  CHECK(questions(config, &report) == std::set<std::string>{"a", "c"});
  CHECK(report.lines == 6);
  CHECK(report.unusable.count == 4);
  REQUIRE(report.unusable.examples.size() == 3);
  CHECK(report.unusable.examples[1].find(":4: is not valid JSON") != std::string::npos);
  CHECK(report.unusable.examples[2].find(":5: ") != std::string::npos);
  const File none("{}\n[]\n");
  config = {};
  config.path = none.path;
  config.skip_unusable = true;
  CHECK_THROWS_WITH(read_dataset(config, 0), Catch::Contains("none of 2"));
}

TEST_CASE("a question is the same whatever its case and spaces") {
  const File file(line_of("How many  Apples?", "3") + line_of("other", "3") +
                  line_of(" how many apples?\\n", "4") + line_of("How many apples?", "3"));
  DatasetConfig config;
  config.path = file.path;
  DatasetReport report;
  CHECK(read_dataset(config, 0, &report)->size() == 4);
  // The third has a backslash and an n behind it: no white space.
  CHECK(report.duplicates.count == 1);
  CHECK(report.conflicts.count == 0);
  config.drop_duplicates = true;
  CHECK(questions(config) ==
        std::set<std::string>{"How many  Apples?", "other", " how many apples?\\n"});
  SeenProblems seen;
  CHECK(seen.add("a b", "1") == SeenProblems::Seen::kNo);
  CHECK(seen.add("A\t\nb ", "1") == SeenProblems::Seen::kSame);
  CHECK(seen.add("a b", "2") == SeenProblems::Seen::kOtherAnswer);
  CHECK(seen.add("ab", "1") == SeenProblems::Seen::kNo);
}

TEST_CASE("words shared with the evaluation set") {
  EvaluationWords words(4);
  words.add("one two three four five");
  words.add("short one");
  CHECK(words.shares_words_with("zero One  two THREE four"));
  CHECK(words.shares_words_with("two three four five"));
  CHECK_FALSE(words.shares_words_with("one two three five four"));
  CHECK_FALSE(words.shares_words_with("one two three"));
  CHECK_FALSE(words.shares_words_with(""));
  // A question of fewer words than a run is looked for as a whole.
  CHECK(words.shares_words_with("Short one"));
  CHECK_FALSE(words.shares_words_with("a short one here now"));

  const File train(line_of("Tom has 3 apples and buys 4 more, how many now?") + line_of("2+2?") +
                   line_of("Ann reads a book of a hundred pages in two days."));
  const File test(line_of("Today TOM has 3 apples  and buys 4 more, so what?") + line_of("2+2?"));
  DatasetConfig config;
  config.path = train.path;
  config.decontaminate = test.path;
  DatasetReport report;
  CHECK(questions(config, &report) ==
        std::set<std::string>{"Ann reads a book of a hundred pages in two days."});
  CHECK(report.contaminated.count == 2);
  config.ngram = 9;
  CHECK(questions(config).size() == 2);
  config.decontaminate = "/nowhere.jsonl";
  CHECK_THROWS_WITH(read_dataset(config, 0), Catch::Contains("/nowhere.jsonl: cannot be opened"));
}

TEST_CASE("a longer run of words never drops more") {
  std::string evaluation, shifted;
  for (int i = 0; i < 40; ++i) {
    evaluation += "w" + std::to_string(i) + " ";
    shifted += (i % 7 == 0 ? "x" : "w") + std::to_string(i) + " ";  // runs of six words
  }
  bool before = true;
  for (std::int64_t n = 1; n <= 45; ++n) {
    EvaluationWords words(n);
    words.add(evaluation);
    CHECK(words.shares_words_with(shifted) == (n <= 6));
    CHECK((before || !words.shares_words_with(shifted)));
    before = words.shares_words_with(shifted);
    CHECK(words.shares_words_with(evaluation));
  }
}

TEST_CASE("a worked solution loses the calculator's marks and the line of the answer") {
  const auto solution = [](const char* answer) {
    DatasetConfig config;
    config.preset = "gsm8k";
    return read_solution({{"question", "q"}, {"answer", answer}}, preset_of(config), "here");
  };
  CHECK(solution("48/2=<<48/2=24>>24 clips.\n48+24=<<48+24=72>>72 in all.\n#### 72") ==
        "48/2=24 clips.\n48+24=72 in all.");
  CHECK(solution("a << b and <<1+1=2>>2.\n#### 2") == "a << b and 2.");
  CHECK(solution("a << b\nand c >> d.\n#### 2") == "a << b\nand c >> d.");
  CHECK(solution("ends with <<\n#### 2") == "ends with <<");
  CHECK(tests::data_error([&] { solution("#### 72"); }) ==
        "here: expected a worked solution, got an empty one");
  CHECK(tests::data_error([&] { solution("72"); }) ==
        "here: expected a worked solution before the answer, or a solution_column, got an answer "
        "alone");
}

TEST_CASE("prompts without answers are read where answers = false says so") {
  const File file("{\"prompt\": \"Tell me a joke.\"}\n{\"prompt\": \"Hello!\", \"answer\": 3}\n");
  DatasetConfig config;
  config.path = file.path;
  CHECK_THAT(tests::data_error([&] { read_dataset(config, 0); }),
             Catch::Contains("data.jsonl:1: expected a column \"answer\""));
  config.answers = false;
  const auto prompts = read_dataset(config, 0);
  REQUIRE(prompts->size() == 2);
  for (std::uint64_t i = 0; i < 2; ++i) {
    CHECK(prompts->at(i).answer.empty());
    CHECK(prompts->at(i).metadata.empty());
  }
  CHECK(questions(config) == std::set<std::string>{"Hello!", "Tell me a joke."});
}
