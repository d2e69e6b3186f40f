#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "recipes/recipe.h"

namespace hone::recipes::test {

/// Three stages, one of each type. Tests name its lines by number: keep them.
inline const std::string kSmall = R"(seed = 3

[eval]
problems = 4
samples = 2
max_new_tokens = 32
data.task = {type = "lastdigit", prompts = "codes"}

[[stage]]
name = "base"
type = "sft"
steps = 4
data.task = {type = "lastdigit", min_operations = 4, max_operations = 6, prompts = "codes"}
data.long_share = 0.5
init = {hidden_size = 32}



[[stage]]
name = "zero"
type = "grpo"
steps = 2
from = "base"
data.task = {type = "lastdigit", max_operations = 5, prompts = "codes"}
max_new_tokens = 32
[[stage.reward]]
type = "answer"
[[stage.reward]]
type = "format"
weight = 0.1

[[stage]]
name = "student"
type = "distill"
teacher = "zero"
init = {hidden_size = 16}
steps = 2
data.task = {type = "lastdigit", prompts = "codes"}
[[stage.reward]]
type = "answer"
)";

/// The text with its last occurrence of `from` replaced.
inline std::string replace(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.rfind(from);
  if (at == std::string::npos) throw std::invalid_argument("no such text: " + from);
  return text.replace(at, from.size(), to);
}

/// The recipe of this text, validated.
inline Recipe load(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Places places;
  Recipe recipe = parse_recipe(text, "my.toml", overrides, places);
  validate(recipe, places);
  return recipe;
}

/// What its error says.
inline std::string error_of(const std::string& text,
                            const std::vector<std::string>& overrides = {}) {
  try {
    load(text, overrides);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace hone::recipes::test
