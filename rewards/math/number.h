#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hone::rewards {

/// One spelling for each number: two texts have the same key exactly if they are the same number.
/// Understood, in ASCII digits: integers of any size, a sign (`-`, `+` or the minus sign U+2212),
/// decimals (`.5`, `5.`), thousands separators (`1,234`, `1{,}234`), `1e3`, fractions `a/b` of any
/// of these, and `\frac{a}{b}` (also dfrac, tfrac). Absence means: not a number.
/// Nothing goes through a double, and an exponent is never written out, so `1e999999999` is cheap.
std::optional<std::string> number_key(std::string_view text);

/// Longer texts are not read as numbers: it bounds the time.
inline constexpr std::size_t kMaxNumberText = std::size_t{1} << 18;

}  // namespace hone::rewards
