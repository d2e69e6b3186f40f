#include "model/kernels/ops.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "model/kernels/bf16.h"
#include "model/kernels/ceil_div.h"
#include "model/kernels/ops_parts.h"
#include "model/kernels/rows.h"

namespace hone::model::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

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

Tensor rmsnorm(const Tensor& x, const Tensor& weight, double eps, bool plus_one) {
  return RmsNorm::apply(x.contiguous(), weight, eps, plus_one);
}

NormedSum add_rmsnorm(const Tensor& x, const Tensor& more, const Tensor& weight, double eps,
                      bool plus_one) {
  const variable_list both =
      AddRmsNorm::apply(x.contiguous(), more.contiguous(), weight, eps, plus_one);
  return {both[0], both[1]};
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
