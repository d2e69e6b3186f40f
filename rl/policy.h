#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/decoder.h"
#include "model/tokenizer.h"
#include "rl/stage.h"
#include "rl/start.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// A model with what is needed to talk to it.
struct Policy {
  model::Decoder decoder;
  std::shared_ptr<const model::Tokenizer> tokenizer;
  std::filesystem::path folder = {};  // where it was loaded from; empty for a new one

  /// Tokens that end a completion.
  std::vector<std::int32_t> end_ids() const;
  /// The one of them that is taught.
  std::int32_t end_id() const;
};

/// Tokens that end a completion: those of the model, and the tokenizer's if there is one.
std::vector<std::int32_t> end_ids_of(const model::ModelConfig& config,
                                     const model::Tokenizer* tokenizer);

/// Loads a checkpoint folder with its tokenizer. Throws: DataError.
Policy load_policy(const std::filesystem::path& folder);

/// The same for a model that is only read: a teacher, or one that is measured. Weights that the
/// file holds as F32 stay in it (map_decoder()).
Policy open_policy(const std::filesystem::path& folder);

/// Loads what a stage trains: with `lora` as adapters on the folder's weights, or those of an
/// adapter's folder trained on; without, all weights, adapters being merged into them.
/// Throws: DataError for an adapter of other settings.
Policy policy_to_train(const std::filesystem::path& folder,
                       const std::optional<model::LoraConfig>& lora, const StageContext& stage);

/// A model with random weights for this tokenizer.
Policy new_policy(const InitConfig& config, std::shared_ptr<const model::Tokenizer> tokenizer,
                  std::uint64_t seed);

/// What a new model is made with.
struct StartingMaterial {
  /// Its tokenizer, where it is not another model's.
  std::function<std::shared_ptr<const model::Tokenizer>()> tokenizer;
  /// Examples whose loss decides which layers stay of the whole model, `layers = "greedy"`.
  std::function<std::vector<rollout::Rollout>(const Policy& whole)> examples;
};

constexpr std::int64_t kLayerExamples = 8;

/// The model in a checkpoint folder without the layers that are not chosen, adapters merged.
/// layers_to_keep() says which.
Policy policy_of_layers(const InitConfig& init, const std::filesystem::path& folder,
                        const StageContext& stage, const StartingMaterial& material);

/// The checkpoint folder that a stage's model comes from, and its chat template; empty for random
/// weights.
template <class Config>
std::filesystem::path starting_folder(const Config& config, const StageContext& stage) {
  const std::string& from = config.init ? config.init->from : config.from;
  return from.empty() ? std::filesystem::path() : stage.resolve(from);
}

/// What a stage trains: the checkpoint of its `from`, or a new model as its `init` says.
template <class Config>
Policy starting_policy(const Config& config, const StageContext& stage,
                       const StartingMaterial& material) {
  if (!config.init) return policy_to_train(stage.resolve(config.from), config.lora, stage);
  if (!config.init->from.empty()) {
    return policy_of_layers(*config.init, stage.resolve(config.init->from), stage, material);
  }
  return new_policy(*config.init, material.tokenizer(), stage.seed + stage.index);
}

/// Writes a folder that load_policy (and transformers) can load, whole or not at all.
void save_policy(const Policy& policy, const std::filesystem::path& folder);

}  // namespace hone::rl
