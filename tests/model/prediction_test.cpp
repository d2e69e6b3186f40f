#include <ATen/ops/tensor.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/checkpoint.h"
#include "model/decoder_reference.h"
#include "model/kernels/ops.h"
#include "tests/support/tiny_model.h"

using namespace hone;

// The values are transformers', made by tests/parity/make_models.py.
TEST_CASE("the layer for multi-token prediction gives transformers' log-probabilities") {
  const std::filesystem::path folder =
      std::filesystem::path(HONE_SOURCE_DIR) / "tests" / "parity" / "fixtures" / "deepseek_v3";
  const model::Decoder decoder = model::load_decoder(folder);
  std::ifstream lines(folder / "logprobs.jsonl");
  int sequences = 0;
  for (std::string line; std::getline(lines, line); ++sequences) {
    const auto json = nlohmann::json::parse(line);
    const auto ids = json.at("ids").get<std::vector<std::int32_t>>();
    const auto expected = json.at("prediction_logprobs").get<std::vector<double>>();
    REQUIRE(expected.size() + 2 == ids.size());
    if (expected.empty()) continue;
    const model::PackedBatch batch = tests::single({ids.begin(), ids.end() - 2});
    const at::Tensor states = decoder.prediction_states(decoder.hidden_states(batch),
                                                        {ids.begin() + 1, ids.end() - 1}, batch);
    const std::vector<std::int32_t> after(ids.begin() + 2, ids.end());
    const at::Tensor got =
        model::ops::logprobs(states, decoder.lm_head, at::tensor(after, at::kInt), 1).logp;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(std::abs(got[static_cast<std::int64_t>(i)].item<double>() - expected[i]) <=
            5e-5 * std::max(1.0, std::abs(expected[i])));
    }
  }
  CHECK(sequences >= 4);
}

TEST_CASE(
    "the layer for multi-token prediction and its gradients equal those of plain operations") {
  model::ModelConfig config = tests::tiny_config("deepseek_v3");
  config.num_nextn_predict_layers = 1;
  model::Decoder own = model::random_decoder(config, 3);
  model::Decoder plain = model::frozen_copy(own);
  model::require_gradients(own);
  model::require_gradients(plain);
  const auto ids = tests::random_ids(31, config.vocab_size, 4);
  const model::PackedBatch batch = tests::single({ids.begin(), ids.end() - 1});
  const std::vector<std::int32_t> next(ids.begin() + 1, ids.end());
  const model::ForwardOptions recomputed{.gradient_checkpointing = true};
  const at::Tensor a = own.prediction_states(own.hidden_states(batch), next, batch, recomputed);
  const at::Tensor b = model::reference_prediction_states(
      plain, model::reference_hidden_states(plain, batch), next, batch);
  CHECK((a - b).abs().max().item<double>() < 2e-4);
  at::Generator generator = at::detail::createCPUGenerator(3);
  const at::Tensor weight = at::randn(a.sizes(), generator);
  (a * weight).sum().backward();
  (b * weight).sum().backward();
  const auto mine = own.trainable_parameters();
  const auto theirs = plain.trainable_parameters();
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (mine[i].first == "lm_head.weight") continue;  // comes after these
    INFO(mine[i].first);
    const double scale = theirs[i].second.grad().abs().max().item<double>();
    CHECK((mine[i].second.grad() - theirs[i].second.grad()).abs().max().item<double>() <=
          1e-4 * scale);
  }
}

TEST_CASE("a pass with gradients counts the tokens of each expert once") {
  model::Decoder decoder = tests::tiny_decoder("deepseek_v3");
  model::require_gradients(decoder);
  const model::PackedBatch batch = tests::single(tests::random_ids(20, 61, 4));
  std::vector<std::vector<std::int64_t>> counts;
  for (const bool recompute : {false, true}) {
    model::ExpertLoad load;
    decoder.hidden_states(batch, {.gradient_checkpointing = recompute, .expert_load = &load})
        .square()
        .sum()
        .backward();
    REQUIRE(load.layers.size() == 3);
    CHECK(load.layers[0].empty());
    for (const std::size_t l : {1, 2}) {
      CHECK(std::accumulate(load.layers[l].begin(), load.layers[l].end(), 0) == 20 * 3);
    }
    counts.push_back(load.layers[2]);
  }
  CHECK(counts[0] == counts[1]);
}
