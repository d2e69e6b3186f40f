#include "model/kernels/ops.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "model/kernels/aligned.h"
#include "model/kernels/isa.h"
#include "model/kernels/ops_reference.h"
#include "model/kernels/rows.h"
#include "model/kernels/softmax.h"

namespace {

using at::Tensor;
namespace ops = hone::model::ops;
namespace reference = hone::model::reference;
using hone::model::Segment;

Tensor random(at::IntArrayRef shape, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  return at::randn(shape, generator);
}

/// Largest difference, relative to the largest value.
double distance(const Tensor& a, const Tensor& b) {
  const double scale = std::max(1e-6, b.abs().max().item<double>());
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>() / scale;
}

/// Runs `own` in fp32 and `plain` in fp64 on the same inputs; results and all gradients must agree.
template <class Own, class Plain>
void check(const std::vector<Tensor>& inputs, Own own, Plain plain, double bound = 2e-5) {
  std::vector<Tensor> own_inputs;
  std::vector<Tensor> plain_inputs;
  for (const Tensor& x : inputs) {
    own_inputs.push_back(x.clone().requires_grad_());
    plain_inputs.push_back(x.to(at::kDouble).requires_grad_());
  }
  const Tensor a = own(own_inputs);
  const Tensor b = plain(plain_inputs);
  CHECK(distance(a.detach(), b.detach()) < bound);
  const Tensor weight = random(a.sizes(), 99);
  (a * weight).sum().backward();
  (b * weight.to(at::kDouble)).sum().backward();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    INFO("gradient of input " << i);
    CHECK(distance(own_inputs[i].grad(), plain_inputs[i].grad()) < bound);
  }
}

// Up to eight blocks of 16 tokens.
const std::vector<Segment> kSegments = {{0, 21, -1}, {21, 5, 0},    {26, 1, 0}, {27, 17, 0},
                                        {44, 3, -1}, {47, 110, -1}, {157, 9, 5}};
constexpr std::int64_t kTokens = 166;
const ops::AttentionOptions kAttentions[] = {
    {.window = 2},  {.window = 5},  {.window = 16},   {.window = 17},
    {.window = 30}, {.window = 99}, {.softcap = 1.5}, {.scale = 0.4, .window = 7, .softcap = 0.8},
};

}  // namespace

TEST_CASE("each operation equals its reference, gradients included") {
  SECTION("linear") {
    for (const auto [s, k, n] : {std::array<std::int64_t, 3>{1, 1, 1},
                                 {7, 36, 61},
                                 {70, 96, 48},
                                 {1030, 20, 100},
                                 {9, 1100, 50}}) {
      INFO(s << " x " << k << " x " << n);
      check(
          {random({s, k}, 1), random({n, k}, 2), random({n}, 3)},
          [](const auto& x) { return ops::linear(x[0], x[1], x[2]); },
          [](const auto& x) { return reference::linear(x[0], x[1], x[2]); });
      check(
          {random({s, k}, 1), random({n, k}, 2)},
          [](const auto& x) { return ops::linear(x[0], x[1]); },
          [](const auto& x) { return reference::linear(x[0], x[1]); });
    }
  }
  SECTION("several linear layers of one x") {
    for (const bool biased : {false, true}) {
      const auto all_of = [biased](const auto& x) {
        return std::vector<ops::LinearOf>{{x[1], biased ? x[3] : Tensor(), {}},
                                          {x[2], biased ? x[4] : Tensor(), {}}};
      };
      std::vector<Tensor> inputs = {random({70, 36}, 1), random({61, 36}, 2), random({20, 36}, 3)};
      if (biased) inputs.insert(inputs.end(), {random({61}, 4), random({20}, 5)});
      check(
          inputs, [&](const auto& x) { return at::cat(ops::linears(x[0], all_of(x)), 1); },
          [&](const auto& x) { return at::cat(reference::linears(x[0], all_of(x)), 1); });
    }
  }
  SECTION("what is gated, of two linear layers") {
    for (const bool gelu : {false, true}) {
      for (const bool biased : {false, true}) {
        for (const bool known : {false, true}) {
          INFO("gelu " << gelu << ", biased " << biased << ", known " << known);
          std::vector<Tensor> inputs = {random({270, 36}, 1), random({61, 36}, 2),
                                        random({61, 36}, 3)};
          if (biased) inputs.insert(inputs.end(), {random({61}, 4), random({61}, 5)});
          const auto plain = [&](const auto& x, std::size_t i) {
            return ops::LinearOf{x[1 + i], biased ? x[3 + i] : Tensor(), {}};
          };
          const auto layer = [&](const auto& x, std::size_t i) {
            ops::LinearOf one = plain(x, i);
            if (known) {  // in pieces, one of them longer than what is worked on at once
              const Tensor y = ops::linear(x[0], one.weight, one.bias).detach();
              one.known = {y.narrow(0, 0, 3), y.narrow(0, 3, 0), y.narrow(0, 3, 260),
                           y.narrow(0, 263, 7)};
            }
            return one;
          };
          check(
              inputs,
              [&](const auto& x) {
                return ops::gated_linear(x[0], layer(x, 0), layer(x, 1), gelu);
              },
              [&](const auto& x) {
                return reference::gated_linear(x[0], plain(x, 0), plain(x, 1), gelu);
              });
        }
      }
    }
  }
  SECTION("a sum and its rmsnorm") {
    for (const std::int64_t d : {1, 37, 96}) {
      const auto both = [](const ops::NormedSum& y) { return at::cat({y.sum, y.normed}, 1); };
      const std::vector<Tensor> inputs = {random({300, d}, 1), random({300, d}, 3), random({d}, 2)};
      check(
          inputs,
          [&](const auto& x) { return both(ops::add_rmsnorm(x[0], x[1], x[2], 1e-6, true)); },
          [&](const auto& x) {
            return both(reference::add_rmsnorm(x[0], x[1], x[2], 1e-6, true));
          });
    }
  }
  SECTION("a linear layer of which a low-rank part is trained") {
    for (const auto [s, k, n, r] : {std::array<std::int64_t, 4>{1, 1, 1, 1},
                                    {7, 36, 61, 4},
                                    {70, 96, 48, 16},
                                    {1030, 20, 100, 3}}) {
      INFO(s << " x " << k << " x " << n << ", rank " << r);
      const Tensor weight = random({n, k}, 5);
      const Tensor bias = random({n}, 6);
      check(
          {random({s, k}, 1), random({r, k}, 2), random({n, r}, 3)},
          [&](const auto& x) { return ops::adapted_linear(x[0], weight, bias, x[1], x[2], 0.5); },
          [&](const auto& x) {
            // The reference is given doubles.
            return reference::adapted_linear(x[0], weight.to(x[0].scalar_type()),
                                             bias.to(x[0].scalar_type()), x[1], x[2], 0.5);
          });
    }
  }
  SECTION("rmsnorm") {
    for (const std::int64_t d : {1, 10, 16, 37, 96}) {
      check(
          {random({300, d}, 1), random({d}, 2)},
          [](const auto& x) { return ops::rmsnorm(x[0], x[1], 1e-6); },
          [](const auto& x) { return reference::rmsnorm(x[0], x[1], 1e-6); });
      check(
          {random({300, d}, 1), random({d}, 2)},
          [](const auto& x) { return ops::rmsnorm(x[0], x[1], 1e-6, true); },
          [](const auto& x) { return reference::rmsnorm(x[0], x[1], 1e-6, true); });
    }
  }
  SECTION("swiglu") {
    check(
        {random({33, 21}, 1) * 5, random({33, 21}, 2)},
        [](const auto& x) { return ops::swiglu(x[0], x[1]); },
        [](const auto& x) { return reference::swiglu(x[0], x[1]); });
  }
  SECTION("geglu") {
    check(
        {random({33, 21}, 1) * 3, random({33, 21}, 2)},
        [](const auto& x) { return ops::geglu(x[0], x[1]); },
        [](const auto& x) { return reference::geglu(x[0], x[1]); });
  }
  SECTION("rope") {
    const Tensor positions = at::arange(40, at::kInt).remainder(23).to(at::kInt);
    const Tensor tables = ops::rope_tables(23, {1, 0.3f, 0.1f, 0.03f, 0.01f}, 1.1f);
    check(
        {random({40, 3, 10}, 1)}, [&](const auto& x) { return ops::rope(x[0], positions, tables); },
        [&](const auto& x) { return reference::rope(x[0], positions, tables); });
  }
  SECTION("embedding") {
    const Tensor tokens = at::tensor(std::vector<int>{3, 0, 3, 7, 3}, at::kInt);
    check(
        {random({9, 37}, 1)}, [&](const auto& x) { return ops::embedding(tokens, x[0]); },
        [&](const auto& x) { return reference::embedding(tokens, x[0]); });
  }
  SECTION("attention with shared prefixes") {
    for (const auto [n, k, h] :
         {std::array<std::int64_t, 3>{4, 2, 10}, {3, 1, 32}, {2, 2, 64}, {5, 5, 80}}) {
      INFO(n << " query heads, " << k << " key heads of " << h);
      check(
          {random({kTokens, n, h}, 1), random({kTokens, k, h}, 2), random({kTokens, k, h}, 3)},
          [](const auto& x) { return ops::attention(x[0], x[1], x[2], kSegments); },
          [](const auto& x) { return reference::attention(x[0], x[1], x[2], kSegments); });
      for (const ops::AttentionOptions& options : kAttentions) {
        INFO("window " << options.window << ", cap " << options.softcap);
        check(
            {random({kTokens, n, h}, 1), random({kTokens, k, h}, 2), random({kTokens, k, h}, 3)},
            [&](const auto& x) { return ops::attention(x[0], x[1], x[2], kSegments, options); },
            [&](const auto& x) {
              return reference::attention(x[0], x[1], x[2], kSegments, options);
            });
      }
    }
  }
  SECTION("log-probabilities and entropy, over several tiles of the vocabulary") {
    for (const std::int64_t v : {5, 61, 4096, 9000}) {
      const Tensor targets = at::arange(37, at::kInt).mul(97).remainder(v).to(at::kInt);
      for (const int which : {0, 1}) {
        const auto pick = [which](const ops::Logprobs& l) {
          return which == 0 ? l.logp : l.entropy;
        };
        check(
            {random({37, 12}, 1), random({v, 12}, 2)},
            [&](const auto& x) { return pick(ops::logprobs(x[0], x[1], targets, 0.7)); },
            [&](const auto& x) { return pick(reference::logprobs(x[0], x[1], targets, 0.7)); });
      }
      for (const double cap : {1.0, 6.0}) {
        INFO("cap " << cap);
        check(
            {random({37, 12}, 1), random({v, 12}, 2)},
            [&](const auto& x) {
              const auto l = ops::logprobs(x[0], x[1], targets, 0.7, cap);
              return l.logp + 0.3 * l.entropy;
            },
            [&](const auto& x) {
              const auto l = reference::logprobs(x[0], x[1], targets, 0.7, cap);
              return l.logp + 0.3 * l.entropy;
            });
      }
      const auto own = ops::logprobs(random({37, 12}, 1), random({v, 12}, 2), targets, 0.7);
      const auto plain = reference::logprobs(random({37, 12}, 1), random({v, 12}, 2), targets, 0.7);
      CHECK(distance(own.top_logp, plain.top_logp) < 2e-5);
    }
    // More logits than are kept for the backward pass.
    const Tensor many = at::arange(940, at::kInt).mul(97).remainder(9000).to(at::kInt);
    check(
        {random({940, 12}, 1), random({9000, 12}, 2)},
        [&](const auto& x) { return ops::logprobs(x[0], x[1], many, 0.7).logp; },
        [&](const auto& x) { return reference::logprobs(x[0], x[1], many, 0.7).logp; });
  }
}

TEST_CASE("rows do not depend on their company, the threads or the instruction set") {
  const c10::InferenceMode no_gradients;
  const Tensor x = random({70, 200}, 1);
  const Tensor w = random({130, 200}, 2);
  const Tensor head = random({5000, 200}, 3);
  const Tensor norm = random({200}, 4);
  const Tensor q = random({kTokens, 4, 20}, 5);
  const Tensor k = random({kTokens, 2, 20}, 6);
  const Tensor v = random({kTokens, 2, 20}, 7);
  const Tensor targets = at::arange(70, at::kInt);
  const auto all = [&](const Tensor& rows) {
    const Tensor some = targets.narrow(0, 0, rows.size(0));
    const auto logp = ops::logprobs(rows, head, some, 1.3);
    const auto capped = ops::logprobs(rows, head, some, 1.3, 4.0);
    return std::vector<Tensor>{ops::linear(rows, w),
                               ops::rmsnorm(rows, norm, 1e-6),
                               ops::rmsnorm(rows, norm, 1e-6, true),
                               ops::swiglu(rows, rows),
                               ops::geglu(rows, rows),
                               logp.logp,
                               logp.entropy,
                               capped.logp,
                               capped.entropy};
  };
  const std::vector<Tensor> expected = all(x);
  const auto attentions = [&] {
    std::vector<Tensor> results = {ops::attention(q, k, v, kSegments)};
    for (const auto& options : kAttentions) {
      results.push_back(ops::attention(q, k, v, kSegments, options));
    }
    return at::cat(results);
  };
  const Tensor expected_attention = attentions();

  for (const std::int64_t rows : {1, 2, 15, 16, 17, 33}) {
    const std::vector<Tensor> part = all(x.narrow(0, 0, rows));
    for (std::size_t i = 0; i < part.size(); ++i) {
      CHECK(at::equal(part[i], expected[i].narrow(0, 0, rows)));
    }
  }
  const int threads = at::get_num_threads();
  for (const int count : {1, 2, 3}) {
    at::set_num_threads(count);
    const std::vector<Tensor> again = all(x);
    for (std::size_t i = 0; i < again.size(); ++i) CHECK(at::equal(again[i], expected[i]));
    CHECK(at::equal(attentions(), expected_attention));
  }
  at::set_num_threads(threads);
  for (const std::string& isa : hone::model::kernels::available_isas()) {
    INFO(isa);
    REQUIRE(hone::model::kernels::use_isa(isa));
    CHECK(hone::model::kernels::current_isa() == isa);
    const std::vector<Tensor> again = all(x);
    for (std::size_t i = 0; i < again.size(); ++i) CHECK(at::equal(again[i], expected[i]));
    CHECK(at::equal(attentions(), expected_attention));
  }
  REQUIRE(hone::model::kernels::use_isa(""));
}

TEST_CASE("a copy past the caches is a copy, wherever it begins and ends") {
  namespace kernels = hone::model::kernels;
  kernels::AlignedFloats from(200), to;
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i + 1);
  for (const std::string& isa : kernels::available_isas()) {
    kernels::use_isa(isa);
    for (const std::int64_t offset : {0, 1, 8, 16}) {
      for (const std::int64_t n : {0, 1, 15, 16, 17, 100}) {
        INFO(isa << ", " << n << " to " << offset);
        to.assign(from.size(), -1);
        kernels::copy_to_memory(from.data() + 3, n, to.data() + offset);
        kernels::AlignedFloats expected(from.size(), -1);
        std::copy_n(from.data() + 3, n, expected.data() + offset);
        CHECK(to == expected);
      }
    }
  }
  kernels::use_isa("");
}

TEST_CASE("a segment that continues a prefix equals the two written out as one") {
  const c10::InferenceMode no_gradients;
  const Tensor q = random({25, 2, 20}, 1);
  const Tensor k = random({25, 1, 20}, 2);
  const Tensor v = random({25, 1, 20}, 3);
  for (const ops::AttentionOptions& options : kAttentions) {
    const Tensor whole = ops::attention(q, k, v, {{0, 25, -1}}, options);
    for (const std::int64_t cut : {1, 7, 16, 24}) {
      CHECK(at::equal(ops::attention(q, k, v, {{0, cut, -1}, {cut, 25 - cut, 0}}, options), whole));
    }
  }
}

TEST_CASE("the logarithm is right to the last bits") {
  for (float x = 1e-30f; x < 1e30f; x *= 1.37f) {
    const double exact = std::log(static_cast<double>(x));
    CHECK(std::abs(hone::model::kernels::log(x) - exact) <= 6e-8 * std::max(1e-3, std::abs(exact)));
  }
  CHECK(hone::model::kernels::log(1.0f) == 0.0f);
}

TEST_CASE("tanh and the capped scores are right to the last bits") {
  std::vector<float> x;
  for (float size = 1e-20f; size < 200; size *= 1.0137f) {
    x.push_back(size);
    x.push_back(-size);
  }
  std::vector<float> y = x;
  hone::model::kernels::softcap(y.data(), static_cast<std::int64_t>(y.size()), 1.0f);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = std::tanh(static_cast<double>(x[i]));
    CHECK(std::abs(y[i] - exact) <= 2.4e-7 * std::abs(exact));
  }
}

TEST_CASE("a NaN is not lost on the way") {
  const c10::InferenceMode no_gradients;
  Tensor x = random({3, 8}, 1);
  x[1][3] = NAN;
  const Tensor targets = at::zeros({3}, at::kInt);
  for (const std::string& isa : hone::model::kernels::available_isas()) {
    INFO(isa);
    CHECK(hone::model::kernels::use_isa(isa));
    const Tensor logp = ops::logprobs(x, random({40, 8}, 2), targets, 1.0).logp;
    CHECK(std::isfinite(logp[0].item<float>()));
    CHECK(std::isnan(logp[1].item<float>()));
    CHECK(std::isnan(ops::swiglu(x, x)[1][3].item<float>()));
    CHECK(std::isnan(ops::geglu(x, x)[1][3].item<float>()));
    CHECK(
        std::isnan(ops::logprobs(x, random({40, 8}, 2), targets, 1.0, 3.0).logp[1].item<float>()));
    CHECK(std::isnan(ops::rmsnorm(x, at::ones({8}), 1e-6)[1][0].item<float>()));
  }
  CHECK(hone::model::kernels::use_isa(""));
}
