#include "model/weight_files.h"

#include <nlohmann/json.hpp>
#include <set>

#include "model/error.h"
#include "model/file_io.h"
#include "model/json_fields.h"
#include "model/model_files.h"
#include "model/tokenizer.h"
#include "model/weight_shapes.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

const char* const kSingle = "model.safetensors";
const char* const kIndex = "model.safetensors.index.json";

std::string to_string(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const auto size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

void add_file(WeightFiles& weights, const fs::path& path) {
  weights.files.emplace_back(path);
  for (const auto& [name, view] : weights.files.back().tensors()) {
    const auto [old, added] = weights.tensors.insert({name, {path, &view}});
    if (!added) {
      throw DataError(path.string() + ": tensor \"" + name + "\"",
                      "is also in " + old->second.file.filename().string());
    }
  }
}

/// Of a snapshot in the Hugging Face cache the folder with all files of that model; else empty.
/// Its files are links into that folder's blobs/.
fs::path cached_model(const fs::path& folder) {
  const fs::path snapshots = fs::canonical(folder).parent_path();
  const fs::path model = snapshots.parent_path();
  const bool cached =
      snapshots.filename() == "snapshots" && model.filename().string().starts_with("models--");
  return cached ? model : fs::path();
}

bool lies_in(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// A shard's name comes out of a file: it must stay inside the folder. Whoever made the folder may
/// have put a link there, but the cache's own links stay in the cache.
fs::path shard_path(const fs::path& folder, const std::string& name, const std::string& place) {
  const fs::path relative(name);
  bool inside = !name.empty() && !relative.is_absolute() && name.find('\0') == std::string::npos;
  for (const auto& part : relative) inside = inside && part != "..";
  if (!inside) throw DataError(place, "a file name inside the folder", "\"" + name + "\"");
  const fs::path path = folder / relative;
  std::error_code error;  // for a name that is too long, or links in a circle
  const fs::path file = fs::canonical(path, error);
  if (error) {
    throw DataError(path.string(),
                    "no such file (" + error.message() + "), but " + place + " names it");
  }
  const fs::path cached = cached_model(folder);
  if (!cached.empty() && !lies_in(file, cached)) {
    throw DataError(place, "a file inside " + cached.string(),
                    "\"" + name + "\", which links to " + file.string());
  }
  return path;
}

void add_shards(WeightFiles& weights, const fs::path& folder) {
  const fs::path path = folder / kIndex;
  const auto index = parse_json(read_file(path), path.string());
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object()) {
    throw DataError(path.string(), "a JSON object with the object weight_map", "something else");
  }
  std::set<std::string> shards;
  std::map<std::string, fs::path> listed;
  for (const auto& [name, shard] : index["weight_map"].items()) {
    const std::string place = path.string() + ": weight_map[\"" + name + "\"]";
    if (!shard.is_string()) throw DataError(place, "a file name", shard.dump());
    const auto file = shard.get<std::string>();
    const fs::path shard_file = shard_path(folder, file, place);
    listed.emplace(name, shard_file);
    if (shards.insert(file).second) add_file(weights, shard_file);
  }
  for (const auto& [name, source] : weights.tensors) {
    const auto entry = listed.find(name);
    if (entry == listed.end()) {
      throw DataError(source.file.string() + ": tensor \"" + name + "\"",
                      "is not listed in " + path.filename().string());
    }
    if (entry->second != source.file) {
      throw DataError(path.string() + ": weight_map[\"" + name + "\"]",
                      source.file.filename().string() + ", which holds the tensor",
                      entry->second.filename().string());
    }
  }
  for (const auto& [name, file] : listed) {
    if (!weights.tensors.contains(name)) {
      throw DataError(file.string(), "tensor \"" + name + "\", which " + kIndex + " says is here",
                      "no such tensor");
    }
  }
}

/// Names that a checkpoint may hold beside the model's own: old Llama files store RoPE's
/// frequencies.
bool may_be_ignored(const std::string& name) { return name.ends_with(".rotary_emb.inv_freq"); }

/// Settles the scales of an F8_E4M3 weight; gives their name.
std::string take_scales(WeightFiles& weights, const std::string& name) {
  WeightFiles::Source& source = weights.tensors.at(name);
  const std::string scales = name + "_scale_inv";
  const auto found = weights.tensors.find(scales);
  if (source.view->shape.size() != 2 || found == weights.tensors.end()) {
    throw DataError(weights.place(name), "a matrix with its scales \"" + scales + "\"",
                    "F8_E4M3 without");
  }
  std::vector<std::int64_t> blocks;
  for (const auto size : source.view->shape) {
    blocks.push_back((size + kScaleBlock - 1) / kScaleBlock);
  }
  if (found->second.view->shape != blocks) {
    throw DataError(weights.place(scales), "shape " + to_string(blocks),
                    to_string(found->second.view->shape));
  }
  source.scales = found->second.view;
  return scales;
}

}  // namespace

bool can_be_read(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

std::string WeightFiles::place(const std::string& name) const {
  return tensors.at(name).file.string() + ": tensor \"" + name + "\"";
}

WeightFiles open_folder_weights(const fs::path& folder) {
  WeightFiles weights;
  if (fs::exists(folder / kSingle)) {
    add_file(weights, folder / kSingle);
  } else if (fs::exists(folder / kIndex)) {
    add_shards(weights, folder);
  } else {
    throw DataError(folder.string(), std::string("has neither ") + kSingle + " nor " + kIndex);
  }
  return weights;
}

WeightFiles open_weights(const fs::path& model, const ModelConfig& claimed) {
  WeightFiles weights = open_model_files(model)->weights(claimed);
  const std::string prediction = layer_prefix(static_cast<std::size_t>(claimed.num_hidden_layers));
  ModelConfig config = claimed;
  weights.predicts = config.num_nextn_predict_layers > 0 &&
                     weights.tensors.contains(prediction + "eh_proj.weight");
  config.num_nextn_predict_layers = weights.predicts ? 1 : 0;
  std::set<std::string> known;
  for (const auto& [name, shape] : weight_shapes(config)) {
    known.insert(name);
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end()) {
      throw DataError(model.string(), "tensor \"" + name + "\" of shape " + to_string(shape),
                      "no such tensor");
    }
    const WeightFiles::Source& source = found->second;
    if (source.shape() != shape) {
      throw DataError(weights.place(name), "shape " + to_string(shape), to_string(source.shape()));
    }
    if (source.view && source.view->dtype == DType::kF8E4M3)
      known.insert(take_scales(weights, name));
  }
  // Copies, which are looked at when the weights are read.
  if (config.tie_word_embeddings) known.insert("lm_head.weight");
  if (weights.predicts) {
    known.insert({prediction + "embed_tokens.weight", prediction + "shared_head.head.weight"});
  }
  for (const auto& [name, source] : weights.tensors) {
    if (!known.contains(name) && !may_be_ignored(name)) {
      throw DataError(weights.place(name),
                      "is not part of a " + config.model_type + " model with this config");
    }
    const bool as_it_stands = source.scales == nullptr && source.gguf == nullptr;
    if (known.contains(name) && as_it_stands && !can_be_read(source.view->dtype)) {
      throw DataError(weights.place(name), "dtype F32, F16 or BF16",
                      std::string(dtype_name(source.view->dtype)));
    }
  }
  return weights;
}

void check_vocabulary(const ModelConfig& config, const Tokenizer& tokenizer,
                      const std::string& place) {
  if (tokenizer.vocab_size() <= config.vocab_size) return;
  throw DataError(place,
                  "a vocabulary of at least " + std::to_string(tokenizer.vocab_size()) +
                      " (config.json's vocab_size), the number of the tokenizer's ids",
                  std::to_string(config.vocab_size));
}

}  // namespace hone::model
