#include "model/kernels/ops.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

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

/// y W. Shapes: [S,N], [N,K] -> [S,K].
Tensor times(const Tensor& y, const Tensor& weight) {
  const std::int64_t s = y.size(0);
  const std::int64_t n = y.size(1);
  const std::int64_t k = weight.size(1);
  Tensor x = at::empty({s, k}, y.options());
  kernels::gemm({y.data_ptr<float>(), n, 1}, {weight.data_ptr<float>(), k, 1}, x.data_ptr<float>(),
                k, s, k, n, false);
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

/// A result that was computed before, or none; not one of a function's inputs.
struct Known {
  Tensor result;
};

struct Linear : Function<Linear> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias, const Known& known) {
    ctx->save_for_backward({x, weight});
    ctx->saved_data["bias"] = bias.has_value();
    return known.result.defined() ? known.result : multiply(x, weight, bias);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor dy = grads[0].contiguous();
    Tensor dx, dweight, dbias;
    if (ctx->needs_input_grad(0)) dx = times(dy, saved[1]);
    if (ctx->needs_input_grad(1)) dweight = times_transposed(dy, saved[0]);
    if (ctx->saved_data["bias"].toBool() && ctx->needs_input_grad(2)) {
      const std::int64_t n = dy.size(1);
      dbias = at::empty({n}, dy.options());
      const float one = 1;
      kernels::gemm({&one, 0, 0}, {dy.data_ptr<float>(), n, 1}, dbias.data_ptr<float>(), n, 1, n,
                    dy.size(0), false);
    }
    return {dx, dweight, dbias, Tensor()};
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

struct RmsNorm : Function<RmsNorm> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight, double eps,
                        bool plus_one) {
    const std::int64_t d = x.size(-1);
    Tensor y = at::empty_like(x);
    Tensor scale = at::empty({rows_of(x)}, x.options());
    for_row_chunks(rows_of(x), [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      kernels::rmsnorm(x.data_ptr<float>() + begin * d, weight.data_ptr<float>(),
                       static_cast<float>(eps), end - begin, d, y.data_ptr<float>() + begin * d,
                       scale.data_ptr<float>() + begin, plus_one);
    });
    ctx->save_for_backward({x, weight, scale});
    ctx->saved_data["plus_one"] = plus_one;
    return y;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &scale = saved[2];
    const Tensor dy = grads[0].contiguous();
    const std::int64_t d = x.size(-1);
    const bool plus_one = ctx->saved_data["plus_one"].toBool();
    Tensor dx = at::empty_like(x);
    Tensor partial = at::zeros({kernels::ceil_div(rows_of(x), kRowChunk), d}, x.options());
    for_row_chunks(rows_of(x), [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
      kernels::rmsnorm_backward(dy.data_ptr<float>() + begin * d, x.data_ptr<float>() + begin * d,
                                weight.data_ptr<float>(), scale.data_ptr<float>() + begin,
                                end - begin, d, dx.data_ptr<float>() + begin * d,
                                partial.data_ptr<float>() + chunk * d, plus_one);
    });
    Tensor dweight = at::zeros_like(weight);
    for (std::int64_t c = 0; c < partial.size(0); ++c) {
      kernels::add(partial.data_ptr<float>() + c * d, d, dweight.data_ptr<float>());
    }
    return {dx, dweight, Tensor(), Tensor()};
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
  constexpr std::int64_t kNear = 4096;  // floats copied before they are turned: they stay in L1
  const Tensor x = given.contiguous();
  Tensor y = at::empty_like(x);
  const std::int64_t row = x.size(1) * x.size(2);
  const std::int64_t rows = std::max<std::int64_t>(1, kNear / row);
  for_row_chunks(x.size(0), [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; r += rows) {
      const std::int64_t some = std::min(rows, end - r);
      float* const to = y.data_ptr<float>() + r * row;
      std::memcpy(to, x.data_ptr<float>() + r * row, sizeof(float) * some * row);
      kRotate(to, positions.data_ptr<std::int32_t>() + r, tables.data_ptr<float>(), some, x.size(1),
              x.size(2), inverse);
    }
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
  // A function's arguments must be defined tensors.
  const auto given = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  return Linear::apply(x.contiguous(), weight, given, Known{known});
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
