#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "rewards/command/command_reward.h"
#include "rewards/rewards.h"

using namespace hone::rewards;
using nlohmann::json;

namespace {

/// A program that does `body` with each line's sample, `s`, and has a counter `n`.
CommandConfig python(const std::string& body) {
  const std::string program =
      "import json, os, sys, time\nn = 0\nfor line in sys.stdin:\n  s = json.loads(line)\n"
      "  n += 1\n" +
      body;
  return {.command = {"/usr/bin/python3", "-c", program}};
}

Score judge(const Reward& reward, std::string_view completion, std::string_view answer = "a",
            std::string_view metadata = "") {
  return reward.score(
      {.prompt = "p", .completion = completion, .answer = answer, .metadata = metadata});
}

constexpr const char* kOne = "  print(json.dumps({'score': 1}), flush=True)\n";

}  // namespace

TEST_CASE("the example program judges") {
  const auto reward = make_reward(
      CommandConfig{.command = {"/usr/bin/python3", HONE_SOURCE_DIR "/recipes/reward_example.py"}});
  const Score right = judge(*reward, "it is 42 .", "42");
  CHECK(right.value == 0.25);
  CHECK(right.status == Status::kWrong);  // less than 1, and the program did not say
  CHECK(right.detail == "the answer in 4 words");
  CHECK(judge(*reward, "42", "42").status == Status::kCorrect);
  CHECK(judge(*reward, "43", "42").value == 0.0);
  CHECK(judge(*reward, "43", "").status == Status::kAbstain);
}

TEST_CASE("one program sees all samples, whole") {
  const auto reward = make_reward(
      python("  d = json.dumps([n, s], ensure_ascii=True)\n"
             "  print(json.dumps({'score': n, 'detail': d, 'status': 'correct'}), flush=True)\n"));
  const Score first = judge(*reward, "two\nlines", "42", R"({"level": 3})");
  CHECK(first.value == 1.0);
  CHECK(json::parse(first.detail)[1] == json{{"prompt", "p"},
                                             {"completion", "two\nlines"},
                                             {"answer", "42"},
                                             {"metadata", {{"level", 3}}}});
  const Score second = judge(*reward, "no text: \xff");
  CHECK(second.value == 2.0);
  CHECK(json::parse(second.detail)[1]["completion"] == "no text: \xEF\xBF\xBD");
  const std::string large(3 << 20, 'x');
  const Score too_long = judge(*reward, large);
  CHECK(too_long.status == Status::kAbstain);
  CHECK_THAT(too_long.detail, Catch::Contains("[3, "));
}

TEST_CASE("a sample that is late, kills the program or gets no proper answer is an abstention") {
  CommandConfig config = python(
      "  c = s['completion']\n"
      "  if c == 'late': time.sleep(100)\n"
      "  if c == 'die': sys.exit(7)\n"
      "  if c == 'kill': os.kill(os.getpid(), 9)\n"
      "  if c == 'close': os.close(1); os.close(0); time.sleep(100)\n"
      "  if c.startswith('say '): print(c[4:], flush=True); continue\n"
      "  print(json.dumps({'score': n}), flush=True)\n");
  config.deadline_s = 0.3;
  config.start_s = 30;
  const auto reward = make_reward(config);
  CHECK(judge(*reward, "ok").value == 1.0);
  CHECK(judge(*reward, "ok").value == 2.0);
  const auto start = std::chrono::steady_clock::now();
  const Score late = judge(*reward, "late");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  CHECK(late.status == Status::kAbstain);
  CHECK(late.detail == "the command took longer than 0.3 s");
  CHECK(judge(*reward, "ok").value == 1.0);  // another program
  const std::pair<const char*, const char*> kBad[] = {
      {"die", "the command ended with status 7"},
      {"kill", "the command ended by a signal: Killed"},
      {"close", "the command closed its output and did not end"},
      {"say hello", "got \"hello\""},
      {"say ", "got \"\""},
      {"say 1", "got \"1\""},
      {"say {\"score\": \"1\"}", "got"},
      {"say {\"score\": null}", "got"},
      {"say {\"score\": 1e999}", "got"},
      {"say {\"score\": 1, \"status\": \"fine\"}", "got"},
      {"say {\"score\": 1, \"detail\": 3}", "got"}};
  for (const auto& [completion, detail] : kBad) {
    INFO(completion);
    const Score score = judge(*reward, completion);
    CHECK(score.status == Status::kAbstain);
    CHECK_THAT(score.detail, Catch::Contains(detail));
    CHECK(judge(*reward, "ok").value == 1.0);
  }
  CHECK(judge(*reward, R"(say {"score": -2, "status": "malformed"})").status == Status::kMalformed);
  CHECK(judge(*reward, R"(say {"score": -2, "status": "malformed"})").value == -2.0);
}

TEST_CASE("a program that cannot work stops the run") {
  CHECK_THROWS_WITH(make_reward(CommandConfig{}), Catch::Contains("a program and its arguments"));
  CHECK_THROWS_AS(make_reward(CommandConfig{.command = {"no-such-program"}}),
                  std::invalid_argument);
  CHECK_THROWS_WITH(make_reward(CommandConfig{.command = {"/etc/passwd"}}),
                    Catch::Contains("/etc/passwd"));
  CHECK_THROWS_AS(reward_by_name("command", {{"command", "python3"}}), std::invalid_argument);
  CHECK_THROWS_AS(reward_by_name("command", {{"command", {1}}}), std::invalid_argument);
  const auto broken = reward_by_name("command", {{"command", {"false"}}, {"max_deaths", 2}});
  CHECK(judge(*broken, "x").status == Status::kAbstain);
  CHECK_THROWS_WITH(judge(*broken, "x"), Catch::Contains("\"false\": the command ended with status "
                                                         "1; so it went 2 times in a row"));
  // Late is not dead: such samples may come one after the other.
  CommandConfig slow = python("  time.sleep(100)\n");
  slow.deadline_s = 0.05;
  slow.start_s = 0;
  slow.max_deaths = 1;
  const auto late = make_reward(slow);
  for (int i = 0; i < 3; ++i) CHECK(judge(*late, "x").status == Status::kAbstain);
}

TEST_CASE("many threads share the programs") {
  CommandConfig config = python(
      "  print(json.dumps({'score': 1, 'detail': s['completion'] + ' ' + "
      "str(os.getpid())}), flush=True)\n");
  config.processes = 2;
  const auto reward = make_reward(config);
  std::vector<std::string> details(60);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < details.size(); i += 6) {
        details[i] = judge(*reward, std::to_string(i)).detail;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> programs;
  for (std::size_t i = 0; i < details.size(); ++i) {
    const std::size_t space = details[i].find(' ');
    CHECK(details[i].substr(0, space) == std::to_string(i));
    programs.insert(details[i].substr(space));
  }
  CHECK(programs.size() <= 2);
}

TEST_CASE("nothing of a program is left when its reward is gone") {
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  const auto start = std::chrono::steady_clock::now();
  {
    const auto good = make_reward(python(kOne));
    const auto deaf = make_reward(
        python("  os.fork() or time.sleep(1000)\n" + std::string(kOne) + "  time.sleep(1000)\n"));
    CHECK(judge(*good, "x").value == 1.0);
    CHECK(judge(*deaf, "x").value == 1.0);
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  // What the killed program had started is dead too, and only waits to be waited for.
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  CHECK(errno == ECHILD);
}
