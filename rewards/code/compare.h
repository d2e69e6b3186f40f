#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace hone::rewards::code {

/// Is it what a program should have printed? White space around the whole and around each line does
/// not count. As many lines, and in each the same text or, word by word, the same text or decimals
/// of the same value: `0.50` is `0.5`, but `007` is not `7`, as it may be no number.
/// Source: LiveCodeBench's run_test.
/// Differs: leading zeros are kept, and words beside numbers are compared too.
bool same_output(std::string_view got, std::string_view expected);

/// JSON with every number as its exact value, so that == is equality of values, of Python's too:
/// true is 1 and 1.0 is 1. Nothing where the text is no JSON.
std::optional<nlohmann::json> exact_json(std::string_view text);

}  // namespace hone::rewards::code
