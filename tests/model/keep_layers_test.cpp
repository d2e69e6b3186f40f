#include "model/keep_layers.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>

#include <catch2/catch.hpp>

#include "model/checkpoint.h"
#include "model/decoder_reference.h"
#include "tests/model/files.h"
#include "tests/support/tiny_model.h"

using namespace hone;
using namespace hone::model;
using Layers = std::vector<std::int64_t>;

namespace {

Decoder four_layers(const std::string& family) {
  ModelConfig config = tests::layered_config(family, 4);
  if (family == "deepseek_v3") config.num_nextn_predict_layers = 1;
  return random_decoder(config, 7);
}

/// Makes a block add nothing: what attention and feed-forward write to the residual stream is 0.
void silence(LayerWeights& layer) {
  const auto zero = [](const at::Tensor& weight) {
    if (weight.defined()) weight.zero_();
  };
  for (const at::Tensor& weight : {layer.o_proj, layer.o_bias, layer.down_proj, layer.down_bias,
                                   layer.shared_experts.down_proj}) {
    zero(weight);
  }
  for (const ExpertWeights& expert : layer.experts) zero(expert.down_proj);
}

std::string refusal(const Layers& layers) {
  try {
    check_layers(layers, 4);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("every other layer has the first and the last, and half of all") {
  CHECK(every_other_layer(12) == Layers{0, 2, 4, 7, 9, 11});  // DistilBERT's
  CHECK(every_other_layer(3) == Layers{0, 2});
  CHECK(every_other_layer(4) == Layers{0, 3});
  CHECK(every_other_layer(5) == Layers{0, 2, 4});
  CHECK(every_other_layer(30) == Layers{0, 2, 4, 6, 8, 10, 12, 15, 17, 19, 21, 23, 25, 27, 29});
  for (std::int64_t n = 3; n <= 200; ++n) {
    const Layers layers = every_other_layer(n);
    CHECK(static_cast<std::int64_t>(layers.size()) == (n + 1) / 2);
    CHECK(layers.front() == 0);
    CHECK(layers.back() == n - 1);
    CHECK_NOTHROW(check_layers(layers, n));
  }
  CHECK_THROWS_WITH(every_other_layer(2),
                    "half of the layers: 3 are needed at least, and there are 2");
}

TEST_CASE("layers that a model has not, or that stand twice or in another order, are refused") {
  CHECK(refusal({0, 3}) == "accepted");
  CHECK(refusal({}) == "expected at least one layer");
  CHECK(refusal({0, 4}) == "expected layers from 0 to 3, got 4");
  CHECK(refusal({-1}) == "expected layers from 0 to 3, got -1");
  CHECK(refusal({0, 2, 2}) == "expected each layer once, in ascending order, got 2 after 2");
  CHECK(refusal({2, 1}) == "expected each layer once, in ascending order, got 1 after 2");
}

TEST_CASE("a decoder of some layers computes what all compute when the others add nothing") {
  const c10::NoGradGuard no_grad;
  const Layers kept = GENERATE(Layers{0, 3}, Layers{1, 2, 3}, Layers{2});
  for (const std::string& family : tests::kFamilies) {
    INFO(family);
    const auto batch = tests::single(tests::random_ids(40, 61, 5));
    Decoder teacher = four_layers(family);
    Decoder student = four_layers(family);
    keep_layers(student, kept);
    for (std::int64_t l = 0; l < 4; ++l) {
      if (std::find(kept.begin(), kept.end(), l) == kept.end()) silence(teacher.layers[l]);
    }
    const at::Tensor expected = reference_hidden_states(teacher, batch);
    const at::Tensor hidden = student.hidden_states(batch);
    CHECK((hidden - expected).abs().max().item<double>() < 2e-5);
    if (student.prediction) {
      std::vector<std::int32_t> next(batch.tokens.begin() + 1, batch.tokens.end());
      next.push_back(0);
      const at::Tensor predicted = student.prediction_states(expected, next, batch);
      const at::Tensor as_before = reference_prediction_states(teacher, expected, next, batch);
      CHECK((predicted - as_before).abs().max().item<double>() < 2e-5);
    }

    const tests::TempFolder folder;
    save_decoder(student, folder.path());
    const Decoder loaded = load_decoder(folder.path());
    CHECK(loaded.config.num_hidden_layers == static_cast<std::int64_t>(kept.size()));
    CHECK(at::equal(loaded.hidden_states(batch), hidden));
  }
}
