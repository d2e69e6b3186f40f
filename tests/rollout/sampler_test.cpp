#include "rollout/sampler.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "rollout/random.h"

namespace {

using namespace hone::rollout;

std::vector<float> some_logits(int n) {
  std::vector<float> logits(n);
  for (int i = 0; i < n; ++i) logits[i] = 3.0f * std::sin(static_cast<float>(i) * 1.7f);
  return logits;
}

std::vector<double> softmax(const std::vector<float>& logits, double temperature) {
  std::vector<double> p;
  double total = 0;
  for (const float x : logits) {
    p.push_back(std::exp(x / temperature));
    total += p.back();
  }
  for (double& x : p) x /= total;
  return p;
}

}  // namespace

TEST_CASE("tokens are drawn in proportion to their probability") {
  for (const double temperature : {0.5, 1.0, 2.0}) {
    const auto logits = some_logits(23);
    const auto p = softmax(logits, temperature);
    SamplingConfig config;
    config.temperature = temperature;
    constexpr int kDraws = 40000;
    std::vector<int> counts(p.size());
    for (int i = 0; i < kDraws; ++i) {
      auto copy = logits;
      const auto drawn = sample_token(copy.data(), 23, config,
                                      uniform_at({1, 2, 3, 4, 5}, static_cast<std::uint64_t>(i)));
      ++counts[drawn.token];
      REQUIRE(drawn.logprob == Approx(std::log(p[drawn.token])).margin(1e-5));
    }
    double chi_squared = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double expected = p[i] * kDraws;
      chi_squared += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    CHECK(chi_squared < 54);  // 22 degrees of freedom: passed by chance less than once in 5000
  }
}

TEST_CASE(
    "a token is where the cumulative distribution passes the number, whatever the vocabulary") {
  for (const int n : {100, 4096, 4097, 9000}) {
    const auto logits = some_logits(n);
    const auto p = softmax(logits, 1.0);
    for (int i = 0; i < 500; ++i) {
      const float u = uniform_at({9, 2, 3, 4, 5}, static_cast<std::uint64_t>(i));
      auto copy = logits;
      const auto drawn = sample_token(copy.data(), n, {}, u);
      double before = 0;
      for (int t = 0; t < drawn.token; ++t) before += p[t];
      CHECK(before < u + 1e-6);
      CHECK(before + p[drawn.token] > u - 1e-6);
      CHECK(drawn.logprob == Approx(std::log(p[drawn.token])).margin(1e-5));
    }
  }
}

TEST_CASE("the ends of the unit interval give tokens that exist") {
  SamplingConfig config;
  for (const int n : {1, 2, 16, 17, 5000}) {
    for (const float u : {0.0f, 0x1.fffffep-1f}) {
      auto logits = some_logits(n);
      const auto drawn = sample_token(logits.data(), n, config, u);
      CHECK(drawn.token >= 0);
      CHECK(drawn.token < n);
      CHECK(std::isfinite(drawn.logprob));
    }
  }
}

TEST_CASE("a token of probability 0 is never drawn") {
  SamplingConfig config;
  for (int i = 0; i < 200; ++i) {
    std::vector<float> logits = {-INFINITY, 0, -INFINITY, 0, -INFINITY};
    const auto drawn = sample_token(logits.data(), 5, config, static_cast<float>(i) / 200);
    CHECK((drawn.token == 1 || drawn.token == 3));
  }
}

TEST_CASE("top-p keeps the fewest tokens that make up its share") {
  SamplingConfig config;
  config.top_p = 0.6;
  std::vector<int> counts(4);
  for (int i = 0; i < 1000; ++i) {
    std::vector<float> logits = {std::log(0.1f), std::log(0.5f), std::log(0.3f), std::log(0.1f)};
    ++counts[sample_token(logits.data(), 4, config, static_cast<float>(i) / 1000).token];
  }
  CHECK(counts[0] == 0);
  CHECK(counts[3] == 0);
  CHECK(counts[1] == Approx(625).margin(3));
}

TEST_CASE("streams are told apart by every part of their key") {
  const StreamKey key{1, 2, 3, 4, 5};
  const float u = uniform_at(key, 6);
  CHECK(u == uniform_at(key, 6));
  CHECK(u != uniform_at(key, 7));
  for (std::uint64_t StreamKey::*part : {&StreamKey::seed, &StreamKey::stage, &StreamKey::step,
                                         &StreamKey::prompt, &StreamKey::sample}) {
    StreamKey other = key;
    ++(other.*part);
    CHECK(u != uniform_at(other, 6));
  }
  double mean = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) mean += uniform_at(key, i) / 10000;
  CHECK(mean == Approx(0.5).margin(0.015));
}
