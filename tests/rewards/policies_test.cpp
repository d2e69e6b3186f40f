#include <catch2/catch.hpp>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "rewards/text.h"
#include "tests/rewards/families.h"

using namespace hone::rewards;
using namespace hone::tests;

namespace {

/// What is between the prompt's colons and its end mark.
std::vector<std::string> fields_of(const std::string& prompt) {
  std::vector<std::string> fields(1);
  for (const char c : prompt.substr(0, prompt.size() - 1)) {
    if (c == ':') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

/// The runs of characters that `keep` keeps.
std::vector<std::string> runs_of(const std::string& text, bool (*keep)(char)) {
  std::vector<std::string> runs;
  bool inside = false;
  for (const char c : text) {
    if (!keep(c)) {
      inside = false;
      continue;
    }
    if (!inside) runs.emplace_back();
    inside = true;
    runs.back() += c;
  }
  return runs;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::vector<std::string> numbers_of(const std::string& prompt) { return runs_of(prompt, is_digit); }

std::string joined(const std::vector<std::string>& items, const std::string& between) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : between) + item;
  return text;
}

std::string replaced(std::string text, const std::string& which, char by) {
  for (char& c : text) {
    if (which.find(c) != std::string::npos) c = by;
  }
  return text;
}

/// Answers that know nothing, or copy.
using Policy = std::function<std::string(const std::string& prompt)>;

std::map<std::string, Policy> policies() {
  std::map<std::string, Policy> all;
  for (const char* constant : {"0",
                               "1",
                               "2",
                               "3",
                               "10",
                               "24",
                               "-1",
                               "1/2",
                               "0.5",
                               "yes",
                               "no",
                               "Yes",
                               "No",
                               "True",
                               "False",
                               "none",
                               "x",
                               "a",
                               "e",
                               "p",
                               "~p",
                               "p|q",
                               "monday",
                               "friday",
                               "2024-01-01",
                               "00:30",
                               "01:00",
                               "knight",
                               "knave",
                               "0,1",
                               "1,2,3",
                               "-1,1",
                               "2*2",
                               "2*3",
                               "6*4*1*1",
                               "0*(1+2)",
                               "R",
                               "RRRR",
                               "DDRR",
                               "RRDD",
                               "UUUU",
                               "1,2,3,4,5,6,7,8",
                               "()",
                               "[]",
                               "1,5,8,6,3,7,2,4",
                               "1234/3412/2143/4321",
                               "000/000/000",
                               "0000/0000/0000/0000",
                               "nan",
                               "inf",
                               "1e999",
                               "?",
                               "="}) {
    all[std::string("always ") + constant] = [=](const std::string&) { return constant; };
  }
  all["the prompt"] = [](const std::string& prompt) { return prompt; };
  all["the prompt without its end"] = [](const std::string& p) {
    return p.substr(0, p.size() - 1);
  };
  all["the prompt backward"] = [](const std::string& p) {
    return std::string(p.rbegin(), p.rend());
  };
  for (std::size_t i = 0; i < 4; ++i) {
    all["field " + std::to_string(i)] = [=](const std::string& prompt) {
      const auto fields = fields_of(prompt);
      return i < fields.size() ? fields[i] : "";
    };
  }
  all["the last field"] = [](const std::string& p) { return fields_of(p).back(); };
  all["the last field backward"] = [](const std::string& p) {
    const std::string last = fields_of(p).back();
    return std::string(last.rbegin(), last.rend());
  };
  for (const char* between : {",", "+", "*", "-", "/", " ", "|"}) {
    all[std::string("all numbers with ") + between] = [=](const std::string& p) {
      return joined(numbers_of(p), between);
    };
    all[std::string("all words with ") + between] = [=](const std::string& p) {
      return joined(runs_of(p, is_letter), between);
    };
  }
  all["the first number"] = [](const std::string& p) {
    return numbers_of(p).empty() ? "" : numbers_of(p).front();
  };
  all["the last number"] = [](const std::string& p) {
    return numbers_of(p).empty() ? "" : numbers_of(p).back();
  };
  all["how many numbers"] = [](const std::string& p) {
    return std::to_string(numbers_of(p).size());
  };
  all["how many words"] = [](const std::string& p) {
    return std::to_string(runs_of(p, is_letter).size());
  };
  for (const char filling : {'0', '1', '2'}) {
    all[std::string("a grid full of ") + filling] = [=](const std::string& p) {
      return replaced(fields_of(p).back(), "01.?", filling);
    };
  }
  for (const char* kind : {" knight", " knave"}) {
    all[std::string("all are") + kind] = [=](const std::string& p) {
      std::set<std::string> names;
      for (const std::string& word : runs_of(p, is_letter)) {
        if (word[0] >= 'A' && word[0] <= 'Z') names.insert(word + kind);
      }
      return joined({names.begin(), names.end()}, ",");
    };
  }
  all["the last line"] = [](const std::string& p) { return p.substr(p.rfind('\n') + 1); };
  all["what is quoted"] = [](const std::string& p) {
    const auto open = p.find('"');
    return open == std::string::npos ? "" : p.substr(open + 1, p.find('"', open + 1) - open - 1);
  };
  all["the lines of a grid"] = [](const std::string& p) {
    std::string rows;
    std::istringstream lines(p);
    for (std::string line; std::getline(lines, line);) {
      if (line.find(' ') == std::string::npos) rows += (rows.empty() ? "" : "\n") + line;
    }
    return rows;
  };
  all["what follows the last colon"] = [](const std::string& p) {
    return p.substr(p.rfind(':') + 1);
  };
  all["the first list"] = [](const std::string& p) {
    const auto fields = fields_of(p);
    return fields.size() > 1 ? fields[1].substr(0, fields[1].find('|')) : "";
  };
  all["the first premise"] = [](const std::string& p) {
    return fields_of(p).back().substr(0, fields_of(p).back().find(';'));
  };
  for (const char* sign : {"", "~"}) {
    all[std::string("the first variable ") + sign] = [=](const std::string& p) {
      const auto words = runs_of(fields_of(p).back(), is_letter);
      return words.empty() ? "" : sign + words[0];
    };
  }
  return all;
}

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("policies that know nothing are right one time in ten at most") {
  const auto all = policies();
  for (const TaskConfig& config : all_families()) {
    const auto task = make_task(config);
    const int count = task->name() == "zebra_puzzles" ? 500 : 1000;
    std::vector<TaskProblem> problems;
    for (int i = 0; i < count; ++i) {
      problems.push_back(task_problem(*task, Split::kTrain, 21, static_cast<std::uint64_t>(i)));
    }
    for (const auto& [name, policy] : all) {
      if (task->name() == "spell_backward" && name == "the last field backward") continue;  // it is
      double sum = 0;
      for (std::size_t i = 0; i < problems.size(); ++i) {
        const std::string answer = policy(problems[i].prompt);
        const double value = task->verify(sample_of(problems[i], answer)).value;
        sum += value;
        if (i > 20 || answer.empty() || answer.find('<') != std::string::npos) continue;
        // In tags or not: the same.
        const std::string tagged = "<think></think><answer>" + answer + "</answer>";
        REQUIRE(task->verify(sample_of(problems[i], tagged)).value == value);
      }
      INFO(task->name() << ": " << name);
      // Of ten digits one is right: 0.1 and five standard deviations.
      const double most = has_two_answers(task->name()) ? 0.55
                          : task->name() == "lastdigit" ? 0.147
                                                        : 0.10;
      CHECK(sum / count <= most);
    }
  }
}

TEST_CASE("hostile answers to real problems are wrong, and judged in no time") {
  constexpr int kMany = 100'000, kMore = 1'000'000;
  std::vector<std::string> attacks = {
      std::string(kMore, '7'),
      "-" + std::string(kMore, '9'),
      std::string(kMore, '(') + "1" + std::string(kMore, ')'),
      repeat("(", kMany),
      repeat("1+", kMany) + "1",
      repeat("(1)*", kMany) + "1",
      "9**9**9",
      "9^9^9^9",
      "1/0",
      "1/(1-1)",
      "0/0",
      "1e999999999",
      "1e-999999999",
      "__import__('os').system('true')",
      repeat("1//", kMany),
      std::string(kMore, ' ') + "1" + std::string(kMore, ' ') + "1",
      "\xC3\x97\xC3\xB7\xE2\x88\x92",
      "\xC3",
      std::string("1\0002", 3),
      repeat("[", kMany) + repeat("]", kMany),
      repeat("{\"a\":", kMany),
  };
  for (const char* piece : {",", "/", "\n", ":", "|", "~|", "*", "1,", "1/", "1*", "a|", "~", "-",
                            ".", "U", "RL", "0", "Ada knight,", "1:"}) {
    attacks.push_back(repeat(piece, kMany));
  }
  const std::clock_t start = std::clock();
  for (const TaskConfig& config : all_families()) {
    const auto task = make_task(config);
    const TaskProblem problem = task_problem(*task, Split::kTrain, 5, 0);
    for (const std::string& attack : attacks) {
      INFO(task->name() << ": " << attack.substr(0, 20));
      const Score score = task->verify(sample_of(problem, attack));
      CHECK(score.value == 0);
      CHECK(score.detail.size() < 2000);
    }
  }
  const double spent = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  // 20 s, many more with sanitizers; anything quadratic takes hours.
  CHECK(spent < 200.0);
}

TEST_CASE("what is not this task's problem is not judged") {
  for (const TaskConfig& config : all_families()) {
    const auto task = make_task(config);
    const TaskProblem problem = task_problem(*task, Split::kTrain, 5, 0);
    INFO(task->name());
    for (const std::string metadata :
         {"", "[]", "{}", "null", "{\"given\":[],\"numbers\":5,\"premises\":[-1]}",
          "{\"given\":[0,-1,99],\"grid\":[\"\",\"S\"],\"length\":0}", "{\"given\":[\"\"]}",
          "{\"given\":[\"1\",\"2\",\"3\",\"4\"]}", "{\"variables\":\"\",\"premises\":[]}",
          "{\"variables\":\"abcdefghijklm\",\"premises\":[1]}"}) {
      const Score score = task->verify({.prompt = problem.prompt,
                                        .completion = "x",
                                        .answer = problem.answer,
                                        .metadata = metadata});
      CHECK(score.value == 0);
    }
    const Score score = task->verify({.prompt = problem.prompt,
                                      .completion = problem.answer,
                                      .answer = "",
                                      .metadata = problem.metadata});
    CHECK(score.status == Status::kAbstain);
  }
}

TEST_CASE("an alphabet has no character that is never used") {
  // Which a thousand problems need not show: a distance of 9, a rare letter.
  const std::map<std::string_view, std::string> rare = {{"binary_matrix", "89"}, {"puzzle24", "."}};
  for (const TaskConfig& config : all_families(Prompts::kCodes)) {
    const auto task = make_task(config);
    std::set<char> seen;
    for (std::uint64_t i = 0; i < 1500; ++i) {
      Random random{31, i};
      const TaskProblem problem = task->generate(random);
      for (const char c : problem.prompt + problem.answer) seen.insert(c);
      for (const char c : steps_of(task->trace(problem, {.wrong_steps = 0.1}, random)))
        seen.insert(c);
    }
    INFO(task->name());
    const auto allowed = rare.find(task->name());
    for (const char c : task->alphabet()) {
      if (allowed != rare.end() && allowed->second.find(c) != std::string::npos) continue;
      INFO(c);
      CHECK(seen.count(c) == 1);
    }
  }
}

// `hone data TASK --count COUNT --traces --set prompts=FORM` of each family, in the order of
// tasks.h, without spaces.
TEST_CASE("the first problems of each family are what they were") {
  const Prompts prompts = GENERATE(Prompts::kCodes, Prompts::kWords);
  const bool codes = prompts == Prompts::kCodes;
  const std::uint64_t count = codes ? 3 : 4;
  std::ifstream file(std::string(HONE_SOURCE_DIR "/tests/golden/") +
                     (codes ? "tasks.jsonl" : "tasks_in_words.jsonl"));
  std::string line;
  for (const TaskConfig& config : all_families(prompts)) {
    const auto task = make_task(config);
    for (std::uint64_t i = 0; i < count; ++i) {
      REQUIRE(std::getline(file, line));
      const auto recorded = nlohmann::json::parse(line);
      const TaskProblem problem = task_problem(*task, Split::kTrain, 0, i);
      Random random{0, i, 1};
      INFO(task->name());
      CHECK(recorded.at("prompt") == problem.prompt);
      CHECK(recorded.at("answer") == problem.answer);
      CHECK(recorded.at("metadata").dump() == problem.metadata);
      CHECK(recorded.at("completion") == task->trace(problem, {}, random));
    }
  }
  CHECK(!std::getline(file, line));
}

TEST_CASE("ten thousand problems of each family are solved by their own answers") {
  for (const TaskConfig& config : all_families()) {
    const auto task = make_task(config);
    INFO(task->name());
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      Random random{41, i};
      const TaskProblem problem = task->asked(task->generate(random), i);
      INFO(problem.prompt);
      REQUIRE(task->verify(sample_of(problem, problem.answer)).status == Status::kCorrect);
      REQUIRE(task->verify(sample_of(problem, task->trace(problem, {}, random))).value == 1);
      REQUIRE(task->verify(sample_of(problem, problem.answer + "x")).value == 0);
    }
  }
}
