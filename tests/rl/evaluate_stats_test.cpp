#include "rl/evaluate_stats.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

namespace hone::rl {
namespace {

bool close(double a, double b) { return std::abs(a - b) < 1e-12; }

SampleVerdict right(const std::string& answer = "42") { return {true, answer, true, 10, false}; }
SampleVerdict wrong(const std::string& answer) { return {false, answer, true, 10, false}; }

}  // namespace

TEST_CASE("pass@k is the share of all choices of k samples that hold a right one") {
  for (unsigned n = 1; n <= 10; ++n) {
    for (unsigned c = 0; c <= n; ++c) {
      for (unsigned k = 1; k <= n; ++k) {
        int choices = 0;
        int hits = 0;
        for (unsigned subset = 0; subset < (1u << n); ++subset) {
          if (std::popcount(subset) != static_cast<int>(k)) continue;
          ++choices;
          hits +=
              (subset & ((1u << c) - 1)) != 0 ? 1 : 0;  // the first c samples are the right ones
        }
        INFO("n " << n << ", c " << c << ", k " << k);
        CHECK(close(pass_at_k(n, c, k), static_cast<double>(hits) / choices));
      }
    }
  }
}

TEST_CASE("pass@k stays exact where binomials overflow") {
  CHECK(close(pass_at_k(100000, 1, 1000), 0.01));
  CHECK(pass_at_k(2048, 0, 1024) == 0.0);
  CHECK(pass_at_k(2048, 1500, 1024) == 1.0);
  CHECK_THROWS_AS(pass_at_k(4, 5, 1), std::invalid_argument);
  CHECK_THROWS_AS(pass_at_k(4, 1, 5), std::invalid_argument);
  CHECK_THROWS_AS(pass_at_k(4, 1, 0), std::invalid_argument);
}

TEST_CASE("the majority votes by answer") {
  CHECK(majority_correct({wrong("1"), right(), right()}));
  CHECK_FALSE(majority_correct({wrong("1"), right(), wrong("1")}));
  CHECK(majority_correct({wrong("1"), right(), wrong("2"), right(), wrong("3")}));
  // Two ways to write the right answer are one answer.
  CHECK(majority_correct({wrong("1"), wrong("1"), right("42"), right("42.0"), right("84/2")}));
  // Without an answer there is no vote.
  CHECK(majority_correct({wrong(""), wrong(""), right()}));
  CHECK_FALSE(majority_correct({wrong(""), wrong("")}));
  CHECK_FALSE(majority_correct({}));
}

TEST_CASE("a tied vote goes to the answer seen first, which over all orders is a fair draw") {
  CHECK(majority_correct({right(), wrong("1"), wrong("1"), right()}));
  CHECK_FALSE(majority_correct({wrong("1"), right(), right(), wrong("1")}));
  int wins = 0;
  int orders = 0;
  for (unsigned order = 0; order < 64; ++order) {  // where the three right ones of six stand
    if (std::popcount(order) != 3) continue;
    std::vector<SampleVerdict> samples;
    for (unsigned i = 0; i < 6; ++i) samples.push_back((order >> i) & 1 ? right() : wrong("1"));
    ++orders;
    wins += majority_correct(samples) ? 1 : 0;
  }
  CHECK(2 * wins == orders);
}

TEST_CASE("an evaluation worked by hand") {
  SampleVerdict cut_off = wrong("");
  cut_off.format_ok = false;
  cut_off.length = 30;
  cut_off.truncated = true;
  cut_off.no_answer = true;
  const std::vector<ProblemVerdicts> problems = {
      {{right(), right(), right(), right()}, true},
      {{wrong("1"), right(), wrong("1"), right()}, false},
      {{wrong("1"), wrong("2"), cut_off, wrong("3")}, true},
  };
  const EvalResult result = summarize(problems);
  CHECK(result.problems == 3);
  CHECK(result.samples == 4);
  CHECK(close(result.pass_at_1, 0.5));
  CHECK(close(result.pass_at_1_stderr, 0.5 / std::sqrt(3.0)));  // 1, 1/2, 0: s = 1/2
  CHECK(close(result.greedy, 2.0 / 3.0));
  CHECK(close(result.greedy_stderr, std::sqrt(1.0 / 3.0 / 3.0)));
  REQUIRE(result.pass_at_k.size() == 3);
  CHECK(result.pass_at_k[0].first == 1);
  CHECK(close(result.pass_at_k[0].second, result.pass_at_1));
  CHECK(result.pass_at_k[1].first == 2);
  CHECK(close(result.pass_at_k[1].second, (1.0 + 5.0 / 6.0) / 3.0));
  CHECK(result.pass_at_k[2].first == 4);
  CHECK(close(result.pass_at_k[2].second, 2.0 / 3.0));
  CHECK(close(result.maj_at_k, 1.0 / 3.0));
  CHECK(close(result.format, 11.0 / 12.0));
  CHECK(close(result.mean_length, 140.0 / 12.0));
  CHECK(close(result.truncated, 1.0 / 12.0));
  CHECK(close(result.no_answer, 1.0 / 12.0));
}

TEST_CASE("further rewards and the sources of a mixture, worked by hand") {
  const double none = std::nan("");
  const auto with = [](SampleVerdict sample, std::vector<double> rewards) {
    sample.rewards = std::move(rewards);
    return sample;
  };
  const std::vector<ProblemVerdicts> problems = {
      {{with(right(), {1, none}), with(right(), {0.5, none})}, true, 0},
      {{with(right(), {none, none}), with(wrong("1"), {0, none})}, true, 2},
      {{with(wrong("2"), {0.5, none}), with(wrong("1"), {0, none})}, true, 2},
  };
  const EvalResult result = summarize(problems, {{"language", "never"}, {"a", "empty", "b"}});
  REQUIRE(result.rewards.size() == 2);
  CHECK(result.rewards[0].first == "language");
  CHECK(close(result.rewards[0].second, 0.4));  // five of six samples
  CHECK(result.rewards[1].first == "never");
  CHECK(std::isnan(result.rewards[1].second));
  REQUIRE(result.source_pass_at_1.size() == 2);
  CHECK(result.source_pass_at_1[0] == std::pair<std::string, double>{"a", 1.0});
  CHECK(result.source_pass_at_1[1] == std::pair<std::string, double>{"b", 0.25});
  CHECK(close(result.pass_at_1, 0.5));
  REQUIRE(result.sources.size() == 2);
  const SourceResult &a = result.sources[0], &b = result.sources[1];
  CHECK(a.name == "a");
  CHECK(a.problems == 1);
  CHECK(a.pass_at_1 == 1.0);
  CHECK(a.pass_at_1_stderr == 0.0);  // a single problem has no spread
  CHECK(b.name == "b");
  CHECK(b.problems == 2);
  CHECK(close(b.pass_at_1, 0.25));
  CHECK(close(b.pass_at_1_stderr, 0.25));  // 1/2, 0: s = 1/(2 sqrt 2)
  CHECK(close(b.greedy, 1.0));
  CHECK(close(b.greedy_stderr, 0.0));
  CHECK_THROWS_AS(summarize(problems, {{"language"}, {}}), std::invalid_argument);
  CHECK_THROWS_AS(summarize(problems, {{"language", "never"}, {"a"}}), std::invalid_argument);
}

TEST_CASE("evaluations at the edges") {
  CHECK(summarize({}).problems == 0);
  const EvalResult one = summarize({{{right(), wrong("1"), wrong("2")}, true}});
  CHECK(one.pass_at_1_stderr == 0.0);
  CHECK(one.pass_at_k.size() == 3);  // 1, 2 and the 3 that there are
  CHECK(one.pass_at_k.back().first == 3);
  const EvalResult greedy_only = summarize({{{}, true}, {{}, false}});
  CHECK(greedy_only.greedy == 0.5);
  CHECK(greedy_only.pass_at_k.empty());
  CHECK_THROWS_AS(summarize({{{right()}, true}, {{}, true}}), std::invalid_argument);
}

}  // namespace hone::rl
