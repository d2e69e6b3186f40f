#pragma once

#include <ATen/core/Tensor.h>

#include "model/kernels/ops.h"
#include "model/packed_batch.h"

// The operations of ops.h out of plain LibTorch ones, for any floating-point type: what they mean,
// and what the kernels and their gradients are tested against. Shapes as there.
namespace hone::model::reference {

at::Tensor embedding(const at::Tensor& tokens, const at::Tensor& table);
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {});
std::vector<at::Tensor> linears(const at::Tensor& x, const std::vector<ops::LinearOf>& all);
at::Tensor adapted_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          const at::Tensor& a, const at::Tensor& b, double scale);
at::Tensor adapted_weight(const at::Tensor& weight, const at::Tensor& a, const at::Tensor& b,
                          double scale);
at::Tensor rmsnorm(const at::Tensor& x, const at::Tensor& weight, double eps,
                   bool plus_one = false);
ops::NormedSum add_rmsnorm(const at::Tensor& x, const at::Tensor& more, const at::Tensor& weight,
                           double eps, bool plus_one = false);
at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);
at::Tensor geglu(const at::Tensor& gate, const at::Tensor& up);
at::Tensor gated_linear(const at::Tensor& x, const ops::LinearOf& gate, const ops::LinearOf& up,
                        bool gelu);
at::Tensor rope(const at::Tensor& x, const at::Tensor& positions, const at::Tensor& tables);
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const std::vector<Segment>& segments,
                     const ops::AttentionOptions& options = {});
at::Tensor rope_pairs(const at::Tensor& x, const at::Tensor& positions, const at::Tensor& tables);
at::Tensor head_linear(const at::Tensor& x, const at::Tensor& w);
at::Tensor choose_experts(const at::Tensor& logits, const at::Tensor& bias,
                          const kernels::Routing& routing);
at::Tensor expert_weights(const at::Tensor& logits, const at::Tensor& experts,
                          const kernels::Routing& routing);
at::Tensor mix_slots(const at::Tensor& x, const at::Tensor& slots, const at::Tensor& weights);
at::Tensor round_to_bf16(const at::Tensor& x);
ops::Logprobs logprobs(const at::Tensor& hidden, const at::Tensor& head, const at::Tensor& targets,
                       double temperature, double softcap = 0);

}  // namespace hone::model::reference
