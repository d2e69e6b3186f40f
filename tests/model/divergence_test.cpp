#include "model/divergence.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tests/support/tiny_model.h"

namespace {

using namespace hone;

at::Tensor matrix(const nlohmann::json& rows) {
  std::vector<double> values;
  for (const auto& row : rows) {
    for (const double value : row) values.push_back(value);
  }
  return at::tensor(values, at::kDouble).view({static_cast<std::int64_t>(rows.size()), -1});
}

double largest(const at::Tensor& x) { return x.abs().max().item<double>(); }

model::PackedBatch two_sequences() {
  model::PackedBatch batch;
  batch.tokens = tests::random_ids(14, 61, 5);
  for (const int length : {9, 5}) {
    for (int t = 0; t < length; ++t) batch.positions.push_back(t);
  }
  batch.segments = {{0, 9, -1}, {9, 5, -1}};
  return batch;
}

const std::vector<std::int64_t> kSources = {2, 3, 7, 10, 13};

/// Log-probabilities of the first ids after kSources, from plain operations.
at::Tensor plain_logp(const model::Decoder& decoder, std::int64_t vocab_size, double temperature) {
  const at::Tensor hidden =
      decoder.hidden_states(two_sequences()).index_select(0, at::tensor(kSources, at::kLong));
  const at::Tensor head = decoder.lm_head.narrow(0, 0, vocab_size);
  at::Tensor logits = hidden.matmul(head.t());
  const double cap = decoder.config.final_logit_softcapping;
  if (cap > 0) logits = (logits / cap).tanh() * cap;
  return (logits / temperature).log_softmax(-1);
}

}  // namespace

TEST_CASE("divergences and their gradients are TRL's") {
  std::ifstream file(HONE_SOURCE_DIR "/tests/parity/trl_divergence.json");
  const auto fixture = nlohmann::json::parse(file);
  const double temperature = fixture.at("temperature");
  const at::Tensor student = (matrix(fixture.at("student")) / temperature).log_softmax(-1);
  const at::Tensor teacher = (matrix(fixture.at("teacher")) / temperature).log_softmax(-1);
  REQUIRE(fixture.at("cases").size() == 5);
  for (const auto& one : fixture.at("cases")) {
    const double beta = one.at("beta");
    INFO("beta " << beta);
    const double sum = model::divergence(student, teacher, beta).sum().item<double>();
    CHECK(std::abs(sum - one.at("sum").get<double>()) < 1e-9);
    const at::Tensor grad = model::divergence_gradient(student, teacher, beta) / temperature;
    CHECK(largest(grad - matrix(one.at("grad"))) < 1e-9);
  }
}

TEST_CASE("a model does not diverge from itself") {
  const at::Tensor logp = at::tensor({0.1, 0.2, 0.7}, at::kDouble).log().unsqueeze(0);
  for (const double beta : {0.0, 0.3, 1.0}) {
    CHECK(largest(model::divergence(logp, logp, beta)) < 1e-15);
    CHECK(largest(model::divergence_gradient(logp, logp, beta)) < 1e-15);
  }
}

TEST_CASE("after each token, through the whole model, as plain operations have it") {
  const double temperature = 0.8;
  const auto [teachers, students] =
      GENERATE(table<std::string, std::string>({{"qwen3", "qwen3"}, {"gemma2", "gemma3_text"}}));
  for (const std::int64_t vocab_size : {61, 50}) {
    for (const double beta : {0.0, 0.4, 1.0}) {
      INFO("beta " << beta << ", " << vocab_size << " ids");
      model::Decoder teacher = tests::tiny_decoder(teachers, 2);
      if (teachers == "gemma2") teacher.config.final_logit_softcapping = 3;
      model::Decoder student = tests::tiny_decoder(students);
      model::Decoder plain = tests::tiny_decoder(students);
      model::require_gradients(student);
      model::require_gradients(plain);
      const at::Tensor got = model::token_divergence(student, teacher, two_sequences(), kSources,
                                                     vocab_size, temperature, beta);
      const at::Tensor expected =
          model::divergence(plain_logp(plain, vocab_size, temperature),
                            plain_logp(teacher, vocab_size, temperature).detach(), beta);
      CHECK(largest(got - expected) < 1e-5);
      // A weight of its own for each token.
      const at::Tensor weight = at::tensor({1.0f, -2.0f, 0.5f, 3.0f, 0.25f});
      (got * weight).sum().backward();
      (expected * weight).sum().backward();
      const auto gradients = student.named_parameters();
      const auto wanted = plain.named_parameters();
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        INFO(wanted[i].first);
        const double scale = std::max(largest(wanted[i].second.grad()), 1e-3);
        CHECK(largest(gradients[i].second.grad() - wanted[i].second.grad()) < 2e-4 * scale);
      }
      for (const auto& [name, weight_of_teacher] : teacher.named_parameters()) {
        CHECK_FALSE(weight_of_teacher.grad().defined());
      }
    }
  }
}
