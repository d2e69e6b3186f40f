#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "model/config.h"
#include "model/lora.h"
#include "model/safetensors.h"

namespace hone::model {

/// A PEFT adapter folder, open: adapter_config.json and adapter_model.safetensors.
struct AdapterFiles {
  LoraConfig lora;
  std::filesystem::path base;  // checkpoint folder of the weights that it changes
  ModelConfig model;           // that folder's
  SafetensorsFile file;
};

/// Whether a folder holds an adapter rather than whole weights.
bool is_adapter(const std::filesystem::path& folder);

/// Where config.json and the whole weights are: the adapter's base, or the folder itself.
/// Throws: DataError if an adapter's base is not a folder of whole weights.
std::filesystem::path base_folder(const std::filesystem::path& folder);

/// Where the tokenizer and the chat template are: an adapter that PEFT saved leaves them to its
/// base. Throws: as base_folder().
std::filesystem::path tokenizer_folder(const std::filesystem::path& folder);

/// Opens an adapter and settles that it fits its base.
/// Throws: DataError naming file and field for anything that would change the numbers and is not
/// understood (DoRA, rsLoRA, ranks by layer, trained biases or whole modules), for a tensor that is
/// missing, superfluous or of the wrong shape or type, and for a base that is not a folder of whole
/// weights.
AdapterFiles open_adapter(const std::filesystem::path& folder);

/// The names of a model's linear layers that can be adapted: all but the output head. In a model
/// with experts only those of the attention: under the others' names PEFT means the experts too.
std::vector<std::string> adaptable_modules(const ModelConfig& config);

/// The weights that a config changes in each layer: their names, below "model.layers.N.", with
/// shapes [N, K]. A config with the default list changes all that can be.
/// Throws: std::invalid_argument for a module that no layer has, or one that is named twice.
std::vector<std::map<std::string, std::vector<std::int64_t>>> adapted_weights(
    const LoraConfig& lora, const ModelConfig& config);

/// A matrix's name in the file; `matrix` is 'A' or 'B', `weight` as in adapted_weights().
std::string adapter_name(std::int64_t layer, const std::string& weight, char matrix);

/// Writes adapter_config.json, in which the base stands relative to the folder: a run can be moved.
/// Throws: DataError if it cannot be written whole.
void write_adapter_config(const LoraConfig& lora, const ModelConfig& config,
                          const std::filesystem::path& base, const std::filesystem::path& folder);

}  // namespace hone::model
