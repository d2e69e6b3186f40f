#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "model/kernels/experts.h"
#include "model/kernels/gemm.h"
#include "model/kernels/ops.h"

// The operations of mixtures of experts and of latent attention.
namespace hone::model::ops {
namespace {

using at::Tensor;
using kernels::Routing;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr std::int64_t kGrain = 64;  // rows a thread takes at least

template <class F>
void for_rows(std::int64_t rows, F f) {
  at::parallel_for(0, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) f(r);
  });
}

Tensor scores_of(const Tensor& logits, const Routing& routing) {
  Tensor scores = at::empty_like(logits);
  for_rows(logits.size(0), [&](std::int64_t r) {
    kernels::router_scores(logits.const_data_ptr<float>() + r * routing.experts, routing,
                           scores.mutable_data_ptr<float>() + r * routing.experts);
  });
  return scores;
}

struct ExpertWeights : Function<ExpertWeights> {
  static Tensor forward(AutogradContext* ctx, const Tensor& logits, const Tensor& experts,
                        const Routing& routing) {
    const Tensor scores = scores_of(logits, routing);
    Tensor weights = at::empty(experts.sizes(), logits.options());
    for_rows(logits.size(0), [&](std::int64_t r) {
      kernels::expert_weights(scores.const_data_ptr<float>() + r * routing.experts,
                              experts.const_data_ptr<std::int32_t>() + r * routing.chosen, routing,
                              weights.mutable_data_ptr<float>() + r * routing.chosen);
    });
    ctx->save_for_backward({scores, experts});
    ctx->saved_data["sigmoid"] = routing.sigmoid;
    ctx->saved_data["normalize"] = routing.normalize;
    ctx->saved_data["factor"] = static_cast<double>(routing.factor);
    return weights;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &scores = saved[0], &experts = saved[1];
    const Tensor dweights = grads[0].contiguous();
    Routing routing{scores.size(1), experts.size(1)};
    routing.sigmoid = ctx->saved_data["sigmoid"].toBool();
    routing.normalize = ctx->saved_data["normalize"].toBool();
    routing.factor = static_cast<float>(ctx->saved_data["factor"].toDouble());
    Tensor dlogits = at::empty_like(scores);
    for_rows(scores.size(0), [&](std::int64_t r) {
      kernels::expert_weights_backward(dweights.const_data_ptr<float>() + r * routing.chosen,
                                       scores.const_data_ptr<float>() + r * routing.experts,
                                       experts.const_data_ptr<std::int32_t>() + r * routing.chosen,
                                       routing,
                                       dlogits.mutable_data_ptr<float>() + r * routing.experts);
    });
    return {dlogits, Tensor(), Tensor()};
  }
};

struct MixSlots : Function<MixSlots> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& slots,
                        const Tensor& weights) {
    const std::int64_t k = slots.size(1);
    const std::int64_t d = x.size(1);
    Tensor y = at::empty({slots.size(0), d}, x.options());
    for_rows(y.size(0), [&](std::int64_t r) {
      kernels::mix_slots(x.const_data_ptr<float>(), slots.const_data_ptr<std::int32_t>() + r * k,
                         weights.const_data_ptr<float>() + r * k, k, d,
                         y.mutable_data_ptr<float>() + r * d);
    });
    ctx->save_for_backward({x, slots, weights});
    return y;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &slots = saved[1], &weights = saved[2];
    const Tensor dy = grads[0].contiguous();
    const std::int64_t k = slots.size(1);
    const std::int64_t d = x.size(1);
    Tensor dx = at::empty_like(x);
    Tensor dweights = at::empty_like(weights);
    for_rows(dy.size(0), [&](std::int64_t r) {
      const float* const own = dy.const_data_ptr<float>() + r * d;
      for (std::int64_t j = r * k; j < (r + 1) * k; ++j) {
        const std::int64_t slot = slots.const_data_ptr<std::int32_t>()[j];
        kernels::scale(own, weights.const_data_ptr<float>()[j], d,
                       dx.mutable_data_ptr<float>() + slot * d);
        dweights.mutable_data_ptr<float>()[j] =
            kernels::dot(own, x.const_data_ptr<float>() + slot * d, d);
      }
    });
    return {dx, Tensor(), dweights};
  }
};

/// One head's matrix in w [N,K,M], which may be a view.
kernels::ConstMatrix head_of(const Tensor& w, std::int64_t head) {
  return {w.const_data_ptr<float>() + head * w.stride(0), w.stride(1), w.stride(2)};
}

kernels::ConstMatrix transposed(const kernels::ConstMatrix& m) { return {m.data, m.column, m.row}; }

struct HeadLinear : Function<HeadLinear> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& w) {
    const std::int64_t s = x.size(0), n = x.size(1), k = x.size(2), m = w.size(2);
    Tensor y = at::empty({s, n, m}, x.options());
    for (std::int64_t head = 0; head < n; ++head) {
      kernels::gemm({x.const_data_ptr<float>() + head * k, n * k, 1}, head_of(w, head),
                    y.mutable_data_ptr<float>() + head * m, n * m, s, m, k, false);
    }
    ctx->save_for_backward({x, w});
    return y;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &w = saved[1];
    const Tensor dy = grads[0].contiguous();
    const std::int64_t s = x.size(0), n = x.size(1), k = x.size(2), m = w.size(2);
    Tensor dx = at::empty_like(x);
    Tensor dw = at::empty({n, k, m}, x.options());
    for (std::int64_t head = 0; head < n; ++head) {
      const float* const own = dy.const_data_ptr<float>() + head * m;
      kernels::gemm({own, n * m, 1}, transposed(head_of(w, head)),
                    dx.mutable_data_ptr<float>() + head * k, n * k, s, k, m, false);
      kernels::gemm({x.const_data_ptr<float>() + head * k, 1, n * k}, {own, n * m, 1},
                    dw.mutable_data_ptr<float>() + head * k * m, m, k, m, s, false);
    }
    return {dx, dw};
  }
};

}  // namespace

Tensor choose_experts(const Tensor& logits, const Tensor& bias, const Routing& routing) {
  const Tensor scores = scores_of(logits.detach().contiguous(), routing);
  Tensor experts = at::empty({logits.size(0), routing.chosen}, at::kInt);
  const float* const added = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
  for_rows(logits.size(0), [&](std::int64_t r) {
    kernels::choose_experts(scores.const_data_ptr<float>() + r * routing.experts, added, routing,
                            experts.mutable_data_ptr<std::int32_t>() + r * routing.chosen);
  });
  return experts;
}

Tensor expert_weights(const Tensor& logits, const Tensor& experts, const Routing& routing) {
  return ExpertWeights::apply(logits.contiguous(), experts, routing);
}

Tensor mix_slots(const Tensor& x, const Tensor& slots, const Tensor& weights) {
  return MixSlots::apply(x.contiguous(), slots, weights.contiguous());
}

Tensor head_linear(const Tensor& x, const Tensor& w) {
  return HeadLinear::apply(x.contiguous(), w);
}

}  // namespace hone::model::ops
