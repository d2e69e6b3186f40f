#include "rl/optimizer.h"

#include <ATen/Parallel.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "rl/stage.h"

namespace hone::rl {
namespace {

constexpr std::int64_t kChunk = 8192;   // elements a partial sum, whatever the number of threads
constexpr std::int64_t kGrain = 32768;  // elements a thread takes at least
constexpr int kLanes = 8;

bool plain_float(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous();
}

// A float's square cannot overflow a double: the sum is finite where all the values are.
double sum_of_squares(const float* values, std::int64_t count) {
  double lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const double value = values[i + lane];
      lanes[lane] += value * value;
    }
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (; i < count; ++i) sum += static_cast<double>(values[i]) * values[i];
  return sum;
}

double sum_of_squares(const at::Tensor& gradient) {
  const float* values = gradient.const_data_ptr<float>();
  const std::int64_t count = gradient.numel();
  std::vector<double> partial(static_cast<std::size_t>((count + kChunk - 1) / kChunk));
  at::parallel_for(0, static_cast<std::int64_t>(partial.size()), kGrain / kChunk,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t chunk = begin; chunk < end; ++chunk) {
                       const std::int64_t start = chunk * kChunk;
                       partial[static_cast<std::size_t>(chunk)] =
                           sum_of_squares(values + start, std::min(kChunk, count - start));
                     }
                   });
  double sum = 0;
  for (const double value : partial) sum += value;
  return sum;
}

}  // namespace

GradientNorm clip_gradients(const NamedTensors& parameters, double max_norm) {
  double squares = 0;
  for (const auto& [name, parameter] : parameters) {
    const at::Tensor& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    TORCH_CHECK(plain_float(gradient), "the gradient of ", name, " is no contiguous float tensor");
    const double sum = sum_of_squares(gradient);
    if (!std::isfinite(sum)) return {std::sqrt(sum), name};
    squares += sum;
  }
  const double norm = std::sqrt(squares);
  const double scale = max_norm / (norm + 1e-6);
  if (max_norm <= 0 || scale >= 1.0) return {norm, {}};
  for (const auto& [name, parameter] : parameters) {
    if (!parameter.grad().defined()) continue;
    float* gradient = parameter.grad().mutable_data_ptr<float>();
    const auto factor = static_cast<float>(scale);
    at::parallel_for(0, parameter.grad().numel(), kGrain,
                     [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t i = begin; i < end; ++i) gradient[i] *= factor;
                     });
  }
  return {norm, {}};
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

AdamW::AdamW(NamedTensors parameters, const OptimizerConfig& config)
    : config_(config), parameters_(std::move(parameters)) {
  for (const auto& [name, parameter] : parameters_) {
    TORCH_CHECK(plain_float(parameter), name, " is no contiguous float tensor");
    exp_avg_.push_back(at::zeros_like(parameter.detach()));
    exp_avg_sq_.push_back(at::zeros_like(parameter.detach()));
  }
}

void AdamW::step(double learning_rate) {
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const double correction1 = 1.0 - std::pow(config_.beta1, t);
  const double correction2_sqrt = std::sqrt(1.0 - std::pow(config_.beta2, t));
  const auto beta1_rest = static_cast<float>(1.0 - config_.beta1);
  const auto beta2 = static_cast<float>(config_.beta2);
  const auto beta2_rest = static_cast<float>(1.0 - config_.beta2);
  const auto root = static_cast<float>(correction2_sqrt);
  const auto eps = static_cast<float>(config_.eps);
  const auto step_size = static_cast<float>(learning_rate / correction1);
  for (std::size_t index = 0; index < parameters_.size(); ++index) {
    const auto& [name, parameter] = parameters_[index];
    const at::Tensor& gradient = parameter.grad();
    TORCH_CHECK(!gradient.defined() || plain_float(gradient), "the gradient of ", name,
                " is no contiguous float tensor");
    const float* g = gradient.defined() ? gradient.const_data_ptr<float>() : nullptr;
    float* p = parameter.mutable_data_ptr<float>();
    float* m = exp_avg_[index].mutable_data_ptr<float>();
    float* v = exp_avg_sq_[index].mutable_data_ptr<float>();
    const bool decays = parameter.dim() >= 2;
    const auto keep = static_cast<float>(decays ? 1.0 - learning_rate * config_.weight_decay : 1.0);
    // One pass over memory in place of a dozen. Every element stands alone, so that neither threads
    // nor vector width can change a bit.
    at::parallel_for(0, parameter.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const float gradient_i = g == nullptr ? 0.0f : g[i];
        m[i] = m[i] + beta1_rest * (gradient_i - m[i]);
        v[i] = beta2 * v[i] + beta2_rest * gradient_i * gradient_i;
        p[i] = p[i] * keep - step_size * (m[i] / (std::sqrt(v[i]) / root + eps));
      }
    });
    // Autograd cannot see the raw writes; this makes it refuse a backward through stale weights.
    parameter.unsafeGetTensorImpl()->bump_version();
  }
}

NamedTensors AdamW::state() const {
  NamedTensors state;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    state.emplace_back(parameters_[i].first + ".exp_avg", exp_avg_[i]);
    state.emplace_back(parameters_[i].first + ".exp_avg_sq", exp_avg_sq_[i]);
  }
  state.emplace_back("step", at::full({1}, steps_, at::kLong));
  return state;
}

void AdamW::load_state(const NamedTensors& state) {
  const std::map<std::string, at::Tensor> given(state.begin(), state.end());
  const NamedTensors own = this->state();
  for (const auto& [name, tensor] : own) {
    const auto found = given.find(name);
    if (found == given.end()) throw std::invalid_argument("optimizer state: no " + name);
    if (found->second.sizes() != tensor.sizes() ||
        found->second.scalar_type() != tensor.scalar_type()) {
      throw std::invalid_argument("optimizer state: another shape or type of " + name);
    }
  }
  for (const auto& [name, tensor] : given) {
    const bool known =
        std::any_of(own.begin(), own.end(), [&n = name](const auto& o) { return o.first == n; });
    if (!known) throw std::invalid_argument("optimizer state: superfluous " + name);
  }
  for (const auto& [name, tensor] : own) tensor.copy_(given.at(name));
  steps_ = given.at("step").item<std::int64_t>();
}

}  // namespace hone::rl
