#include "model/checkpoint.h"

#include <ATen/ATen.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "model/error.h"
#include "model/file_io.h"
#include "model/safetensors.h"
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

/// The open files of a checkpoint and where each tensor is.
struct Weights {
  struct Source {
    fs::path file;
    const TensorView* view;
  };
  std::vector<SafetensorsFile> files;
  std::map<std::string, Source> tensors;

  void add(const fs::path& path) {
    files.emplace_back(path);
    for (const auto& [name, view] : files.back().tensors()) {
      const auto [old, added] = tensors.insert({name, {path, &view}});
      if (!added) {
        throw DataError(path.string() + ": tensor \"" + name + "\"",
                        "is also in " + old->second.file.filename().string());
      }
    }
  }
};

/// A shard's name comes out of a file: it must stay inside the folder.
fs::path shard_path(const fs::path& folder, const std::string& name, const std::string& place) {
  const fs::path relative(name);
  bool inside = !name.empty() && !relative.is_absolute() && name.find('\0') == std::string::npos;
  for (const auto& part : relative) inside = inside && part != "..";
  if (!inside) throw DataError(place, "a file name inside the folder", "\"" + name + "\"");
  const fs::path path = folder / relative;
  if (!fs::exists(path)) throw DataError(path.string(), "no such file, but " + place + " names it");
  const fs::path target = fs::relative(fs::canonical(path), fs::canonical(folder));
  if (target.empty() || *target.begin() == "..") {
    throw DataError(place, "a file inside the folder",
                    "\"" + name + "\", which links to " + fs::canonical(path).string());
  }
  return path;
}

void add_shards(Weights& weights, const fs::path& folder) {
  const fs::path path = folder / kIndex;
  const auto index = nlohmann::json::parse(read_file(path), nullptr, false);
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
    if (shards.insert(file).second) weights.add(shard_file);
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

Weights open_weights(const fs::path& folder) {
  Weights weights;
  if (fs::exists(folder / kSingle)) {
    weights.add(folder / kSingle);
  } else if (fs::exists(folder / kIndex)) {
    add_shards(weights, folder);
  } else {
    throw DataError(folder.string(), std::string("has neither ") + kSingle + " nor " + kIndex);
  }
  return weights;
}

at::ScalarType scalar_type(DType dtype, const std::string& place) {
  switch (dtype) {
    case DType::kF32:
      return at::kFloat;
    case DType::kF16:
      return at::kHalf;
    case DType::kBF16:
      return at::kBFloat16;
    default:
      throw DataError(place, "dtype F32, F16 or BF16", std::string(dtype_name(dtype)));
  }
}

/// The tensor as fp32. The file's bytes may stand at any address, so they are copied before use.
at::Tensor read_tensor(const TensorView& view, const std::string& place) {
  const auto tensor = at::empty(view.shape, scalar_type(view.dtype, place));
  if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor.to(at::kFloat);
}

/// Names that a checkpoint may hold beside the model's own: old Llama files store RoPE's
/// frequencies.
bool may_be_ignored(const std::string& name) { return name.ends_with(".rotary_emb.inv_freq"); }

/// A tied head may be stored beside the embedding, but then as the same numbers.
void check_tied_head(const Weights& weights, const at::Tensor& embedding) {
  const auto head = weights.tensors.find("lm_head.weight");
  if (head == weights.tensors.end()) return;
  const std::string place = head->second.file.string() + ": tensor \"lm_head.weight\"";
  if (!at::equal(read_tensor(*head->second.view, place), embedding)) {
    throw DataError(place,
                    "the numbers of model.embed_tokens.weight, as tie_word_embeddings is true",
                    "others");
  }
}

}  // namespace

Decoder load_decoder(const fs::path& folder) {
  const ModelConfig config = read_config(folder);
  const Weights weights = open_weights(folder);

  // Shapes are settled before memory is taken for what config.json only claims.
  std::set<std::string> known;
  for (const auto& [name, shape] : weight_shapes(config)) {
    known.insert(name);
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end()) {
      throw DataError(folder.string(), "tensor \"" + name + "\" of shape " + to_string(shape),
                      "no such tensor");
    }
    const std::string place = found->second.file.string() + ": tensor \"" + name + "\"";
    if (found->second.view->shape != shape) {
      throw DataError(place, "shape " + to_string(shape), to_string(found->second.view->shape));
    }
    scalar_type(found->second.view->dtype, place);
  }
  if (config.tie_word_embeddings) known.insert("lm_head.weight");
  for (const auto& [name, source] : weights.tensors) {
    if (!known.contains(name) && !may_be_ignored(name)) {
      throw DataError(source.file.string() + ": tensor \"" + name + "\"",
                      "is not part of a " + config.model_type + " model with this config.json");
    }
  }

  Decoder decoder = empty_decoder(config);
  for (auto& [name, tensor] : decoder.named_parameters()) {
    const auto& source = weights.tensors.at(name);
    tensor.copy_(read_tensor(*source.view, source.file.string() + ": tensor \"" + name + "\""));
  }
  if (config.tie_word_embeddings) check_tied_head(weights, decoder.embed_tokens);
  return decoder;
}

void save_decoder(const Decoder& decoder, const fs::path& folder) {
  write_config(decoder.config, folder);
  std::vector<at::Tensor> kept;  // owns what the entries point to
  std::vector<TensorEntry> entries;
  for (const auto& [name, tensor] : decoder.named_parameters()) {
    kept.push_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
    const auto& values = kept.back();
    const auto* data = static_cast<const std::byte*>(values.data_ptr());
    entries.push_back({name, DType::kF32, values.sizes().vec(), {data, values.nbytes()}});
  }
  write_safetensors(folder / kSingle, entries);
}

void check_vocabulary(const Decoder& decoder, const Tokenizer& tokenizer,
                      const std::string& place) {
  if (tokenizer.vocab_size() <= decoder.config.vocab_size) return;
  throw DataError(place,
                  "a vocabulary of at least " + std::to_string(tokenizer.vocab_size()) +
                      " (config.json's vocab_size), the number of the tokenizer's ids",
                  std::to_string(decoder.config.vocab_size));
}

}  // namespace hone::model
