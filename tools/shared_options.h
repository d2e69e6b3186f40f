#pragma once

#include <string>

#include "model/kv_type.h"
#include "rollout/sampler.h"

namespace CLI {
class App;
}

namespace hone::tools {

/// The positional option MODEL, as a path: a name of the Hugging Face cache becomes its snapshot's.
/// Throws, once parsed: DataError, as model::resolve_model().
void add_model_option(CLI::App& command, std::string& model);

/// --temperature, --top-p and --max-new-tokens.
void add_sampling_options(CLI::App& command, rollout::SamplingConfig& sampling);

/// --kv-cache fp32|bf16.
void add_kv_cache_option(CLI::App& command, model::KvType& type);

/// --threads; 0, if it is not given, is for set_threads() to choose.
void add_threads_option(CLI::App& command, int& threads);

}  // namespace hone::tools
