#include "rl/bench/flops.h"

#include <catch2/catch.hpp>

#include "rollout/pack.h"
#include "tests/support/tiny_model.h"

namespace {

using namespace hone;

// Of tiny_config, by hand. A layer: q 40*36, k and v 20*36 each, o 36*40, gate, up and down 52*36
// each. Two layers, 2 FLOPs an entry.
constexpr double kLayers = 2 * 2 * (1440 + 720 + 720 + 1440 + 3 * 1872);
constexpr double kAttended = 4 * 4 * 10 * 2;  // a token that is attended to, both layers
constexpr double kLogits = 2 * 61 * 36;

rl::BenchWork work_of(std::int64_t prompts, std::int64_t group, std::int64_t prompt_tokens,
                      std::int64_t new_tokens) {
  return {prompts, group, prompt_tokens, new_tokens, 1};
}

/// Counted token by token over what pack() makes of such rollouts.
double packed_train_flops(const rl::BenchWork& work) {
  std::vector<rollout::Rollout> rollouts;
  for (const rollout::Request& request : rl::bench_requests(work, 61)) {
    for (std::int64_t s = 0; s < work.group; ++s) {
      rollout::Rollout rollout;
      rollout.tokens = request.prompt;
      rollout.prompt_length = static_cast<std::int32_t>(request.prompt.size());
      rollout.tokens.resize(request.prompt.size() + work.new_tokens, 5);
      rollouts.push_back(rollout);
    }
  }
  double flops = 0;
  for (const rollout::MicroBatch& micro : rollout::pack(rollouts, 1 << 20)) {
    for (const std::int32_t position : micro.batch.positions) {
      flops += kLayers + kAttended * (position + 1);
    }
    flops += kLogits * static_cast<double>(micro.targets.size());
  }
  return 3 * flops;
}

}  // namespace

TEST_CASE("FLOPs of two tokens, by hand") {
  const model::ModelConfig config = tests::tiny_config("qwen3");
  const rl::BenchWork work = work_of(1, 1, 1, 2);
  const double first = kLayers + kAttended + kLogits;
  const double second = kLayers + 2 * kAttended + kLogits;
  CHECK(rl::rollout_flops(config, work) == first + second);
  CHECK(rl::decode_flops(config, work) == second);
  CHECK(rl::train_flops(config, work) == 3 * (first + second));
  CHECK(rl::layer_forward_flops(config, work) == first + second - 2 * kLogits);
}

TEST_CASE("a window bounds what is attended to") {
  model::ModelConfig config = tests::tiny_config("qwen3");
  config.sliding_window = 1;
  config.sliding_layers = {true, false};
  CHECK(rl::decode_flops(config, work_of(1, 1, 1, 2)) == kLayers + 1.5 * kAttended + kLogits);
  config.sliding_window = 2;
  CHECK(rl::decode_flops(config, work_of(1, 1, 1, 2)) == kLayers + 2 * kAttended + kLogits);
}

TEST_CASE("the FLOPs of training are those of the packed batch") {
  const model::ModelConfig config = tests::tiny_config("qwen3");
  for (const rl::BenchWork& work :
       {work_of(1, 1, 1, 1), work_of(3, 4, 7, 9), work_of(2, 1, 30, 5), work_of(1, 8, 3, 20)}) {
    CHECK(rl::train_flops(config, work) == Approx(packed_train_flops(work)));
  }
}

TEST_CASE("a rollout's FLOPs have each prompt once") {
  const model::ModelConfig config = tests::tiny_config("qwen3");
  const double one = rl::rollout_flops(config, work_of(1, 1, 9, 12));
  const double prompt = rl::rollout_flops(config, work_of(1, 1, 9, 1));
  CHECK(rl::rollout_flops(config, work_of(5, 1, 9, 12)) == Approx(5 * one));
  CHECK(rl::rollout_flops(config, work_of(1, 5, 9, 12)) == Approx(5 * one - 4 * prompt));
  CHECK(rl::decode_flops(config, work_of(1, 5, 9, 12)) == Approx(5 * (one - prompt)));
}

TEST_CASE("a decoding step reads the head, and not an embedding apart from it") {
  const model::ModelConfig tied = tests::tiny_config("qwen3");
  model::ModelConfig untied = tied;
  untied.tie_word_embeddings = false;
  CHECK(rl::decode_weight_bytes(tied) == 4.0 * static_cast<double>(tied.num_parameters()));
  CHECK(rl::decode_weight_bytes(untied) == rl::decode_weight_bytes(tied));
}
