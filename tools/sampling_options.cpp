#include "tools/sampling_options.h"

#include <CLI/CLI.hpp>

namespace hone::tools {

void add_sampling_options(CLI::App& command, rollout::SamplingConfig& sampling) {
  command.add_option("--temperature", sampling.temperature, "divides the logits")
      ->check(CLI::Range(0.01, 100.0))
      ->capture_default_str();
  command
      .add_option("--top-p", sampling.top_p,
                  "draw from the likeliest tokens of this much probability")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  command.add_flag("--greedy", sampling.greedy, "always the likeliest token");
  command.add_option("--max-new-tokens", sampling.max_new_tokens, "longest completion")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
}

}  // namespace hone::tools
