#include "model/divergence.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "model/kernels/gemm.h"
#include "model/kernels/rows.h"

namespace hone::model {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr std::int64_t kLogitsAtOnce = 1 << 20;  // of each model: 4 MiB

/// log((1 - beta) S + beta T).
Tensor mixture(const Tensor& student_logp, const Tensor& teacher_logp, double beta) {
  return at::logaddexp(student_logp + std::log1p(-beta), teacher_logp + std::log(beta));
}

Tensor kl(const Tensor& p_log, const Tensor& q_log) {
  return (p_log.exp() * (p_log - q_log)).sum(-1);
}

/// Logits of the first `vocab_size` ids after rows [begin, end) of `hidden`, capped if `softcap` is
/// above 0.
Tensor logits_of(const Tensor& hidden, const Tensor& head, std::int64_t vocab_size,
                 std::int64_t begin, std::int64_t end, double softcap) {
  const std::int64_t d = hidden.size(1);
  Tensor logits = at::empty({end - begin, vocab_size}, hidden.options());
  kernels::gemm({hidden.const_data_ptr<float>() + begin * d, d, 1},
                {head.const_data_ptr<float>(), 1, d}, logits.data_ptr<float>(), vocab_size,
                end - begin, vocab_size, d, false);
  if (softcap > 0) {
    kernels::softcap(logits.data_ptr<float>(), logits.numel(), static_cast<float>(softcap));
  }
  return logits;
}

Tensor logp_of(const Tensor& logits, double temperature) {
  return (logits / temperature).log_softmax(-1);
}

/// Calls f(begin, end) for as many rows at once as may be held.
template <class F>
void for_row_blocks(std::int64_t rows, std::int64_t vocab_size, F f) {
  const std::int64_t step = std::max<std::int64_t>(1, kLogitsAtOnce / vocab_size);
  for (std::int64_t begin = 0; begin < rows; begin += step) f(begin, std::min(rows, begin + step));
}

struct HeadDivergence : Function<HeadDivergence> {
  static Tensor forward(AutogradContext* ctx, const Tensor& hidden, const Tensor& head,
                        const Tensor& teacher_hidden, const Tensor& teacher_head,
                        std::int64_t vocab_size, double temperature, double beta, double softcap,
                        double teacher_softcap) {
    Tensor result = at::empty({hidden.size(0)}, hidden.options());
    for_row_blocks(hidden.size(0), vocab_size, [&](std::int64_t begin, std::int64_t end) {
      const Tensor student =
          logp_of(logits_of(hidden, head, vocab_size, begin, end, softcap), temperature);
      const Tensor teacher =
          logp_of(logits_of(teacher_hidden, teacher_head, vocab_size, begin, end, teacher_softcap),
                  temperature);
      result.narrow(0, begin, end - begin).copy_(divergence(student, teacher, beta));
    });
    ctx->save_for_backward({hidden, head, teacher_hidden, teacher_head});
    ctx->saved_data["vocab_size"] = vocab_size;
    ctx->saved_data["temperature"] = temperature;
    ctx->saved_data["beta"] = beta;
    ctx->saved_data["softcap"] = softcap;
    ctx->saved_data["teacher_softcap"] = teacher_softcap;
    return result;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &hidden = saved[0], &head = saved[1];
    const std::int64_t vocab_size = ctx->saved_data["vocab_size"].toInt();
    const double temperature = ctx->saved_data["temperature"].toDouble();
    const double beta = ctx->saved_data["beta"].toDouble();
    const double softcap = ctx->saved_data["softcap"].toDouble();
    const double teacher_softcap = ctx->saved_data["teacher_softcap"].toDouble();
    const std::int64_t d = hidden.size(1);
    Tensor dhidden = at::empty_like(hidden);
    Tensor dhead;  // a frozen head has none
    if (ctx->needs_input_grad(1)) dhead = at::zeros_like(head);
    for_row_blocks(hidden.size(0), vocab_size, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t rows = end - begin;
      const Tensor logits = logits_of(hidden, head, vocab_size, begin, end, softcap);
      const Tensor student = logp_of(logits, temperature);
      const Tensor teacher = logp_of(
          logits_of(saved[2], saved[3], vocab_size, begin, end, teacher_softcap), temperature);
      const Tensor outer = grads[0].narrow(0, begin, rows).unsqueeze(1) / temperature;
      const Tensor dlogits =
          (divergence_gradient(student, teacher, beta) * outer).contiguous();  // [rows, V]
      if (softcap > 0) {
        kernels::softcap_backward(logits.data_ptr<float>(), logits.numel(),
                                  static_cast<float>(softcap), dlogits.data_ptr<float>());
      }
      const float* dy = dlogits.const_data_ptr<float>();
      kernels::gemm({dy, vocab_size, 1}, {head.const_data_ptr<float>(), d, 1},
                    dhidden.data_ptr<float>() + begin * d, d, rows, d, vocab_size, false);
      if (!dhead.defined()) return;
      kernels::gemm({dy, 1, vocab_size}, {hidden.const_data_ptr<float>() + begin * d, d, 1},
                    dhead.data_ptr<float>(), d, vocab_size, d, rows, true);
    });
    return {dhidden, dhead, Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor divergence(const Tensor& student_logp, const Tensor& teacher_logp, double beta) {
  if (beta == 0) return kl(teacher_logp, student_logp);
  if (beta == 1) return kl(student_logp, teacher_logp);
  const Tensor middle = mixture(student_logp, teacher_logp, beta);
  return beta * kl(teacher_logp, middle) + (1 - beta) * kl(student_logp, middle);
}

Tensor divergence_gradient(const Tensor& student_logp, const Tensor& teacher_logp, double beta) {
  const Tensor p = student_logp.exp();
  if (beta == 0) return p - teacher_logp.exp();
  // d/dp of the divergence; a softmax turns it into p (g - sum p g).
  const Tensor g = beta == 1
                       ? student_logp - teacher_logp
                       : (1 - beta) * (student_logp - mixture(student_logp, teacher_logp, beta));
  return p * (g - (p * g).sum(-1, true));
}

Tensor token_divergence(const Decoder& student, const Decoder& teacher, const PackedBatch& batch,
                        const std::vector<std::int64_t>& sources, std::int64_t vocab_size,
                        double temperature, double beta, const ForwardOptions& options) {
  const Tensor rows = at::tensor(sources, at::kLong);
  Tensor teacher_hidden;
  {
    const c10::InferenceMode no_gradients;
    teacher_hidden = teacher.hidden_states(batch, options).index_select(0, rows);
  }
  const Tensor hidden = student.hidden_states(batch, options).index_select(0, rows);
  // Tensors of inference mode may not be kept for a backward pass.
  return HeadDivergence::apply(
      hidden, student.lm_head, teacher_hidden.clone(), teacher.lm_head, vocab_size, temperature,
      beta, student.config.final_logit_softcapping, teacher.config.final_logit_softcapping);
}

}  // namespace hone::model
