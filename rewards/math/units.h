#pragma once

#include <gmpxx.h>

#include <optional>
#include <string>
#include <string_view>

namespace hone::rewards::math {

/// Is it the name of one unit: `cm`, `miles`, `degrees`, `dollars`?
bool is_unit(std::string_view word);

/// A unit as a number of base units: `km/h` is 1000/3600 of `m*s^-1`.
struct Unit {
  mpq_class factor = 1;
  std::string base;  // one spelling for each dimension
};

/// Reads `cm`, `cm^2`, `square feet`, `km/h`, `meters per second`. Absence: words that name no
/// unit.
std::optional<Unit> parse_unit(std::string_view text);

}  // namespace hone::rewards::math
