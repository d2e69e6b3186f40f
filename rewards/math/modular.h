#pragma once

#include <cstdint>
#include <optional>

#include "rewards/math/ast.h"
#include "rewards/math/budget.h"

namespace hone::rewards::math {

/// A rational expression without variables, modulo the prime 2^61 - 1: two with different values
/// differ for certain, though they agree to a thousand digits, as 2^5000 and 2^5000 + 1 do.
/// Absence: not of that kind, or a denominator that the prime divides.
std::optional<std::uint64_t> modular_value(const Node& node, Budget& budget);

}  // namespace hone::rewards::math
