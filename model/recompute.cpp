#include "model/recompute.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace hone::model {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A context keeps tensors and IValues only.
struct Callable : torch::CustomClassHolder {
  explicit Callable(std::function<Tensor(const Tensor&)> f) : call(std::move(f)) {}
  std::function<Tensor(const Tensor&)> call;
};

struct Recompute : torch::autograd::Function<Recompute> {
  static Tensor forward(AutogradContext* ctx, const c10::intrusive_ptr<Callable>& f,
                        const Tensor& x, at::TensorList weights) {
    variable_list saved = {x};
    saved.insert(saved.end(), weights.begin(), weights.end());
    ctx->save_for_backward(saved);
    ctx->saved_data["f"] = c10::IValue::make_capsule(f);
    return f->call(x);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    variable_list inputs = ctx->get_saved_variables();
    const auto f = c10::static_intrusive_pointer_cast<Callable>(ctx->saved_data["f"].toCapsule());
    inputs[0] = inputs[0].detach().requires_grad_(ctx->needs_input_grad(0));
    Tensor y;
    {
      const at::AutoGradMode with_graph(true);
      y = f->call(inputs[0]);
    }
    variable_list wanted;
    for (const Tensor& input : inputs) {
      if (input.requires_grad()) wanted.push_back(input);
    }
    const variable_list found = torch::autograd::grad({y}, wanted, {grads[0]});
    variable_list result(1 + inputs.size());  // none for f
    for (std::size_t i = 0, next = 0; i < inputs.size(); ++i) {
      if (inputs[i].requires_grad()) result[i + 1] = found[next++];
    }
    return result;
  }
};

}  // namespace

Tensor recompute(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                 at::TensorList weights) {
  return Recompute::apply(c10::make_intrusive<Callable>(f), x, weights);
}

}  // namespace hone::model
