#pragma once

#include <cstdint>

namespace hone::model::kernels {

/// How many pieces of size b hold a.
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace hone::model::kernels
