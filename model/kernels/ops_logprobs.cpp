#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include <ATen/Parallel.h>

#include "model/kernels/gemm.h"
#include "model/kernels/ops.h"
#include "model/kernels/rows.h"
#include "model/kernels/softmax.h"

namespace hone::model::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// Rows whose logits are held at once: with a tile of the vocabulary at most 8 MiB.
constexpr std::int64_t kRowChunk = 512;
/// Logits that are kept for the backward pass, 32 MiB: where there are more, they are made again.
constexpr std::int64_t kKeptLogits = 1 << 23;
/// Floats between rows of logits: whole tiles are a power of two wide, and their rows would push
/// each other out of L1.
constexpr std::int64_t kRowGap = 16;

/// Memory for logits: [rows, width], not contiguous.
Tensor empty_logits(std::int64_t rows, std::int64_t width, const Tensor& like) {
  return at::empty({rows, width + kRowGap}, like.options()).narrow(1, 0, width);
}

/// Logits of rows [begin, end) for the vocabulary tile that starts at `column`: [rows, width].
Tensor tile_logits(const Tensor& hidden, const Tensor& head, std::int64_t begin, std::int64_t end,
                   std::int64_t column) {
  const std::int64_t d = hidden.size(1);
  const std::int64_t width = std::min(kernels::kVocabTile, head.size(0) - column);
  Tensor logits = empty_logits(end - begin, width, hidden);
  kernels::gemm({hidden.data_ptr<float>() + begin * d, d, 1},
                {head.data_ptr<float>() + column * d, 1, d}, logits.data_ptr<float>(),
                logits.stride(0), end - begin, width, d, false);
  return logits;
}

/// Calls f(begin, end, column) for chunks of rows and, for each, the tiles of the vocabulary in
/// order.
template <class F>
void for_tiles(std::int64_t rows, std::int64_t vocabulary, F f) {
  for (std::int64_t begin = 0; begin < rows; begin += kRowChunk) {
    for (std::int64_t column = 0; column < vocabulary; column += kernels::kVocabTile) {
      f(begin, std::min(rows, begin + kRowChunk), column);
    }
  }
}

/// What is made again, or was known, must be what it was.
void check_same(float now, float before) {
  TORCH_CHECK(now == before || std::isnan(now), "[logprobs] a log-probability is ", now,
              " where it was ", before, " before");
}

/// The logarithm of the softmax, tile by tile; the tiles, divided by the temperature, go to `kept`
/// if there is one.
Logprobs compute(const Tensor& hidden, const Tensor& head, const Tensor& targets, float inverse,
                 float cap, variable_list* kept) {
  const std::int64_t rows = hidden.size(0);
  Tensor logp = at::empty({rows}, hidden.options());
  Tensor entropy = at::empty({rows}, hidden.options());
  Tensor top_logp = at::empty({rows}, hidden.options());
  Tensor logsumexp = at::empty({rows}, hidden.options());
  const std::int32_t* target = targets.data_ptr<std::int32_t>();
  std::vector<kernels::SoftmaxState> states(rows, kernels::softmax_of_none());
  for_tiles(rows, head.size(0), [&](std::int64_t begin, std::int64_t end, std::int64_t column) {
    Tensor logits = tile_logits(hidden, head, begin, end, column);
    const std::int64_t width = logits.size(1);
    const std::int64_t stride = logits.stride(0);
    float* x = logits.data_ptr<float>();
    at::parallel_for(begin, end, 16, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t r = first; r < last; ++r) {
        float* row = x + (r - begin) * stride;
        if (cap > 0) kernels::softcap(row, width, cap);
        kernels::softmax_merge(states[r], kernels::softmax_of_tile(row, width, inverse));
        const std::int64_t t = target[r] - column;
        if (t >= 0 && t < width) logp.data_ptr<float>()[r] = row[t];
      }
    });
    if (kept != nullptr) kept->push_back(logits);
  });
  for (std::int64_t r = 0; r < rows; ++r) {
    const kernels::SoftmaxSummary softmax = kernels::softmax_summary(states[r]);
    logp.data_ptr<float>()[r] -= softmax.logsumexp;
    entropy.data_ptr<float>()[r] = softmax.entropy;
    top_logp.data_ptr<float>()[r] = softmax.top_logp;
    logsumexp.data_ptr<float>()[r] = softmax.logsumexp;
  }
  return {logp, entropy, top_logp, logsumexp};
}

struct FusedLogprobs : Function<FusedLogprobs> {
  static variable_list forward(AutogradContext* ctx, const Tensor& hidden, const Tensor& head,
                               const Tensor& targets, double temperature, double softcap,
                               bool keep_logits, const Logprobs& known) {
    const float inverse = static_cast<float>(1.0 / temperature);
    variable_list tiles;
    const Logprobs all = known.logp.defined()
                             ? known
                             : compute(hidden, head, targets, inverse, static_cast<float>(softcap),
                                       keep_logits ? &tiles : nullptr);
    variable_list saved = {hidden, head, targets, all.logsumexp, all.entropy, all.logp};
    saved.insert(saved.end(), tiles.begin(), tiles.end());
    ctx->save_for_backward(saved);
    ctx->saved_data["inverse_temperature"] = double{inverse};
    ctx->saved_data["softcap"] = softcap;
    ctx->set_materialize_grads(false);
    ctx->mark_non_differentiable({all.top_logp, all.logsumexp});
    return {all.logp, all.entropy, all.top_logp, all.logsumexp};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &hidden = saved[0], &head = saved[1];
    const std::int32_t* target = saved[2].data_ptr<std::int32_t>();
    const float* logsumexp = saved[3].data_ptr<float>();
    const float* entropy = saved[4].data_ptr<float>();
    const float* logp = saved[5].data_ptr<float>();
    const float inverse = static_cast<float>(ctx->saved_data["inverse_temperature"].toDouble());
    const float cap = static_cast<float>(ctx->saved_data["softcap"].toDouble());
    const Tensor dlogp = grads[0].defined() ? grads[0].contiguous() : at::zeros_like(saved[3]);
    const Tensor dentropy = grads[1].defined() ? grads[1].contiguous() : at::zeros_like(saved[3]);
    const std::int64_t d = hidden.size(1);
    Tensor dhidden = at::empty_like(hidden);
    Tensor dhead;  // a frozen head has none
    if (ctx->needs_input_grad(1)) {
      dhead = hidden.size(0) > 0 ? at::empty_like(head) : at::zeros_like(head);
    }
    std::size_t next_kept = 6;  // in what was saved, behind the others
    const auto tile = [&](std::int64_t begin, std::int64_t end, std::int64_t column) {
      const bool kept = next_kept < saved.size();
      Tensor logits;
      if (kept) {
        const Tensor& forward = saved[next_kept++];
        logits = empty_logits(end - begin, forward.size(1), forward).copy_(forward);
      } else {
        logits = tile_logits(hidden, head, begin, end, column);
      }
      const std::int64_t width = logits.size(1);
      const std::int64_t stride = logits.stride(0);
      float* x = logits.data_ptr<float>();
      at::parallel_for(begin, end, 16, [&](std::int64_t first, std::int64_t last) {
        std::vector<float> capped;
        for (std::int64_t r = first; r < last; ++r) {
          float* row = x + (r - begin) * stride;
          if (cap > 0) {
            kernels::softcap(row, width, cap);
            capped.assign(row, row + width);
          }
          if (!kept) kernels::multiply(inverse, width, row);
          const std::int64_t t = target[r] - column;
          if (t >= 0 && t < width) check_same(row[t] - logsumexp[r], logp[r]);
          kernels::softmax_backward(row, width, t, logsumexp[r], entropy[r],
                                    dlogp.data_ptr<float>()[r], dentropy.data_ptr<float>()[r],
                                    inverse);
          if (cap > 0) kernels::softcap_backward(capped.data(), width, cap, row);
        }
      });
      kernels::gemm({x, stride, 1}, {head.data_ptr<float>() + column * d, d, 1},
                    dhidden.data_ptr<float>() + begin * d, d, end - begin, d, width, column > 0);
      if (!dhead.defined()) return;
      kernels::gemm({x, 1, stride}, {hidden.data_ptr<float>() + begin * d, d, 1},
                    dhead.data_ptr<float>() + column * d, d, width, d, end - begin, begin > 0);
    };
    for_tiles(hidden.size(0), head.size(0), tile);
    return {dhidden, dhead, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Logprobs logprobs(const Tensor& hidden, const Tensor& head, const Tensor& targets,
                  double temperature, double softcap, const Logprobs& known) {
  // What is left of a tile in the end are its logits over the temperature; a cap needs those
  // before.
  const bool keep =
      c10::GradMode::is_enabled() && softcap == 0 && hidden.size(0) * head.size(0) <= kKeptLogits;
  const variable_list all =
      FusedLogprobs::apply(hidden.contiguous(), head, targets, temperature, softcap, keep, known);
  return {all[0], all[1], all[2], all[3]};
}

}  // namespace hone::model::ops
