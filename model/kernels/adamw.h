#pragma once

#include <cstdint>

namespace hone::model::kernels {

// An optimizer step in one pass over memory, on the calling thread. Every element (in 8 bits, every
// block) stands alone.

/// The numbers that all elements of a tensor share in one step.
struct AdamwStep {
  float gradient_scale;    // what the gradient is multiplied with: clipping
  float beta1_rest;        // 1 - beta1
  float beta2;             //
  float beta2_rest;        // 1 - beta2
  float correction2_sqrt;  // sqrt(1 - beta2^t)
  float eps;               //
  float step_size;         // learning rate / (1 - beta1^t)
  float keep;              // 1 - learning rate * weight decay
};

/// p -= step_size * m / (sqrt(v) / correction2_sqrt + eps) after keep and the moments' own updates,
/// over n floats. Source: the order of operations is that of torch.optim.AdamW.
void adamw(const AdamwStep& step, const float* gradient, std::int64_t n, float* p, float* m,
           float* v);

/// Elements that share a scale.
constexpr std::int64_t kMomentBlock = 256;

/// A moment in 8 bits: value i is the dynamic map's at codes[i], times absmax[i / kMomentBlock].
struct Moment8bit {
  std::uint8_t* codes;
  float* absmax;
};

/// adamw() on moments that are kept in 8 bits: m signed, v unsigned. Each block is widened, updated
/// and rounded again. Source: Dettmers et al. 2021 (2110.02861).
void adamw_8bit(const AdamwStep& step, const float* gradient, std::int64_t n, float* p,
                const Moment8bit& m, const Moment8bit& v);

/// Sum of squares in double, over sixteen lanes. A float's square cannot overflow a double: it is
/// finite where all the values are.
double sum_of_squares(const float* x, std::int64_t n);

}  // namespace hone::model::kernels
