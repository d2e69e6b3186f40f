#include "model/families.h"

#include "model/config.h"
#include "model/error.h"

namespace hone::model {
namespace {

constexpr Family kFamilies[] = {
    {.name = "llama",
     .architecture = "LlamaForCausalLM",
     .max_position_embeddings = 2048,
     .bos_token_id = 1,
     .eos_token_id = 2,
     .attention_bias = true,
     .mlp_bias = true,
     .whole_heads = true},
    {.name = "qwen2",
     .architecture = "Qwen2ForCausalLM",
     .max_position_embeddings = 32768,
     .num_key_value_heads = 32,
     .qkv_bias = true,
     .windows = Windows::kUpperLayers},
    {.name = "qwen3",
     .architecture = "Qwen3ForCausalLM",
     .max_position_embeddings = 32768,
     .num_key_value_heads = 32,
     .head_dim = 128,
     .attention_bias = true,
     .qk_norm = true,
     .windows = Windows::kUpperLayers},
    {.name = "qwen3_moe",
     .architecture = "Qwen3MoeForCausalLM",
     .max_position_embeddings = 32768,
     .num_key_value_heads = 4,
     .attention_bias = true,
     .qk_norm = true,
     .windows = Windows::kSwitched,
     .experts = Experts::kQwen},
    {.name = "mistral",
     .architecture = "MistralForCausalLM",
     .max_position_embeddings = 131072,
     .num_key_value_heads = 8,
     .bos_token_id = 1,
     .eos_token_id = 2,
     .windows = Windows::kEveryLayer},
    {.name = "gemma2",
     .architecture = "Gemma2ForCausalLM",
     .max_position_embeddings = 8192,
     .num_key_value_heads = 4,
     .head_dim = 256,
     .bos_token_id = 2,
     .eos_token_id = 1,
     .pad_token_id = 0,
     .attention_bias = true,
     .whole_heads = true,
     .windows = Windows::kEveryOther,
     .gemma = true,
     .attn_softcap = 50,
     .final_softcap = 30},
    {.name = "gemma3_text",
     .architecture = "Gemma3ForCausalLM",
     .max_position_embeddings = 131072,
     .num_key_value_heads = 4,
     .head_dim = 256,
     .bos_token_id = 2,
     .eos_token_id = 1,
     .pad_token_id = 0,
     .attention_bias = true,
     .qk_norm = true,
     .whole_heads = true,
     .windows = Windows::kPattern,
     .gemma = true,
     .local_rope = true},
    {.name = "deepseek_v3",
     .architecture = "DeepseekV3ForCausalLM",
     .max_position_embeddings = 4096,
     .bos_token_id = 0,
     .eos_token_id = 1,
     .experts = Experts::kDeepseek,
     .latent_attention = true},
};

}  // namespace

const Family& family_of(const std::string& model_type, const std::string& place) {
  std::string known;
  for (const auto& family : kFamilies) {
    if (family.name == model_type) return family;
    known += (known.empty() ? "" : ", ") + std::string(family.name);
  }
  throw DataError(place, "one of " + known, "\"" + model_type + "\"");
}

void set_family(ModelConfig& config, const std::string& model_type) {
  const Family& family = family_of(model_type, "model_type");
  config.model_type = model_type;
  config.qkv_bias = family.qkv_bias;
  config.o_bias = false;
  config.mlp_bias = false;
  config.qk_norm = family.qk_norm;
  config.gelu = family.gemma;
  config.norm_plus_one = family.gemma;
  config.norm_after = family.gemma;
  config.scaled_embeddings = family.gemma;
  config.moe.scoring = family.experts == Experts::kDeepseek ? Scoring::kSigmoid : Scoring::kSoftmax;
}

}  // namespace hone::model
