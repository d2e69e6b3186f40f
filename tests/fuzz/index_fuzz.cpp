#include <vector>

#include "model/weight_files.h"
#include "tests/fuzz/input.h"

using namespace hone;

namespace {

model::ModelConfig small_config() {
  model::ModelConfig config;
  model::set_family(config, "llama");
  config.vocab_size = config.hidden_size = config.intermediate_size = config.head_dim = 2;
  config.num_hidden_layers = config.num_attention_heads = config.num_key_value_heads = 1;
  config.tie_word_embeddings = true;
  return config;
}

/// Two shards, a.safetensors and b.safetensors, with the weights of small_config().
void write_shards(const std::filesystem::path& folder) {
  static const std::vector<float> numbers(4, 1);
  const auto bytes = std::as_bytes(std::span(numbers));
  std::vector<model::TensorEntry> first, second;
  for (const char* name : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                           "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}) {
    first.push_back(
        {std::string("model.layers.0.") + name + ".weight", model::DType::kF32, {2, 2}, bytes});
  }
  for (const char* name : {"model.layers.0.input_layernorm.weight", "model.norm.weight",
                           "model.layers.0.post_attention_layernorm.weight"}) {
    second.push_back({name, model::DType::kF32, {2}, bytes.first(8)});
  }
  second.push_back({"model.embed_tokens.weight", model::DType::kF32, {2, 2}, bytes});
  model::write_safetensors(folder / "a.safetensors", first);
  model::write_safetensors(folder / "b.safetensors", second);
}

}  // namespace

// model.safetensors.index.json is refused, or all weights are found in files of the folder.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tests::TempFolder folder;
  static const model::ModelConfig config = [] {
    write_shards(folder.path());
    return small_config();
  }();
  tests::put(folder.path() / "model.safetensors.index.json", data, size);
  tests::read([&] {
    const auto weights = model::open_weights(folder.path(), config);
    if (weights.tensors.size() != 11) __builtin_trap();
    for (const auto& [name, source] : weights.tensors) {
      if (source.file.lexically_relative(folder.path()).native().starts_with(".."))
        __builtin_trap();
    }
  });
  return 0;
}
