#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace hone::model {

/// f(x), of which only x is kept for the backward pass: f runs there once more. It must give the
/// same bits each time; the gradients are then those of a plain f(x), to the bit. `weights` are the
/// defined tensors that f uses beside x and that may need gradients. f is kept until the graph
/// goes, so what it holds must live as long. Source: Chen et al. 2016 (1604.06174); "gradient
/// checkpointing".
at::Tensor recompute(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x,
                     at::TensorList weights);

}  // namespace hone::model
