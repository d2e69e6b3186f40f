#include "rollout/engine.h"

#include <ATen/Parallel.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "model/error.h"
#include "model/kernels/isa.h"
#include "model/logprobs.h"
#include "tests/support/tiny_model.h"

namespace {

using namespace hone;

std::vector<rollout::Request> some_requests() {
  std::vector<rollout::Request> requests;
  for (std::uint64_t i = 0; i < 9; ++i) {
    requests.push_back(
        {tests::random_ids(1 + 7 * static_cast<std::int64_t>(i) % 40, 61, static_cast<unsigned>(i)),
         1 + static_cast<std::int64_t>(i) % 5, i});
  }
  return requests;
}

rollout::EngineConfig some_config() {
  rollout::EngineConfig config;
  config.sampling.max_new_tokens = 30;
  config.key.seed = 11;
  config.end_ids = {2, 5};
  return config;
}

bool same(const std::vector<rollout::Rollout>& a, const std::vector<rollout::Rollout>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].tokens != b[i].tokens || a[i].logprobs != b[i].logprobs ||
        a[i].finish != b[i].finish) {
      return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("completions depend neither on the batch, the cache nor the threads") {
  const model::Decoder decoder = tests::tiny_decoder("qwen3");
  const auto requests = some_requests();
  const auto expected = rollout::generate(decoder, requests, some_config());

  SECTION("few rows at a time") {
    for (const std::int64_t rows : {1, 3, 17}) {
      rollout::EngineConfig config = some_config();
      config.max_rows = rows;
      CHECK(same(rollout::generate(decoder, requests, config), expected));
    }
  }
  SECTION("a cache for little more than one completion") {
    rollout::EngineConfig config = some_config();
    config.max_cache_bytes = 1;
    CHECK(same(rollout::generate(decoder, requests, config), expected));
  }
  SECTION("threads") {
    const int before = at::get_num_threads();
    for (const int threads : {1, 2, 3}) {
      at::set_num_threads(threads);
      CHECK(same(rollout::generate(decoder, requests, some_config()), expected));
    }
    at::set_num_threads(before);
  }
  SECTION("each prompt alone") {
    std::vector<rollout::Rollout> all;
    for (const auto& request : requests) {
      for (auto& r : rollout::generate(decoder, {request}, some_config()))
        all.push_back(std::move(r));
    }
    CHECK(same(all, expected));
  }
  SECTION("another seed, other completions") {
    rollout::EngineConfig config = some_config();
    config.key.seed = 12;
    CHECK_FALSE(same(rollout::generate(decoder, requests, config), expected));
  }
}

TEST_CASE("what all prompts begin with is run once and changes no completion") {
  const std::int64_t common = GENERATE(16, 21, 32);  // whole blocks of the cache, a part of one
  const std::int64_t rows = GENERATE(1, 7, 50);
  const auto beginning = tests::random_ids(common, 61, 77);
  std::vector<rollout::Request> requests = some_requests();
  requests[4].prompt.assign(requests[2].prompt.begin(), requests[2].prompt.begin() + 9);
  for (auto& request : requests) {
    request.prompt.insert(request.prompt.begin(), beginning.begin(), beginning.end());
  }
  for (const std::string& family : tests::kFamilies) {
    INFO(family);
    const model::Decoder decoder = tests::tiny_decoder(family);
    std::vector<rollout::Rollout> alone;
    for (const auto& request : requests) {
      for (auto& r : rollout::generate(decoder, {request}, some_config())) {
        alone.push_back(std::move(r));
      }
    }
    CHECK(same(rollout::generate(decoder, requests, some_config()), alone));
    rollout::EngineConfig small = some_config();
    small.max_rows = rows;
    small.max_cache_bytes = 1;
    CHECK(same(rollout::generate(decoder, requests, small), alone));
    const std::vector<rollout::Request> twice = {requests[2], requests[2]};
    std::vector<rollout::Rollout> two = rollout::generate(decoder, {requests[2]}, some_config());
    const std::vector<rollout::Rollout> once = two;
    two.insert(two.end(), once.begin(), once.end());
    CHECK(same(rollout::generate(decoder, twice, some_config()), two));
  }
}

TEST_CASE("recorded log-probabilities are those of the training pass, to the bit") {
  for (const std::string& family : tests::kFamilies) {
    const model::Decoder decoder = tests::tiny_decoder(family);
    for (const rollout::Rollout& r : rollout::generate(decoder, some_requests(), some_config())) {
      const std::vector<float> scored = model::sequence_logprobs(decoder, r.tokens);
      const std::vector<float> completion(scored.begin() + r.prompt_length - 1, scored.end());
      REQUIRE(r.logprobs == completion);
    }
  }
}

TEST_CASE("sampler and training pass agree to the bit on every instruction set and thread count") {
  namespace kernels = model::kernels;
  const int threads_before = at::get_num_threads();
  // Windows that have left a shared prompt behind them, and that see a part of it.
  const auto [family, window] = GENERATE(table<std::string, std::int64_t>(
      {{"qwen3", 0}, {"gemma2", 7}, {"gemma2", 20}, {"qwen3_moe", 0}, {"deepseek_v3", 0}}));
  model::Decoder decoder = tests::tiny_decoder(family);
  decoder.config.sliding_window = window;
  std::vector<rollout::Request> many;  // of 6 completions; prompts of several blocks of the cache
  for (std::uint64_t i = 0; i < (family == "qwen3" ? 16 : 4); ++i) {
    many.push_back(
        {tests::random_ids(30 + static_cast<std::int64_t>(i), 61, static_cast<unsigned>(i)), 6, i});
  }
  const std::vector<rollout::Request> one = {{many[3].prompt, 1, 3}};
  for (const model::KvType kv_type : {model::KvType::kFloat, model::KvType::kBf16}) {
    for (const bool greedy : {false, true}) {
      rollout::EngineConfig config = some_config();
      config.kv_type = kv_type;
      config.sampling.greedy = greedy;
      std::vector<rollout::Rollout> expected;
      for (const std::string& isa : kernels::available_isas()) {
        REQUIRE(kernels::use_isa(isa));
        for (const int threads : {1, 2}) {
          INFO(family << ", " << isa << ", " << threads << " threads, greedy " << greedy
                      << ", cache "
                      << model::enum_names(kv_type)[static_cast<std::size_t>(kv_type)]);
          at::set_num_threads(threads);
          const auto rollouts = rollout::generate(decoder, many, config);
          if (expected.empty()) expected = rollouts;
          CHECK(same(rollouts, expected));
          CHECK(rollout::generate(decoder, one, config)[0].logprobs == expected[18].logprobs);
          for (std::size_t i = 0; i < rollouts.size(); i += 7) {
            const std::vector<float> scored =
                model::sequence_logprobs(decoder, rollouts[i].tokens, {.kv_type = kv_type});
            const auto completion = scored.begin() + rollouts[i].prompt_length - 1;
            CHECK(std::vector<float>(completion, scored.end()) == rollouts[i].logprobs);
          }
        }
      }
    }
  }
  REQUIRE(kernels::use_isa(""));
  at::set_num_threads(threads_before);
}

TEST_CASE("a bf16 cache is another arithmetic, close to fp32's") {
  const model::Decoder decoder = tests::tiny_decoder("qwen3");
  const auto ids = tests::random_ids(60, 61, 3);
  const auto exact = model::sequence_logprobs(decoder, ids);
  const auto rounded = model::sequence_logprobs(decoder, ids, {.kv_type = model::KvType::kBf16});
  double difference = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(exact[i]) - rounded[i]));
  }
  CHECK(difference > 0);
  CHECK(difference < 0.1);
}

TEST_CASE("completions end where they should") {
  const model::Decoder decoder = tests::tiny_decoder("qwen3");
  const auto is_end = [](std::int32_t id) { return id == 2 || id == 5; };
  bool stopped = false;
  for (const rollout::Rollout& r : rollout::generate(decoder, some_requests(), some_config())) {
    for (std::size_t t = r.prompt_length; t + 1 < r.tokens.size(); ++t) CHECK(!is_end(r.tokens[t]));
    if (r.finish == rollout::Finish::kStop) {
      stopped = true;
      CHECK(is_end(r.tokens.back()));
    } else {
      CHECK(r.completion_length() == 30);
    }
  }
  CHECK(stopped);

  rollout::EngineConfig config = some_config();
  config.sampling.ignore_eos = true;
  for (const rollout::Rollout& r : rollout::generate(decoder, some_requests(), config)) {
    CHECK(r.completion_length() == 30);
    CHECK(r.finish == rollout::Finish::kLength);
  }
  // The context ends before the limit does.
  config.sampling.max_new_tokens = 1000;
  const auto cut = rollout::generate(decoder, {{tests::random_ids(100, 61, 1), 1, 0}}, config);
  CHECK(cut[0].tokens.size() == 128);
}

TEST_CASE("greedy decoding takes the likeliest token") {
  const model::Decoder decoder = tests::tiny_decoder("qwen2");
  rollout::EngineConfig config = some_config();
  config.sampling.greedy = true;
  const auto once = rollout::generate(decoder, some_requests(), config);
  config.key.seed = 99;
  CHECK(same(rollout::generate(decoder, some_requests(), config), once));
}

TEST_CASE("drawn and greedy completions of a prompt come out of one call as out of two") {
  const model::Decoder decoder = tests::tiny_decoder("qwen3");
  std::vector<rollout::Request> requests = some_requests();
  for (auto& request : requests) request.samples = 2;
  const auto drawn = rollout::generate(decoder, requests, some_config());
  rollout::EngineConfig config = some_config();
  config.greedy_from = 2;
  for (auto& request : requests) request.samples = 3;
  const auto both = rollout::generate(decoder, requests, config);
  for (auto& request : requests) request.samples = 1;
  config = some_config();
  config.sampling.greedy = true;
  const auto greedy = rollout::generate(decoder, requests, config);
  std::vector<rollout::Rollout> expected;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    expected.insert(expected.end(), {drawn[2 * i], drawn[2 * i + 1], greedy[i]});
  }
  CHECK(same(both, expected));
}

TEST_CASE("bad prompts are refused") {
  const model::Decoder decoder = tests::tiny_decoder("qwen3");
  CHECK_THROWS_AS(rollout::generate(decoder, {{{}, 1, 0}}, some_config()), DataError);
  CHECK_THROWS_AS(rollout::generate(decoder, {{{61}, 1, 0}}, some_config()), DataError);
  CHECK_THROWS_AS(rollout::generate(decoder, {{{-1}, 1, 0}}, some_config()), DataError);
  CHECK_THROWS_AS(
      rollout::generate(decoder, {{tests::random_ids(128, 61, 1), 1, 0}}, some_config()),
      DataError);
}

TEST_CASE("a set stop flag ends the call") {
  const model::Decoder decoder = tests::tiny_decoder("qwen3");
  const std::atomic<bool> stop{true};
  rollout::EngineConfig config = some_config();
  config.stop = &stop;
  CHECK_THROWS_AS(rollout::generate(decoder, some_requests(), config), rollout::Stopped);
}
