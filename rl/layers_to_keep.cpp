#include "rl/layers_to_keep.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "model/error.h"
#include "model/greedy_layers.h"
#include "model/json_fields.h"
#include "model/layer_choice.h"
#include "rollout/pack.h"

namespace hone::rl {
namespace {

namespace fs = std::filesystem;

std::vector<std::int64_t> read_layers(const fs::path& file, std::int64_t num_layers) {
  try {
    const auto layers =
        model::Fields::read(file).json().at("layers").get<std::vector<std::int64_t>>();
    model::check_layers(layers, num_layers);
    return layers;
  } catch (const nlohmann::json::exception& error) {
    throw DataError(file.string(), "a list of numbers, \"layers\"", error.what());
  } catch (const std::invalid_argument& error) {
    throw DataError(file.string(), "layers of the model", error.what());
  }
}

std::vector<std::int64_t> greedily_chosen(const Policy& whole,
                                          const std::vector<rollout::Rollout>& examples) {
  constexpr std::int64_t kTogether = std::numeric_limits<std::int64_t>::max();
  const rollout::MicroBatch all =
      rollout::pack(examples, kTogether, rollout::Sharing::kBeginnings).at(0);
  const std::int64_t half = (whole.decoder.config.num_hidden_layers + 1) / 2;
  constexpr std::int64_t kTries = 10;
  return model::greedy_layers(whole.decoder, all.batch, all.sources, all.targets, half, kTries);
}

}  // namespace

std::vector<std::int64_t> layers_to_keep(const LayerChoice& choice, const Policy& whole,
                                         const StageContext& stage,
                                         const StartingMaterial& material) {
  const std::int64_t num_layers = whole.decoder.config.num_hidden_layers;
  if (choice != LayerChoice("greedy")) return model::chosen_layers(choice, num_layers);
  const fs::path file = stage.folder / "layers.json";
  if (fs::exists(file)) return read_layers(file, num_layers);
  stage.observer.note("choosing the layers that stay");
  const std::vector<std::int64_t> layers = greedily_chosen(whole, material.examples(whole));
  fs::create_directories(stage.folder);
  const std::string text = nlohmann::json{{"layers", layers}}.dump();
  model::write_file_atomic(file, text + "\n");
  stage.observer.note(text);
  return layers;
}

}  // namespace hone::rl
