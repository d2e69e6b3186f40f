#include "recipes/stage_checks.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "model/layer_choice.h"
#include "recipes/error.h"
#include "recipes/nearest.h"
#include "recipes/write.h"
#include "rl/presets.h"

namespace hone::recipes {

void StageChecks::fail(const std::string& path, const std::string& problem) const {
  throw RecipeError(place_of(places, path), path, problem);
}

void StageChecks::one_of(const std::string& path, const std::string& word,
                         const std::vector<std::string_view>& words) const {
  if (std::find(words.begin(), words.end(), word) != words.end()) return;
  fail(path, "got \"" + word + "\", expected one of: " + names_and_nearest(word, words));
}

void StageChecks::init_from(const std::string& path, const rl::InitConfig& init) const {
  if (init.layers == rl::LayerChoice()) {
    fail(path + ".layers", "missing; expected greedy, every_other, or numbers of layers of `from`");
  }
  if (const auto* word = std::get_if<std::string>(&init.layers)) {
    one_of(path + ".layers", *word, {"every_other", "greedy"});
  }
  // A dumped recipe has every key: those that mean nothing must have been left alone.
  rl::InitConfig own = init, untouched;
  untouched.from = own.from;
  untouched.layers = own.layers;
  const auto before = flatten(view(untouched), path), after = flatten(view(own), path);
  const std::set<std::pair<std::string, std::string>> known(before.begin(), before.end());
  for (const auto& setting : after) {
    if (known.contains(setting)) continue;
    fail(setting.first, "contradicts `from`: all but the layers is as in the model there");
  }
}

std::vector<std::int64_t> StageChecks::layers(const std::string& path, const rl::InitConfig& init,
                                              std::int64_t num_layers) const {
  try {
    return model::chosen_layers(init.layers, num_layers);
  } catch (const std::invalid_argument& error) {
    fail(path + ".layers", error.what());
  }
}

void StageChecks::init(const std::string& path, const rl::InitConfig& init) const {
  if (!init.from.empty()) return init_from(path, init);
  if (init.layers != rl::LayerChoice()) {
    fail(path + ".layers", "needs `from`, the model whose layers are copied");
  }
  one_of(path + ".architecture", init.architecture,
         {"llama", "qwen2", "qwen3", "qwen3_moe", "deepseek_v3"});
  const bool latent = init.architecture == "deepseek_v3";
  // A dumped recipe has every key: those that mean nothing must have been left alone.
  const auto no_meaning = [&](auto... settings) {
    const rl::InitConfig untouched;
    const auto check = [&](const auto& setting) {
      if (init.*setting.second == untouched.*setting.second) return;
      fail(path + "." + setting.first, "has no meaning in a new " + init.architecture);
    };
    (check(settings), ...);
  };
  using Init = rl::InitConfig;
  if (latent) {
    no_meaning(std::pair("num_key_value_heads", &Init::num_key_value_heads),
               std::pair("head_dim", &Init::head_dim));
  } else {
    no_meaning(std::pair("n_shared_experts", &Init::n_shared_experts),
               std::pair("n_group", &Init::n_group), std::pair("topk_group", &Init::topk_group),
               std::pair("routed_scaling_factor", &Init::routed_scaling_factor),
               std::pair("q_lora_rank", &Init::q_lora_rank),
               std::pair("kv_lora_rank", &Init::kv_lora_rank),
               std::pair("qk_nope_head_dim", &Init::qk_nope_head_dim),
               std::pair("qk_rope_head_dim", &Init::qk_rope_head_dim),
               std::pair("v_head_dim", &Init::v_head_dim),
               std::pair("num_nextn_predict_layers", &Init::num_nextn_predict_layers));
  }
  if (rl::has_experts(init)) {
    experts(path, init);
  } else {
    no_meaning(std::pair("n_routed_experts", &Init::n_routed_experts),
               std::pair("num_experts_per_tok", &Init::num_experts_per_tok),
               std::pair("moe_intermediate_size", &Init::moe_intermediate_size),
               std::pair("first_k_dense_replace", &Init::first_k_dense_replace));
  }
  if (!latent && init.num_attention_heads % init.num_key_value_heads != 0) {
    fail(path + ".num_key_value_heads",
         "expected a divisor of num_attention_heads = " + std::to_string(init.num_attention_heads) +
             ", got " + std::to_string(init.num_key_value_heads));
  }
  if (!latent && init.head_dim % 2 != 0) {
    fail(path + ".head_dim", "expected an even number (rotary positions turn pairs), got " +
                                 std::to_string(init.head_dim));
  }
  if (!init.tokenizer) return;
  const auto& tokenizer = *init.tokenizer;
  one_of(path + ".tokenizer.type", tokenizer.type, {"char", "bpe"});
  if (tokenizer.type == "bpe" && tokenizer.vocab_size == 0) {
    fail(path + ".tokenizer.vocab_size", "missing; a bpe tokenizer needs it");
  }
  if (tokenizer.type == "char" && tokenizer.vocab_size != 0) {
    fail(path + ".tokenizer.vocab_size", "a char tokenizer takes as many pieces as it needs");
  }
  std::set<std::string> seen;
  for (const std::string& symbol : tokenizer.symbols) {
    if (symbol.empty() || !seen.insert(symbol).second) {
      fail(path + ".tokenizer.symbols", "expected strings that differ and are not empty, got \"" +
                                            symbol + (symbol.empty() ? "\"" : "\" twice"));
    }
  }
}

void StageChecks::experts(const std::string& path, const rl::InitConfig& init) const {
  const auto require = [&](bool holds, const char* key, const std::string& expected,
                           std::int64_t got) {
    if (!holds) fail(path + "." + key, "expected " + expected + ", got " + std::to_string(got));
  };
  require(init.n_routed_experts % init.n_group == 0, "n_group",
          "a divisor of n_routed_experts = " + std::to_string(init.n_routed_experts), init.n_group);
  const std::int64_t size = init.n_routed_experts / init.n_group;
  require(init.topk_group <= init.n_group, "topk_group",
          "at most n_group = " + std::to_string(init.n_group), init.topk_group);
  require(init.topk_group == init.n_group || size >= 2, "n_group", "groups of two experts at least",
          init.n_group);
  require(init.num_experts_per_tok <= init.topk_group * size, "num_experts_per_tok",
          "at most " + std::to_string(init.topk_group * size) + ", the experts to choose from",
          init.num_experts_per_tok);
  require(init.first_k_dense_replace < init.num_hidden_layers, "first_k_dense_replace",
          "less than num_hidden_layers = " + std::to_string(init.num_hidden_layers),
          init.first_k_dense_replace);
  require(init.qk_rope_head_dim % 2 == 0, "qk_rope_head_dim",
          "an even number (rotary positions turn pairs)", init.qk_rope_head_dim);
}

void StageChecks::lora(const std::string& path, const model::LoraConfig& lora) const {
  std::vector<std::string> known = model::LoraConfig().target_modules;
  known.insert(known.end(), {"q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj"});
  std::set<std::string> seen;
  for (const std::string& module : lora.target_modules) {
    one_of(path + ".target_modules", module, {known.begin(), known.end()});
    if (!seen.insert(module).second) {
      fail(path + ".target_modules", "names \"" + module + "\" twice");
    }
  }
  if (lora.target_modules.empty()) fail(path + ".target_modules", "expected at least one");
}

void StageChecks::selection(const std::string& path, const rl::SelectionConfig& select) const {
  if (select.max_length > 0 && select.max_length < select.min_length) {
    fail(path + ".max_length", "less than min_length = " + std::to_string(select.min_length));
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < select.filters.size(); ++i) {
    const std::string own = path + ".filters." + std::to_string(i);
    try {
      hone::rewards::make_reward(select.filters[i].config);
    } catch (const std::invalid_argument& error) {
      fail(own, error.what());
    }
    const std::string name = rl::filter_name(select.filters[i]);
    if (!names.insert(name).second) {
      fail(own, "two filters are called \"" + name + "\"; give one a `name`");
    }
  }
}

void StageChecks::optimizer(const std::string& path, const rl::OptimizerConfig& optimizer,
                            std::int64_t num_steps) const {
  if (optimizer.warmup_steps > num_steps) {
    fail(path + ".warmup_steps",
         "longer than the stage, which takes " + std::to_string(num_steps) + " optimizer steps");
  }
}

void StageChecks::loss(const std::string& path, const rl::GrpoConfig& config) const {
  const rl::LossPieces pieces = rl::resolve(config.loss);
  if (config.ref_model_sync_steps > 0 && !pieces.needs_reference()) {
    fail(path + ".ref_model_sync_steps", "there is no reference to move: loss.kl_coef is 0");
  }
  if (pieces.kl_unbiased && !pieces.kl_in_loss()) {
    fail(path + ".loss.kl_unbiased",
         "there is no KL in the loss to correct: see kl_coef and kl_in");
  }
  if (pieces.kl_in_reward() &&
      pieces.multi_objective_aggregation == rl::RewardOrder::kNormalizeThenSum) {
    fail(path + ".loss.multi_objective_aggregation",
         "normalize_then_sum has no reward that a KL could be taken off: set kl_in = \"loss\"");
  }
  const bool one_by_one = pieces.multi_objective_aggregation == rl::RewardOrder::kNormalizeThenSum;
  if (one_by_one &&
      (config.loss.baseline || config.loss.advantage_scale || config.loss.rescale_equal_groups)) {
    fail(path + ".loss.multi_objective_aggregation",
         "normalize_then_sum has its own baseline and scale: leave out baseline, advantage_scale "
         "and rescale_equal_groups");
  }
  if (config.dynamic_sampling && (one_by_one || pieces.baseline == rl::Baseline::kBatch)) {
    fail(path + ".dynamic_sampling",
         "drops groups of equal sums, but here they teach too (baseline = \"batch\", or "
         "normalize_then_sum)");
  }
  const bool clips = pieces.surrogate == rl::Surrogate::kClip;
  if (!clips && (pieces.dual_clip || pieces.dual_clip_positive)) {
    fail(path + ".loss." + (pieces.dual_clip ? "dual_clip" : "dual_clip_positive"),
         "has no effect on this surrogate: only clip has it");
  }
  const bool has_ratio = clips || pieces.surrogate == rl::Surrogate::kCispo ||
                         pieces.surrogate == rl::Surrogate::kSapo;
  if (config.loss.ratio && !has_ratio && !pieces.kl_unbiased) {
    fail(path + ".loss.ratio", "has no effect on this surrogate");
  }
  if (pieces.entropy_coef_min > pieces.entropy_coef_max) {
    fail(path + ".loss.entropy_coef_min", "more than entropy_coef_max");
  }
  if (pieces.importance_sampling_min > pieces.importance_sampling_max) {
    fail(path + ".loss.importance_sampling_min", "more than importance_sampling_max");
  }
  if (pieces.surrogate == rl::Surrogate::kVespo && rl::by_sequence(pieces.importance_sampling)) {
    fail(path + ".loss.importance_sampling",
         "vespo multiplies the weights of tokens itself: choose token_truncate or token_mask");
  }
}

void StageChecks::difficulty(const std::string& path, const rl::GrpoConfig& config) const {
  if (config.difficulty.min_pass_rate > config.difficulty.max_pass_rate) {
    fail(path + ".min_pass_rate", "more than max_pass_rate: no problem could be trained on");
  }
  if (config.difficulty.problems > 0 && !config.replay.empty()) {
    fail(path + ".problems", "contradicts `replay`: no problem is sampled");
  }
}

void StageChecks::rewards(const std::string& path,
                          const std::vector<hone::rewards::WeightedReward>& rewards,
                          bool must_teach) const {
  if (rewards.empty()) fail(path, "expected at least one [[stage.reward]]");
  std::set<std::string> names;
  bool teaches = false;
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    const std::string own = path + "." + std::to_string(i);
    const std::string name = hone::rewards::reward_name(rewards[i]);
    try {
      hone::rewards::make_reward(rewards[i].config);
    } catch (const std::invalid_argument& error) {
      fail(own, error.what());
    }
    if (!names.insert(name).second) {
      fail(own, "two rewards are called \"" + name + "\"; give one a `name`");
    }
    teaches = teaches || rewards[i].weight != 0;
  }
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    const std::string own = path + "." + std::to_string(i) + ".gate";
    const std::string& gate = rewards[i].gate;
    if (gate.empty()) continue;
    one_of(own, gate, {names.begin(), names.end()});
    if (gate == hone::rewards::reward_name(rewards[i])) fail(own, "names the reward itself");
  }
  if (must_teach && !teaches) fail(path, "every weight is 0: there is nothing to learn from");
}

void StageChecks::fits(const std::string& path, std::int64_t new_tokens, std::int64_t context,
                       const std::string& whose) const {
  if (context <= 0 || new_tokens < context) return;
  fail(path, std::to_string(new_tokens) + " new tokens and a prompt do not fit into " + whose +
                 " of " + std::to_string(context) + " tokens");
}

}  // namespace hone::recipes
