#pragma once

#include <cstdint>

namespace hone::model::kernels {

// Kernels that work row by row, on the calling thread. A row's result depends on that row alone.

/// y = x / rms(x) * weight for `rows` rows of `d` floats; `scale` [rows], if given, gets 1 /
/// rms(x). With `plus_one` times 1 + weight instead. Source: Zhang and Sennrich 2019 (1910.07467);
/// in fp32 equal to transformers' LlamaRMSNorm and GemmaRMSNorm.
void rmsnorm(const float* x, const float* weight, float eps, std::int64_t rows, std::int64_t d,
             float* y, float* scale, bool plus_one = false);

/// dx of rmsnorm, and dw += dy * x / rms(x) over these rows in order.
void rmsnorm_backward(const float* dy, const float* x, const float* weight, const float* scale,
                      std::int64_t rows, std::int64_t d, float* dx, float* dw,
                      bool plus_one = false);

/// y = silu(gate) * up, elementwise over n floats.
void swiglu(const float* gate, const float* up, std::int64_t n, float* y);

void swiglu_backward(const float* dy, const float* gate, const float* up, std::int64_t n,
                     float* dgate, float* dup);

/// y = gelu(gate) * up, where gelu(x) = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
/// Source: Hendrycks and Gimpel 2016 (1606.08415); transformers' gelu_pytorch_tanh.
void geglu(const float* gate, const float* up, std::int64_t n, float* y);

void geglu_backward(const float* dy, const float* gate, const float* up, std::int64_t n,
                    float* dgate, float* dup);

/// x = cap * tanh(x / cap), elementwise over n floats.
void softcap(float* x, std::int64_t n, float cap);

/// dx *= the slope of softcap() where it gave y.
void softcap_backward(const float* y, std::int64_t n, float cap, float* dx);

/// Rotates each head of x [rows, heads, h] in place: halves (a, b) become (a cos - b sin, b cos +
/// a sin). `tables` is [positions, h] with h/2 cosines and then h/2 sines; with `inverse` the
/// rotation goes back, which is its gradient.
void rope(float* x, const std::int32_t* positions, const float* tables, std::int64_t rows,
          std::int64_t heads, std::int64_t h, bool inverse);

/// The same for neighbours (a, b) instead of halves.
void rope_pairs(float* x, const std::int32_t* positions, const float* tables, std::int64_t rows,
                std::int64_t heads, std::int64_t h, bool inverse);

/// x *= factor over n floats.
void multiply(float factor, std::int64_t n, float* x);

/// x += y over n floats.
void add(const float* y, std::int64_t n, float* x);

/// y = x for n floats that are not needed soon: past the caches, if y is on a cache line.
void copy_to_memory(const float* x, std::int64_t n, float* y);

}  // namespace hone::model::kernels
