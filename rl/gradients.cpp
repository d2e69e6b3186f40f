#include "rl/gradients.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>

#include "model/kernels/adamw.h"
#include "model/kernels/ceil_div.h"
#include "rl/stage.h"

namespace hone::rl {
namespace {

constexpr std::int64_t kChunk = 8192;   // elements a partial sum, whatever the number of threads
constexpr std::int64_t kGrain = 32768;  // elements a thread takes at least

double sum_of_squares(const at::Tensor& tensor) {
  const float* values = tensor.const_data_ptr<float>();
  const std::int64_t count = tensor.numel();
  std::vector<double> partial(static_cast<std::size_t>(model::kernels::ceil_div(count, kChunk)));
  at::parallel_for(0, static_cast<std::int64_t>(partial.size()), kGrain / kChunk,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t chunk = begin; chunk < end; ++chunk) {
                       const std::int64_t start = chunk * kChunk;
                       partial[static_cast<std::size_t>(chunk)] = model::kernels::sum_of_squares(
                           values + start, std::min(kChunk, count - start));
                     }
                   });
  double sum = 0;
  for (const double value : partial) sum += value;
  return sum;
}

}  // namespace

GradientNorm gradient_norm(const NamedTensors& parameters) {
  double squares = 0;
  for (const auto& [name, parameter] : parameters) {
    const at::Tensor& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    TORCH_CHECK(
        gradient.is_cpu() && gradient.scalar_type() == at::kFloat && gradient.is_contiguous(),
        "the gradient of ", name, " is no contiguous float tensor");
    const double sum = sum_of_squares(gradient);
    if (!std::isfinite(sum)) return {std::sqrt(sum), name};
    squares += sum;
  }
  return {std::sqrt(squares), {}};
}

double clip_factor(double norm, double max_norm) {
  return max_norm > 0 ? std::min(1.0, max_norm / (norm + 1e-6)) : 1.0;
}

void check_finite(double loss, const GradientNorm& norm, const NamedTensors& parameters) {
  if (std::isfinite(loss) && norm.non_finite.empty()) return;
  std::string problem = std::isfinite(loss) ? "" : "the loss is not finite";
  if (!norm.non_finite.empty()) {
    problem += problem.empty() ? "" : " and ";
    problem += "the gradient of " + norm.non_finite + " is not finite";
  }
  for (const auto& [name, parameter] : parameters) {
    if (std::isfinite(sum_of_squares(parameter.detach()))) continue;
    problem += ", as the weight " + name + " is not finite";
    break;
  }
  throw GuardError(problem);
}

void reset_gradients(const NamedTensors& parameters) {
  for (const auto& [name, parameter] : parameters) parameter.mutable_grad().reset();
}

std::vector<at::Tensor> gradients_of(const at::Tensor& loss, const NamedTensors& parameters) {
  std::vector<at::Tensor> inputs;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i].second.requires_grad()) continue;
    inputs.push_back(parameters[i].second);
    places.push_back(i);
  }
  const std::vector<at::Tensor> own =
      torch::autograd::grad({loss}, inputs, {}, /*retain_graph=*/false,
                            /*create_graph=*/false, /*allow_unused=*/true);
  std::vector<at::Tensor> all(parameters.size());
  for (std::size_t i = 0; i < own.size(); ++i) all[places[i]] = own[i];
  return all;
}

void add_gradients(const NamedTensors& parameters, const std::vector<at::Tensor>& gradients) {
  const c10::AutoGradMode in_place(false);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    at::Tensor& sum = parameters[i].second.mutable_grad();
    if (sum.defined()) {
      sum.add_(gradients[i]);
    } else {
      sum = gradients[i].contiguous();
    }
  }
}

}  // namespace hone::rl
