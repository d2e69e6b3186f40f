#include "rl/policy.h"

#include <algorithm>

#include "model/adapter_files.h"
#include "model/adapters.h"
#include "model/checkpoint.h"
#include "model/durable.h"
#include "model/error.h"
#include "model/keep_layers.h"
#include "model/weight_files.h"
#include "rl/layers_to_keep.h"

namespace hone::rl {

std::vector<std::int32_t> end_ids_of(const model::ModelConfig& config,
                                     const model::Tokenizer* tokenizer) {
  std::vector<std::int32_t> ids(config.eos_token_ids.begin(), config.eos_token_ids.end());
  const std::int32_t own = tokenizer == nullptr ? -1 : tokenizer->eos_id();
  if (own >= 0 && std::find(ids.begin(), ids.end(), own) == ids.end()) ids.push_back(own);
  return ids;
}

std::vector<std::int32_t> Policy::end_ids() const {
  return end_ids_of(decoder.config, tokenizer.get());
}

std::int32_t Policy::end_id() const {
  if (tokenizer->eos_id() >= 0) return tokenizer->eos_id();
  const std::vector<std::int32_t> ids = end_ids();
  if (ids.empty()) throw DataError("tokenizer", "an end-of-sequence token", "none");
  return ids.front();
}

namespace {

Policy with_tokenizer(model::Decoder decoder, const std::filesystem::path& folder) {
  const std::filesystem::path own = model::tokenizer_folder(folder);
  Policy policy{std::move(decoder), model::load_tokenizer(own), own};
  model::check_vocabulary(policy.decoder.config, *policy.tokenizer, folder.string());
  return policy;
}

}  // namespace

Policy load_policy(const std::filesystem::path& folder) {
  return with_tokenizer(model::load_decoder(folder), folder);
}

Policy open_policy(const std::filesystem::path& folder) {
  return with_tokenizer(model::map_decoder(folder), folder);
}

Policy policy_to_train(const std::filesystem::path& folder,
                       const std::optional<model::LoraConfig>& lora, const StageContext& stage) {
  Policy policy = load_policy(folder);
  const std::optional<model::Lora>& adapter = policy.decoder.lora;
  if (!lora) {
    model::drop_adapters(policy.decoder);
  } else if (!adapter) {
    model::add_adapters(policy.decoder, *lora, std::filesystem::absolute(folder),
                        stage.seed + stage.index);
  } else if (adapter->config != *lora) {
    throw DataError(folder.string(), "an adapter with this stage's `lora` settings",
                    "one with others; leave `lora` out to train all weights with it merged");
  }
  return policy;
}

Policy policy_of_layers(const InitConfig& init, const std::filesystem::path& folder,
                        const StageContext& stage, const StartingMaterial& material) {
  Policy policy = load_policy(folder);
  model::drop_adapters(policy.decoder);
  model::keep_layers(policy.decoder, layers_to_keep(init.layers, policy, stage, material));
  return policy;
}

namespace {

void set_experts(const InitConfig& init, model::ModelConfig& config) {
  model::MoeConfig& moe = config.moe;
  moe.n_routed_experts = init.n_routed_experts;
  moe.num_experts_per_tok = init.num_experts_per_tok;
  moe.moe_intermediate_size = init.moe_intermediate_size;
  moe.norm_topk_prob = true;
  for (std::int64_t l = 0; l < init.num_hidden_layers; ++l) {
    moe.layers.push_back(l >= init.first_k_dense_replace);
  }
}

void set_deepseek(const InitConfig& init, model::ModelConfig& config) {
  config.moe.n_shared_experts = init.n_shared_experts;
  config.moe.n_group = init.n_group;
  config.moe.topk_group = init.topk_group;
  config.moe.routed_scaling_factor = init.routed_scaling_factor;
  config.num_key_value_heads = init.num_attention_heads;
  config.head_dim = init.qk_rope_head_dim;
  config.mla.kv_lora_rank = init.kv_lora_rank;
  config.mla.q_lora_rank = init.q_lora_rank;
  config.mla.qk_nope_head_dim = init.qk_nope_head_dim;
  config.mla.v_head_dim = init.v_head_dim;
  config.num_nextn_predict_layers = init.num_nextn_predict_layers;
}

}  // namespace

Policy new_policy(const InitConfig& init, std::shared_ptr<const model::Tokenizer> tokenizer,
                  std::uint64_t seed) {
  model::ModelConfig config;
  model::set_family(config, init.architecture);
  config.vocab_size = tokenizer->vocab_size();
  config.hidden_size = init.hidden_size;
  config.intermediate_size = init.intermediate_size;
  config.num_hidden_layers = init.num_hidden_layers;
  config.num_attention_heads = init.num_attention_heads;
  config.num_key_value_heads = init.num_key_value_heads;
  config.head_dim = init.head_dim;
  config.max_position_embeddings = init.max_position_embeddings;
  config.rope.rope_theta = init.rope_theta;
  config.initializer_range = init.initializer_range;
  config.tie_word_embeddings = init.tie_word_embeddings;
  if (has_experts(init)) set_experts(init, config);
  if (init.architecture == "deepseek_v3") set_deepseek(init, config);
  config.eos_token_ids = {tokenizer->eos_id()};
  config.bos_token_id = tokenizer->bos_id();
  config.pad_token_id = tokenizer->pad_id();
  model::check_config(config, "init");
  return {model::random_decoder(config, seed), std::move(tokenizer)};
}

void save_policy(const Policy& policy, const std::filesystem::path& folder) {
  model::write_folder(folder, [&](const std::filesystem::path& temporary) {
    model::save_decoder(policy.decoder, temporary);
    policy.tokenizer->save(temporary);
  });
}

}  // namespace hone::rl
