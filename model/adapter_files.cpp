#include "model/adapter_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "model/error.h"
#include "model/file_io.h"
#include "model/hub_cache.h"
#include "model/json_fields.h"
#include "model/model_files.h"
#include "model/tokenizer.h"
#include "model/weight_files.h"
#include "model/weight_shapes.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kAdapterConfigFile = "adapter_config.json";
constexpr const char* kWeightsFile = "adapter_model.safetensors";

/// Fields that change the numbers where they are anything else; null and absent count as this.
/// So do the switches use_* of variants of LoRA and their settings *_config, of which PEFT gets new
/// ones with each version.
const std::vector<std::pair<std::string, json>>& plain_fields() {
  static const std::vector<std::pair<std::string, json>> fields = {
      {"bias", "none"},
      {"fan_in_fan_out", false},
      {"lora_bias", false},
      {"modules_to_save", json::array()},
      {"rank_pattern", json::object()},
      {"alpha_pattern", json::object()},
      {"layers_to_transform", json::array()},
      {"layer_replication", json::array()},
      {"target_parameters", json::array()},
      {"exclude_modules", json::array()},
      {"trainable_token_indices", json::array()},
      {"alora_invocation_tokens", json::array()},
  };
  return fields;
}

LoraConfig read_adapter_config(const Fields& fields) {
  if (const std::string type = fields.text("peft_type"); type != "LORA") {
    throw DataError(fields.place("peft_type"), "LORA", "\"" + type + "\"");
  }
  for (const auto& [key, plain] : plain_fields()) {
    if (fields.has(key) && fields.json()[key] != plain) {
      throw DataError(fields.place(key), plain.dump() + ", as nothing else is supported",
                      fields.json()[key].dump());
    }
  }
  for (const auto& [key, value] : fields.json().items()) {
    const bool variant =
        (key.starts_with("use_") && value != false) || (key.ends_with("_config") && !value.empty());
    if (variant && !value.is_null()) {
      throw DataError(fields.place(key), "plain LoRA, as nothing else is supported", value.dump());
    }
  }
  LoraConfig config;
  config.r = fields.integer("r", 1, 65536);
  config.lora_alpha = fields.number("lora_alpha", 8);
  if (!(config.lora_alpha > 0)) {
    throw DataError(fields.place("lora_alpha"), "a number above 0",
                    fields.json()["lora_alpha"].dump());
  }
  const json modules = fields.has("target_modules") ? fields.json()["target_modules"] : json();
  if (modules == "all-linear") return config;
  config.target_modules.clear();
  if (modules.is_array()) {
    for (const json& module : modules) {
      if (module.is_string()) config.target_modules.push_back(module.get<std::string>());
    }
  }
  if (config.target_modules.empty() || config.target_modules.size() != modules.size()) {
    throw DataError(fields.place("target_modules"), "\"all-linear\" or a list of names",
                    modules.dump());
  }
  return config;
}

/// hone writes the base relative to the adapter's folder, PEFT as it was given: a path, or an id.
fs::path base_of(const Fields& fields, const fs::path& folder) {
  const fs::path named = fields.text("base_model_name_or_path");
  const fs::path beside = folder / named;
  const fs::path base =
      is_model(beside) ? beside.lexically_normal() : resolve_model(named.string());
  const std::string place = fields.place("base_model_name_or_path");
  if (!is_model(base)) {
    throw DataError(place, "the model that the adapter belongs to",
                    base.string() + ", which is none; correct the field where it was moved");
  }
  if (is_adapter(base)) {
    throw DataError(place, "a folder of whole weights", base.string() + ", another adapter");
  }
  return base;
}

using LayerShapes = std::map<std::string, std::vector<std::int64_t>>;

/// Whether a config means all linear layers that there are.
bool changes_all(const LoraConfig& lora) {
  return lora.target_modules == LoraConfig().target_modules;
}

/// The same names, in any order.
bool same_set(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

/// Calls f(layer, weight, its module's name) for all that can be adapted, layer by layer.
template <class F>
void for_adaptable(const ModelConfig& config, F f) {
  constexpr std::string_view kWeight = ".weight";
  for (std::size_t layer = 0; layer < static_cast<std::size_t>(config.num_hidden_layers); ++layer) {
    for (const WeightShape& weight : layer_weight_shapes(config, layer)) {
      const std::string& name = weight.name;
      const bool beside_experts = config.moe.n_routed_experts > 0 && name.starts_with("mlp.");
      if (weight.shape.size() != 2 || beside_experts) continue;
      const std::string module = name.substr(0, name.size() - kWeight.size());
      f(layer, weight, module.substr(module.rfind('.') + 1));
    }
  }
}

void check_tensors(const SafetensorsFile& file, const std::string& path, const LoraConfig& lora,
                   const std::vector<LayerShapes>& layers) {
  const auto place = [&](const std::string& name) { return path + ": tensor \"" + name + "\""; };
  std::set<std::string> expected;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    for (const auto& [weight, shape] : layers[layer]) {
      for (const char matrix : {'A', 'B'}) {
        const std::string name = adapter_name(static_cast<std::int64_t>(layer), weight, matrix);
        expected.insert(name);
        const auto found = file.tensors().find(name);
        if (found == file.tensors().end()) throw DataError(place(name), "is missing");
        const std::vector<std::int64_t> wanted =
            matrix == 'A' ? std::vector{lora.r, shape[1]} : std::vector{shape[0], lora.r};
        const TensorView& view = found->second;
        if (view.shape != wanted) {
          throw DataError(place(name), "the shape " + json(wanted).dump(), json(view.shape).dump());
        }
        if (!can_be_read(view.dtype)) {
          throw DataError(place(name), "F32, F16 or BF16", std::string(dtype_name(view.dtype)));
        }
      }
    }
  }
  for (const auto& [name, view] : file.tensors()) {
    if (!expected.contains(name)) throw DataError(place(name), "belongs to no adapted layer");
  }
}

}  // namespace

bool is_adapter(const fs::path& folder) { return fs::exists(folder / kAdapterConfigFile); }

std::vector<std::string> adaptable_modules(const ModelConfig& config) {
  std::vector<std::string> modules;
  for_adaptable(config, [&](std::size_t, const WeightShape&, const std::string& module) {
    if (std::find(modules.begin(), modules.end(), module) == modules.end()) {
      modules.push_back(module);
    }
  });
  return modules;
}

std::vector<LayerShapes> adapted_weights(const LoraConfig& lora, const ModelConfig& config) {
  const auto known = adaptable_modules(config);
  const std::vector<std::string> wanted = changes_all(lora) ? known : lora.target_modules;
  for (auto module = wanted.begin(); module != wanted.end(); ++module) {
    if (std::find(known.begin(), known.end(), *module) == known.end() ||
        std::find(wanted.begin(), module, *module) != module) {
      throw std::invalid_argument("\"" + *module +
                                  "\" is no linear layer of this model, or is named twice" +
                                  (config.moe.n_routed_experts > 0
                                       ? "; with experts only those of the attention are adapted"
                                       : ""));
    }
  }
  std::vector<LayerShapes> layers(static_cast<std::size_t>(config.num_hidden_layers));
  for_adaptable(config,
                [&](std::size_t layer, const WeightShape& weight, const std::string& module) {
                  if (std::find(wanted.begin(), wanted.end(), module) != wanted.end()) {
                    layers[layer].emplace(weight.name, weight.shape);
                  }
                });
  return layers;
}

std::string adapter_name(std::int64_t layer, const std::string& weight, char matrix) {
  const std::string module = weight.substr(0, weight.size() - std::string(".weight").size());
  return "base_model.model.model.layers." + std::to_string(layer) + "." + module + ".lora_" +
         matrix + ".weight";
}

fs::path base_folder(const fs::path& folder) {
  return is_adapter(folder) ? base_of(Fields::read(folder / kAdapterConfigFile), folder) : folder;
}

fs::path tokenizer_folder(const fs::path& folder) {
  return has_tokenizer(folder) ? folder : base_folder(folder);
}

AdapterFiles open_adapter(const fs::path& folder) {
  const Fields fields = Fields::read(folder / kAdapterConfigFile);
  LoraConfig lora = read_adapter_config(fields);
  const fs::path base = base_of(fields, folder);
  const ModelConfig model = read_config(base);
  // All that there are go by the default's name, whatever they are in this model.
  if (same_set(lora.target_modules, adaptable_modules(model))) {
    lora.target_modules = LoraConfig().target_modules;
  }
  std::vector<LayerShapes> layers;
  try {
    layers = adapted_weights(lora, model);
  } catch (const std::invalid_argument& error) {
    throw DataError(fields.place("target_modules"), error.what());
  }
  AdapterFiles files{lora, base, model, SafetensorsFile(folder / kWeightsFile)};
  check_tensors(files.file, (folder / kWeightsFile).string(), lora, layers);
  return files;
}

void write_adapter_config(const LoraConfig& lora, const ModelConfig& config, const fs::path& base,
                          const fs::path& folder) {
  nlohmann::ordered_json out = {
      {"peft_type", "LORA"},
      {"task_type", "CAUSAL_LM"},
      {"base_model_name_or_path", fs::relative(base, folder).string()},
      {"r", lora.r},
      {"lora_alpha", lora.lora_alpha},
      {"lora_dropout", 0.0},
      {"target_modules", changes_all(lora) ? adaptable_modules(config) : lora.target_modules},
      {"bias", "none"},
      {"fan_in_fan_out", false},
      {"init_lora_weights", true},
      {"inference_mode", true}};
  write_file(folder / kAdapterConfigFile, out.dump(2) + "\n");
}

}  // namespace hone::model
