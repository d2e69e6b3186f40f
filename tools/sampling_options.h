#pragma once

#include "rollout/sampler.h"

namespace CLI {
class App;
}

namespace hone::tools {

/// --temperature, --top-p, --greedy and --max-new-tokens.
void add_sampling_options(CLI::App& command, rollout::SamplingConfig& sampling);

}  // namespace hone::tools
