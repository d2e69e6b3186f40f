#include "rl/optimizer.h"

#include <ATen/Parallel.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "model/kernels/adamw.h"
#include "model/kernels/ceil_div.h"

namespace hone::rl {
namespace {

using model::kernels::AdamwStep;
using model::kernels::kMomentBlock;

constexpr std::int64_t kMomentGrain = 32768;  // elements a thread takes at least
constexpr std::int64_t kMin8bit = 4096;       // smaller tensors stay fp32

bool plain_float(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous();
}

std::int64_t blocks_of(const at::Tensor& tensor) {
  return model::kernels::ceil_div(tensor.numel(), kMomentBlock);
}

Moment zero_moment(const at::Tensor& parameter, Optim optim) {
  const bool small = parameter.dim() < 2 || parameter.numel() < kMin8bit;
  if (optim == Optim::kAdamW || small) return {at::zeros_like(parameter.detach()), {}};
  return {at::zeros(parameter.sizes(), at::kByte), at::zeros({blocks_of(parameter)})};
}

/// Elements (in 8 bits, blocks) stand alone, so that threads change no bit.
void update(const AdamwStep& step, const at::Tensor& parameter, const at::Tensor& gradient,
            const Moment& exp_avg, const Moment& exp_avg_sq) {
  const float* g = gradient.const_data_ptr<float>();
  float* p = parameter.mutable_data_ptr<float>();
  const std::int64_t n = parameter.numel();
  at::parallel_for(0, blocks_of(parameter), kMomentGrain / kMomentBlock,
                   [&](std::int64_t begin, std::int64_t end) {
                     const std::int64_t first = begin * kMomentBlock;
                     const std::int64_t count = std::min(n, end * kMomentBlock) - first;
                     if (exp_avg.absmax.defined()) {
                       const auto from_first = [&](const Moment& moment) {
                         return model::kernels::Moment8bit{
                             moment.values.mutable_data_ptr<std::uint8_t>() + first,
                             moment.absmax.mutable_data_ptr<float>() + begin};
                       };
                       model::kernels::adamw_8bit(step, g + first, count, p + first,
                                                  from_first(exp_avg), from_first(exp_avg_sq));
                     } else {
                       model::kernels::adamw(step, g + first, count, p + first,
                                             exp_avg.values.mutable_data_ptr<float>() + first,
                                             exp_avg_sq.values.mutable_data_ptr<float>() + first);
                     }
                   });
  // Autograd cannot see the raw writes; this makes it refuse a backward through stale weights.
  parameter.unsafeGetTensorImpl()->bump_version();
}

}  // namespace

AdamW::AdamW(NamedTensors parameters, const OptimizerConfig& config)
    : config_(config), parameters_(std::move(parameters)) {
  for (const auto& [name, parameter] : parameters_) {
    TORCH_CHECK(plain_float(parameter), name, " is no contiguous float tensor");
    exp_avg_.push_back(zero_moment(parameter, config.optim));
    exp_avg_sq_.push_back(zero_moment(parameter, config.optim));
  }
}

void AdamW::step(double learning_rate, double gradient_factor) {
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const double correction1 = 1.0 - std::pow(config_.beta1, t);
  const double correction2 = 1.0 - std::pow(config_.beta2, t);
  for (std::size_t index = 0; index < parameters_.size(); ++index) {
    const auto& [name, parameter] = parameters_[index];
    const at::Tensor gradient =
        parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter.detach());
    TORCH_CHECK(plain_float(gradient), "the gradient of ", name, " is no contiguous float tensor");
    const double decay = parameter.dim() >= 2 ? config_.weight_decay : 0.0;
    const AdamwStep step{
        .gradient_scale = static_cast<float>(gradient_factor),
        .beta1_rest = static_cast<float>(1.0 - config_.beta1),
        .beta2 = static_cast<float>(config_.beta2),
        .beta2_rest = static_cast<float>(1.0 - config_.beta2),
        .correction2_sqrt = static_cast<float>(std::sqrt(correction2)),
        .eps = static_cast<float>(config_.eps),
        .step_size = static_cast<float>(learning_rate / correction1),
        .keep = static_cast<float>(1.0 - learning_rate * decay),
    };
    update(step, parameter, gradient, exp_avg_[index], exp_avg_sq_[index]);
  }
}

NamedTensors AdamW::state() const {
  NamedTensors state;
  const auto add = [&](const std::string& name, const Moment& moment) {
    state.emplace_back(name, moment.values);
    if (moment.absmax.defined()) state.emplace_back(name + ".absmax", moment.absmax);
  };
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    add(parameters_[i].first + ".exp_avg", exp_avg_[i]);
    add(parameters_[i].first + ".exp_avg_sq", exp_avg_sq_[i]);
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
