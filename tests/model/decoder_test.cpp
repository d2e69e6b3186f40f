#include "model/decoder.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "model/decode.h"
#include "model/decoder_reference.h"
#include "model/kernels/ops.h"
#include "model/kernels/ops_reference.h"
#include "model/kernels/softmax.h"
#include "model/logprobs.h"
#include "tests/support/tiny_model.h"

namespace {

using namespace hone;

/// A prompt of 19 tokens with three continuations.
model::PackedBatch shared_batch() {
  const auto ids = tests::random_ids(19 + 6 + 1 + 20, 61, 5);
  model::PackedBatch batch;
  batch.tokens = ids;
  batch.segments = {{0, 19, -1}, {19, 6, 0}, {25, 1, 0}, {26, 20, 0}};
  for (int i = 0; i < 19; ++i) batch.positions.push_back(i);
  for (const int length : {6, 1, 20}) {
    for (int i = 0; i < length; ++i) batch.positions.push_back(19 + i);
  }
  return batch;
}

}  // namespace

TEST_CASE("the decoder and its gradients equal those of plain operations") {
  for (const std::string& family : tests::kFamilies) {
    INFO(family);
    const model::PackedBatch batch = shared_batch();
    model::Decoder own = tests::tiny_decoder(family);
    model::Decoder plain = model::frozen_copy(own);
    model::require_gradients(own);
    model::require_gradients(plain);
    const at::Tensor a = own.hidden_states(batch);
    const at::Tensor b = model::reference_hidden_states(plain, batch);
    CHECK((a - b).abs().max().item<double>() < 2e-4);
    const double cap = own.config.final_logit_softcapping;
    const at::Tensor targets = at::tensor(tests::random_ids(a.size(0), 61, 4), at::kInt);
    const auto my_logp = model::ops::logprobs(a, own.lm_head, targets, 0.9, cap).logp;
    const auto their_logp = model::reference::logprobs(b, plain.lm_head, targets, 0.9, cap).logp;
    CHECK((my_logp - their_logp).abs().max().item<double>() < 2e-4);
    at::Generator generator = at::detail::createCPUGenerator(3);
    const at::Tensor weight = at::randn(a.sizes(), generator);
    ((a * weight).sum() + my_logp.square().sum()).backward();
    ((b * weight).sum() + their_logp.square().sum()).backward();
    const auto mine = own.trainable_parameters();
    const auto theirs = plain.trainable_parameters();
    for (std::size_t i = 0; i < mine.size(); ++i) {
      INFO(mine[i].first);
      const double scale = theirs[i].second.grad().abs().max().item<double>();
      CHECK((mine[i].second.grad() - theirs[i].second.grad()).abs().max().item<double>() <
            1e-4 * scale);
    }
  }
}

TEST_CASE("recomputed layers give the same gradients to the bit") {
  for (const std::string& family : tests::kFamilies) {
    INFO(family);
    const model::PackedBatch batch = shared_batch();
    const std::vector<std::int64_t> sources = {0, 3, 18, 19, 23, 24, 25, 30, 44};
    const auto targets = tests::random_ids(9, 61, 8);
    std::vector<at::Tensor> kept;
    std::vector<std::vector<at::Tensor>> gradients;
    for (const bool recompute : {false, true}) {
      model::Decoder decoder = tests::tiny_decoder(family);
      model::require_gradients(decoder);
      // Twice, as with micro-batches: gradients add up.
      for (const double temperature : {0.8, 1.0}) {
        const model::TokenLogprobs got = model::token_logprobs(
            decoder, batch, sources, targets, temperature, {.gradient_checkpointing = recompute});
        kept.push_back(got.logp.detach());
        (got.logp.square().sum() + got.entropy.sum()).backward();
      }
      auto& own = gradients.emplace_back();
      for (const auto& [name, weight] : decoder.trainable_parameters()) {
        own.push_back(weight.grad());
      }
    }
    CHECK(at::equal(kept[0], kept[2]));
    CHECK(at::equal(kept[1], kept[3]));
    for (std::size_t i = 0; i < gradients[0].size(); ++i) {
      REQUIRE(gradients[1][i].defined());
      CHECK(at::equal(gradients[0][i], gradients[1][i]));
      CHECK(gradients[1][i].abs().max().item<float>() > 0);
    }
  }
}

TEST_CASE("recomputed layers leave out what needs no gradient") {
  const model::PackedBatch batch = shared_batch();
  std::vector<at::Tensor> gradients;
  for (const bool recompute : {false, true}) {
    model::Decoder decoder = tests::tiny_decoder("qwen2");
    const at::Tensor weight = decoder.layers[0].up_proj.requires_grad_();
    decoder.hidden_states(batch, {.gradient_checkpointing = recompute}).square().sum().backward();
    CHECK_FALSE(decoder.layers[1].up_proj.grad().defined());
    gradients.push_back(weight.grad());
    const c10::InferenceMode none;
    CHECK(decoder.hidden_states(batch, {.gradient_checkpointing = recompute}).defined());
  }
  CHECK(at::equal(gradients[0], gradients[1]));
}

TEST_CASE("with keys and values in bf16 the kernels equal plain operations, gradients included") {
  model::Decoder decoder = tests::tiny_decoder("qwen3");
  const model::PackedBatch batch = tests::single(tests::random_ids(40, 61, 5));
  const model::ForwardOptions options{.kv_type = model::KvType::kBf16};
  model::require_gradients(decoder);
  const auto gradients = [&](const at::Tensor& hidden) {
    for (auto& [name, weight] : decoder.named_parameters()) weight.mutable_grad().reset();
    hidden.square().sum().backward();
    std::vector<at::Tensor> all;
    for (auto& [name, weight] : decoder.named_parameters()) all.push_back(weight.grad().clone());
    return all;
  };
  const auto own = gradients(decoder.hidden_states(batch, options));
  const auto plain = gradients(model::reference_hidden_states(decoder, batch, options));
  for (std::size_t i = 0; i < own.size(); ++i) {
    INFO(decoder.named_parameters()[i].first);
    // A value that rounds the other way by an ulp of fp32 moves by an ulp of bf16.
    CHECK(at::allclose(own[i], plain[i], 2e-2, 2e-2 * plain[i].abs().max().item<double>()));
  }
}

TEST_CASE("decoding gives the logits of the training pass to the bit") {
  for (const std::string& family : tests::kFamilies) {
    INFO(family);
    const model::Decoder decoder = tests::tiny_decoder(family);
    const std::int64_t length = 50;
    const auto ids = tests::random_ids(length, 61, 7);
    const std::vector<float> expected = model::sequence_logprobs(decoder, ids);

    model::KvCache cache(decoder.config, 8);
    std::vector<std::int32_t> blocks;
    for (int i = 0; i < 4; ++i) blocks.push_back(cache.allocate());
    model::DecodeEngine engine(decoder, length, 32);
    std::vector<float> got;
    // A prompt in two uneven steps, then token by token.
    std::int32_t done = 0;
    for (const std::int32_t upto : {19, 30, 31, 32, 33, 48, 49}) {
      std::vector<model::DecodeRow> rows;
      for (; done < upto; ++done) rows.push_back({ids[done], done, blocks.data(), true});
      const std::size_t first = got.size();
      got.resize(first + rows.size());
      engine.step(rows, cache, [&](std::size_t row, float* logits) {
        const auto state = model::kernels::softmax_of_tile(logits, decoder.config.vocab_size, 1.0f);
        got[first + row] =
            logits[ids[rows[row].position + 1]] - model::kernels::softmax_summary(state).logsumexp;
      });
    }
    CHECK(got == expected);
  }
}
