#include "model/greedy_layers.h"

#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>

#include "model/keep_layers.h"
#include "model/logprobs.h"
#include "tests/support/tiny_model.h"

using namespace hone;
using namespace hone::model;
using Layers = std::vector<std::int64_t>;

namespace {

Decoder five_layers(const std::string& family) {
  return random_decoder(tests::layered_config(family, 5), 11);
}

struct Example {
  PackedBatch batch = tests::single(tests::random_ids(24, 61, 3));
  Layers sources = {7, 8, 9, 15, 16, 20};
  std::vector<std::int32_t> targets = {3, 1, 4, 1, 5, 9};
};

double loss_of(Decoder decoder, const Layers& layers, const Example& example) {
  keep_layers(decoder, layers);
  const c10::InferenceMode no_gradients;
  return -token_logprobs(decoder, example.batch, example.sources, example.targets, 1.0)
              .logp.mean()
              .item<double>();
}

/// The same choice by running whole models.
Layers by_whole_models(const Decoder& decoder, std::size_t keep, const Example& example) {
  Layers kept = {0, 1, 2, 3, 4};
  while (kept.size() > keep) {
    std::vector<std::pair<double, Layers>> tries;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      Layers rest = kept;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      tries.emplace_back(loss_of(decoder, rest, example), rest);
    }
    kept = std::min_element(tries.begin(), tries.end())->second;
  }
  return kept;
}

}  // namespace

TEST_CASE("greedily chosen layers are those that whole models without each layer choose") {
  const Example example;
  for (const std::string& family : tests::kFamilies) {
    INFO(family);
    const Decoder decoder = five_layers(family);
    for (const std::size_t keep : {1, 2, 3, 4, 5}) {
      CHECK(greedy_layers(decoder, example.batch, example.sources, example.targets,
                          static_cast<std::int64_t>(keep),
                          5) == by_whole_models(decoder, keep, example));
    }
  }
}

TEST_CASE("after the first round, only the layers that were needed least are tried") {
  const Example example;
  const Decoder decoder = five_layers("llama");
  std::vector<std::pair<double, std::int64_t>> first;
  for (std::int64_t layer = 0; layer < 5; ++layer) {
    Layers rest = {0, 1, 2, 3, 4};
    std::erase(rest, layer);
    first.emplace_back(loss_of(decoder, rest, example), layer);
  }
  std::sort(first.begin(), first.end());
  // With a single try the first round's order is the order in which layers go.
  Layers expected = {first[2].second, first[3].second, first[4].second};
  std::sort(expected.begin(), expected.end());
  CHECK(greedy_layers(decoder, example.batch, example.sources, example.targets, 3, 1) == expected);
}

TEST_CASE("blocks one after another are the forward pass") {
  const c10::InferenceMode no_gradients;
  const Example example;
  for (const std::string& family : tests::kFamilies) {
    INFO(family);
    const Decoder decoder = five_layers(family);
    const Blocks blocks(decoder, example.batch);
    at::Tensor x = blocks.embedded();
    for (std::int64_t layer = 0; layer < 5; ++layer) x = blocks.block(layer, x);
    const at::Tensor hidden = decoder.hidden_states(example.batch);
    CHECK((blocks.normed(x) - hidden).abs().max().item<double>() < 1e-4);
  }
}
