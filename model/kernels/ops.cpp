#include "model/kernels/ops.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "model/kernels/bf16.h"
#include "model/kernels/ceil_div.h"
#include "model/kernels/gemm.h"
#include "model/kernels/rows.h"

namespace hone::model::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// Rows of a chunk that one thread works on: also the grain of the sums over rows, which are added
/// up chunk by chunk in order whatever the number of threads.
constexpr std::int64_t kRowChunk = 256;

std::int64_t rows_of(const Tensor& x) { return x.numel() / x.size(-1); }

template <class F>
void for_row_chunks(std::int64_t rows, F f) {
  const std::int64_t chunks = kernels::ceil_div(rows, kRowChunk);
  at::parallel_for(0, chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      f(c, c * kRowChunk, std::min(rows, (c + 1) * kRowChunk));
    }
  });
}

struct Embedding : Function<Embedding> {
  static Tensor forward(AutogradContext* ctx, const Tensor& tokens, const Tensor& table) {
    ctx->save_for_backward({tokens});
    ctx->saved_data["rows"] = table.size(0);
    return table.index_select(0, tokens);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const Tensor tokens = ctx->get_saved_variables()[0];
    const Tensor dy = grads[0].contiguous();
    const std::int64_t d = dy.size(1);
    Tensor dtable = at::zeros({ctx->saved_data["rows"].toInt(), d}, dy.options());
    const std::int32_t* token = tokens.data_ptr<std::int32_t>();
    // Columns are dealt to threads, so each element is summed over tokens in order.
    at::parallel_for(0, kernels::ceil_div(d, 16), 1, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t first = begin * 16;
      const std::int64_t width = std::min(d, end * 16) - first;
      for (std::int64_t s = 0; s < tokens.numel(); ++s) {
        kernels::add(dy.data_ptr<float>() + s * d + first, width,
                     dtable.data_ptr<float>() + token[s] * d + first);
      }
    });
    return {Tensor(), dtable};
  }
};

/// x W^T + bias. Shapes: [S,K], [N,K], [N] -> [S,N].
Tensor multiply(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
  const std::int64_t s = x.size(0);
  const std::int64_t k = x.size(1);
  const std::int64_t n = weight.size(0);
  Tensor y = at::empty({s, n}, x.options());
  if (bias) y.copy_(bias->expand({s, n}));
  kernels::gemm({x.data_ptr<float>(), k, 1}, {weight.data_ptr<float>(), 1, k}, y.data_ptr<float>(),
                n, s, n, k, bias.has_value());
  return y;
}

/// x (+)= y W. Shapes: [S,N], [N,K], [S,K].
void add_times(const Tensor& y, const Tensor& weight, bool accumulate, Tensor& x) {
  const std::int64_t s = y.size(0);
  const std::int64_t n = y.size(1);
  const std::int64_t k = weight.size(1);
  kernels::gemm({y.data_ptr<float>(), n, 1}, {weight.data_ptr<float>(), k, 1}, x.data_ptr<float>(),
                k, s, k, n, accumulate);
}

/// y W. Shapes: [S,N], [N,K] -> [S,K].
Tensor times(const Tensor& y, const Tensor& weight) {
  Tensor x = at::empty({y.size(0), weight.size(1)}, y.options());
  add_times(y, weight, false, x);
  return x;
}

/// y^T x. Shapes: [S,N], [S,K] -> [N,K].
Tensor times_transposed(const Tensor& y, const Tensor& x) {
  const std::int64_t s = y.size(0);
  const std::int64_t n = y.size(1);
  const std::int64_t k = x.size(1);
  Tensor w = at::empty({n, k}, y.options());
  kernels::gemm({y.data_ptr<float>(), 1, n}, {x.data_ptr<float>(), k, 1}, w.data_ptr<float>(), k, n,
                k, s, false);
  return w;
}

/// A sum of rows. Shapes: [S,N] -> [N].
Tensor sum_rows(const Tensor& y) {
  const std::int64_t n = y.size(1);
  Tensor sum = at::empty({n}, y.options());
  const float one = 1;
  kernels::gemm({&one, 0, 0}, {y.data_ptr<float>(), n, 1}, sum.data_ptr<float>(), n, 1, n,
                y.size(0), false);
  return sum;
}

/// A result that was computed before, or none; not one of a function's inputs.
struct Known {
  Tensor result;
};

/// Several linear layers of one x.
struct Linears : Function<Linears> {
  static variable_list forward(AutogradContext* ctx, const Tensor& x, at::TensorList weights,
                               at::TensorList biases, const std::vector<Known>& known) {
    variable_list saved = {x};
    variable_list results;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      saved.push_back(weights[i]);
      const auto bias = biases.empty() ? std::nullopt : std::optional<Tensor>(biases[i]);
      results.push_back(known[i].result.defined() ? known[i].result
                                                  : multiply(x, weights[i], bias));
    }
    ctx->save_for_backward(saved);
    ctx->saved_data["biased"] = !biases.empty();
    return results;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const std::size_t count = grads.size();
    const bool biased = ctx->saved_data["biased"].toBool();
    variable_list result(1 + count + (biased ? count : 0) + 1);  // x, weights, biases, known
    for (std::size_t i = 0; i < count; ++i) {
      const Tensor dy = grads[i].contiguous();
      const Tensor& weight = saved[1 + i];
      if (ctx->needs_input_grad(0)) {
        Tensor& dx = result[0];
        const bool first = !dx.defined();
        if (first) dx = at::empty_like(saved[0]);
        add_times(dy, weight, !first, dx);
      }
      if (ctx->needs_input_grad(1 + i)) result[1 + i] = times_transposed(dy, saved[0]);
      const std::size_t bias = 1 + count + i;
      if (biased && ctx->needs_input_grad(bias)) result[bias] = sum_rows(dy);
    }
    return result;
  }
};

struct AdaptedLinear : Function<AdaptedLinear> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias, const Tensor& a, const Tensor& b,
                        double scale, const Known& known) {
    ctx->save_for_backward({x, weight, a, b});
    ctx->saved_data["scale"] = scale;
    return known.result.defined() ? known.result : multiply(x, weight, bias);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &a = saved[2], &b = saved[3];
    const Tensor dy = grads[0].contiguous() * ctx->saved_data["scale"].toDouble();
    Tensor dx;
    if (ctx->needs_input_grad(0)) dx = times(grads[0].contiguous(), weight);
    const Tensor low = multiply(x, a, {});  // x A^T [S,R]
    const Tensor dlow = times(dy, b);       // dy B [S,R]
    return {dx,       Tensor(), Tensor(), times_transposed(dlow, x), times_transposed(dy, low),
            Tensor(), Tensor()};
  }
};

struct AdaptedWeight : Function<AdaptedWeight> {
  static Tensor forward(AutogradContext* ctx, const Tensor& weight, const Tensor& a,
                        const Tensor& b, double scale) {
    ctx->save_for_backward({a, b});
    ctx->saved_data["scale"] = scale;
    return weight.alias();
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &a = saved[0], &b = saved[1];
    const Tensor dweight = grads[0].contiguous() * ctx->saved_data["scale"].toDouble();
    // B^T dW and dW A^T
    return {Tensor(), times_transposed(b, dweight), multiply(dweight, a, {}), Tensor()};
  }
};

/// Calls f(chunk, begin, end) for a few rows at a time, which stay in L1 meanwhile.
template <class F>
void for_few_rows(std::int64_t rows, std::int64_t d, F f) {
  constexpr std::int64_t kFloats = 2048;
  const std::int64_t few = std::max<std::int64_t>(1, kFloats / d);
  for_row_chunks(rows, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; r += few) f(chunk, r, std::min(end, r + few));
  });
}

/// A norm and what its backward pass needs: what was normed, and 1 / rms of each row.
struct Normed {
  Tensor y, x, scale;
};

/// rmsnorm(x), or of x + more where there is more.
Normed norm(const Tensor& x, const std::optional<Tensor>& more, const Tensor& weight, double eps,
            bool plus_one) {
  const std::int64_t d = x.size(-1);
  const Tensor sum = more ? at::empty_like(x) : x;
  Tensor y = at::empty_like(x);
  Tensor scale = at::empty({rows_of(x)}, x.options());
  for_few_rows(rows_of(x), d, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * d;
    const std::int64_t count = (end - begin) * d;
    float* const own = sum.data_ptr<float>() + first;
    if (more) {
      std::copy_n(x.data_ptr<float>() + first, count, own);
      kernels::add(more->data_ptr<float>() + first, count, own);
    }
    kernels::rmsnorm(own, weight.data_ptr<float>(), static_cast<float>(eps), end - begin, d,
                     y.data_ptr<float>() + first, scale.data_ptr<float>() + begin, plus_one);
  });
  return {y, sum, scale};
}

/// Gradients of x and of the weight; `dsum`, if defined, is what else x gets.
std::pair<Tensor, Tensor> norm_backward(const Tensor& dy, const Tensor& dsum, const Tensor& x,
                                        const Tensor& weight, const Tensor& scale, bool plus_one) {
  const std::int64_t d = x.size(-1);
  Tensor dx = at::empty_like(x);
  Tensor partial = at::zeros({kernels::ceil_div(rows_of(x), kRowChunk), d}, x.options());
  for_few_rows(rows_of(x), d, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
    float* const own = dx.data_ptr<float>() + begin * d;
    kernels::rmsnorm_backward(dy.data_ptr<float>() + begin * d, x.data_ptr<float>() + begin * d,
                              weight.data_ptr<float>(), scale.data_ptr<float>() + begin,
                              end - begin, d, own, partial.data_ptr<float>() + chunk * d, plus_one);
    if (dsum.defined()) kernels::add(dsum.data_ptr<float>() + begin * d, (end - begin) * d, own);
  });
  Tensor dweight = at::zeros_like(weight);
  for (std::int64_t c = 0; c < partial.size(0); ++c) {
    kernels::add(partial.data_ptr<float>() + c * d, d, dweight.data_ptr<float>());
  }
  return {dx, dweight};
}

struct RmsNorm : Function<RmsNorm> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight, double eps,
                        bool plus_one) {
    const Normed own = norm(x, {}, weight, eps, plus_one);
    ctx->save_for_backward({x, weight, own.scale});
    ctx->saved_data["plus_one"] = plus_one;
    return own.y;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const auto [dx, dweight] = norm_backward(grads[0].contiguous(), {}, saved[0], saved[1],
                                             saved[2], ctx->saved_data["plus_one"].toBool());
    return {dx, dweight, Tensor(), Tensor()};
  }
};

struct AddRmsNorm : Function<AddRmsNorm> {
  static variable_list forward(AutogradContext* ctx, const Tensor& x, const Tensor& more,
                               const Tensor& weight, double eps, bool plus_one) {
    const Normed own = norm(x, more, weight, eps, plus_one);
    ctx->save_for_backward({own.x, weight, own.scale});
    ctx->saved_data["plus_one"] = plus_one;
    ctx->set_materialize_grads(false);
    return {own.x, own.y};
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor dsum = grads[0].defined() ? grads[0].contiguous() : Tensor();
    if (!grads[1].defined()) return {dsum, dsum, Tensor(), Tensor(), Tensor()};
    const auto [dx, dweight] = norm_backward(grads[1].contiguous(), dsum, saved[0], saved[1],
                                             saved[2], ctx->saved_data["plus_one"].toBool());
    return {dx, dx, dweight, Tensor(), Tensor()};
  }
};

/// An activation of `gate` times `up`.
template <auto kForward, auto kBackward>
struct Gated : Function<Gated<kForward, kBackward>> {
  static Tensor forward(AutogradContext* ctx, const Tensor& gate, const Tensor& up) {
    ctx->save_for_backward({gate, up});
    Tensor y = at::empty_like(gate);
    const std::int64_t d = gate.size(1);
    for_row_chunks(gate.size(0), [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      kForward(gate.data_ptr<float>() + begin * d, up.data_ptr<float>() + begin * d,
               (end - begin) * d, y.data_ptr<float>() + begin * d);
    });
    return y;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &gate = saved[0], &up = saved[1];
    const Tensor dy = grads[0].contiguous();
    const std::int64_t d = gate.size(1);
    Tensor dgate = at::empty_like(gate);
    Tensor dup = at::empty_like(up);
    for_row_chunks(gate.size(0), [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      kBackward(dy.data_ptr<float>() + begin * d, gate.data_ptr<float>() + begin * d,
                up.data_ptr<float>() + begin * d, (end - begin) * d,
                dgate.data_ptr<float>() + begin * d, dup.data_ptr<float>() + begin * d);
    });
    return {dgate, dup};
  }
};
using Swiglu = Gated<kernels::swiglu, kernels::swiglu_backward>;
using Geglu = Gated<kernels::geglu, kernels::geglu_backward>;

template <auto kRotate>
Tensor rotated(const Tensor& given, const Tensor& positions, const Tensor& tables, bool inverse) {
  const Tensor x = given.contiguous();
  Tensor y = at::empty_like(x);
  const std::int64_t d = x.size(1) * x.size(2);
  for_few_rows(x.size(0), d, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    float* const own = y.data_ptr<float>() + begin * d;
    std::copy_n(x.data_ptr<float>() + begin * d, (end - begin) * d, own);
    kRotate(own, positions.data_ptr<std::int32_t>() + begin, tables.data_ptr<float>(), end - begin,
            x.size(1), x.size(2), inverse);
  });
  return y;
}

template <auto kRotate>
struct Rope : Function<Rope<kRotate>> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& positions,
                        const Tensor& tables) {
    ctx->save_for_backward({positions, tables});
    return rotated<kRotate>(x, positions, tables, false);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    return {rotated<kRotate>(grads[0], saved[0], saved[1], true), Tensor(), Tensor()};
  }
};

struct RoundToBf16 : Function<RoundToBf16> {
  static Tensor forward(AutogradContext*, const Tensor& x) {
    Tensor y = at::empty_like(x);
    const float* from = x.data_ptr<float>();
    float* to = y.data_ptr<float>();
    at::parallel_for(0, x.numel(), 1 << 15, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        to[i] = kernels::to_float(kernels::to_bf16(from[i]));
      }
    });
    return y;
  }
  static variable_list backward(AutogradContext*, variable_list grads) { return grads; }
};

}  // namespace

Tensor embedding(const Tensor& tokens, const Tensor& table) {
  return Embedding::apply(tokens, table);
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& known) {
  return linears(x, {{weight, bias, known}})[0];
}

std::vector<Tensor> linears(const Tensor& x, const std::vector<LinearOf>& all) {
  std::vector<Tensor> weights, biases;  // a function's arguments must be defined tensors
  std::vector<Known> known;
  for (const LinearOf& one : all) {
    weights.push_back(one.weight);
    if (one.bias.defined()) biases.push_back(one.bias);
    known.push_back({one.known});
  }
  TORCH_CHECK(biases.empty() || biases.size() == weights.size(),
              "[linears] some have a bias and some have none");
  return Linears::apply(x.contiguous(), at::TensorList(weights), at::TensorList(biases), known);
}

Tensor adapted_linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& a,
                      const Tensor& b, double scale, const Tensor& known) {
  const auto given = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  return AdaptedLinear::apply(x.contiguous(), weight, given, a, b, scale, Known{known});
}

Tensor adapted_weight(const Tensor& weight, const Tensor& a, const Tensor& b, double scale) {
  return AdaptedWeight::apply(weight, a, b, scale);
}

Tensor rmsnorm(const Tensor& x, const Tensor& weight, double eps, bool plus_one) {
  return RmsNorm::apply(x.contiguous(), weight, eps, plus_one);
}

NormedSum add_rmsnorm(const Tensor& x, const Tensor& more, const Tensor& weight, double eps,
                      bool plus_one) {
  const variable_list both =
      AddRmsNorm::apply(x.contiguous(), more.contiguous(), weight, eps, plus_one);
  return {both[0], both[1]};
}

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  return Swiglu::apply(gate.contiguous(), up.contiguous());
}

Tensor geglu(const Tensor& gate, const Tensor& up) {
  return Geglu::apply(gate.contiguous(), up.contiguous());
}

Tensor rope_tables(std::int64_t positions, const std::vector<float>& frequencies, float factor) {
  const std::int64_t half = static_cast<std::int64_t>(frequencies.size());
  const std::int64_t head_dim = 2 * half;
  Tensor tables = at::empty({positions, head_dim}, at::kFloat);
  float* table = tables.data_ptr<float>();
  for (std::int64_t i = 0; i < half; ++i) {
    for (std::int64_t p = 0; p < positions; ++p) {
      const double angle = static_cast<float>(p) * frequencies[static_cast<std::size_t>(i)];
      table[p * head_dim + i] = static_cast<float>(std::cos(angle)) * factor;
      table[p * head_dim + half + i] = static_cast<float>(std::sin(angle)) * factor;
    }
  }
  return tables;
}

Tensor rope(const Tensor& x, const Tensor& positions, const Tensor& tables) {
  return Rope<kernels::rope>::apply(x, positions, tables);
}

Tensor rope_pairs(const Tensor& x, const Tensor& positions, const Tensor& tables) {
  return Rope<kernels::rope_pairs>::apply(x, positions, tables);
}

Tensor round_to_bf16(const Tensor& x) { return RoundToBf16::apply(x.contiguous()); }

}  // namespace hone::model::ops
