#pragma once

namespace hone::rl {

// What this machine can do at best, in this process and with its threads: a measured time is set
// against these. Each takes about a second; what it allocates is let go of.

/// GFLOP/s of square fp32 matrix products, the best of many of several sizes, by LibTorch or by our
/// own kernel.
double gemm_gflops_peak();

/// GB/s (1e9 bytes) of all threads reading memory that no cache holds, the best of several passes
/// that add it up or multiply one row with it: what reading the weights of a large model can reach.
double memory_gb_per_s_peak();

}  // namespace hone::rl
