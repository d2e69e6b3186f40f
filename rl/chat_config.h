#pragma once

#include <string>
#include <vector>

namespace hone::rl {

/// Prompts go through the model's chat template.
struct ChatConfig {
  std::string system;
  std::vector<std::string> variables;

  template <class V>
  void fields(V& v) {
    v("system", system, "a system message before the question; empty: none");
    v("variables", variables,
      "what else the template is given, as key=value: \"enable_thinking=false\"");
  }
};

}  // namespace hone::rl
