#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <vector>

#include "model/kernels/gemm.h"
#include "model/kernels/ops.h"
#include "model/kernels/ops_parts.h"

namespace hone::model::ops {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

Weights::Weights(const std::vector<LinearOf>& all) {
  for (const LinearOf& one : all) {
    weights.push_back(one.weight);
    if (one.bias.defined()) biases.push_back(one.bias);
  }
  TORCH_CHECK(biases.empty() || biases.size() == weights.size(),
              "[linears] some have a bias and some have none");
}

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

void add_times(const Tensor& y, const Tensor& weight, bool accumulate, Tensor& x) {
  const std::int64_t s = y.size(0);
  const std::int64_t n = y.size(1);
  const std::int64_t k = weight.size(1);
  kernels::gemm({y.data_ptr<float>(), n, 1}, {weight.data_ptr<float>(), k, 1}, x.data_ptr<float>(),
                k, s, k, n, accumulate);
}

Tensor times_transposed(const Tensor& y, const Tensor& x) {
  const std::int64_t s = y.size(0);
  const std::int64_t n = y.size(1);
  const std::int64_t k = x.size(1);
  Tensor w = at::empty({n, k}, y.options());
  kernels::gemm({y.data_ptr<float>(), 1, n}, {x.data_ptr<float>(), k, 1}, w.data_ptr<float>(), k, n,
                k, s, false);
  return w;
}

Tensor sum_rows(const Tensor& y) {
  const std::int64_t n = y.size(1);
  Tensor sum = at::empty({n}, y.options());
  const float one = 1;
  kernels::gemm({&one, 0, 0}, {y.data_ptr<float>(), n, 1}, sum.data_ptr<float>(), n, 1, n,
                y.size(0), false);
  return sum;
}

variable_list linears_backward(AutogradContext* ctx, const Tensor& x, at::TensorList weights,
                               bool biased, const variable_list& dys) {
  const std::size_t count = weights.size();
  variable_list result(1 + count + (biased ? count : 0));
  for (std::size_t i = 0; i < count; ++i) {
    const Tensor dy = dys[i].contiguous();
    if (ctx->needs_input_grad(0)) {
      Tensor& dx = result[0];
      const bool first = !dx.defined();
      if (first) dx = at::empty_like(x);
      add_times(dy, weights[i], !first, dx);
    }
    if (ctx->needs_input_grad(1 + i)) result[1 + i] = times_transposed(dy, x);
    const std::size_t bias = 1 + count + i;
    if (biased && ctx->needs_input_grad(bias)) result[bias] = sum_rows(dy);
  }
  return result;
}

namespace {

/// y W. Shapes: [S,N], [N,K] -> [S,K].
Tensor times(const Tensor& y, const Tensor& weight) {
  Tensor x = at::empty({y.size(0), weight.size(1)}, y.options());
  add_times(y, weight, false, x);
  return x;
}

/// A result that was computed before, in pieces of some rows, or none; not one of a function's
/// inputs.
struct Known {
  std::vector<Tensor> pieces;
  bool empty() const { return pieces.empty(); }
  Tensor result() const { return pieces.size() == 1 ? pieces[0] : at::cat(pieces); }
};

/// Several linear layers of one x.
struct Linears : Function<Linears> {
  static variable_list forward(AutogradContext* ctx, const Tensor& x, at::TensorList weights,
                               at::TensorList biases, const std::vector<Known>& known) {
    variable_list saved = {x};
    variable_list results;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      saved.push_back(weights[i]);
      results.push_back(known[i].empty() ? multiply(x, weights[i], bias_of(biases, i))
                                         : known[i].result());
    }
    ctx->save_for_backward(saved);
    ctx->saved_data["biased"] = !biases.empty();
    return results;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    variable_list result = linears_backward(ctx, saved[0], at::TensorList(saved).slice(1),
                                            ctx->saved_data["biased"].toBool(), grads);
    result.emplace_back();  // of what is known
    return result;
  }
};

struct AdaptedLinear : Function<AdaptedLinear> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias, const Tensor& a, const Tensor& b,
                        double scale, const Known& known) {
    ctx->save_for_backward({x, weight, a, b});
    ctx->saved_data["scale"] = scale;
    return known.empty() ? multiply(x, weight, bias) : known.result();
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &a = saved[2], &b = saved[3];
    const double scale = ctx->saved_data["scale"].toDouble();
    const Tensor dy = grads[0].contiguous();
    Tensor dx;
    if (ctx->needs_input_grad(0)) dx = times(dy, weight);
    const Tensor low = multiply(x, a, {}).mul_(scale);  // x A^T [S,R]
    const Tensor dlow = times(dy, b).mul_(scale);       // dy B [S,R]
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

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const std::vector<Tensor>& known) {
  return linears(x, {{weight, bias, known}})[0];
}

std::vector<Tensor> linears(const Tensor& x, const std::vector<LinearOf>& all) {
  const Weights of(all);
  std::vector<Known> known;
  for (const LinearOf& one : all) known.push_back({one.known});
  return Linears::apply(x.contiguous(), at::TensorList(of.weights), at::TensorList(of.biases),
                        known);
}

Tensor adapted_linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& a,
                      const Tensor& b, double scale, const std::vector<Tensor>& known) {
  const auto given = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  return AdaptedLinear::apply(x.contiguous(), weight, given, a, b, scale, Known{known});
}

Tensor adapted_weight(const Tensor& weight, const Tensor& a, const Tensor& b, double scale) {
  return AdaptedWeight::apply(weight, a, b, scale);
}

}  // namespace hone::model::ops
