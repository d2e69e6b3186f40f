#include "tools/shared_options.h"

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "model/hub_cache.h"

namespace hone::tools {

void add_model_option(CLI::App& command, std::string& model) {
  command
      .add_option("MODEL", model,
                  "checkpoint folder, .gguf file, or org/name in the local Hugging Face cache")
      ->required()
      ->transform([](const std::string& name) { return model::resolve_model(name).string(); });
}

void add_sampling_options(CLI::App& command, rollout::SamplingConfig& sampling) {
  command.add_option("--temperature", sampling.temperature, "divides the logits")
      ->check(CLI::Range(0.01, 100.0))
      ->capture_default_str();
  command
      .add_option("--top-p", sampling.top_p,
                  "draw from the likeliest tokens of this much probability")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  command.add_option("--max-new-tokens", sampling.max_new_tokens, "longest completion")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
}

void add_kv_cache_option(CLI::App& command, model::KvType& type) {
  const auto names = enum_names(type);
  std::map<std::string, model::KvType> types;
  for (const model::KvType each : {model::KvType::kFloat, model::KvType::kBf16}) {
    types.emplace(names[static_cast<std::size_t>(each)], each);
  }
  command.add_option("--kv-cache", type, "keep keys and values as fp32 or bf16 [fp32]")
      ->transform(CLI::CheckedTransformer(types));
}

void add_threads_option(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "CPU threads [one a core]; changes no result")
      ->check(CLI::Range(1, 1024));
}

}  // namespace hone::tools
