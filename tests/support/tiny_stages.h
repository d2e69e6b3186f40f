#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rl/grpo.h"
#include "rl/sft.h"
#include "rl/stage.h"

// Stages on a model of a few thousand weights, one after the other as a recipe runs them.
namespace hone::tests {

namespace fs = std::filesystem;

inline rewards::TaskConfig task() {
  rewards::ParityConfig parity;
  parity.min_bits = 2;
  parity.max_bits = 4;
  parity.prompts = rewards::Prompts::kCodes;
  return parity;
}

/// A run folder that goes with the test.
class Run {
 public:
  Run() : folder_(fs::temp_directory_path() / ("hone_stages_" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
  }
  ~Run() { fs::remove_all(folder_); }

  rl::StageContext stage(const std::string& name, std::uint64_t index) const {
    rl::StageContext context;
    context.name = name;
    context.folder = folder_ / name;
    fs::create_directories(context.folder);
    context.seed = 3;
    context.index = index;
    context.resolve = [this](const std::string& from) { return folder_ / from / "model"; };
    context.resolve_rollouts = [this](const std::string& from) {
      const fs::path samples = folder_ / from / "samples";
      return fs::exists(samples) ? samples : folder_ / from / "teacher";
    };
    context.observer = {[](std::int64_t, std::int64_t, const rl::Metrics&) {},
                        [](const std::string&) {}};
    return context;
  }

  std::vector<nlohmann::json> metrics(const std::string& stage) const {
    std::vector<nlohmann::json> lines;
    std::ifstream in(folder_ / stage / "metrics.jsonl");
    for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

 private:
  fs::path folder_;
};

inline rl::InitConfig tiny_init(std::int64_t width, std::int64_t middle, std::int64_t layers,
                                std::int64_t heads) {
  rl::InitConfig init;
  init.hidden_size = width;
  init.intermediate_size = middle;
  init.num_hidden_layers = layers;
  init.num_attention_heads = heads;
  init.num_key_value_heads = heads;
  init.head_dim = width / heads;
  return init;
}

inline rl::SftConfig sft_config(const rl::InitConfig& init) {
  rl::SftConfig config;
  config.init = init;
  config.data.task = task();
  config.steps = 60;
  config.batch_size = 32;
  config.optimizer.learning_rate = 5e-3;
  return config;
}

inline void train_base(const Run& run) {
  rl::SftConfig config = sft_config(tiny_init(32, 64, 2, 2));
  config.init->max_position_embeddings = 128;
  config.data.long_share = 0.5;
  rl::StageContext stage = run.stage("base", 0);
  rl::run_sft(config, stage);
}

inline rl::GrpoConfig grpo_config() {
  rl::GrpoConfig config;
  config.from = "base";
  config.data.task = task();
  config.reward = {{rewards::AnswerConfig{}, 1.0, ""}, {rewards::FormatConfig{}, 0.1, ""}};
  config.steps = 10;
  config.prompts_per_step = 8;
  config.group_size = 8;
  config.max_new_tokens = 32;
  config.updates_per_rollout = 2;
  config.loss.kl_coef = 0.01;
  config.optimizer.learning_rate = 1e-3;
  config.optimizer.decay = rl::Decay::kConstant;
  return config;
}

}  // namespace hone::tests
