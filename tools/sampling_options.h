#pragma once

#include "model/kv_type.h"
#include "rollout/sampler.h"

namespace CLI {
class App;
}

namespace hone::tools {

/// --temperature, --top-p, --greedy and --max-new-tokens.
void add_sampling_options(CLI::App& command, rollout::SamplingConfig& sampling);

/// --kv-cache fp32|bf16.
void add_kv_cache_option(CLI::App& command, model::KvType& type);

}  // namespace hone::tools
