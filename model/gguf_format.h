#pragma once

#include <cstdint>

// Numbers of GGUF's format. Source: ggml's docs/gguf.md.
namespace hone::model::gguf_type {

// Types of values.
constexpr std::uint32_t kUint32 = 4, kInt32 = 5, kFloat32 = 6, kBool = 7, kString = 8, kArray = 9,
                        kFloat64 = 12;

}  // namespace hone::model::gguf_type
