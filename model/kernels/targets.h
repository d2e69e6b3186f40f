// Which instruction sets the kernels are compiled for: AVX-512, AVX2 with FMA, and an emulation
// that every machine has. The others of x86 (SSE: bits 10 to 14) have no fused multiply-add, and
// the newer AVX-512 kinds (bits 0 to 7) gain nothing here. Included before foreach_target.h.
#pragma once

#define HWY_DISABLED_TARGETS 0x7CFF
