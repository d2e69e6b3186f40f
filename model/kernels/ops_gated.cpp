#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "model/kernels/ops.h"
#include "model/kernels/ops_parts.h"
#include "model/kernels/rows.h"

namespace hone::model::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// An activation of `gate` times `up`, over n floats, and its backward pass.
struct Swiglu {
  static constexpr auto forward = kernels::swiglu;
  static constexpr auto backward = kernels::swiglu_backward;
};
struct Geglu {
  static constexpr auto forward = kernels::geglu;
  static constexpr auto backward = kernels::geglu_backward;
};

/// What is gated by what, [S,F] each, in pieces of some rows.
struct Pieces {
  std::vector<Tensor> gate, up;
};

/// Calls f(gate, up, first float, floats) for a few rows at a time.
template <class F>
void for_chunks(at::TensorList gate, at::TensorList up, F f) {
  struct Chunk {
    const float *gate, *up;
    std::int64_t first, count;
  };
  std::vector<Chunk> chunks;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < gate.size(); ++i) {
    const std::int64_t rows = gate[i].size(0);
    const std::int64_t width = gate[i].size(1);
    for (std::int64_t r = 0; r < rows; r += kRowChunk) {
      const std::int64_t count = std::min(kRowChunk, rows - r) * width;
      chunks.push_back({gate[i].const_data_ptr<float>() + r * width,
                        up[i].const_data_ptr<float>() + r * width, first, count});
      first += count;
    }
  }
  at::parallel_for(0, static_cast<std::int64_t>(chunks.size()), 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t c = begin; c < end; ++c) {
                       const Chunk& own = chunks[static_cast<std::size_t>(c)];
                       f(own.gate, own.up, own.first, own.count);
                     }
                   });
}

template <class Activation>
Tensor forward(at::TensorList gate, at::TensorList up, std::int64_t rows) {
  Tensor y = at::empty({rows, gate[0].size(1)}, gate[0].options());
  float* const to = y.mutable_data_ptr<float>();
  for_chunks(gate, up, [&](const float* g, const float* u, std::int64_t first, std::int64_t n) {
    Activation::forward(g, u, n, to + first);
  });
  return y;
}

/// Gradients of gate and up.
template <class Activation>
variable_list backward(const Tensor& dy, at::TensorList gate, at::TensorList up) {
  Tensor dgate = at::empty_like(dy);
  Tensor dup = at::empty_like(dy);
  for_chunks(gate, up, [&](const float* g, const float* u, std::int64_t first, std::int64_t n) {
    Activation::backward(dy.const_data_ptr<float>() + first, g, u, n,
                         dgate.mutable_data_ptr<float>() + first,
                         dup.mutable_data_ptr<float>() + first);
  });
  return {dgate, dup};
}

template <class Activation>
struct Gated : Function<Gated<Activation>> {
  static Tensor forward(AutogradContext* ctx, const Tensor& gate, const Tensor& up) {
    ctx->save_for_backward({gate, up});
    return ops::forward<Activation>(gate, up, gate.size(0));
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    return ops::backward<Activation>(grads[0].contiguous(), saved[0], saved[1]);
  }
};

/// The same of two linear layers of one x; gate and up may be known, and are not copied then.
template <class Activation>
struct GatedLinear : Function<GatedLinear<Activation>> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, at::TensorList weights,
                        at::TensorList biases, const Pieces& known) {
    Pieces own = known;
    if (known.gate.empty()) {
      own.gate = {multiply(x, weights[0], bias_of(biases, 0))};
      own.up = {multiply(x, weights[1], bias_of(biases, 1))};
    }
    variable_list saved = {x, weights[0], weights[1]};
    saved.insert(saved.end(), own.gate.begin(), own.gate.end());
    saved.insert(saved.end(), own.up.begin(), own.up.end());
    ctx->save_for_backward(saved);
    ctx->saved_data["biased"] = !biases.empty();
    return ops::forward<Activation>(own.gate, own.up, x.size(0));
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::TensorList pieces = at::TensorList(saved).slice(3);
    const std::size_t half = pieces.size() / 2;
    variable_list result = linears_backward(
        ctx, saved[0], at::TensorList(saved).slice(1, 2), ctx->saved_data["biased"].toBool(),
        ops::backward<Activation>(grads[0].contiguous(), pieces.slice(0, half),
                                  pieces.slice(half)));
    result.emplace_back();  // of what is known
    return result;
  }
};

}  // namespace

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  return Gated<Swiglu>::apply(gate.contiguous(), up.contiguous());
}

Tensor geglu(const Tensor& gate, const Tensor& up) {
  return Gated<Geglu>::apply(gate.contiguous(), up.contiguous());
}

Tensor gated_linear(const Tensor& x, const LinearOf& gate, const LinearOf& up, bool gelu) {
  TORCH_CHECK(gate.known.size() == up.known.size(),
              "[gated_linear] gate and up are known in other pieces");
  const Weights of({gate, up});
  const Pieces known{gate.known, up.known};
  const auto apply = [&](auto function) {
    return function.apply(x.contiguous(), at::TensorList(of.weights), at::TensorList(of.biases),
                          known);
  };
  return gelu ? apply(GatedLinear<Geglu>()) : apply(GatedLinear<Swiglu>());
}

}  // namespace hone::model::ops
