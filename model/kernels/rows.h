#pragma once

#include <cstdint>

namespace hone::model::kernels {

// Kernels that work row by row, on the calling thread. A row's result depends on that row alone.

/// y = x / rms(x) * weight for `rows` rows of `d` floats; `scale` [rows], if given, gets 1 /
/// rms(x). Source: Zhang and Sennrich 2019 (1910.07467); in fp32 equal to transformers'
/// LlamaRMSNorm.
void rmsnorm(const float* x, const float* weight, float eps, std::int64_t rows, std::int64_t d,
             float* y, float* scale);

/// dx of rmsnorm, and dw += dy * x / rms(x) over these rows in order.
void rmsnorm_backward(const float* dy, const float* x, const float* weight, const float* scale,
                      std::int64_t rows, std::int64_t d, float* dx, float* dw);

/// y = silu(gate) * up, elementwise over n floats.
void swiglu(const float* gate, const float* up, std::int64_t n, float* y);

void swiglu_backward(const float* dy, const float* gate, const float* up, std::int64_t n,
                     float* dgate, float* dup);

/// Rotates each head of x [rows, heads, h] in place: halves (a, b) become (a cos - b sin, b cos +
/// a sin). `tables` is [positions, h] with h/2 cosines and then h/2 sines; with `inverse` the
/// rotation goes back, which is its gradient.
void rope(float* x, const std::int32_t* positions, const float* tables, std::int64_t rows,
          std::int64_t heads, std::int64_t h, bool inverse);

/// x += y over n floats.
void add(const float* y, std::int64_t n, float* x);

}  // namespace hone::model::kernels
